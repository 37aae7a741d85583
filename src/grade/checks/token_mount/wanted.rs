//! The bound token that `expect: {bound: …}` asks for.

use k8s_openapi::api::core::v1::Pod;

use super::TokenExpectation;
use super::words::{Problem, at, describe, place};
use crate::grade::context::JudgeContext;
use crate::grade::file_path::FilePath;
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{Credential, CredentialKind, Onlooker};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact};

/// The bound token that is asked for.
pub(super) struct Wanted<'a> {
    audience: Option<&'a str>,
    max_seconds: Option<i64>,
    path: Option<FilePath>,
}

impl<'a> Wanted<'a> {
    /// What is asked for; None: no token at all.
    pub(super) fn of(expect: &'a TokenExpectation) -> Option<Self> {
        let TokenExpectation::Bound { audience, max_seconds, path } = expect else { return None };
        Some(Self {
            audience: audience.as_deref(),
            max_seconds: *max_seconds,
            path: path.as_deref().map(FilePath::new),
        })
    }

    /// What of `found` is another credential, or that there is none. `container`: whose they all are.
    pub(super) fn problems(
        &self,
        pod: &Pod,
        found: &[&Credential],
        container: Option<&Onlooker>,
        context: &JudgeContext<'_>,
    ) -> Result<Vec<Problem>, Gap> {
        let mut problems = Vec::new();
        for credential in found {
            if !self.is_wanted(credential, context)? {
                let expected = format!("{} and no other token", self.title());
                let seen = describe(&credential.kind);
                let other = Evidence::expected(Fact::Credential, at(pod), expected, seen);
                problems.push((other.field(place(credential)), Some(credential.kind.clone())));
            }
        }
        if found.is_empty() {
            let seen = if container.is_some() { "no token" } else { "no token in any container" };
            let none = Evidence::expected(Fact::Presence, at(pod), self.title(), seen);
            problems.push((
                match container {
                    Some(container) => none.field(container.title.clone()),
                    None => none,
                },
                None,
            ));
        }
        Ok(problems)
    }

    fn is_wanted(&self, credential: &Credential, context: &JudgeContext<'_>) -> Result<bool, Gap> {
        let CredentialKind::Bound { audience, seconds } = &credential.kind else { return Ok(false) };
        let other = self.max_seconds.is_some_and(|max| *seconds > max)
            || self.path.as_ref().is_some_and(|path| credential.path.as_ref() != Some(path));
        if other {
            return Ok(false);
        }
        match (self.audience, audience) {
            (Some(wanted), Some(asked)) => Ok(wanted == asked),
            (Some(_), None) => Ok(false),
            (None, None) => Ok(true),
            // The API server's audience is its own setting: it is asked for.
            (None, Some(asked)) => match context.seen.saw(&Probe::ApiAudiences)? {
                Observation::Audiences { audiences } => Ok(audiences.contains(asked)),
                _ => Err(Gap::lasting("Could not observe the API server's own audiences")),
            },
        }
    }

    fn title(&self) -> String {
        let mut title = match self.audience {
            Some(audience) => format!("a bound token for audience \"{audience}\""),
            None => "a bound token for the API server".into(),
        };
        if let Some(max) = self.max_seconds {
            title += &format!(" of at most {max} s");
        }
        if let Some(path) = &self.path {
            title += &format!(" at {path}");
        }
        title
    }
}
