//! How a cluster is, asked from outside: the supervisor's status file, its lock, and the processes' memory.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::failure::Failure;
use super::layout::Layout;
use super::processes;
use super::record::{ComponentState, ComponentStatus, Privilege, Record, State, Status};
use crate::cluster::error::Result;
use crate::cluster::{ClusterError, Health, json};
use crate::paths::Paths;

/// How a cluster is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// Its name.
    pub name: String,
    /// Starting, running, degraded or dead.
    pub state: State,
    /// Why it is degraded or dead, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Kubernetes' version, once it is known.
    pub version: Option<String>,
    /// UID of Namespace kube-system, once it is known.
    pub uid: Option<String>,
    /// URL of the API server on this machine.
    pub api_server: Option<String>,
    /// Process ID of the supervisor.
    pub supervisor: Option<i32>,
    /// With which rights it runs.
    pub privilege: Option<Privilege>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// For how many seconds it has been running; `None` if dead.
    pub uptime_seconds: Option<u64>,
    /// Memory of all its processes and containers: proportional set size, in bytes. `None` if it may not be read.
    pub memory_bytes: Option<u64>,
    /// How many processes it has, containers' included.
    pub processes: usize,
    /// Its components; process IDs are those of the host.
    pub components: Vec<ComponentStatus>,
    /// Its folder.
    pub dir: PathBuf,
}

/// Whether a process of the cluster's supervisor lives: it holds a lock that the kernel drops with it.
pub(super) fn is_alive(layout: &Layout) -> bool {
    let Ok(file) = std::fs::File::open(layout.alive()) else { return false };
    matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}

/// The status of one cluster; `None` if there is none.
pub(super) fn of(name: &str, layout: &Layout) -> Result<Option<ClusterStatus>> {
    let Some(record) = json::read::<Record>(&layout.record())? else { return Ok(None) };
    let written = json::read::<Status>(&layout.status())?;
    let alive = is_alive(layout);
    let mut status = ClusterStatus {
        name: name.to_owned(),
        state: if alive { State::Starting } else { State::Dead },
        reason: None,
        version: None,
        uid: None,
        api_server: None,
        supervisor: None,
        privilege: Some(record.privilege),
        started: Some(record.created),
        uptime_seconds: None,
        memory_bytes: None,
        processes: 0,
        components: Vec::new(),
        dir: layout.dir().to_owned(),
    };
    if let Some(written) = written {
        fill(&mut status, written, alive, layout);
    } else if !alive {
        status.reason = Some(match layout.is_kept() {
            true => dead(None, true),
            false => "its supervisor never started".into(),
        });
    }
    Ok(Some(status))
}

/// Why a cluster is dead, and what comes next.
fn dead(failure: Option<Failure>, kept: bool) -> String {
    let why = failure.map_or_else(|| "its supervisor was killed".to_owned(), |f| f.summary());
    let next = match kept {
        true => {
            "its labs are kept: `satrain cluster up` brings it back, and so does any command that needs it"
        }
        false => "`satrain cluster up` makes it anew",
    };
    format!("{why}; {next}")
}

fn fill(status: &mut ClusterStatus, written: Status, alive: bool, layout: &Layout) {
    status.version = written.version;
    status.uid = written.uid;
    status.components = written.components;
    status.started = Some(written.started);
    if !alive {
        status.reason = Some(dead(written.failure, layout.is_kept()));
        for component in &mut status.components {
            (component.state, component.pid) = (ComponentState::Ended, None);
        }
        return;
    }
    status.state = written.state;
    status.api_server = Some(format!("https://127.0.0.1:{}", written.port));
    status.supervisor = Some(written.supervisor);
    status.uptime_seconds = u64::try_from(Timestamp::now().duration_since(written.started).as_secs()).ok();
    let processes = processes::of(written.supervisor);
    status.memory_bytes = processes::memory(&processes);
    status.processes = processes.len();
    for component in &mut status.components {
        component.pid =
            component.pid.and_then(|inner| processes.iter().find(|p| p.inner == inner)).map(|p| p.pid);
    }
    status.reason = troubles(&status.components).filter(|_| status.state == State::Degraded);
}

