//! Who may do more than before, and through which chain: bindings and roles compared by what they mean.
//!
//! In: the RBAC objects of two moments. Out: the rights that somebody has beyond those of the first. A binding that was
//! renamed, split or narrowed gives nothing; nor does a role that nobody is bound to, unless it was there before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::grants::{Chain, Grant};
use super::identity::Identity;
use super::policy::{Binding, Policy, Role, RoleRef, Rule};
use super::request::Subject;
use super::right::{Right, rights};

/// How many pairs of rights may be compared for one holder.
const MAX_COMPARISONS: usize = 20_000_000;

/// How many new rights of one holder are told apart.
const MAX_GAINS: usize = 1_000;

/// The group that the API server asks no authorizer about.
const MASTERS: &str = "system:masters";

/// Who has rights, or gives them to whoever is bound to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A ServiceAccount: Namespace and name.
    Account(String, String),
    /// All ServiceAccounts of a Namespace.
    Accounts(String),
    /// Another user.
    User(String),
    /// Another group.
    Group(String),
    /// A role that was there before.
    Role(RoleRef),
}

/// A right that somebody did not have before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gain {
    /// Who.
    pub holder: Holder,
    /// The right.
    pub right: Right,
    /// Each way it came, as in `ClusterRoleBinding a → ClusterRole b → rule 1`.
    pub chains: Vec<String>,
}

/// Rights that are too many to be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} grants too many rights to be compared")]
pub struct TooMany(String);

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(namespace, name) => write!(f, "ServiceAccount {namespace}/{name}"),
            Self::Accounts(namespace) => write!(f, "every ServiceAccount of Namespace {namespace}"),
            Self::User(name) => write!(f, "User {name}"),
            Self::Group(name) => write!(f, "Group {name}"),
            Self::Role(role) => write!(f, "whoever is bound to {role}"),
        }
    }
}

impl Holder {
    /// Whom a binding names.
    fn of(bound: &Identity) -> Self {
        match bound {
            Identity::ServiceAccount { namespace, name } => Self::Account(namespace.clone(), name.clone()),
            Identity::User(name) => Self::User(name.clone()),
            Identity::Group(name) => match name.strip_prefix("system:serviceaccounts:") {
                Some(namespace) => Self::Accounts(namespace.to_owned()),
                None => Self::Group(name.clone()),
            },
        }
    }

    /// As a binding names it, without what it has by being in other groups.
    fn by_itself(&self) -> Subject {
        match self {
            Self::Account(namespace, name) => {
                Subject { groups: Vec::new(), ..Subject::service_account(namespace, name) }
            }
            Self::User(name) => Subject { user: name.clone(), groups: Vec::new() },
            Self::Accounts(namespace) => group(format!("system:serviceaccounts:{namespace}")),
            Self::Group(name) => group(name.clone()),
            Self::Role(_) => group(String::new()),
        }
    }

    /// With the groups that each of them is in.
    fn in_full(&self) -> Subject {
        let mut subject = self.by_itself();
        let more: &[&str] = match self {
            Self::Account(namespace, name) => return Subject::service_account(namespace, name),
            Self::Accounts(_) => &["system:serviceaccounts", "system:authenticated"],
            Self::User(name) if name == "system:anonymous" => &["system:unauthenticated"],
            Self::Group(name) if name == "system:unauthenticated" => &[],
            Self::User(_) | Self::Group(_) => &["system:authenticated"],
            Self::Role(_) => &[],
        };
        subject.groups.extend(more.iter().map(|name| (*name).to_owned()));
        subject
    }
}

fn group(name: String) -> Subject {
    Subject { user: String::new(), groups: vec![name] }
}

/// Whom bindings name.
pub fn named_by_bindings(policy: &Policy) -> BTreeSet<Holder> {
    policy.bindings.iter().flat_map(|binding| binding.subjects.iter().map(Holder::of)).collect()
}

