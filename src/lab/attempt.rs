//! An attempt from its beginning to its end. Each step is written down before it is taken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::clean;
use super::cleanup::ownership::Owned;
use super::cleanup::{self, Removed};
use super::cluster::{LabCluster, restore_kubeconfig};
use super::error::{LabError, Result, io};
use super::inventory::{Entry, Inventory};
use super::neighbours::{Neighbours, known, neighbours};
use super::orphans;
use super::prepare::{self, Beginning, Preparation};
use super::reach;
use super::script::{self, Ended, Manner};
use super::store::names::{BASELINE, INVENTORY, SALT, SCRIPT, VAULT};
use super::store::record::{AttemptId, AttemptRecord, Phase, ScenarioRef};
use super::store::seal::Seal;
use super::store::{AttemptDir, Store};
use super::workspace;
use crate::cluster::checkpoints::Moment;
use crate::fs::{Durability, write_atomic};
use crate::grade::observation::Observations;
use crate::grade::{self, Baseline, ClusterProber, Grade, GradeRequest, Look, Lookout, Salt, Vault};
use crate::scenario::{BoundScenario, Origin};

/// An attempt in progress.
#[derive(Debug)]
pub struct Attempt {
    /// What is written down about it.
    pub record: AttemptRecord,
    /// Where.
    pub dir: AttemptDir,
    /// What is played.
    pub bound: BoundScenario,
    /// What was true right after setup.
    pub baseline: Observations,
    /// The tokens that were captured then.
    pub vault: Vault,
    /// What else the cluster held.
    pub inventory: Option<Inventory>,
    /// With which the digests of Secrets' values are made; it never leaves the attempt's folder.
    pub salt: Salt,
}

/// How an attempt begins.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    /// Its name, where the caller wants to know it before; else a fresh one.
    pub id: Option<AttemptId>,
    /// The seed that drew the parameters, for the record.
    pub seed: Option<u64>,
    /// The solution that will be played, for the record.
    pub solution: Option<String>,
    /// Earlier attempts that this one replaces.
    pub replaces: Vec<AttemptRecord>,
    /// Whether nobody else is at work on the cluster, so that its whole state may be brought back afterwards.
    pub exclusive: bool,
    /// Whether to remember what else the cluster holds, so that reset finds what was made elsewhere.
    pub take_inventory: bool,
}

impl Attempt {
    /// Writes the attempt down, sets it up and records the baseline. What cannot be set up is removed again,
    /// except what merely does not become ready: that can be looked at. The record of an attempt whose setup is worth
    /// another try stays.
    pub async fn begin(
        store: &Store,
        lab: &LabCluster,
        bound: BoundScenario,
        options: StartOptions,
    ) -> Result<Self> {
        let mut record = AttemptRecord {
            schema: AttemptRecord::SCHEMA.into(),
            id: options.id.unwrap_or_else(|| AttemptId::fresh(&bound.scenario.id)),
            scenario: reference(&bound),
            values: bound.values.clone(),
            seed: options.seed,
            cluster: lab.cluster.clone(),
            namespaces: bound.namespaces(),
            adopts: Vec::new(),
            before: None,
            phase: Phase::SettingUp,
            started: Timestamp::now(),
            hints: 0,
            solution_shown: false,
            exclusive: bound.scenario.exclusive,
            solution: options.solution,
            seal: Seal::default(),
        };
        record.adopts = options.replaces.iter().flat_map(AttemptRecord::owners).cloned().collect();
        let dir = store.create(&record)?;
        for old in options.replaces {
            // What the new attempt needs is emptied, the rest is deleted.
            end(store, lab, old, &record.namespaces).await?;
        }
        if options.take_inventory && options.exclusive {
            record.before = checkpoint_now(lab).await;
            dir.save_record(&record)?;
        }
        let mut attempt = Self::new(record, dir, bound);
        match attempt.prepare(store, lab, options.take_inventory).await {
            Ok(()) => attempt.enter(Phase::Ready)?,
            Err(error) => {
                // The first error says more than one of the removal; the record stays if that fails.
                match &error {
                    LabError::NotReady { .. } => {}
                    again if again.is_worth_another_try() => drop(attempt.clear(store, lab).await),
                    _ => drop(attempt.end(store, lab).await),
                }
                return Err(attempt.failed(error));
            }
        }
        Ok(attempt)
    }

