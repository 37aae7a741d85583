//! `satrain class up`, `watch`, `down`: a lab cluster for each learner, in Pods of a Kubernetes that the school has.
//!
//! A lab lives in its Pod, satrain and the attempts included. So the instructor's `watch` asks satrain there, and believes nothing that
//! a learner's machine says.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use futures::StreamExt;
use kube::config::Kubeconfig;

use super::opened;
use super::pods::{PlaceArgs, PodArgs, failure};
use crate::class::lab::Lab;
use crate::class::{BoundClass, ClassFolder, Learner};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::event::Event;
use crate::fs::{Durability, make_private, write_atomic};
use crate::plural::counted;
use crate::printable::excerpt;
use crate::report::labs as report;
use crate::result::format::ResultV1;
use crate::workload::{Address, PORT, PodWish, Reach, SEAT, Seat, SeatState, Seats, Size, is_taken};

/// How often it is looked whether seats are ready.
const LOOK: Duration = Duration::from_millis(500);
/// How long a task may take to be set up, and to be graded.
const WITHIN: Duration = Duration::from_secs(300);
/// How many seats are asked at a time.
const AT_ONCE: usize = 4;

/// Which labs, and where they are.
#[derive(Debug, Args)]
struct WhichArgs {
    /// The folder of the class
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only the labs of these learners (repeatable)
    #[arg(long, value_name = "LEARNER")]
    only: Vec<String>,
}

/// Arguments of `satrain class up`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class up security --context school --namespace labs --node-selector labs=yes --reach node-port --address node1.school.example\n  satrain class watch security --context school --namespace labs"
)]
pub(super) struct UpArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Set up only these tasks of the class [default: all]
    #[arg(long, value_name = "SCENARIO")]
    task: Vec<String>,
    /// How learners reach their labs
    #[arg(long, value_enum, default_value_t = ReachArg::PortForward)]
    reach: ReachArg,
    /// The name or address by which learners reach a node
    #[arg(long, value_name = "HOST", required_if_eq("reach", "node-port"))]
    address: Option<String>,
    /// Give up a lab that is not ready after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    pods: PodArgs,
}

/// How learners reach their labs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReachArg {
    /// `kubectl port-forward service/SEAT 6443`, by whoever has rights in the cluster
    PortForward,
    /// A port of the nodes
    NodePort,
    /// An address for each, from the cluster's provider
    LoadBalancer,
}

impl ReachArg {
    fn service(self) -> Reach {
        match self {
            Self::PortForward => Reach::ClusterIp,
            Self::NodePort => Reach::NodePort,
            Self::LoadBalancer => Reach::LoadBalancer,
        }
    }
}

/// Arguments of `satrain class watch`.
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Show it once
    #[arg(long)]
    once: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Arguments of `satrain class down`.
#[derive(Debug, Args)]
pub(super) struct DownArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs `class up`.
pub(super) async fn up(ctx: &Context, args: &UpArgs, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, &args.which.folder)?;
    let tasks = tasks(&class, &args.task)?;
    let learners = learners(&folder, &args.which.only)?;
    let node = args.pods.node()?;
    let image = args.pods.image(ctx)?;
    let arguments = ["node", "server"].map(str::to_owned);
    let wish = PodWish {
        image: &image,
        arguments: &arguments,
        secret: None,
        volume: None,
        size: Size::Waits,
        node: &node,
        own_users: args.pods.user_namespaces,
    };
    let (client, namespace) = (args.pods.place.client(ctx).await?, &args.pods.place.namespace);
    is_taken(&client, namespace, SEAT, &wish).await.map_err(failure)?;
    let seats = Seats::new(client, namespace, folder.id());
    ctx.events.step(format!("Starting {}", counted(learners.len(), "lab")));
    let wanted: Vec<Seat> = learners.iter().map(|learner| Seat::of(folder.id(), &learner.id)).collect();
    for seat in &wanted {
        seats.make(seat, &wish, args.reach.service()).await.map_err(failure)?;
    }
    let states = ready(ctx, args, &seats, &wanted).await?;
    ctx.events.step(format!("Setting up {} in each", counted(tasks.len(), "task")));
    let one = |state: SeatState| async {
        let lab = settled(args, &seats, &folder, &class, &tasks, state).await;
        ctx.events.note(format!("{}: {}", lab.learner, lab.trouble.as_deref().unwrap_or("ready")));
        lab
    };
    let mut labs: Vec<Lab> = futures::stream::iter(states).map(one).buffer_unordered(AT_ONCE).collect().await;
    labs.sort_by(|a, b| a.learner.cmp(&b.learner));
    let well = labs.iter().filter(|lab| lab.ready && lab.trouble.is_none()).count();
    ctx.events.done(format!("{well} of {} are ready", counted(labs.len(), "lab")));
    match ctx.json {
        true => ctx.write_json(out, &labs)?,
        false => report::made(out, &ctx.style, &labs)?,
    }
    Ok(if well == labs.len() { Exit::Passed } else { Exit::Incomplete })
}

