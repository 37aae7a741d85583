//! Whether a token that was captured right after setup still works: shared by `tokenDead` and `legacySecrets`.
//!
//! It is replayed: a TokenReview for the audiences it was made for, and a request. Its Secret's absence alone says
//! nothing, since a Secret made anew for the same ServiceAccount can bring the very same token back to life.
//! A token may outlive its Secret or Pod for some seconds, because the API server remembers recent successes
//! (10 s), and a Pod's until a minute after its deletion began: that is "not yet".

use serde_json::Value;

use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::{Gap, Observation};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenFacts, TokenPlace, TokenRef};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::token::Lifeline;

/// Answers 401 to a bad token, and something else to every good one, whatever it may do.
const PATH: &str = "/api";

/// The label by which the API server no longer accepts a Secret's token, as a JSON pointer.
const INVALID: &str = "/metadata/labels/kubernetes.io~1legacy-token-invalid-since";

/// What has become of a captured token.
pub(super) enum Fate {
    /// Rejected by review and request.
    Dead(Evidence),
    /// Still accepted, and it cannot last: what it depends on is gone.
    Dying(String),
    /// Still accepted.
    Alive(Evidence),
    /// There was no token at setup yet.
    NotCaptured(String),
}

/// What has become of the tokens that were in these places.
pub(super) fn fates(places: &[TokenPlace], context: &JudgeContext<'_>) -> Result<Vec<Fate>, Gap> {
    let fates: Vec<Result<Fate, Gap>> = places.iter().map(|place| fate(place, context)).collect();
    fates.into_iter().collect()
}

/// What has become of the token that was in `place`.
fn fate(place: &TokenPlace, context: &JudgeContext<'_>) -> Result<Fate, Gap> {
    let at_setup = context.baseline.is_taking();
    let facts = match context.seen.saw(&captured(place))? {
        Observation::Token(facts) => facts,
        Observation::NoToken { why } if at_setup => {
            return Ok(Fate::NotCaptured(format!("there is no token in {place} yet: {why}")));
        }
        _ => return Err(context.author_error(format!("{place} held no token right after setup"))),
    };
    let (review, request) = (review(place, facts), request(place));
    context.seen.ask_for([review.clone(), request.clone()].into_iter().chain(life_lists(facts)));
    let Observation::Review { authenticated, error, .. } = context.seen.saw(&review)? else {
        return Err(Gap::of_another_kind(&review));
    };
    if at_setup && !authenticated {
        // The API server may not have read its Secret, Pod or account yet.
        return Ok(Fate::NotCaptured(format!("the token in {place} is not accepted yet")));
    }
    if !at_setup {
        worked_at_setup(place, &review, context)?;
    }
    let Observation::Response { status, .. } = context.seen.saw(&request)? else {
        return Err(Gap::of_another_kind(&request));
    };
    let at = format!("the token of {place} (sha256 {})", facts.sha256);
    if !authenticated && *status == 401 {
        let error = if error.is_empty() { String::new() } else { format!(" ({error})") };
        return Ok(Fate::Dead(Evidence::expected(
            Fact::Token,
            at,
            "rejected",
            format!("rejected{error}, HTTP 401"),
        )));
    }
    if let Some(gone) = gone(&lifeline(facts), facts, context)? {
        return Ok(Fate::Dying(format!("{gone}, but the API server still caches its token")));
    }
    let how = match (authenticated, status) {
        (true, 401) => "a TokenReview accepts it for its audience".to_owned(),
        (true, status) => {
            format!("the API accepts it (HTTP {status}, and a TokenReview accepts it)")
        }
        (false, status) => format!("the API still answers it with HTTP {status}"),
    };
    Ok(Fate::Alive(Evidence::expected(Fact::Token, at, "rejected", how)))
}

