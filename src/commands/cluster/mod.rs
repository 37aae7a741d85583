//! `satrain cluster …`: the lab cluster's life, for people and scripts. And `satrain supervise`, which is hidden.

pub mod choice;
pub mod connect;

mod adopt;
mod images;
mod limits;
mod status;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cluster::embedded::{self, DEFAULT_NAME, SudoMode, Supervise};
use crate::cluster::{AnyProvider, ClusterError, ClusterInfo, ProviderKind};
use crate::commands::context::Context;
use crate::distribution::{Distribution, locate};
use crate::error::{Exit, Result};
use crate::event::{Event, EventSink, Events};
use crate::lab::script::KUBECTL_CACHE;
use crate::printable::shell_quoted;
use adopt::AdoptArgs;
use choice::ClusterChoice;
use limits::LimitArgs;

/// Arguments of `satrain cluster`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain cluster up\n  eval \"$(satrain cluster env)\"")]
pub struct ClusterArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: ClusterVerb,
    /// The cluster's name
    #[arg(long, global = true, default_value = DEFAULT_NAME)]
    pub name: String,
    /// Provider [default: embedded for `up`, else the one that has a cluster of this name]
    #[arg(long, alias = "cluster", global = true, value_parser = choice::provider(), value_name = "PROVIDER")]
    pub provider: Option<ProviderKind>,
}

