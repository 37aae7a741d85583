//! What fuzzing asks of CEL, of patterns and of RBAC objects; see `crate::fuzzing`.

use serde_json::Value;

use super::{cel, fields};
use crate::rbac::{Policy, Subject, diff, rights};

/// An expression in the first line; then the JSON that is its `object`.
pub(crate) fn cel(input: &str) {
    let (expression, json) = input.split_once('\n').unwrap_or((input, ""));
    let object = serde_json::from_str(json).unwrap_or_default();
    let variables = [("object", &object), ("baseline", &Value::Null)];
    let value = cel::evaluate(expression, &variables);
    let holds = cel::holds(expression, &variables);
    match &value {
        Ok(Value::Bool(answer)) => assert_eq!(holds, Ok(*answer), "{expression}"),
        _ => assert!(holds.is_err(), "{expression} is {value:?} and holds"),
    }
}

/// `[pattern, object]`, or `{"Role": […], "ClusterRole": […], "RoleBinding": […], "ClusterRoleBinding": […]}`.
pub(crate) fn fields(input: &[u8]) {
    match serde_json::from_slice::<Value>(input) {
        Ok(Value::Array(pair)) if pair.len() == 2 => pattern(&pair[0], &pair[1]),
        Ok(Value::Object(lists)) => rbac(&Value::Object(lists)),
        _ => {}
    }
}

fn pattern(pattern: &Value, object: &Value) {
    let itself = fields::mismatches(object, object);
    assert!(itself.is_err() || itself == Ok(Vec::new()), "everything matches itself");
    let found = fields::mismatches(pattern, object);
    assert_eq!(found, fields::mismatches(pattern, object), "the same twice");
    if let (true, Value::Object(there)) = (found == Ok(Vec::new()), object) {
        let mut more = there.clone();
        more.entry("one more").or_insert(Value::Null);
        assert_eq!(
            fields::mismatches(pattern, &Value::Object(more)),
            found,
            "fields not named do not matter"
        );
    }
    for path in [fields::show(pattern), "a.0.b".into(), "/a/0/b".into()] {
        let _ = (fields::at(object, &path), fields::text(object, &path));
    }
}

fn rbac(lists: &Value) {
    let of = |kind: &str| lists.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
    let read = Policy::read(&of("Role"), &of("ClusterRole"), &of("RoleBinding"), &of("ClusterRoleBinding"));
    let Ok(policy) = read else { return };
    let subject = Subject::service_account("a", "b");
    assert!(policy.dangling_for(&subject).count() <= policy.bindings.len());
    let Ok(grants) = policy.grants(&subject) else { return };
    let _ = policy.aggregation_behind(&subject);
    let some: Vec<_> = rights(&grants).map(|(right, _)| right).take(200).collect();
    let found = diff(&grants, &some, &[]);
    assert_eq!(found.missing, [], "what is granted is not missing");
    for right in &some {
        assert!(right.covers(right), "everything covers itself");
        let asked = right.can_be_asked().then(|| right.request());
        let allowed = asked.is_none_or(|asked| grants.iter().any(|grant| grant.allows(&asked)));
        assert!(allowed, "a right that is granted is allowed: {right}");
    }
}
