//! Which Namespaces a rule of admission concerns.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::SelectorExt as _;
use serde::Deserialize;
use serde_json::Value;

use super::conditions::{Conditions, NAME};
use super::{Change, How};
use crate::grade::fields::text;
use crate::rbac::{is_cluster_scoped, is_cluster_scoped_somewhere};

/// The policies and bindings of a moment, by name.
pub(in crate::grade) struct Rules<'a> {
    /// By kind and name.
    policies: BTreeMap<(&'static str, &'a str), &'a Value>,
    /// Kind and object.
    bindings: Vec<(&'static str, &'a Value)>,
}

/// Whether objects of this kind decide about the admission of others.
pub(in crate::grade) fn is_about_admission(kind: &str) -> bool {
    kind.ends_with("AdmissionPolicy")
        || kind.ends_with("AdmissionPolicyBinding")
        || kind.ends_with("WebhookConfiguration")
}

impl<'a> Rules<'a> {
    /// Those of lists, each with its kind.
    pub(in crate::grade) fn of(lists: impl IntoIterator<Item = (&'static str, &'a [Value])>) -> Self {
        let mut rules = Self { policies: BTreeMap::new(), bindings: Vec::new() };
        for (kind, objects) in lists {
            if kind.ends_with("AdmissionPolicy") {
                let named = objects.iter().map(|object| ((kind, text(object, "/metadata/name")), object));
                rules.policies.extend(named);
            } else if kind.ends_with("AdmissionPolicyBinding") {
                rules.bindings.extend(objects.iter().map(|object| (kind, object)));
            }
        }
        rules
    }

    /// Whether what has changed concerns a Namespace with one of these sets of labels. A policy and its binding do nothing
    /// without each other: a new policy is told by its binding, and by itself if that was there before.
    pub(in crate::grade) fn concern<'l>(
        before: &Self,
        now: &Self,
        change: &Change<'_>,
        labels: &(impl Iterator<Item = &'l BTreeMap<String, String>> + Clone),
    ) -> bool {
        let kind = change.kind.kind;
        let states = [(before, change.before), (now, change.now)];
        if kind.ends_with("AdmissionPolicyBinding") {
            return states.iter().any(|(rules, object)| object.is_some_and(|o| rules.binds(kind, o, labels)));
        }
        if kind.ends_with("AdmissionPolicy") {
            let name = change.name();
            let named = |rules: &'_ Self| -> Vec<(&'static str, &'a Value)> {
                let named = rules.bindings.iter().filter(|(of, binding)| {
                    of.strip_suffix("Binding") == Some(kind) && text(binding, "/spec/policyName") == name
                });
                named.copied().collect()
            };
            let bound = |rules: &Self, bindings: Vec<(&'static str, &Value)>| {
                bindings.into_iter().any(|(of, binding)| rules.binds(of, binding, labels))
            };
            return match change.how {
                How::New => bound(now, named(before)),
                How::Changed => bound(before, named(before)) || bound(now, named(now)),
                How::Gone => bound(before, named(before)),
            };
        }
        let hooks = |object: &Value| {
            object.pointer("/webhooks").and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let all = states.iter().filter_map(|(_, object)| *object).flat_map(hooks);
        all.into_iter().any(|hook| {
            let (conditions, rules) = (hook.get("matchConditions"), hook.get("rules"));
            reaches(&[hook.get("namespaceSelector")], rules, &Conditions::read(conditions, rules), labels)
        })
    }

    fn binds<'l>(
        &self,
        kind: &str,
        binding: &Value,
        labels: &(impl Iterator<Item = &'l BTreeMap<String, String>> + Clone),
    ) -> bool {
        let of = kind.strip_suffix("Binding").unwrap_or(kind);
        let named = (of, text(binding, "/spec/policyName"));
        let policy = self.policies.iter().find(|((kind, name), _)| (*kind, *name) == named);
        // Without a policy it does nothing; others may be on their way out, and were listed at different moments.
        let Some((_, policy)) = policy else { return false };
        let selectors = [
            binding.pointer("/spec/matchResources/namespaceSelector"),
            policy.pointer("/spec/matchConstraints/namespaceSelector"),
        ];
        let rules = policy.pointer("/spec/matchConstraints/resourceRules");
        let conditions = policy.pointer("/spec/matchConditions");
        reaches(&selectors, rules, &Conditions::read(conditions, rules), labels)
    }
}

/// Whether these selectors and conditions together leave a Namespace, or the rules are about objects in none.
fn reaches<'l>(
    selectors: &[Option<&Value>],
    rules: Option<&Value>,
    conditions: &Conditions,
    labels: &(impl Iterator<Item = &'l BTreeMap<String, String>> + Clone),
) -> bool {
    let leaves = |labels: &BTreeMap<String, String>| {
        selectors.iter().all(|selector| selects(*selector, labels))
            && conditions.leave(labels.get(NAME).map(String::as_str))
    };
    (about_the_cluster(rules) && !conditions.leave_out_the_cluster) || labels.clone().any(leaves)
}

/// Whether a selector takes a Namespace; what cannot be read takes all.
fn selects(selector: Option<&Value>, labels: &BTreeMap<String, String>) -> bool {
    let Some(selector) = selector else { return true };
    let read = LabelSelector::deserialize(selector).ok();
    let read = read.and_then(|selector| kube::core::Selector::try_from(selector).ok());
    read.is_none_or(|selector| selector.matches(labels))
}