/// What is gained from `before` to `now`, through the bindings that `counts` accepts for a holder, and by the roles of
/// before that `stays` accepts.
///
/// # Errors
/// If a holder has too many rights to be compared.
pub fn gains(
    before: &Policy,
    now: &Policy,
    counts: impl Fn(&Binding, &Holder) -> bool,
    stays: impl Fn(&RoleRef) -> bool,
) -> Result<Vec<Gain>, TooMany> {
    let mut gains = Vec::new();
    for holder in touched(before, now, &counts) {
        let many = |_| TooMany(holder.to_string());
        let grants = now
            .grants_through(&holder.by_itself(), |binding: &Binding| counts(binding, &holder))
            .map_err(many)?;
        let known = before.grants(&holder.in_full()).map_err(many)?;
        gains.extend(beyond(&holder, &grants, &known)?);
    }
    for (id, role) in now.roles.iter().filter(|(id, _)| stays(id)) {
        let Some(old) = before.roles.get(id).filter(|old| differs(before, old, now, role)) else { continue };
        let holder = Holder::Role(id.clone());
        let (grants, known) = (granted_by(now, id, role), granted_by(before, id, old));
        gains.extend(beyond(&holder, &grants, &known)?);
    }
    Ok(gains)
}

/// Who is named by a binding that grants something else than before.
fn touched(before: &Policy, now: &Policy, counts: &impl Fn(&Binding, &Holder) -> bool) -> BTreeSet<Holder> {
    let key = |b: &Binding| (b.namespace.clone(), b.name.clone());
    let old: BTreeMap<_, &Binding> = before.bindings.iter().map(|b| (key(b), b)).collect();
    let same = |binding: &Binding| {
        old.get(&key(binding)).is_some_and(|old| {
            old.role == binding.role
                && old.subjects == binding.subjects
                && before.roles.get(&old.role).map(|r| &r.rules)
                    == now.roles.get(&binding.role).map(|r| &r.rules)
        })
    };
    let changed = now.bindings.iter().filter(|b| !same(b));
    let named = changed.flat_map(|b| b.subjects.iter().map(Holder::of).filter(|holder| counts(b, holder)));
    named.filter(|holder| *holder != Holder::Group(MASTERS.into())).collect()
}

/// Whether two states of a role may give different rights.
fn differs(before: &Policy, old: &Role, now: &Policy, role: &Role) -> bool {
    old.rules != role.rules
        || (!role.aggregates.is_empty() && before.gathered(old) != now.gathered(role))
        || old.aggregates != role.aggregates
}

/// What a role gives, with what will be aggregated into it.
fn granted_by(policy: &Policy, id: &RoleRef, role: &Role) -> Vec<Grant> {
    let gathered = policy.gathered(role);
    let own = role.rules.iter().enumerate().map(|(index, rule)| (None, index + 1, rule));
    // Those that were aggregated already are named by where they come from.
    let own = own.filter(|(_, _, rule)| !gathered.iter().any(|(_, _, other)| other == rule));
    let others = gathered.iter().map(|(from, index, rule)| (Some((*from).to_owned()), *index, *rule));
    let grant = |(from, index, rule): (Option<String>, usize, &Arc<Rule>)| Grant {
        rule: Arc::clone(rule),
        namespace: id.namespace.clone(),
        chain: Chain {
            binding: String::new(),
            group: None,
            role: id.clone(),
            aggregated_from: from,
            rule: index,
        },
    };
    own.chain(others).map(grant).collect()
}

