//! Users of a cluster by certificates that it signs itself, so that its audit log tells one from the other.
//!
//! In: an administrator's client. Out: kubeconfigs (0600). Keys never leave this machine.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use serde_json::{Value, json};

use super::embedded::{Pair, kubeconfig};
use super::error::{ClusterError, Result, api};
use super::json::{read, write_private};

/// How long the cluster may take to sign.
const SIGNING: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// Where the API is, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) url: String,
    /// PEM.
    pub(crate) ca: String,
}

impl Server {
    /// That of a kubeconfig which satrain wrote.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let config: Value = read(path)?.unwrap_or_default();
        let cluster = config.pointer("/clusters/0/cluster");
        let text = |field: &str| cluster.and_then(|c| c.get(field)).and_then(Value::as_str);
        let ca = text("certificate-authority-data").and_then(|data| STANDARD.decode(data).ok());
        let ca = ca.and_then(|pem| String::from_utf8(pem).ok());
        let none = || ClusterError::Record { path: path.to_owned(), why: "it names no cluster".into() };
        let (url, ca) = text("server").zip(ca).ok_or_else(none)?;
        Ok(Self { url: url.to_owned(), ca })
    }
}

/// Makes the user `name`, a cluster administrator, and its kubeconfig in `file`.
pub(crate) async fn administrator(client: &Client, server: &Server, name: &str, file: &Path) -> Result<()> {
    bind(client, name).await?;
    let pair = certificate(client, name).await?;
    let config = kubeconfig(&server.url, &server.ca, name, &pair).to_string();
    write_private(file, config.as_bytes(), None)
}

/// Changes the address in such a kubeconfig, where the cluster has come back at another one.
pub(crate) fn move_to(server: &Server, file: &Path) -> Result<()> {
    let mut config: Value = read(file)?.unwrap_or_default();
    match config.pointer_mut("/clusters/0/cluster/server") {
        Some(there) if *there != server.url => *there = server.url.as_str().into(),
        _ => return Ok(()),
    }
    write_private(file, config.to_string().as_bytes(), None)
}

async fn bind(client: &Client, name: &str) -> Result<()> {
    let binding: ClusterRoleBinding = typed(json!({
        "metadata": {"name": name, "labels": {"satrain.dev/managed": "true"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    }))?;
    match Api::all(client.clone()).create(&PostParams::default(), &binding).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        other => other.map(drop).map_err(api(format!("making {name} an administrator"))),
    }
}

/// Has a certificate signed by the cluster's own signer for API clients.
async fn certificate(client: &Client, name: &str) -> Result<Pair> {
    let asking = || api(format!("having the certificate of {name} signed"));
    let (key, request) = request(name)?;
    let requests: Api<CertificateSigningRequest> = Api::all(client.clone());
    let object = typed(json!({
        "metadata": {"generateName": "satrain-", "labels": {"satrain.dev/managed": "true"}},
        "spec": {
            "request": STANDARD.encode(request),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["digital signature", "client auth"],
        },
    }))?;
    let made = requests.create(&PostParams::default(), &object).await.map_err(asking())?;
    let id = made.metadata.name.unwrap_or_default();
    let approval = json!({"status": {"conditions": [{
        "type": "Approved", "status": "True", "reason": "Lab", "message": "made by satrain for this lab",
    }]}});
    requests.patch_approval(&id, &PatchParams::default(), &Patch::Merge(approval)).await.map_err(asking())?;
    let signed = tokio::time::timeout(SIGNING, async {
        loop {
            let now = requests.get(&id).await.map_err(asking())?;
            if let Some(certificate) = now.status.and_then(|s| s.certificate) {
                return Ok::<_, ClusterError>(certificate.0);
            }
            tokio::time::sleep(POLL).await;
        }
    });
    let signed = signed.await.map_err(|_| ClusterError::Pki {
        why: format!("the cluster did not sign the certificate of {name} within {} s", SIGNING.as_secs()),
    })??;
    requests.delete(&id, &DeleteParams::default()).await.map_err(asking())?;
    let certificate = String::from_utf8(signed).map_err(|e| ClusterError::Pki { why: e.to_string() })?;
    Ok(Pair { certificate, key })
}

/// A new key, and the request for its certificate; both as PEM.
fn request(name: &str) -> Result<(String, String)> {
    let failed = |e: rcgen::Error| ClusterError::Pki { why: e.to_string() };
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let request = params.serialize_request(&key).and_then(|r| r.pem()).map_err(failed)?;
    Ok((key.serialize_pem(), request))
}

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| ClusterError::Pki { why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_follows_its_cluster_and_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a"), folder.path().join("b"));
        let pair = Pair { certificate: "CERT".into(), key: "KEY".into() };
        let write = |file: &Path, url: &str| {
            std::fs::write(file, kubeconfig(url, "CA", "u", &pair).to_string()).unwrap();
        };
        write(&file, "https://127.0.0.1:1");
        write(&other, "https://127.0.0.1:2");
        let server = Server::of(&other).unwrap();
        assert_eq!(server, Server { url: "https://127.0.0.1:2".into(), ca: "CA".into() });
        move_to(&server, &file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(&other).unwrap());
        assert!(Server::of(folder.path().join("none").as_path()).is_err());
    }
}
