//! Everything that can go wrong in an attempt's life. Each message says what happened and what to do next.

use std::error::Error as _;
use std::path::{Path, PathBuf};

use crate::printable::bullets;
use crate::sandbox::SandboxError;

/// Why an attempt could not be set up, played or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// There is no attempt in progress.
    #[error(
        "no attempt is in progress\nStart one with `satrain run ID`; `satrain list` shows the scenarios."
    )]
    NoAttempt,
    /// No attempt of that scenario, or of that id, is in progress.
    #[error("no attempt of `{wanted}` is in progress\nStart one with `satrain run {wanted}`.")]
    NoSuchAttempt {
        /// What was asked for.
        wanted: String,
    },
    /// The attempt was interrupted before it was ready.
    #[error(
        "attempt {id} was interrupted while it was being {doing}\n`satrain reset {id}` sets it up again; `satrain reset --end {id}` removes it."
    )]
    Unfinished {
        /// The attempt.
        id: String,
        /// "set up" or "removed".
        doing: &'static str,
    },
    /// What an attempt is graded by is not what setup wrote down.
    #[error(
        "attempt {id} cannot be graded: its {file} is not what was written at setup\n`satrain reset {id}` sets it up again."
    )]
    Altered {
        /// The attempt.
        id: String,
        /// The file.
        file: String,
    },
    /// The user interrupted a wait for another satrain.
    #[error("interrupted while waiting for another satrain; nothing was changed")]
    Interrupted,
    /// The cluster that the attempt ran on is another one now.
    #[error(
        "attempt {id} ran on a cluster that is gone\n`satrain run {scenario}` starts a new one; its results are kept."
    )]
    ClusterGone {
        /// The attempt.
        id: String,
        /// Its scenario.
        scenario: String,
    },
    /// A namespace that setup needs exists and belongs to somebody else.
    #[error(
        "Namespace `{namespace}` already exists and was not created by satrain; it was not changed\nRemove it yourself, or use different names with `--seed N`."
    )]
    ForeignNamespace {
        /// The namespace.
        namespace: String,
    },
    /// A namespace that setup needs belongs to another attempt in progress.
    #[error(
        "Namespace `{namespace}` belongs to attempt {attempt}, which is in progress\nEnd that one with `satrain reset --end {attempt}`, or use different names with `--seed N`."
    )]
    NamespaceInUse {
        /// The namespace.
        namespace: String,
        /// Who has it.
        attempt: String,
    },
    /// Somebody plays the attempt that would have to give way.
    #[error(
        "attempt {id} is being played by {by}\nWait until that has ended (a shell: leave it), or play on another cluster: `--name NAME`. `satrain reset --end {id}` ends the attempt all the same; then it is not graded."
    )]
    BeingPlayed {
        /// The attempt.
        id: String,
        /// The process.
        by: String,
    },
    /// An attempt is not any more what was played.
    #[error("attempt {id} was {what} while it was being played: nothing is graded")]
    Overtaken {
        /// The attempt.
        id: String,
        /// "ended" or "reset".
        what: &'static str,
    },
    /// A scenario needs the cluster to itself, and another attempt is in progress there.
    #[error(
        "{needs} needs the cluster to itself, and attempt {attempt} is in progress there\nEnd one with `satrain reset --end {attempt}`, or use another cluster: `--name NAME`."
    )]
    NotAlone {
        /// The scenario that does.
        needs: String,
        /// The attempt in the way.
        attempt: String,
    },
    /// Another attempt in progress has changed what all attempts share.
    #[error(
        "what all attempts on this cluster share is not as it was when the cluster came up:\n{}\nChecks of rights, admission and placement could be wrong, so nothing was set up. Probably it is the work of {attempts}, which is in progress: take it back there, end that attempt with `satrain reset --end {attempts}`, or use another cluster: `--name NAME`.",
        bullets(.what)
    )]
    ChangedBeside {
        /// The attempts in progress.
        attempts: String,
        /// What is not as it was.
        what: Vec<String>,
    },
    /// What an earlier attempt left cannot be removed.
    #[error(
        "what all attempts on this cluster share is not as it was when the cluster came up, and could not be put back:\n{}\nChecks of rights, admission and placement could be wrong. `satrain cluster down` ends the cluster; the next `satrain run` makes a new one.",
        bullets(.what)
    )]
    NotClean {
        /// What is not as it was.
        what: Vec<String>,
    },
    /// The cluster has not all that a scenario needs.
    #[error(
        "{scenario} cannot be played on this cluster, which lacks:\n{}\nNothing was created. `satrain list --context NAME` shows what you can play there; `satrain run {scenario} --provider embedded` plays it on a cluster of satrain's own.",
        bullets(.unmet)
    )]
    UnmetRequirements {
        /// The scenario.
        scenario: String,
        /// What is missing, with the remedies.
        unmet: Vec<String>,
    },
    /// An object of setup exists already and is not ours.
    #[error(
        "{object} already exists and was not created by satrain; it was not changed\nRemove it yourself, or use different names with `--seed N`."
    )]
    ForeignObject {
        /// Kind and name.
        object: String,
    },
    /// Somebody else's script would run without a sandbox.
    #[error(
        "the script was not played: scripts of other people run in a sandbox, which cannot be made here ({why})\n{remedy}{}`--no-sandbox` plays it without one: it can then do whatever you can on this machine.",
        if .remedy.is_empty() { "" } else { " " }
    )]
    NoSandbox {
        /// What was refused.
        why: String,
        /// What may help.
        remedy: &'static str,
    },
    /// The workspace is more than a sandbox takes.
    #[error(
        "the script was not played: the workspace holds {what}\nMove what the script does not need elsewhere."
    )]
    Workspace {
        /// How much.
        what: String,
    },
    /// The sandbox itself failed.
    #[error("the script's sandbox failed: {0}")]
    Sandbox(#[source] SandboxError),
    /// The script of setup did not do all it should.
    #[error("the scenario's `setup.run` {ended}: {said}\nThe scenario's author must fix this.")]
    SetupScript {
        /// How it ended.
        ended: String,
        /// Its last lines.
        said: String,
    },
    /// The cluster does not know a kind that setup needs.
    #[error(
        "the cluster has no kind {kind} of {api_version}, which setup needs\nUse a cluster of a newer version (`satrain cluster up` starts one)."
    )]
    UnknownKind {
        /// The kind.
        kind: String,
        /// Its API version.
        api_version: String,
    },
    /// A manifest that cannot be applied.
    #[error("setup cannot apply {object}: {why}\n`satrain lint` on the scenario shows more.")]
    Manifest {
        /// Kind and name, or its place.
        object: String,
        /// The reason.
        why: String,
    },
    /// A `ready` entry that cannot be parsed.
    #[error(
        "setup waits for `{entry}`, which is not of the form [NAMESPACE/]KIND/NAME with a kind that the cluster knows"
    )]
    Ready {
        /// The entry.
        entry: String,
    },
    /// Setup did not become ready in time.
    #[error("setup was not ready after {seconds} s; still waiting for:\n{}\n`satrain shell` lets you look.", bullets(.waiting))]
    NotReady {
        /// How long it had.
        seconds: u64,
        /// What was waited for, each with its last state.
        waiting: Vec<String>,
    },
    /// Something did not go away in time.
    #[error(
        "{what} was not deleted within {seconds} s\n`satrain reset` tries again; `kubectl get {what} -o yaml` shows what blocks it, such as a finalizer."
    )]
    Stuck {
        /// What.
        what: String,
        /// How long it had.
        seconds: u64,
    },
    /// The API server refused or was not reached.
    #[error("{action}: {}", brief(.source))]
    Api {
        /// What was tried.
        action: String,
        /// The error.
        #[source]
        source: Box<kube::Error>,
    },
    /// A file or system call failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a present participle.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The error.
        #[source]
        source: std::io::Error,
    },
    /// A record that makes no sense.
    #[error("{} cannot be parsed: {why}\nMove it away; `satrain cluster down` removes whatever it described.", path.display())]
    Record {
        /// Which file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The state right after setup could not be recorded.
    #[error(transparent)]
    Baseline(#[from] crate::grade::BaselineError),
    /// Setup failed in a way that another try may not: the attempt stays, and can be set up again.
    #[error("{why}\n`satrain reset {id}` tries again; `satrain reset --end {id}` ends the attempt.")]
    SetupFailed {
        /// The attempt.
        id: String,
        /// How it failed.
        why: Box<LabError>,
    },
    /// No script could do anything on the cluster.
    #[error(
        "kubectl cannot reach the cluster, so the script was not played and nothing is graded: {why}\n`satrain cluster status` says how the cluster is; `satrain cluster down` and a new `satrain run` make another."
    )]
    KubectlUseless {
        /// Why it cannot.
        why: String,
    },
    /// The cluster was away while a script was played.
    #[error(
        "the API server was away while the script was played, so nothing is graded: {why}\nPlay it again with `--fresh`."
    )]
    LostMeanwhile {
        /// What was seen.
        why: String,
    },
    /// A program could not be started.
    #[error(
        "could not start `{program}`: {source}\nsatrain needs it to run a script: install it, or name another program in the script's first line (`#!`)."
    )]
    Spawn {
        /// The program.
        program: String,
        /// The error.
        #[source]
        source: std::io::Error,
    },
}

