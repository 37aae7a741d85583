//! Kubeconfigs with everything inline: of the learner and the grader (through the host's port) and of the
//! components (inside the cluster).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::layout::Layout;
use super::pki::Pair;
use crate::cluster::error::{Result, io};
use crate::cluster::json::write_private;
use crate::fs::Owner;

/// The components that talk to the API with a kubeconfig.
pub(crate) const COMPONENTS: [&str; 3] = ["kube-controller-manager", "kube-scheduler", "kubelet"];

/// The API server's address for the host's programs.
pub(crate) fn outer_server(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// The address in the text of a kubeconfig that satrain made and only satrain writes.
pub(crate) fn server_in(text: &str) -> Option<String> {
    let config: Value = serde_json::from_str(text).ok()?;
    config.pointer("/clusters/0/cluster/server")?.as_str().map(str::to_owned)
}

/// The text of a kubeconfig with another address, all else as its user wrote it.
pub(crate) fn moved(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut moved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // `…:4` is also the beginning of `…:41`.
        moved.push_str(if part.starts_with(|c: char| c.is_ascii_digit()) { from } else { to });
        moved.push_str(part);
    }
    moved
}

/// Writes the API's address into the host's kubeconfigs, where it is another one than before.
pub(crate) fn readdress(layout: &Layout, port: u16, owner: Option<Owner>) -> Result<()> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(io("reading", path));
    let grader = read(&layout.grader())?;
    let now = outer_server(port);
    let Some(before) = server_in(&grader).filter(|before| *before != now) else { return Ok(()) };
    // The grader's is the last: it tells a supervisor after this one what there was before.
    for path in [layout.learner(), layout.grader()] {
        write_private(&path, moved(&read(&path)?, &before, &now).as_bytes(), owner)?;
    }
    Ok(())
}

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
    fn only_the_address_of_the_cluster_itself_is_changed() {
        let text = "- server: https://127.0.0.1:41\n- server: https://127.0.0.1:413\n- server: https://127.0.0.1:41/x\n";
        assert_eq!(
            moved(text, &outer_server(41), &outer_server(9)),
            "- server: https://127.0.0.1:9\n- server: https://127.0.0.1:413\n- server: https://127.0.0.1:9/x\n"
        );
    }

    #[test]
    fn kube_reads_it_back() {
        let pair = Pair { certificate: "CERT".into(), key: "KEY".into() };
        let text = kubeconfig("https://127.0.0.1:1", "CA", "satrain:learner", &pair).to_string();
        let config = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        assert_eq!(server_in(&text).as_deref(), Some("https://127.0.0.1:1"));
        assert_eq!(config.current_context.as_deref(), Some("satrain"));
        assert_eq!(config.auth_infos[0].name, "satrain:learner");
    }
}
