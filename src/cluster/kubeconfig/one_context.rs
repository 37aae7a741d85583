//! From the user's kubeconfig files to a kubeconfig of one context, with which nothing else can be reached.

use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;

use crate::cluster::client;
use crate::cluster::error::{ClusterError, Result};
use crate::proxy::Proxies;

/// Reads the files as kubectl does: the first to set a value wins; a file of several that is not there is left out.
///
/// # Errors
/// If a file cannot be read, or none is there.
pub(super) fn read(files: &[PathBuf]) -> Result<Kubeconfig> {
    let there: Vec<&PathBuf> = files.iter().filter(|f| f.exists()).collect();
    let unusable = |path: &Path, why: String| ClusterError::Kubeconfig { path: path.to_owned(), why };
    let Some((first, others)) = there.split_first() else {
        let named = files.first().cloned().unwrap_or_default();
        return Err(unusable(&named, "there is no such file".into()));
    };
    let one = |path: &Path| Kubeconfig::read_from(path).map_err(|e| unusable(path, e.to_string()));
    let mut config = one(first)?;
    for path in others {
        config = config.merge(one(path)?).map_err(|e| unusable(path, e.to_string()))?;
    }
    Ok(config)
}

/// The contexts, by name.
pub(super) fn names(config: &Kubeconfig) -> Vec<String> {
    config.contexts.iter().map(|c| c.name.clone()).collect()
}

/// What is left of `config` for `context` alone, as the current one; None if there is no such context.
pub(super) fn only(mut config: Kubeconfig, context: &str) -> Option<Kubeconfig> {
    config.contexts.retain(|c| c.name == context);
    let named = config.contexts.first()?.context.clone()?;
    config.clusters.retain(|c| c.name == named.cluster);
    config.auth_infos.retain(|a| named.user.as_deref() == Some(a.name.as_str()));
    config.current_context = Some(context.to_owned());
    Some(config)
}

/// Has the cluster reached as kubectl reaches it: by the kubeconfig's own `proxy-url`, else by the proxy that the user's
/// variables name for this server. Written down, so that the labs' kubectl goes the same way.
pub(super) fn set_proxy(config: &mut Kubeconfig, proxies: &Proxies) -> std::result::Result<(), String> {
    let Some(cluster) = config.clusters.first_mut().and_then(|c| c.cluster.as_mut()) else { return Ok(()) };
    let server = cluster.server.as_deref().and_then(|server| server.parse().ok());
    if let (None, Some(server)) = (client::own_proxy(cluster), server) {
        cluster.proxy_url =
            proxies.for_server(&server).map_err(|e| e.to_string())?.map(|url| url.to_string());
    }
    Ok(())
}

/// The URL of its API server.
pub(super) fn server(config: &Kubeconfig) -> String {
    let cluster = config.clusters.first().and_then(|c| c.cluster.as_ref());
    cluster.and_then(|c| c.server.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{"current-context":"prod",
        "clusters":[{"name":"p","cluster":{"server":"https://prod"}},{"name":"l","cluster":{"server":"https://lab"}}],
        "users":[{"name":"root","user":{"token":"a"}},{"name":"me","user":{"token":"b"}}],
        "contexts":[{"name":"prod","context":{"cluster":"p","user":"root"}},{"name":"lab","context":{"cluster":"l","user":"me"}}]}"#;

    #[test]
    fn nothing_of_another_context_is_left() {
        let config = only(Kubeconfig::from_yaml(TWO).unwrap(), "lab").unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert!(!text.contains("prod") && !text.contains("root"), "{text}");
        let again = Kubeconfig::from_yaml(&text).unwrap();
        assert_eq!((again.current_context.as_deref(), server(&again).as_str()), (Some("lab"), "https://lab"));
        assert!(text.contains(r#""token":"b""#), "a kubeconfig without its credentials is none");
        assert!(only(Kubeconfig::from_yaml(TWO).unwrap(), "other").is_none());
    }

    #[test]
    fn a_proxy_of_its_own_comes_before_that_of_the_environment() {
        let set = |server: &str, own: &str| {
            let text = format!(
                r#"{{"clusters":[{{"name":"c","cluster":{{"server":"{server}","proxy-url":"{own}"}}}}],
                "contexts":[{{"name":"x","context":{{"cluster":"c"}}}}]}}"#
            );
            let mut config = only(Kubeconfig::from_yaml(&text).unwrap(), "x").unwrap();
            let variable = |name: &str| match name {
                "HTTPS_PROXY" => Some("environment:1".to_owned()),
                "NO_PROXY" => Some(".corp".to_owned()),
                _ => None,
            };
            set_proxy(&mut config, &Proxies::read(variable)).unwrap();
            config.clusters[0].cluster.as_ref().unwrap().proxy_url.clone().filter(|url| !url.is_empty())
        };
        assert_eq!(set("https://api.example", "").as_deref(), Some("http://environment:1/"));
        assert_eq!(set("https://api.example", "http://own:2").as_deref(), Some("http://own:2"));
        assert_eq!(set("https://api.corp", ""), None);
        assert_eq!(set("https://127.0.0.1:6443", ""), None);
        // As with kubectl: a tunnel's end may be called 127.0.0.1 by the proxy.
        assert_eq!(set("https://127.0.0.1:6443", "socks5://own:2").as_deref(), Some("socks5://own:2"));
    }

    #[test]
    fn several_files_are_one_and_absent_ones_none() {
        let dir = tempfile::tempdir().unwrap();
        let (two, absent, more) =
            (dir.path().join("two"), dir.path().join("absent"), dir.path().join("more"));
        std::fs::write(&two, TWO).unwrap();
        std::fs::write(&more, r#"{"contexts":[{"name":"x","context":{"cluster":"p","user":"me"}}]}"#)
            .unwrap();
        assert_eq!(names(&read(&[absent.clone(), two, more]).unwrap()), ["prod", "lab", "x"]);
        assert!(read(&[absent]).unwrap_err().to_string().contains("no such file"));
    }
}
