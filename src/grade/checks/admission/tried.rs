//! Pure: what a dry run was about, in a few words, so that a learner can try the same.

use serde_json::Value;

/// Where the Pod of each kind of workload stands.
const PODS: [&str; 3] = ["/spec/jobTemplate/spec/template", "/spec/template", ""];
/// Fields of a Pod that say nothing about credentials.
const DULL: [&str; 3] = ["terminationGracePeriodSeconds", "restartPolicy", "enableServiceLinks"];

/// Labels, plain fields and volumes of the Pod that an object makes; None for what makes none, or says nothing.
pub(super) fn described(object: &Value) -> Option<String> {
    let pod = PODS
        .iter()
        .filter_map(|at| object.pointer(at))
        .find(|pod| pod.pointer("/spec/containers").is_some())?;
    let mut parts = Vec::new();
    let labels = pod.pointer("/metadata/labels").and_then(Value::as_object);
    parts.extend(labels.into_iter().flatten().map(|(name, value)| format!("label {name}={}", plain(value))));
    let spec = pod.get("spec").and_then(Value::as_object)?;
    let fields = spec
        .iter()
        .filter(|(name, value)| !DULL.contains(&name.as_str()) && !value.is_object() && !value.is_array());
    parts.extend(fields.map(|(name, value)| format!("{name}: {}", plain(value))));
    let volumes = spec.get("volumes").and_then(Value::as_array);
    parts.extend(volumes.into_iter().flatten().map(|volume| {
        let sort = volume.as_object().and_then(|v| v.keys().find(|key| *key != "name"));
        format!("a volume of type {}", sort.map_or("emptyDir", String::as_str))
    }));
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_matters_of_a_pod_is_told_wherever_it_stands() {
        let pod = json!({
            "metadata": {"labels": {"app": "x"}},
            "spec": {
                "serviceAccountName": "quiet", "automountServiceAccountToken": true, "restartPolicy": "Never",
                "containers": [{"name": "c", "image": "nginx"}],
                "volumes": [{"name": "v", "projected": {"sources": []}}],
            },
        });
        let told = "label app=x, automountServiceAccountToken: true, serviceAccountName: quiet, a volume of type projected";
        assert_eq!(described(&pod).as_deref(), Some(told));
        assert_eq!(described(&json!({"spec": {"template": pod}})).as_deref(), Some(told));
        assert_eq!(
            described(&json!({"spec": {"jobTemplate": {"spec": {"template": pod}}}})).as_deref(),
            Some(told)
        );
    }

    #[test]
    fn what_says_nothing_is_not_described() {
        assert_eq!(described(&json!({"spec": {"containers": [{"image": "nginx"}]}})), None);
        assert_eq!(described(&json!({"kind": "RoleBinding"})), None);
    }
}
