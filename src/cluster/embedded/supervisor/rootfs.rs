//! The cluster's private root file system.
//!
//! A tmpfs with the cluster's folder (`/lab`), the distribution (`/dist`), the host's programs read-only (the
//! kubelet runs `mount`), and fresh /proc, /dev, /etc, /run and /var. So Kubernetes' hard-coded host paths
//! (/run/containerd, /var/lib/kubelet, /etc/cni …) are never the host's, nothing is left of them, and a Pod that
//! mounts `/` with hostPath sees the lab's root, not the machine's.

use std::fs;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::Mode;
use nix::sys::statfs::{OVERLAYFS_SUPER_MAGIC, statfs};
use nix::sys::statvfs::{FsFlags, statvfs};

use super::super::cgroup;
use super::super::components::LINKS;
use super::super::failure::Failure;
use super::super::layout::{AUDIT, BIN, DIST, LAB, Lab};

/// What goes into the root: folders of the host, opened by somebody who may look into them.
pub(crate) struct Rootfs<'a> {
    lab: OwnedFd,
    images: OwnedFd,
    programs: Vec<Program>,
    /// A folder of the host for the audit log.
    audit: Option<OwnedFd>,
    /// What is known without a file.
    node: Node<'a>,
}

/// What the root is like.
pub(crate) struct Node<'a> {
    /// Whether control groups are of version 2, and this process the root of a cgroup namespace.
    pub(crate) cgroup2: bool,
    /// The cluster's.
    pub(crate) id: &'a str,
    /// Which users and groups the kubelet may give to Pods with a user namespace of their own: the first, and how many. `None`:
    /// any.
    pub(crate) for_pods: Option<(u32, u32)>,
}

/// The distribution's programs that run inside.
const PROGRAMS: [&str; 6] =
    ["satrain-kube", "satrain-node", "containerd-shim-runc-v2", "pod-sandbox", "satrain-cni", "runc"];
/// Programs and libraries of the host. The kubelet mounts volumes by running `mount`.
const HOST_PROGRAMS: [&str; 9] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"];
const DEVICES: [&str; 8] = ["null", "zero", "full", "random", "urandom", "tty", "kmsg", "fuse"];
/// What the kubelet insists on (`setupKernelTunables`, which has no "warn only"): it reads these, so it writes nothing.
const SYSCTLS: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
];

type Step<T> = Result<T, Failure>;

impl<'a> Rootfs<'a> {
    /// Opens what goes into the root, before a tmpfs covers what may lie below it, and while this process still is somebody who
    /// may. It must be in a fresh mount namespace.
    pub(crate) fn open(lab: &Path, distribution: &Path, audit: Option<&Path>, node: Node<'a>) -> Step<Self> {
        mounted("", "/", None, MsFlags::MS_REC | MsFlags::MS_PRIVATE, "")?;
        let programs = PROGRAMS.into_iter().map(|name| Program::find(&distribution.join("bin"), name));
        Ok(Self {
            lab: handle(lab)?,
            images: handle(&distribution.join("images"))?,
            programs: programs.collect::<Step<_>>()?,
            audit: audit.map(handle).transpose()?,
            node,
        })
    }

    /// Makes the root and enters it; what was opened for that is closed, since it leads out. The process must be alone in a fresh pid
    /// namespace.
    pub(crate) fn enter(self) -> Step<()> {
        let root = ["/run", "/tmp", "/mnt"].map(PathBuf::from).into_iter().find(|p| p.is_dir());
        let Some(root) = root else {
            return Err(Failure::Other {
                why: "this machine has none of /run, /tmp, /mnt to mount on".into(),
            });
        };
        mounted(
            "satrain",
            &root,
            Some("tmpfs"),
            MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
            "mode=0755,size=128m",
        )?;
        for dir in [
            "proc",
            "run/proc",
            "sys",
            "dev/pts",
            "dev/shm",
            "dev/mqueue",
            "etc",
            "tmp",
            "var/lib/cni",
            "root",
            "old",
        ] {
            fs::create_dir_all(root.join(dir)).map_err(made(&root.join(dir)))?;
        }
        self.bind_folders(&root)?;
        bind_into(&root, &self.images, &format!("{DIST}/images"), true)?;
        if let Some(audit) = &self.audit {
            bind_into(&root, audit, AUDIT, false)?;
            let log = Lab::at(root.join(LAB.trim_start_matches('/'))).log("audit");
            // A cluster that comes back has it.
            if !log.is_symlink() {
                symlink(format!("{AUDIT}/audit.log"), &log).map_err(made(&log))?;
            }
        }
        for program in &self.programs {
            program.link(&root)?;
        }
        host_programs(&root)?;
        if let Some(range) = self.node.for_pods {
            subordinate_users(&root, range).map_err(made(&root.join(BIN.trim_start_matches('/'))))?;
        }
        devices(&root)?;
        self.kernel(&root)?;
        self.etc(&root).map_err(made(&root.join("etc")))?;

        nix::unistd::pivot_root(&root, &root.join("old")).map_err(refused("pivot_root", &root))?;
        nix::unistd::chdir("/").map_err(refused("entering", Path::new("/")))?;
        umount2("/old", MntFlags::MNT_DETACH).map_err(refused("leaving", Path::new("/old")))?;
        fs::remove_dir("/old").map_err(made(Path::new("/old")))?;
        // The kubelet's mounts must reach the containers.
        mounted("", "/", None, MsFlags::MS_REC | MsFlags::MS_SHARED, "")
    }

