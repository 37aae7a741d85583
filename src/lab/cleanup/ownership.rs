//! Pure: which objects of a cluster are an attempt's.

use crate::lab::inventory::{Entry, Inventory, staying};
use crate::lab::neighbours::Neighbours;
use crate::lab::setup::order::attempt_of;

/// What tells an attempt's objects from all others.
///
/// Anybody may write the label of an attempt: on a cluster of satrain's own it counts only as far as that attempt is known.
#[derive(Debug, Clone, Default)]
pub struct Owned<'a> {
    /// Attempts whose labels count: its own, and those whose namespaces it took over.
    pub attempts: Vec<&'a str>,
    /// The attempt's namespaces; everything in them is the attempt's, if they carry the label.
    pub namespaces: &'a [String],
    /// What was there before; None: only labels and namespaces count.
    pub inventory: Option<&'a Inventory>,
    /// What belongs to other attempts in progress.
    pub neighbours: Neighbours,
}

/// An attempt's part of a listing.
#[derive(Debug, Default)]
pub struct Parts<'e> {
    /// Its Namespaces.
    pub namespaces: Vec<&'e Entry>,
    /// What is in them.
    pub inside: Vec<&'e Entry>,
    /// What it made elsewhere.
    pub outside: Vec<&'e Entry>,
    /// Names of the namespaces of others: nothing in them is touched.
    pub foreign: Vec<&'e str>,
}

impl<'a> Owned<'a> {
    /// What of the attempt is in `all`, stays, and was not put back.
    pub(super) fn remaining(&self, all: &[Entry]) -> Vec<String> {
        let (parts, stays) = (self.pick(all), staying(all));
        let put_back = |e: &Entry| self.inventory.is_some_and(|inventory| inventory.keeps(e));
        let left = parts.namespaces.into_iter().chain(parts.outside);
        left.filter(|e| stays(e) && !put_back(e)).map(Entry::describe).collect()
    }

