//! One single right: a point (or, with wildcards, a block) in the space of requests.

use std::sync::Arc;

use super::grants::{Grant, covers_resource, covers_url, resource_parts};
use super::policy::Rule;
use super::request::AccessAttributes;
use super::resources::{is_cluster_scoped, is_nowhere};

/// The longest right, in bytes, that an access review is asked about.
const MAX_ASKED: usize = 2_000;

/// With more rules than this that change objects, a named `create` counts without a look at each.
const MAX_CHANGING: usize = 100;

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
        /// One object, or (empty) a request without a name; None: all of them.
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
                let (resource, subresource) = resource_parts(resource);
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

    /// Whether an access review can be asked about it: a resource without a name is taken for a URL, and somebody's text
    /// may be longer than a request.
    pub fn can_be_asked(&self) -> bool {
        let asked = self.request();
        let AccessAttributes { verb, group, resource, subresource, name, namespace, path } = &asked;
        let length: usize =
            [verb, group, resource, subresource, name, namespace, path].iter().map(|s| s.len()).sum();
        length <= MAX_ASKED && (matches!(self.what, What::Url(_)) || !resource.is_empty())
    }

    /// Whether no request can ever make use of it:
    /// - `deletecollection` is a request without a name, so that no name but the empty one matches it;
    /// - `pods/*` is no wildcard;
    /// - there is no such resource, whatever is installed;
    /// - a RoleBinding cannot grant cluster-scoped objects or non-resource URLs.
    fn is_inert(&self) -> bool {
        let What::Resource { group, resource, name, namespace } = &self.what else { return false };
        let named = name.as_ref().is_some_and(|name| !name.is_empty());
        let literal_star = resource.split_once('/').is_some_and(|(_, sub)| sub == "*");
        (named && self.verb == "deletecollection")
            || literal_star
            || is_nowhere(group, resource)
            || (namespace.is_some() && is_cluster_scoped(group, resource))
    }

    /// Whether it is `create` of objects by name. A request that creates names its object in its body, where the
    /// authorizer does not look; but `patch` (server-side apply) and `update` of an object that does not exist ask for
    /// `create` with its name. `*` covers subresources too, and `create pods/exec` does carry the Pod's name.
    fn is_named_create(&self) -> bool {
        match &self.what {
            What::Resource { resource, name: Some(name), .. } => {
                self.verb == "create" && !name.is_empty() && resource != "*" && !resource.contains('/')
            }
            _ => false,
        }
    }
}

impl Grant {
    /// Whether this rule alone covers `right`.
    pub fn covers(&self, right: &Right) -> bool {
        let rule = &self.rule;
        let verb = rule.verbs.iter().any(|verb| verb == "*" || *verb == right.verb);
        verb && match &right.what {
            What::Url(url) => self.namespace.is_none() && rule.urls.iter().any(|u| covers_url(u, url)),
            What::Resource { group, resource, name, namespace } => {
                rule.groups.iter().any(|g| g == "*" || g == group)
                    && rule.resources.iter().any(|r| covers_resource(r, resource))
                    && (rule.names.is_empty() || name.as_ref().is_some_and(|n| rule.names.contains(n)))
                    && (self.namespace.is_none() || self.namespace == *namespace)
            }
        }
    }

    /// The part of this rule that allows something of `right`: the same on one name, in one Namespace, or one of the many
    /// things that a wildcard stands for.
    pub fn within(&self, right: &Right) -> Option<Self> {
        let keep = |list: &[String], fits: &dyn Fn(&str) -> bool| -> Vec<String> {
            list.iter().filter(|text| fits(text)).cloned().collect()
        };
        let verbs = keep(&self.rule.verbs, &|v| v == "*" || right.verb == "*" || v == right.verb);
        let rule = match &right.what {
            What::Url(url) => Rule {
                verbs,
                urls: keep(&self.rule.urls, &|u| covers_url(u, url) || covers_url(url, u)),
                ..Rule::default()
            },
            What::Resource { group, resource, name, namespace } => {
                // What is in no Namespace is not granted by what is good for one.
                let anywhere = namespace.is_none() && !is_cluster_scoped(group, resource);
                let here = anywhere || self.namespace.is_none() || self.namespace == *namespace;
                let fits = |name: &String| self.rule.names.is_empty() || self.rule.names.contains(name);
                if !here || !name.as_ref().is_none_or(fits) {
                    return None;
                }
                Rule {
                    verbs,
                    groups: keep(&self.rule.groups, &|g| g == "*" || group == "*" || g == group),
                    resources: keep(&self.rule.resources, &|r| {
                        covers_resource(r, resource) || covers_resource(resource, r)
                    }),
                    names: match name {
                        Some(name) if !self.rule.names.is_empty() => vec![name.clone()],
                        _ => self.rule.names.clone(),
                    },
                    urls: Vec::new(),
                }
            }
        };
        Some(Self { rule: Arc::new(rule), ..self.clone() })
    }

    /// The single rights of this rule, as written.
    fn written(&self) -> impl Iterator<Item = Right> + '_ {
        let rule = &*self.rule;
        let all_names = rule.names.is_empty().then_some(None);
        let resources = rule.verbs.iter().flat_map(move |verb| {
            rule.groups.iter().flat_map(move |group| {
                rule.resources.iter().flat_map(move |resource| {
                    let names = rule.names.iter().map(Some).chain(all_names);
                    names.map(move |name| Right {
                        verb: verb.clone(),
                        what: What::Resource {
                            group: group.clone(),
                            resource: resource.clone(),
                            name: name.cloned(),
                            namespace: self.namespace.clone(),
                        },
                    })
                })
            })
        });
        let urls: &[String] = if self.namespace.is_none() { &rule.urls } else { &[] };
        let urls = rule.verbs.iter().flat_map(move |verb| {
            urls.iter().map(move |url| Right { verb: verb.clone(), what: What::Url(url.clone()) })
        });
        resources.chain(urls)
    }

    fn changes_objects(&self) -> bool {
        self.rule.verbs.iter().any(|verb| ["*", "patch", "update"].contains(&verb.as_str()))
    }
}

/// The single rights of all these rules, each with the one that it is from; those left out that no request can make use
/// of. One after the other: a short rule may stand for more rights than any memory holds.
pub fn rights(grants: &[Grant]) -> impl Iterator<Item = (Right, &Grant)> {
    rights_beside(grants, grants)
}

/// The same for some rules of a subject that has `all` of these.
pub fn rights_beside<'a>(some: &'a [Grant], all: &'a [Grant]) -> impl Iterator<Item = (Right, &'a Grant)> {
    let changing: Vec<&Grant> = all.iter().filter(|grant| grant.changes_objects()).collect();
    let every = some.iter().flat_map(|grant| grant.written().map(move |right| (right, grant)));
    every.filter(move |(right, _)| {
        !right.is_inert() && (!right.is_named_create() || is_used_by_change(right, &changing))
    })
}

/// Whether a `create` of objects by name can be made use of by changing objects of that name.
fn is_used_by_change(create: &Right, changing: &[&Grant]) -> bool {
    let change = |verb: &str| Right { verb: verb.into(), what: create.what.clone() };
    let changes = ["patch", "update"].map(change);
    changing.len() > MAX_CHANGING
        || changing.iter().any(|grant| {
            let may = |right| grant.within(right).is_some_and(|part| part.written().next().is_some());
            changes.iter().any(may)
        })
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.verb == "*" { "every verb (*)" } else { &self.verb };
        match &self.what {
            What::Url(url) => write!(f, "{verb} on URL {}", if url.is_empty() { "\"\"" } else { url }),
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
