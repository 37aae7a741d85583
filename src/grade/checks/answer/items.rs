//! The items of a computed answer as CEL sees them: Pods that hold a token, tokens, rights, dry runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::listed::{DryRun, Listed};
use crate::grade::View;
use crate::grade::checks::source::TokenSource;
use crate::grade::checks::{admission, replay};
use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{Stores, credentials, read_pod};
use crate::grade::token_ref::TokenPlace;
use crate::rbac::{Right, What};

/// What else must be listed to know which Pods hold a token.
fn stores(pods: &Listed) -> [Listed; 2] {
    ["Secret", "ConfigMap"].map(|kind| Listed { api_version: "v1".into(), kind: kind.into(), ..pods.clone() })
}

/// The Pods of which a container can read a token; those that ended or are on their way out have none.
pub(super) fn pods_with_token(listed: &Listed, seen: View<'_>) -> Result<Vec<Value>, Gap> {
    let (pods, [secrets, config_maps]) = (listed.objects(seen), stores(listed).map(|s| s.objects(seen)));
    let (pods, secrets, config_maps) = (pods?, secrets?, config_maps?);
    let of = |all: &[&Value], namespace: &str| -> Vec<Value> {
        let mine = all.iter().filter(|object| text(object, "/metadata/namespace") == namespace);
        mine.map(|object| (*object).clone()).collect()
    };
    let mut by_namespace: BTreeMap<&str, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let mut found = Vec::new();
    for object in pods {
        let ended = ["Succeeded", "Failed"].contains(&text(object, "/status/phase"))
            || object.pointer("/metadata/deletionTimestamp").is_some();
        if ended {
            continue;
        }
        let namespace = text(object, "/metadata/namespace");
        if !by_namespace.contains_key(namespace) {
            by_namespace.insert(namespace, (of(&secrets, namespace), of(&config_maps, namespace)));
        }
        let Some((secrets, config_maps)) = by_namespace.get(namespace) else { continue };
        let stores = Stores { secrets, config_maps, ..Stores::default() };
        if credentials(&read_pod(object)?, stores).iter().any(|credential| credential.kind.is_token()) {
            found.push(object.clone());
        }
    }
    Ok(found)
}

/// Each token by its name: whether the API server vouched for it, and what it claims.
pub(super) fn tokens(
    tokens: &BTreeMap<String, TokenSource>,
    context: &JudgeContext<'_>,
) -> Result<Vec<Value>, Gap> {
    let all: Vec<_> = tokens.iter().map(|(name, source)| token_items(name, source, context)).collect();
    Ok(all.into_iter().collect::<Result<Vec<_>, Gap>>()?.concat())
}

fn token_items(name: &str, source: &TokenSource, context: &JudgeContext<'_>) -> Result<Vec<Value>, Gap> {
    let places = source.places_at_setup(context)?;
    if places.is_empty() {
        return Err(context.author_error(format!("there was no token `{name}` right after setup")));
    }
    let then = context.at_setup();
    then.ask_for(places.iter().map(replay::captured));
    let all: Vec<_> = places.iter().map(|place| token_item(name, place, then)).collect();
    all.into_iter().collect()
}

fn token_item(name: &str, place: &TokenPlace, then: View<'_>) -> Result<Value, Gap> {
    let captured = replay::captured(place);
    let facts = match then.saw(&captured)? {
        Observation::Token(facts) => facts,
        Observation::NoToken { .. } => {
            return Ok(json!({"name": name, "authenticated": false, "claims": null}));
        }
        _ => return Err(Gap::of_another_kind(&captured)),
    };
    let review = replay::review(place, facts);
    let Observation::Review { authenticated, .. } = then.saw(&review)? else {
        return Err(Gap::of_another_kind(&review));
    };
    Ok(json!({"name": name, "authenticated": authenticated, "claims": claims(facts.claims.as_ref())}))
}

/// Claims under names that CEL can say: `kubernetes` for `kubernetes.io`.
fn claims(claims: Option<&crate::token::Claims>) -> Value {
    let mut value = serde_json::to_value(claims).unwrap_or_default();
    if let Some(fields) = value.as_object_mut()
        && let Some(private) = fields.remove("kubernetes.io")
    {
        fields.insert("kubernetes".into(), private);
    }
    value
}

/// A single right.
pub(super) fn right(right: &Right) -> Value {
    match &right.what {
        What::Resource { group, resource, name, namespace } => json!({
            "verb": right.verb, "group": group, "resource": resource,
            "name": name.as_deref().unwrap_or_default(), "namespace": namespace.as_deref().unwrap_or_default(),
        }),
        What::Url(url) => {
            json!({"verb": right.verb, "group": "", "resource": url, "name": "", "namespace": ""})
        }
    }
}

/// Each object as the API would admit it.
pub(super) fn dry_runs(
    runs: &BTreeMap<String, DryRun>,
    context: &JudgeContext<'_>,
) -> Result<Vec<Value>, Gap> {
    let then = context.at_setup();
    then.ask_for(runs.values().filter_map(DryRun::probe));
    let mut items = Vec::new();
    for (name, run) in runs {
        let probe = run
            .probe()
            .ok_or_else(|| context.author_error(format!("the dry run `{name}` has no object kind")))?;
        items.push(match then.saw(&probe)? {
            Observation::Admitted { object } => {
                let holds = text(object, "/kind") == "Pod" && admission::holds_token(object)?.is_some();
                json!({"name": name, "object": object, "holdsToken": holds})
            }
            Observation::Refused { .. } => json!({"name": name, "object": null, "holdsToken": false}),
            _ => return Err(Gap::of_another_kind(&probe)),
        });
    }
    Ok(items)
}
