//! What decides about admission besides the API server itself: whether it is loaded yet, and whether it may treat a dry
//! run otherwise than the real thing.
//!
//! What was there at setup belongs to the cluster's owner and is taken as it is. What is new is the learner's: it must
//! say the same to a trial as to the real object, or the trial proves nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::exceptions::{Exceptions, exceptions};
use super::reads::{Reads, reads};
use super::temptations::Named;
use super::tokens::Tokens;
use crate::grade::View;
use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::Gap;
use crate::grade::probe::{Probe, ResourceType};
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// How long the API server may take to act on a policy that was just made.
const TAKES_UP: SignedDuration = SignedDuration::from_secs(5);

const VERSION: &str = "admissionregistration.k8s.io/v1";

/// Policies, each with its binding's kind and where its rules and its deciding expressions are.
const POLICIES: [Policies; 2] = [
    Policies {
        kind: "ValidatingAdmissionPolicy",
        binding: "ValidatingAdmissionPolicyBinding",
        decides: &["/spec/validations"],
    },
    Policies {
        kind: "MutatingAdmissionPolicy",
        binding: "MutatingAdmissionPolicyBinding",
        decides: &["/spec/mutations"],
    },
];

const WEBHOOKS: [&str; 2] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

struct Policies {
    kind: &'static str,
    binding: &'static str,
    /// Lists of what has an `expression` that decides, besides conditions and variables.
    decides: &'static [&'static str],
}

fn all(kind: &str) -> Probe {
    Probe::list(VERSION, kind, None)
}

/// Asks for all that [`circumstance`] and [`just_changed`] read.
pub(super) fn ask(seen: View<'_>) {
    let policies = POLICIES.iter().flat_map(|p| [p.kind, p.binding]);
    seen.ask_for(policies.chain(WEBHOOKS).map(all));
}

/// Something new that may treat a trial otherwise than the real thing: what, and how that shows.
///
/// `may_ask_who`: whether a policy may look at who asks, since only the one counts as whom the trial is made.
pub(super) fn circumstance(
    (resource, namespace): (&ResourceType, Option<&str>),
    may_ask_who: bool,
    context: &JudgeContext<'_>,
) -> Result<Option<Verdict>, Gap> {
    for (policies, policy, bindings) in in_force((resource, namespace), context)? {
        let read = deciding(policy, policies).iter().flat_map(|e| reads(e)).find_map(|read| match read {
            Reads::Circumstance(what) => Some(what),
            Reads::Asker(what) => (!may_ask_who).then_some(what),
        });
        let read = read.or_else(|| {
            let mut constraints = bindings.iter().filter_map(|b| b.pointer("/spec/matchResources"));
            let own = policy.pointer("/spec/matchConstraints");
            own.into_iter().chain(&mut constraints).find_map(|c| goes_by_name(c, resource))
        });
        if let Some(read) = read {
            let (kind, name) = (policies.kind, text(policy, "/metadata/name"));
            let at = format!("{kind} {name}");
            let why = format!(
                "{at} reads `{read}`, so it may treat a trial otherwise than the real thing, or one {} otherwise \
                 than another.",
                resource.kind
            );
            return Ok(Some(refused(why, kind, name, Evidence::seen(at, format!("reads {read}")))));
        }
    }
    let labels = namespace_labels(namespace, context.seen)?;
    let reaches =
        |of: &Value, selector: &str| labels.is_none_or(|labels| selects(of.pointer(selector), labels));
    for kind in WEBHOOKS {
        for webhook in new(kind, context)? {
            let hooks = webhook.get("webhooks").and_then(Value::as_array);
            let asked =
                |hook: &Value| is_asked("/rules", hook, resource) && reaches(hook, "/namespaceSelector");
            if !hooks.into_iter().flatten().any(asked) {
                continue;
            }
            let name = text(webhook, "/metadata/name");
            let at = format!("{kind} {name}");
            let why = format!(
                "{at} is new, and a program decides there: what it answers to a trial says nothing about the real thing."
            );
            return Ok(Some(refused(why, kind, name, Evidence::seen(at, "new since the start"))));
        }
    }
    Ok(None)
}

