//! Learner and grader of a cluster in Docker: certificates that the cluster itself signs, so that its audit log tells
//! one from the other.
//!
//! In: the administrator's client. Out: two kubeconfigs (0600). Keys never leave this machine.

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

use super::folder::Folder;
use crate::cluster::embedded::{GRADER, LEARNER, Pair, kubeconfig};
use crate::cluster::error::{ClusterError, Result, api};
use crate::cluster::json::write_private;

/// How long the cluster may take to sign.
const SIGNING: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// Where the API is, and who vouches for it.
pub(super) struct Server<'a> {
    pub(super) url: &'a str,
    /// PEM.
    pub(super) ca: &'a str,
}

/// Makes both users, cluster administrators both, and their kubeconfigs.
pub(super) async fn create(client: &Client, server: &Server<'_>, folder: &Folder) -> Result<()> {
    let (learner, grader) = (folder.learner(), folder.grader());
    tokio::try_join!(user(client, server, LEARNER, &learner), user(client, server, GRADER, &grader))?;
    Ok(())
}

async fn user(client: &Client, server: &Server<'_>, name: &str, file: &Path) -> Result<()> {
    bind(client, name).await?;
    let pair = certificate(client, name).await?;
    let config = kubeconfig(server.url, server.ca, name, &pair).to_string();
    write_private(file, config.as_bytes(), None)
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