/// Waits until the labs are ready, or it took too long.
async fn ready(ctx: &Context, args: &UpArgs, seats: &Seats, wanted: &[Seat]) -> Result<Vec<SeatState>> {
    let began = Instant::now();
    let mut told = std::collections::BTreeSet::new();
    loop {
        let states = seats.states().await.map_err(failure)?;
        let states: Vec<SeatState> =
            states.into_iter().filter(|state| wanted.contains(&state.seat)).collect();
        let done = states.iter().filter(|state| state.ready && is_reached(args.reach, state)).count();
        let (count, total) = (done as u64, wanted.len() as u64);
        ctx.events.emit(Event::Progress { done: count, total, unit: "labs", detail: String::new() });
        if let Some(why) = states.iter().find_map(|state| state.trouble.clone())
            && told.insert(why.clone())
        {
            ctx.events.note(why);
        }
        if done == wanted.len() || began.elapsed() > Duration::from_secs(args.timeout) {
            return Ok(states);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ctx.cancel.cancelled() => {
                return Err(Failure::other("interrupted: `satrain class down` removes the labs"));
            }
        }
    }
}

/// Whether the way to it is known.
fn is_reached(reach: ReachArg, state: &SeatState) -> bool {
    match reach {
        ReachArg::PortForward => true,
        ReachArg::NodePort => matches!(state.at, Some(Address::NodePort(_))),
        ReachArg::LoadBalancer => matches!(state.at, Some(Address::Host(_))),
    }
}

/// Writes the kubeconfig of a lab, and sets its tasks up.
async fn settled(
    args: &UpArgs,
    seats: &Seats,
    folder: &ClassFolder,
    class: &BoundClass,
    tasks: &[String],
    state: SeatState,
) -> Lab {
    let mut lab = lab(&state);
    if !state.ready {
        let late = format!("it is not ready after {} s", args.timeout);
        lab.trouble = Some(match lab.trouble {
            Some(why) => format!("{late}: {why}"),
            None => late,
        });
        return lab;
    }
    match kubeconfig(args, seats, folder, &state).await {
        Ok(file) => lab.kubeconfig = Some(file),
        Err(why) => lab.trouble = Some(why),
    }
    let Some(learner) = folder.roster().find(&state.seat.learner) else { return lab };
    for id in tasks {
        let Some(task) = class.task(id) else { continue };
        let seed = folder.variant(&task.loaded.scenario, learner).seed.map(|seed| seed.to_string());
        let mut arguments = vec!["run", id.as_str(), "--quiet", "--provider", "embedded"];
        arguments.extend(seed.iter().flat_map(|seed| ["--seed", seed.as_str()]));
        match seats.satrain(&state.seat, &arguments, WITHIN).await {
            // It is graded at once, and is not passed.
            Ok(said) if matches!(said.code, Some(0 | 1)) => {}
            Ok(said) => lab.trouble = Some(format!("{id}: {}", excerpt(said.stderr.trim(), 400))),
            Err(e) => lab.trouble = Some(format!("{id}: {e}")),
        }
    }
    lab
}

fn lab(state: &SeatState) -> Lab {
    Lab {
        learner: state.seat.learner.clone(),
        pod: state.seat.pod(),
        ready: state.ready,
        trouble: state.trouble.clone(),
        kubeconfig: None,
        points: BTreeMap::new(),
    }
}

/// The learner's kubeconfig of a lab, by the way that learners have.
async fn kubeconfig(
    args: &UpArgs,
    seats: &Seats,
    folder: &ClassFolder,
    state: &SeatState,
) -> std::result::Result<PathBuf, String> {
    let said =
        seats.satrain(&state.seat, &["node", "kubeconfig"], WITHIN).await.map_err(|e| e.to_string())?;
    if said.code != Some(0) {
        return Err(excerpt(said.stderr.trim(), 400));
    }
    let server = match (&args.address, &state.at) {
        (Some(host), Some(Address::NodePort(port))) => format!("https://{host}:{port}"),
        (_, Some(Address::Host(host))) => format!("https://{host}:{PORT}"),
        _ => format!("https://127.0.0.1:{PORT}"),
    };
    let text = reached_by(&said.stdout, &server).ok_or("its kubeconfig cannot be read")?;
    let file = file(folder, &state.seat);
    let written = file.parent().map_or(Ok(()), make_private);
    written
        .and_then(|()| write_atomic(&file, text.as_bytes(), Durability::Process))
        .map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(file)
}

/// A kubeconfig that leads to `server`, whose certificate has a name of its own.
fn reached_by(text: &str, server: &str) -> Option<String> {
    let mut config = Kubeconfig::from_yaml(text).ok()?;
    let cluster = config.clusters.first_mut()?.cluster.as_mut()?;
    cluster.server = Some(server.to_owned());
    cluster.tls_server_name = Some("kubernetes.default.svc".to_owned());
    serde_json::to_string_pretty(&config).ok()
}