/// What the new policies about a kind of object in a Namespace make exceptions by; the first thing that cannot be tried.
pub(super) fn named(
    about: (&ResourceType, Option<&str>),
    context: &JudgeContext<'_>,
) -> Result<(Named, Option<Verdict>), Gap> {
    let (mut named, mut untried) = (Named::default(), None);
    for (policies, policy, bindings) in in_force(about, context)? {
        let mut add = |found: Exceptions| {
            named.keys.extend(found.keys);
            named.texts.extend(found.texts);
            if let Some(read) = found.unforeseen {
                let (kind, name) = (policies.kind, text(policy, "/metadata/name"));
                let at = format!("{kind} {name}");
                let why = format!("{at} reads `{read}`, on which no token depends: anybody could set it.");
                let seen = Evidence::seen(at, format!("reads {read}"));
                untried.get_or_insert_with(|| refused(why, kind, name, seen));
            }
        };
        deciding(policy, policies).iter().map(|e| exceptions(e)).for_each(&mut add);
        let own = policy.pointer("/spec/matchConstraints/objectSelector");
        let theirs = bindings.iter().filter_map(|b| b.pointer("/spec/matchResources/objectSelector"));
        own.into_iter().chain(theirs).map(selected_by).for_each(&mut add);
    }
    Ok((named, untried))
}

/// The keys and values of a label selector.
fn selected_by(selector: &Value) -> Exceptions {
    let mut found = Exceptions::default();
    let equal = selector.get("matchLabels").and_then(Value::as_object);
    for (key, value) in equal.into_iter().flatten() {
        found.keys.push(key.clone());
        found.texts.extend(value.as_str().map(str::to_owned));
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        found.keys.push(text(expression, "/key").to_owned());
        let values = expression.get("values").and_then(Value::as_array);
        found.texts.extend(values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    }
    found
}

/// A policy that is new, of which sort, and the bindings by which it is in force.
type InForce<'a> = (&'static Policies, &'a Value, Vec<&'a Value>);

/// The new policies about creating such an object in a Namespace.
fn in_force<'a>(
    (resource, namespace): (&ResourceType, Option<&str>),
    context: &JudgeContext<'a>,
) -> Result<Vec<InForce<'a>>, Gap> {
    let labels = namespace_labels(namespace, context.seen)?;
    let reaches =
        |of: &Value, selector: &str| labels.is_none_or(|labels| selects(of.pointer(selector), labels));
    let mut found = Vec::new();
    for policies in &POLICIES {
        let bindings = context.seen.objects(&all(policies.binding))?;
        for policy in new(policies.kind, context)? {
            let name = text(policy, "/metadata/name");
            let bound = bindings.iter().filter(|binding| {
                text(binding, "/spec/policyName") == name
                    && reaches(binding, "/spec/matchResources/namespaceSelector")
            });
            let bound: Vec<&Value> = bound.collect();
            let asked = is_asked("/spec/matchConstraints/resourceRules", policy, resource)
                && reaches(policy, "/spec/matchConstraints/namespaceSelector");
            if !bound.is_empty() && asked {
                found.push((policies, policy, bound));
            }
        }
    }
    Ok(found)
}

/// How a policy's or a binding's rules about a kind of object go by its name.
fn goes_by_name(constraints: &Value, resource: &ResourceType) -> Option<String> {
    ["resourceRules", "excludeResourceRules"].into_iter().find_map(|field| {
        let rules = constraints.get(field).and_then(Value::as_array);
        let by_name = rules.into_iter().flatten().any(|rule| {
            let named = rule.get("resourceNames").and_then(Value::as_array).is_some_and(|n| !n.is_empty());
            named && is_about(rule, resource)
        });
        by_name.then(|| format!("{field}[].resourceNames"))
    })
}

fn refused(why: String, kind: &str, name: &str, seen: Evidence) -> Verdict {
    let kind = kind.to_ascii_lowercase();
    let next = format!(
        "`kubectl get {kind} {name} -o yaml` shows it. Take that out of it, or remove it, to be graded."
    );
    Verdict::fail(why).with(Evidence { fact: Fact::DryRun, ..seen }).next_step(next)
}

/// The objects of a kind that were not there at setup, or have changed since.
fn new<'a>(kind: &str, context: &JudgeContext<'a>) -> Result<impl Iterator<Item = &'a Value>, Gap> {
    let now = context.seen.objects(&all(kind))?;
    // An attempt that was begun by an earlier version has no such list: then all of them count.
    let then = context.at_setup().objects(&all(kind)).unwrap_or_default();
    let part = |object: &Value| [object.get("spec").cloned(), object.get("webhooks").cloned()];
    Ok(now.iter().filter(move |object| {
        let same = |old: &&Value| text(old, "/metadata/name") == text(object, "/metadata/name");
        then.iter().find(same).is_none_or(|old| part(old) != part(object))
    }))
}

