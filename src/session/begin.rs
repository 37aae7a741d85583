//! Begins an attempt, or goes on with the one that is in progress.

use std::time::Instant;

use jiff::Timestamp;

use super::Session;
use super::error::{Result, SessionError};
use super::gives_way::{finished, others};
use crate::lab::attempt::{self, Attempt, StartOptions};
use crate::lab::cluster::LabCluster;
use crate::lab::error::LabError;
use crate::lab::requirements;
use crate::lab::store::Store;
use crate::lab::store::player::Turn;
use crate::lab::store::record::{AttemptId, AttemptRecord, Phase};
use crate::lab::work;
use crate::plural::counted;
use crate::result::format::ResultV1;
use crate::scenario::model::Scenario;
use crate::scenario::{Binding, BoundScenario, Loaded, bind};

/// What somebody wants to play.
#[derive(Debug)]
pub struct Wanted {
    /// The scenario with its values.
    pub bound: BoundScenario,
    /// The seed that was asked for.
    asked: Option<u64>,
    /// The seed that drew the values, asked for or not.
    seed: Option<u64>,
    /// Whether to start over even if an attempt of this scenario is in progress.
    fresh: bool,
    /// The script that will be played, if one will.
    solution: Option<String>,
}

impl Wanted {
    /// Binds the scenario to the values that `seed` draws, to its defaults, or, where the learner has to find out what is
    /// wrong, to values drawn anew each time. A script is written for known values.
    pub fn new(loaded: &Loaded, seed: Option<u64>, fresh: bool, solution: Option<String>) -> Result<Self> {
        let asked = seed;
        let seed = seed.or_else(|| drawn_seed(&loaded.scenario, solution.is_some()));
        let binding = match seed {
            Some(seed) => Binding::seeded(&loaded.scenario, seed),
            None => Binding::defaults(&loaded.scenario),
        };
        Ok(Self { bound: bind(loaded, &binding)?, asked, seed, fresh, solution })
    }

    /// Whether other names are asked for than those of an attempt.
    fn asks_for_others(&self, record: &AttemptRecord) -> bool {
        self.asked.is_some() && self.asked != record.seed
    }
}

fn drawn_seed(scenario: &Scenario, is_scripted: bool) -> Option<u64> {
    if is_scripted || scenario.cause().is_none() {
        return None;
    }
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).ok()?;
    Some(u64::from(u16::from_le_bytes(bytes)))
}

impl Session {
    /// The attempt in progress of this scenario where that is what is meant, else a new one. It is the current one from
    /// here on, and the turn is the caller's.
    pub async fn begin_or_resume(&self, lab: &LabCluster, wanted: Wanted) -> Result<(Attempt, Turn)> {
        let store = self.store();
        let _lock = self.lock(&store)?;
        store.sweep()?;
        let attempt = match self.in_progress(&store, lab, &wanted).await? {
            InProgress::Resume(record) => self.resume(&store, *record, wanted)?,
            InProgress::Replace(records) => self.start(&store, lab, wanted, records).await?,
        };
        store.set_current(&attempt.record.id)?;
        let turn = attempt.dir.take_turn(&format!("`satrain run {}`", attempt.record.scenario.id))?;
        Ok((attempt, turn))
    }

    /// What becomes of the attempt of this scenario on this cluster. Attempts whose cluster is gone are forgotten.
    async fn in_progress(&self, store: &Store, lab: &LabCluster, wanted: &Wanted) -> Result<InProgress> {
        let mut here = Vec::new();
        for record in store.in_progress()? {
            let same_place =
                record.cluster.name == lab.cluster.name && record.cluster.provider == lab.cluster.provider;
            if same_place && record.cluster.uid != lab.cluster.uid {
                attempt::forget(store, record)?;
            } else if record.scenario.id == wanted.bound.scenario.id && record.cluster.uid == lab.cluster.uid
            {
                here.push(record);
            }
        }
        // All but the last are what a program left that was killed while it replaced them.
        let Some(record) = here.last() else { return Ok(InProgress::Replace(here)) };
        let dir = store.dir(&record.id);
        if !wanted.fresh && wanted.solution.is_none() && record.phase == Phase::Ready {
            let results: Vec<ResultV1> = dir.all_results()?;
            // What is passed need not be kept from who asks for other names.
            if !wanted.asks_for_others(record) || finished(record, results.last()).is_none() {
                if record.solution.is_some() {
                    dir.must_be_idle()?;
                }
                return Ok(InProgress::Resume(Box::new(record.clone())));
            }
        }
        dir.must_be_idle()?;
        let is_missed = |results: Vec<ResultV1>| finished(record, results.last()).is_none();
        let may_be_missed = !wanted.fresh && record.phase == Phase::Ready && is_missed(dir.all_results()?);
        let sign = if may_be_missed { work::sign_of(lab, record, &dir).await? } else { None };
        if let Some(sign) = sign {
            let (attempt, scenario) = (record.id.to_string(), record.scenario.id.clone());
            return Err(SessionError::AtWork { attempt, scenario, sign });
        }
        for record in &here {
            self.setting
                .events
                .note(format!("starting over: removing attempt {}, keeping its results", record.id));
        }
        Ok(InProgress::Replace(here))
    }

