//! From a kubeconfig to the client's configuration: the one place where that is made.
//!
//! kube's own way reads HTTPS_PROXY and NO_PROXY, too, and would ask a proxy for this machine's own clusters. Here the
//! kubeconfig says all: a proxy is used where it has a `proxy-url`. `cluster::kubeconfig` writes that for adopted
//! clusters, by the rules of kubectl.

use kube::Config;
use kube::config::{Cluster, ExecAuthCluster, Kubeconfig, KubeconfigError};

use crate::proxy;

/// The configuration for a context, or for the current one.
///
/// # Errors
/// In a sentence, if the kubeconfig lacks something or has something that cannot be used.
pub(super) fn config(kubeconfig: &Kubeconfig, context: Option<&str>) -> Result<Config, String> {
    made(kubeconfig, context).map_err(|e| e.to_string())
}

fn made(kubeconfig: &Kubeconfig, context: Option<&str>) -> Result<Config, Unusable> {
    let name =
        context.or(kubeconfig.current_context.as_deref()).ok_or(KubeconfigError::CurrentContextNotSet)?;
    let context = kubeconfig.contexts.iter().find(|c| c.name == name).and_then(|c| c.context.as_ref());
    let context = context.ok_or_else(|| KubeconfigError::LoadContext(name.to_owned()))?;
    let cluster =
        kubeconfig.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref());
    let cluster = cluster.ok_or_else(|| KubeconfigError::LoadClusterOfContext(context.cluster.clone()))?;
    // A context without a user is one without credentials, as it is for kubectl.
    let user = kubeconfig.auth_infos.iter().find(|a| Some(&a.name) == context.user.as_ref());
    let mut user = user.and_then(|a| a.auth_info.clone()).unwrap_or_default();

    let server = cluster.server.as_deref().ok_or(KubeconfigError::MissingClusterUrl)?;
    let mut config = Config::new(server.parse().map_err(KubeconfigError::ParseClusterUrl)?);
    if let Some(namespace) = &context.namespace {
        config.default_namespace.clone_from(namespace);
    }
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.proxy_url = own_proxy(cluster).map(|url| proxy::url(url).ok_or(Unusable::Proxy)).transpose()?;
    // What a credential plugin may be told of the cluster; the CA is read for it already.
    let told = ExecAuthCluster::try_from(cluster)?;
    config.root_cert = told.certificate_authority_data.as_deref().map(certificates).transpose()?;
    if let Some(exec) = user.exec.as_mut().filter(|exec| exec.provide_cluster_info) {
        exec.cluster = Some(told);
    }
    config.auth_info = user;
    Ok(config)
}

/// The proxy that the kubeconfig names for this cluster.
pub(super) fn own_proxy(cluster: &Cluster) -> Option<&str> {
    cluster.proxy_url.as_deref().filter(|url| !url.is_empty())
}

/// The certificates in a PEM text.
fn certificates(text: &[u8]) -> Result<Vec<Vec<u8>>, KubeconfigError> {
    let blocks = pem::parse_many(text).map_err(KubeconfigError::ParseCertificates)?;
    Ok(blocks.into_iter().filter(|b| b.tag() == "CERTIFICATE").map(pem::Pem::into_contents).collect())
}

#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    // It does not say which: the URL may hold a password.
    #[error("its `proxy-url` is not of the form http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")]
    Proxy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(cluster: serde_json::Value) -> Result<Config, String> {
        let text = json!({
            "current-context": "a", "clusters": [{"name": "c", "cluster": cluster}],
            "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
            "users": [{"name": "u", "user": {"token": "t", "exec": {"command": "login", "provideClusterInfo": true}}}],
        });
        config(&Kubeconfig::from_yaml(&text.to_string()).unwrap(), None)
    }

    #[test]
    fn all_that_a_kubeconfig_says_is_taken_over() {
        let key = rcgen::generate_simple_self_signed(["c".to_owned()]).unwrap();
        let (pem, der) = (key.cert.pem(), key.cert.der().to_vec());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &pem).unwrap();
        let config = made(json!({
            "server": "https://10.0.0.1:6443", "certificate-authority": file.path(), "tls-server-name": "s",
            "proxy-url": "socks5://p",
        }))
        .unwrap();
        assert_eq!((config.cluster_url.port_u16(), config.default_namespace.as_str()), (Some(6443), "n"));
        assert_eq!((config.root_cert, config.tls_server_name.as_deref()), (Some(vec![der]), Some("s")));
        assert_eq!(config.proxy_url.unwrap(), "socks5://p:1080/");
        let told = config.auth_info.exec.unwrap().cluster.unwrap();
        assert_eq!(told.certificate_authority_data, Some(pem.into_bytes()));
        let plain =
            made(json!({"server": "https://c", "insecure-skip-tls-verify": true, "proxy-url": ""})).unwrap();
        assert!(plain.accept_invalid_certs && plain.proxy_url.is_none() && plain.root_cert.is_none());
    }

    #[test]
    fn what_cannot_be_used_is_said_without_passwords() {
        for (cluster, why) in [
            (json!({}), "url is missing"),
            (json!({"server": "https://a b"}), "cluster url"),
            (json!({"server": "https://c", "certificate-authority": "/not/there"}), "/not/there"),
            (json!({"server": "https://c", "proxy-url": "ftp://me:secret@p"}), "proxy-url"),
        ] {
            let error = made(cluster).unwrap_err();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }
}
