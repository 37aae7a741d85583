//! Whom a binding's subject means, whichever way it is written.

use k8s_openapi::api::rbac::v1::Subject as Written;

use super::request::Subject;

/// What the user name of a ServiceAccount begins with.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Whom a subject means. Two subjects that mean the same are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    ServiceAccount { namespace: String, name: String },
    User(String),
    Group(String),
}

impl Identity {
    /// Whom a subject means in a RoleBinding of the Namespace `home`, or in a ClusterRoleBinding; None: nobody.
    ///
    /// A ServiceAccount without Namespace is one of the binding's own, and `User system:serviceaccount:NS:NAME` is the
    /// ServiceAccount: the authorizer compares user names.
    pub(super) fn of(written: &Written, home: Option<&str>) -> Option<Self> {
        let name = written.name.clone();
        match written.kind.as_str() {
            "User" => Some(account(&name).unwrap_or(Self::User(name))),
            "Group" => Some(Self::Group(name)),
            "ServiceAccount" => {
                let named = written.namespace.as_deref().filter(|n| !n.is_empty());
                let namespace = named.or(home)?.to_owned();
                Some(Self::ServiceAccount { namespace, name })
            }
            _ => None,
        }
    }

    /// Whether `subject` is it, by name or by group.
    pub(super) fn is(&self, subject: &Subject) -> bool {
        match self {
            Self::User(name) => *name == subject.user,
            Self::Group(name) => subject.groups.contains(name),
            Self::ServiceAccount { namespace, name } => {
                let rest = subject.user.strip_prefix(SERVICE_ACCOUNT);
                let rest = rest.and_then(|rest| rest.strip_prefix(namespace.as_str()));
                rest.and_then(|rest| rest.strip_prefix(':')) == Some(name)
            }
        }
    }
}

/// The ServiceAccount of a user name.
fn account(user: &str) -> Option<Identity> {
    let (namespace, name) = user.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')?;
    let plain = !namespace.is_empty() && !name.is_empty() && !name.contains(':');
    plain.then(|| Identity::ServiceAccount { namespace: namespace.into(), name: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: &str, namespace: Option<&str>, name: &str) -> Written {
        Written {
            kind: kind.into(),
            name: name.into(),
            namespace: namespace.map(Into::into),
            ..Written::default()
        }
    }

    #[test]
    fn each_spelling_of_a_service_account_means_it() {
        let it = Identity::ServiceAccount { namespace: "shop".into(), name: "web".into() };
        for (written, home) in [
            (written("ServiceAccount", Some("shop"), "web"), Some("elsewhere")),
            (written("ServiceAccount", None, "web"), Some("shop")),
            (written("ServiceAccount", Some(""), "web"), Some("shop")),
            (written("User", None, "system:serviceaccount:shop:web"), None),
        ] {
            assert_eq!(Identity::of(&written, home).as_ref(), Some(&it), "{written:?}");
        }
        assert!(it.is(&Subject::service_account("shop", "web")));
        assert!(!it.is(&Subject::service_account("shop", "web2")));
        assert!(!it.is(&Subject::service_account("sho", "p:web")));
    }

    #[test]
    fn what_only_looks_like_one_does_not_mean_it() {
        let user = |name: &str| Identity::of(&written("User", None, name), Some("shop"));
        for name in ["web", "system:serviceaccount:shop:", "system:serviceaccount:shop:web:x", "shop:web"] {
            assert_eq!(user(name), Some(Identity::User(name.into())), "{name}");
        }
        assert_eq!(Identity::of(&written("ServiceAccount", None, "web"), None), None);
        assert_eq!(Identity::of(&written("serviceaccount", None, "web"), Some("shop")), None);
    }
}
