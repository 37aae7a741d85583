//! A question to the cluster or to the workspace. Equal probes are asked once a grade.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::token_ref::{TokenPlace, TokenRef, When};
pub use crate::rbac::{AccessAttributes, Subject};

/// A question. Ordered and hashable, so that equal questions are asked once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "ask")]
pub enum Probe {
    /// All objects of a kind, in one namespace or (None) in all.
    List {
        /// Which kind.
        resource: ResourceType,
        /// In which namespace; None: everywhere, or a cluster-scoped kind.
        namespace: Option<String>,
    },
    /// The same of a kind that all of a cluster share, without what the cluster writes into its objects. That the cluster
    /// does not serve or does not show the kind is an answer.
    Shared {
        /// Which kind.
        resource: ResourceType,
        /// In which namespace; None: everywhere, or a cluster-scoped kind.
        namespace: Option<String>,
        /// Whether the metadata is all that is asked for.
        #[serde(default)]
        metadata_only: bool,
    },
    /// May this subject do this (SubjectAccessReview).
    Access {
        /// Who.
        subject: Subject,
        /// What.
        attributes: AccessAttributes,
    },
    /// Runs a program in a container of a Pod.
    Exec {
        /// The Pod's namespace.
        namespace: String,
        /// The Pod.
        pod: String,
        /// The container; None: the Pod's first.
        container: Option<String>,
        /// Program and arguments.
        command: Vec<String>,
        /// The paths that the API server's audit log is searched for: what the program asks the API for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        audited: Vec<String>,
    },
    /// A file of the learner's workspace, by relative path (`answers/x`).
    File {
        /// Relative path.
        path: String,
    },
    /// Which token is in a place: its claims and fingerprint.
    Token {
        /// Which.
        token: TokenRef,
    },
    /// Is a token good (TokenReview).
    TokenReview {
        /// Which.
        token: TokenRef,
        /// For one of these audiences; empty: the API server's own.
        audiences: Vec<String>,
    },
    /// What does the API answer to a GET with this token, and no other credential.
    Request {
        /// With which token; None: none at all.
        token: Option<TokenRef>,
        /// Absolute path, with its query.
        path: String,
    },
    /// The API server's own audiences.
    ApiAudiences,
    /// Would the API admit this object (server-side dry-run create); the answer is the admitted object.
    DryRunCreate {
        /// Which kind.
        resource: ResourceType,
        /// In which namespace.
        namespace: Option<String>,
        /// The object, as JSON text. What an object needs and this one leaves out (its name, its containers' names and
        /// images) is made up anew each time it is asked.
        object: String,
        /// Who creates it.
        #[serde(default)]
        creator: Creator,
    },
}

/// Who creates an object: admission may answer each of them otherwise.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Creator {
    /// The learner, by hand.
    #[default]
    Learner,
    /// The controller of ReplicaSets, and so of Deployments.
    ReplicaSet,
    /// The controller of DaemonSets.
    DaemonSet,
    /// The controller of StatefulSets.
    StatefulSet,
    /// The controller of Jobs, and so of CronJobs.
    Job,
    /// The controller of ReplicationControllers.
    ReplicationController,
}

impl Creator {
    /// Everybody who creates Pods.
    pub const ALL: [Self; 6] = [
        Self::Learner,
        Self::ReplicaSet,
        Self::DaemonSet,
        Self::StatefulSet,
        Self::Job,
        Self::ReplicationController,
    ];

    /// The kind of the workload that a controller makes Pods for; None: it is no controller.
    pub fn workload(self) -> Option<&'static str> {
        match self {
            Self::Learner => None,
            Self::ReplicaSet => Some("ReplicaSet"),
            Self::DaemonSet => Some("DaemonSet"),
            Self::StatefulSet => Some("StatefulSet"),
            Self::Job => Some("Job"),
            Self::ReplicationController => Some("ReplicationController"),
        }
    }

    /// The user that a controller is.
    pub fn user(self) -> Option<String> {
        let name = match self {
            Self::Learner => return None,
            Self::ReplicaSet => "replicaset",
            // The only one whose name is spelled so.
            Self::DaemonSet => "daemon-set",
            Self::StatefulSet => "statefulset",
            Self::Job => "job",
            Self::ReplicationController => "replication",
        };
        Some(format!("system:serviceaccount:kube-system:{name}-controller"))
    }
}

/// A kind of object, as the API names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// API group; empty for core.
    pub group: String,
    /// Version, as in `v1`.
    pub version: String,
    /// Kind, as in `ServiceAccount`.
    pub kind: String,
    /// Plural, as in `serviceaccounts`.
    pub plural: String,
}

impl ResourceType {
    /// A kind by its `apiVersion` and name; the plural follows the rules of the API's own names.
    pub fn of(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let gvk = kube::core::GroupVersionKind::gvk(group, version, kind);
        let plural = kube::core::ApiResource::from_gvk(&gvk).plural;
        Self { group: group.into(), version: version.into(), kind: kind.into(), plural }
    }
}

impl Probe {
    /// All objects of a kind in one namespace, or everywhere.
    pub fn list(api_version: &str, kind: &str, namespace: Option<&str>) -> Self {
        let resource = ResourceType::of(api_version, kind);
        Self::List { resource, namespace: namespace.map(str::to_owned) }
    }

    /// All Namespaces: the positive control for everything that may be absent from one.
    pub fn namespaces() -> Self {
        Self::list("v1", "Namespace", None)
    }

    /// Whether asking again changes nothing. A program is run once; all else is a read, a review or a dry run.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Exec { .. })
    }

    /// Whether answering it runs a program in a Pod of the learner's.
    pub fn runs_a_program(&self) -> bool {
        match self {
            Self::Exec { .. } => true,
            Self::Token { token }
            | Self::TokenReview { token, .. }
            | Self::Request { token: Some(token), .. } => {
                token.when == When::Now && matches!(token.place, TokenPlace::Pod { .. })
            }
            _ => false,
        }
    }

    /// The Pods of a namespace.
    pub fn pods(namespace: &str) -> Self {
        Self::list("v1", "Pod", Some(namespace))
    }
}

impl std::fmt::Display for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::List { resource, namespace: Some(namespace) }
            | Self::Shared { resource, namespace: Some(namespace), .. } => {
                write!(f, "the {} of Namespace {namespace}", resource.plural)
            }
            Self::List { resource, namespace: None } | Self::Shared { resource, namespace: None, .. } => {
                write!(f, "the cluster's {}", resource.plural)
            }
            Self::Access { subject, attributes } => {
                let AccessAttributes { verb, resource, path, .. } = attributes;
                write!(f, "whether {} may {verb} {resource}{path}", subject.user)
            }
            Self::Exec { namespace, pod, command, .. } => {
                write!(f, "`{}` in Pod {namespace}/{pod}", command.join(" "))
            }
            Self::File { path } => write!(f, "the file {path}"),
            Self::Token { token } => write!(f, "the token in {token}"),
            Self::TokenReview { token, .. } => write!(f, "whether the token in {token} is valid"),
            Self::Request { token: Some(token), path } => {
                write!(f, "what the API answers to a GET of {path} with the token in {token}")
            }
            Self::Request { token: None, path } => {
                write!(f, "what the API answers to a GET of {path} without a credential")
            }
            Self::ApiAudiences => write!(f, "the API server's own audiences"),
            Self::DryRunCreate { resource, creator, .. } => match creator.workload() {
                Some(workload) => write!(f, "the dry run of a {} of a {workload}", resource.kind),
                None => write!(f, "the dry run of a {}", resource.kind),
            },
        }
    }
}
