//! Begins an exam: clusters, the users of hosts, and all tasks, at the same time as far as that goes; then the clock.
//!
//! Until the clock runs nothing counts: what fails or is interrupted before is removed again, and nobody has lost an exam.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};

use super::clusters::{self, Clusters};
use super::entry::{Event, Opened, Place};
use super::error::{Result, SittingError};
use super::folder::Folder;
use super::host;
use super::state::State;
use crate::event::Events;
use crate::exam::{BoundPaper, BoundTask, Lab, Work};
use crate::lab::attempt::{Attempt, StartOptions};
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;

/// How many tasks are set up at a time.
const AT_ONCE: usize = 4;

/// How an exam is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The seed that drew the paper, if one did.
    pub seed: Option<u64>,
    /// Whether checks, hints and pauses are allowed.
    pub practice: bool,
    /// Folders with further scenarios.
    pub packs: Vec<PathBuf>,
    /// More time, with its reason.
    pub extra: Option<(Duration, String)>,
}

/// What each part of a beginning took.
#[derive(Debug, Clone, Default)]
pub struct Took {
    /// From nothing to all clusters with their hosts' users.
    pub clusters: Duration,
    /// From there to all tasks being set up.
    pub tasks: Duration,
}

/// Writes down that a paper was opened. The caller has the lock, and no exam is under way.
pub fn open(folder: &Folder, id: &str, paper: &BoundPaper, text: &str, wanted: &Wanted) -> Result<State> {
    folder.save_paper(text)?;
    let opened = Opened {
        schema: Opened::SCHEMA.into(),
        id: id.to_owned(),
        satrain: env!("CARGO_PKG_VERSION").into(),
        title: paper.title.clone(),
        seconds: u64::from(paper.minutes) * 60,
        pass: paper.pass,
        seed: wanted.seed,
        practice: wanted.practice,
        packs: wanted.packs.clone(),
        tasks: paper.tasks.iter().map(place).collect(),
    };
    let journal = folder.journal();
    let entry = journal.append(super::now::now(), Event::Opened(opened));
    let entry = entry.map_err(super::error::io("writing", journal.path()))?;
    let opened = State::of(&[entry], 0);
    let mut state = opened.ok_or_else(|| SittingError::NoJournal { path: journal.path().to_owned() })?;
    if let Some((time, reason)) = &wanted.extra {
        folder.write(&mut state, Event::Extra { seconds: time.as_secs(), reason: reason.clone() })?;
    }
    Ok(state)
}

/// What may be known of a task before it is read.
fn place(task: &BoundTask) -> Place {
    let title = match &task.work {
        Work::Lab(lab) => lab.bound.scenario.title.clone(),
        Work::Question(_) => "Question".into(),
    };
    Place {
        number: task.number,
        id: task.id().to_owned(),
        title,
        weight: task.weight,
        minutes: task.minutes,
        host: task.lab().map(|_| host::name(task.number)),
        cluster: task.lab().map(|lab| clusters::name(lab.alone.then_some(task.number))),
    }
}

/// Makes clusters, hosts and labs, and lets the clock run. The caller has the lock.
///
/// # Errors
/// If a cluster does not start or a task cannot be set up; [`discard`] removes what was made.
pub async fn begin(
    folder: &Folder,
    state: &mut State,
    paper: &BoundPaper,
    clusters: &dyn Clusters,
    events: &Events,
) -> Result<Took> {
    let clock = Instant::now();
    let groups = groups(paper);
    let labs: Vec<LabCluster> = stream::iter(&groups)
        .map(|group| prepare(folder, group, clusters))
        .buffered(groups.len().max(1))
        .try_collect()
        .await?;
    let mut took = Took { clusters: clock.elapsed(), ..Took::default() };
    let clock = Instant::now();
    let labs_wanted: usize = groups.iter().map(|group| group.tasks.len()).sum();
    events.step(match labs_wanted {
        0 => "No lab is to be set up".to_owned(),
        1 => "Setting up 1 lab".to_owned(),
        n => format!("Setting up {n} labs"),
    });
    let store = folder.store();
    let work = groups
        .iter()
        .zip(&labs)
        .flat_map(|(group, lab)| group.tasks.iter().map(move |task| (group, lab, *task)));
    let mut set_up = stream::iter(work)
        .map(|(group, lab, (task, play))| {
            let store = &store;
            async move {
                let attempt = set_up(store, lab, task, play, group.alone).await?;
                Ok::<_, SittingError>((task.number, attempt, lab))
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some(done) = set_up.next().await {
        let (task, attempt, lab) = done?;
        let event = Event::SetUp { task, attempt: attempt.record.id.clone(), cluster: lab.cluster.clone() };
        folder.write(state, event)?;
    }
    drop(set_up);
    took.tasks = clock.elapsed();
    events.done(format!("labs set up in {:.1} s", took.tasks.as_secs_f32()));
    folder.write(state, Event::Begun)?;
    Ok(took)
}

/// Tasks that are on the same cluster.
struct Group<'a> {
    cluster: String,
    alone: bool,
    tasks: Vec<(&'a BoundTask, &'a Lab)>,
}

fn groups(paper: &BoundPaper) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for task in &paper.tasks {
        let Some(lab) = task.lab() else { continue };
        let cluster = clusters::name(lab.alone.then_some(task.number));
        let group = groups.entry(cluster.clone());
        group.or_insert(Group { cluster, alone: lab.alone, tasks: Vec::new() }).tasks.push((task, lab));
    }
    groups.into_values().collect()
}

/// Makes a cluster with the users of its tasks' hosts.
async fn prepare(folder: &Folder, group: &Group<'_>, clusters: &dyn Clusters) -> Result<LabCluster> {
    let lab = clusters.fresh(&group.cluster).await?;
    let users = group.tasks.iter().map(|(task, _)| {
        let lab = &lab;
        async move { host::make_user(folder, lab, &host::name(task.number)).await }
    });
    futures::future::try_join_all(users).await?;
    clusters.remember(&lab).await?;
    Ok(lab)
}

async fn set_up(
    store: &Store,
    lab: &LabCluster,
    task: &BoundTask,
    play: &Lab,
    alone: bool,
) -> Result<Attempt> {
    let how =
        StartOptions { seed: play.seed, take_inventory: alone, exclusive: alone, ..StartOptions::default() };
    let begun = Attempt::begin(store, lab, play.bound.clone(), how).await;
    begun.map_err(|e| SittingError::SetUp {
        number: task.number,
        id: task.id().to_owned(),
        why: e.to_string(),
    })
}

/// Removes what an exam has made that never began, and gives it up. The caller has the lock.
pub async fn discard(folder: &Folder, state: &mut State, clusters: &dyn Clusters, why: &str) -> Result<()> {
    end_clusters(state, clusters).await?;
    folder.write(state, Event::Abandoned { reason: why.to_owned() })
}

/// Ends the clusters of an exam that needs them no more.
pub async fn end_clusters(state: &State, clusters: &dyn Clusters) -> Result<()> {
    for name in state.cluster_names() {
        clusters.end(name).await?;
    }
    Ok(())
}
