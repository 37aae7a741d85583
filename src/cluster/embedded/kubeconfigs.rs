//! Kubeconfigs with everything inline: of the learner and the grader (through the host's port) and of the
//! components (inside the cluster).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::pki::Pair;

/// A kubeconfig for one user, as JSON (which is YAML). It holds a private key.
pub(crate) fn kubeconfig(server: &str, ca: &str, user: &str, pair: &Pair) -> Value {
    let b64 = |pem: &str| STANDARD.encode(pem);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "satrain", "cluster": {"server": server, "certificate-authority-data": b64(ca)}}],
        "users": [{"name": user, "user": {
            "client-certificate-data": b64(&pair.certificate),
            "client-key-data": b64(&pair.key),
        }}],
        "contexts": [{"name": "satrain", "context": {"cluster": "satrain", "user": user}}],
        "current-context": "satrain",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kube_reads_it_back() {
        let pair = Pair { certificate: "CERT".into(), key: "KEY".into() };
        let text = kubeconfig("https://127.0.0.1:1", "CA", "satrain:learner", &pair).to_string();
        let config = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        assert_eq!(config.current_context.as_deref(), Some("satrain"));
        assert_eq!(config.auth_infos[0].name, "satrain:learner");
    }
}
