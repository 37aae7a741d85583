//! Pure but for its reading: what belongs to other attempts in progress on the same cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::cluster::LabCluster;
use super::error::Result;
use super::inventory::Inventory;
use super::store::names::INVENTORY;
use super::store::record::AttemptRecord;
use super::store::{AttemptDir, Store};
use crate::grade::Attempts;

/// The other attempts in progress, as far as they concern this one.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// Namespaces that they recorded as theirs.
    pub namespaces: BTreeSet<String>,
    /// When those were begun that were begun after this one: what came after is theirs.
    pub later: Vec<Timestamp>,
    /// What was there before each attempt that was begun earlier: what is in none of it came with that attempt.
    pub before: Vec<BTreeSet<String>>,
    /// The Namespaces of every attempt on the cluster, by attempt; None: others keep books of their own there.
    pub known: Option<BTreeMap<String, Vec<String>>>,
}

impl Neighbours {
    /// The attempts in progress next to `record`, except one that takes its place.
    pub fn next_to(store: &Store, record: &AttemptRecord) -> Result<Self> {
        let mut found = Self::default();
        for other in neighbours(store, record)? {
            if other.started <= record.started {
                let inventory: Option<Inventory> = store.dir(&other.id).read(INVENTORY)?;
                found.before.extend(inventory.map(|i| i.uids));
            } else {
                found.later.push(other.started);
            }
            found.namespaces.extend(other.namespaces);
        }
        Ok(found)
    }

    /// The same on `lab`: where satrain has the cluster to itself, no other attempts are on it than those that it knows.
    pub fn next_to_on(lab: &LabCluster, store: &Store, record: &AttemptRecord) -> Result<Self> {
        let mut found = Self::next_to(store, record)?;
        if lab.capabilities.exclusive {
            let here = store.all()?.into_iter().filter(|other| other.cluster.uid == record.cluster.uid);
            found.known = Some(here.map(|other| (other.id.to_string(), other.namespaces)).collect());
        }
        Ok(found)
    }

    /// Whether an object that was there when this attempt began is another attempt's affair.
    pub fn own(&self, object: &ObjectMeta) -> bool {
        let uid = object.uid.as_deref().unwrap_or_default();
        object.namespace.as_ref().is_some_and(|n| self.namespaces.contains(n))
            || self.before.iter().any(|before| !before.contains(uid))
    }
}

/// Whether a Namespace is an attempt's, as it is written down; None on a cluster where others keep their own books.
/// Attempts may begin while it is asked: what is not known is looked up again.
pub(super) fn known(lab: &LabCluster, dir: &AttemptDir, record: &AttemptRecord) -> Option<Attempts> {
    let store = Store::new(dir.path().parent().filter(|_| lab.capabilities.exclusive)?);
    let cluster = record.cluster.uid.clone();
    let known = Mutex::new(BTreeSet::new());
    Some(Arc::new(move |namespace: &str, attempt: &str| {
        let wanted = (namespace.to_owned(), attempt.to_owned());
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&wanted) {
            match store.all() {
                Ok(all) => known.extend(namespaces(all, &cluster)),
                // Better to believe a label than to take another attempt's for the learner's.
                Err(e) => {
                    tracing::warn!("the attempts cannot be read: {e}");
                    return true;
                }
            }
        }
        known.contains(&wanted)
    }))
}

/// The Namespaces of the attempts on a cluster, each with its attempt.
fn namespaces(all: Vec<AttemptRecord>, cluster: &str) -> impl Iterator<Item = (String, String)> {
    let here = all.into_iter().filter(move |other| other.cluster.uid == cluster);
    here.flat_map(|AttemptRecord { id, namespaces, .. }| {
        namespaces.into_iter().map(move |namespace| (namespace, id.to_string()))
    })
}

/// Other attempts in progress on the cluster of `record`. One that takes its place has made nothing yet.
pub(super) fn neighbours(store: &Store, record: &AttemptRecord) -> Result<Vec<AttemptRecord>> {
    let mut others = store.in_progress()?;
    others.retain(|o| {
        o.id != record.id && o.cluster.uid == record.cluster.uid && !o.adopts.contains(&record.id)
    });
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(namespace: Option<&str>, uid: &str) -> ObjectMeta {
        ObjectMeta { namespace: namespace.map(Into::into), uid: Some(uid.into()), ..ObjectMeta::default() }
    }

    #[test]
    fn what_is_in_anothers_namespace_or_came_since_another_began_is_the_others() {
        let others = Neighbours {
            namespaces: BTreeSet::from(["webshop".to_owned()]),
            before: vec![BTreeSet::from(["view".to_owned(), "default".to_owned()])],
            ..Neighbours::default()
        };
        assert!(others.own(&object(Some("webshop"), "site-sa")));
        assert!(others.own(&object(None, "made-in-the-other-attempt")));
        assert!(!others.own(&object(None, "view")));
        assert!(!others.own(&object(Some("default"), "default")));
    }

    #[test]
    fn alone_nothing_is_anothers() {
        assert!(!Neighbours::default().own(&object(Some("default"), "x")));
    }
}
