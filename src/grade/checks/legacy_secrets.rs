//! `legacySecrets`: which Secrets of type `kubernetes.io/service-account-token` are left, and whether the tokens that
//! they held right after setup still work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CheckSpec;
use super::replay::{self, Fate};
use crate::grade::View;
use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::Gap;
use crate::grade::probe::Probe;
use crate::grade::token_ref::TokenPlace;
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegacySecretsSpec {
    /// In which namespace; left out: in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Names of those that may stay, with tokens that work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// How many there must have been right after setup (1 by default): without any there is nothing to show.
    #[serde(default = "one")]
    pub at_least: usize,
}

fn one() -> usize {
    1
}

/// The type of a Secret that holds a long-lived token.
const LEGACY: &str = "kubernetes.io/service-account-token";

impl LegacySecretsSpec {
    fn list(&self) -> Probe {
        Probe::list("v1", "Secret", self.namespace.as_deref())
    }

    /// The legacy Secrets that must go, in what was listed.
    fn condemned<'a>(&'a self, listed: View<'a>) -> Result<impl Iterator<Item = &'a Value>, Gap> {
        let items = listed.objects(&self.list())?;
        Ok(items.iter().filter(|secret| {
            let kept = self.except.iter().any(|name| name == text(secret, "/metadata/name"));
            text(secret, "/type") == LEGACY && !kept
        }))
    }

    fn places(&self, then: View<'_>) -> Result<Vec<TokenPlace>, Gap> {
        let place = |secret: &Value| {
            TokenPlace::secret(text(secret, "/metadata/namespace"), text(secret, "/metadata/name"))
        };
        Ok(self.condemned(then)?.map(place).collect())
    }
}

impl CheckSpec for LegacySecretsSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let places = self.places(context.at_setup())?;
        if places.len() < self.at_least {
            let what =
                format!("{} legacy Secrets right after setup, {} required", places.len(), self.at_least);
            return Err(context.author_error(what));
        }
        let now = self.condemned(context.seen);
        let fates = replay::fates(&places, context)?;
        let look = format!(
            "`kubectl get secrets {} --field-selector type={LEGACY}` lists them.",
            self.namespace.as_ref().map_or("-A".into(), |n| format!("-n {n}"))
        );
        let mut left = Vec::new();
        for secret in now? {
            let name =
                format!("Secret {}/{}", text(secret, "/metadata/namespace"), text(secret, "/metadata/name"));
            if secret.pointer("/metadata/deletionTimestamp").is_some() {
                return Ok(Verdict::not_yet(format!("{name} is being deleted")).next_step(look));
            }
            left.push(Evidence::expected(
                Fact::Presence,
                name,
                "gone",
                "present, of type service-account-token",
            ));
        }
        if let Some(first) = left.first() {
            let more = if left.len() > 1 { format!(" ({} in total)", left.len()) } else { String::new() };
            let why = format!("A Secret with a long-lived token is left{more}: {}.", first.at);
            let alive = fates.into_iter().filter_map(|f| if let Fate::Alive(e) = f { Some(e) } else { None });
            return Ok(Verdict::fail(why).with_all(left).with_all(alive.take(10)).next_step(look));
        }
        if let Some(verdict) = replay::verdict(&fates) {
            return Ok(verdict.next_step(look));
        }
        let dead = fates.into_iter().filter_map(|f| if let Fate::Dead(e) = f { Some(e) } else { None });
        let why = format!("All {} long-lived tokens are gone and rejected.", places.len());
        Ok(Verdict::pass(why).with_all(dead))
    }
}
