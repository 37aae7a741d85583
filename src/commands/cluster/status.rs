//! `satrain cluster status`, `list` and `logs`: how clusters are, whoever runs them.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::choice::ClusterChoice;
use super::connect;
use crate::cluster::embedded::State;
use crate::cluster::{self, AdoptionRecord, ClusterError, Health, Log, Provider, ProviderKind};
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::fs::foreign_file;
use crate::printable::printable;

/// Prints how one cluster is; exit code 0 if it runs well.
pub(super) async fn status(
    ctx: &Context,
    provider: &dyn Provider,
    name: &str,
    out: &mut impl Write,
) -> Result<Exit> {
    let Some(health) = provider.health().await? else {
        if ctx.json {
            writeln!(out, "{:#}", json!({"name": name, "state": "absent"}))?;
            return Ok(Exit::NoCluster);
        }
        return Err(ClusterError::NotRunning { name: name.to_owned() }.into());
    };
    match ctx.json {
        true => writeln!(out, "{:#}", health.value)?,
        false => write!(out, "{}", text(&health))?,
    }
    Ok(if health.state == State::Running { Exit::Passed } else { Exit::NoCluster })
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
            let cluster = connect::provider(ctx, &ClusterChoice::named(kind, &name), false)?;
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
            Some((value, [name.to_owned(), "unknown".into(), "-".into(), "Docker does not answer".into()]))
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
    ctx: &Context,
    provider: &dyn Provider,
    (name, component): (&str, Option<&str>),
    follow: bool,
    out: &mut impl Write,
) -> Result<Exit> {
    let names = provider.log_names()?;
    // The names are always the same for a node in Docker.
    let known = || provider.kind().names(&ctx.paths).iter().any(|known| known == name);
    if names.is_empty() || (provider.kind() != ProviderKind::Embedded && !known()) {
        return Err(ClusterError::NotRunning { name: name.to_owned() }.into());
    }
    match component {
        None => names.iter().try_for_each(|name| writeln!(out, "{name}"))?,
        Some(component) => match provider.read_log(component).await? {
            Log::File(path) => file(&path, follow, out)?,
            Log::Text(text) => writeln!(out, "{}", printable(&text))?,
        },
    }
    Ok(Exit::Passed)
}

/// Copies a file; with `follow`, until the reader goes away.
fn file(path: &Path, follow: bool, out: &mut impl Write) -> Result<()> {
    let failed = |source| ClusterError::Io { action: "reading", path: path.to_owned(), source };
    let mut file = foreign_file(path).map_err(failed)?;
    let mut rest = Vec::new();
    loop {
        match shown(&mut file, &mut rest, out) {
            // A reader that went away (`| head`) has seen enough.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(e) => return Err(e.into()),
            Ok(()) if !follow => return Ok(()),
            Ok(()) => out.flush()?,
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Shows what there is to read, as a terminal may get it: a Pod can write into some logs. `rest`: of a character that is not whole
/// yet.
fn shown(file: &mut impl Read, rest: &mut Vec<u8>, out: &mut impl Write) -> io::Result<()> {
    let mut block = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            return Ok(());
        }
        rest.extend_from_slice(block.get(..length).unwrap_or_default());
        let whole = match std::str::from_utf8(rest) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => rest.len(),
        };
        let text: Vec<u8> = rest.drain(..whole).collect();
        out.write_all(printable(&String::from_utf8_lossy(&text)).as_bytes())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_a_terminal_no_orders_and_keeps_its_characters_whole() {
        let (mut rest, mut out) = (Vec::new(), Vec::new());
        let text = "a\u{1b}]52;c;aGk=\u{7}\tü\u{202e}\n".as_bytes();
        for byte in text {
            shown(&mut [*byte].as_slice(), &mut rest, &mut out).unwrap();
        }
        let said = String::from_utf8(out).unwrap();
        assert_eq!(said, "a\\u{1b}]52;c;aGk=\\u{7}\tü\\u{202e}\n");
    }
}
