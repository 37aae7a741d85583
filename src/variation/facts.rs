//! What a scenario grades, as lines that a script can read: `KIND NAMESPACE NAME …`, with `-` for what is not given.

use serde_json::Value;

use crate::grade::expectation::expectations;
use crate::scenario::BoundScenario;

/// One line a check or guard, in their order. Left out is what no variation can tell apart: templates, which have no Pods that
/// live on, and single containers of a Pod.
pub fn facts(bound: &BoundScenario) -> Vec<String> {
    let all = expectations(&bound.scenario.checks, &bound.scenario.guards);
    all.filter_map(|expectation| {
        let kind = serde_json::to_value(&expectation.kind).ok()?;
        let (name, spec) = kind.as_object()?.iter().next()?;
        (!is_apart(spec)).then(|| fact(name, spec))
    })
    .collect()
}

fn is_apart(spec: &Value) -> bool {
    let workload = spec["workload"].as_str().unwrap_or_default();
    let by_template =
        ["job/", "cronjob/", "cj/"].iter().any(|kind| workload.to_ascii_lowercase().starts_with(kind));
    by_template || spec["containers"].is_array()
}

fn fact(kind: &str, spec: &Value) -> String {
    let text = |key: &str| word(&spec[key]);
    let fields = match kind {
        "access" => {
            let how = ["exactly", "denied", "allowed"].into_iter().find(|key| !spec[*key].is_null());
            vec![text("namespace"), text("serviceAccount"), how.unwrap_or("-").to_owned()]
        }
        "tokenMount" => {
            let expect = if spec["expect"].is_string() { text("expect") } else { "bound".to_owned() };
            vec![text("namespace"), text("workload"), text("selector"), expect]
        }
        "workload" => {
            let alone = if spec["alone"] == true { "alone" } else { "-" };
            let same = spec["same"].as_array().map(|all| all.iter().map(word).collect::<Vec<_>>().join(","));
            let same = same.unwrap_or_else(|| "-".into());
            vec![text("namespace"), text("workload"), text("selector"), same, alone.to_owned()]
        }
        "exec" => {
            let place = [text("namespace"), text("workload"), text("container")].into_iter();
            place.chain(spec["command"].as_array().into_iter().flatten().map(word)).collect()
        }
        "answer" => vec![text("key"), text("as"), source(&spec["computed"])],
        "admission" => vec![text("namespace"), text("expect"), text("token"), word(&spec["object"]["kind"])],
        "resource" => vec![text("namespace"), text("kind"), text("name"), text("expect")],
        "legacySecrets" => vec![text("namespace")],
        _ => Vec::new(),
    };
    std::iter::once(kind.to_owned()).chain(fields).collect::<Vec<_>>().join(" ")
}

/// From what a right answer is computed.
fn source(computed: &Value) -> String {
    match computed {
        Value::Object(fields) if fields.contains_key("kind") => word(&fields["kind"]),
        Value::Object(fields) => {
            let sources = ["tokens", "rightsOf", "dryRuns"].into_iter();
            sources.filter(|s| fields.contains_key(*s)).collect::<Vec<_>>().join(",")
        }
        _ => "pattern".into(),
    }
}

fn word(value: &Value) -> String {
    let text: String = value.as_str().unwrap_or_default().split_whitespace().collect();
    if text.is_empty() { "-".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_no_variation_can_tell_apart_is_left_out() {
        assert!(is_apart(&json!({"workload": "cronjob/report", "namespace": "a"})));
        assert!(is_apart(&json!({"workload": "pod/web", "containers": ["proxy"]})));
        assert!(!is_apart(&json!({"workload": "pod/web", "container": "proxy"})));
    }
}
