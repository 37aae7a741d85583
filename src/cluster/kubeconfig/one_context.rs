//! From the user's kubeconfig files to a kubeconfig of one context, with which nothing else can be reached.

use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;

use crate::cluster::error::{ClusterError, Result};

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
