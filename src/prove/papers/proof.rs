//! What was proved about papers, as data: printed as a matrix, as JSON or as JUnit.

use jiff::Timestamp;
use serde::Serialize;

use crate::result::provenance::ClusterPart;

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PapersProof {
    /// `satrain.dev/paper-proof/v1`.
    pub schema: &'static str,
    /// Where it was proved.
    pub cluster: ClusterPart,
    /// One entry a paper.
    pub papers: Vec<PaperProof>,
    /// What was left on the cluster at the very end.
    pub left: Vec<String>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// Whether everything holds.
    pub holds: bool,
}

impl PapersProof {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/paper-proof/v1";
}

/// One paper.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaperProof {
    /// Its title.
    pub title: String,
    /// Its file; None: it was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The seed that drew it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Its tasks, in their order.
    pub tasks: Vec<TaskProof>,
    /// The grades: first of all tasks unsolved, then after each solution.
    pub rounds: Vec<Round>,
    /// How long it took.
    pub seconds: f64,
}

impl PaperProof {
    /// Whether everything about it holds.
    pub fn holds(&self) -> bool {
        self.tasks.iter().all(|task| task.problems.is_empty())
            && self.rounds.iter().all(|round| round.problems.is_empty())
    }
}

/// A task, and what is wrong with it by itself: it cannot be set up, its question has a wrong key, something of it is left.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskProof {
    /// Its number, from 1 on.
    pub number: usize,
    /// The scenario or question.
    pub id: String,
    /// Whether it is a question.
    pub question: bool,
    /// Whether it was played on its own.
    pub alone: bool,
    /// What it is worth, in per cent of the paper.
    pub weight: u32,
    /// What does not hold; empty is good.
    pub problems: Vec<String>,
    /// How long its setup took.
    pub setup: f64,
}

/// A grade of the tasks that are on the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// The task whose solution was played before; None: nobody has done anything.
    pub solved: Option<usize>,
    /// The grade of each task, in per cent; None: it is not on the cluster.
    pub percent: Vec<Option<u32>>,
    /// What does not hold; empty is good.
    pub problems: Vec<String>,
    /// How long the solution took.
    pub script: f64,
    /// How long the grades took.
    pub grade: f64,
}