    fn bind_folders(&self, root: &Path) -> Step<()> {
        bind_into(root, &self.lab, LAB, false)?;
        let lab = Lab::at(root.join(LAB.trim_start_matches('/')));
        lab.node_folders().into_iter().try_for_each(|(folder, at)| {
            let at = root.join(at.trim_start_matches('/'));
            fs::create_dir_all(&at).map_err(made(&at))?;
            let kind = statfs(&folder).map_err(refused("looking at", &folder))?.filesystem_type();
            if kind == OVERLAYFS_SUPER_MAGIC {
                // In a container the state is on an overlay, and overlays do not stack: images go to memory.
                return mounted("satrain", &at, Some("tmpfs"), MsFlags::MS_NODEV, "mode=0755");
            }
            bind(&folder, &at, false)
        })
    }

    fn kernel(&self, root: &Path) -> Step<()> {
        let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        // A second, whole /proc: containers with a user namespace may mount their own only where one is in view.
        for proc in ["proc", "run/proc"] {
            mounted("proc", root.join(proc), Some("proc"), safe, "")?;
        }
        for (name, value) in SYSCTLS {
            let file = root.join("run").join(name.replace('/', "."));
            fs::write(&file, format!("{value}\n")).map_err(made(&file))?;
            let target = root.join("proc/sys").join(name);
            if target.exists() {
                bind(&file, &target, false)?;
            }
        }
        let sys = root.join("sys");
        if mounted("sysfs", &sys, Some("sysfs"), safe, "").is_err() {
            bind(Path::new("/sys"), &sys, false)?;
        }
        let groups = sys.join("fs/cgroup");
        if self.node.cgroup2 {
            // cgroup2 straight over cgroup2 is refused as "already mounted".
            mounted("tmpfs", &groups, Some("tmpfs"), safe, "size=4k")?;
            mounted("cgroup2", &groups, Some("cgroup2"), safe, "")
        } else {
            mounted("tmpfs", &groups, Some("tmpfs"), safe, "size=64k,mode=0755")?;
            hierarchies(&groups, self.node.id)
        }
    }

    fn etc(&self, root: &Path) -> std::io::Result<()> {
        let etc = root.join("etc");
        let version = env!("CARGO_PKG_VERSION");
        for (file, text) in [
            (
                "passwd",
                "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_owned(),
            ),
            ("group", "root:x:0:\ntty:x:5:\nnobody:x:65534:\n".to_owned()),
            ("hosts", "127.0.0.1 localhost\n".to_owned()),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
            ("resolv.conf", String::new()),
            ("os-release", format!("ID=satrain\nNAME=satrain\nPRETTY_NAME=\"satrain {version} lab node\"\n")),
            ("machine-id", format!("{:0<32}\n", self.node.id)),
        ] {
            fs::write(etc.join(file), text)?;
        }
        if self.node.for_pods.is_some() {
            let mut users = fs::OpenOptions::new().append(true).open(etc.join("passwd"))?;
            users.write_all(b"kubelet:x:0:0:kubelet:/root:/bin/false\n")?;
        }
        symlink("/proc/self/mounts", etc.join("mtab"))
    }
}

/// The program which the kubelet asks for the subordinate users of its own user, `kubelet`: without it, it takes any.
fn subordinate_users(root: &Path, (first, count): (u32, u32)) -> std::io::Result<()> {
    let file = root.join(BIN.trim_start_matches('/')).join("getsubids");
    fs::write(&file, format!("#!/bin/sh\necho '0: kubelet {first} {count}'\n"))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))
}

/// Binds the cluster's own groups of those hierarchies of control groups version 1 that it uses, each by itself.
fn hierarchies(groups: &Path, id: &str) -> Step<()> {
    let host = Path::new(cgroup::MOUNT);
    for entry in fs::read_dir(host).map_err(made(host))?.flatten().filter(|e| cgroup::is_used(&e.path())) {
        let (source, target) = (entry.path(), groups.join(entry.file_name()));
        if source.is_symlink() {
            // `cpu` leads to `cpu,cpuacct`.
            let to = fs::read_link(&source).map_err(made(&source))?;
            symlink(to, &target).map_err(made(&target))?;
        } else {
            fs::create_dir(&target).map_err(made(&target))?;
            bind(&source.join(super::groups::name(id)), &target, false)?;
        }
    }
    Ok(())
}

