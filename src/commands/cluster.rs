//! `satrain cluster …`: the lab cluster's life, for people and scripts. And `satrain supervise`, which is hidden.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::json;

use super::adopt::AdoptArgs;
use super::context::Context;
use super::ground;
use crate::cluster::embedded::{self, ClusterStatus, DEFAULT_NAME, State, SudoMode, Supervise};
use crate::cluster::{AdoptionRecord, ClusterError, ClusterInfo, Embedded, Provider};
use crate::error::Result;
use crate::event::{Event, EventSink, Events};
use crate::lab::script::KUBECTL_CACHE;

/// Arguments of `satrain cluster`.
#[derive(Debug, Args)]
pub struct ClusterArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: ClusterVerb,
    /// The cluster's name
    #[arg(long, global = true, default_value = DEFAULT_NAME)]
    pub name: String,
}

/// What `satrain cluster` can do.
#[derive(Debug, Subcommand)]
pub enum ClusterVerb {
    /// Start the lab cluster, or find it running
    Up {
        /// Port of the API on 127.0.0.1 [default: a free one]
        #[arg(long)]
        port: Option<u16>,
        /// Show when each milestone was reached
        #[arg(long)]
        timings: bool,
        /// Never ask for root through sudo
        #[arg(long)]
        no_sudo: bool,
        /// Give up after so many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        timeout: u64,
    },
    /// End the lab cluster and remove all that belongs to it
    Down,
    /// Show how the cluster and its components are
    Status,
    /// Print shell lines that make kubectl talk to the cluster as the learner: eval "$(satrain cluster env)"
    Env,
    /// Print the log of a component
    Logs {
        /// kube-apiserver, kubelet, audit, supervisor, …; without it: the names of all logs
        component: Option<String>,
        /// Go on printing what is added
        #[arg(long, short)]
        follow: bool,
    },
    /// List all clusters, dead ones too
    List,
    /// List the lab images, or write them into an archive for the nodes of another cluster
    Images {
        /// Write an OCI archive (`kind load image-archive FILE`, `ctr -n k8s.io images import FILE`)
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// Say that an existing cluster may be changed for labs, after being told what they do there
    Adopt(AdoptArgs),
    /// Take that word back
    Release {
        /// The context under which it was adopted
        #[arg(long, value_name = "CONTEXT")]
        context: String,
    },
    /// Run Kubernetes' cleaner of unused legacy tokens now; by itself it looks once a day
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
pub fn supervise(args: SuperviseArgs) -> ExitCode {
    embedded::supervise(&Supervise { dir: args.dir, clean: args.clean, delegated: args.delegated })
}

/// Runs `satrain cluster …`.
///
/// # Errors
/// Those of [`ClusterError`], with exit code 4.
pub async fn run(args: ClusterArgs, context: &Context) -> Result<u8> {
    let text = match &args.verb {
        ClusterVerb::Up { timings, .. } => up(&args, context, *timings).await?,
        ClusterVerb::Down => {
            cluster(&args, context)?.down(&context.events).await?;
            String::new()
        }
        ClusterVerb::Status => return status(&args, context),
        ClusterVerb::Env => env(&args, context).await?,
        ClusterVerb::Logs { component, follow } => {
            return logs(&args, context, component.as_deref(), *follow);
        }
        ClusterVerb::List => list(context)?,
        ClusterVerb::Images { export: None } => {
            super::images::list(&ground::distribution(context)?, context.json)?
        }
        ClusterVerb::Images { export: Some(file) } => {
            super::images::export(&ground::distribution(context)?, file)?
        }
        ClusterVerb::Adopt(args) => super::adopt::adopt(context, args).await?,
        ClusterVerb::Release { context: name } => super::adopt::release(context, name)?,
        ClusterVerb::CleanTokens => clean_tokens(&args, context).await?,
    };
    print(&text);
    Ok(0)
}

async fn clean_tokens(args: &ClusterArgs, context: &Context) -> Result<String> {
    context.events.step("Running the cleaner of unused legacy tokens");
    cluster(args, context)?.clean_legacy_tokens().await?;
    context.events.done("it has looked at every Secret of type kubernetes.io/service-account-token");
    Ok(String::new())
}

fn cluster(args: &ClusterArgs, context: &Context) -> Result<Embedded> {
    let found = match args.verb {
        ClusterVerb::Up { .. } => Some(ground::distribution(context)?),
        _ => None,
    };
    let mut options = ground::embedded(context, found, Some(&args.name))?;
    let terminal = io::stdin().is_terminal();
    options.sudo = sudo_mode(false, terminal);
    if let ClusterVerb::Up { port, no_sudo, timeout, .. } = args.verb {
        options.port = port;
        options.patience = Duration::from_secs(timeout);
        options.sudo = sudo_mode(no_sudo, terminal);
    }
    Ok(Embedded::new(options)?)
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
    let info = cluster(args, context)?.up(&events).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let laps = std::mem::take(&mut *laps.lock().unwrap_or_else(PoisonError::into_inner));
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
        let _ = writeln!(text, "{seconds:>8.2} s  in all, seen by this command");
    }
    let _ = writeln!(text, "Cluster {} runs Kubernetes {} at {}", info.name, info.version, info.api_server);
    let name = if info.name == DEFAULT_NAME { String::new() } else { format!(" --name {}", info.name) };
    let _ = writeln!(text, "Use it with: eval \"$(satrain cluster env{name})\"");
    Ok(text)
}

async fn env(args: &ClusterArgs, context: &Context) -> Result<String> {
    let cluster = cluster(args, context)?;
    let info = cluster.find().await?.ok_or_else(|| ClusterError::NotRunning { name: args.name.clone() })?;
    if context.json {
        return Ok(format!("{:#}\n", json!(info)));
    }
    Ok(env_lines(&info, &cluster.bin_dir()))
}

fn env_lines(info: &ClusterInfo, bin: &Path) -> String {
    let quoted = |p: &Path| format!("'{}'", p.display().to_string().replace('\'', r"'\''"));
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

fn status(args: &ClusterArgs, context: &Context) -> Result<u8> {
    let Some(status) = cluster(args, context)?.status()? else {
        if context.json {
            print(&format!("{:#}\n", json!({"name": args.name, "state": "absent"})));
            return Ok(4);
        }
        return Err(ClusterError::NotRunning { name: args.name.clone() }.into());
    };
    print(&if context.json { format!("{:#}\n", json!(status)) } else { status_text(&status) });
    Ok(if matches!(status.state, State::Running) { 0 } else { 4 })
}

fn status_text(status: &ClusterStatus) -> String {
    let mut text = format!("Cluster {}: {}\n", status.name, word(&status.state));
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<11}{value}");
        }
    };
    line("Reason", status.reason.clone());
    line("Kubernetes", status.version.clone());
    line("API", status.api_server.clone());
    line("Up for", status.uptime_seconds.map(|s| format!("{} min {} s", s / 60, s % 60)));
    line(
        "Memory",
        status.memory_bytes.map(|b| format!("{} MB in {} processes", b / 1_000_000, status.processes)),
    );
    line("Supervisor", status.supervisor.map(|p| format!("process {p}")));
    line("Folder", Some(status.dir.display().to_string()));
    for c in &status.components {
        let pid = c.pid.map_or_else(|| "-".to_owned(), |p| p.to_string());
        let _ =
            writeln!(text, "  {:<24} {:<11} pid {pid:<8} restarts {}", c.name, word(&c.state), c.restarts);
    }
    text
}

