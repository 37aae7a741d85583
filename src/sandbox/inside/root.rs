//! The private root: programs of the system read-only, a minimal /etc and /dev, a fresh /proc, and one bounded file system for
//! all that the script writes. Nothing else of the host is there, and nothing of it can be mounted.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, umask};

use super::super::request::{BIN, HOME, SYSTEM, WORKSPACE};
use super::identity::LEARNER;
use super::{Step, refused};

/// What of /etc programs need to find libraries, certificates and each other.
const ETC: [&str; 12] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "pki/ca-trust",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Files and folders that the script may write, all together.
const NAMES: u32 = 65_536;

/// When the machine runs out of memory, a script goes first.
const FIRST_TO_GO: &str = "800";

// linux/mount.h
const READ_ONLY: u64 = 0x1;
const NO_SUID: u64 = 0x2;
const NO_DEV: u64 = 0x4;
const NO_EXEC: u64 = 0x8;

/// What goes into it.
pub(super) struct Root<'a> {
    pub(super) programs: &'a [(String, PathBuf)],
    /// To whom the script's files belong, if not to this user.
    pub(super) owner: Option<u32>,
    /// How much they may be.
    pub(super) disk: u64,
}

/// What is kept of it outside.
pub(super) struct Made {
    /// The file system with the script's files.
    pub(super) files: OwnedFd,
    /// A /proc that can be written; the script's cannot.
    proc: OwnedFd,
}

impl Made {
    /// Forbids user namespaces below this process's own.
    pub(super) fn forbid_user_namespaces(&self) -> Step<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
        let file = openat(&self.proc, "sys/user/max_user_namespaces", flags, Mode::empty())
            .map_err(refused("forbidding user namespaces"))?;
        nix::unistd::write(&file, b"0").map(drop).map_err(refused("forbidding user namespaces"))
    }
}

/// Makes the root and enters it. The process must be alone in fresh mount and PID namespaces.
pub(super) fn enter(root: &Root<'_>) -> Step<Made> {
    umask(Mode::from_bits_truncate(0o022));
    mounted("", "/", None, MsFlags::MS_REC | MsFlags::MS_PRIVATE, "")?;
    // Opened before the new root covers what may lie below it.
    let programs =
        root.programs.iter().map(|(name, file)| Ok((name, handle(file)?))).collect::<Step<Vec<_>>>()?;
    let at = ["/tmp", "/run", "/mnt"].map(Path::new).into_iter().find(|place| place.is_dir());
    let at = at.ok_or_else(|| refused("a place for the root")("there is neither /tmp nor /run nor /mnt"))?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mounted("satrain", at, Some("tmpfs"), safe, "mode=0755,size=4m")?;
    for folder in
        ["proc", "dev", "etc", "tmp", "var", "run/satrain/bin", "home/learner", "workspace", "old", "files"]
    {
        made_folder(&at.join(folder))?;
    }
    system(at)?;
    for (name, file) in &programs {
        let target = inside(at, BIN).join(name);
        fs::write(&target, "").map_err(refused(name.as_str()))?;
        bind(&opened(file), &target, READ_ONLY | NO_SUID | NO_DEV)?;
    }
    etc(&at.join("etc"))?;
    devices(&at.join("dev"))?;
    let files = files(at, root)?;
    let proc = proc(&at.join("proc"))?;
    nix::unistd::pivot_root(at, &at.join("old")).map_err(refused("entering the private root"))?;
    nix::unistd::chdir("/").map_err(refused("entering the private root"))?;
    umount2("/old", MntFlags::MNT_DETACH).map_err(refused("leaving the host's root"))?;
    fs::remove_dir("/old").map_err(refused("leaving the host's root"))?;
    attributes(Path::new("/"), READ_ONLY | NO_SUID | NO_DEV, false)?;
    Ok(Made { files, proc })
}

fn inside(at: &Path, path: &str) -> PathBuf {
    at.join(path.trim_start_matches('/'))
}

/// Programs and libraries.
fn system(at: &Path) -> Step<()> {
    for name in SYSTEM {
        let (source, target) = (Path::new("/").join(name), at.join(name));
        let Ok(kind) = fs::symlink_metadata(&source) else { continue };
        if kind.is_symlink() {
            let linked = fs::read_link(&source).and_then(|to| symlink(to, &target));
            linked.map_err(refused(name))?;
        } else if kind.is_dir() {
            made_folder(&target)?;
            bind(&source, &target, READ_ONLY | NO_SUID | NO_DEV)?;
        }
    }
    Ok(())
}