    /// Takes up an attempt that another process began.
    pub fn resume(store: &Store, record: AttemptRecord, bound: BoundScenario) -> Result<Self> {
        let dir = store.dir(&record.id);
        let mut attempt = Self::new(record, dir, bound);
        attempt.salt = attempt.dir.read(SALT)?.unwrap_or_default();
        attempt.vault = attempt.dir.read(VAULT)?.unwrap_or_default();
        attempt.baseline = attempt.dir.read(BASELINE)?.unwrap_or_default();
        attempt.inventory = attempt.dir.read(INVENTORY)?;
        Ok(attempt)
    }

    fn new(record: AttemptRecord, dir: AttemptDir, bound: BoundScenario) -> Self {
        let (baseline, vault, salt) = (Observations::default(), Vault::default(), Salt::default());
        Self { record, dir, bound, baseline, vault, inventory: None, salt }
    }

    /// Sets up what the record says and takes over what is true then.
    async fn prepare(&mut self, store: &Store, lab: &LabCluster, take_inventory: bool) -> Result<()> {
        let preparation = Preparation { lab, record: &self.record, dir: &self.dir, bound: &self.bound };
        // Also for who removes it after a failure.
        self.inventory = preparation.set_up(store, take_inventory).await?;
        let Beginning { baseline, vault, salt } = preparation.observe().await?;
        (self.baseline, self.vault, self.salt) = (baseline, vault, salt);
        self.record.seal = self.dir.seal()?;
        Ok(())
    }

    /// Refuses an attempt that is not in a state to be played, or of which somebody changed what setup wrote down.
    pub fn must_be_ready(&self) -> Result<()> {
        let doing = match self.record.phase {
            Phase::Ready => return self.dir.must_match(&self.record.seal, self.record.id.as_str()),
            Phase::SettingUp => "set up",
            Phase::Removing | Phase::Ended => "removed",
        };
        Err(LabError::Unfinished { id: self.record.id.to_string(), doing })
    }

    /// Refuses an attempt that somebody has ended, or set up again, since it was read.
    pub fn must_be_the_same(&self) -> Result<()> {
        let overtaken = |what| LabError::Overtaken { id: self.record.id.to_string(), what };
        match self.dir.record()? {
            None => Err(overtaken("ended")),
            Some(now) if matches!(now.phase, Phase::Removing | Phase::Ended) => Err(overtaken("ended")),
            Some(now) if now.started != self.record.started => Err(overtaken("reset")),
            Some(_) => Ok(()),
        }
    }

    /// Removes exactly what the attempt made and sets it up again, from the same parameters.
    /// `take_inventory` as in [`StartOptions`].
    pub async fn reset(&mut self, store: &Store, lab: &LabCluster, take_inventory: bool) -> Result<Removed> {
        self.enter(Phase::Removing)?;
        let keep = self.record.namespaces.clone();
        let removed = remove(store, lab, &self.record, self.inventory.as_ref(), &keep).await?;
        // What others hold now is not what was there before this attempt.
        if self.record.before.is_some() && neighbours(store, &self.record)?.is_empty() {
            self.record.before = checkpoint_now(lab).await;
        }
        // The mark of a solution that was shown stays: the values are the same.
        self.record.hints = 0;
        self.record.solution = None;
        self.record.started = Timestamp::now();
        restore_kubeconfig(&self.dir)?;
        self.enter(Phase::SettingUp)?;
        let others: Vec<AttemptRecord> =
            neighbours(store, &self.record)?.into_iter().filter(is_at_work).collect();
        if !others.is_empty() {
            clean::must_not_concern_all(lab, &others).await?;
        }
        self.prepare(store, lab, take_inventory).await.map_err(|error| self.failed(error))?;
        self.enter(Phase::Ready)?;
        Ok(removed)
    }

    /// Removes what a failed setup has made; the attempt stays.
    async fn clear(&self, store: &Store, lab: &LabCluster) -> Result<()> {
        remove(store, lab, &self.record, self.inventory.as_ref(), &[]).await.map(drop)
    }

