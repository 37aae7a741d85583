//! What can come instead of an answer, and what follows from it.
//!
//! In: how a request ended. Out: whether the same request may be repeated, when, and what a person is told.

use std::time::Duration;

use crate::grade::observation::ProbeFailure;
use crate::token::redact;

/// An API that asks to be left alone for longer than this is not asked again by this grade.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// An answer with an error status.
    #[error("the API said {}: {}", .0.code, .0.message)]
    Refused(Refusal),
    /// No answer, or only a part of one: nothing is known.
    #[error("the connection to the API broke: {0}")]
    Broken(String),
    /// A whole answer that is none to this question.
    #[error("the API's answer is unusable: {0}")]
    Malformed(String),
    /// The request could not even be made.
    #[error("the request could not be sent: {0}")]
    Unasked(String),
}

/// An error status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP status code.
    pub(super) code: u16,
    /// What the API says about it.
    pub(super) message: String,
    /// Whether the API itself says so (a `Status` object), and not something on the way to it.
    pub(super) genuine: bool,
    /// How long it asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl Fault {
    /// Whether the same request may be answered a moment later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                let busy = matches!(refusal.code, 408 | 425 | 429 | 500 | 502 | 503 | 504);
                busy && refusal.retry_after.is_none_or(|wait| wait <= MAX_RETRY_AFTER)
            }
            Self::Broken(_) => true,
            Self::Malformed(_) | Self::Unasked(_) => false,
        }
    }

    /// How long the API asks to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// Whether a list that came in several answers has to begin anew.
    pub(super) fn is_expired(&self) -> bool {
        matches!(self, Self::Refused(Refusal { code: 410, .. }))
    }
}

impl From<Fault> for ProbeFailure {
    fn from(fault: Fault) -> Self {
        let message = match &fault {
            Fault::Refused(Refusal { code: 404, genuine: true, .. }) => {
                "the API has no such kind of object (is the apiVersion right?)".into()
            }
            Fault::Refused(Refusal { retry_after: Some(wait), .. }) if *wait > MAX_RETRY_AFTER => {
                format!("{fault} (it asks for a pause of {} s)", wait.as_secs())
            }
            _ => fault.to_string(),
        };
        Self { message: redact(&message).into_owned(), transient: fault.is_transient() }
    }
}
