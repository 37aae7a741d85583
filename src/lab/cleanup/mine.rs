//! Pure: which objects of a cluster are an attempt's.

use jiff::Timestamp;

use crate::lab::inventory::{Entry, Inventory};
use crate::lab::setup::order::{Labels, attempt_of};

/// What tells an attempt's objects from all others.
#[derive(Debug, Clone)]
pub struct Mine<'a> {
    /// The labels that satrain put on what it made.
    pub labels: &'a Labels,
    /// The attempt's namespaces; everything in them is the attempt's.
    pub namespaces: &'a [String],
    /// What was there before; None: only labels and namespaces count.
    pub inventory: Option<&'a Inventory>,
    /// When attempts were begun that were begun later and are in progress: what came after is theirs.
    pub later: Vec<Timestamp>,
}

impl<'a> Mine<'a> {
    /// Objects inside the attempt's namespaces, and those outside.
    pub fn pick<'e>(&self, all: &'e [Entry]) -> (Vec<&'e Entry>, Vec<&'e Entry>) {
        let foreign = self.foreign_namespaces(all);
        let inside = all.iter().filter(|e| self.is_inside(e));
        let outside = all.iter().filter(|e| !self.is_inside(e) && self.is_mine_outside(e, &foreign));
        (inside.collect(), outside.filter(|e| !self.is_own_namespace(e)).collect())
    }

    /// Whether it is one of the attempt's Namespaces, and carries the attempt's label.
    pub fn is_own_namespace(&self, entry: &Entry) -> bool {
        entry.kind.resource.plural == "namespaces"
            && entry.metadata.name.as_ref().is_some_and(|n| self.namespaces.contains(n))
            && self.labels.on(&entry.metadata)
    }

    /// The inventory, where putting back is safe: nobody else can have made the changes.
    pub fn restorable(&self) -> Option<&'a Inventory> {
        self.inventory.filter(|_| self.later.is_empty())
    }

    fn is_inside(&self, entry: &Entry) -> bool {
        entry.metadata.namespace.as_ref().is_some_and(|n| self.namespaces.contains(n))
    }

    fn is_mine_outside(&self, entry: &Entry, foreign: &[&str]) -> bool {
        if let Some(attempt) = attempt_of(&entry.metadata) {
            return attempt == self.labels.attempt;
        }
        let Some(inventory) = self.inventory else { return false };
        let uid = entry.metadata.uid.as_deref().unwrap_or_default();
        let in_foreign = entry.metadata.namespace.as_deref().is_some_and(|n| foreign.contains(&n));
        !inventory.uids.contains(uid) && !in_foreign && entry.by_a_person() && !self.is_later(entry)
    }

    fn is_later(&self, entry: &Entry) -> bool {
        let Some(created) = entry.metadata.creation_timestamp.as_ref() else { return false };
        // Creation times have whole seconds: compare with the start cut to its second.
        self.later.iter().any(|start| created.0.as_second() >= start.as_second())
    }

    /// Namespaces of other attempts.
    fn foreign_namespaces<'e>(&self, all: &'e [Entry]) -> Vec<&'e str> {
        all.iter()
            .filter(|e| e.kind.resource.plural == "namespaces")
            .filter(|e| attempt_of(&e.metadata).is_some_and(|a| a != self.labels.attempt))
            .filter_map(|e| e.metadata.name.as_deref())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
    fn mine_is_what_is_labelled_inside_or_new_and_nothing_else() {
        let labels = Labels { attempt: "mine".into(), scenario: "s".into() };
        let inventory = Inventory {
            taken: Timestamp::UNIX_EPOCH,
            uids: BTreeSet::from(["old".to_owned()]),
            kept: Vec::new(),
        };
        let namespaces = ["production".to_owned()];
        let mine =
            Mine { labels: &labels, namespaces: &namespaces, inventory: Some(&inventory), later: Vec::new() };
        let all = [
            entry("Namespace", json!({"name": "production", "uid": "n", "labels": {"satrain.dev/attempt": "mine"}})),
            entry("Namespace", json!({"name": "other", "uid": "o", "labels": {"satrain.dev/attempt": "theirs"}})),
            entry("ConfigMap", json!({"name": "a", "namespace": "production", "uid": "a"})),
            entry("ConfigMap", person(json!({"name": "b", "namespace": "other", "uid": "b"}))),
            entry("ClusterRole", person(json!({"name": "view", "uid": "old"}))),
            entry("ClusterRole", person(json!({"name": "new", "uid": "new"}))),
            entry("ClusterRole", json!({"name": "ours", "uid": "x", "labels": {"satrain.dev/attempt": "mine"}})),
        ];
        let (inside, outside) = mine.pick(&all);
        assert_eq!(names(&inside), ["ConfigMap production/a"]);
        assert_eq!(names(&outside), ["ClusterRole new", "ClusterRole ours"]);
    }

    #[test]
    fn what_came_after_a_later_attempt_began_is_not_mine() {
        let labels = Labels { attempt: "mine".into(), scenario: "s".into() };
        let inventory = Inventory { taken: Timestamp::UNIX_EPOCH, uids: BTreeSet::new(), kept: Vec::new() };
        let later = vec!["2026-01-01T00:01:00Z".parse().unwrap()];
        let mine = Mine { labels: &labels, namespaces: &[], inventory: Some(&inventory), later };
        let all = [
            entry("ClusterRole", person(json!({"name": "early", "uid": "1", "creationTimestamp": "2026-01-01T00:00:30Z"}))),
            entry("ClusterRole", person(json!({"name": "late", "uid": "2", "creationTimestamp": "2026-01-01T00:02:00Z"}))),
        ];
        assert_eq!(names(&mine.pick(&all).1), ["ClusterRole early"]);
        assert!(mine.restorable().is_none());
    }

    #[test]
    fn without_an_inventory_only_labels_and_namespaces_count() {
        let labels = Labels { attempt: "mine".into(), scenario: "s".into() };
        let mine = Mine { labels: &labels, namespaces: &[], inventory: None, later: Vec::new() };
        let all = [entry("ClusterRole", person(json!({"name": "new", "uid": "new"})))];
        assert!(mine.pick(&all).1.is_empty());
    }
}
