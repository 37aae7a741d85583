//! The probes and the verdict of `token`.

use std::collections::BTreeSet;

use super::{BoundTo, Lifetime, TokenSpec};
use crate::grade::checks::CheckSpec;
use crate::grade::checks::source::Places;
use crate::grade::context::JudgeContext;
use crate::grade::observation::{Gap, Observation};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenFacts, TokenPlace, TokenRef};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::token::Claims;

impl CheckSpec for TokenSpec {
    fn containers(&self) -> Vec<&str> {
        self.from.container().into_iter().collect()
    }

    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let places = match self.from.settled(context)? {
            Places::These(places) => places,
            Places::Nothing(nothing) => return Ok(*nothing),
        };
        context.seen.ask_for(places.iter().map(|place| self.review(place)));
        let mut fine = Vec::new();
        for place in &places {
            let probe = self.review(place);
            match context.seen.saw(&probe)? {
                Observation::NoToken { why } => {
                    return Ok(Verdict::fail(format!("There is no token in {place}: {why}."))
                        .with(Evidence::expected(Fact::Token, place.to_string(), "a token", why))
                        .next_step(self.how_to_look()));
                }
                Observation::Review { token, authenticated: false, error, .. } => {
                    return Ok(self.rejected(place, token, error).next_step(self.how_to_look()));
                }
                Observation::Review { token, user, audiences, .. } => {
                    let problems = self.problems(place, token, user, audiences);
                    if let Some(first) = problems.first() {
                        let why = format!(
                            "The token in {place} is valid, but not the required one: {}.",
                            first.seen
                        );
                        return Ok(Verdict::fail(why).with_all(problems).next_step(self.how_to_look()));
                    }
                    fine.push(Evidence::seen(place.to_string(), describe(token, user)));
                }
                _ => return Err(Gap::of_another_kind(&probe)),
            }
        }
        Ok(Verdict::pass("The token is the required one, and the API server accepts it.").with_all(fine))
    }

    fn next_step(&self) -> Option<String> {
        self.from.next_step()
    }

    fn mistake(&self) -> Option<String> {
        if let Some(wrong) = self.from.mistake() {
            return Some(wrong);
        }
        let Lifetime { at_least: Some(least), at_most: Some(most) } = self.lifetime.as_ref()? else {
            return None;
        };
        (least > most).then(|| format!("no lifetime is at least {least} s and at most {most} s"))
    }
}

impl TokenSpec {
    fn review(&self, place: &TokenPlace) -> Probe {
        Probe::TokenReview { token: TokenRef::now(place.clone()), audiences: self.audiences.clone() }
    }

    fn how_to_look(&self) -> String {
        match &self.from {
            super::TokenSource::File(path) => format!(
                "`kubectl create token --help` lists the options; the middle part of {path} is base64url \
                 of the token's claims."
            ),
            _ => "The middle part of a token is its claims in base64url.".into(),
        }
    }

    /// The API server does not vouch for it: then its claims say nothing, but they help to see why.
    fn rejected(&self, place: &TokenPlace, token: &TokenFacts, error: &str) -> Verdict {
        let claims = token.claims.as_ref();
        let whom = match self.audiences.as_slice() {
            [] => "for itself".to_owned(),
            audiences => format!("for audience {}", audiences.join(", ")),
        };
        let mine = match claims {
            None => "it is not a JWT".to_owned(),
            Some(claims) if claims.aud.is_empty() => "it names no audience".to_owned(),
            Some(claims) => format!("it names the audience {}", claims.aud.join(", ")),
        };
        let why = format!("The API server does not accept the token in {place} for its purpose; {mine}.");
        let expected = format!("a token that is valid {whom}");
        let verdict =
            Verdict::fail(why).with(Evidence::expected(Fact::Token, place.to_string(), expected, mine));
        match error {
            "" => verdict,
            error => {
                verdict.with(Evidence { fact: Fact::Quote, ..Evidence::seen("the API server says", error) })
            }
        }
    }