    fn resume(&self, store: &Store, record: AttemptRecord, wanted: Wanted) -> Result<Attempt> {
        if wanted.asks_for_others(&record) {
            return Err(SessionError::OtherNames {
                attempt: record.id.to_string(),
                scenario: record.scenario.id,
                seed: wanted.asked.unwrap_or_default(),
            });
        }
        self.track(&record.id);
        let minutes = Timestamp::now().duration_since(record.started).as_mins();
        self.setting.events.note(format!(
            "continuing attempt {}, started {} ago; `--fresh` starts over",
            record.id,
            counted(minutes, "minute")
        ));
        let bound =
            if record.values == wanted.bound.values { wanted.bound } else { self.scenario_of(&record)? };
        Ok(Attempt::resume(store, record, bound)?)
    }

    /// A new attempt, instead of those in `replaces`.
    async fn start(
        &self,
        store: &Store,
        lab: &LabCluster,
        wanted: Wanted,
        replaces: Vec<AttemptRecord>,
    ) -> Result<Attempt> {
        let Wanted { bound, asked, seed, solution, .. } = wanted;
        let replaces =
            if replaces.is_empty() { self.finished_holders(store, lab, &bound)? } else { replaces };
        must_have(lab, &bound).await?;
        self.make_room(store, lab, &bound, &replaces).await?;
        self.clean(store, lab, &replaces).await?;
        if let (Some(seed), None) = (seed, asked) {
            self.setting.events.note(format!("drawn by seed {seed}: `--seed` plays the same again"));
        }
        let alone = others(store, lab, &replaces)?.is_empty();
        let how = StartOptions { seed, solution, replaces, take_inventory: true, exclusive: alone, id: None };
        self.setting.events.step(format!("Setting up {}", bound.scenario.id));
        let began = Instant::now();
        let attempt = self.begin(store, lab, bound, how).await?;
        self.setting.events.done(format!(
            "{} set up in {:.1} s",
            attempt.record.scenario.id,
            began.elapsed().as_secs_f32()
        ));
        Ok(attempt)
    }

    /// Begins an attempt. It is the current one from the start, so that `satrain reset` means it when setup fails or is
    /// interrupted; where nothing is left of it, the earlier one is again.
    async fn begin(
        &self,
        store: &Store,
        lab: &LabCluster,
        bound: BoundScenario,
        how: StartOptions,
    ) -> Result<Attempt> {
        let earlier = store.find(None).ok();
        let begun = self.begin_as_current(store, lab, bound, how).await;
        if let (Err(_), Some(earlier)) = (&begun, earlier) {
            let open = store.in_progress()?;
            let is_open = |id: &str| open.iter().any(|record| record.id.as_str() == id);
            if !store.current()?.is_some_and(|id| is_open(&id)) && is_open(earlier.id.as_str()) {
                store.set_current(&earlier.id)?;
            }
        }
        begun
    }

    /// A namespace of an attempt that nobody knows any more is removed first.
    async fn begin_as_current(
        &self,
        store: &Store,
        lab: &LabCluster,
        bound: BoundScenario,
        how: StartOptions,
    ) -> Result<Attempt> {
        let namespaces = bound.namespaces();
        let named = |how: StartOptions| -> Result<StartOptions> {
            let id = AttemptId::fresh(&bound.scenario.id);
            self.track(&id);
            store.set_current(&id)?;
            Ok(StartOptions { id: Some(id), ..how })
        };
        match Attempt::begin(store, lab, bound.clone(), named(how.clone())?).await {
            Err(LabError::NamespaceInUse { attempt: owner, .. })
                if !store.in_progress()?.iter().any(|r| r.id.as_str() == owner) =>
            {
                self.setting.events.note(format!("removing what attempt {owner} left behind"));
                attempt::remove_orphan(lab, &owner, &namespaces).await?;
                let how = named(StartOptions { replaces: Vec::new(), ..how })?;
                Ok(Attempt::begin(store, lab, bound, how).await?)
            }
            other => Ok(other?),
        }
    }
}

/// What becomes of the attempt in progress, if there is one.
enum InProgress {
    /// It goes on.
    Resume(Box<AttemptRecord>),
    /// It gives way to a new one, with what earlier ones left; nothing where there is none.
    Replace(Vec<AttemptRecord>),
}

/// Refuses a scenario that needs what the cluster does not have.
async fn must_have(lab: &LabCluster, bound: &BoundScenario) -> Result<()> {
    let unmet = requirements::unmet(lab, std::slice::from_ref(bound)).await?;
    let unmet: Vec<String> = unmet.iter().flatten().map(ToString::to_string).collect();
    if unmet.is_empty() {
        return Ok(());
    }
    Err(LabError::UnmetRequirements { scenario: bound.scenario.id.clone(), unmet }.into())
}
