//! The monitor: the supervisor's outer process, in the host's namespaces.

use std::fs::{File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, lchown};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::{SigSet, Signal as Sig, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, pipe2, setsid};

use super::groups::{self, Groups};
use super::init::{self, Init};
use super::reports::{self, Reports};
use super::status_file::StatusFile;
use super::userns;
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::kubeconfigs;
use crate::cluster::embedded::layout::{Layout, SUPERVISOR_LOG};
use crate::cluster::embedded::record::{Identity, Privilege, Record, State};
use crate::cluster::json;
use crate::fs::Owner;

/// As much as a main thread has; the kernel gives what is used.
const INIT_STACK: usize = 8 << 20;

/// Below that of any Pod, which have 2 or more; and still above that of programs that the machine depends on.
const OOM_SCORE: &str = "-100";

/// How long the processes of a killed cluster may take to leave their control groups.
const GROUPS_GO: Duration = Duration::from_secs(10);

/// In milliseconds, how often the monitor looks whether its folder is still there: without it, nobody could end the cluster.
const LOOK: u16 = 5000;

/// Becomes a daemon and watches the cluster in `dir` until it ends. The calling process returns at once.
pub(super) fn main(dir: &Path, delegated: bool) -> ExitCode {
    let layout = Layout::new(dir);
    umask(Mode::from_bits_truncate(0o077));
    let record = match json::read::<Record>(&layout.record()) {
        Ok(Some(record)) => record,
        Ok(None) | Err(_) => return refuse(&format!("{} holds no cluster", dir.display())),
    };
    if threads() != 1 {
        return refuse("the supervisor must start in a single-threaded process");
    }
    let Ok((begun, begin)) = pipe2(OFlag::O_CLOEXEC) else { return refuse("no pipe") };
    // SAFETY: the process has one thread (checked above), so the child may do anything.
    match unsafe { fork() } {
        Err(e) => return refuse(&format!("fork: {e}")),
        Ok(ForkResult::Parent { .. }) => {
            // Until the daemon holds its lock, or is gone (the launching command then finds why in its signals).
            drop(begin);
            let _ = nix::unistd::read(&begun, &mut [0u8; 1]);
            return ExitCode::SUCCESS;
        }
        Ok(ForkResult::Child) => drop(begun),
    }
    if let Err(e) = detach(&layout, &record) {
        return refuse(&format!("leaving the session: {e}"));
    }
    let status_file = StatusFile::new(layout.clone(), record.owner);
    // Held until the failure is written: who waits looks at the lock first.
    let alive = match lock(&layout) {
        Ok(alive) => alive,
        Err(e) => return refuse(&format!("locking {}: {e}", layout.alive().display())),
    };
    drop(begin);
    match monitor(&layout, &record, &status_file, delegated, &alive) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            status_file.fail(failure);
            ExitCode::FAILURE
        }
    }
}

/// Removes what a dead cluster left behind, with the rights its supervisor had.
pub(super) fn clean(dir: &Path) -> ExitCode {
    let layout = Layout::new(dir);
    let Ok(Some(record)) = json::read::<Record>(&layout.record()) else { return ExitCode::SUCCESS };
    if record.privilege == Privilege::Rootless {
        // Files of subordinate users can only be removed by the root of a user namespace that has them.
        if let Err(failure) = userns::enter() {
            return refuse(&format!("{failure:?}"));
        }
    }
    match sweep(&layout, &record.id) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => refuse(&e.to_string()),
    }
}

