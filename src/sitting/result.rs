//! What an exam came to: the format of its result, written once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::Jump;
use super::entry::EndedBy;
use crate::result::format::ResultV1;

/// The result of an exam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExamResult {
    /// `satrain.dev/exam-result/v1`.
    pub schema: String,
    /// The exam's name.
    pub id: String,
    /// The paper's title.
    pub title: String,
    /// The version of satrain that graded it.
    pub satrain: String,
    /// The seed that drew the paper, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Whether checks, hints and pauses were allowed: it does not count as an exam then.
    pub practice: bool,
    /// What of that was used; None: it was no practice, or the first version wrote the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practised: Option<Practised>,
    /// When the clock began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Why it ended.
    pub ended_by: EndedBy,
    /// How long it lasted without extra time, in seconds.
    pub seconds: u64,
    /// More time.
    pub extra: Vec<ExtraTime>,
    /// How much of all that was used, in seconds.
    pub used: u64,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// The sum.
    pub score: ExamScore,
    /// Each task, in the order of their numbers.
    pub tasks: Vec<TaskResult>,
    /// How the wall clock was set meanwhile.
    pub jumps: Vec<Jump>,
    /// What else is to be known, in sentences: lines of the journal that were lost, a scenario that changed meanwhile.
    pub remarks: Vec<String>,
    /// The candidate's notes.
    pub notes: String,
}

impl ExamResult {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/exam-result/v1";

    /// How long it lasted with all extra time, in seconds.
    pub fn whole_time(&self) -> u64 {
        self.extra.iter().fold(self.seconds, |sum, extra| sum.saturating_add(extra.seconds))
    }
}

/// More time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtraTime {
    /// When it was given.
    pub at: Timestamp,
    /// How much, in seconds.
    pub seconds: u64,
    /// Why.
    pub reason: String,
}

/// What was used that only practice allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Practised {
    /// How often a task was graded.
    pub checks: u32,
    /// How many hints were shown.
    pub hints: u32,
    /// How often the clock stood still.
    pub pauses: u32,
    /// For how long altogether, in seconds.
    pub paused: u64,
}

/// The sum of all tasks that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "WrittenScore")]
pub struct ExamScore {
    /// Earned, in hundredths of a per cent of the whole paper.
    pub earned: u32,
    /// What all tasks together are worth that could be graded, in hundredths of a per cent of the whole paper.
    pub of: u32,
    /// Earned, in per cent of what could be graded, rounded down to whole ones; None: no task could be graded.
    pub percent: Option<u32>,
    /// Whether that is the pass mark, or more; None: no task could be graded.
    pub passed: Option<bool>,
    /// Whether every task could be graded.
    pub complete: bool,
}

/// A score as it is read. The first version wrote 0 per cent, not passed, where no task could be graded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenScore {
    earned: u32,
    of: u32,
    percent: Option<u32>,
    passed: Option<bool>,
    complete: bool,
}

impl From<WrittenScore> for ExamScore {
    fn from(written: WrittenScore) -> Self {
        let WrittenScore { earned, of, percent, passed, complete } = written;
        let is_known = of > 0;
        Self {
            earned,
            of,
            percent: percent.filter(|_| is_known),
            passed: passed.filter(|_| is_known),
            complete,
        }
    }
}

/// A task, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskResult {
    /// Its number, from 1 on.
    pub number: usize,
    /// The id of its scenario or question.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its host; None: it is a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Its domains of the curriculum, by their names in scenario files.
    pub domains: Vec<String>,
    /// What it is worth, in per cent.
    pub weight: u32,
    /// Expected minutes.
    pub minutes: u32,
    /// What its points come to.
    pub status: Status,
    /// Earned, in hundredths of a per cent of the whole paper.
    pub earned: u32,
    /// Whether it was flagged at the end.
    pub flagged: bool,
    /// Whether its text was ever shown.
    pub read: bool,
    /// Whether anybody worked on it, or answered it.
    pub touched: bool,
    /// The grade of its lab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<ResultV1>,
    /// What was answered to its question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerResult>,
    /// The stays on its host.
    pub stays: Vec<Stay>,
    /// What it was worth each time when its host was left.
    pub observed: Vec<Worth>,
    /// What its host's user asked of the API; None: there is no log of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
}

impl TaskResult {
    /// What it is worth, in hundredths of a per cent of the whole paper; 0: it does not count.
    pub fn of(&self) -> u32 {
        match self.status {
            Status::Void { .. } => 0,
            Status::Graded | Status::ChangedLate { .. } => self.weight.saturating_mul(100),
        }
    }
}

/// What the points of a task come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Status {
    /// They count.
    Graded,
    /// Its lab was changed after the deadline, and nobody knows what it was like then: it earns nothing.
    ChangedLate {
        /// The first change after it.
        at: Timestamp,
    },
    /// Its lab, or its grader, failed: it counts neither way.
    Void {
        /// Why.
        why: String,
    },
}

/// What was answered to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerResult {
    /// What was typed; None: nothing.
    pub typed: Option<String>,
    /// Points earned.
    pub points: u32,
    /// Points that could be earned.
    pub of: u32,
    /// What is right, as it would be typed.
    pub right: String,
    /// Why.
    pub why: String,
    /// The question as it was shown; None: the first version wrote the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// A question as it was shown, with what was answered and what is right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// What was asked.
    pub question: String,
    /// What was chosen from, put in order or put to items, in the order in which it was shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<AskedOption>,
    /// What options belong to: the left sides of pairs, or places from first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AskedItem>,
    /// The text of which lines were to be named; the label of a line is its number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<AskedOption>,
    /// What is to be said of the answer to a question without options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// An option, or a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedOption {
    /// Its letter or number.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Whether it was chosen; None: it belongs to an item, or to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_chosen: Option<bool>,
    /// Whether it is right; None: it belongs to an item, or to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_right: Option<bool>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A left side of a pair, or a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedItem {
    /// Its number, from 1 on.
    pub number: usize,
    /// What it says; empty: it is a place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The letter that was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// The letter that is right.
    pub key: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What is to be said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Whether it is about what is right.
    pub is_right: bool,
    /// What it is about.
    pub about: String,
    /// Why.
    pub why: String,
}

/// A stay on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// From when.
    pub from: Timestamp,
    /// Until when; the end of the exam, where nobody came back.
    pub until: Timestamp,
}

/// What a task was worth at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// When.
    pub at: Timestamp,
    /// Points.
    pub points: u32,
    /// Of how many.
    pub max: u32,
}

/// What the user of a host asked of the API, by its audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// The first request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// How many there were.
    pub requests: u32,
    /// How many of them changed something.
    pub changes: u32,
    /// Seconds of work: from the first to the last request of each stretch without a long pause.
    pub active: u64,
    /// These stretches; empty in results of the first version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<Stay>,
    /// Changes in the Namespaces of other tasks: these tasks' numbers, and how many changes.
    pub elsewhere: Vec<Elsewhere>,
}

/// Work on a host that is another task's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The task whose Namespaces were changed.
    pub task: usize,
    /// How many changes.
    pub changes: u32,
    /// The first of them.
    pub first: Timestamp,
}