/// The rights of `grants` that `known` do not cover. Once there are some, the rest need not be told apart.
fn beyond(holder: &Holder, grants: &[Grant], known: &[Grant]) -> Result<Vec<Gain>, TooMany> {
    let mut gained: BTreeMap<Right, Vec<String>> = BTreeMap::new();
    let mut left = MAX_COMPARISONS;
    for (right, grant) in rights(grants) {
        left = left.saturating_sub(1 + known.len());
        if left == 0 || gained.len() > MAX_GAINS {
            break;
        }
        if !known.iter().any(|known| known.covers(&right)) {
            let chains = gained.entry(right).or_default();
            chains.push(grant.chain.to_string().trim_start_matches(" → ").to_owned());
        }
    }
    if left == 0 && gained.is_empty() {
        return Err(TooMany(holder.to_string()));
    }
    Ok(gained.into_iter().map(|(right, chains)| Gain { holder: holder.clone(), right, chains }).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn role(name: &str, verbs: &[&str]) -> Value {
        json!({"metadata": {"name": name}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]})
    }

    fn binding(name: &str, role: &str, subjects: Value) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop"}, "subjects": subjects,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}})
    }

    fn policy(roles: &[Value], bindings: &[Value], everywhere: &[Value]) -> Policy {
        Policy::read(&[], roles, bindings, everywhere).unwrap()
    }

    fn account() -> Value {
        json!([{"kind": "ServiceAccount", "name": "web"}])
    }

    fn told(before: &Policy, now: &Policy) -> Vec<String> {
        let gains = gains(before, now, |_, _| true, |_| true).unwrap();
        gains.iter().map(|g| format!("{}: {} by {}", g.holder, g.right, g.chains.join(", "))).collect()
    }

    #[test]
    fn a_renamed_split_or_narrowed_binding_gives_nothing() {
        let roles = [role("a", &["get", "list"]), role("get", &["get"]), role("list", &["list"])];
        let before = policy(&roles, &[binding("a", "a", account())], &[]);
        let user = json!([{"kind": "User", "name": "system:serviceaccount:shop:web"}]);
        for now in [
            policy(&roles, &[binding("other", "a", user)], &[]),
            policy(&roles, &[binding("a", "get", account()), binding("b", "list", account())], &[]),
            policy(&roles, &[binding("a", "get", account())], &[]),
            policy(&roles, &[], &[]),
        ] {
            assert_eq!(told(&before, &now), Vec::<String>::new());
        }
    }

    #[test]
    fn what_an_account_had_through_a_group_it_may_have_by_name() {
        let roles = [role("a", &["get"])];
        let group = json!([{"kind": "Group", "name": "system:serviceaccounts:shop"}]);
        let before = policy(&roles, &[binding("a", "a", group.clone())], &[]);
        assert_eq!(
            told(&before, &policy(&roles, &[binding("a", "a", account())], &[])),
            Vec::<String>::new()
        );
        let back = told(
            &policy(&roles, &[binding("a", "a", account())], &[]),
            &policy(&roles, &[binding("a", "a", group)], &[]),
        );
        assert_eq!(
            back,
            [
                "every ServiceAccount of Namespace shop: get on pods in Namespace shop by RoleBinding shop/a (group \
              system:serviceaccounts:shop) → ClusterRole a → rule 1"
            ]
        );
    }

    #[test]
    fn a_role_that_nobody_has_counts_only_if_it_was_there() {
        let before = policy(&[role("view", &["get"])], &[], &[]);
        assert_eq!(
            told(&before, &policy(&[role("view", &["get"]), role("new", &["*"])], &[], &[])),
            Vec::<String>::new()
        );
        assert_eq!(
            told(&before, &policy(&[role("view", &["get", "delete"])], &[], &[])),
            [
                "whoever is bound to ClusterRole view: delete on pods in every Namespace by ClusterRole view → rule 1"
            ]
        );
    }

    #[test]
    fn what_will_be_aggregated_counts_before_the_controller_has_done_it() {
        let mut edit = role("edit", &["get"]);
        edit["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"to-edit": "true"}}]});
        let mut more = role("more", &["*"]);
        more["metadata"]["labels"] = json!({"to-edit": "true"});
        let before = policy(&[edit.clone()], &[], &[]);
        assert_eq!(
            told(&before, &policy(&[edit, more], &[], &[])),
            [
                "whoever is bound to ClusterRole edit: every verb (*) on pods in every Namespace by ClusterRole edit \
              (aggregated from ClusterRole more) → rule 1"
            ]
        );
    }

    #[test]
    fn everybody_is_a_holder_and_the_masters_gain_nothing() {
        let bound = |name: &str| {
            let mut bound = binding("b", "a", json!([{"kind": "Group", "name": name}]));
            bound["metadata"] = json!({"name": "b"});
            bound
        };
        let roles = [role("a", &["get"])];
        let before = policy(&roles, &[], &[]);
        let now = |name: &str| told(&before, &policy(&roles, &[], &[bound(name)]));
        assert_eq!(
            now("system:authenticated"),
            ["Group system:authenticated: get on pods in every Namespace by ClusterRoleBinding b (group \
              system:authenticated) → ClusterRole a → rule 1"]
        );
        assert_eq!(now("system:masters"), Vec::<String>::new());
    }
}
