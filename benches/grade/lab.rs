//! The benchmark's own cluster, in a temporary state folder. In: the user's distribution. Out: a running cluster,
//! which ends with everything in it when the [`Lab`] is dropped. Touches no other cluster and no attempt.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use satrain::cluster::{ClusterInfo, Embedded, EmbeddedOptions, Provider};
use satrain::commands::environment::Environment;
use satrain::distribution::locate;
use satrain::event::Events;
use satrain::paths::Paths;

use super::Outcome;

const PROGRAM: &str = env!("CARGO_BIN_EXE_satrain");

/// A cluster and the folder of all that belongs to it.
#[derive(Debug)]
pub(super) struct Lab {
    root: tempfile::TempDir,
    /// The cluster.
    pub(super) info: ClusterInfo,
}

impl Lab {
    /// Starts a cluster of the distribution that `satrain` itself would use.
    pub(super) async fn start() -> Outcome<Self> {
        if !nix::unistd::geteuid().is_root() {
            return Err("a cluster needs root here: run the benchmark as root".into());
        }
        let (distribution, _) = locate(&Environment::read(None).locate_options())?;
        let root = tempfile::tempdir()?;
        let ending = Ending(paths(&root).state);
        let options = EmbeddedOptions::new(paths(&root), Some(distribution), PROGRAM.into());
        eprintln!("Starting Kubernetes");
        let info = Embedded::new(options)?.up(&Events::silent()).await?;
        std::mem::forget(ending);
        Ok(Self { root, info })
    }

    /// A folder below the lab's own; made when it is not there.
    pub(super) fn folder(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.root.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(Ending(paths(&self.root).state));
    }
}

/// Ends the clusters of a state folder when dropped. By the program, because there is no waiting in a drop.
struct Ending(PathBuf);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut down = Command::new(PROGRAM);
        down.args(["cluster", "down", "--quiet"]).env("SATRAIN_STATE", &self.0).stdin(Stdio::null());
        if !down.status().is_ok_and(|status| status.success()) {
            eprintln!(
                "the cluster could not be ended: SATRAIN_STATE={} satrain cluster down",
                self.0.display()
            );
        }
    }
}

fn paths(root: &tempfile::TempDir) -> Paths {
    Paths::under(root.path())
}