    /// The attempt's part of `all`.
    pub fn pick<'e>(&self, all: &'e [Entry]) -> Parts<'e> {
        let of_somebody = |e: &&Entry| e.is_namespace() && self.is_some_attempts(e);
        let (own, foreign): (Vec<&Entry>, Vec<&Entry>) =
            all.iter().filter(of_somebody).partition(|e| self.is_own_namespace(e));
        let names =
            |of: &[&'e Entry]| of.iter().filter_map(|e| e.metadata.name.as_deref()).collect::<Vec<_>>();
        let (own_names, foreign_names) = (names(&own), names(&foreign));
        let within =
            |e: &Entry, names: &[&str]| e.metadata.namespace.as_deref().is_some_and(|n| names.contains(&n));
        let mut parts = Parts { namespaces: own, foreign: foreign_names, ..Parts::default() };
        for entry in all {
            if within(entry, &own_names) {
                parts.inside.push(entry);
            } else if !within(entry, &parts.foreign)
                && !self.is_recorded_by_others(entry)
                && !self.is_own_namespace(entry)
                && self.is_outside(entry)
            {
                parts.outside.push(entry);
            }
        }
        parts
    }

    /// A learner may take the label off a namespace; the record still says whose it is.
    fn is_recorded_by_others(&self, entry: &Entry) -> bool {
        let named = match entry.kind.resource.plural.as_str() {
            "namespaces" => entry.metadata.name.as_ref(),
            _ => entry.metadata.namespace.as_ref(),
        };
        named.is_some_and(|n| self.neighbours.namespaces.contains(n))
    }

    /// Whether an object carries the label of an attempt that has it.
    fn is_some_attempts(&self, entry: &Entry) -> bool {
        let Some(attempt) = attempt_of(&entry.metadata) else { return false };
        let Some(known) = self.neighbours.known.as_ref().filter(|_| !self.attempts.contains(&attempt)) else {
            return true;
        };
        let name = entry.metadata.name.as_deref().unwrap_or_default();
        known
            .get(attempt)
            .is_some_and(|namespaces| !entry.is_namespace() || namespaces.iter().any(|n| n == name))
    }

    /// Whether an object carries the label of the attempt.
    pub(super) fn is_labelled(&self, entry: &Entry) -> bool {
        attempt_of(&entry.metadata).is_some_and(|a| self.attempts.contains(&a))
    }

    pub(super) fn is_own_namespace(&self, entry: &Entry) -> bool {
        entry.is_namespace()
            && entry.metadata.name.as_ref().is_some_and(|n| self.namespaces.contains(n))
            && attempt_of(&entry.metadata).is_some_and(|a| self.attempts.contains(&a))
    }

    /// The inventory, where putting back is safe: nobody else can have made the changes.
    pub fn restorable(&self) -> Option<&'a Inventory> {
        self.inventory.filter(|_| self.neighbours.later.is_empty())
    }

    fn is_outside(&self, entry: &Entry) -> bool {
        if let Some(attempt) = attempt_of(&entry.metadata)
            && self.is_some_attempts(entry)
        {
            return self.attempts.contains(&attempt);
        }
        let Some(inventory) = self.inventory else { return false };
        let uid = entry.metadata.uid.as_deref().unwrap_or_default();
        !inventory.uids.contains(uid) && entry.by_a_person() && !self.is_later(entry)
    }

    fn is_later(&self, entry: &Entry) -> bool {
        let Some(created) = entry.metadata.creation_timestamp.as_ref() else { return false };
        // Creation times have whole seconds: compare with the start cut to its second.
        self.neighbours.later.iter().any(|start| created.0.as_second() >= start.as_second())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::*;
    use crate::lab::setup::kinds::Kind;
    use kube::api::ApiResource;
    use kube::core::GroupVersionKind;
    use serde_json::json;

    fn entry(kind: &str, metadata: serde_json::Value) -> Entry {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", kind));
        let namespaced = metadata.get("namespace").is_some();
        let metadata = serde_json::from_value(metadata).unwrap();
        Entry { kind: Kind { resource, namespaced, removable: true }, metadata }
    }

    fn person(mut metadata: serde_json::Value) -> serde_json::Value {
        metadata["managedFields"] = json!([{"manager": "kubectl-create"}]);
        metadata
    }

    fn names(entries: &[&Entry]) -> Vec<String> {
        entries.iter().map(|e| e.describe()).collect()
    }

    #[test]
    fn owned_is_what_is_labelled_inside_or_new_and_nothing_else() {
        let inventory = Inventory {
            taken: Timestamp::UNIX_EPOCH,
            uids: BTreeSet::from(["old".to_owned()]),
            kept: Vec::new(),
        };
        let namespaces = ["production".to_owned()];
        let owned = Owned {
            attempts: vec!["mine"],
            namespaces: &namespaces,
            inventory: Some(&inventory),
            ..Owned::default()
        };
        let all = [
            entry(
                "Namespace",
                json!({"name": "production", "uid": "n", "labels": {"satrain.dev/attempt": "mine"}}),
            ),
            entry(
                "Namespace",
                json!({"name": "other", "uid": "o", "labels": {"satrain.dev/attempt": "theirs"}}),
            ),
            entry("ConfigMap", json!({"name": "a", "namespace": "production", "uid": "a"})),
            entry("ConfigMap", person(json!({"name": "b", "namespace": "other", "uid": "b"}))),
            entry("ClusterRole", person(json!({"name": "view", "uid": "old"}))),
            entry("ClusterRole", person(json!({"name": "new", "uid": "new"}))),
            entry(
                "ClusterRole",
                json!({"name": "ours", "uid": "x", "labels": {"satrain.dev/attempt": "mine"}}),
            ),
        ];
        let parts = owned.pick(&all);
        assert_eq!(names(&parts.namespaces), ["Namespace production"]);
        assert_eq!(names(&parts.inside), ["ConfigMap production/a"]);
        assert_eq!(names(&parts.outside), ["ClusterRole new", "ClusterRole ours"]);
    }

    #[test]
    fn what_came_after_a_later_attempt_began_is_not_owned() {
        let inventory = Inventory { taken: Timestamp::UNIX_EPOCH, uids: BTreeSet::new(), kept: Vec::new() };
        let neighbours =
            Neighbours { later: vec!["2026-01-01T00:01:00Z".parse().unwrap()], ..Neighbours::default() };
        let owned =
            Owned { attempts: vec!["mine"], inventory: Some(&inventory), neighbours, ..Owned::default() };
        let all = [
            entry(
                "ClusterRole",
                person(json!({"name": "early", "uid": "1", "creationTimestamp": "2026-01-01T00:00:30Z"})),
            ),
            entry(
                "ClusterRole",
                person(json!({"name": "late", "uid": "2", "creationTimestamp": "2026-01-01T00:02:00Z"})),
            ),
        ];
        assert_eq!(names(&owned.pick(&all).outside), ["ClusterRole early"]);
        assert!(owned.restorable().is_none());
    }

    #[test]
    fn a_namespace_of_the_same_name_that_is_not_labelled_is_not_owned_and_neither_is_what_is_in_it() {
        let namespaces = ["production".to_owned()];
        let owned = Owned { attempts: vec!["mine"], namespaces: &namespaces, ..Owned::default() };
        let all = [
            entry("Namespace", person(json!({"name": "production", "uid": "n"}))),
            entry("Pod", person(json!({"name": "precious", "namespace": "production", "uid": "p"}))),
        ];
        let parts = owned.pick(&all);
        assert!(parts.namespaces.is_empty() && parts.inside.is_empty() && parts.outside.is_empty());
    }

    #[test]
    fn what_is_in_a_namespace_that_another_attempt_recorded_is_not_owned_even_without_its_label() {
        let inventory = Inventory { taken: Timestamp::UNIX_EPOCH, uids: BTreeSet::new(), kept: Vec::new() };
        let neighbours =
            Neighbours { namespaces: BTreeSet::from(["webshop".to_owned()]), ..Neighbours::default() };
        let owned =
            Owned { attempts: vec!["mine"], inventory: Some(&inventory), neighbours, ..Owned::default() };
        let all = [
            entry("Namespace", person(json!({"name": "webshop", "uid": "n"}))),
            entry("ServiceAccount", person(json!({"name": "site-sa", "namespace": "webshop", "uid": "s"}))),
            entry("ConfigMap", person(json!({"name": "made", "namespace": "default", "uid": "m"}))),
        ];
        assert_eq!(names(&owned.pick(&all).outside), ["ConfigMap default/made"]);
    }

    #[test]
    fn the_label_of_an_attempt_that_nobody_knows_makes_nothing_anothers() {
        let inventory = Inventory { taken: Timestamp::UNIX_EPOCH, uids: BTreeSet::new(), kept: Vec::new() };
        let known = Some([("theirs".to_owned(), vec!["webshop".to_owned()])].into());
        let neighbours = Neighbours { known, ..Neighbours::default() };
        let owned =
            Owned { attempts: vec!["mine"], inventory: Some(&inventory), neighbours, ..Owned::default() };
        let labelled = |kind: &str, name: &str, attempt: &str| {
            entry(
                kind,
                person(json!({"name": name, "uid": name, "labels": {"satrain.dev/attempt": attempt}})),
            )
        };
        let all = [
            labelled("Namespace", "webshop", "theirs"),
            labelled("Namespace", "twin", "theirs"),
            labelled("Namespace", "other-twin", "nobodys"),
            labelled("ClusterRole", "site", "theirs"),
            labelled("ClusterRole", "wide", "nobodys"),
            entry("Pod", person(json!({"name": "web", "namespace": "webshop", "uid": "w"}))),
            entry("Pod", person(json!({"name": "copy", "namespace": "twin", "uid": "c"}))),
        ];
        let outside = owned.pick(&all).outside;
        assert_eq!(
            names(&outside),
            ["Namespace twin", "Namespace other-twin", "ClusterRole wide", "Pod twin/copy"]
        );
    }

    #[test]
    fn what_was_put_back_or_was_in_a_namespace_that_is_gone_does_not_remain() {
        let kept = serde_json::from_value(
            json!({"apiVersion": "v1", "kind": "ClusterRole", "metadata": {"name": "view"}}),
        );
        let inventory =
            Inventory { taken: Timestamp::UNIX_EPOCH, uids: BTreeSet::new(), kept: vec![kept.unwrap()] };
        let owned = Owned { attempts: vec!["mine"], inventory: Some(&inventory), ..Owned::default() };
        let all = [
            entry("Namespace", person(json!({"name": "there", "uid": "n"}))),
            entry("ClusterRole", person(json!({"name": "view", "uid": "put back"}))),
            entry("ServiceAccount", person(json!({"name": "default", "namespace": "attic", "uid": "s"}))),
            entry("ConfigMap", person(json!({"name": "left", "namespace": "there", "uid": "c"}))),
        ];
        assert_eq!(owned.remaining(&all), ["Namespace there", "ConfigMap there/left"]);
    }

    #[test]
    fn without_an_inventory_only_labels_and_namespaces_count() {
        let owned = Owned { attempts: vec!["mine"], ..Owned::default() };
        let all = [entry("ClusterRole", person(json!({"name": "new", "uid": "new"})))];
        assert!(owned.pick(&all).outside.is_empty());
    }
}