impl LabError {
    /// Whether the API server does not know who asks.
    pub(super) fn is_unknown_user(&self) -> bool {
        matches!(self, Self::Api { source, .. } if matches!(**source, kube::Error::Api(ref status) if status.code == 401))
    }

    /// Whether the API server answers, and does not let who asks see what was asked for.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Api { source, .. } if matches!(**source, kube::Error::Api(ref status) if matches!(status.code, 401 | 403)))
    }

    /// Whether nobody answered, as while an API server comes back.
    pub(crate) fn is_unreached(&self) -> bool {
        let Self::Api { source, .. } = self else { return false };
        matches!(**source, kube::Error::Service(_))
            && !causes(source).iter().any(|cause| cause.contains(CERTIFICATE))
    }

    /// Whether setup that failed so may succeed another time: when its author has mended it, or the cluster is quicker.
    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::SetupScript { .. } | Self::NotReady { .. } | Self::Baseline(_))
    }
}

/// Shorthand of this module's results.
pub type Result<T> = std::result::Result<T, LabError>;

/// Turns an I/O error into a [`LabError::Io`].
pub(crate) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> LabError + 'a {
    move |source| LabError::Io { action, path: path.to_owned(), source }
}

/// Turns a kube error into a [`LabError::Api`].
pub(crate) fn api(action: impl Into<String>) -> impl FnOnce(kube::Error) -> LabError {
    move |source| LabError::Api { action: action.into(), source: Box::new(source) }
}

