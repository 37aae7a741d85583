//! The same RBAC object in other words: what a binding's subjects and a role's rules mean, whichever way they are written.
//!
//! In: an object, or the part of one that a pattern is. Out: its subjects as identities, each once, and its rules as single
//! rights, each once, without those that another covers or that no request can make use of.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::rbac::v1 as api;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::grants::{Chain, Grant};
use super::identity::Identity;
use super::policy::{RoleRef, Rule};
use super::right::{Right, What, rights};

/// More rights than this are left as they are written.
const MAX_RIGHTS: usize = 1_000;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The object with the same meaning in the one way that is equal for all of them; None where there are no subjects or
/// rules, or they are written in part only. `kind` and `namespace` are those of the object; a pattern may not have them.
pub fn in_other_words(kind: &str, namespace: Option<&str>, object: &Value) -> Option<Value> {
    let mut said = object.as_object()?.clone();
    match kind {
        "RoleBinding" | "ClusterRoleBinding" => {
            let home = namespace.filter(|_| kind == "RoleBinding");
            let written = said.get("subjects").and_then(Value::as_array)?;
            let subjects = written.iter().map(|s| subject(s, home)).collect::<Option<BTreeSet<_>>>()?;
            said.insert("subjects".into(), subjects.iter().map(written_subject).collect());
        }
        "Role" | "ClusterRole" => {
            let written = said.get("rules").and_then(Value::as_array)?;
            let rules = written.iter().map(rule).collect::<Option<Vec<_>>>()?;
            said.insert("rules".into(), plain_rules(rules, namespace.filter(|_| kind == "Role"))?);
        }
        _ => return None,
    }
    Some(Value::Object(said))
}

/// A subject that is written in full.
fn subject(written: &Value, home: Option<&str>) -> Option<Identity> {
    Identity::of(&api::Subject::deserialize(written).ok()?, home)
}

fn written_subject(identity: &Identity) -> Value {
    match identity {
        Identity::ServiceAccount { namespace, name } => {
            json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
        }
        Identity::User(name) => json!({"kind": "User", "apiGroup": GROUP, "name": name}),
        Identity::Group(name) => json!({"kind": "Group", "apiGroup": GROUP, "name": name}),
    }
}

/// A rule that is written in full: one without groups, say, is a pattern for many.
fn rule(written: &Value) -> Option<Rule> {
    let fields: &Map<String, Value> = written.as_object()?;
    let whole = ["apiGroups", "resources"].iter().all(|key| fields.contains_key(*key))
        || fields.contains_key("nonResourceURLs");
    let rule = whole.then(|| api::PolicyRule::deserialize(written).ok())??;
    Some(Rule::of(rule))
}

/// Rules as single rights; None when there are too many.
fn plain_rules(rules: Vec<Rule>, namespace: Option<&str>) -> Option<Value> {
    let role = RoleRef { namespace: namespace.map(str::to_owned), name: String::new() };
    let chain = Chain { binding: String::new(), group: None, role, aggregated_from: None, rule: 0 };
    let grant =
        |rule| Grant { rule: Arc::new(rule), namespace: namespace.map(str::to_owned), chain: chain.clone() };
    let grants: Vec<Grant> = rules.into_iter().map(grant).collect();
    let all: Vec<Right> = rights(&grants).map(|(right, _)| right).take(MAX_RIGHTS + 1).collect();
    if all.len() > MAX_RIGHTS {
        return None;
    }
    let all: BTreeSet<Right> = all.into_iter().collect();
    // Of two that cover each other, which are two spellings of a URL, the first stands for both.
    let stands_for = |other: &Right, right: &Right| {
        other != right && other.covers(right) && (other < right || !right.covers(other))
    };
    let kept = all.iter().filter(|right| !all.iter().any(|other| stands_for(other, right)));
    Some(kept.map(written_rule).collect())
}

fn written_rule(right: &Right) -> Value {
    match &right.what {
        What::Url(url) => json!({"verbs": [right.verb], "nonResourceURLs": [url]}),
        What::Resource { group, resource, name, .. } => {
            let mut rule = json!({"verbs": [right.verb], "apiGroups": [group], "resources": [resource]});
            if let (Some(name), Some(fields)) = (name, rule.as_object_mut()) {
                fields.insert("resourceNames".into(), json!([name]));
            }
            rule
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(subjects: Value) -> Option<Value> {
        in_other_words("RoleBinding", Some("shop"), &json!({"subjects": subjects}))
    }

    fn role(rules: Value) -> Option<Value> {
        in_other_words("Role", Some("shop"), &json!({"rules": rules}))
    }

    #[test]
    fn each_spelling_of_a_subject_is_the_same() {
        let it = binding(json!([{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]));
        assert!(it.is_some());
        for other in [
            json!([{"kind": "ServiceAccount", "name": "web"}]),
            json!([{"kind": "ServiceAccount", "name": "web"}, {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]),
            json!([{"kind": "User", "apiGroup": GROUP, "name": "system:serviceaccount:shop:web"}]),
        ] {
            assert_eq!(binding(other.clone()), it, "{other}");
        }
        for other in [
            json!([{"kind": "ServiceAccount", "name": "web", "namespace": "other"}]),
            json!([{"kind": "User", "apiGroup": GROUP, "name": "web"}]),
            json!([{"kind": "Group", "apiGroup": GROUP, "name": "system:serviceaccounts:shop"}]),
            json!([{"kind": "ServiceAccount", "name": "web"}, {"kind": "ServiceAccount", "name": "default"}]),
            json!([]),
        ] {
            assert_ne!(binding(other.clone()), it, "{other}");
        }
    }

    #[test]
    fn rules_are_the_same_when_they_allow_the_same() {
        let it = role(json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]));
        assert!(it.is_some());
        for other in [
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "get", "list"]}]),
            json!([
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["web"]},
            ]),
            json!([{"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "list"]}]),
        ] {
            assert_eq!(role(other.clone()), it, "{other}");
        }
        for other in [
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]),
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]),
            json!([{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]),
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"], "resourceNames": ["web"]}]),
            json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
                   {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"], "resourceNames": [""]}]),
        ] {
            assert_ne!(role(other.clone()), it, "{other}");
        }
        assert_eq!(role(json!([{"verbs": ["get"]}])), None, "a part of a rule is a pattern for many");
    }

    #[test]
    fn two_spellings_of_a_url_are_one() {
        let urls = |urls: Value| {
            in_other_words(
                "ClusterRole",
                None,
                &json!({"rules": [{"verbs": ["get"], "nonResourceURLs": urls}]}),
            )
        };
        assert_eq!(urls(json!(["/x*", "/x**", "/x/y"])), urls(json!(["/x*"])));
        assert_ne!(urls(json!(["/x*"])), urls(json!(["/x"])));
    }
}
