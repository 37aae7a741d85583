//! What a subject may do: every rule that reaches it, with the way it came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::core::{Selector, SelectorExt as _};

use super::identity::Identity;
use super::policy::{Binding, Policy, Role, RoleRef, Rule};
use super::request::{AccessAttributes, Subject};

/// How many texts the rules of one subject may have, each role counted once for each binding to it. A hundred times what
/// a cluster gives to one ServiceAccount.
const MAX_TEXTS: usize = 1_000_000;

/// How many rules and roles the selectors of a subject's aggregated roles may be asked about.
const MAX_SELECTED: usize = 10_000_000;

/// Why the rights of a subject are not looked at: its bindings and roles are too many or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TooMuch(&'static str);

impl TooMuch {
    /// The rules are few, and stand for too many rights.
    pub fn to_compare() -> Self {
        Self("its rules stand for too many rights")
    }
}

/// How a right came to its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// `RoleBinding ns/name` or `ClusterRoleBinding name`.
    pub binding: String,
    /// The group, when the binding names a group and not the subject itself.
    pub group: Option<String>,
    /// The role.
    pub role: RoleRef,
    /// The ClusterRole that the rule was aggregated from.
    pub aggregated_from: Option<String>,
    /// Which rule of the role, from 1.
    pub rule: usize,
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.binding)?;
        if let Some(group) = &self.group {
            write!(f, " (group {group})")?;
        }
        write!(f, " → {}", self.role)?;
        if let Some(from) = &self.aggregated_from {
            write!(f, " (aggregated from ClusterRole {from})")?;
        }
        write!(f, " → rule {}", self.rule)
    }
}

/// A rule that reaches a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The rule.
    pub rule: Arc<Rule>,
    /// Namespace it is good for; None: all of them, and cluster-scoped resources.
    pub namespace: Option<String>,
    /// How it came.
    pub chain: Chain,
}

impl Policy {
    /// Every rule that `subject` has, by name or by group.
    ///
    /// # Errors
    /// When these are too many.
    pub fn grants(&self, subject: &Subject) -> Result<Vec<Grant>, TooMuch> {
        self.grants_through(subject, |_| true)
    }

    /// The same, without what everybody in one of the groups of `others` has, too.
    ///
    /// # Errors
    /// When these are too many.
    pub fn grants_beyond(&self, subject: &Subject, others: &Subject) -> Result<Vec<Grant>, TooMuch> {
        self.grants_through(subject, |binding| reaches(binding, others).is_none())
    }

    pub(super) fn grants_through(
        &self,
        subject: &Subject,
        counts: impl Fn(&Binding) -> bool,
    ) -> Result<Vec<Grant>, TooMuch> {
        let mut grants = Vec::new();
        let mut origins = BTreeMap::new();
        let (mut texts, mut selected) = (0_usize, 0_usize);
        for binding in self.bindings.iter().filter(|b| counts(b)) {
            let Some(bound) = reaches(binding, subject) else { continue };
            let Some(role) = self.roles.get(&binding.role) else { continue };
            texts = role.rules.iter().fold(texts + 1, |sum, rule| sum.saturating_add(rule.texts()));
            if texts > MAX_TEXTS {
                return Err(TooMuch("its bindings lead to too many rules"));
            }
            if !origins.contains_key(&binding.role) {
                selected = selected.saturating_add(self.selected_from(role));
                if selected > MAX_SELECTED {
                    return Err(TooMuch("too many roles are aggregated into those that it is bound to"));
                }
                origins.insert(&binding.role, self.origins(role));
            }
            let group = match bound {
                Identity::Group(name) => Some(name.clone()),
                _ => None,
            };
            for (index, rule) in role.rules.iter().enumerate() {
                let from = origins.get(&binding.role).and_then(|origins| origins.get(&**rule));
                grants.push(Grant {
                    rule: Arc::clone(rule),
                    namespace: binding.namespace.clone(),
                    chain: Chain {
                        binding: binding.to_string(),
                        group: group.clone(),
                        role: binding.role.clone(),
                        aggregated_from: from.map(|name| (*name).to_owned()),
                        rule: index + 1,
                    },
                });
            }
        }
        Ok(grants)
    }

    /// The first aggregated ClusterRole that `subject` is bound to and that does not have all rules yet of the roles it
    /// selects: the controller is behind.
    pub fn aggregation_behind(&self, subject: &Subject) -> Option<&RoleRef> {
        let mut asked = BTreeSet::new();
        let bound = self.bindings.iter().filter(|b| reaches(b, subject).is_some()).map(|b| &b.role);
        let is_behind = |id: &&RoleRef| {
            let Some(role) = self.roles.get(id).filter(|role| !role.aggregates.is_empty()) else {
                return false;
            };
            let own: BTreeSet<&Rule> = role.rules.iter().map(|rule| &**rule).collect();
            self.selected(role).iter().any(|(_, s)| s.rules.iter().any(|r| !own.contains(&**r)))
        };
        bound.filter(|id| asked.insert(*id)).find(is_behind)
    }

