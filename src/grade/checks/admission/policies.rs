//! What decides about admission besides the API server itself: whether it is loaded yet, and whether it may treat a dry
//! run otherwise than the real thing.
//!
//! What was there at setup belongs to the cluster's owner and is taken as it is. What is new is the learner's: it must
//! say the same to a trial as to the real object, or the trial proves nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::reads::{Reads, reads};
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
    let labels = match namespace {
        Some(namespace) => namespace_labels(namespace, context.seen)?,
        None => None,
    };
    let reaches =
        |of: &Value, selector: &str| labels.is_none_or(|labels| selects(of.pointer(selector), labels));
    for policies in POLICIES {
        let bindings = context.seen.objects(&all(policies.binding))?;
        for policy in new(policies.kind, context)? {
            let name = text(policy, "/metadata/name");
            let bound = bindings.iter().any(|binding| {
                text(binding, "/spec/policyName") == name
                    && reaches(binding, "/spec/matchResources/namespaceSelector")
            });
            let asked = is_asked("/spec/matchConstraints/resourceRules", policy, resource)
                && reaches(policy, "/spec/matchConstraints/namespaceSelector");
            if !bound || !asked {
                continue;
            }
            let read = expressions(policy, &policies).flat_map(reads).find_map(|read| match read {
                Reads::Circumstance(what) => Some(what),
                Reads::Asker(what) => (!may_ask_who).then_some(what),
            });
            if let Some(read) = read {
                let at = format!("{} {name}", policies.kind);
                let why = format!(
                    "{at} reads `{read}`, so it may treat a trial otherwise than the real thing, or one {} otherwise \
                     than another.",
                    resource.kind
                );
                return Ok(Some(refused(
                    why,
                    policies.kind,
                    name,
                    Evidence::seen(at, format!("reads {read}")),
                )));
            }
        }
    }
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

/// The expressions that decide: what a message says is of no matter.
fn expressions<'a>(policy: &'a Value, policies: &Policies) -> impl Iterator<Item = &'a str> {
    let lists =
        ["/spec/matchConditions", "/spec/variables"].into_iter().chain(policies.decides.iter().copied());
    let places = ["/expression", "/applyConfiguration/expression", "/jsonPatch/expression"];
    lists
        .filter_map(|list| policy.pointer(list)?.as_array())
        .flatten()
        .flat_map(move |part| places.into_iter().filter_map(|place| part.pointer(place)?.as_str()))
}

/// Whether some of these rules are about creating an object of this kind.
fn is_asked(rules: &str, of: &Value, resource: &ResourceType) -> bool {
    let rules = of.pointer(rules).and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let names = |field: &str, wanted: &str| {
            let listed = rule.get(field).and_then(Value::as_array);
            listed.into_iter().flatten().filter_map(Value::as_str).any(|one| one == "*" || one == wanted)
        };
        names("operations", "CREATE")
            && names("apiGroups", &resource.group)
            && (names("resources", "*/*") || names("resources", &resource.plural))
    })
}

/// The labels of a Namespace; None: it has none, or is not there.
fn namespace_labels<'a>(namespace: &str, seen: View<'a>) -> Result<Option<&'a Map<String, Value>>, Gap> {
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
