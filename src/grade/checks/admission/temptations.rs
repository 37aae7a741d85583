//! Pure: Pods that differ from a refused one only in what a policy might take for an exception.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::patch::merge_patch;

/// What a policy names.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Keys of labels and annotations.
    pub(super) keys: BTreeSet<String>,
    /// Texts that it compares with.
    pub(super) texts: BTreeSet<String>,
}

/// More than this many forms of one Pod are not tried.
const MOST: usize = 200;

/// The forms of `object` that are to be refused as well; `control` is the exception that there is. None: there are too many.
pub(super) fn temptations(object: &Value, control: Option<&Value>, named: &Named) -> Option<Vec<Value>> {
    let mut bare = object.clone();
    merge_patch(&mut bare, &json!({"metadata": {"labels": null}}));
    let exception = |at: &str| control.and_then(|control| control.pointer(at)).and_then(Value::as_str);
    let excepted = |key: &str, value: &str| {
        let labels = control.and_then(|control| control.pointer("/metadata/labels"));
        labels.and_then(|labels| labels.get(key)).and_then(Value::as_str) == Some(value)
    };
    let mut forms = Vec::new();
    for key in named.keys.iter().filter(|key| is_key(key)) {
        for value in named.texts.iter().map(String::as_str).chain(["true"]).filter(|value| is_value(value)) {
            if excepted(key, value) {
                continue;
            }
            let pair: Map<String, Value> = [(key.clone(), value.into())].into_iter().collect();
            for base in [object, &bare] {
                forms.push(changed(base, &json!({"metadata": {"labels": pair, "annotations": pair}})));
            }
        }
    }
    for text in named.texts.iter().filter(|text| is_name(text)) {
        if exception("/spec/serviceAccountName") != Some(text) {
            forms.push(changed(object, &json!({"spec": {"serviceAccountName": text}})));
        }
        forms.push(called(object, text));
        forms.push(called(&bare, text));
    }
    (forms.len() <= MOST).then_some(forms)
}

/// A Pod whose first container, a volume and a variable are called `text`.
fn called(object: &Value, text: &str) -> Value {
    let mut form = object.clone();
    if let Some(container) = form.pointer_mut("/spec/containers/0") {
        let more = json!({"name": text, "env": [{"name": text, "value": text}]});
        merge_patch(container, &more);
        if let Some(mounts) =
            container.as_object_mut().map(|c| c.entry("volumeMounts").or_insert_with(|| json!([])))
            && let Some(mounts) = mounts.as_array_mut()
        {
            mounts.push(json!({"name": text, "mountPath": format!("/{text}")}));
        }
    }
    if let Some(spec) = form.get_mut("spec").and_then(Value::as_object_mut)
        && let Some(volumes) = spec.entry("volumes").or_insert_with(|| json!([])).as_array_mut()
    {
        volumes.push(json!({"name": text, "emptyDir": {}}));
    }
    form
}

fn changed(object: &Value, patch: &Value) -> Value {
    let mut form = object.clone();
    merge_patch(&mut form, patch);
    form
}

/// A label's value, as the API takes it.
fn is_value(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let end = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(inside) && end(text.chars().next()) && end(text.chars().last())
}

/// A label's key: a name, perhaps after a domain.
fn is_key(text: &str) -> bool {
    let (domain, name) = text.rsplit_once('/').unwrap_or(("", text));
    !name.is_empty()
        && is_value(name)
        && domain.len() <= 253
        && domain.split('.').all(|part| part.is_empty() || is_name(part))
}

/// The name of a container or a ServiceAccount.
fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inside) && is_value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exception_itself_is_no_temptation() {
        let object = json!({"spec": {"serviceAccountName": "open", "containers": [{}]}});
        let control =
            json!({"metadata": {"labels": {"a": "granted"}}, "spec": {"serviceAccountName": "operator"}});
        let named = Named {
            keys: BTreeSet::from(["a".to_owned(), "no key".to_owned()]),
            texts: BTreeSet::from(["granted".to_owned(), "operator".to_owned(), "/path".to_owned()]),
        };
        let forms = temptations(&object, Some(&control), &named).unwrap();
        let label =
            |value: &str| forms.iter().any(|f| f.pointer("/metadata/labels/a") == Some(&json!(value)));
        assert!(label("true") && label("operator") && !label("granted"));
        let account = |name: &str| forms.iter().any(|f| f["spec"]["serviceAccountName"] == name);
        assert!(account("granted") && account("open") && !account("operator"));
        assert!(forms.iter().any(|f| f["spec"]["containers"][0]["name"] == "operator"));
    }

    #[test]
    fn a_policy_that_names_too_much_is_told_so() {
        let texts: BTreeSet<String> = (0..60).map(|n| format!("t{n}")).collect();
        let named = Named { keys: texts.clone(), texts };
        assert!(temptations(&json!({"spec": {"containers": [{}]}}), None, &named).is_none());
    }
}