fn troubles(components: &[ComponentStatus]) -> Option<String> {
    let down: Vec<String> = components
        .iter()
        .filter(|c| matches!(c.state, ComponentState::Restarting | ComponentState::Failing))
        .map(|c| format!("{} died {} times ({})", c.name, c.restarts, c.last_exit.as_deref().unwrap_or("?")))
        .collect();
    (!down.is_empty()).then(|| down.join("; "))
}

/// How many processes of Pods a cluster has, its shims and sandboxes included: all that are no component's.
///
/// # Errors
/// When the cluster does not run.
pub fn programs_of_pods(paths: &Paths, name: &str) -> Result<usize> {
    let status = of(name, &Layout::new(paths.clusters().join(name)))?;
    let gone = || ClusterError::NotRunning { name: name.to_owned() };
    let status = status.ok_or_else(gone)?;
    let supervisor = status.supervisor.ok_or_else(gone)?;
    let components: Vec<i32> = status.components.iter().filter_map(|component| component.pid).collect();
    Ok(processes::others(&processes::of(supervisor), supervisor, &components))
}

/// The distributions of all clusters in the state folder, whether they run or are kept.
pub fn distributions_in_use(paths: &Paths) -> Vec<PathBuf> {
    let records = names(paths).into_iter().map(|name| Layout::new(paths.clusters().join(name)).record());
    records.filter_map(|file| Some(json::read::<Record>(&file).ok()??.distribution)).collect()
}

/// The names of all clusters in the state folder, dead ones too; one whose records are garbled is left out.
pub(in crate::cluster) fn names(paths: &Paths) -> Vec<String> {
    let entries = std::fs::read_dir(paths.clusters()).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|e| is_readable(&Layout::new(e.path())))
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn is_readable(layout: &Layout) -> bool {
    matches!(json::read::<Record>(&layout.record()), Ok(Some(_)))
        && json::read::<Status>(&layout.status()).is_ok()
}

/// The same for people, whoever runs the cluster.
pub(super) fn health(status: ClusterStatus) -> Health {
    let memory = |b| format!("{} MB in {} processes", b / 1_000_000, status.processes);
    let facts = [
        ("Reason", status.reason.clone()),
        ("Kubernetes", status.version.clone()),
        ("API", status.api_server.clone()),
        ("Up for", status.uptime_seconds.map(|s| format!("{} min {} s", s / 60, s % 60))),
        ("Memory", status.memory_bytes.map(memory)),
        ("Supervisor", status.supervisor.map(|p| format!("process {p}"))),
        ("Folder", Some(status.dir.display().to_string())),
    ];
    Health {
        facts: facts.into_iter().filter_map(|(title, fact)| Some((title, fact?))).collect(),
        value: serde_json::json!(status),
        name: status.name,
        state: status.state,
        version: status.version,
        address: status.api_server,
        components: status.components,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_the_components_that_are_down() {
        let component = |name: &str, state| ComponentStatus {
            name: name.into(),
            state,
            pid: None,
            restarts: 5,
            last_exit: Some("exit status 1".into()),
        };
        let all = [component("etcd", ComponentState::Running), component("kubelet", ComponentState::Failing)];
        assert_eq!(troubles(&all).unwrap(), "kubelet died 5 times (exit status 1)");
        assert_eq!(troubles(&all[..1]), None);
    }

    #[test]
    fn a_lock_file_that_nobody_holds_means_dead() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        assert!(!is_alive(&layout));
        let file = std::fs::File::create(layout.alive()).unwrap();
        assert!(!is_alive(&layout));
        file.lock().unwrap();
        assert!(is_alive(&layout));
    }

    #[test]
    fn an_empty_state_folder_has_no_clusters() {
        let dir = tempfile::tempdir().unwrap();
        assert!(names(&Paths::under(dir.path())).is_empty());
    }
}