/// Whether rules name objects that are in no Namespace, which no selector of Namespaces leaves out. (Of Namespaces
/// themselves a selector sees the labels.)
fn about_the_cluster(rules: Option<&Value>) -> bool {
    let list = |rule: &Value, key: &str| -> Vec<String> {
        let all = rule.get(key).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    rules.and_then(Value::as_array).into_iter().flatten().any(|rule| {
        let (groups, resources) = (list(rule, "apiGroups"), list(rule, "resources"));
        let wide = |group: &String, resource: &String| match (group.as_str(), resource.as_str()) {
            (_, "*" | "*/*" | "*/status") => true,
            ("*", resource) => is_cluster_scoped_somewhere(resource),
            (group, resource) => is_cluster_scoped(group, resource),
        };
        rule.get("scope").and_then(Value::as_str) != Some("Namespaced")
            && groups.iter().any(|group| resources.iter().any(|resource| wide(group, resource)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::grade::shared::{KINDS, changes};

    const POLICY: &str = "ValidatingAdmissionPolicy";
    const BINDING: &str = "ValidatingAdmissionPolicyBinding";

    fn policy(groups: &[&str], resources: &[&str]) -> Value {
        json!({"metadata": {"name": "p"}, "spec": {"matchConstraints": {"resourceRules": [
            {"apiGroups": groups, "resources": resources}]}}})
    }

    fn binding(selector: Value) -> Value {
        json!({"metadata": {"name": "b"}, "spec": {"policyName": "p", "matchResources": {"namespaceSelector": selector}}})
    }

    /// Whether the only change of `kind` concerns the Namespace with the label `name: shop`.
    fn concerns(kind: &str, before: [&[Value]; 2], now: [&[Value]; 2]) -> bool {
        let rules = |lists: [&'static str; 2], objects: [&'static [Value]; 2]| {
            Rules::of(lists.into_iter().zip(objects))
        };
        let leak = |objects: [&[Value]; 2]| objects.map(|list| &*Vec::leak(list.to_vec()));
        let (before, now) = (leak(before), leak(now));
        let of = KINDS.iter().find(|k| k.kind == kind).unwrap();
        let place = usize::from(kind == BINDING);
        let change = changes(of, before[place], now[place]).pop().unwrap();
        let labels = BTreeMap::from(["name", NAME].map(|key| (key.to_owned(), "shop".to_owned())));
        let (before, now) = (rules([POLICY, BINDING], before), rules([POLICY, BINDING], now));
        Rules::concern(&before, &now, &change, &std::iter::once(&labels))
    }

    #[test]
    fn a_binding_concerns_the_namespaces_that_its_selectors_leave() {
        let pods = [policy(&[""], &["pods"])];
        let here = [binding(json!({"matchLabels": {"name": "shop"}}))];
        let elsewhere = [binding(json!({"matchLabels": {"name": "other"}}))];
        assert!(concerns(BINDING, [&pods, &[]], [&pods, &here]));
        assert!(!concerns(BINDING, [&pods, &[]], [&pods, &elsewhere]));
        assert!(concerns(BINDING, [&pods, &here], [&pods, &elsewhere]), "it did");
        let roles = [policy(&["rbac.authorization.k8s.io"], &["clusterroles"])];
        assert!(concerns(BINDING, [&roles, &[]], [&roles, &elsewhere]), "these are in no Namespace");
    }

    #[test]
    fn what_is_in_no_namespace_is_of_everybody_in_the_core_group_too() {
        let elsewhere = [binding(json!({"matchLabels": {"name": "other"}}))];
        let is_wide = |groups: &[&str], resources: &[&str]| {
            let policies = [policy(groups, resources)];
            concerns(BINDING, [&policies, &[]], [&policies, &elsewhere])
        };
        for resource in ["persistentvolumes", "nodes", "nodes/status", "*", "*/*"] {
            assert!(is_wide(&[""], &["pods", resource]), "{resource}");
        }
        assert!(is_wide(&["*"], &["clusterroles"]) && is_wide(&["apps", "*"], &["nodes"]));
        assert!(!is_wide(&["", "apps"], &["pods", "namespaces", "deployments", "*/scale"]));
    }

    #[test]
    fn a_condition_that_names_the_namespace_is_as_good_as_a_selector() {
        let everywhere = [json!({"metadata": {"name": "b"}, "spec": {"policyName": "p"}})];
        let is_wide = |resource: &str, condition: &str| {
            let mut policy = policy(&[""], &[resource]);
            policy["spec"]["matchConditions"] = json!([{"name": "a", "expression": condition}]);
            let policies = [policy];
            concerns(BINDING, [&policies, &[]], [&policies, &everywhere])
        };
        assert!(!is_wide("pods", "request.namespace == 'mine'"));
        assert!(!is_wide("persistentvolumes", "request.namespace == 'mine'"));
        assert!(is_wide("persistentvolumes", "namespaceObject.metadata.name == 'mine'"), "an error refuses");
        assert!(is_wide("pods", "request.namespace != 'mine'"));
        assert!(is_wide("pods", "request.namespace == 'shop'"));
    }

    #[test]
    fn a_policy_concerns_whom_its_bindings_do() {
        let (one, other) = ([policy(&[""], &["pods"])], [policy(&[""], &["secrets"])]);
        let here = [binding(json!({"matchLabels": {"name": "shop"}}))];
        assert!(!concerns(POLICY, [&[], &[]], [&one, &[]]), "nothing binds it");
        assert!(concerns(POLICY, [&one, &here], [&other, &here]));
        assert!(concerns(POLICY, [&one, &here], [&[], &here]));
        assert!(!concerns(POLICY, [&one, &[]], [&other, &[]]));
        assert!(!concerns(BINDING, [&[], &[]], [&[], &here]), "it binds nothing");
        assert!(concerns(POLICY, [&[], &here], [&one, &here]), "the binding waited for it");
        assert!(concerns(BINDING, [&one, &here], [&[], &[]]), "it bound something");
    }
}