/// Removes control groups and the folders that only the cluster's own users may remove.
pub(crate) fn sweep(layout: &Layout, id: &str) -> std::io::Result<()> {
    let groups = groups::remove(id, GROUPS_GO);
    for data in [layout.lab().dir().to_owned()].into_iter().chain(layout.earlier()) {
        match std::fs::remove_dir_all(&data) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    groups
}

/// Removes what the dead supervisor of a cluster that comes back has left, except what it keeps.
fn make_way(layout: &Layout) -> std::io::Result<()> {
    let end = Instant::now() + GROUPS_GO;
    for dir in layout.lab().fleeting() {
        loop {
            match std::fs::remove_dir_all(&dir) {
                Err(e) if e.kind() == ErrorKind::NotFound => break,
                // A process of it writes its last.
                Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty && Instant::now() < end => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(e) => return Err(e),
                Ok(()) => break,
            }
        }
        std::fs::create_dir(&dir)?;
        std::fs::set_permissions(&dir, Permissions::from_mode(0o755))?;
    }
    // It says that images were imported, which those have yet to be.
    match std::fs::remove_file(layout.log("images")) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn monitor(
    layout: &Layout,
    record: &Record,
    status_file: &StatusFile,
    delegated: bool,
    alive: &OwnedFd,
) -> Result<(), Failure> {
    let other = |what: &'static str| move |e: std::io::Error| Failure::Other { why: format!("{what}: {e}") };
    status_file.begin(std::process::id().cast_signed());
    let listener = listen(record)?;
    status_file.port(listener.local_addr().map_err(other("listening"))?.port());
    let control = control(layout, record).map_err(other("making the control FIFO"))?;

    // Of an earlier supervisor of this cluster.
    groups::remove(&record.id, GROUPS_GO).map_err(other("removing control groups of the dead cluster"))?;
    let groups = Groups::create(&record.id, delegated)?;
    record.limits.iter().try_for_each(|limits| groups.limit(limits))?;
    if record.privilege == Privilege::Rootless {
        userns::enter()?;
    }
    let known = json::read::<Identity>(&layout.identity())?;
    if known.is_some() {
        make_way(layout).map_err(other("removing what the dead cluster ran with"))?;
        kubeconfigs::readdress(layout, status_file.current_port(), record.owner)?;
    }
    if let Some(users) = &record.users {
        hand_over(layout, users.root).map_err(other("giving the cluster its folders"))?;
        groups.hand_over(users.root)?;
    }
    let signals = signals().map_err(other("blocking signals"))?;
    let (mut reports, reporter) = reports::channel().map_err(|e| other("pipe")(e.into()))?;
    // Closed by the kernel when the monitor dies: init sees that even where the death signal came too early.
    let (watched, go) = pipe2(OFlag::O_CLOEXEC).map_err(|e| other("pipe")(e.into()))?;
    let init = Init {
        layout,
        record,
        groups: &groups,
        status_file: Arc::new(status_file.told(reporter)),
        known,
        listener,
        monitor: watched,
        _alive: alive,
    };
    let child = make(init, record.users.is_some(), go.as_raw_fd())?;
    let is_let_go = || {
        record.users.iter().try_for_each(|users| userns::write(child, users))?;
        groups.admit(child)?;
        // When memory runs out, a Pod goes and not the control plane. An ordinary user may not say so.
        let _ = std::fs::write(format!("/proc/{child}/oom_score_adj"), OOM_SCORE);
        nix::unistd::write(&go, b"1").map_err(|e| other("letting the cluster's init go")(e.into()))
    };
    if let Err(failure) = is_let_go() {
        let _ = (kill(child, Sig::SIGKILL), waitpid(child, None));
        return Err(failure);
    }
    let wish = watch(layout, child, &signals, &control, &mut reports, status_file);
    finish(layout, record, status_file, child, wish)
}

/// Makes the cluster's init, process 1 of its pid namespace, which waits for the other end of `go`.
fn make(init: Init<'_>, in_user_namespace: bool, go: RawFd) -> Result<Pid, Failure> {
    let mut namespaces = CloneFlags::CLONE_NEWPID;
    namespaces.set(CloneFlags::CLONE_NEWUSER, in_user_namespace);
    let mut stack = vec![0; INIT_STACK];
    let mut init = Some(init);
    let main = Box::new(|| {
        // It would never see the end of a pipe that it holds open itself.
        let _ = nix::unistd::close(go);
        init.take().map_or(1, |init| init::main(init))
    });
    // SAFETY: this process has one thread, nothing before this line starts another, and the child gets a copy of its memory.
    unsafe { clone(main, &mut stack, namespaces, Some(Sig::SIGCHLD as i32)) }.map_err(|e| {
        Failure::kernel("a user and a pid namespace", e, "Run satrain as root, or enable user namespaces.")
    })
}

/// Gives the cluster's folders to its root, and not the one that they are in: so that none of them can become a link to another. What is in those of a cluster that comes back is its own already.
fn hand_over(layout: &Layout, to: Owner) -> std::io::Result<()> {
    layout.lab().data().iter().try_for_each(|dir| lchown(dir, Some(to.uid), Some(to.gid)))
}

/// What ended a monitor's watch.
enum Wish {
    /// `down`, or the folder is gone: end the cluster and remove what it has.
    Remove,
    /// A signal, as when the machine shuts down: end the cluster and leave what it has.
    Stop,
    /// The cluster's init ended by itself.
    InitEnded(WaitStatus),
}

fn watch(
    layout: &Layout,
    init: Pid,
    signals: &SignalFd,
    control: &File,
    reports: &mut Reports,
    status_file: &StatusFile,
) -> Wish {
    loop {
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(control.as_fd(), PollFlags::POLLIN),
            PollFd::new(reports.as_fd(), PollFlags::POLLIN),
        ];
        let _ = poll(&mut fds, PollTimeout::from(LOOK));
        let told = fds[1].revents().is_some_and(|r| r.contains(PollFlags::POLLIN));
        // Before it is known that init ended: it may have said why.
        let ended = waitpid(init, Some(WaitPidFlag::WNOHANG));
        reports.read().into_iter().for_each(|report| status_file.take(report));
        if let Ok(Some(signal)) = signals.read_signal()
            && signal.ssi_signo != Sig::SIGCHLD as u32
        {
            return Wish::Stop;
        }
        if told || !layout.record().exists() {
            return Wish::Remove;
        }
        match ended {
            Ok(WaitStatus::StillAlive) | Err(_) => {}
            Ok(status) => return Wish::InitEnded(status),
        }
    }
}

fn finish(
    layout: &Layout,
    record: &Record,
    status_file: &StatusFile,
    init: Pid,
    wish: Wish,
) -> Result<(), Failure> {
    match wish {
        Wish::Remove | Wish::Stop => {
            let _ = kill(init, Sig::SIGKILL);
            // Its end is told once every process of the pid namespace is gone.
            while let Ok(WaitStatus::StillAlive) = waitpid(init, Some(WaitPidFlag::WNOHANG)) {
                groups::thaw(&record.id);
                std::thread::sleep(Duration::from_millis(5));
            }
            status_file.state(State::Dead);
            let swept = match wish {
                Wish::Remove => sweep(layout, &record.id),
                _ => flush(layout).and(groups::remove(&record.id, GROUPS_GO)),
            };
            swept.map_err(|e| Failure::Other { why: format!("removing the cluster's remains: {e}") })
        }
        Wish::InitEnded(status) => {
            let _ = groups::remove(&record.id, GROUPS_GO);
            match status_file.failure() {
                Some(failure) => Err(failure),
                None => Err(Failure::Other { why: format!("the cluster's init process ended ({status:?})") }),
            }
        }
    }
}

/// Writes out what the file system of the cluster's folder has in memory: etcd does not, and the machine may be going down.
fn flush(layout: &Layout) -> std::io::Result<()> {
    Ok(nix::unistd::syncfs(&File::open(layout.dir())?)?)
}

/// Leaves the caller's session and terminal; both outputs go to the supervisor's log.
fn detach(layout: &Layout, record: &Record) -> std::io::Result<()> {
    setsid()?;
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(layout.log(SUPERVISOR_LOG))?;
    if let Some(owner) = record.owner {
        std::os::unix::fs::fchown(&log, Some(owner.uid), Some(owner.gid))?;
    }
    let null = File::open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&log)?;
    nix::unistd::dup2_stderr(&log)?;
    std::env::set_current_dir("/")
}

