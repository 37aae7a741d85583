//! From what an author writes to single rights, and to the probes that ask for them.

use std::sync::Arc;

use super::{AccessSpec, StatedRights};
use crate::grade::View;
use crate::grade::observation::Gap;
use crate::grade::probe::Probe;
use crate::rbac::{AccessAttributes, Policy, Right, Subject, What, diff, everyone, is_cluster_scoped};

/// A name that no object has: a right on one name must not be a right on another.
pub(super) const OTHER_NAME: &str = "satrain-some-other-name";

/// More surplus rights than this are listed, but not cross-checked one by one.
pub(super) const MAX_CROSS_CHECKS: usize = 48;

/// How many single rights a check may state: verbs times resources times names. Each is a question to the API.
const MAX_STATED: usize = 1000;

const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// The four lists that RBAC is made of, in [`Policy::read`]'s order.
fn rbac_lists() -> [Probe; 4] {
    ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"].map(|kind| Probe::list(RBAC, kind, None))
}

/// The RBAC objects, as seen.
pub(in crate::grade::checks) fn policy(seen: View<'_>) -> Arc<Result<Policy, Gap>> {
    // Outside of what is made once: each who needs them says so.
    let [roles, cluster_roles, bindings, cluster_bindings] = rbac_lists().map(|list| seen.objects(&list));
    seen.policy(|| {
        Policy::read(roles?, cluster_roles?, bindings?, cluster_bindings?)
            .map_err(|e| Gap::lasting(e.to_string()))
    })
}

/// The single rights that a ServiceAccount had in `seen` beyond what every one has: neither built-in ones, nor those that
/// everybody has through the same binding.
pub(in crate::grade::checks) fn rights_of(
    namespace: &str,
    name: &str,
    seen: View<'_>,
) -> Result<Vec<Right>, Gap> {
    let policy = policy(seen);
    let policy = policy.as_ref().as_ref().map_err(Clone::clone)?;
    let account = Subject::service_account(namespace, name);
    let grants = policy.grants_beyond(&account, &Subject::any_service_account());
    let grants = grants.map_err(|e| Gap::lasting(format!("Could not compare the rights: {e}")))?;
    Ok(diff(&grants, &[], everyone()).surplus.into_iter().map(|surplus| surplus.right).collect())
}

impl StatedRights {
    fn count(&self) -> usize {
        let things = self.resources.len().saturating_mul(self.names.len().max(1));
        self.verbs.len().saturating_mul(things.saturating_add(self.urls.len()))
    }

    /// Each verb on each thing.
    pub(super) fn single(&self, own_namespace: &str) -> Vec<Right> {
        let names: Vec<Option<String>> = match self.names.as_slice() {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        let mut rights = Vec::new();
        for verb in &self.verbs {
            for resource in &self.resources {
                let namespace = match self.namespace.as_deref() {
                    _ if is_cluster_scoped(&self.group, resource) => None,
                    Some("*") => None,
                    Some(namespace) => Some(namespace.to_owned()),
                    None => Some(own_namespace.to_owned()),
                };
                rights.extend(names.iter().map(|name| Right {
                    verb: verb.clone(),
                    what: What::Resource {
                        group: self.group.clone(),
                        resource: resource.clone(),
                        name: name.clone(),
                        namespace: namespace.clone(),
                    },
                }));
            }
            rights.extend(self.urls.iter().map(|u| Right { verb: verb.clone(), what: What::Url(u.clone()) }));
        }
        rights
    }
}

impl AccessSpec {
    pub(super) fn subject(&self) -> Subject {
        Subject::service_account(&self.namespace, &self.service_account)
    }

    /// How many single rights it states.
    fn stated(&self) -> usize {
        let exactly = self.exactly.as_deref().unwrap_or_default();
        let stated = self.allowed.iter().chain(&self.denied).chain(exactly);
        stated.fold(0, |sum: usize, right| sum.saturating_add(right.count()))
    }

    /// Whether it states nothing at all.
    pub(super) fn asks_nothing(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty() && self.exactly.is_none()
    }

    /// The list with an entry that comes to no right.
    pub(super) fn empty_right(&self) -> Option<&'static str> {
        let exactly = self.exactly.as_deref().unwrap_or_default();
        let lists =
            [("allowed", self.allowed.as_slice()), ("denied", self.denied.as_slice()), ("exactly", exactly)];
        lists
            .into_iter()
            .find(|(_, rights)| rights.iter().any(|right| right.count() == 0))
            .map(|(list, _)| list)
    }

    /// A right that must be there and must not.
    pub(super) fn contradiction(&self) -> Option<Right> {
        let mut asked = self.single(&self.allowed);
        asked.extend(self.single(self.exactly.as_deref().unwrap_or_default()));
        self.single(&self.denied).into_iter().find(|denied| asked.contains(denied))
    }

    /// Whether it states more rights than can be asked for.
    pub(super) fn states_too_much(&self) -> bool {
        self.stated() > MAX_STATED
    }

    pub(super) fn single(&self, written: &[StatedRights]) -> Vec<Right> {
        written.iter().flat_map(|right| right.single(&self.namespace)).collect()
    }

    /// The question whether the ServiceAccount may make a request.
    pub(super) fn question(&self, attributes: AccessAttributes) -> Probe {
        Probe::Access { subject: self.subject(), attributes }
    }

    pub(super) fn accounts(&self) -> Probe {
        Probe::list("v1", "ServiceAccount", Some(&self.namespace))
    }

    /// The questions about all that it states.
    pub(super) fn questions(&self) -> Vec<Probe> {
        let exact = self.single(self.exactly.as_deref().unwrap_or_default());
        let others = exact.iter().filter_map(|right| other_name(right, &exact));
        let stated =
            self.single(&self.allowed).into_iter().chain(self.single(&self.denied)).chain(exact.clone());
        stated.map(|right| right.request()).chain(others).map(|request| self.question(request)).collect()
    }
}

/// For a right on one name: the same request on another name, unless every name is expected too.
pub(super) fn other_name(right: &Right, expected: &[Right]) -> Option<AccessAttributes> {
    let What::Resource { name: Some(_), .. } = &right.what else { return None };
    let request = AccessAttributes { name: OTHER_NAME.into(), ..right.request() };
    let mut wide = right.clone();
    if let What::Resource { name, .. } = &mut wide.what {
        *name = Some(OTHER_NAME.into());
    }
    (!expected.iter().any(|known| known.covers(&wide))).then_some(request)
}
