//! A token in pieces that a container sees side by side: over the values of labels, annotations, keys or variables, over
//! the words of a command line, over the names of a host.
//!
//! In: an object, before its texts are redacted. Out: the same, with the pieces replaced. They are put together in the
//! order in which they are seen; in another order, or over several objects, nothing is found.

use serde_json::Value;

use crate::token::{fingerprint, hides_token, is_labelled};

/// Shorter pieces are left as they are if there are longer ones: names and words that something depends on.
const SHORT: usize = 16;

/// Replaces the pieces of tokens in an object.
pub(super) fn hide(object: &mut Value) {
    for place in ["/metadata/labels", "/metadata/annotations", "/data"] {
        if let Some(Value::Object(values)) = object.pointer_mut(place) {
            replace(values.values_mut().collect());
        }
    }
    for place in ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"] {
        for container in items(object.pointer_mut(place)) {
            let variables = items(container.get_mut("env")).filter_map(|variable| variable.get_mut("value"));
            replace(variables.collect());
            let Some(fields) = container.as_object_mut() else { continue };
            let words = fields.iter_mut().filter(|(field, _)| matches!(field.as_str(), "command" | "args"));
            let mut words: Vec<_> = words.collect();
            // The command comes before its arguments.
            words.sort_by_key(|(field, _)| field.as_str() == "args");
            replace(words.into_iter().flat_map(|(_, words)| items(Some(words))).collect());
        }
    }
    let aliases = items(object.pointer_mut("/spec/hostAliases"));
    replace(aliases.flat_map(|alias| items(alias.get_mut("hostnames"))).collect());
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

fn replace(values: Vec<&mut Value>) {
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let whole = texts.concat();
    // What is a token by itself is taken out by itself.
    let alone = |text: &&str| is_labelled(text) || hides_token(text.as_bytes());
    if texts.len() < 2 || !hides_token(whole.as_bytes()) || texts.iter().any(alone) {
        return;
    }
    let long = texts.iter().any(|text| text.len() >= SHORT);
    let label = format!("<token sha256:{}>", fingerprint(whole.as_bytes()));
    for value in values {
        if !long || value.as_str().is_some_and(|text| text.len() >= SHORT) {
            *value = label.clone().into();
        }
    }
}