    /// An error of setup, with the attempt's name where that is of use.
    fn failed(&self, error: LabError) -> LabError {
        match error.is_worth_another_try() {
            true => LabError::SetupFailed { id: self.record.id.to_string(), why: Box::new(error) },
            false => error,
        }
    }

    /// Removes exactly what the attempt made; its results are kept.
    pub async fn end(&mut self, store: &Store, lab: &LabCluster) -> Result<Removed> {
        end_recorded(store, lab, &mut self.record, self.inventory.as_ref(), &[]).await
    }

    /// Whether setup makes nothing outside of the attempt's namespaces.
    pub fn stays_inside(&self, lab: &LabCluster) -> Result<bool> {
        prepare::all_namespaced(&self.bound, &lab.kinds)
    }

    /// Ends what runs in the namespaces, which must be all that it has beside cluster-scoped objects that are named
    /// after them, and leaves them and the record: [`delete`] and [`remaining`] conclude it.
    pub async fn discard(mut self, store: &Store, lab: &LabCluster) -> Result<AttemptRecord> {
        self.enter(Phase::Removing)?;
        orphans::end(&self.dir.workspace());
        let wide = self.bound.scenario.proof.together;
        cleanup::discard::stop(&lab.client, &lab.kinds, &owned(store, lab, &self.record, None)?, wide)
            .await?;
        Ok(self.record)
    }

    /// Asks the cluster and judges.
    pub async fn grade(&self, lab: &LabCluster) -> Grade {
        grade::grade(&self.ask(lab), &self.request()).await
    }

    /// The same on a machine that is busy with many attempts: waits up to `patience` for what converges, and as
    /// long for each answer.
    pub async fn grade_patiently(&self, lab: &LabCluster, patience: Duration) -> Grade {
        let ask = self.ask(lab).with_timeout(patience);
        grade::grade_patiently(&ask, &self.request(), patience).await
    }

    /// One look, without waiting for anything but the answers: for who only asks whether something is wrong
    /// already.
    pub async fn grade_at_once(&self, lab: &LabCluster, timeout: Duration) -> Grade {
        let ask = self.ask(lab).with_timeout(timeout);
        grade::grade_at_once(&ask, &self.request()).await
    }

    /// One look for whoever only watches; `programs`: whether programs in Pods are run for it.
    pub async fn look(&self, lab: &LabCluster, lookout: &mut Lookout, programs: bool) -> Look {
        lookout.look(&self.ask(lab), &self.request(), programs).await
    }

    /// Returns when a list that `seen` holds changed, and after `at_most` at the latest.
    pub async fn list_changed(&self, lab: &LabCluster, seen: &Observations, at_most: Duration) {
        self.ask(lab).list_changed(seen, at_most).await;
    }

    /// Who answers probes about this attempt, with the salt and the tokens of its baseline.
    fn ask(&self, lab: &LabCluster) -> ClusterProber {
        let attempts = known(lab, &self.dir, &self.record);
        lab.ask(&self.dir)
            .with_attempts(attempts)
            .with_salt(self.salt.clone())
            .with_captured(self.vault.clone())
    }

