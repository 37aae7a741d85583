//! `satrain grade --on kubernetes`: an Indexed Job on a cluster that somebody has, watched until nothing of it is left.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use clap::Args;
use kube::Client;
use sha2::{Digest as _, Sha256};

use super::collected::collect;
use super::pods::{PodArgs, failure};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::event::Event;
use crate::marking::{Job, Marks, Outcomes, Pool};
use crate::plural::counted;
use crate::workload::{ArrayJob, Node, PodWish, Running, Size, State, Volume, WorkloadError, is_taken};

/// How often the Job and the store are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long the cluster may be without an answer before it is given up.
const WITHOUT_ANSWER: Duration = Duration::from_secs(120);
/// What the name of the Job begins with.
const NAME: &str = "satrain-grade";

/// What is asked of the Kubernetes that grades.
#[derive(Debug, Args)]
pub(super) struct KubernetesArgs {
    #[command(flatten)]
    pods: PodArgs,
    /// The Secret with the variables by which the Pods reach the store
    #[arg(long, value_name = "NAME")]
    store_secret: Option<String>,
    /// The PersistentVolumeClaim that holds the folder which `--store` names here
    #[arg(long, value_name = "NAME")]
    store_claim: Option<String>,
    /// The queue of Kueue that lets the Job in
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
}

/// Which nodes have the Pods, which volume they share, and the store's address in them.
pub(super) type Place = (Node, Option<Volume>, String);

/// What is to be done.
pub(super) struct Work<'a> {
    pub(super) ctx: &'a Context,
    pub(super) pool: &'a Pool,
    pub(super) jobs: &'a [Job],
    pub(super) marks: &'a Marks,
}

/// A cluster that takes Pods for a class.
pub(super) struct Pods<'a> {
    args: &'a KubernetesArgs,
    client: Client,
    image: String,
    arguments: Vec<String>,
    name: String,
    parts: u32,
    node: Node,
    volume: Option<Volume>,
}

impl<'a> Pods<'a> {
    /// Looks whether the cluster takes such Pods. Nothing is made.
    pub(super) async fn found(
        ctx: &Context,
        args: &'a KubernetesArgs,
        (node, volume, inside): Place,
        (class, parts): (&str, u32),
    ) -> Result<Self> {
        let image = args.pods.image(ctx)?;
        let arguments = ["class", "play", &inside, "--shard", &format!("auto/{parts}"), "--jobs", "1"];
        // Two classes, or two stores of one, do not disturb each other.
        let sum = Sha256::digest(format!("{class}\0{inside}"));
        let short: String = sum.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        let arguments = arguments.map(str::to_owned).to_vec();
        let client = args.pods.place.client(ctx).await?;
        let name = format!("{NAME}-{short}");
        let pods = Self { args, client, image, arguments, name, parts, node, volume };
        is_taken(&pods.client, pods.namespace(), NAME, &pods.wish()).await.map_err(failure)?;
        if args.store_secret.is_none() && pods.volume.is_none() {
            ctx.events.warn(
                "the Pods get no credentials for the store: `--store-secret` names a Secret that has them",
            );
        }
        Ok(pods)
    }

    fn namespace(&self) -> &str {
        &self.args.pods.place.namespace
    }