    /// The bindings without a role that name this subject.
    pub fn dangling_for<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Binding> {
        self.dangling().filter(|b| reaches(b, subject).is_some())
    }

    /// The rules that an aggregated role has from others, each with the first that it is from.
    fn origins<'a>(&'a self, role: &'a Role) -> BTreeMap<&'a Rule, &'a str> {
        let mut origins = BTreeMap::new();
        for (id, selected) in self.selected(role) {
            for rule in &selected.rules {
                origins.entry(&**rule).or_insert(id.name.as_str());
            }
        }
        origins
    }

    /// The rules that an aggregated role is to have from others: from which, its place there from 1, and the rule.
    pub(super) fn gathered<'a>(&'a self, role: &'a Role) -> Vec<(&'a str, usize, &'a Arc<Rule>)> {
        let mut found = Vec::new();
        let mut known = BTreeSet::new();
        // What is aggregated may be gathered itself, as `edit` is into `admin`.
        let mut open = self.selected(role);
        while let Some((id, selected)) = open.pop() {
            if !known.insert(id) {
                continue;
            }
            let rules = selected.rules.iter().enumerate();
            found.extend(rules.map(|(index, rule)| (id.name.as_str(), index + 1, rule)));
            open.extend(self.selected(selected));
        }
        found
    }

    /// The roles that are aggregated into this one.
    fn selected<'a>(&'a self, role: &'a Role) -> Vec<(&'a RoleRef, &'a Role)> {
        if role.aggregates.is_empty() {
            return Vec::new();
        }
        let selectors = role.aggregates.iter().filter_map(|s| Selector::try_from(s.clone()).ok());
        let selectors: Vec<Selector> = selectors.collect();
        let of_cluster = self.roles.iter().filter(|(id, _)| id.namespace.is_none());
        let others = of_cluster.filter(|(_, candidate)| !std::ptr::eq(*candidate, role));
        others.filter(|(_, other)| selectors.iter().any(|s| s.matches(&other.labels))).collect()
    }

    /// How many roles and rules the selectors of a role have to look at.
    fn selected_from(&self, role: &Role) -> usize {
        match role.aggregates.len() {
            0 => 0,
            selectors => {
                let rules: usize = self.roles.values().map(|r| r.rules.len()).sum();
                selectors.saturating_mul(self.roles.len()).saturating_add(rules)
            }
        }
    }
}

/// By which of its subjects a binding reaches somebody: by name before by group.
fn reaches<'a>(binding: &'a Binding, subject: &Subject) -> Option<&'a Identity> {
    binding.subjects.iter().find(|identity| identity.is(subject))
}

impl Grant {
    /// Whether this rule allows a request.
    pub fn allows(&self, request: &AccessAttributes) -> bool {
        if request.resource.is_empty() {
            return self.namespace.is_none() && self.rule.allows_url(&request.verb, &request.path);
        }
        self.namespace.as_ref().is_none_or(|ns| *ns == request.namespace)
            && self.rule.allows_resource(request)
    }
}

impl Rule {
    fn allows_resource(&self, request: &AccessAttributes) -> bool {
        has(&self.verbs, &request.verb)
            && has(&self.groups, &request.group)
            && self.resources.iter().any(|r| allows_resource(r, &request.resource, &request.subresource))
            && (self.names.is_empty() || self.names.contains(&request.name))
    }

    fn allows_url(&self, verb: &str, path: &str) -> bool {
        has(&self.verbs, verb) && self.urls.iter().any(|u| covers_url(u, path))
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|entry| entry == "*" || entry == wanted)
}

/// Whether a rule's resource covers what is asked for: `*` covers all, subresources too; `*/x` covers that subresource of
/// everything; `pods/*` covers nothing real.
fn allows_resource(rule: &str, resource: &str, subresource: &str) -> bool {
    if rule == "*" {
        return true;
    }
    match subresource {
        "" => rule == resource,
        below => {
            let parent = rule.strip_suffix(below).and_then(|rule| rule.strip_suffix('/'));
            parent.is_some_and(|parent| parent == "*" || parent == resource)
        }
    }
}

/// The same for a resource as a rule has it, wildcards included.
pub(super) fn covers_resource(rule: &str, requested: &str) -> bool {
    let (resource, subresource) = resource_parts(requested);
    allows_resource(rule, resource, subresource)
}

/// A rule's resource as a request has it: `pods/log` is `log` of `pods`; what ends with a slash has no subresource.
pub(super) fn resource_parts(resource: &str) -> (&str, &str) {
    match resource.split_once('/') {
        Some((parent, below)) if !below.is_empty() => (parent, below),
        _ => (resource, ""),
    }
}

/// Whether a rule's URL covers a requested one; stars count at the end only, and several are as one.
pub(super) fn covers_url(rule: &str, requested: &str) -> bool {
    rule == requested || (rule.ends_with('*') && requested.starts_with(rule.trim_end_matches('*')))
}
