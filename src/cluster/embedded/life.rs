//! Up and down of an embedded cluster, as the command that asks for it sees it. Each may be killed at any moment:
//! the next one finds out what is left, from locks only, and goes on from there.

use std::fs::File;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::tail;
use super::launch::Launch;
use super::layout::{Layout, SUPERVISOR_LOG};
use super::limits::Limits;
use super::preflight::{Launcher, Machine};
use super::record::{self, Maker, Privilege, Record, SCHEMA, Signal, Status};
use super::users::{self, Users};
use super::{Embedded, EmbeddedOptions, kept, kubeconfigs, status, supervisor};
use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::info::ClusterInfo;
use crate::cluster::json;
use crate::cluster::lock::lock;
use crate::distribution::Distribution;
use crate::event::{Event, Events};
use crate::fs;
use crate::host::disk;

/// Etcd's log, images and a few Pods; less makes components fail in ways that are hard to tell.
const NEEDED_MB: u64 = 300;
const POLL: Duration = Duration::from_millis(10);

/// Makes the cluster run, or finds it running, and waits until it is ready.
pub(super) async fn up(cluster: &Embedded, events: &Events) -> Result<ClusterInfo> {
    if let Some(info) = cluster.info()? {
        return Ok(info);
    }
    if !status::is_alive(&cluster.layout) {
        // Refused before anything is made, even the folder of the lock.
        Machine::look(&cluster.options.path).decide(cluster.options.sudo)?;
    }
    let lock = lock(&cluster.options.paths.clusters(), &cluster.options.name, "starting", events).await?;
    if let Some(info) = cluster.info()? {
        return Ok(info);
    }
    if status::is_alive(&cluster.layout) {
        events.note("The cluster is already starting; waiting for it");
    } else {
        start(cluster, events)?;
    }
    tracing::debug!(log = ?cluster.layout.log(SUPERVISOR_LOG), at_most = ?cluster.options.patience, "waiting for the cluster");
    // Waiting changes nothing: `down` may end a start that takes too long.
    drop(lock);
    wait(cluster, events).await
}

/// Ends the cluster and removes its folder.
pub(super) async fn down(cluster: &Embedded, events: &Events) -> Result<()> {
    if !cluster.layout.dir().exists() {
        return Ok(());
    }
    let _lock = lock(&cluster.options.paths.clusters(), &cluster.options.name, "removing", events).await?;
    let record = match ours(&cluster.layout) {
        // Nothing is known of it but that it is satrain's.
        Err(ClusterError::Record { .. }) => None,
        record => record?,
    };
    // First of all: what is half removed must never be brought back.
    let identity = cluster.layout.identity();
    std::fs::remove_file(&identity).or_else(gone).map_err(io("removing", &identity))?;
    events.step(format!("Stopping cluster {}", cluster.options.name));
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        stop(cluster).await?;
        if let Some(record) = &record {
            sweep(cluster, record)?;
        }
        match std::fs::remove_dir_all(cluster.layout.dir()).or_else(gone) {
            Ok(()) => break,
            // An `up` that was killed had started a supervisor, which takes its lock and writes only now.
            Err(e) if e.kind() == std::io::ErrorKind::DirectoryNotEmpty && Instant::now() < end => {
                tokio::time::sleep(POLL).await;
            }
            Err(e) => return Err(not_removed(&cluster.layout, e)),
        }
    }
    events.done("everything is removed");
    Ok(())
}

fn not_removed(layout: &Layout, e: std::io::Error) -> ClusterError {
    let dir = layout.dir();
    match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            ClusterError::ForeignFiles { dir: dir.to_owned(), why: e.to_string() }
        }
        _ => io("removing", dir)(e),
    }
}