    fn request(&self) -> GradeRequest<'_> {
        let scenario = &self.bound.scenario;
        GradeRequest {
            checks: &scenario.checks,
            guards: &scenario.guards,
            baseline: Baseline::Taken(&self.baseline),
        }
    }

    /// Plays a script as the learner; `line` gets each line that it writes, tokens removed.
    pub async fn play(
        &self,
        lab: &LabCluster,
        script: (&str, Manner),
        limit: Duration,
        line: impl Fn(String) + Send + Sync,
    ) -> Result<Ended> {
        reach::must_reach(lab, &lab.script_env(&self.dir, &self.bound)?).await?;
        reach::watched(lab, self.run_script(lab, script, limit, line)).await
    }

    /// The same with a script of a scenario, with the output kept in `said`.
    pub async fn play_quietly(
        &self,
        lab: &LabCluster,
        text: &str,
        limit: Duration,
        said: Arc<Mutex<Vec<String>>>,
    ) -> Result<Ended> {
        self.run_script(lab, (text, Manner::Strict), limit, |line| {
            if let Ok(mut said) = said.lock() {
                said.push(line);
            }
        })
        .await
    }

    async fn run_script(
        &self,
        lab: &LabCluster,
        (text, manner): (&str, Manner),
        limit: Duration,
        line: impl Fn(String) + Send + Sync,
    ) -> Result<Ended> {
        let file = self.dir.path().join(SCRIPT);
        write_atomic(&file, text.as_bytes(), Durability::Process).map_err(io("writing", &file))?;
        let env = lab.script_env(&self.dir, &self.bound)?;
        script::play(lab.script(&file, manner, &self.bound), &env, limit, line).await
    }

    /// The workspace as it was before anybody wrote there; for scenarios whose setup's script writes nothing there.
    pub fn refill_workspace(&self) -> Result<()> {
        workspace::empty(&self.dir.workspace())?;
        prepare::fill_workspace(&self.dir, &self.bound)
    }

    /// Where the shell's start-up file is written.
    pub fn shell_rc(&self) -> std::path::PathBuf {
        self.dir.path().join("shell.rc")
    }

    fn enter(&mut self, phase: Phase) -> Result<()> {
        self.record.phase = phase;
        self.dir.save_record(&self.record)
    }
}

/// Ends an attempt of which only the record is known: its scenario may not be there any more.
pub async fn end(
    store: &Store,
    lab: &LabCluster,
    mut record: AttemptRecord,
    keep: &[String],
) -> Result<Removed> {
    let inventory: Option<Inventory> = store.dir(&record.id).read(INVENTORY)?;
    end_recorded(store, lab, &mut record, inventory.as_ref(), keep).await
}

async fn end_recorded(
    store: &Store,
    lab: &LabCluster,
    record: &mut AttemptRecord,
    inventory: Option<&Inventory>,
    keep: &[String],
) -> Result<Removed> {
    let dir = store.dir(&record.id);
    record.phase = Phase::Removing;
    dir.save_record(record)?;
    let removed = remove(store, lab, record, inventory, keep).await?;
    ended(&dir, record)?;
    Ok(removed)
}

/// Deletes the namespaces of a discarded attempt.
pub async fn delete(store: &Store, lab: &LabCluster, record: &AttemptRecord) -> Result<()> {
    cleanup::discard::delete_namespaces(&lab.client, &lab.kinds, &owned(store, lab, record, None)?).await
}

/// What is left of a discarded attempt in a listing of the whole cluster; it is ended when that is nothing.
pub async fn remaining(
    store: &Store,
    lab: &LabCluster,
    record: &mut AttemptRecord,
    all: &[Entry],
) -> Result<Vec<String>> {
    let left = cleanup::discard::remaining(&lab.client, all, &owned(store, lab, record, None)?).await?;
    if left.is_empty() {
        ended(&store.dir(&record.id), record)?;
    }
    Ok(left)
}

/// Writes down that nothing is left on the cluster; whole tokens are for the attempt's life only.
fn ended(dir: &AttemptDir, record: &mut AttemptRecord) -> Result<()> {
    dir.remove(VAULT)?;
    dir.end_shell()?;
    record.phase = Phase::Ended;
    dir.save_record(record)
}

/// Removes what an attempt made of which there is no record, by its labels.
pub async fn remove_orphan(lab: &LabCluster, id: &str, namespaces: &[String]) -> Result<Removed> {
    let owned = Owned { attempts: vec![id], namespaces, ..Owned::default() };
    cleanup::remove(&lab.client, &lab.kinds, &owned, &[]).await
}

/// Ends what interrupted programs left of attempts on this cluster, and forgets those that are ended. For stores of the
/// moment: each attempt reads the records of all others, so they would make every attempt slower than the one before.
pub async fn clear(store: &Store, lab: &LabCluster) -> Result<()> {
    store.sweep()?;
    for record in store.in_progress()? {
        if record.cluster.uid == lab.cluster.uid {
            end(store, lab, record, &[]).await?;
        } else {
            forget(store, record)?;
        }
    }
    store.forget_ended()
}

