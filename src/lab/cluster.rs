//! The cluster that attempts are played on: as the grader sees it, and what the learner is given.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use kube::Client;

use super::error::{Result, io};
use super::script::{Confinement, Manner, Script, ScriptEnv};
use super::setup::kinds::Kinds;
use super::shell;
use super::store::AttemptDir;
use super::store::record::ClusterRef;
use crate::cluster::{Capabilities, Checkpoints};
use crate::event::Events;
use crate::fs::{Durability, write_atomic};
use crate::grade::ClusterProber;
use crate::scenario::{BoundScenario, Origin, as_variables};

/// A cluster with everything that an attempt on it needs.
#[derive(Clone)]
pub struct LabCluster {
    /// Talks to the API with the grader's credentials.
    pub client: Client,
    /// Talks to the same API without any credential: for requests with somebody else's.
    pub bare: Client,
    /// The same, but sends each request once: for grades, which know what may be repeated.
    pub prober: Client,
    /// The same as the prober, for many short questions at once.
    pub questions: Client,
    /// The kinds that the cluster knows.
    pub kinds: Kinds,
    /// Which cluster it is.
    pub cluster: ClusterRef,
    /// The learner's kubeconfig.
    pub kubeconfig: PathBuf,
    /// Checkpoints of the cluster, where it has any.
    pub checkpoints: Option<Checkpoints>,
    /// Where is written down what all attempts share, as it was when the cluster came up; None: nowhere.
    pub fingerprint: Option<PathBuf>,
    /// What the cluster offers beyond the Kubernetes API.
    pub capabilities: Capabilities,
    /// The kubectl that the learner uses.
    pub kubectl: PathBuf,
    /// Where it keeps what it learns of the cluster, unless where it usually does.
    pub kubectl_cache: Option<PathBuf>,
    /// This program, for the learner's shell.
    pub satrain: PathBuf,
    /// The caller's PATH.
    pub path: OsString,
    /// Whether somebody said that scripts need no sandbox.
    pub without_sandbox: bool,
    /// Who is told what a setup waits for.
    pub events: Events,
}

impl LabCluster {
    /// Asks this cluster and the workspace of an attempt.
    pub fn ask(&self, dir: &AttemptDir) -> ClusterProber {
        ClusterProber::new(self.prober.clone(), dir.workspace())
            .with_questions(self.questions.clone())
            .with_bare(self.bare.clone())
            .with_audit_log(self.capabilities.audit_log.clone())
            .with_learner(self.cluster.provider.learner())
    }

    /// What a shell of an attempt runs in: with the parameters that the task tells, and a kubeconfig of its own, so that the
    /// learner's contexts and mistakes in it are no other attempt's.
    pub fn shell_env(&self, dir: &AttemptDir, bound: &BoundScenario) -> Result<ScriptEnv> {
        self.env(dir, &bound.told_values(), self.own_kubeconfig(dir)?)
    }

    /// What a script of an attempt runs in: with all parameters, and a kubeconfig that nobody has changed.
    pub fn script_env(&self, dir: &AttemptDir, bound: &BoundScenario) -> Result<ScriptEnv> {
        let kubeconfig = dir.path().join("script.kubeconfig");
        put(&kubeconfig, &self.read_kubeconfig()?)?;
        self.env(dir, &bound.values, kubeconfig)
    }

    fn read_kubeconfig(&self) -> Result<Vec<u8>> {
        fs::read(&self.kubeconfig).map_err(io("reading", &self.kubeconfig))
    }

    /// The kubeconfig of an attempt's shell. It is made anew when the cluster's own has changed: it may be reached elsewhere now.
    fn own_kubeconfig(&self, dir: &AttemptDir) -> Result<PathBuf> {
        let (own, from) = (dir.path().join(OWN), dir.path().join(FROM));
        let cluster = self.read_kubeconfig()?;
        let is_as_it_was = fs::read(&from).is_ok_and(|then| then == cluster);
        if !own.exists() || !is_as_it_was {
            put(&own, &cluster)?;
            put(&from, &cluster)?;
        }
        Ok(own)
    }

    /// Makes the attempt's `bin` folder.
    fn env(
        &self,
        dir: &AttemptDir,
        values: &BTreeMap<String, String>,
        kubeconfig: PathBuf,
    ) -> Result<ScriptEnv> {
        let bin = dir.path().join("bin");
        shell::fill_bin(&bin, &self.kubectl, &self.satrain)?;
        Ok(ScriptEnv {
            kubeconfig,
            kubectl_cache: self.kubectl_cache.clone(),
            bin,
            path: self.path.clone(),
            workspace: dir.workspace(),
            variables: as_variables(values),
            audit_log: None,
        })
    }

    /// A script of this scenario or of its player, as it is to be played. The bank's own is played without a sandbox where
    /// there is none.
    pub(super) fn script<'a>(&'a self, file: &'a Path, manner: Manner, bound: &BoundScenario) -> Script<'a> {
        let is_own = manner == Manner::Strict && matches!(bound.origin, Origin::Builtin(_));
        let confinement = match (self.without_sandbox, is_own) {
            (true, _) => Confinement::Never,
            (false, true) => Confinement::IfPossible,
            (false, false) => Confinement::Required,
        };
        Script { file, manner, confinement, satrain: &self.satrain }
    }
}

/// The kubeconfig of an attempt's shell, and what it was made from.
const OWN: &str = "kubeconfig";
const FROM: &str = "kubeconfig.from";

/// Makes the kubeconfig of an attempt's shell what it was at first: a shell that is open goes on with it.
pub(super) fn restore_kubeconfig(dir: &AttemptDir) -> Result<()> {
    let from = dir.path().join(FROM);
    match fs::read(&from) {
        Ok(text) => put(&dir.path().join(OWN), &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io("reading", &from)(error)),
    }
}

/// Replaces a file that holds credentials.
fn put(file: &Path, text: &[u8]) -> Result<()> {
    write_atomic(file, text, Durability::Process).map_err(io("writing", file))
}

impl std::fmt::Debug for LabCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabCluster").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}
