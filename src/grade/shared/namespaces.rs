//! Whose a Namespace is: this attempt's, another attempt's, or everybody's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::grade::fields::text;

/// The label that names the attempt to which an object belongs.
pub const ATTEMPT: &str = "satrain.dev/attempt";

/// The attempt to which an object belongs by its label.
pub(in crate::grade) fn attempt_of(object: &Value) -> Option<&str> {
    object.pointer("/metadata/labels")?.get(ATTEMPT)?.as_str().filter(|attempt| !attempt.is_empty())
}

type Labels = BTreeMap<String, String>;

/// Whose a Namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::grade) enum Whose {
    /// The attempt's own.
    Own,
    /// Another attempt's.
    Others,
    /// Nobody's in particular: it was there before.
    Shared,
    /// It came meanwhile, and nothing depends on it.
    New,
}

/// The Namespaces of a cluster, with their labels.
pub(in crate::grade) struct Places<'a> {
    own: &'a [String],
    before: BTreeMap<&'a str, Labels>,
    now: BTreeMap<&'a str, Labels>,
    going: BTreeSet<&'a str>,
}

impl<'a> Places<'a> {
    pub(in crate::grade) fn new(own: &'a [String], before: &'a [Value], now: &'a [Value]) -> Self {
        let is_going = |object: &&Value| object.pointer("/metadata/deletionTimestamp").is_some();
        let going = before.iter().chain(now).filter(is_going).map(|object| text(object, "/metadata/name"));
        Self { own, before: labelled(before), now: labelled(now), going: going.collect() }
    }

    /// Whose it is. What was there without the label is nobody's attempt, whatever it carries now.
    pub(in crate::grade) fn whose(&self, name: &str) -> Whose {
        let is_labelled =
            |all: &BTreeMap<&str, Labels>| all.get(name).is_some_and(|l| l.contains_key(ATTEMPT));
        match (self.before.contains_key(name), self.own.iter().any(|own| own == name)) {
            (_, true) => Whose::Own,
            (true, _) if is_labelled(&self.before) => Whose::Others,
            (true, _) => Whose::Shared,
            (false, _) if is_labelled(&self.now) => Whose::Others,
            (false, _) => Whose::New,
        }
    }

    /// Whether it is everybody's, and there, and not about to go.
    pub(in crate::grade) fn is_everybodys(&self, name: &str) -> bool {
        self.whose(name) == Whose::Shared && self.now.contains_key(name) && !self.going.contains(name)
    }

    /// Those in which something of this attempt or of everybody could be, with each set of labels that they had.
    pub(in crate::grade) fn that_count(&self) -> impl Iterator<Item = (&'a str, &Labels)> {
        let all = self.before.iter().chain(&self.now).map(|(name, labels)| (*name, labels));
        all.filter(|(name, _)| matches!(self.whose(name), Whose::Own | Whose::Shared))
    }
}

fn labelled(namespaces: &[Value]) -> BTreeMap<&str, Labels> {
    let named = namespaces.iter().filter_map(|object| {
        let name = object.pointer("/metadata/name")?.as_str()?;
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
        let labels = labels.into_iter().flatten();
        Some((
            name,
            labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
        ))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_that_was_there_is_nobodys_whatever_label_it_is_given() {
        let plain = |name: &str| json!({"metadata": {"name": name}});
        let labelled = |name: &str| json!({"metadata": {"name": name, "labels": {ATTEMPT: "x"}}});
        let (own, before) =
            (["shop".to_owned()], [plain("kube-system"), labelled("shop"), labelled("other")]);
        let now = [labelled("kube-system"), labelled("shop"), labelled("later"), plain("mine")];
        let places = Places::new(&own, &before, &now);
        let whose = ["kube-system", "shop", "other", "later", "mine"].map(|name| places.whose(name));
        assert_eq!(whose, [Whose::Shared, Whose::Own, Whose::Others, Whose::Others, Whose::New]);
        let count: Vec<&str> = places.that_count().map(|(name, _)| name).collect();
        assert_eq!(count, ["kube-system", "shop", "kube-system", "shop"]);
    }
}
