//! Where an author says that a token is: a file the learner writes, a Secret, or what live Pods hold.

use k8s_openapi::api::core::v1::Pod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::next_step;
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;
use crate::grade::pods::{Scope, Selected, first_container, is_running, models, not_a_witness, tampered};
use crate::grade::token_ref::TokenPlace;
use crate::grade::verdict::Verdict;
use crate::grade::workspace;

/// Where the API's own mount has the token.
const DEFAULT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// A place of tokens, as an author writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TokenSource {
    /// A file of the learner's workspace, as in `answers/token`.
    File(String),
    /// A key of a Secret.
    Secret(SecretKey),
    /// A file in a container of each live Pod of a workload.
    Mounted(Mounted),
}

/// A key of a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The Secret's namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key; `token` when left out.
    #[serde(default = "token")]
    pub key: String,
}

/// A file in a container of each live Pod of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mounted {
    /// `pod/NAME`, `deployment/NAME` …
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// The container; left out: each Pod's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Absolute path; left out: where admission mounts the token by default.
    #[serde(default = "default_path")]
    pub path: String,
}

fn token() -> String {
    "token".into()
}

fn default_path() -> String {
    DEFAULT_PATH.into()
}

/// The places that a source stands for, or why there is nothing to look at.
pub(super) enum Places {
    /// At least one.
    These(Vec<TokenPlace>),
    /// No live Pod, or one that still changes.
    Nothing(Box<Verdict>),
}

impl TokenSource {
    /// The places as they were right after setup; Pods that were not at rest have none.
    pub(super) fn places_at_setup(&self, context: &JudgeContext<'_>) -> Result<Vec<TokenPlace>, Gap> {
        Ok(match self {
            Self::File(path) => vec![TokenPlace::File { path: path.clone() }],
            Self::Secret(secret) => vec![secret.place()],
            Self::Mounted(mounted) => {
                let scope = Scope::at_setup(mounted.pods(), context)?;
                if !scope.is_at_rest() {
                    return Ok(Vec::new());
                }
                scope.live.iter().filter(|pod| is_running(pod)).map(|pod| mounted.place(pod)).collect()
            }
        })
    }

    /// What is wrong with how the place is named.
    pub(super) fn mistake(&self) -> Option<String> {
        match self {
            Self::Mounted(mounted) => mounted.mistake(),
            Self::File(path) if path.trim().is_empty() => Some("`file` names no file".into()),
            Self::File(path) => workspace::leaves(path),
            Self::Secret(_) => None,
        }
    }

    /// The container that it names.
    pub(super) fn container(&self) -> Option<&str> {
        match self {
            Self::Mounted(mounted) => mounted.container.as_deref(),
            Self::File(_) | Self::Secret(_) => None,
        }
    }

    /// Where to look when there is nothing there.
    pub(super) fn next_step(&self) -> Option<String> {
        match self {
            Self::File(_) => None,
            Self::Secret(secret) => Some(next_step::list("v1", "Secret", Some(&secret.namespace))),
            Self::Mounted(mounted) => Some(next_step::pods(&mounted.namespace)),
        }
    }

    /// The places to judge by, once their Pods have come to rest.
    pub(super) fn settled(&self, context: &JudgeContext<'_>) -> Result<Places, Gap> {
        let mounted = match self {
            Self::File(path) => return Ok(Places::These(vec![TokenPlace::File { path: path.clone() }])),
            Self::Secret(secret) => return Ok(Places::These(vec![secret.place()])),
            Self::Mounted(mounted) => mounted,
        };
        let scope = Scope::of(mounted.pods(), context)?;
        let live = match scope.settled("nothing can be seen in it") {
            Ok(live) => live,
            Err(nothing) => return Ok(Places::Nothing(Box::new(nothing))),
        };
        // A token is read by a program of the container: that must be the image's.
        let models = models(mounted.pods(), context);
        let change = live.iter().find_map(|pod| tampered(pod, mounted.container.as_deref(), &models));
        Ok(match change {
            Some(change) => Places::Nothing(Box::new(not_a_witness(change))),
            None => Places::These(live.iter().map(|pod| mounted.place(pod)).collect()),
        })
    }
}

impl SecretKey {
    fn place(&self) -> TokenPlace {
        TokenPlace::Secret {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            key: self.key.clone(),
        }
    }
}

impl Mounted {
    /// What is wrong with how its Pods are named.
    pub(super) fn mistake(&self) -> Option<String> {
        self.pods().mistake(false)
    }

    fn pods(&self) -> Selected<'_> {
        let Self { workload, namespace, .. } = self;
        Selected { workload, selector: None, namespace, except: &[] }
    }

    fn place(&self, pod: &Pod) -> TokenPlace {
        TokenPlace::Pod {
            namespace: self.namespace.clone(),
            pod: pod.metadata.name.clone().unwrap_or_default(),
            container: self.container.clone().or_else(|| first_container(pod)),
            path: self.path.clone(),
        }
    }
}