/// Takes the lock that says "alive". A status command may hold it for an instant.
fn lock(layout: &Layout) -> std::io::Result<OwnedFd> {
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(layout.alive())?;
    let end = Instant::now() + Duration::from_secs(2);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file.into()),
            Err(e) if Instant::now() > end => {
                return Err(std::io::Error::other(format!("another supervisor holds it: {e}")));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Opens the API's port on the host: the one asked for, else the earlier one, else a free one.
fn listen(record: &Record) -> Result<TcpListener, Failure> {
    let bind = |port: u16| TcpListener::bind((record.address, port));
    if let Some(port) = record.port {
        return bind(port).map_err(|_| Failure::PortTaken { port });
    }
    record
        .preferred_port
        .and_then(|port| bind(port).ok())
        .map_or_else(|| bind(0), Ok)
        .map_err(|e| Failure::Other { why: format!("listening on {}: {e}", record.address) })
}

/// The FIFO through which `down` speaks. Opened for both directions, so that it never reports a hang-up.
fn control(layout: &Layout, record: &Record) -> std::io::Result<File> {
    let path = layout.control();
    let _ = std::fs::remove_file(&path);
    nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    if let Some(owner) = record.owner {
        std::os::unix::fs::chown(&path, Some(owner.uid), Some(owner.gid))?;
    }
    OpenOptions::new().read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)
}

fn signals() -> std::io::Result<SignalFd> {
    let mut mask = SigSet::empty();
    for signal in [Sig::SIGTERM, Sig::SIGINT, Sig::SIGCHLD] {
        mask.add(signal);
    }
    mask.thread_block()?;
    Ok(SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Before the daemon has a log, the launching command reads standard error.
#[allow(clippy::print_stderr)]
pub(super) fn refuse(why: &str) -> ExitCode {
    eprintln!("satrain supervise: {why}");
    ExitCode::FAILURE
}
