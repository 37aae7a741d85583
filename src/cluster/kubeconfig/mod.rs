//! The provider for an existing cluster: a class's, or a lab cluster of one's own.
//!
//! Three rules. Only a context that was named explicitly is used, never the current one. Nothing in the cluster is
//! touched unless it was adopted for labs: a record under the UID of its Namespace kube-system lies in the state
//! folder. The user's kubeconfig is read, never changed; labs get one in which that context stands alone.

mod adoption;
mod one_context;
mod survey;

use std::collections::BTreeSet;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use kube::api::Api;
use kube::config::Kubeconfig;

use super::error::{ClusterError, Result, api};
use super::{Answer, Capabilities, ClusterInfo, ClusterOptions, Provider, ProviderKind, client, plugin};
use crate::event::Events;
use crate::paths::Paths;
use crate::proxy::{self, Proxies};
pub use adoption::AdoptionRecord;
pub use survey::Survey;
pub(crate) use survey::images;

/// One context of the user's kubeconfig files.
#[derive(Debug, Clone)]
pub struct KubeconfigProvider {
    paths: Paths,
    files: Vec<PathBuf>,
    context: Option<String>,
    kubectl: PathBuf,
    proxies: Proxies,
}

impl KubeconfigProvider {
    /// The cluster of `context` in `files`; without a context every use is refused. `kubectl` is run by labs.
    /// `proxies`: those of the user's environment, for a cluster whose kubeconfig names none.
    pub fn new(
        paths: Paths,
        files: Vec<PathBuf>,
        context: Option<String>,
        kubectl: PathBuf,
        proxies: Proxies,
    ) -> Self {
        Self { paths, files, context, kubectl, proxies }
    }

    /// The cluster that `options` name.
    pub(super) fn open(options: &ClusterOptions) -> Result<Self> {
        let (paths, files) = (options.paths.clone(), options.kubeconfigs.clone());
        let kubectl = options.program("kubectl")?;
        Ok(Self::new(paths, files, options.context.clone(), kubectl, options.proxies.clone()))
    }

    /// The context, and a kubeconfig of it alone, which says by which proxy the cluster is reached.
    fn chosen(&self) -> Result<(String, Kubeconfig)> {
        let config = one_context::read(&self.files)?;
        let known = one_context::names(&config);
        let Some(context) = self.context.clone() else { return Err(ClusterError::ContextRequired { known }) };
        match one_context::only(config, &context) {
            Some(mut config) => {
                one_context::set_proxy(&mut config, &self.proxies).map_err(|why| self.unusable(why))?;
                Ok((context, config))
            }
            None => Err(ClusterError::NoSuchContext { context, kubeconfig: self.file(), known }),
        }
    }

    /// The file that messages name.
    fn file(&self) -> PathBuf {
        self.files.first().cloned().unwrap_or_default()
    }

    fn unusable(&self, why: String) -> ClusterError {
        ClusterError::Kubeconfig { path: self.file(), why }
    }

    /// Asks the cluster which one it is.
    async fn identify(&self) -> Result<Identified> {
        let (context, kubeconfig) = self.chosen()?;
        let server = one_context::server(&kubeconfig);
        let mut config = client::config(&kubeconfig, None).map_err(|why| self.unusable(why))?;
        let way = config.proxy_url.as_ref().map(|url| format!(" by the proxy {}", proxy::shown(url)));
        let way = way.unwrap_or_default();
        // Somebody waits for an answer: a server that is not there is told soon.
        config.connect_timeout = Some(std::time::Duration::from_secs(10));
        let client = plugin::client(config).await?;
        let kube_system = Api::<Namespace>::all(client.clone())
            .get("kube-system")
            .await
            .map_err(api(format!("identifying the cluster of context {context} ({server}){way}")))?;
        let version = client.apiserver_version().await.map_err(api("asking for the version"))?.git_version;
        let uid = kube_system.metadata.uid.unwrap_or_default();
        Ok(Identified { context, server, version, uid, kubeconfig, client })
    }

    /// Looks at the cluster without changing anything; works on one that was not adopted.
    ///
    /// # Errors
    /// If there is no such context, or its cluster does not answer.
    pub async fn survey(&self) -> Result<(Survey, Client)> {
        let cluster = self.identify().await?;
        Ok((Survey::take(&cluster).await?, cluster.client))
    }

    /// A client of the cluster, adopted or not: for work that is no lab.
    ///
    /// # Errors
    /// If there is no such context, or its cluster does not answer.
    pub async fn client(&self) -> Result<Client> {
        Ok(self.identify().await?.client)
    }

    /// The cluster for labs, if it was adopted. `images`: those of its nodes, where somebody has looked.
    fn adopted(&self, cluster: Identified, images: Option<BTreeSet<String>>) -> Result<ClusterInfo> {
        let Identified { context, server, version, uid, kubeconfig, .. } = cluster;
        if AdoptionRecord::of(&self.paths, &uid)?.is_none() {
            return Err(ClusterError::NotAdopted { context, server, uid });
        }
        let kubeconfig = adoption::save_kubeconfig(&self.paths, &uid, &kubeconfig)?;
        Ok(ClusterInfo {
            provider: ProviderKind::Kubeconfig,
            name: context.clone(),
            version,
            grader_kubeconfig: kubeconfig.clone(),
            learner_kubeconfig: kubeconfig,
            context: Some(context),
            kubectl: self.kubectl.clone(),
            kubectl_cache: None,
            api_server: server,
            uid,
            capabilities: Capabilities {
                audit_log: None,
                checkpoints: None,
                exclusive: false,
                services: true,
                pulls: true,
                images,
            },
        })
    }
}

/// A cluster that has said which one it is.
struct Identified {
    context: String,
    server: String,
    version: String,
    uid: String,
    /// Of that context alone.
    kubeconfig: Kubeconfig,
    client: Client,
}

impl Provider for KubeconfigProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Kubeconfig
    }

    fn up<'a>(&'a self, events: &'a Events) -> Answer<'a, ClusterInfo> {
        Box::pin(async {
            events.step("Inspecting the cluster");
            let cluster = self.identify().await?;
            let images = images(&cluster.client).await?;
            let info = self.adopted(cluster, images)?;
            events.done(format!("Kubernetes {} at {}", info.version, info.api_server));
            Ok(info)
        })
    }

    /// For an attempt in progress: what its scenario needs was there when it began.
    fn find(&self) -> Answer<'_, Option<ClusterInfo>> {
        Box::pin(async {
            let cluster = self.identify().await?;
            self.adopted(cluster, None).map(Some)
        })
    }

    /// An existing cluster is not satrain's to end.
    fn down<'a>(&'a self, _: &'a Events) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn provider(dir: &Path, context: Option<&str>) -> KubeconfigProvider {
        let file = dir.join("config");
        let text = r#"{"current-context":"prod","clusters":[{"name":"c","cluster":{"server":"https://prod"}}],
            "contexts":[{"name":"prod","context":{"cluster":"c"}},{"name":"lab","context":{"cluster":"c"}}]}"#;
        std::fs::write(&file, text).unwrap();
        KubeconfigProvider::new(
            Paths::under(dir),
            vec![file],
            context.map(Into::into),
            "kubectl".into(),
            Proxies::default(),
        )
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
        let (_, config) = provider(dir.path(), Some("lab")).chosen().unwrap();
        assert_eq!(one_context::server(&config), "https://prod");
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