    /// What differs from what is asked for. The token is authenticated: its claims are true.
    fn problems(
        &self,
        place: &TokenPlace,
        token: &TokenFacts,
        user: &str,
        good_for: &[String],
    ) -> Vec<Evidence> {
        let none = Claims::default();
        let claims = token.claims.as_ref().unwrap_or(&none);
        let mut problems = Vec::new();
        let mut differs = |what: &str, expected: String, seen: String| {
            problems.push(Evidence::expected(Fact::Token, place.to_string(), expected, seen).field(what));
        };
        if let Some(account) = &self.service_account {
            let wanted = format!("system:serviceaccount:{}:{}", account.namespace, account.name);
            if user != wanted {
                differs("sub", wanted, format!("it is {user}'s"));
            }
        }
        let names = |all: &[String]| all.iter().cloned().collect::<BTreeSet<String>>();
        let asked = if self.audiences.is_empty() { good_for } else { &self.audiences };
        // A legacy token names no audience at all, and is good for the API server's.
        if !claims.aud.is_empty() && names(&claims.aud) != names(asked) {
            differs("aud", asked.join(", "), format!("it is for {}", claims.aud.join(", ")));
        } else if names(good_for) != names(asked) {
            differs("aud", asked.join(", "), format!("it is valid only for {}", good_for.join(", ")));
        }
        if let Some(lifetime) = &self.lifetime
            && let Some((expected, seen)) = lifetime.differs(claims.lifetime())
        {
            differs("exp − iat", expected, seen);
        }
        if let Some(bound_to) = &self.bound_to
            && let Some((expected, seen)) = bound_to.held_by(place).differs(claims)
        {
            differs("kubernetes.io", expected, seen);
        }
        problems
    }
}

impl Lifetime {
    fn differs(&self, seconds: Option<i64>) -> Option<(String, String)> {
        let expected = match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least == most => format!("issued for {least} s"),
            (Some(least), Some(most)) => format!("issued for {least} to {most} s"),
            (Some(least), None) => format!("issued for {least} s or more"),
            (None, Some(most)) => format!("issued for {most} s at most"),
            (None, None) => return None,
        };
        let Some(seconds) = seconds else { return Some((expected, "it never expires".into())) };
        let good = self.at_least.is_none_or(|least| seconds >= least)
            && self.at_most.is_none_or(|most| seconds <= most);
        (!good).then(|| (expected, format!("it was issued for {seconds} s")))
    }
}

impl BoundTo {
    /// "A Pod" is the one in which the token was found, where it was found in one.
    fn held_by(&self, place: &TokenPlace) -> Self {
        match (self, place) {
            (Self::Pod(None), TokenPlace::Pod { pod, .. }) => Self::Pod(Some(pod.clone())),
            _ => self.clone(),
        }
    }

    fn differs(&self, claims: &Claims) -> Option<(String, String)> {
        let life = claims.lifeline();
        let (pod, secret) = (life.pod.map(|(name, _)| name), life.secret.map(|(name, _)| name));
        let (good, expected) = match self {
            Self::Nothing => {
                (pod.is_none() && secret.is_none(), "bound to its ServiceAccount only".to_owned())
            }
            Self::Pod(name) => (bound(name.as_ref(), pod.as_ref()), title("Pod", name.as_ref())),
            Self::Secret(name) => {
                // A legacy token lies in a Secret; it is not bound to one.
                let is_bound = claims.legacy.is_none() && bound(name.as_ref(), secret.as_ref());
                (is_bound, title("Secret", name.as_ref()))
            }
        };
        let seen = match (pod, secret) {
            _ if claims.legacy.is_some() => "it is a long-lived token of a Secret".to_owned(),
            (Some(pod), _) => format!("it is bound to Pod {pod}"),
            (None, Some(secret)) => format!("it is bound to Secret {secret}"),
            (None, None) => "it is bound to its ServiceAccount only".to_owned(),
        };
        (!good).then_some((expected, seen))
    }
}

fn bound(wanted: Option<&String>, found: Option<&String>) -> bool {
    found.is_some() && wanted.is_none_or(|wanted| found == Some(wanted))
}

fn title(kind: &str, name: Option<&String>) -> String {
    name.map_or_else(|| format!("bound to a {kind}"), |name| format!("bound to {kind} {name}"))
}

fn describe(token: &TokenFacts, user: &str) -> String {
    let lifetime = token.claims.as_ref().and_then(Claims::lifetime);
    let life =
        lifetime.map_or_else(|| "without an expiry".to_owned(), |seconds| format!("issued for {seconds} s"));
    format!("{user}'s, {life}, sha256 {}", token.sha256)
}
