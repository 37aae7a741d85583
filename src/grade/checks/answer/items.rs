//! The items of a computed answer as CEL sees them: Pods that hold a token, tokens, rights, dry runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::computed::{DryRun, Listed};
use crate::grade::Baseline;
use crate::grade::checks::source::TokenSource;
use crate::grade::checks::{Context, admission, replay};
use crate::grade::fields::text;
use crate::grade::observation::{Gap, Observation, Observations};
use crate::grade::pods::{Stores, credentials, read_pod};
use crate::grade::probe::Probe;
use crate::grade::token_ref::TokenPlace;
use crate::rbac::{Right, What};

/// What else must be listed to know which Pods hold a token.
pub(super) fn stores(pods: &Listed) -> [Listed; 2] {
    ["Secret", "ConfigMap"].map(|kind| Listed { api_version: "v1".into(), kind: kind.into(), ..pods.clone() })
}

/// The Pods of which a container can read a token; those that ended or are on their way out have none.
pub(super) fn pods_with_token(listed: &Listed, seen: &Observations) -> Result<Vec<Value>, Gap> {
    let [secrets, config_maps] = stores(listed);
    let of = |stores: &Listed, namespace: &str| -> Result<Vec<Value>, Gap> {
        let all = stores.objects(seen)?.into_iter();
        Ok(all.filter(|object| text(object, "/metadata/namespace") == namespace).cloned().collect())
    };
    let mut by_namespace: BTreeMap<&str, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let mut found = Vec::new();
    for object in listed.objects(seen)? {
        let ended = ["Succeeded", "Failed"].contains(&text(object, "/status/phase"))
            || object.pointer("/metadata/deletionTimestamp").is_some();
        if ended {
            continue;
        }
        let namespace = text(object, "/metadata/namespace");
        if !by_namespace.contains_key(namespace) {
            by_namespace.insert(namespace, (of(&secrets, namespace)?, of(&config_maps, namespace)?));
        }
        let Some((secrets, config_maps)) = by_namespace.get(namespace) else { continue };
        if !credentials(&read_pod(object)?, Stores { secrets, config_maps }).is_empty() {
            found.push(object.clone());
        }
    }
    Ok(found)
}

/// What must be asked about a token that was there right after setup.
pub(super) fn token_probes(token: &TokenSource, seen: &Observations, baseline: Baseline<'_>) -> Vec<Probe> {
    let mut probes = token.lists();
    for place in places(token, seen, baseline) {
        probes.push(replay::captured(&place));
        probes.extend(replay::facts(&place, seen).map(|facts| replay::review(&place, facts)));
    }
    probes
}

fn places(token: &TokenSource, seen: &Observations, baseline: Baseline<'_>) -> Vec<TokenPlace> {
    token.places(baseline.at_setup(seen))
}

/// Each token by its name: whether the API server vouches for it, and what it claims.
pub(super) fn tokens(
    tokens: &BTreeMap<String, TokenSource>,
    context: &Context<'_>,
) -> Result<Vec<Value>, Gap> {
    let mut items = Vec::new();
    for (name, source) in tokens {
        let places = places(source, context.seen, context.baseline);
        if places.is_empty() {
            return Err(context.author_error(format!("there was no token `{name}` right after setup")));
        }
        for place in places {
            let captured = replay::captured(&place);
            let facts = match context.seen.saw(&captured)? {
                Observation::Token(facts) => facts,
                Observation::NoToken { why } => {
                    return Err(context.author_error(format!("there was no token `{name}`: {why}")));
                }
                _ => return Err(Gap::of_another_kind(&captured)),
            };
            let review = replay::review(&place, facts);
            let good = |seen: &Observations| match seen.saw(&review) {
                Ok(Observation::Review { authenticated, .. }) => Ok(*authenticated),
                Ok(_) => Err(Gap::of_another_kind(&review)),
                Err(gap) => Err(gap),
            };
            // What was good at the beginning may be dead by now, and what is new may be known only now.
            let authenticated = good(context.at_setup())? || good(context.seen)?;
            items.push(json!({"name": name, "authenticated": authenticated, "claims": claims(facts.claims.as_ref())}));
        }
    }
    Ok(items)
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
pub(super) fn dry_runs(runs: &BTreeMap<String, DryRun>, context: &Context<'_>) -> Result<Vec<Value>, Gap> {
    let mut items = Vec::new();
    for (name, run) in runs {
        let probe = run
            .probe()
            .ok_or_else(|| context.author_error(format!("the dry run `{name}` has no kind of object")))?;
        items.push(match context.seen.saw(&probe)? {
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
