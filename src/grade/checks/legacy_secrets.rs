//! `legacySecrets`: which Secrets with a long-lived token are left, of whatever type, and whether the tokens that those of
//! type `kubernetes.io/service-account-token` held right after setup still work. A ConfigMap with such a token is as bad.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CheckSpec;
use super::replay::{self, Fate};
use super::stored_token::long_lived;
use crate::grade::View;
use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::Gap;
use crate::grade::probe::Probe;
use crate::grade::token_ref::TokenPlace;
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::token::SECRET_TYPE;

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegacySecretsSpec {
    /// In which namespace; left out: in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Names of those that may stay, with the tokens that they held right after setup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// How many there must have been right after setup (1 by default): without any there is nothing to show.
    #[serde(default = "one")]
    pub at_least: usize,
}

fn one() -> usize {
    1
}

/// Whether a token was another Secret's that is not there any more: then the API server rejects it.
fn is_of_a_secret_that_is_gone(token: &Value, secrets: &[Value], listed: Option<&str>) -> bool {
    let legacy = |field: &str| token.pointer(&format!("/jwt/legacy/{field}")).and_then(Value::as_str);
    let (Some(namespace), Some(name)) = (legacy("namespace"), legacy("secret")) else { return false };
    let is_there = |secret: &Value| place(secret) == (namespace, name) && is_legacy(secret);
    listed.is_none_or(|listed| listed == namespace) && !name.is_empty() && !secrets.iter().any(is_there)
}

impl LegacySecretsSpec {
    fn list(&self) -> Probe {
        Probe::list("v1", "Secret", self.namespace.as_deref())
    }

    /// The objects that must go, each with what is said of it.
    fn condemned<'a>(&self, context: &JudgeContext<'a>) -> Result<Vec<(&'a Value, &'static str)>, Gap> {
        let maps = Probe::list("v1", "ConfigMap", self.namespace.as_deref());
        // A recording of an earlier version may have no list of them.
        let maps = if context.seen.is_answered(&maps) { context.seen.objects(&maps) } else { Ok(&[][..]) };
        let (then, secrets) = (context.at_setup().objects(&self.list()), context.seen.objects(&self.list()));
        let (then, secrets, maps) = (then?, secrets?, maps?);
        let ended = |token: &Value| is_of_a_secret_that_is_gone(token, secrets, self.namespace.as_deref());
        let holds = |object: &Value| long_lived(object, context.now).any(|token| !ended(token));
        let mut condemned = Vec::new();
        for secret in secrets {
            let before = then.iter().find(|before| place(before) == place(secret));
            let is_new =
                |token: &Value| before.is_none_or(|b| long_lived(b, context.now).all(|old| old != token));
            let more = if self.keeps(secret) && is_legacy(secret) {
                long_lived(secret, context.now).any(is_new)
            } else {
                holds(secret)
            };
            if is_legacy(secret) && !self.keeps(secret) {
                condemned.push((secret, "present, of type service-account-token"));
            } else if more {
                condemned.push((secret, "present, with a long-lived token"));
            }
        }
        let maps = maps.iter().filter(|map| holds(map));
        condemned.extend(maps.map(|map| (map, "present, with a long-lived token")));
        Ok(condemned)
    }

    fn keeps(&self, secret: &Value) -> bool {
        self.except.iter().any(|name| name == text(secret, "/metadata/name"))
    }

    fn places(&self, then: View<'_>) -> Result<Vec<TokenPlace>, Gap> {
        let secrets = then.objects(&self.list())?.iter();
        let condemned = secrets.filter(|secret| is_legacy(secret) && !self.keeps(secret)).map(place);
        Ok(condemned.map(|(namespace, name)| TokenPlace::secret(namespace, name)).collect())
    }
}

fn is_legacy(secret: &Value) -> bool {
    text(secret, "/type") == SECRET_TYPE
}

/// Where an object is: its Namespace and name.
fn place(object: &Value) -> (&str, &str) {
    (text(object, "/metadata/namespace"), text(object, "/metadata/name"))
}

impl CheckSpec for LegacySecretsSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let places = self.places(context.at_setup())?;
        if places.len() < self.at_least {
            let what =
                format!("{} legacy Secrets right after setup, {} required", places.len(), self.at_least);
            return Err(context.author_error(what));
        }
        let now = self.condemned(context);
        let fates = replay::fates(&places, context)?;
        let look = format!(
            "`kubectl get secrets {} --field-selector type={SECRET_TYPE}` lists them.",
            self.namespace.as_ref().map_or("-A".into(), |n| format!("-n {n}"))
        );
        let mut left = Vec::new();
        for (object, seen) in now? {
            let kind = text(object, "/kind");
            let (namespace, name) = place(object);
            let name = format!("{kind} {namespace}/{name}");
            if object.pointer("/metadata/deletionTimestamp").is_some() {
                return Ok(Verdict::not_yet(format!("{name} is being deleted")).next_step(look));
            }
            left.push(Evidence::expected(Fact::Presence, name, "gone", seen));
        }
        if let Some(first) = left.first() {
            let more = if left.len() > 1 { format!(" ({} in total)", left.len()) } else { String::new() };
            let kind = first.at.split(' ').next().unwrap_or_default();
            let why = format!("A {kind} with a long-lived token is left{more}: {}.", first.at);
            let alive = fates.into_iter().filter_map(|f| if let Fate::Alive(e) = f { Some(e) } else { None });
            return Ok(Verdict::fail(why).with_all(left).with_all(alive.take(10)).next_step(look));
        }
        if let Some(verdict) = replay::verdict(&fates) {
            return Ok(verdict.next_step(look));
        }
        let dead = fates.into_iter().filter_map(|f| if let Fate::Dead(e) = f { Some(e) } else { None });
        let why = match places.len() {
            0 => "No Secret with a long-lived token is there.".into(),
            many => format!("All {many} long-lived tokens are gone and rejected."),
        };
        Ok(Verdict::pass(why).with_all(dead))
    }
}
