//! Grades an attempt and keeps what came of it: the recording, the result, a row of the history.

use jiff::Timestamp;

use super::Session;
use super::error::Result;
use crate::history::{LabCheck, LabRow};
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::result::recording::Recording;

/// A grade that was kept.
#[derive(Debug)]
pub struct Graded {
    /// What it came to.
    pub result: ResultV1,
    recording: Recording,
}

impl Graded {
    /// What a report says after the score.
    pub fn closing(&self) -> Closing<'_> {
        self.recording.closing()
    }
}

impl Session {
    /// Grades `attempt` and keeps the result with its recording; `failed` says how a played script ended badly.
    pub async fn grade(&self, lab: &LabCluster, attempt: &Attempt, failed: Option<String>) -> Result<Graded> {
        self.setting.events.step("Inspecting the cluster");
        let grade = attempt.grade(lab).await;
        let seconds = grade.finished.duration_since(grade.started).as_secs_f64();
        self.setting.events.done(format!("Graded in {seconds:.1} s"));
        let recording = Recording::of(attempt, &grade, failed);
        let result = recording.result_of(&grade);
        // First, so that a result is never beside the recording of another grade.
        let recorded = keep(attempt, &recording);
        match (recorded, attempt.dir.add_result(&result)) {
            (Ok(()), Ok(_)) => {}
            (Err(failure), Ok(_)) => self
                .setting
                .events
                .warn(format!("could not record the grade, but kept its result: {failure}")),
            // It is shown all the same: what was graded is no less true.
            (_, Err(failure)) => self.setting.events.warn(format!(
                "the grade below could not be kept: {failure}\nFree some disk space, and run `satrain check` again."
            )),
        }
        // The result is kept already: a history that cannot be written costs no grade.
        let added = self.history().and_then(|mut history| Ok(history.add_lab(&row(attempt, &result))?));
        if let Err(failure) = added {
            self.setting.events.warn(format!("the grade is not in your history: {failure}"));
        }
        Ok(Graded { result, recording })
    }
}

fn keep(attempt: &Attempt, recording: &Recording) -> std::result::Result<(), String> {
    let bytes = recording.to_bytes().map_err(|e| e.to_string())?;
    attempt.dir.add_recording(&bytes).map(drop).map_err(|e| e.to_string())
}

/// The grade, for the history.
fn row(attempt: &Attempt, result: &ResultV1) -> LabRow {
    let checks = result.checks.iter().map(|check| LabCheck {
        id: check.id.clone(),
        verdict: check.verdict.to_string(),
        points: check.points,
        max: check.max,
    });
    LabRow {
        attempt: attempt.record.id.to_string(),
        scenario: attempt.record.scenario.id.clone(),
        at: Timestamp::now().to_string(),
        points: result.score.points,
        max: result.score.max,
        passed: result.score.passed,
        complete: result.score.complete,
        minutes: Timestamp::now().duration_since(attempt.record.started).as_secs_f64() / 60.0,
        hints: u32::try_from(attempt.record.hints).unwrap_or(u32::MAX),
        solution_shown: attempt.record.solution_shown || attempt.record.solution.is_some(),
        cluster: attempt.record.cluster.provider.to_string(),
        checks: checks.collect(),
    }
}