/// The expressions that decide; what a message or an audit annotation says is of no matter, nor is a variable that only
/// these use. A variable that is another name of a part of the object stands for that part.
fn deciding(policy: &Value, policies: &Policies) -> Vec<String> {
    let places = ["/expression", "/applyConfiguration/expression", "/jsonPatch/expression"];
    let listed = |list: &str| policy.pointer(list).and_then(Value::as_array).into_iter().flatten();
    let all = listed("/spec/variables").map(|v| (text(v, "/name"), text(v, "/expression").trim()));
    let (names, mut left): (Vec<_>, Vec<_>) = all.partition(|(_, expression)| is_a_path(expression));
    let written_out = |expression: &str| {
        // One may stand for another.
        names
            .iter()
            .rev()
            .fold(expression.to_owned(), |expression, (name, path)| replace_variable(&expression, name, path))
    };
    let lists = ["/spec/matchConditions"].into_iter().chain(policies.decides.iter().copied());
    let mut found: Vec<String> = lists
        .flat_map(listed)
        .flat_map(|part| places.into_iter().filter_map(|place| part.pointer(place)?.as_str()))
        .map(written_out)
        .collect();
    let mut at = 0;
    while let Some(used) = found.get(at).map(|expression| variables(expression)) {
        let (more, rest): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|(name, _)| used.as_ref().is_none_or(|used| used.iter().any(|u| u == name)));
        left = rest;
        found.extend(more.into_iter().map(|(_, expression)| written_out(expression)));
        if used.is_none() {
            found.extend(names.iter().map(|(_, path)| (*path).to_owned()));
        }
        at += 1;
    }
    found
}

/// Whether an expression only names a part of something: `object.metadata`.
fn is_a_path(expression: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    expression.split('.').all(is_name)
}

/// Writes `path` for `variables.name`.
fn replace_variable(expression: &str, name: &str, path: &str) -> String {
    let variable = format!("variables.{name}");
    let mut written = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(&variable) {
        let (before, after) = (&rest[..at], &rest[at + variable.len()..]);
        let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let whole = !goes_on(before.chars().last())
            && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        written.push_str(before);
        written.push_str(if whole { path } else { &variable });
        rest = after;
    }
    written + rest
}

/// The variables that an expression uses; None: that cannot be told, and it may be all.
fn variables(expression: &str) -> Option<Vec<String>> {
    let tokens = Tokens::of(expression);
    let roots = tokens.roots().filter(|(_, root)| *root == "variables");
    roots.map(|(at, _)| tokens.field(at).map(|(name, _)| name.to_owned())).collect()
}

/// Whether some of these rules are about creating an object of this kind.
fn is_asked(rules: &str, of: &Value, resource: &ResourceType) -> bool {
    let rules = of.pointer(rules).and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| is_about(rule, resource))
}

fn is_about(rule: &Value, resource: &ResourceType) -> bool {
    let names = |field: &str, wanted: &str| {
        let listed = rule.get(field).and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).any(|one| one == "*" || one == wanted)
    };
    names("operations", "CREATE")
        && names("apiGroups", &resource.group)
        && (names("resources", "*/*") || names("resources", &resource.plural))
}

/// The labels of a Namespace; None: it has none, or is not there.
fn namespace_labels<'a>(
    namespace: Option<&str>,
    seen: View<'a>,
) -> Result<Option<&'a Map<String, Value>>, Gap> {
    let Some(namespace) = namespace else { return Ok(None) };
    let all = seen.objects(&Probe::namespaces())?;
    let it = all.iter().find(|object| text(object, "/metadata/name") == namespace);
    Ok(it.and_then(|object| object.pointer("/metadata/labels")?.as_object()))
}

/// Whether a label selector selects these labels; what cannot be read selects everything.
fn selects(selector: Option<&Value>, labels: &Map<String, Value>) -> bool {
    let Some(selector) = selector else { return true };
    let equal = selector.get("matchLabels").and_then(Value::as_object);
    let equal = equal.into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    equal
        && expressions.into_iter().flatten().all(|expression| {
            let value = labels.get(text(expression, "/key"));
            let values = expression.get("values").and_then(Value::as_array);
            let listed = value.is_some_and(|value| values.is_some_and(|values| values.contains(value)));
            match text(expression, "/operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => true,
            }
        })
}