fn etc(etc: &Path) -> Step<()> {
    let texts = [
        (
            "passwd",
            format!(
                "learner:x:{LEARNER}:{LEARNER}:learner:{HOME}:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n"
            ),
        ),
        ("group", format!("learner:x:{LEARNER}:\nnogroup:x:65534:\n")),
        ("hosts", "127.0.0.1 localhost lab\n".to_owned()),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n".to_owned()),
        ("resolv.conf", String::new()),
    ];
    for (name, text) in texts {
        fs::write(etc.join(name), text).map_err(refused(name))?;
    }
    for name in ETC {
        let (source, target) = (Path::new("/etc").join(name), etc.join(name));
        let Ok(kind) = fs::metadata(&source) else { continue };
        let parent = target.parent().unwrap_or(etc);
        made_folder(parent)?;
        if kind.is_dir() {
            made_folder(&target)?;
        } else {
            fs::write(&target, "").map_err(refused(name))?;
        }
        bind(&source, &target, READ_ONLY | NO_SUID | NO_DEV | NO_EXEC)?;
    }
    Ok(())
}

fn devices(dev: &Path) -> Step<()> {
    for name in DEVICES {
        let (source, target) = (Path::new("/dev").join(name), dev.join(name));
        if source.exists() {
            fs::write(&target, "").map_err(refused(name))?;
            // Read-only concerns the node: what it leads to can be written.
            bind(&source, &target, READ_ONLY | NO_SUID | NO_EXEC)?;
        }
    }
    for (link, to) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("shm", "/tmp"),
    ] {
        symlink(to, dev.join(link)).map_err(refused(link))?;
    }
    Ok(())
}

/// One file system, so that one limit holds for all that the script writes.
fn files(at: &Path, root: &Root<'_>) -> Step<OwnedFd> {
    let files = at.join("files");
    let options = format!("mode=0755,size={},nr_inodes={NAMES}", root.disk);
    mounted("satrain", &files, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, &options)?;
    for (name, place, mode) in
        [("home", HOME, 0o700), ("workspace", WORKSPACE, 0o700), ("tmp", "/tmp", 0o1777)]
    {
        let folder = files.join(name);
        made_folder(&folder)?;
        chown(&folder, root.owner, root.owner).map_err(refused(name))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).map_err(refused(name))?;
        bind(&folder, &inside(at, place), NO_SUID | NO_DEV)?;
    }
    symlink("/tmp", at.join("var/tmp")).map_err(refused("/var/tmp"))?;
    let kept = File::open(&files).map_err(refused("the script's files"))?;
    umount2(&files, MntFlags::MNT_DETACH).map_err(refused("the script's files"))?;
    fs::remove_dir(&files).map_err(refused("the script's files"))?;
    Ok(kept.into())
}

/// The script's /proc is read-only; another one stays open for process 1.
fn proc(at: &Path) -> Step<OwnedFd> {
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mounted("proc", at, Some("proc"), safe, "")?;
    let kept = File::open(at).map_err(refused("/proc"))?;
    // What this process starts has it from this one. It may be refused, and is only a wish.
    let _ = fs::write(at.join("self/oom_score_adj"), FIRST_TO_GO);
    mounted("proc", at, Some("proc"), safe | MsFlags::MS_RDONLY, "")?;
    Ok(kept.into())
}

fn opened(file: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn handle(path: &Path) -> Step<OwnedFd> {
    open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).map_err(refused(path.display().to_string()))
}

fn made_folder(path: &Path) -> Step<()> {
    fs::create_dir_all(path).map_err(refused(path.display().to_string()))
}

/// Binds a folder with all below it, or a file.
fn bind(source: &Path, target: &Path, flags: u64) -> Step<()> {
    mounted(source, target, None, MsFlags::MS_BIND | MsFlags::MS_REC, "")?;
    attributes(target, flags, true)
}

/// Adds flags to a mount, and to all below it: an older call would leave those as they are.
fn attributes(target: &Path, flags: u64, all: bool) -> Step<()> {
    #[repr(C)]
    struct Attributes {
        set: u64,
        clear: u64,
        propagation: u64,
        user_namespace: u64,
    }
    let what = || format!("the flags of the mount at {}", target.display());
    let path = std::ffi::CString::new(target.as_os_str().as_encoded_bytes()).map_err(refused(what()))?;
    let wanted = Attributes { set: flags, clear: 0, propagation: 0, user_namespace: 0 };
    let below = if all { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and attributes live until the call returns; the size is that of the attributes.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            below,
            &raw const wanted,
            size_of::<Attributes>(),
        )
    };
    match result {
        0 => Ok(()),
        _ => match Errno::last() {
            Errno::ENOSYS => Err(refused(what())("Linux 5.12 or newer is needed")),
            error => Err(refused(what())(io::Error::from(error))),
        },
    }
}

fn mounted(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
    kind: Option<&str>,
    flags: MsFlags,
    data: &str,
) -> Step<()> {
    let (source, target) = (source.as_ref(), target.as_ref());
    mount(Some(source), target, kind, flags, (!data.is_empty()).then_some(data)).map_err(refused(format!(
        "{} at {}",
        kind.unwrap_or("a mount"),
        target.display()
    )))
}
