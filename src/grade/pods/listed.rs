//! Listed Pods, chosen by their metadata before they are read in full.
//!
//! In: the objects of a list of Pods. Out: the chosen ones. A Namespace of thousands is listed once a grade, and
//! each check is about a few of its Pods: reading all of them for every check would be most of a grade. What the
//! choice depends on must be readable in every Pod: one that is malformed makes the whole answer worthless.

use std::collections::{BTreeMap, HashSet};

use k8s_openapi::api::core::v1::Pod;
use kube::core::{Selector, SelectorExt as _};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::grade::observation::Gap;

/// The Pod of that name.
pub(super) fn named(items: &[Value], name: &str) -> Result<Vec<Pod>, Gap> {
    choose(items, |item| Ok(self::name(item)? == name))
}

/// The Pods whose labels a selector matches.
pub(super) fn labelled(items: &[Value], selector: &Selector) -> Result<Vec<Pod>, Gap> {
    choose(items, |item| {
        let labels: BTreeMap<String, String> =
            labels(item)?.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(selector.matches(&labels))
    })
}

/// The Pods whose controller has one of these UIDs.
pub(super) fn controlled(items: &[Value], controllers: &[&str]) -> Result<Vec<Pod>, Gap> {
    choose(items, |item| {
        let mut owners = owners(item)?.filter(|o| o.get("controller").and_then(Value::as_bool) == Some(true));
        Ok(owners.next().and_then(uid_of).is_some_and(|uid| controllers.contains(&uid)))
    })
}

/// Reads one Pod in full.
pub(in crate::grade) fn read(item: &Value) -> Result<Pod, Gap> {
    Pod::deserialize(item).map_err(|e| unreadable(&e.to_string()))
}

/// The UID of a listed Pod.
pub(in crate::grade) fn uid(item: &Value) -> &str {
    item.get("metadata").and_then(Value::as_object).and_then(uid_of).unwrap_or_default()
}

/// The labels of a listed Pod.
pub(in crate::grade) fn labels(item: &Value) -> Result<impl Iterator<Item = (&str, &str)>, Gap> {
    let labels = match metadata(item)?.get("labels") {
        None | Some(Value::Null) => None,
        Some(Value::Object(labels)) if labels.values().all(Value::is_string) => Some(labels),
        Some(_) => return Err(unreadable("its labels are no texts")),
    };
    Ok(labels.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))))
}

/// The Pods of a list and their owners: for telling whether another Pod is new.
#[derive(Debug, Default)]
pub(in crate::grade) struct Known<'a> {
    pods: HashSet<&'a str>,
    owners: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    /// All that these listed Pods are known by.
    pub(in crate::grade) fn of(items: impl IntoIterator<Item = &'a Value>) -> Result<Self, Gap> {
        let mut known = Self::default();
        for item in items {
            known.pods.insert(uid(item));
            known.owners.extend(owners(item)?.filter_map(uid_of));
        }
        Ok(known)
    }

    /// Whether a Pod is among them, or has an owner of one of them.
    pub(in crate::grade) fn has(&self, item: &Value) -> Result<bool, Gap> {
        let mut owners = owners(item)?.filter_map(uid_of);
        Ok(self.pods.contains(uid(item)) || owners.any(|uid| self.owners.contains(uid)))
    }
}

fn choose(items: &[Value], wanted: impl Fn(&Value) -> Result<bool, Gap>) -> Result<Vec<Pod>, Gap> {
    let mut chosen = Vec::new();
    for item in items {
        if wanted(item)? {
            chosen.push(read(item)?);
        }
    }
    Ok(chosen)
}

fn metadata(item: &Value) -> Result<&Map<String, Value>, Gap> {
    item.get("metadata").and_then(Value::as_object).ok_or_else(|| unreadable("it has no metadata"))
}

fn name(item: &Value) -> Result<&str, Gap> {
    metadata(item)?.get("name").and_then(Value::as_str).ok_or_else(|| unreadable("it has no name"))
}

fn owners(item: &Value) -> Result<impl Iterator<Item = &Map<String, Value>>, Gap> {
    let owners: &[Value] = match metadata(item)?.get("ownerReferences") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(owners)) if owners.iter().all(Value::is_object) => owners,
        Some(_) => return Err(unreadable("its owners are no references")),
    };
    Ok(owners.iter().filter_map(Value::as_object))
}

fn uid_of(object: &Map<String, Value>) -> Option<&str> {
    object.get("uid").and_then(Value::as_str)
}

fn unreadable(why: &str) -> Gap {
    Gap::lasting(format!("The API's answer contains no readable Pod: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, metadata: Value) -> Value {
        let mut pod = json!({"metadata": {"name": name, "uid": format!("{name}-uid")}});
        for (key, value) in metadata.as_object().unwrap() {
            pod["metadata"][key] = value.clone();
        }
        pod
    }

    fn names(chosen: Result<Vec<Pod>, Gap>) -> Vec<String> {
        chosen.unwrap().into_iter().filter_map(|pod| pod.metadata.name).collect()
    }

    #[test]
    fn pods_are_chosen_by_name_labels_and_controller() {
        let owned = json!({"ownerReferences": [
            {"uid": "other", "controller": false, "apiVersion": "v1", "kind": "X", "name": "x"},
            {"uid": "set", "controller": true, "apiVersion": "v1", "kind": "X", "name": "x"},
        ]});
        let pods = [
            pod("a", json!({"labels": {"app": "web"}})),
            pod("b", owned),
            pod("c", json!({"labels": null, "ownerReferences": null})),
        ];
        assert_eq!(names(named(&pods, "c")), ["c"]);
        let web: Selector = kube::core::Expression::Equal("app".into(), "web".into()).into();
        assert_eq!(names(labelled(&pods, &web)), ["a"]);
        assert_eq!(names(labelled(&pods, &Selector::default())), ["a", "b", "c"]);
        assert_eq!(names(controlled(&pods, &["set"])), ["b"]);
        assert_eq!(names(controlled(&pods, &["other"])), Vec::<String>::new());
    }

    #[test]
    fn one_malformed_pod_makes_the_answer_worthless() {
        let good = pod("good", json!({}));
        assert!(named(&[good.clone(), json!({"metadata": {"name": 1}})], "good").is_err());
        assert!(named(&[good.clone(), json!("pod")], "good").is_err());
        let labels = pod("bad", json!({"labels": {"app": 1}}));
        assert!(labelled(&[good.clone(), labels], &Selector::default()).is_err());
        let owners = pod("bad", json!({"ownerReferences": ["set"]}));
        assert!(controlled(&[good.clone(), owners], &["set"]).is_err());
        let chosen = json!({"metadata": {"name": "bad"}, "spec": {"containers": "none"}});
        assert!(named(&[good, chosen], "bad").is_err());
    }

    #[test]
    fn a_pod_is_known_by_itself_and_by_its_owner() {
        let owner = json!({"ownerReferences": [{"uid": "set"}]});
        let then = [pod("a", json!({})), pod("b", owner.clone())];
        let known = Known::of(&then).unwrap();
        assert!(known.has(&pod("a", json!({}))).unwrap());
        assert!(known.has(&pod("c", owner)).unwrap());
        assert!(!known.has(&pod("d", json!({}))).unwrap());
    }
}
