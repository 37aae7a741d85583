//! `tokenDead`: a token that was captured right after setup is rejected now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CheckSpec;
use super::replay::{self, Fate};
use super::source::{Places, TokenSource};
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;
use crate::grade::verdict::Verdict;

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenDeadSpec {
    /// Where the token was right after setup.
    pub of: TokenSource,
}

impl CheckSpec for TokenDeadSpec {
    fn containers(&self) -> Vec<&str> {
        self.of.container().into_iter().collect()
    }

    fn mistake(&self) -> Option<String> {
        self.of.mistake()
    }

    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let places = self.of.places_at_setup(context)?;
        if places.is_empty() {
            return match self.of.settled(context)? {
                Places::Nothing(nothing) if context.baseline.is_taking() => Ok(*nothing),
                _ => Err(context.author_error("there was no token to capture right after setup")),
            };
        }
        let fates = replay::fates(&places, context)?;
        if let Some(verdict) = replay::verdict(&fates) {
            return Ok(verdict.next_step(super::next_step::REVIEW));
        }
        let dead = fates.into_iter().filter_map(|f| if let Fate::Dead(e) = f { Some(e) } else { None });
        Ok(Verdict::pass("The token from the start is now rejected.").with_all(dead))
    }

    fn next_step(&self) -> Option<String> {
        self.of.next_step()
    }
}
