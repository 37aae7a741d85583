//! The distribution: the upstream binaries and images that the embedded cluster runs.
//!
//! In: the Go module that travels inside satrain, or a release archive. Out: a [`Distribution`], a directory
//! that was checked before anybody uses it. A directory that is not complete is never visible under its final
//! name. Prints nothing and reads no environment variable; `commands/` hands both in.

pub mod archive;
pub mod build;
pub mod child;
pub mod compile;
pub mod error;
pub mod fetch;
pub mod findings;
pub mod go;
pub mod go_version;
pub mod images;
pub mod import_graph;
pub mod install;
pub mod lab_images;
pub mod locate;
pub mod manifest;
pub mod module;
pub mod module_cache;
pub mod packages;
pub mod prerequisites;
pub mod probe;
pub mod recipe;
pub mod space;
pub mod store;
pub mod unpack;

use std::path::{Path, PathBuf};

pub use build::{BuildOptions, Built, build};
pub use error::{Error, Result};
pub use fetch::{FetchOptions, fetch};
pub use locate::{LocateOptions, Origin, ensure, locate};
pub use manifest::Manifest;
pub use module::Module;
pub use store::Store;

use crate::host::search_path::is_executable;

/// The names that `satrain-kube` answers to, each a link to it in `bin/`.
pub const KUBE_COMPONENTS: [&str; 5] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd"];

/// The names that `satrain-node` answers to, each a link to it in `bin/`.
pub const NODE_COMPONENTS: [&str; 1] = ["containerd"];

/// The programs that a distribution cannot be without.
pub const PROGRAMS: [&str; 7] = [
    "satrain-kube",
    "satrain-node",
    "kubectl",
    "containerd-shim-runc-v2",
    "pod-sandbox",
    "satrain-cni",
    "runc",
];

/// An installed distribution whose files were found to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Its directory, absolute.
    pub dir: PathBuf,
    /// What it says it holds.
    pub manifest: Manifest,
}

impl Distribution {
    /// Opens `dir`, or says why it is no distribution for this machine.
    ///
    /// # Errors
    /// [`Error::NotADistribution`] when the manifest, a program or the images are missing, or when it was
    /// made for another architecture.
    pub fn open(dir: &Path) -> Result<Self> {
        let not = |why: String| Error::NotADistribution { dir: dir.to_owned(), why };
        let dir_absolute = dir.canonicalize().map_err(|error| not(error.to_string()))?;
        let manifest = Manifest::read(dir).map_err(not)?;
        if manifest.arch != recipe::go_arch() {
            return Err(not(format!("it is for {}, this machine is {}", manifest.arch, recipe::go_arch())));
        }
        let distribution = Self { dir: dir_absolute, manifest };
        for name in PROGRAMS {
            if !is_executable(&distribution.bin(name)) {
                return Err(not(format!("bin/{name} is missing or not executable")));
            }
        }
        if !is_executable(&distribution.kubectl_dir().join("kubectl")) {
            return Err(not("path/kubectl is missing or not executable".into()));
        }
        for name in ["oci-layout", "index.json"] {
            if !distribution.images().join(name).is_file() {
                return Err(not(format!("images/{name} is missing")));
            }
        }
        distribution.manifest.check_sizes(&distribution.dir).map_err(not)?;
        Ok(distribution)
    }

    /// Lets every user of this machine read it: a cluster whose users are nobody on the host runs these programs, too.
    ///
    /// # Errors
    /// When something is not readable and cannot be made so.
    pub fn share(&self) -> std::io::Result<()> {
        share(&self.dir)
    }

    /// A program, or one of the names it answers to: `satrain-kube`, `kubelet`, `runc` ….
    pub fn bin(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }

    /// The images of the lab: an OCI image layout.
    pub fn images(&self) -> PathBuf {
        self.dir.join("images")
    }

    /// A directory that holds `kubectl` and nothing else, to put on a learner's `PATH`.
    pub fn kubectl_dir(&self) -> PathBuf {
        self.dir.join("path")
    }
}
fn share(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let mode = metadata.permissions().mode();
    let wanted = mode | 0o444 | if mode & 0o100 == 0 { 0 } else { 0o111 };
    if wanted != mode {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(wanted))?;
    }
    if metadata.is_dir() {
        for entry in path.read_dir()? {
            share(&entry?.path())?;
        }
    }
    Ok(())
}