/// What `satrain cluster` can do.
#[derive(Debug, Subcommand)]
pub enum ClusterVerb {
    /// Start the lab cluster if it is not running
    Up {
        /// Port of the API on 127.0.0.1 [default: a free one]
        #[arg(long)]
        port: Option<u16>,
        /// Show the time of each startup milestone
        #[arg(long)]
        timings: bool,
        /// Image of the node, with `--provider k3s` or `kind`
        #[arg(long, value_name = "NAME:TAG")]
        image: Option<String>,
        /// Never use sudo
        #[arg(long)]
        no_sudo: bool,
        /// Give up after this many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
        timeout: u64,
        /// How much of the machine it may take.
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Stop the lab cluster and remove everything that belongs to it
    Down,
    /// Show the state of the cluster and its components
    Status,
    /// Print shell commands that point kubectl at the cluster as the learner: eval "$(satrain cluster env)"
    Env,
    /// Print the log of a component
    Logs {
        /// kube-apiserver, kubelet, audit, supervisor, … [default: list the names of all logs]
        component: Option<String>,
        /// Keep printing new lines
        #[arg(long, short)]
        follow: bool,
    },
    /// List all clusters, including stopped ones
    List,
    /// List the lab images, or export them for the nodes of another cluster
    Images {
        /// Write an OCI archive (`kind load image-archive FILE`, `ctr -n k8s.io images import FILE`)
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// Build a node image from satrain's own distribution, for Docker without an image registry;
    /// `--provider k3s --image satrain.local/node:VERSION` uses it
    BuildNodeImage {
        /// Its name and tag [default: satrain.local/node:VERSION]
        #[arg(long, value_name = "NAME:TAG")]
        tag: Option<String>,
        /// Write the image to a file for `docker load` instead
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        /// With the programs that scripts use (bash, coreutils, jq, curl …), for `satrain grade --on kubernetes`
        #[arg(long)]
        tools: bool,
    },
    /// Load an image archive (`docker save`) into a running cluster of satrain's own, as `kind load image-archive` does
    LoadImage {
        /// The archive
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Allow labs on an existing cluster, after showing what they change
    Adopt(AdoptArgs),
    /// Withdraw that permission
    #[command(alias = "release")]
    Unadopt {
        /// The context under which it was adopted
        #[arg(long, value_name = "CONTEXT")]
        context: String,
    },
    /// Run Kubernetes' cleaner of unused legacy tokens now (it runs once a day by itself)
    CleanTokens,
}

/// Arguments of the hidden `satrain supervise`.
#[derive(Debug, Args)]
pub struct SuperviseArgs {
    /// The cluster's folder
    #[arg(long)]
    pub dir: PathBuf,
    /// Only remove what a dead cluster left
    #[arg(long)]
    pub clean: bool,
    /// The control group of this process is delegated to it
    #[arg(long)]
    pub delegated: bool,
}

/// Runs the supervisor. Must be called before the process has a second thread (so before any runtime).
pub fn supervise(args: &SuperviseArgs) -> ExitCode {
    embedded::supervise(&Supervise { dir: args.dir.clone(), clean: args.clean, delegated: args.delegated })
}

/// Runs `satrain cluster …`.
pub async fn run(ctx: &Context, args: &ClusterArgs, out: &mut impl Write) -> Result<Exit> {
    let text = match &args.verb {
        ClusterVerb::Up { timings, .. } => up(args, ctx, *timings).await?,
        ClusterVerb::Down => {
            connect::down(ctx, &*existing(args, ctx)?, &args.name).await?;
            String::new()
        }
        ClusterVerb::Status => return status::status(ctx, &*existing(args, ctx)?, &args.name, out).await,
        ClusterVerb::Env => env(args, ctx).await?,
        ClusterVerb::Logs { component, follow } => {
            return status::logs(
                ctx,
                &*existing(args, ctx)?,
                (&args.name, component.as_deref()),
                *follow,
                out,
            )
            .await;
        }
        ClusterVerb::List => status::list(ctx).await?,
        ClusterVerb::Images { export: None } => images::list(&installed(ctx)?, ctx.json)?,
        ClusterVerb::Images { export: Some(file) } => images::export(&installed(ctx)?, file)?,
        ClusterVerb::LoadImage { file } => images::load(ctx, &args.name, file)?,
        ClusterVerb::BuildNodeImage { tag, export, tools } => {
            images::build(ctx, tag.clone(), export.as_deref(), *tools).await?
        }
        ClusterVerb::Adopt(args) => return adopt::adopt(ctx, args, out).await,
        ClusterVerb::Unadopt { context } => adopt::unadopt(ctx, context)?,
        ClusterVerb::CleanTokens => clean_tokens(args, ctx).await?,
    };
    write!(out, "{text}")?;
    Ok(Exit::Passed)
}

/// The distribution that is there: nobody should compile for minutes to read a list.
fn installed(ctx: &Context) -> Result<Distribution> {
    Ok(locate(&ctx.environment.locate_options())?.0)
}

async fn clean_tokens(args: &ClusterArgs, context: &Context) -> Result<String> {
    let cluster = existing(args, context)?;
    context.events.step("Running the cleaner of unused legacy tokens");
    cluster.clean_legacy_tokens().await?;
    context.events.done("it has checked every Secret of type kubernetes.io/service-account-token");
    Ok(String::new())
}

/// The cluster of that name that is there already, of whichever provider; the embedded one where none is.
fn existing(args: &ClusterArgs, context: &Context) -> Result<AnyProvider> {
    let choice = match args.provider {
        Some(provider) => ClusterChoice::named(provider, &args.name),
        None => ClusterChoice::found(context, &args.name)?,
    };
    let mut provider = connect::provider(context, &choice, false)?;
    provider.allow_sudo(sudo_mode(false, io::stdin().is_terminal()));
    Ok(provider)
}

/// The cluster that `up` is asked for.
fn wanted(args: &ClusterArgs, context: &Context) -> Result<AnyProvider> {
    let ClusterVerb::Up { port, no_sudo, timeout, image, limits, .. } = &args.verb else {
        return existing(args, context);
    };
    let default = if image.is_some() { ProviderKind::K3s } else { ProviderKind::Embedded };
    let provider = args.provider.unwrap_or(default);
    let choice = ClusterChoice::named(provider, &args.name)
        .with_image(image.clone())
        .at_port(*port)
        .limited(limits.wanted(provider)?)
        .within(Duration::from_secs(*timeout));
    let mut provider = connect::provider(context, &choice, true)?;
    provider.allow_sudo(sudo_mode(*no_sudo, io::stdin().is_terminal()));
    Ok(provider)
}

fn sudo_mode(never: bool, terminal: bool) -> SudoMode {
    match (never, terminal) {
        (true, _) => SudoMode::Never,
        (false, true) => SudoMode::Ask,
        (false, false) => SudoMode::Quiet,
    }
}

/// Keeps the milestones that pass by, and hands every event on.
struct Stopwatch {
    to: Events,
    laps: Arc<Mutex<Vec<(String, u64)>>>,
}

impl EventSink for Stopwatch {
    fn emit(&self, event: Event) {
        if let Event::Progress { done, unit: "ms", detail, .. } = &event {
            self.laps.lock().unwrap_or_else(PoisonError::into_inner).push((detail.clone(), *done));
        }
        self.to.emit(event);
    }
}

async fn up(args: &ClusterArgs, context: &Context, timings: bool) -> Result<String> {
    let begun = Instant::now();
    let laps = Arc::new(Mutex::new(Vec::new()));
    let events = Events::new(Stopwatch { to: context.events.clone(), laps: laps.clone() });
    let info = wanted(args, context)?.up(&events).await?;
    connect::remember(context, &info).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut laps = std::mem::take(&mut *laps.lock().unwrap_or_else(PoisonError::into_inner));
    // A component's own milestones are read when all are there.
    laps.sort_by_key(|(_, ms)| *ms);
    if context.json {
        let milestones: Vec<_> =
            laps.iter().map(|(name, ms)| json!({"name": name, "milliseconds": ms})).collect();
        let mut value = json!(info);
        value["milestones"] = json!(milestones);
        value["seconds"] = json!(seconds);
        return Ok(format!("{value:#}\n"));
    }
    let mut text = String::new();
    if timings {
        for (name, ms) in &laps {
            let _ = writeln!(text, "{:>8.2} s  {name}", *ms as f64 / 1000.0);
        }
        let _ = writeln!(text, "{seconds:>8.2} s  in total, as measured by this command");
    }
    let _ = writeln!(text, "Cluster {} runs Kubernetes {} at {}", info.name, info.version, info.api_server);
    let name = if info.name == DEFAULT_NAME { String::new() } else { format!(" --name {}", info.name) };
    let _ = writeln!(text, "Use it with: eval \"$(satrain cluster env{name})\"");
    Ok(text)
}

async fn env(args: &ClusterArgs, context: &Context) -> Result<String> {
    let found = existing(args, context)?.find().await?;
    let info = found.ok_or_else(|| ClusterError::NotRunning { name: args.name.clone() })?;
    if context.json {
        return Ok(format!("{:#}\n", json!(info)));
    }
    Ok(env_lines(&info, info.kubectl.parent().unwrap_or(Path::new("/"))))
}

fn env_lines(info: &ClusterInfo, bin: &Path) -> String {
    let quoted = |p: &Path| shell_quoted(&p.display().to_string()).into_owned();
    let mut lines = format!(
        "export KUBECONFIG={}\nexport PATH={}:\"$PATH\"\n",
        quoted(&info.learner_kubeconfig),
        quoted(bin)
    );
    if let Some(cache) = &info.kubectl_cache {
        let _ = writeln!(lines, "export {KUBECTL_CACHE}={}", quoted(cache));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        cluster: ClusterArgs,
    }

    #[test]
    fn the_name_may_stand_before_or_after_the_verb() {
        for line in [["x", "--name", "a", "up"], ["x", "up", "--name", "a"]] {
            assert_eq!(Cli::parse_from(line).cluster.name, "a");
        }
        assert_eq!(Cli::parse_from(["x", "down"]).cluster.name, DEFAULT_NAME);
    }

    #[test]
    fn sudo_asks_only_before_a_terminal() {
        assert_eq!(sudo_mode(false, true), SudoMode::Ask);
        assert_eq!(sudo_mode(false, false), SudoMode::Quiet);
        assert_eq!(sudo_mode(true, true), SudoMode::Never);
    }
}
