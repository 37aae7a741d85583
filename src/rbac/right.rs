//! One single right: a point (or, with wildcards, a block) in the space of requests.

use super::grants::{Grant, covers_resource, covers_url};
use super::request::{AccessAttributes, is_cluster_scoped};

/// One verb on one thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The verb, or `*`.
    pub verb: String,
    /// What it is for.
    pub what: What,
}

/// What a right is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Objects.
    Resource {
        /// API group, or `*`.
        group: String,
        /// `pods`, `pods/log`, `*/scale` or `*`.
        resource: String,
        /// One object; None: all of them.
        name: Option<String>,
        /// One namespace; None: all of them, and cluster-scoped objects.
        namespace: Option<String>,
    },
    /// A non-resource URL, with `*` at the end only.
    Url(String),
}

impl Right {
    /// Whether having `self` means having `other`.
    pub fn covers(&self, other: &Self) -> bool {
        let verb = self.verb == "*" || self.verb == other.verb;
        verb && match (&self.what, &other.what) {
            (What::Url(mine), What::Url(theirs)) => covers_url(mine, theirs),
            (
                What::Resource { group, resource, name, namespace },
                What::Resource { group: group2, resource: resource2, name: name2, namespace: namespace2 },
            ) => {
                (group == "*" || group == group2)
                    && covers_resource(resource, resource2)
                    && (name.is_none() || name == name2)
                    && (namespace.is_none() || namespace == namespace2)
            }
            _ => false,
        }
    }

    /// The request that has this right as its only need: wildcards are asked for literally, which only a
    /// wildcard allows.
    pub fn request(&self) -> AccessAttributes {
        let verb = self.verb.clone();
        match &self.what {
            What::Url(path) => AccessAttributes { verb, path: path.clone(), ..AccessAttributes::default() },
            What::Resource { group, resource, name, namespace } => {
                let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
                AccessAttributes {
                    verb,
                    group: group.clone(),
                    resource: resource.into(),
                    subresource: subresource.into(),
                    name: name.clone().unwrap_or_default(),
                    namespace: namespace.clone().unwrap_or_default(),
                    path: String::new(),
                }
            }
        }
    }

    /// Whether no request can ever make use of it:
    /// - `create` and `deletecollection` of objects carry no name, so `resourceNames` never match them;
    /// - `pods/*` is no wildcard;
    /// - a RoleBinding cannot grant cluster-scoped objects or non-resource URLs.
    fn is_inert(&self) -> bool {
        let What::Resource { group, resource, name, namespace } = &self.what else { return false };
        // `*` covers subresources too, and `create pods/exec` does carry the Pod's name.
        let nameless = matches!(self.verb.as_str(), "create" | "deletecollection")
            && resource != "*"
            && !resource.contains('/');
        let literal_star = resource.split_once('/').is_some_and(|(_, sub)| sub == "*");
        (name.is_some() && nameless)
            || literal_star
            || (namespace.is_some() && is_cluster_scoped(group, resource))
    }
}

impl Grant {
    /// The single rights of this rule, those left out that can have no effect.
    pub fn rights(&self) -> Vec<Right> {
        let rule = &self.rule;
        let mut rights = Vec::new();
        let names: Vec<Option<String>> = match rule.names.as_slice() {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        for verb in &rule.verbs {
            for group in &rule.groups {
                for resource in &rule.resources {
                    for name in &names {
                        let what = What::Resource {
                            group: group.clone(),
                            resource: resource.clone(),
                            name: name.clone(),
                            namespace: self.namespace.clone(),
                        };
                        rights.push(Right { verb: verb.clone(), what });
                    }
                }
            }
            if self.namespace.is_none() {
                rights.extend(
                    rule.urls.iter().map(|u| Right { verb: verb.clone(), what: What::Url(u.clone()) }),
                );
            }
        }
        rights.retain(|right| !right.is_inert());
        rights
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.verb == "*" { "every verb (*)" } else { &self.verb };
        match &self.what {
            What::Url(url) => write!(f, "{verb} on URL {url}"),
            What::Resource { group, resource, name, namespace } => {
                let shown = if resource == "*" { "every resource (*)" } else { resource };
                write!(f, "{verb} on {shown}")?;
                match group.as_str() {
                    "" => {}
                    "*" => write!(f, " of every API group (*)")?,
                    group => write!(f, " of {group}")?,
                }
                if let Some(name) = name {
                    write!(f, " named \"{name}\"")?;
                }
                match namespace {
                    Some(namespace) => write!(f, " in Namespace {namespace}"),
                    None if is_cluster_scoped(group, resource) => Ok(()),
                    None => write!(f, " in every Namespace"),
                }
            }
        }
    }
}
