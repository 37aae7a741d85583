//! The learner's turn: a script is played, or a shell is opened, while nobody else takes the attempt's place.

use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Session;
use super::error::Result;
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::script::Manner;
use crate::lab::shell;
use crate::lab::store::player::Turn;
use crate::lab::store::record::{AttemptRecord, Phase};
use crate::printable::printable;

impl Session {
    /// Plays the script `text` as the learner. Gives how it ended, unless it ended well.
    pub async fn play(
        &self,
        lab: &LabCluster,
        attempt: &Attempt,
        (name, text, manner): (&str, &str, Manner),
        limit: Duration,
    ) -> Result<Option<String>> {
        self.setting.events.step(format!("Playing {name}"));
        let began = Instant::now();
        let told = |line: String| self.setting.events.note(format!("│ {}", printable(&line)));
        let ended = attempt.play(lab, (text, manner), limit, told).await?;
        if ended.well() {
            self.setting.events.done(format!("Played {name} in {:.1} s", began.elapsed().as_secs_f32()));
            return Ok(None);
        }
        self.setting.events.warn(format!("the script {ended}; grading what it did until then"));
        Ok(Some(ended.to_string()))
    }

    /// Gives the terminal to the learner's shell until it ends. The caller leaves Ctrl-C to the shell meanwhile.
    pub async fn open_shell(&self, lab: &LabCluster, attempt: &Attempt) -> Result<()> {
        let shell = self.shell(lab, attempt)?;
        shell::run(shell).await?;
        Ok(())
    }

    /// The learner's shell, to be started where the caller likes.
    pub fn shell(&self, lab: &LabCluster, attempt: &Attempt) -> Result<Command> {
        let around = lab.shell_env(&attempt.dir, &attempt.bound)?;
        let mut extra: Vec<(&str, OsString)> = vec![
            ("SATRAIN_LAB", attempt.record.id.to_string().into()),
            ("SATRAIN_STATE", self.setting.state.clone().into_os_string()),
        ];
        if !self.setting.packs.is_empty() {
            extra.push(("SATRAIN_SCENARIOS", std::env::join_paths(&self.setting.packs).unwrap_or_default()));
        }
        let startup = shell::startup(&shell::prompt(&attempt.record.scenario.id));
        Ok(shell::command(&around, &extra, &attempt.shell_rc(), &startup)?)
    }

    /// Takes a turn at an attempt that is there already; `what` names it for others.
    pub fn take_turn(&self, attempt: &Attempt, what: &str) -> Result<Turn> {
        let _lock = self.lock(&self.store())?;
        Ok(attempt.dir.take_turn(what)?)
    }

    /// Refuses to grade what a script is still at work on. The shell of the attempt may be open.
    pub fn must_not_be_under_way(&self, record: &AttemptRecord) -> Result<()> {
        let inside = self.setting.inside.as_deref() == Some(record.id.as_str());
        if record.solution.is_some() && !inside {
            self.store().dir(&record.id).must_be_idle()?;
        }
        Ok(())
    }

    /// The attempt as it is now, ready to be graded: `satrain reset` inside the shell takes a new baseline, or ends it.
    /// None: it was ended. The caller has the store's lock.
    pub fn as_it_is_now(&self, attempt: Attempt) -> Result<Option<Attempt>> {
        let Some(record) = attempt.dir.record()?.filter(|record| record.phase != Phase::Ended) else {
            return Ok(None);
        };
        let attempt = Attempt::resume(&self.store(), record, attempt.bound)?;
        attempt.must_be_ready()?;
        Ok(Some(attempt))
    }
}