/// A policy that was made or changed a moment ago may not have been taken up, and one that is gone may still be in
/// force: then `refusal` names it.
pub(super) fn just_changed(context: &JudgeContext<'_>, refusal: &str) -> Result<Option<String>, Gap> {
    for kind in POLICIES.into_iter().flat_map(|p| [p.kind, p.binding]) {
        let policies = context.seen.objects(&all(kind))?;
        for policy in policies {
            let times = ["/metadata/creationTimestamp", "/metadata/managedFields/0/time"];
            let changed = times.iter().filter_map(|at| text(policy, at).parse::<Timestamp>().ok()).max();
            if changed.is_some_and(|changed| context.now.duration_since(changed) < TAKES_UP) {
                let name = text(policy, "/metadata/name");
                return Ok(Some(format!(
                    "{kind} {name} is new, and the API server may not have loaded it yet"
                )));
            }
        }
        if let Some(name) = refused_by(kind, refusal)
            && !policies.iter().any(|policy| text(policy, "/metadata/name") == name)
        {
            return Ok(Some(format!("{kind} {name} is gone, but the API server still enforces it")));
        }
    }
    Ok(None)
}

/// The policy or binding that a refusal names: `ValidatingAdmissionPolicy 'A' with binding 'B' denied request: …`
/// (`k8s.io/apiserver` `pkg/admission/plugin/policy/validating`).
fn refused_by<'a>(kind: &str, refusal: &'a str) -> Option<&'a str> {
    let (_, policy) = refusal.split_once("ValidatingAdmissionPolicy '")?;
    let (policy, rest) = policy.split_once("' with binding '")?;
    let (binding, _) = rest.split_once('\'')?;
    match kind {
        "ValidatingAdmissionPolicy" => Some(policy),
        "ValidatingAdmissionPolicyBinding" => Some(binding),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_variable_that_only_a_message_uses_decides_nothing() {
        let policy = json!({"spec": {
            "matchConditions": [{"name": "a", "expression": "!variables.exempt"}],
            "variables": [
                {"name": "exempt", "expression": "variables.account == 'a'"},
                {"name": "account", "expression": "object.spec.serviceAccountName"},
                {"name": "meta", "expression": "object.metadata"},
                {"name": "granted", "expression": "variables.meta.labels['a'] == variables.metadata"},
                {"name": "who", "expression": "object.metadata.name"},
            ],
            "validations": [{"expression": "variables.granted", "messageExpression": "variables.who"}],
        }});
        let found = deciding(&policy, &POLICIES[0]);
        assert_eq!(
            found,
            [
                "!variables.exempt",
                "variables.granted",
                "object.spec.serviceAccountName == 'a'",
                "object.metadata.labels['a'] == variables.metadata",
            ]
        );
        assert_eq!(variables("[variables].all(v, v.who == 'a')"), None);
    }

    #[test]
    fn rules_that_name_objects_go_by_the_name() {
        let pods = ResourceType::of("v1", "Pod");
        let rule = |names: Value| json!({"apiGroups": [""], "operations": ["*"], "resources": ["pods"], "resourceNames": names});
        assert_eq!(
            goes_by_name(&json!({"excludeResourceRules": [rule(json!(["a"]))]}), &pods).as_deref(),
            Some("excludeResourceRules[].resourceNames")
        );
        assert_eq!(goes_by_name(&json!({"resourceRules": [rule(json!([]))]}), &pods), None);
    }

    #[test]
    fn a_selector_selects_as_the_api_does() {
        let labels = json!({"a": "1", "b": "2"});
        let labels = labels.as_object().unwrap();
        let one = |key: &str, operator: &str, values: Value| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for (selector, selected) in [
            (json!({}), true),
            (json!({"matchLabels": {"a": "1"}}), true),
            (json!({"matchLabels": {"a": "1", "b": "3"}}), false),
            (json!({"matchLabels": {"c": "1"}}), false),
            (one("a", "In", json!(["1", "2"])), true),
            (one("c", "In", json!(["1"])), false),
            (one("a", "NotIn", json!(["1"])), false),
            (one("c", "NotIn", json!(["1"])), true),
            (one("a", "Exists", json!([])), true),
            (one("c", "Exists", json!([])), false),
            (one("a", "DoesNotExist", json!([])), false),
        ] {
            assert_eq!(selects(Some(&selector), labels), selected, "{selector}");
        }
        assert!(selects(None, labels));
    }
}
