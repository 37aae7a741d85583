//! Who asks, and what for: the attributes of a request as the authorizer sees them.

use serde::{Deserialize, Serialize};

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

    /// What every ServiceAccount is: a subject with the groups that all of them share, and no name.
    pub fn any_service_account() -> Self {
        Self {
            user: String::new(),
            groups: vec!["system:serviceaccounts".into(), "system:authenticated".into()],
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
