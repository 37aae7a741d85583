//! Why a probe saw nothing: the machinery failed, or whoever works in the lab keeps it from being seen.
//!
//! In: what went wrong. Out: a failure, which makes a check `unknown`, or [`Observation::Withheld`], which does not.

use super::fault::{Fault, Refusal};
use crate::grade::observation::{Observation, ProbeFailure};
use crate::token::redact;

/// Instead of an answer.
#[derive(Debug)]
pub(super) enum Unseen {
    /// The machinery could not answer.
    Failed(ProbeFailure),
    /// The lab hides it.
    Withheld {
        /// What hides it.
        why: String,
        /// Whether that may pass by itself.
        passing: bool,
    },
}

impl Unseen {
    /// The machinery could not answer.
    pub(super) fn failed(message: impl Into<String>, transient: bool) -> Self {
        Self::Failed(ProbeFailure { message: message.into(), transient })
    }

    /// The lab hides it, until somebody changes it.
    pub(super) fn withheld(why: impl AsRef<str>) -> Self {
        Self::Withheld { why: redact(why.as_ref()).into_owned(), passing: false }
    }

    /// The lab hides it for now.
    pub(super) fn for_now(why: impl AsRef<str>) -> Self {
        Self::Withheld { why: redact(why.as_ref()).into_owned(), passing: true }
    }

    /// What is recorded.
    pub(super) fn outcome(self) -> Result<Observation, ProbeFailure> {
        match self {
            Self::Failed(failure) => Err(failure),
            Self::Withheld { why, passing } => Ok(Observation::Withheld { why, passing }),
        }
    }
}

/// What admission of the cluster says when it refuses the grader: its machinery admits it, so a webhook or a policy
/// that somebody made does not. None: the message is about something else.
pub(super) fn refused_by_admission(message: &str) -> Option<Unseen> {
    let refused = message.contains("denied the request") || message.contains("denied request:");
    if refused {
        return Some(Unseen::withheld(format!("an admission webhook or policy refuses it: {message}")));
    }
    let broken = message.contains("failed calling webhook");
    broken.then(|| Unseen::for_now(format!("an admission webhook for it does not answer: {message}")))
}

impl From<ProbeFailure> for Unseen {
    fn from(failure: ProbeFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Fault> for Unseen {
    fn from(fault: Fault) -> Self {
        let by_admission = match &fault {
            Fault::Refused(Refusal { genuine: true, message, .. }) => refused_by_admission(message),
            _ => None,
        };
        by_admission.unwrap_or_else(|| Self::Failed(fault.into()))
    }
}
