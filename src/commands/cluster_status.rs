//! `satrain cluster status`, `list` and `logs`: how clusters are, whoever runs them.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::choice::{Choice, ClusterChoice};
use super::cluster::print;
use super::context::Context;
use super::ground;
use crate::cluster::embedded::State;
use crate::cluster::{self, AdoptionRecord, ClusterError, Health, Log, Provider, ProviderKind};
use crate::error::Result;

/// Prints how one cluster is; exit code 0 if it runs well.
pub(super) async fn status(ctx: &Context, provider: &dyn Provider, name: &str) -> Result<u8> {
    let Some(health) = provider.health().await? else {
        if ctx.json {
            print(&format!("{:#}\n", json!({"name": name, "state": "absent"})));
            return Ok(4);
        }
        return Err(ClusterError::NotRunning { name: name.to_owned() }.into());
    };
    print(&if ctx.json { format!("{:#}\n", health.value) } else { text(&health) });
    Ok(if health.state == State::Running { 0 } else { 4 })
}

/// A line for the state, then one for each fact and each component.
fn text(health: &Health) -> String {
    let mut text = format!("Cluster {}: {}\n", health.name, word(&health.state));
    for (title, fact) in &health.facts {
        let _ = writeln!(text, "  {title:<11}{fact}");
    }
    for c in &health.components {
        let pid = c.pid.map_or_else(|| "-".to_owned(), |p| p.to_string());
        let _ =
            writeln!(text, "  {:<24} {:<11} pid {pid:<8} restarts {}", c.name, word(&c.state), c.restarts);
    }
    text
}

/// All clusters: satrain's own, those in Docker, adopted ones.
pub(super) async fn list(ctx: &Context) -> Result<String> {
    let mut rows: Vec<(Value, [String; 4])> = Vec::new();
    for kind in ProviderKind::ALL {
        for name in kind.names(&ctx.paths) {
            let cluster = ground::provider(ctx, &ClusterChoice::named(Choice::of(kind), &name), false)?;
            rows.extend(row(&name, cluster.health().await)?);
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

/// A cluster in Docker stays in the list when Docker does not answer; none that is gone meanwhile does.
fn row(name: &str, health: cluster::Result<Option<Health>>) -> Result<Option<(Value, [String; 4])>> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    Ok(match health {
        Ok(Some(h)) => Some((h.value, [h.name, word(&h.state), or_dash(h.version), or_dash(h.address)])),
        Ok(None) => None,
        Err(ClusterError::NoDocker { .. }) => {
            let value = json!({"name": name, "state": "unknown"});
            Some((value, [name.to_owned(), "unknown".into(), "-".into(), "no Docker answers".into()]))
        }
        Err(e) => return Err(e.into()),
    })
}

/// A unit variant as it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Prints one log, or the names of all.
pub(super) async fn logs(provider: &dyn Provider, component: Option<&str>, follow: bool) -> Result<u8> {
    match component {
        None => print(&provider.log_names()?.iter().map(|n| format!("{n}\n")).collect::<String>()),
        Some(component) => match provider.read_log(component).await? {
            Log::File(path) => return file(&path, follow),
            Log::Text(text) => print(&format!("{text}\n")),
        },
    }
    Ok(0)
}

fn file(path: &Path, follow: bool) -> Result<u8> {
    let failed = |source| ClusterError::Io { action: "reading", path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    loop {
        // A reader that went away (`| head`) ends this quietly.
        if io::copy(&mut file, &mut io::stdout().lock()).is_err() || !follow {
            return Ok(0);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