fn host_programs(root: &Path) -> Step<()> {
    for name in HOST_PROGRAMS {
        let source = Path::new("/").join(name);
        let target = root.join(name);
        let Ok(kind) = fs::symlink_metadata(&source) else { continue };
        if kind.is_symlink() {
            let to = fs::read_link(&source).map_err(made(&source))?;
            symlink(to, &target).map_err(made(&target))?;
        } else if kind.is_dir() {
            fs::create_dir(&target).map_err(made(&target))?;
            bind(&source, &target, true)?;
        }
    }
    Ok(())
}

fn devices(root: &Path) -> Step<()> {
    let dev = root.join("dev");
    for name in DEVICES {
        let source = Path::new("/dev").join(name);
        if source.exists() {
            fs::write(dev.join(name), "").map_err(made(&dev))?;
            bind(&source, &dev.join(name), false)?;
        }
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mounted("devpts", dev.join("pts"), Some("devpts"), flags, "newinstance,ptmxmode=0666,mode=0620")?;
    mounted("shm", dev.join("shm"), Some("tmpfs"), flags | MsFlags::MS_NODEV, "mode=1777,size=64m")?;
    for (link, to) in [
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        symlink(to, dev.join(link)).map_err(made(&dev))?;
    }
    Ok(())
}

/// One program of the distribution. In its folder it may be a link to elsewhere; what is bound is the folder that
/// the link leads to, not the file: runc makes itself read-only by an overlay over its folder.
struct Program {
    name: &'static str,
    file: PathBuf,
    folder: OwnedFd,
}

impl Program {
    fn find(bin: &Path, name: &'static str) -> Step<Self> {
        let path = bin.join(name);
        let path = path.canonicalize().map_err(made(&path))?;
        let folder = handle(path.parent().unwrap_or(bin))?;
        Ok(Self { name, file: PathBuf::from(path.file_name().unwrap_or_default()), folder })
    }

    /// Binds the folder and links every name that the program answers to.
    fn link(&self, root: &Path) -> Step<()> {
        let folder = format!("{DIST}/{}", self.name);
        bind_into(root, &self.folder, &folder, true)?;
        let bin = root.join(BIN.trim_start_matches('/'));
        fs::create_dir_all(&bin).map_err(made(&bin))?;
        LINKS
            .iter()
            .filter(|(_, program)| *program == self.name)
            .try_for_each(|(link, _)| symlink(Path::new(&folder).join(&self.file), bin.join(link)))
            .map_err(made(&bin))
    }
}

/// Binds an opened folder to a path of the new root.
fn bind_into(root: &Path, folder: &OwnedFd, at: &str, read_only: bool) -> Step<()> {
    let at = root.join(at.trim_start_matches('/'));
    fs::create_dir_all(&at).map_err(made(&at))?;
    bind(&opened(folder), &at, read_only)
}

fn opened(fd: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd()))
}

fn handle(path: &Path) -> Step<OwnedFd> {
    open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).map_err(refused("opening", path))
}

/// Binds a folder with all below it, or a file. Read-only concerns the topmost mount.
fn bind(source: &Path, target: &Path, read_only: bool) -> Step<()> {
    mounted(source, target, None, MsFlags::MS_BIND | MsFlags::MS_REC, "")?;
    if !read_only {
        return Ok(());
    }
    // In a user namespace the flags a mount came with are locked, so they are named again.
    let kept = statvfs(target).map_err(refused("looking at", target))?.flags();
    let mut flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    for (had, keep) in [
        (FsFlags::ST_NOSUID, MsFlags::MS_NOSUID),
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ] {
        if kept.contains(had) {
            flags |= keep;
        }
    }
    mounted("", target, None, flags, "")
}

fn mounted(
    source: impl AsRef<Path>,
    target: impl AsRef<Path>,
    kind: Option<&str>,
    flags: MsFlags,
    data: &str,
) -> Step<()> {
    let (source, target) = (source.as_ref(), target.as_ref());
    mount(Some(source), target, kind, flags, (!data.is_empty()).then_some(data))
        .map_err(refused(kind.unwrap_or("a mount"), target))
}

fn refused(what: &str, path: &Path) -> impl FnOnce(Errno) -> Failure {
    let feature = format!("{what} at {}", path.display());
    move |e| {
        Failure::kernel(
            feature,
            e,
            "The cluster needs private mount namespaces with tmpfs, proc, sysfs and bind mounts; containers without CAP_SYS_ADMIN and some hardened kernels refuse them.",
        )
    }
}

fn made(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |e| Failure::Other { why: format!("preparing {path}: {e}") }
}
