//! Pure: values of fields that Kubernetes takes from a list, from a range, or as a quantity only.
//!
//! In: an object of a well-known kind. Out: what is wrong with which field, by its JSON pointer. Fields are told by
//! their own names, which mean the same wherever they stand; maps whose keys authors choose are left out.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::fields::{Wrong, spelled};
use crate::scenario::escape;

/// Fields with few values.
const ONE_OF: [(&str, &[&str]); 8] = [
    ("restartPolicy", &["Always", "OnFailure", "Never"]),
    ("imagePullPolicy", &["Always", "IfNotPresent", "Never"]),
    ("protocol", &["TCP", "UDP", "SCTP"]),
    ("dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("terminationMessagePolicy", &["File", "FallbackToLogsOnError"]),
    ("concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("podManagementPolicy", &["OrderedReady", "Parallel"]),
    ("mountPropagation", &["None", "HostToContainer", "Bidirectional"]),
];

const PORT: RangeInclusive<i64> = 1..=65535;
const COUNT: RangeInclusive<i64> = 0..=i32::MAX as i64;

/// Fields with a range of numbers.
const BETWEEN: [(&str, RangeInclusive<i64>); 7] = [
    ("containerPort", PORT),
    ("hostPort", 0..=65535),
    ("expirationSeconds", 600..=1 << 32),
    ("replicas", COUNT),
    ("parallelism", COUNT),
    ("completions", COUNT),
    ("backoffLimit", COUNT),
];

/// Maps of quantities.
const QUANTITIES: [&str; 3] = ["requests", "limits", "hard"];

/// Maps with keys of the author's own.
const FREE: [&str; 8] = [
    "annotations",
    "binaryData",
    "data",
    "labels",
    "matchLabels",
    "nodeSelector",
    "parameters",
    "stringData",
];

/// As the API server reads it: a number, and what it is multiplied with.
static QUANTITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$").ok());

/// The fields whose values Kubernetes does not take.
pub(super) fn wrong(object: &Value) -> Vec<Wrong> {
    let mut found = Vec::new();
    walk(object, "", &mut found);
    found
}

fn walk(value: &Value, pointer: &str, found: &mut Vec<Wrong>) {
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{i}"), found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !FREE.contains(&key.as_str())) {
                let pointer = format!("{pointer}/{}", escape(key));
                if let Some(message) = field(key, value, &pointer) {
                    found.push(Wrong { pointer: pointer.clone(), message, help: "" });
                }
                if QUANTITIES.contains(&key.as_str()) {
                    quantities(value, &pointer, found);
                }
                walk(value, &pointer, found);
            }
        }
        _ => {}
    }
}

fn field(key: &str, value: &Value, pointer: &str) -> Option<String> {
    if let (Some((_, known)), Some(text)) = (ONE_OF.iter().find(|(name, _)| *name == key), value.as_str()) {
        let known_ones = || format!("{} is none of {}", spelled(pointer), known.join(", "));
        return (!known.contains(&text)).then(known_ones);
    }
    if let (Some((_, range)), Some(number)) = (BETWEEN.iter().find(|(name, _)| *name == key), value.as_i64())
    {
        let between = || format!("{} is not between {} and {}", spelled(pointer), range.start(), range.end());
        return (!range.contains(&number)).then(between);
    }
    (key == "sizeLimit" && !is_quantity(value)).then(|| no_quantity(pointer))
}

fn quantities(value: &Value, pointer: &str, found: &mut Vec<Wrong>) {
    for (key, _) in value.as_object().into_iter().flatten().filter(|(_, value)| !is_quantity(value)) {
        let pointer = format!("{pointer}/{}", escape(key));
        found.push(Wrong { message: no_quantity(&pointer), pointer, help: "as in `100m`, `0.5` or `64Mi`" });
    }
}

fn no_quantity(pointer: &str) -> String {
    format!("{} is no quantity", spelled(pointer))
}

/// What is no text is judged by its type.
fn is_quantity(value: &Value) -> bool {
    value.as_str().is_none_or(|text| QUANTITY.as_ref().is_none_or(|pattern| pattern.is_match(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(object: &Value) -> Vec<String> {
        let mut all: Vec<String> = wrong(object).into_iter().map(|wrong| wrong.message).collect();
        all.sort();
        all
    }

    #[test]
    fn values_are_of_their_list_or_range() {
        let pod = |restart: &str, port: i64, seconds: i64| {
            json!({"metadata": {"labels": {"restartPolicy": "any"}}, "spec": {"restartPolicy": restart,
                "containers": [{"ports": [{"containerPort": port}]}],
                "volumes": [{"projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": seconds}}]}}]}})
        };
        assert!(messages(&pod("Never", 65535, 600)).is_empty());
        assert_eq!(
            messages(&pod("Sometimes", 0, 60)),
            [
                "`containerPort` of spec.containers[0].ports[0] is not between 1 and 65535",
                "`expirationSeconds` of spec.volumes[0].projected.sources[0].serviceAccountToken is not between 600 and 4294967296",
                "`restartPolicy` of spec is none of Always, OnFailure, Never",
            ]
        );
    }

    #[test]
    fn a_quantity_is_a_number_with_one_unit() {
        let of = |cpu: Value| messages(&json!({"resources": {"requests": {"cpu": cpu}}}));
        for good in
            [json!(1), json!(0.5), json!("100m"), json!("1.5Gi"), json!("1e3"), json!("2k"), json!("0")]
        {
            assert!(of(good.clone()).is_empty(), "{good}");
        }
        for bad in ["1x", "", "1 Gi", "1gi", "m", "1mm"] {
            assert_eq!(of(json!(bad)), ["`cpu` of resources.requests is no quantity"], "{bad}");
        }
    }
}
