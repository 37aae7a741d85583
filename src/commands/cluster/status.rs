//! `satrain cluster status`, `list` and `logs`: how clusters are, whoever runs them.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::docker::{self, DockerStatus, InDocker};
use crate::cluster::embedded::{self, ClusterStatus, State};
use crate::cluster::{AdoptionRecord, AnyProvider, ClusterError};
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};

/// Prints how one cluster is; exit code 0 if it runs well.
pub(super) async fn status(
    ctx: &Context,
    provider: &AnyProvider,
    name: &str,
    out: &mut impl Write,
) -> Result<Exit> {
    let found = match (provider, provider.in_docker()) {
        (AnyProvider::Embedded(cluster), _) => {
            cluster.status()?.map(|s| (s.state, json!(s), embedded_text(&s)))
        }
        (_, Some(cluster)) => cluster.status().await?.map(|s| (s.state, json!(s), docker_text(&s))),
        (_, None) => return Err(not_ours()),
    };
    let Some((state, value, text)) = found else {
        if ctx.json {
            writeln!(out, "{:#}", json!({"name": name, "state": "absent"}))?;
            return Ok(Exit::NoCluster);
        }
        return Err(ClusterError::NotRunning { name: name.to_owned() }.into());
    };
    match ctx.json {
        true => writeln!(out, "{value:#}")?,
        false => write!(out, "{text}")?,
    }
    Ok(if state == State::Running { Exit::Passed } else { Exit::NoCluster })
}

fn not_ours() -> Failure {
    Failure::usage("satrain does not run existing clusters\nAsk its API: kubectl get nodes")
}

/// Aligned lines, one fact each.
fn facts(facts: &[(&str, Option<String>)]) -> String {
    let mut text = String::new();
    for (name, value) in facts {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<11}{value}");
        }
    }
    text
}

fn embedded_text(status: &ClusterStatus) -> String {
    let mut text = format!("Cluster {}: {}\n", status.name, word(&status.state));
    let memory = |b| format!("{} MB in {} processes", b / 1_000_000, status.processes);
    text += &facts(&[
        ("Reason", status.reason.clone()),
        ("Kubernetes", status.version.clone()),
        ("API", status.api_server.clone()),
        ("Up for", status.uptime_seconds.map(|s| format!("{} min {} s", s / 60, s % 60))),
        ("Memory", status.memory_bytes.map(memory)),
        ("Supervisor", status.supervisor.map(|p| format!("process {p}"))),
        ("Folder", Some(status.dir.display().to_string())),
    ]);
    for c in &status.components {
        let pid = c.pid.map_or_else(|| "-".to_owned(), |p| p.to_string());
        let _ =
            writeln!(text, "  {:<24} {:<11} pid {pid:<8} restarts {}", c.name, word(&c.state), c.restarts);
    }
    text
}

fn docker_text(status: &DockerStatus) -> String {
    let mut text = format!("Cluster {}: {}\n", status.name, word(&status.state));
    text += &facts(&[
        ("Provider", Some(word(&status.provider))),
        ("Kubernetes", status.version.clone()),
        ("API", Some(status.api_server.clone())),
        ("Memory", status.memory_bytes.map(|b| format!("{} MB", b / 1_000_000))),
        ("Image", Some(status.image.clone())),
        ("Container", Some(status.container.clone())),
    ]);
    text
}

/// All clusters: satrain's own, those in Docker, adopted ones.
pub(super) async fn list(ctx: &Context) -> Result<String> {
    let mut rows: Vec<(Value, [String; 4])> = Vec::new();
    for s in embedded::list(&ctx.paths)? {
        let row = [
            s.name.clone(),
            word(&s.state),
            s.version.clone().unwrap_or_else(|| "-".to_owned()),
            s.api_server.clone().unwrap_or_else(|| "-".to_owned()),
        ];
        rows.push((json!(s), row));
    }
    for (provider, name) in docker::names(&ctx.paths) {
        if let Some(cluster) = connect::in_docker(ctx, provider, &name)?.in_docker() {
            rows.push(in_docker(&cluster, &name).await?);
        }
    }
    for a in AdoptionRecord::all(&ctx.paths)? {
        let value = json!({"name": a.context, "state": "adopted", "apiServer": a.server, "uid": a.uid});
        let context = crate::printable::printable(&a.context).to_string();
        rows.push((value, [context, "adopted".into(), "-".into(), a.server]));
    }
    if ctx.json {
        return Ok(format!("{:#}\n", json!(rows.into_iter().map(|(value, _)| value).collect::<Vec<_>>())));
    }
    if rows.is_empty() {
        return Ok("No cluster. Start one with: satrain cluster up\n".to_owned());
    }
    let line =
        |[name, state, version, api]: [String; 4]| format!("{name:<20} {state:<10} {version:<10} {api}\n");
    Ok(rows.into_iter().map(|(_, row)| line(row)).collect())
}

/// A cluster in Docker stays in the list when Docker does not answer.
async fn in_docker(cluster: &InDocker, name: &str) -> Result<(Value, [String; 4])> {
    Ok(match cluster.status().await {
        Ok(Some(s)) => {
            let version = s.version.clone().unwrap_or_else(|| "-".to_owned());
            (json!(s), [s.name, word(&s.state), version, format!("{} ({})", s.api_server, word(&s.provider))])
        }
        Ok(None) | Err(ClusterError::NoDocker { .. }) => {
            let value = json!({"name": name, "state": "unknown"});
            (value, [name.to_owned(), "unknown".into(), "-".into(), "no Docker answers".into()])
        }
        Err(e) => return Err(e.into()),
    })
}

/// A unit variant as it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Prints one log, or the names of all.
pub(super) async fn logs(
    provider: &AnyProvider,
    component: Option<&str>,
    follow: bool,
    out: &mut impl Write,
) -> Result<Exit> {
    if let AnyProvider::Embedded(cluster) = provider {
        match component {
            None => cluster.logs().iter().try_for_each(|name| writeln!(out, "{name}"))?,
            Some(component) => file(&cluster.log(component)?, follow, out)?,
        }
        return Ok(Exit::Passed);
    }
    let cluster = provider.in_docker().ok_or_else(not_ours)?;
    match component {
        None => writeln!(out, "audit\nnode")?,
        Some("audit") => file(&cluster.audit_log(), follow, out)?,
        Some("node") => writeln!(out, "{}", cluster.node_log().await?)?,
        Some(other) => {
            let known = vec!["audit".to_owned(), "node".to_owned()];
            return Err(ClusterError::NoSuchLog { component: other.to_owned(), known }.into());
        }
    }
    Ok(Exit::Passed)
}

/// Copies a file; with `follow`, until the reader goes away.
fn file(path: &Path, follow: bool, out: &mut impl Write) -> Result<()> {
    let failed = |source| ClusterError::Io { action: "reading", path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    loop {
        match io::copy(&mut file, out) {
            // A reader that went away (`| head`) has seen enough.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(e) => return Err(e.into()),
            Ok(_) if !follow => return Ok(()),
            Ok(_) => out.flush()?,
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
