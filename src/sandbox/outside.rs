//! satrain's side of a sandbox: orders it, fills it, lets it go, and takes back what it wrote when nothing of it lives any more.

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinSet;

use super::follow::Follow;
use super::forward;
use super::request::{Ended, Limits, Request, SandboxError};
use super::tree::{self, Bounds, Folder};
use super::wire::{News, Order, Spec, receive, send};

/// How long a dead sandbox may take to go.
const GOES: Duration = Duration::from_secs(10);

type Result<T> = std::result::Result<T, SandboxError>;

/// A script in its sandbox. It ends with all that it started when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    keeper: Child,
    control: Control,
    /// The file system with what the script writes; it lives as long as this is open.
    files: OwnedFd,
    workspace: PathBuf,
    before: Folder,
    /// Connections, and the copy of a log.
    tasks: JoinSet<()>,
    program: String,
}

/// The socket to it. Closing it ends the sandbox.
#[derive(Debug)]
struct Control(UnixStream);

impl Control {
    fn send(&self, order: &Order) -> std::io::Result<()> {
        send(self.0.as_fd(), order, &[])
    }

    /// None: it ended without a word.
    async fn news(&self) -> std::io::Result<Option<(News, Vec<OwnedFd>)>> {
        let got = self.0.async_io(Interest::READABLE, || receive(self.0.as_fd())).await;
        match got {
            Err(e) if e.kind() == ErrorKind::ConnectionReset => Ok(None),
            got => got,
        }
    }
}

impl Sandbox {
    /// Makes a sandbox, fills it, and starts the program in it.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] if this machine refuses it: then nothing was run.
    pub async fn start(request: Request) -> Result<Self> {
        let no_socket = || SandboxError::io("making a socket");
        let (control, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)
                .map_err(|e| no_socket()(e.into()))?;
        // What matters of its type is only that messages stay apart, and that concerns `send` and `receive` alone.
        let control = std::os::unix::net::UnixStream::from(control);
        control.set_nonblocking(true).map_err(no_socket())?;
        let control = Control(UnixStream::from_std(control).map_err(no_socket())?);
        let keeper = Command::new(&request.satrain)
            .arg(super::VERB)
            .env_clear()
            .env(&request.mark.0, &request.mark.1)
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(SandboxError::io("starting the sandbox"))?;
        let spec = Spec {
            program: request.program.clone(),
            arguments: request.arguments,
            environment: request.environment,
            programs: request.programs,
            port: request.forward.as_ref().map(|forward| forward.port),
            limits: request.limits,
        };
        control.send(&Order::Make(spec)).map_err(SandboxError::io("ordering the sandbox"))?;
        // Read while the sandbox is being made.
        let workspace = request.workspace.clone();
        let before =
            blocking(move || tree::read(&workspace, Bounds::WORKSPACE)).await?.map_err(in_workspace)?;

        let (owner, files) = match control.news().await.map_err(SandboxError::io("making the sandbox"))? {
            Some((News::Ready { owner }, files)) => (owner, files),
            Some((News::Refused { what, why }, _)) => return Err(SandboxError::Unavailable { what, why }),
            _ => {
                let (what, why) = ("the sandbox".to_owned(), "it ended at once".to_owned());
                return Err(SandboxError::Unavailable { what, why });
            }
        };
        let mut files = files.into_iter();
        let Some(room) = files.next() else {
            let (what, why) = ("the sandbox".to_owned(), "it has no files".to_owned());
            return Err(SandboxError::Unavailable { what, why });
        };
        let mut tasks = JoinSet::new();
        if let (Some(forward), Some(listener)) = (request.forward, files.next()) {
            tasks =
                forward::serve(listener, forward).map_err(SandboxError::io("listening for the script"))?;
        }
        let (filled, home) = (before.clone(), request.home);
        // Its own handle: this work may go on after the future that waits for it.
        let held = room.try_clone().map_err(SandboxError::io("filling the sandbox"))?;
        let follow = blocking(move || {
            let place = seen(&held);
            tree::fill(&place.join("workspace"), &filled, owner)?;
            tree::fill(&place.join("home"), &home, owner)?;
            request.follow.map(|log| Follow::begin(&log.file, copy(&place, owner)?)).transpose()
        });
        if let Some(follow) = follow.await?.map_err(SandboxError::io("filling the sandbox"))? {
            tasks.spawn(follow.go_on());
        }
        control.send(&Order::Go).map_err(SandboxError::io("starting the script"))?;
        let program = request.program.to_string_lossy().into_owned();
        Ok(Self { keeper, control, files: room, workspace: request.workspace, before, tasks, program })
    }