/// Marks an attempt ended whose cluster is gone: there is nothing left to remove.
pub fn forget(store: &Store, mut record: AttemptRecord) -> Result<()> {
    ended(&store.dir(&record.id), &mut record)
}

async fn remove(
    store: &Store,
    lab: &LabCluster,
    record: &AttemptRecord,
    inventory: Option<&Inventory>,
    keep: &[String],
) -> Result<Removed> {
    // It may have been interrupted before it had ended what it took over.
    for id in &record.adopts {
        if let Some(old) = store.dir(id).record()?.filter(|old| old.phase != Phase::Ended) {
            Box::pin(end(store, lab, old, keep)).await?;
        }
    }
    // A script of a killed satrain must not go on under the removal, nor under what is set up next.
    orphans::end(&store.dir(&record.id).workspace());
    let alone = !neighbours(store, record)?.iter().any(is_at_work);
    if let Some(mut removed) = restore_checkpoint(store, lab, record).await? {
        // Nodes are no part of a checkpoint.
        removed.restored.extend(clean::after(lab).await?);
        return Ok(removed);
    }
    let owned = owned(store, lab, record, inventory)?;
    // What refuses requests would refuse the removal.
    let unblocked = if alone { clean::unblock(lab, &owned.attempts).await? } else { Vec::new() };
    let mut removed = cleanup::remove(&lab.client, &lab.kinds, &owned, keep).await?;
    removed.outside.extend(unblocked);
    if alone {
        removed.restored.extend(clean::after(lab).await?);
    }
    Ok(removed)
}

/// Whether an attempt holds something that its player needs.
fn is_at_work(attempt: &AttemptRecord) -> bool {
    matches!(attempt.phase, Phase::SettingUp | Phase::Ready)
}

/// The cluster's state, where it can be brought back.
async fn checkpoint_now(lab: &LabCluster) -> Option<Moment> {
    // Without it everything is removed one by one.
    lab.checkpoints.as_ref()?.now().await.ok()
}

/// Brings back what was before the attempt, if that is known and nobody else is at work there.
async fn restore_checkpoint(
    store: &Store,
    lab: &LabCluster,
    record: &AttemptRecord,
) -> Result<Option<Removed>> {
    let (Some(checkpoints), Some(before)) = (&lab.checkpoints, record.before) else { return Ok(None) };
    if neighbours(store, record)?.iter().any(is_at_work) {
        return Ok(None);
    }
    // What could not be brought back is removed one by one.
    let Ok(changes) = checkpoints.restore(before).await else { return Ok(None) };
    Ok(Some(Removed::by(&changes, &record.namespaces)))
}

/// What is left of an attempt on the cluster.
pub async fn leftovers(store: &Store, lab: &LabCluster, attempt: &Attempt) -> Result<Vec<String>> {
    let owned = owned(store, lab, &attempt.record, attempt.inventory.as_ref())?;
    cleanup::leftovers(&lab.client, &lab.kinds, &owned).await
}

fn owned<'a>(
    store: &Store,
    lab: &LabCluster,
    record: &'a AttemptRecord,
    inventory: Option<&'a Inventory>,
) -> Result<Owned<'a>> {
    let attempts = record.owners().map(AttemptId::as_str).collect();
    let neighbours = Neighbours::next_to_on(lab, store, record)?;
    Ok(Owned { attempts, namespaces: &record.namespaces, inventory, neighbours })
}

fn reference(bound: &BoundScenario) -> ScenarioRef {
    ScenarioRef {
        id: bound.scenario.id.clone(),
        digest: bound.digest.clone(),
        path: match &bound.origin {
            Origin::Folder(path) => Some(path.clone()),
            Origin::Builtin(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{record, store};
    use super::*;

    #[test]
    fn the_captured_tokens_go_with_the_attempt() {
        let (_root, store) = store();
        let mut record = record("scenario-2");
        let dir = store.create(&record).unwrap();
        dir.write(VAULT, &Vault::default()).unwrap();
        ended(&dir, &mut record).unwrap();
        assert_eq!(dir.read::<Vault>(VAULT).unwrap(), None);
        assert_eq!(dir.record().unwrap().unwrap().phase, Phase::Ended);
    }
}
