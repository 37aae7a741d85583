//! What is new, gone or changed between two lists of a shared kind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::essence::essence;
use super::{KINDS, Part, Places, SharedKind, Whose};
use crate::grade::fields::text;
use crate::grade::observation::Observations;
use crate::grade::probe::Probe;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
    /// It means something else.
    Changed,
}

/// An object that is not what it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'a> {
    /// Its kind.
    pub kind: &'static SharedKind,
    /// What became of it.
    pub how: How,
    /// As it was.
    pub before: Option<&'a Value>,
    /// As it is.
    pub now: Option<&'a Value>,
}

impl<'a> Change<'a> {
    /// The object, as it is if it is there.
    pub fn object(&self) -> &'a Value {
        self.now.or(self.before).unwrap_or(&Value::Null)
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        text(self.object(), "/metadata/name")
    }

    /// Its Namespace.
    pub fn namespace(&self) -> Option<&'a str> {
        Some(text(self.object(), "/metadata/namespace")).filter(|namespace| !namespace.is_empty())
    }
}

impl std::fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = self.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        write!(f, "{} {place}{}", self.kind.kind, self.name())
    }
}

/// Whether two lists hold the very same versions of the same objects: what nobody wrote to means what it meant.
pub fn is_untouched(before: &[Value], now: &[Value]) -> bool {
    let version = |object: &'_ Value| {
        let metadata = object.get("metadata");
        let text = |key: &str| {
            metadata.and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        (text("uid"), text("resourceVersion"))
    };
    let same = |(old, new): (&Value, &Value)| {
        let (old, new) = (version(old), version(new));
        old == new && !old.0.is_empty() && !old.1.is_empty()
    };
    before.len() == now.len() && before.iter().zip(now).all(same)
}

/// What differs in the objects of one kind.
pub fn changes<'a>(kind: &'static SharedKind, before: &'a [Value], now: &'a [Value]) -> Vec<Change<'a>> {
    if is_untouched(before, now) {
        return Vec::new();
    }
    let (old, new) = (by_name(kind, before), by_name(kind, now));
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    // A credential that is gone may have been copied, and is no change for the worse.
    let gone = gone.filter(|_| !matches!(kind.part, Part::Credential | Part::Token));
    let mut found: Vec<Change<'a>> = gone
        .map(|(_, (object, _))| Change { kind, how: How::Gone, before: Some(*object), now: None })
        .collect();
    for (key, (object, means)) in &new {
        let change = Change { kind, how: How::New, before: None, now: Some(*object) };
        match old.get(key) {
            None => found.push(change),
            Some((before, meant)) if meant != means => {
                found.push(Change { how: How::Changed, before: Some(*before), ..change });
            }
            Some(_) => {}
        }
    }
    found
}

/// What differs in all kinds, but for what belongs to an attempt or is in a Namespace that was not there. A kind that either
/// did not show is left out.
pub fn changes_between<'a>(before: &'a Observations, now: &'a Observations) -> Vec<Change<'a>> {
    let namespaces = Probe::namespaces();
    let listed = |seen: &'a Observations, probe: &Probe| seen.objects(probe).unwrap_or_default();
    let places = Places::new(&[], listed(before, &namespaces), listed(now, &namespaces));
    let mut found = Vec::new();
    for kind in &KINDS {
        let probe = kind.probe();
        let (Ok(old), Ok(new)) = (before.objects(&probe), now.objects(&probe)) else { continue };
        found.extend(changes(kind, old, new).into_iter().filter(|change| {
            let place = if kind.kind == "Namespace" { Some(change.name()) } else { change.namespace() };
            place.is_none_or(|place| places.whose(place) == Whose::Shared)
        }));
    }
    found
}

type Named<'a> = BTreeMap<(&'a str, &'a str), (&'a Value, Value)>;

fn by_name<'a>(kind: &SharedKind, objects: &'a [Value]) -> Named<'a> {
    let keyed = objects.iter().filter_map(|object| {
        let key = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
        Some((key, (object, essence(kind.part, object)?)))
    });
    keyed.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::grade::shared::KINDS;

    fn told(kind: &str, before: &[Value], now: &[Value]) -> Vec<String> {
        let kind = KINDS.iter().find(|k| k.kind == kind).unwrap();
        changes(kind, before, now).iter().map(|c| format!("{c} {:?}", c.how)).collect()
    }

    #[test]
    fn new_gone_and_changed_are_told_apart_and_the_version_does_not_matter() {
        let class = |name: &str, value: u32, version: &str| json!({"metadata": {"name": name, "resourceVersion": version}, "value": value});
        let before = [class("a", 1, "1"), class("b", 1, "1"), class("c", 1, "1")];
        let now = [class("a", 1, "2"), class("b", 2, "2"), class("d", 1, "2")];
        assert_eq!(
            told("PriorityClass", &before, &now),
            ["PriorityClass c Gone", "PriorityClass b Changed", "PriorityClass d New"]
        );
    }

    #[test]
    fn a_credential_that_is_gone_makes_nothing_wider() {
        let secret =
            |kind: &str| json!({"metadata": {"name": "t", "namespace": "kube-system"}, "type": kind});
        let token = [secret("kubernetes.io/service-account-token")];
        assert_eq!(told("Secret", &token, &[]), Vec::<String>::new());
        assert_eq!(told("Secret", &[], &token), ["Secret kube-system/t New"]);
        assert_eq!(told("Secret", &[], &[secret("Opaque")]), Vec::<String>::new());
    }
}
