//! The provider for an existing cluster: a class's, or a lab cluster of one's own.
//!
//! Three rules. Only a context that was named explicitly is used, never the current one. Nothing in the cluster is
//! touched unless it was adopted for labs: a record under the UID of its Namespace kube-system lies in the state
//! folder. The user's kubeconfig is read, never changed.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::Api;
use kube::config::Kubeconfig;
use serde::{Deserialize, Serialize};

use super::error::{ClusterError, Result, api};
use super::info::client;
use super::{Capabilities, ClusterInfo, Provider, ProviderKind};
use crate::event::Events;
use crate::paths::Paths;

/// The user's word that a cluster may be changed for labs: `<state>/adopted/<uid>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptionRecord {
    /// UID of the cluster's Namespace kube-system.
    pub uid: String,
    /// The context under which it was adopted.
    pub context: String,
    /// Its API server then.
    pub server: String,
    /// When.
    pub adopted: Timestamp,
}

impl AdoptionRecord {
    /// The record of the cluster with that UID, if there is one.
    ///
    /// # Errors
    /// If the record is there but cannot be read.
    pub fn of(paths: &Paths, uid: &str) -> Result<Option<Self>> {
        // The UID comes from a cluster that is not trusted: it must not lead out of the folder.
        if uid.is_empty() || !uid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Ok(None);
        }
        let record: Option<Self> = super::embedded::read_json(&paths.adopted().join(format!("{uid}.json")))?;
        Ok(record.filter(|r| r.uid == uid))
    }
}

/// One context of one kubeconfig file.
#[derive(Debug, Clone)]
pub struct KubeconfigProvider {
    paths: Paths,
    kubeconfig: PathBuf,
    context: Option<String>,
    kubectl: PathBuf,
}

impl KubeconfigProvider {
    /// The cluster of `context` in `kubeconfig`; without a context every use is refused. `kubectl` is run by labs.
    pub fn new(paths: Paths, kubeconfig: PathBuf, context: Option<String>, kubectl: PathBuf) -> Self {
        Self { paths, kubeconfig, context, kubectl }
    }

    /// The context and its API server's URL.
    fn chosen(&self) -> Result<(String, String)> {
        let config = read(&self.kubeconfig)?;
        let known: Vec<String> = config.contexts.iter().map(|c| c.name.clone()).collect();
        let Some(context) = self.context.clone() else { return Err(ClusterError::ContextRequired { known }) };
        let named = config.contexts.iter().find(|c| c.name == context).and_then(|c| c.context.as_ref());
        let Some(named) = named else {
            return Err(ClusterError::NoSuchContext { context, kubeconfig: self.kubeconfig.clone(), known });
        };
        let cluster =
            config.clusters.iter().find(|c| c.name == named.cluster).and_then(|c| c.cluster.as_ref());
        Ok((context, cluster.and_then(|c| c.server.clone()).unwrap_or_default()))
    }
}

impl Provider for KubeconfigProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Kubeconfig
    }

    async fn up(&self, events: &Events) -> Result<ClusterInfo> {
        let (context, server) = self.chosen()?;
        events.step(format!("Looking at the cluster of context {context}"));
        let client = client(&self.kubeconfig, Some(&context)).await?;
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let kube_system = namespaces
            .get("kube-system")
            .await
            .map_err(api(format!("identifying the cluster of {context}")))?;
        let uid = kube_system.metadata.uid.unwrap_or_default();
        if AdoptionRecord::of(&self.paths, &uid)?.is_none() {
            return Err(ClusterError::NotAdopted { context, server, uid });
        }
        let version = client.apiserver_version().await.map_err(api("asking for the version"))?.git_version;
        events.done(format!("Kubernetes {version} at {server}"));
        Ok(ClusterInfo {
            provider: ProviderKind::Kubeconfig,
            name: context.clone(),
            version,
            grader_kubeconfig: self.kubeconfig.clone(),
            learner_kubeconfig: self.kubeconfig.clone(),
            context: Some(context),
            kubectl: self.kubectl.clone(),
            api_server: server,
            uid,
            capabilities: Capabilities {
                audit_log: None,
                checkpoints: None,
                exclusive: false,
                services: true,
                pulls: true,
            },
        })
    }

    async fn find(&self) -> Result<Option<ClusterInfo>> {
        self.up(&Events::silent()).await.map(Some)
    }

    /// An existing cluster is not satrain's to end.
    async fn down(&self, _: &Events) -> Result<()> {
        Ok(())
    }
}

fn read(path: &Path) -> Result<Kubeconfig> {
    Kubeconfig::read_from(path)
        .map_err(|e| ClusterError::Kubeconfig { path: path.to_owned(), why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(dir: &Path, context: Option<&str>) -> KubeconfigProvider {
        let file = dir.join("config");
        let text = r#"{"current-context":"prod","clusters":[{"name":"c","cluster":{"server":"https://prod"}}],
            "contexts":[{"name":"prod","context":{"cluster":"c"}},{"name":"lab","context":{"cluster":"c"}}]}"#;
        std::fs::write(&file, text).unwrap();
        KubeconfigProvider::new(Paths::under(dir), file, context.map(Into::into), "kubectl".into())
    }

    #[test]
    fn the_current_context_is_never_used_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let error = provider(dir.path(), None).chosen().unwrap_err();
        assert!(error.to_string().contains("prod, lab"), "{error}");
    }

    #[test]
    fn an_unknown_context_is_refused_with_those_that_exist() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(provider(dir.path(), Some("x")).chosen(), Err(ClusterError::NoSuchContext { .. })));
        assert_eq!(provider(dir.path(), Some("lab")).chosen().unwrap().1, "https://prod");
    }

    #[test]
    fn a_record_counts_only_for_the_cluster_it_names() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        std::fs::create_dir_all(paths.adopted()).unwrap();
        let record =
            r#"{"uid":"u-1","context":"lab","server":"https://prod","adopted":"2026-01-01T00:00:00Z"}"#;
        for file in ["u-1.json", "u-2.json"] {
            std::fs::write(paths.adopted().join(file), record).unwrap();
        }
        assert!(AdoptionRecord::of(&paths, "u-1").unwrap().is_some());
        assert!(AdoptionRecord::of(&paths, "u-2").unwrap().is_none());
        assert!(AdoptionRecord::of(&paths, "../adopted/u-1").unwrap().is_none());
        assert!(AdoptionRecord::of(&paths, "u-3").unwrap().is_none());
    }

    #[test]
    fn the_refusal_says_how_to_adopt() {
        let error = ClusterError::NotAdopted {
            context: "lab".into(),
            server: "https://prod".into(),
            uid: "u".into(),
        };
        assert!(error.to_string().contains("satrain cluster adopt --context lab"));
    }
}
