//! A question to the cluster or to the workspace. Equal probes are asked once a grade.

use serde::{Deserialize, Serialize};

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
    },
    /// A file of the learner's workspace, by relative path (`answers/x`).
    File {
        /// Relative path.
        path: String,
    },
    /// Would the API admit this object (server-side dry-run create); the answer is the admitted object.
    DryRunCreate {
        /// Which kind.
        resource: ResourceType,
        /// In which namespace.
        namespace: Option<String>,
        /// The object, as JSON text.
        object: String,
    },
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

/// Who asks: a user name with its groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// `system:serviceaccount:NS:NAME` or another user name.
    pub user: String,
    /// All groups, the implicit ones too.
    pub groups: Vec<String>,
}

impl Subject {
    /// A ServiceAccount with the groups that the API server gives it on authentication.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self {
            user: format!("system:serviceaccount:{namespace}:{name}"),
            groups: vec![
                "system:serviceaccounts".into(),
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated".into(),
            ],
        }
    }
}

/// What is asked for, as in a SubjectAccessReview.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessAttributes {
    /// `get`, `list` …
    pub verb: String,
    /// API group; empty for core.
    pub group: String,
    /// Plural resource, or empty for a non-resource URL.
    pub resource: String,
    /// Subresource, or empty.
    pub subresource: String,
    /// Object name, or empty for any.
    pub name: String,
    /// Namespace, or empty for all / cluster-scoped.
    pub namespace: String,
    /// Non-resource URL, or empty.
    pub path: String,
}
