//! How a cluster is, asked from outside: the supervisor's board, its lock, and the processes' memory.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::layout::Layout;
use super::processes;
use super::record::{ComponentState, ComponentStatus, Privilege, Record, State, Status};
use crate::cluster::error::Result;
use crate::cluster::json;
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
    let board = json::read::<Status>(&layout.status())?;
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
    if let Some(board) = board {
        fill(&mut status, board, alive);
    } else if !alive {
        status.reason = Some("its supervisor never started".into());
    }
    Ok(Some(status))
}

fn fill(status: &mut ClusterStatus, board: Status, alive: bool) {
    status.version = board.version;
    status.uid = board.uid;
    status.components = board.components;
    status.started = Some(board.started);
    if !alive {
        let killed = || "its supervisor was killed; `satrain cluster up` makes it afresh".to_owned();
        status.reason = Some(board.failure.map_or_else(killed, |f| f.summary()));
        for component in &mut status.components {
            component.pid = None;
        }
        return;
    }
    status.state = board.state;
    status.api_server = Some(format!("https://127.0.0.1:{}", board.port));
    status.supervisor = Some(board.supervisor);
    status.uptime_seconds = u64::try_from(Timestamp::now().duration_since(board.started).as_secs()).ok();
    let processes = processes::of(board.supervisor);
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

/// Every cluster in the state folder, dead ones too, by name.
///
/// # Errors
/// If the folder cannot be read. A cluster whose record is garbled is left out.
pub fn list(paths: &Paths) -> Result<Vec<ClusterStatus>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(paths.clusters()).into_iter().flatten().flatten() {
        if let Some(name) = entry.file_name().to_str()
            && let Ok(Some(status)) = of(name, &Layout::new(entry.path()))
        {
            found.push(status);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
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
        assert!(list(&Paths::under(dir.path())).unwrap().is_empty());
    }
}
