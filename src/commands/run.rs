//! `satrain run ID`: cluster, setup, task, the learner's turn (a shell, or a script), score.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;

use super::choice::ClusterChoice;
use super::context::Context;
use super::ground;
use super::{shell, show};
use crate::error::{Exit, Failure, Result};
use crate::lab::attempt::{self, Attempt, Begin};
use crate::lab::error::LabError;
use crate::lab::site::Site;
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptId, AttemptRecord, Phase};
use crate::result::format::ResultV1;
use crate::scenario::model::Scenario;
use crate::scenario::{Binding, BoundScenario, bind};

/// Arguments of `satrain run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The scenario: its id, or the path of its file or folder
    id: String,
    /// Play a solution or mistake of the scenario by name, or a script, instead of giving you a shell
    #[arg(long, value_name = "NAME|FILE")]
    solution: Option<String>,
    /// Draw other names for everything; equal seeds draw equal names
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Start over even if an attempt of this scenario is in progress
    #[arg(long)]
    fresh: bool,
    /// Seconds that a script may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "solution")]
    timeout: u64,
    /// Say what was expected, and where exactly: it gives the solution away
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    cluster: ClusterChoice,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &RunArgs, out: &mut impl Write) -> Result<Exit> {
    let loaded = ctx.scenario(&args.id)?;
    let seed = args.seed.or_else(|| drawn_seed(args, &loaded.scenario));
    let binding = match seed {
        Some(seed) => Binding::seeded(&loaded.scenario, seed),
        None => Binding::defaults(&loaded.scenario),
    };
    let bound = bind(&loaded, &binding)?;
    // Looked up before anything is made: a typing error should cost nothing.
    let script = args.solution.as_deref().map(|name| script(&bound.scenario, name)).transpose()?;
    let site = ground::up(ctx, &args.cluster).await?;
    let store = ctx.store();
    let (attempt, turn) = {
        let _lock = ctx.lock(&store)?;
        let attempt = begin_or_resume(ctx, args, &store, &site, Drawn { bound, seed }).await?;
        store.set_current(&attempt.record.id)?;
        let turn = attempt.dir.take_turn(&format!("`satrain run {}`", attempt.record.scenario.id))?;
        (attempt, turn)
    };
    if !ctx.json {
        show::task(ctx, &attempt, out)?;
    }
    let mut failed = None;
    if let Some(text) = script {
        let name = args.solution.clone().unwrap_or_default();
        ctx.events.step(format!("Playing {name}"));
        let began = Instant::now();
        let ended = attempt.play(&site, &text, Duration::from_secs(args.timeout), &ctx.events).await?;
        let seconds = began.elapsed().as_secs_f32();
        if ended.well() {
            ctx.events.done(format!("Played {name} in {seconds:.1} s"));
        } else {
            ctx.events.warn(format!("the script {ended}; what it did until then is graded all the same"));
            failed = Some(ended.to_string());
        }
    } else if ctx.interactive() {
        return shell::turn(ctx, &site, (attempt, turn), args.explain, out).await;
    }
    let _lock = ctx.lock(&store)?;
    attempt.must_be_the_same()?;
    let how = show::Turn { explain: args.explain, failed, left_shell: false };
    let exit = show::graded(ctx, &site, &attempt, how, out).await;
    drop(turn);
    exit
}

/// A scenario bound to the values that a seed drew, or to the defaults.
struct Drawn {
    bound: BoundScenario,
    seed: Option<u64>,
}

/// A scenario about finding out what is wrong is another one each time. A script is written for known values.
fn drawn_seed(args: &RunArgs, scenario: &Scenario) -> Option<u64> {
    if args.solution.is_some() || scenario.cause().is_none() {
        return None;
    }
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).ok()?;
    Some(u64::from(u16::from_le_bytes(bytes)))
}