/// Tells a living supervisor to end everything, and waits until it has.
async fn stop(cluster: &Embedded) -> Result<()> {
    let layout = &cluster.layout;
    if !status::is_alive(layout) {
        return Ok(());
    }
    let end = Instant::now() + Duration::from_secs(30);
    while status::is_alive(layout) {
        if Instant::now() > end {
            let log = layout.log(SUPERVISOR_LOG);
            return Err(ClusterError::Supervisor { why: "it does not stop when asked to".into(), log });
        }
        // Told again and again: a supervisor killed half-way through its start has no FIFO yet.
        let fifo = File::options().write(true).custom_flags(nix::libc::O_NONBLOCK).open(layout.control());
        let _ = fifo.and_then(|mut f| std::io::Write::write_all(&mut f, b"down\n"));
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// Prepares the folder and starts the supervisor.
fn start(cluster: &Embedded, events: &Events) -> Result<()> {
    let (options, layout) = (&cluster.options, &cluster.layout);
    let launcher = Machine::look(&options.path).decide(options.sudo)?;
    let Some(distribution) = &options.distribution else {
        let what = "there is none".to_owned();
        return Err(ClusterError::NoDistribution { dir: options.paths.cache.clone(), what });
    };
    let last_port = json::read::<Status>(&layout.status()).ok().flatten().map(|s| s.port).filter(|p| *p != 0);
    if let Some(dead) = ours(layout)? {
        if kept::comes_back(layout, &dead, distribution, launcher)? {
            enough_space(layout)?;
            events.note(format!("Cluster {} died; bringing it back with what it has kept", options.name));
            let record = kept::again(layout, dead, options, distribution, last_port)?;
            return launched(cluster, launcher, distribution, &record, events);
        }
        events.note(format!("Cluster {} died before it was ready; making it anew", options.name));
        sweep(cluster, &dead)?;
    }
    std::fs::remove_dir_all(layout.dir()).or_else(gone).map_err(|e| not_removed(layout, e))?;
    private_dir(layout)?;
    enough_space(layout)?;

    let id = draw_id()?;
    let users = users(cluster, launcher, &id);
    if users.is_none() && launcher != Launcher::Rootless && options.audit.is_none() {
        events.note(
            "No user namespace here: a privileged Pod is root on this machine (`satrain doctor` says why)",
        );
    }
    let record = Record {
        users,
        limits: Limits::of_machine(layout.dir(), options.limits),
        schema: SCHEMA.to_owned(),
        name: options.name.clone(),
        id,
        created: Timestamp::now(),
        distribution: distribution.dir.clone(),
        privilege: launcher.privilege(),
        tuning: options.tuning,
        owner: launcher.owner(),
        port: options.port,
        address: options.address,
        audit: options.audit.clone(),
        preferred_port: last_port,
        maker: Maker::new(&distribution.manifest),
    };
    // The record comes first: a folder without one is not ours and would never be cleaned.
    json::write(&layout.record(), &record, None)?;
    folders(layout)?;
    for file in [layout.signals(), layout.alive()] {
        File::options().create_new(true).write(true).mode(0o600).open(&file).map_err(io("making", &file))?;
    }
    launched(cluster, launcher, distribution, &record, events)
}

/// Whom the users of a cluster are that root starts; `None` where they can only be whom they are inside.
fn users(cluster: &Embedded, launcher: Launcher, id: &str) -> Option<Users> {
    // In a container of its own the cluster has no user namespace: the host reads its audit log.
    let room = Machine::look(&cluster.options.path).users_to_give()?;
    let can = cluster.options.audit.is_none() && launcher != Launcher::Rootless;
    can.then(|| Users::of(id, launcher.owner(), &users::taken(), room))
}

/// Starts the supervisor of a folder that is ready for it.
fn launched(
    cluster: &Embedded,
    launcher: Launcher,
    distribution: &Distribution,
    record: &Record,
    events: &Events,
) -> Result<()> {
    let layout = &cluster.layout;
    if record.users.is_some() {
        distribution.share().map_err(io("sharing", &distribution.dir))?;
    }
    let kubectl = layout.bin().join("kubectl");
    std::fs::remove_file(&kubectl).or_else(gone).map_err(io("removing", &kubectl))?;
    symlink(distribution.bin("kubectl"), &kubectl).map_err(io("linking", &kubectl))?;
    tracing::debug!(
        name = record.name, id = record.id, privilege = ?record.privilege, distribution = ?record.distribution,
        "the supervisor is started"
    );
    events.step("Starting Kubernetes");
    launch(cluster, launcher, &record.id).supervise(layout)
}

/// Follows the supervisor's signals until the cluster is ready or given up.
async fn wait(cluster: &Embedded, events: &Events) -> Result<ClusterInfo> {
    let (options, layout) = (&cluster.options, &cluster.layout);
    let end = Instant::now() + options.patience;
    let mut read = 0;
    let mut reached = Vec::new();
    loop {
        let alive = status::is_alive(layout);
        let (signals, next) = record::signals(&layout.signals(), read);
        read = next;
        for signal in signals {
            match signal {
                Signal::Milestone { name, millis } => {
                    tracing::debug!(name, millis, "a milestone was reached");
                    events.emit(Event::Progress { done: millis, total: 0, unit: "ms", detail: name.clone() });
                    reached.push(name);
                }
                Signal::Failed { failure } => return Err(failure.into_error(layout)),
                Signal::Ready => {
                    if let Some(info) = cluster.info()? {
                        events.done(format!("Kubernetes {} at {}", info.version, info.api_server));
                        if let Some(before) = moved_from(layout, &info) {
                            events.note(format!("The API was at {before} before: kubeconfigs copied elsewhere need the new address"));
                        }
                        return Ok(info);
                    }
                }
            }
        }
        if !alive && !layout.record().exists() {
            return Err(ClusterError::NotRunning { name: options.name.clone() });
        }
        if !alive {
            let log = layout.log(SUPERVISOR_LOG);
            let name = options.name.clone();
            return Err(ClusterError::SupervisorDied { name, tail: tail(&log, 8), log });
        }
        if Instant::now() > end {
            let all = [
                "livez",
                "readyz",
                "node Ready",
                "node untainted",
                "scheduler",
                "images",
                "default ServiceAccount",
            ];
            let left: Vec<_> = all.into_iter().filter(|m| !reached.iter().any(|r| r == m)).collect();
            let (name, seconds) = (options.name.clone(), options.patience.as_secs());
            return Err(ClusterError::Timeout { name, seconds, waiting_for: left.join(", ") });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Where the API of a cluster that came back was before, if it is elsewhere now.
fn moved_from(layout: &Layout, info: &ClusterInfo) -> Option<String> {
    let record = json::read::<Record>(&layout.record()).ok().flatten()?;
    let before = kubeconfigs::outer_server(record.preferred_port?);
    (before != info.api_server).then_some(before)
}

/// Removes what a dead cluster's supervisor could not: its control groups, and data that may be another user's.
fn sweep(cluster: &Embedded, record: &Record) -> Result<()> {
    let layout = &cluster.layout;
    let root = nix::unistd::geteuid().is_root();
    let swept = supervisor::sweep(layout, &record.id);
    let launcher = match (swept, record.privilege) {
        (Ok(()), _) => return Ok(()),
        (Err(_), Privilege::Sudo) if !root => Launcher::Sudo { scope: false },
        (Err(_), Privilege::Rootless) => Launcher::Rootless,
        (Err(e), _) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(ClusterError::ForeignFiles { dir: layout.dir().to_owned(), why: e.to_string() });
        }
        (Err(e), _) => return Err(io("removing the remains in", layout.dir())(e)),
    };
    launch(cluster, launcher, &record.id).clean(layout)
}

fn launch<'a>(cluster: &'a Embedded, launcher: Launcher, id: &'a str) -> Launch<'a> {
    let EmbeddedOptions { program, sudo, variables, .. } = &cluster.options;
    Launch { program, launcher, sudo: *sudo, id, variables }
}

/// The record of a folder that satrain made; `None` if there is no folder or an empty one.
fn ours(layout: &Layout) -> Result<Option<Record>> {
    let taken = || ClusterError::NameTaken { dir: layout.dir().to_owned() };
    match json::read::<Record>(&layout.record())? {
        Some(record) if record.schema == SCHEMA => Ok(Some(record)),
        Some(_) => Err(taken()),
        None => match std::fs::read_dir(layout.dir()) {
            Ok(entries) => {
                let names = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
                match names.into_iter().all(|name| is_temporary(&name)) {
                    true => Ok(None),
                    false => Err(taken()),
                }
            }
            Err(_) => Ok(None),
        },
    }
}

/// A record that was being written when its `up` was killed; an earlier satrain called it `.tmp…`.
fn is_temporary(name: &str) -> bool {
    name.starts_with(fs::TEMPORARY) || name.starts_with(".tmp")
}

/// The folders of a new cluster, below its own: made by `up`, so that they are the user's.
fn folders(layout: &Layout) -> Result<()> {
    let all = [layout.logs(), layout.bin()];
    all.iter()
        .chain(&layout.lab().data())
        .try_for_each(|dir| std::fs::create_dir_all(dir).map_err(io("making", dir)))
}

fn private_dir(layout: &Layout) -> Result<()> {
    let dir = layout.dir();
    fs::make_private(dir).map_err(io("making", dir))?;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(io("closing", dir))
}

fn enough_space(layout: &Layout) -> Result<()> {
    let dir = layout.dir();
    let free_mb = match disk::space(dir) {
        Some(space) => space.free / (1 << 20),
        None => return Ok(()),
    };
    if free_mb >= NEEDED_MB {
        return Ok(());
    }
    // Only an empty one goes.
    let _ = std::fs::remove_dir(dir);
    Err(ClusterError::DiskFull { dir: dir.to_owned(), free_mb, needed_mb: NEEDED_MB })
}

/// Eight hexadecimal digits.
fn draw_id() -> Result<String> {
    let mut bytes = [0u8; 4];
    getrandom::fill(&mut bytes).map_err(|e| ClusterError::Pki { why: e.to_string() })?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn gone(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