fn list(context: &Context) -> Result<String> {
    let all = embedded::list(&context.paths)?;
    let adopted = AdoptionRecord::all(&context.paths)?;
    if context.json {
        let adopted = adopted
            .iter()
            .map(|a| json!({"name": a.context, "state": "adopted", "apiServer": a.server, "uid": a.uid}));
        let rows: Vec<_> = all.iter().map(|s| json!(s)).chain(adopted).collect();
        return Ok(format!("{:#}\n", json!(rows)));
    }
    if all.is_empty() && adopted.is_empty() {
        return Ok("No cluster. Start one with: satrain cluster up\n".to_owned());
    }
    let row = |s: &ClusterStatus| {
        let version = s.version.as_deref().unwrap_or("-");
        format!(
            "{:<20} {:<10} {:<10} {}\n",
            s.name,
            word(&s.state),
            version,
            s.api_server.as_deref().unwrap_or("-")
        )
    };
    let theirs = |a: &AdoptionRecord| {
        let context = crate::printable::printable(&a.context);
        format!("{context:<20} {:<10} {:<10} {}\n", "adopted", "-", a.server)
    };
    Ok(all.iter().map(row).chain(adopted.iter().map(theirs)).collect())
}

/// A unit variant as it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn logs(args: &ClusterArgs, context: &Context, component: Option<&str>, follow: bool) -> Result<u8> {
    let cluster = cluster(args, context)?;
    let Some(component) = component else {
        print(&cluster.logs().iter().map(|n| format!("{n}\n")).collect::<String>());
        return Ok(0);
    };
    let path = cluster.log(component)?;
    let failed = |source| ClusterError::Io { action: "reading", path: path.clone(), source };
    let mut file = std::fs::File::open(&path).map_err(failed)?;
    loop {
        // A reader that went away (`| head`) ends this quietly.
        if io::copy(&mut file, &mut io::stdout().lock()).is_err() || !follow {
            return Ok(0);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Results go to standard output; a closed pipe is the reader's choice.
fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
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