/// The attempt in progress of this scenario where that is what is meant, else a new one.
async fn begin_or_resume(
    ctx: &Context,
    args: &RunArgs,
    store: &Store,
    site: &Site,
    Drawn { bound, seed }: Drawn,
) -> Result<Attempt> {
    store.sweep()?;
    let mut here = None;
    for record in store.in_progress()? {
        let same_place =
            record.cluster.name == site.cluster.name && record.cluster.provider == site.cluster.provider;
        if same_place && record.cluster.uid != site.cluster.uid {
            attempt::forget(store, record)?;
        } else if record.scenario.id == bound.scenario.id && record.cluster.uid == site.cluster.uid {
            here = Some(record);
        }
    }
    let replaces = match here {
        Some(record) if !args.fresh && args.solution.is_none() && record.phase == Phase::Ready => {
            let results: Vec<ResultV1> = store.dir(&record.id).all_results()?;
            let others = args.seed.is_some() && args.seed != record.seed;
            // What is passed need not be kept from who asks for other names.
            if !others || finished(&record, results.last()).is_none() {
                if record.solution.is_some() {
                    store.dir(&record.id).must_be_idle()?;
                }
                return resume(ctx, args, store, record, bound);
            }
            Some(record)
        }
        other => other,
    };
    if let Some(old) = &replaces {
        store.dir(&old.id).must_be_idle()?;
        ctx.events.note(format!("starting over: attempt {} is removed, its results are kept", old.id));
    }
    let replaces = match replaces {
        None => finished_holder(ctx, store, site, &bound)?,
        replaces => replaces,
    };
    ground::must_have(site, &bound).await?;
    alone(ctx, store, site, &bound, replaces.as_ref()).await?;
    if seed.is_some() && args.seed.is_none() {
        ctx.events.note(format!("drawn by seed {}: `--seed` plays the same again", seed.unwrap_or_default()));
    }
    let alone = others(store, site, replaces.as_ref())?.is_empty();
    let how = Begin { seed, solution: args.solution.clone(), replaces, watchful: true, alone, id: None };
    ctx.events.step(format!("Setting up {}", bound.scenario.id));
    let began = Instant::now();
    let attempt = begin(ctx, store, site, bound, how).await?;
    ctx.events.done(format!(
        "{} set up in {:.1} s",
        attempt.record.scenario.id,
        began.elapsed().as_secs_f32()
    ));
    Ok(attempt)
}

/// The other attempts that hold something on this cluster.
fn others(store: &Store, site: &Site, replaces: Option<&AttemptRecord>) -> Result<Vec<AttemptRecord>> {
    let mut others = store.in_progress()?;
    others.retain(|record| {
        record.cluster.uid == site.cluster.uid && replaces.is_none_or(|old| old.id != record.id)
    });
    Ok(others)
}

/// Refuses to begin beside an attempt, where the scenario or that attempt needs the cluster to itself; one that is
/// finished gives way.
async fn alone(
    ctx: &Context,
    store: &Store,
    site: &Site,
    bound: &BoundScenario,
    replaces: Option<&AttemptRecord>,
) -> Result<()> {
    for other in others(store, site, replaces)? {
        let needs = match (bound.scenario.exclusive, other.exclusive) {
            (true, _) => bound.scenario.id.clone(),
            (false, true) => other.scenario.id.clone(),
            (false, false) => continue,
        };
        let results: Vec<ResultV1> = store.dir(&other.id).all_results()?;
        if let Some(why) = finished(&other, results.last()) {
            store.dir(&other.id).must_be_idle()?;
            ctx.events
                .note(format!("ending attempt {} ({why}): {needs} needs the cluster to itself", other.id));
            attempt::end(store, site, other, &[]).await?;
            continue;
        }
        return Err(LabError::NotAlone { needs, attempt: other.id.to_string() }.into());
    }
    Ok(())
}