    /// What it writes to its outputs; once.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.keeper.stdout.take(), self.keeper.stderr.take())
    }

    /// Waits until the program ends. Nothing that it started lives then.
    ///
    /// # Errors
    /// [`SandboxError::NotStarted`].
    pub async fn ended(&mut self) -> Result<Ended> {
        let news = self.control.news().await.map_err(SandboxError::io("waiting for the script"))?;
        let ended = match news {
            Some((News::Ended(ended), _)) => Ok(ended),
            Some((News::NotStarted(why), _)) => {
                Err(SandboxError::NotStarted { program: self.program.clone(), why })
            }
            // Whoever ended process 1 ended the script.
            _ => Ok(Ended::Signal(nix::libc::SIGKILL)),
        };
        self.keeper.wait().await.map_err(SandboxError::io("waiting for the sandbox"))?;
        ended
    }

    /// Ends the sandbox, and does to the workspace what the script did to its copy.
    ///
    /// # Errors
    /// [`SandboxError::Workspace`] if the script left more than a workspace may hold; then nothing was changed.
    pub async fn take_back(self) -> Result<()> {
        let Self { mut keeper, control, files, workspace, before, mut tasks, .. } = self;
        drop(control);
        tasks.abort_all();
        match tokio::time::timeout(GOES, keeper.wait()).await {
            Ok(gone) => gone.map(drop).map_err(SandboxError::io("waiting for the sandbox"))?,
            Err(_) => keeper.kill().await.map_err(SandboxError::io("ending the sandbox"))?,
        }
        let took = blocking(move || {
            let after = match tree::read(&seen(&files).join("workspace"), Bounds::WORKSPACE) {
                Ok(after) => after,
                Err(e) => return Err(in_workspace(e)),
            };
            tree::apply(&workspace, &before, &after).map_err(SandboxError::io("writing the workspace"))
        });
        took.await?
    }
}

/// Whether a sandbox can be had here: makes one, in which nothing is done.
///
/// # Errors
/// Why it cannot.
pub async fn probe(satrain: &Path) -> Result<()> {
    let workspace = tempfile::tempdir().map_err(SandboxError::io("making a folder"))?;
    let request = Request {
        satrain: satrain.to_owned(),
        mark: ("SATRAIN_PROBE".into(), "1".into()),
        program: "true".into(),
        arguments: Vec::new(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        programs: Vec::new(),
        home: Folder::new(),
        workspace: workspace.path().to_owned(),
        forward: None,
        follow: None,
        limits: Limits::default(),
    };
    match Sandbox::start(request).await?.ended().await {
        Ok(_) | Err(SandboxError::NotStarted { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where an open folder can be reached by name.
fn seen(folder: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()))
}

/// The empty copy of a log.
fn copy(room: &Path, owner: Option<u32>) -> std::io::Result<File> {
    let name = super::AUDIT_LOG.strip_prefix(super::HOME).unwrap_or_default().trim_start_matches('/');
    let file = File::options().write(true).create_new(true).mode(0o400).open(room.join("home").join(name))?;
    fchown(&file, owner, owner)?;
    Ok(file)
}

fn in_workspace(error: std::io::Error) -> SandboxError {
    match error.kind() {
        ErrorKind::FileTooLarge => SandboxError::Workspace(error.to_string()),
        _ => SandboxError::io("reading the workspace")(error),
    }
}

/// File work that must not hold up the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| SandboxError::io("copying files")(std::io::Error::other(e)))
}