/// The API's own words where there are some; else what happened, down to its cause, and what to do about it.
fn brief(error: &kube::Error) -> String {
    let kube::Error::Service(_) = error else {
        return match error {
            kube::Error::Api(status) => status.message.clone(),
            other => other.to_string(),
        };
    };
    let said = causes(error).into_iter().fold("the API server was not reached".to_owned(), |said, cause| {
        // Many errors repeat what caused them.
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    });
    let advice = match said.contains(CERTIFICATE) {
        true => {
            "Look whether this machine's clock is right: a certificate is valid from one time to another."
        }
        false => {
            "`satrain cluster status` says how a cluster of satrain's own is; try the command again when it runs."
        }
    };
    format!("{said}\n{advice}")
}

/// What the cause of a connection that was refused for its certificate says, whoever made it.
const CERTIFICATE: &str = "certificate";

/// What caused an error, the nearest cause first.
fn causes(error: &kube::Error) -> Vec<String> {
    let mut all = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        all.push(cause.to_string());
        next = cause.source();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(innermost: &str) -> LabError {
        let cause = std::io::Error::other(std::io::Error::other(innermost.to_owned()));
        api("asking")(kube::Error::Service(Box::new(cause)))
    }

    #[test]
    fn an_api_server_that_is_not_reached_is_told_down_to_the_cause_with_advice() {
        let refused = error("Connection refused (os error 111)");
        let said = refused.to_string();
        assert!(said.starts_with("asking: the API server was not reached: Connection refused"), "{said}");
        assert_eq!(said.matches("refused").count(), 1, "{said}");
        assert!(said.lines().nth(1).unwrap().contains("`satrain cluster status`"), "{said}");
        assert!(refused.is_unreached());
        // Waiting does not mend a clock.
        let expired = error("invalid peer certificate: NotValidYet");
        assert!(expired.to_string().contains("clock") && !expired.is_unreached());
        let gone = api("asking")(kube::Error::Api(Box::default()));
        assert!(!gone.is_unreached());
    }
}