/// A finished attempt that holds a namespace which `bound` needs: it gives way to the new one.
fn finished_holder(
    ctx: &Context,
    store: &Store,
    site: &Site,
    bound: &BoundScenario,
) -> Result<Option<AttemptRecord>> {
    let namespaces = bound.namespaces();
    for record in store.in_progress()? {
        let in_the_way = record.cluster.uid == site.cluster.uid
            && record.namespaces.iter().any(|n| namespaces.contains(n));
        let results: Vec<ResultV1> = match in_the_way {
            true => store.dir(&record.id).all_results()?,
            false => continue,
        };
        if let Some(why) = finished(&record, results.last()) {
            store.dir(&record.id).must_be_idle()?;
            ctx.events.note(format!(
                "ending attempt {} of {} ({why}): its results are kept",
                record.id, record.scenario.id
            ));
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Why nobody will miss an attempt, if so.
fn finished(record: &AttemptRecord, last: Option<&ResultV1>) -> Option<&'static str> {
    match last {
        Some(result) if result.score.passed => Some("passed"),
        // Whoever sets up has the store's lock, and that is us.
        _ if record.phase == Phase::SettingUp => Some("its setup failed"),
        _ => record.solution.as_ref().map(|_| "a solution was played"),
    }
}

/// Begins an attempt. It is the current one from the start, so that `satrain reset` means it when setup fails or is
/// interrupted; where nothing is left of it, the earlier one is again.
async fn begin(
    ctx: &Context,
    store: &Store,
    site: &Site,
    bound: BoundScenario,
    how: Begin,
) -> Result<Attempt> {
    let earlier = store.find(None).ok();
    let begun = begin_as_current(ctx, store, site, bound, how).await;
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
    ctx: &Context,
    store: &Store,
    site: &Site,
    bound: BoundScenario,
    how: Begin,
) -> Result<Attempt> {
    let namespaces = bound.namespaces();
    let named = |how: Begin| -> Result<Begin> {
        let id = AttemptId::fresh(&bound.scenario.id);
        ctx.works_on(&id);
        store.set_current(&id)?;
        Ok(Begin { id: Some(id), ..how })
    };
    match Attempt::begin(store, site, bound.clone(), named(how.clone())?).await {
        Err(LabError::NamespaceInUse { attempt: owner, .. })
            if !store.in_progress()?.iter().any(|r| r.id.as_str() == owner) =>
        {
            ctx.events.note(format!("removing what attempt {owner} left behind"));
            attempt::remove_orphan(site, &owner, &namespaces).await?;
            let how = named(Begin { replaces: None, ..how })?;
            Ok(Attempt::begin(store, site, bound, how).await?)
        }
        other => Ok(other?),
    }
}

fn resume(
    ctx: &Context,
    args: &RunArgs,
    store: &Store,
    record: AttemptRecord,
    bound: BoundScenario,
) -> Result<Attempt> {
    if args.seed.is_some() && args.seed != record.seed {
        return Err(Failure::usage(format!(
            "attempt {} of {} is in progress with other names\nAdd `--fresh` to start over with seed {}.",
            record.id,
            record.scenario.id,
            args.seed.unwrap_or_default()
        )));
    }
    ctx.works_on(&record.id);
    let minutes = Timestamp::now().duration_since(record.started).as_mins();
    ctx.events
        .note(format!("continuing attempt {} of {minutes} minutes ago; `--fresh` starts over", record.id));
    let bound = if record.values == bound.values { bound } else { ctx.scenario_of(&record)? };
    Ok(Attempt::resume(store, record, bound)?)
}

/// The text of a solution or mistake, or of a file.
fn script(scenario: &Scenario, name: &str) -> Result<String> {
    let solutions = scenario.solutions.iter().map(|s| (s.name.as_str(), &s.run));
    let mistakes = scenario.mistakes.iter().map(|m| (m.name.as_str(), &m.run));
    let all: Vec<(&str, &String)> = solutions.chain(mistakes).collect();
    if let Some((_, text)) = all.iter().find(|(n, _)| *n == name) {
        return Ok((*text).clone());
    }
    let path = Path::new(name);
    if path.is_file() {
        return std::fs::read_to_string(path)
            .map_err(|e| Failure::usage(format!("{name} cannot be read: {e}")));
    }
    let names: Vec<&str> = all.iter().map(|(n, _)| *n).collect();
    Err(Failure::usage(format!(
        "{} has no solution or mistake `{name}`, and there is no such file\nThere are: {}",
        scenario.id,
        names.join(", ")
    )))
}