    fn wish(&self) -> PodWish<'_> {
        PodWish {
            image: &self.image,
            arguments: &self.arguments,
            secret: self.args.store_secret.as_deref(),
            volume: self.volume.as_ref(),
            size: Size::Grades,
            node: &self.node,
            own_users: self.args.pods.user_namespaces,
        }
    }

    /// Plays the jobs of the store. What has a mark is in `outcomes` afterwards, also when the rest failed.
    pub(super) async fn play(&self, work: &Work<'_>, outcomes: &mut Outcomes) -> Result<()> {
        let ctx = work.ctx;
        // By these codes the program says that it was asked for something that cannot be.
        let hopeless = [2, Exit::Invalid.code()];
        let (name, queue) = (self.name.as_str(), self.args.queue.as_deref());
        let job = ArrayJob { name, parts: self.parts, queue, hopeless: &hopeless, pod: self.wish() };
        // From here on there is something to remove.
        let _tidies = ctx.tidies_up();
        let client = || self.client.clone();
        let running = match Running::start(client(), self.namespace(), &job).await {
            Err(WorkloadError::Exists(_)) => {
                ctx.events
                    .note("the Job of an earlier run of this class is removed first: its marks are kept");
                Running::left(client(), self.namespace(), name).remove().await.map_err(failure)?;
                Running::start(client(), self.namespace(), &job).await
            }
            other => other,
        }
        .map_err(failure)?;
        let watched = watch(work, self.parts, &running, outcomes).await;
        // Whatever happened: nothing stays.
        let removed = running.remove().await.map_err(failure);
        let state = watched?;
        removed?;
        ctx.events.done(format!("{} of {} hand-ins have a mark", outcomes.len(), work.jobs.len()));
        if state.given_up > 0 {
            ctx.events.warn(format!("{} of {} parts were given up", state.given_up, self.parts));
        }
        Ok(())
    }
}

/// Looks at the Job until it has ended, and takes marks as they come.
async fn watch(work: &Work<'_>, parts: u32, running: &Running, outcomes: &mut Outcomes) -> Result<State> {
    let ctx = work.ctx;
    ctx.events.step(format!("Grading in {}", counted(parts as usize, "Pod")));
    let mut told = BTreeSet::new();
    let mut answered = Instant::now();
    loop {
        let looked = match running.state().await {
            Ok(state) => collect(work.pool, work.jobs, work.marks, outcomes).await.map(|()| state),
            Err(e) => Err(failure(e)),
        };
        match looked {
            Ok(state) => {
                answered = Instant::now();
                for (pod, how) in &state.failed {
                    if told.insert(pod.clone()) {
                        ctx.events.note(format!("Pod {pod}: {how}"));
                    }
                }
                if let Some(why) = state.waits.clone().filter(|why| told.insert(why.clone())) {
                    ctx.events.note(why);
                }
                ctx.events.emit(Event::Progress {
                    done: outcomes.len() as u64,
                    total: work.jobs.len() as u64,
                    unit: "hand-ins",
                    detail: format!(
                        "{} at work, {} done",
                        counted(state.at_work as usize, "Pod"),
                        counted(state.done as usize, "part")
                    ),
                });
                if state.ended {
                    return Ok(state);
                }
            }
            // It may answer again.
            Err(failure) if answered.elapsed() < WITHOUT_ANSWER => {
                let why = failure.report.to_string();
                if told.insert(why.clone()) {
                    ctx.events.warn(format!("{why}; it is asked again"));
                }
            }
            Err(failure) => return Err(failure),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ctx.cancel.cancelled() => {
                ctx.events.note("interrupted: the Job is removed, and what has a mark keeps it");
                return Ok(State::default());
            }
        }
    }
}

impl KubernetesArgs {
    /// Where the Pods are, and where the store is for them. Nothing is sent anywhere before this is known.
    pub(super) fn place(&self, store: &str) -> Result<Place> {
        let volume = self.store_claim.clone().map(|claim| Volume { claim });
        let is_folder = !store.contains("://") || store.starts_with("file:");
        let inside = match (&volume, is_folder) {
            (Some(_), true) => Volume::INSIDE.to_owned(),
            (None, false) => store.to_owned(),
            (Some(_), false) => {
                return Err(Failure::usage(
                    "a volume holds a folder\nWith `--store-claim`, name the folder by its path here: `--store /mnt/SHARED`.",
                ));
            }
            (None, true) => {
                return Err(Failure::usage(
                    "Pods do not see a folder of this machine\nName an object store (`--store s3://BUCKET/FOLDER`), or the claim of the volume that holds the folder (`--store-claim`).",
                ));
            }
        };
        Ok((self.pods.node()?, volume, inside))
    }
}
