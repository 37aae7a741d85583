//! What is written down about an exam, one line each: the form of its journal.
//!
//! A form that was released is read for good: fields are only added, with defaults, and events are never taken away.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::clock::Moment;
use crate::lab::store::record::{AttemptId, ClusterRef};

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    #[serde(flatten)]
    pub moment: Moment,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened in an exam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// A paper was chosen: the first line of every journal.
    Opened(Opened),
    /// A task is on its cluster.
    SetUp {
        /// Its number.
        task: usize,
        /// The attempt that plays it.
        attempt: AttemptId,
        /// Where.
        cluster: ClusterRef,
    },
    /// The clock runs.
    Begun,
    /// Somebody gave more time.
    Extra {
        /// How much.
        seconds: u64,
        /// Why, in a sentence.
        reason: String,
    },
    /// A task's text was shown.
    Read {
        /// Its number.
        task: usize,
    },
    /// Somebody went to a task's host.
    Entered {
        /// The task's number.
        task: usize,
    },
    /// Somebody came back from it.
    Left {
        /// The task's number.
        task: usize,
    },
    /// A flag was set, or taken away.
    Flagged {
        /// The task's number.
        task: usize,
        /// Whether it is set.
        set: bool,
    },
    /// The notes are these now.
    Noted {
        /// All of them.
        text: String,
    },
    /// A question was answered; the last answer counts.
    Answered {
        /// The task's number.
        task: usize,
        /// What was typed; empty: the answer was taken back.
        text: String,
    },
    /// The clock stands still (practice only), or runs again.
    Paused {
        /// Whether it stands still.
        on: bool,
    },
    /// A task was graded for the candidate (practice only).
    Checked {
        /// Its number.
        task: usize,
    },
    /// The exam is still open somewhere: what passes while the machine is off is told by these.
    Alive,
    /// What a task was worth when its host was left; shown after the end only.
    Observed {
        /// Its number.
        task: usize,
        /// Points that it had then.
        points: u32,
        /// How many there are.
        max: u32,
    },
    /// Nothing counts any more that comes after this.
    Ended {
        /// Why.
        by: EndedBy,
    },
    /// It is graded, and the result is written.
    Graded,
    /// It was given up: it does not count.
    Abandoned {
        /// Why, in a sentence; empty: nobody said.
        #[serde(default)]
        reason: String,
    },
    /// Something that a newer satrain wrote.
    #[serde(other)]
    Unknown,
}

/// The first line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// `satrain.dev/exam/v1`.
    pub schema: String,
    /// The exam's name.
    pub id: String,
    /// The version of satrain.
    pub satrain: String,
    /// The paper's title.
    pub title: String,
    /// How long it lasts without extra time, in seconds.
    pub seconds: u64,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// The seed that drew the paper, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether checks, hints and pauses are allowed, so that it does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub practice: bool,
    /// Folders with further scenarios, of which the paper has some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PathBuf>,
    /// The tasks, in the order of their numbers.
    pub tasks: Vec<Place>,
}

impl Opened {
    /// Version of the journal.
    pub const SCHEMA: &'static str = "satrain.dev/exam/v1";
}

/// What a candidate may know of a task without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Its number, from 1 on.
    pub number: usize,
    /// The id of its scenario or question.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is worth, in per cent.
    pub weight: u32,
    /// Expected minutes.
    pub minutes: u32,
    /// Its host; None: it is a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The name of the cluster that it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// Why an exam ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The candidate said so.
    Candidate,
    /// The time was over.
    Deadline,
}