/// Where the kubeconfig of a learner is kept.
fn file(folder: &ClassFolder, seat: &Seat) -> PathBuf {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    let is_plain = seat.learner.chars().all(plain) && !seat.learner.starts_with('.');
    let name = if is_plain { &seat.learner } else { &seat.name };
    folder.path().join("labs").join(format!("{name}.kubeconfig"))
}

/// Runs `class watch`.
pub(super) async fn watch(ctx: &Context, args: &WatchArgs, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, &args.which.folder)?;
    let learners = learners(&folder, &args.which.only)?;
    let tasks: Vec<String> = class.tasks.iter().map(|task| task.id().to_owned()).collect();
    let seats = Seats::new(args.place.client(ctx).await?, &args.place.namespace, folder.id());
    let mut last = None;
    loop {
        let states = seats.states().await.map_err(failure)?;
        let of_learners = |state: &SeatState| learners.iter().any(|learner| learner.id == state.seat.learner);
        let states: Vec<SeatState> = states.into_iter().filter(of_learners).collect();
        if states.is_empty() {
            return Err(Failure::usage(format!(
                "this class has no labs in the Namespace {}\n`satrain class up` makes them.",
                args.place.namespace
            )));
        }
        let graded = states.into_iter().map(|state| graded(&seats, &tasks, state));
        let mut labs: Vec<Lab> = futures::stream::iter(graded).buffer_unordered(AT_ONCE).collect().await;
        labs.sort_by(|a, b| a.learner.cmp(&b.learner));
        if last.as_ref() != Some(&labs) {
            match ctx.json {
                true => ctx.write_json(out, &labs)?,
                false => report::marks(out, &ctx.style, &class.title, &tasks, &labs)?,
            }
            out.flush()?;
        }
        last = Some(labs);
        if args.once {
            return Ok(Exit::Passed);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(args.every)) => {}
            () = ctx.cancel.cancelled() => return Ok(Exit::Passed),
        }
    }
}

/// A lab with what its tasks earn now.
async fn graded(seats: &Seats, tasks: &[String], state: SeatState) -> Lab {
    let mut lab = lab(&state);
    if !state.ready {
        return lab;
    }
    for id in tasks {
        let arguments = ["check", id, "--output", "json", "--quiet"];
        let points = match seats.satrain(&state.seat, &arguments, WITHIN).await {
            Ok(said) if matches!(said.code, Some(0 | 1)) => serde_json::from_str::<ResultV1>(&said.stdout)
                .ok()
                .map(|result| (result.score.points, result.score.max)),
            _ => None,
        };
        lab.points.insert(id.clone(), points);
    }
    lab
}

/// Runs `class down`.
pub(super) async fn down(ctx: &Context, args: &DownArgs) -> Result<Exit> {
    let (folder, _) = opened(ctx, &args.which.folder)?;
    let only = learners(&folder, &args.which.only)?;
    let some: Vec<Seat> = only.iter().map(|learner| Seat::of(folder.id(), &learner.id)).collect();
    let seats = Seats::new(args.place.client(ctx).await?, &args.place.namespace, folder.id());
    ctx.events.step("Removing labs");
    // Without a choice also those of learners who have left the roster.
    let chosen = (!args.which.only.is_empty()).then_some(some.as_slice());
    let count = seats.remove(chosen).await.map_err(failure)?;
    for seat in &some {
        remove_file(&file(&folder, seat))?;
    }
    ctx.events.done(format!("{} removed", counted(count, "lab")));
    Ok(Exit::Passed)
}

fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Failure::of_file(path, &e)),
        _ => Ok(()),
    }
}

/// The learners that are named; none: all.
fn learners<'a>(folder: &'a ClassFolder, only: &[String]) -> Result<Vec<&'a Learner>> {
    match only.is_empty() {
        true => Ok(folder.roster().learners().iter().collect()),
        false => only.iter().map(|id| Ok(folder.roster().named(id)?)).collect(),
    }
}

/// The tasks that are named; none: all. The image has satrain's own scenarios only.
fn tasks(class: &BoundClass, wanted: &[String]) -> Result<Vec<String>> {
    let all: Vec<&str> = class.tasks.iter().map(|task| task.id()).collect();
    if let Some(unknown) = wanted.iter().find(|id| !all.contains(&id.as_str())) {
        return Err(crate::scenario::unknown("task", unknown, &all).into());
    }
    let is_wanted = |id: &&&str| wanted.is_empty() || wanted.iter().any(|one| one == **id);
    Ok(all.iter().filter(is_wanted).map(|id| (*id).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_leads_where_learners_are_let_in() {
        let text = r#"{"clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1","certificate-authority-data":"Yw=="}}],
            "users":[{"name":"u","user":{"token":"t"}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}]}"#;
        let changed = Kubeconfig::from_yaml(&reached_by(text, "https://node:30001").unwrap()).unwrap();
        let cluster = changed.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://node:30001"));
        assert_eq!(cluster.tls_server_name.as_deref(), Some("kubernetes.default.svc"));
        assert_eq!(cluster.certificate_authority_data.as_deref(), Some("Yw=="));
        assert_eq!(reached_by("[]", "https://x"), None);
    }
}
