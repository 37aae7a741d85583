//! What clusters of satrain's own making write to their audit logs.

use serde_json::{Value, json};

/// Who asked what, but not the contents (level Metadata). The cluster's own machinery, and further users of that
/// kind, are left out.
pub(super) fn policy(further: &[&str]) -> Value {
    let machinery = ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"];
    let users: Vec<&str> = machinery.into_iter().chain(further.iter().copied()).collect();
    json!({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
        {"level": "None", "users": users},
        {"level": "None", "userGroups": ["system:nodes"]},
        {"level": "None", "nonResourceURLs": ["/livez*", "/readyz*", "/healthz*", "/openapi*"]},
        {"level": "Metadata"},
    ]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machinery_is_not_audited_but_learner_and_grader_are() {
        let rules = policy(&["satrain:supervisor"])["rules"].to_string();
        assert!(rules.contains("satrain:supervisor") && rules.contains("system:nodes"));
        assert!(!rules.contains("learner") && !rules.contains("grader"));
    }
}