/// The verdict on several captured tokens of which all must be dead; None: they are.
pub(super) fn verdict(fates: &[Fate]) -> Option<Verdict> {
    let alive: Vec<&Evidence> =
        fates.iter().filter_map(|f| if let Fate::Alive(e) = f { Some(e) } else { None }).collect();
    if let Some(first) = alive.first() {
        let more = if alive.len() > 1 { format!(" ({} in total)", alive.len()) } else { String::new() };
        let why = format!("A token that must be invalid still works{more}: {}.", first.at);
        return Some(Verdict::fail(why).with_all(alive.into_iter().take(10).cloned()));
    }
    fates.iter().find_map(|fate| match fate {
        Fate::Dying(waits) | Fate::NotCaptured(waits) => Some(Verdict::not_yet(waits.clone())),
        Fate::Dead(_) | Fate::Alive(_) => None,
    })
}

pub(super) fn captured(place: &TokenPlace) -> Probe {
    Probe::Token { token: TokenRef::at_setup(place.clone()) }
}

pub(super) fn review(place: &TokenPlace, facts: &TokenFacts) -> Probe {
    let audiences = facts.claims.as_ref().map(|claims| claims.aud.clone()).unwrap_or_default();
    Probe::TokenReview { token: TokenRef::at_setup(place.clone()), audiences }
}

fn request(place: &TokenPlace) -> Probe {
    Probe::Request { token: Some(TokenRef::at_setup(place.clone())), path: PATH.into() }
}

/// Lists of what a token's life may depend on.
fn life_lists(facts: &TokenFacts) -> impl Iterator<Item = Probe> {
    let namespace = Some(lifeline(facts).namespace).filter(|namespace| !namespace.is_empty());
    let kinds = ["Secret", "Pod", "ServiceAccount"];
    namespace
        .into_iter()
        .flat_map(move |namespace| kinds.map(|kind| Probe::list("v1", kind, Some(&namespace))))
}

fn lifeline(facts: &TokenFacts) -> Lifeline {
    facts.claims.as_ref().map(crate::token::Claims::lifeline).unwrap_or_default()
}

/// The positive control: the same review must have accepted the token at setup.
fn worked_at_setup(place: &TokenPlace, review: &Probe, context: &JudgeContext<'_>) -> Result<(), Gap> {
    match context.at_setup().saw(review)? {
        Observation::Review { authenticated: true, .. } => Ok(()),
        _ => Err(context.author_error(format!("the token in {place} did not work right after setup"))),
    }
}

/// Which object that the token's life depends on is gone or going.
fn gone(life: &Lifeline, facts: &TokenFacts, context: &JudgeContext<'_>) -> Result<Option<String>, Gap> {
    if life.namespace.is_empty() {
        return Ok(None);
    }
    let expires = facts.claims.as_ref().and_then(|claims| claims.exp);
    if expires.is_some_and(|exp| exp <= context.now.as_second()) {
        return Ok(Some("it has expired".into()));
    }
    let uid = |(name, uid): &(String, String)| (name.clone(), Some(uid.clone()));
    let needed = [
        ("Pod", life.pod.as_ref().map(uid)),
        ("Secret", life.secret.clone()),
        ("ServiceAccount", life.service_account.as_ref().map(uid)),
    ];
    for (kind, needed) in needed {
        let Some((name, uid)) = needed else { continue };
        let items = context.seen.objects(&Probe::list("v1", kind, Some(&life.namespace)))?;
        let is_it = |object: &&Value| {
            text(object, "/metadata/name") == name
                && uid.as_deref().is_none_or(|uid| text(object, "/metadata/uid") == uid)
        };
        match items.iter().find(is_it) {
            None => return Ok(Some(format!("{kind} {}/{name} is gone", life.namespace))),
            Some(object) if object.pointer("/metadata/deletionTimestamp").is_some() => {
                return Ok(Some(format!("{kind} {}/{name} is being deleted", life.namespace)));
            }
            // Kubernetes' own cleaner ends a token so, before it deletes the Secret (KEP-2799).
            Some(object) if kind == "Secret" && object.pointer(INVALID).is_some() => {
                return Ok(Some(format!("Secret {}/{name} is marked as invalid", life.namespace)));
            }
            Some(_) => {}
        }
    }
    Ok(None)
}
