//! Everything that can go wrong with a cluster. Each message says what happened, where, and what to do next.

use std::path::{Path, PathBuf};

use super::rootless::RootlessLack;
use crate::printable::bullets;

/// Why a cluster could not be had, used or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Neither root nor what a rootless cluster needs.
    #[error(
        "this machine cannot run the embedded cluster as an ordinary user:\n{}\nSet that up, or run satrain as root. If `sudo` is installed, satrain uses it by itself, only for the cluster's supervisor. Or use Docker (`--provider k3s`, `--provider kind`), or an existing cluster (`satrain cluster adopt --context NAME`).",
        bullets(.missing)
    )]
    NeedsRoot {
        /// What a rootless cluster lacks, each with its remedy.
        missing: Vec<RootlessLack>,
    },
    /// Not a Linux machine.
    #[error(
        "the embedded cluster needs Linux namespaces and control groups\nUse Docker (`--provider k3s`, `--provider kind`), or an existing cluster (`satrain cluster adopt --context NAME`)."
    )]
    NeedsLinux,
    /// The supervisor could not be started with the privileges it needs.
    #[error(
        "`{program}` could not start the cluster's supervisor: {said}\nRun `{program}` by hand to see why, or run satrain itself as root."
    )]
    Launch {
        /// The launcher: `sudo`, `systemd-run` or satrain itself.
        program: String,
        /// Its exit status and last words.
        said: String,
    },
    /// The cleaner of legacy tokens did not stay up.
    #[error(
        "the cleaner of legacy tokens ended at once; see its log {}\n`satrain cluster logs legacy-token-cleaner` shows them.",
        .log.display()
    )]
    Cleaner {
        /// Its log.
        log: PathBuf,
    },
    /// The distribution is absent or incomplete.
    #[error("the Kubernetes distribution in {} is incomplete: {what}\nBuild it with `satrain distribution build`, or set SATRAIN_DISTRIBUTION to a complete one.", dir.display())]
    NoDistribution {
        /// Where it was looked for.
        dir: PathBuf,
        /// What is missing there.
        what: String,
    },
    /// A name that cannot name a cluster.
    #[error(
        "`{name}` is not a valid cluster name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// The folder of that name holds something that satrain did not make.
    #[error("{} exists but contains no satrain cluster; it was not changed\nMove it away or choose another name with `--name`.", dir.display())]
    NameTaken {
        /// The folder.
        dir: PathBuf,
    },
    /// Another satrain is starting or removing this cluster.
    #[error(
        "another satrain has been starting or removing cluster `{name}` for {seconds} s: {holder}\nWait for it to end, then try again."
    )]
    Busy {
        /// The cluster.
        name: String,
        /// Who holds the lock.
        holder: String,
        /// How long this process waited.
        seconds: u64,
    },
    /// The port asked for is in use.
    #[error(
        "port {port} of 127.0.0.1 is in use by another program\nChoose another with `--port`, or omit it to use a free one."
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Too little space for a cluster.
    #[error("{} has {free_mb} MB free; a cluster needs {needed_mb} MB\nFree some space, or move the state with SATRAIN_STATE.", dir.display())]
    DiskFull {
        /// Where.
        dir: PathBuf,
        /// Free, in MB.
        free_mb: u64,
        /// Needed, in MB.
        needed_mb: u64,
    },
    /// No usable control groups.
    #[error("the cluster has no control groups to run in: {why}\n{remedy}")]
    NoCgroup {
        /// What was found.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// The kernel lacks something, or refuses it.
    #[error("the kernel refused {feature}: {why}\n{remedy}")]
    Kernel {
        /// Which feature.
        feature: String,
        /// The error.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// A component dies again and again.
    #[error("{component} does not stay up ({status}). Its last lines:\n{tail}\nThe whole log: {}{advice}", log.display())]
    ComponentFailed {
        /// Which component.
        component: String,
        /// How it ended last.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
        /// What to do, on a line of its own, if the lines tell; else empty.
        advice: String,
    },
    /// The supervisor is gone, and with it the cluster.
    #[error("the supervisor of cluster `{name}` ended while the cluster was starting. Its last lines:\n{tail}\nThe whole log: {}\n`satrain cluster up` starts again.", log.display())]
    SupervisorDied {
        /// The cluster.
        name: String,
        /// The supervisor's log.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// The cluster did not become ready in time.
    #[error(
        "cluster `{name}` was not ready after {seconds} s; still waiting for {waiting_for}\nSee `satrain cluster logs --name {name}`. It is still starting, so another `satrain cluster up` may find it ready."
    )]
    Timeout {
        /// The cluster.
        name: String,
        /// How long it had.
        seconds: u64,
        /// The milestones not reached.
        waiting_for: String,
    },
    /// Somebody else runs the cluster.
    #[error(
        "satrain does not manage existing clusters\nUse kubectl to see the state of this one: kubectl get nodes"
    )]
    NotOurs,
    /// The cleaner of legacy tokens is not satrain's to start.
    #[error("only the embedded cluster can run the token cleaner at once")]
    CannotClean,
    /// There is no such cluster, or it is not running.
    #[error("cluster `{name}` is not running\nStart it with `satrain cluster up`.")]
    NotRunning {
        /// The cluster.
        name: String,
    },
    /// What a dead cluster has kept was made by other programs.
    #[error(
        "cluster `{name}` was made by {maker}, and what it has kept may be unreadable for {this}\nUse the satrain that made it, or remove the cluster and its labs with `satrain cluster down --name {name}`: `satrain cluster up` then makes a new one."
    )]
    OtherMaker {
        /// The cluster.
        name: String,
        /// What made it.
        maker: String,
        /// What this is.
        this: String,
    },
    /// A dead cluster had other rights than its supervisor would have now.
    #[error(
        "cluster `{name}` ran {had}, and would now run {has}, which its files do not allow\nBring it back as before, or remove it and its labs with `satrain cluster down --name {name}`."
    )]
    OtherRights {
        /// The cluster.
        name: String,
        /// Its rights.
        had: String,
        /// Those that a supervisor would have now.
        has: String,
    },
    /// A part of what a dead cluster had kept is gone.
    #[error(
        "cluster `{name}` cannot be brought back: {what}\nRemove it and its labs with `satrain cluster down --name {name}`: `satrain cluster up` then makes a new one."
    )]
    Damaged {
        /// The cluster.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// Files of a dead cluster that belong to another user.
    #[error("{} holds files that belong to another user (the cluster ran as root): {why}\nRun `sudo satrain cluster down` once, or remove the folder as root.", dir.display())]
    ForeignFiles {
        /// The cluster's folder.
        dir: PathBuf,
        /// What refused.
        why: String,
    },
    /// A component or log of that name does not exist.
    #[error("there is no log of `{component}`; available: {}", known.join(", "))]
    NoSuchLog {
        /// What was asked for.
        component: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The kubeconfig provider without a context.
    #[error("satrain uses an existing cluster only if you name its context; available: {}\nChoose one with `--context`.", known.join(", "))]
    ContextRequired {
        /// The contexts of the kubeconfig.
        known: Vec<String>,
    },
    /// The context does not exist.
    #[error("{} has no context `{context}`; available: {}", kubeconfig.display(), known.join(", "))]
    NoSuchContext {
        /// What was asked for.
        context: String,
        /// Where it was looked for.
        kubeconfig: PathBuf,
        /// The contexts of the kubeconfig.
        known: Vec<String>,
    },
    /// The cluster was never adopted for labs.
    #[error(
        "the cluster of context `{context}` ({server}, UID {uid}) has not been adopted for labs, so satrain changes nothing in it\nIf labs may change it, run once: `satrain cluster adopt --context {context}`."
    )]
    NotAdopted {
        /// The context.
        context: String,
        /// Its API server.
        server: String,
        /// The UID of its Namespace kube-system.
        uid: String,
    },
    /// A cluster that cannot be told from others.
    #[error(
        "the cluster reports {uid:?} as the UID of its Namespace kube-system, which is not a UID; nothing was changed"
    )]
    InvalidUid {
        /// What it said.
        uid: String,
    },
    /// A kubeconfig that cannot be read.
    #[error("cannot use the kubeconfig {}: {why}", path.display())]
    Kubeconfig {
        /// Which file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// There is no credential, or no client.
    #[error(transparent)]
    Credentials(#[from] super::plugin::PluginError),
    /// The API server refused or was not reached.
    #[error("{action}: {source}\n`satrain cluster status` shows whether the cluster is healthy.")]
    Api {
        /// What was tried.
        action: String,
        /// The error.
        #[source]
        source: Box<kube::Error>,
    },
    /// No Docker daemon answers.
    #[error(
        "Docker does not answer: {why}\nStart it (`docker info` must work for you), or set DOCKER_HOST. It must run on this machine."
    )]
    NoDocker {
        /// The error.
        why: String,
    },
    /// Docker refused something.
    #[error("{action}: Docker says: {why}")]
    Docker {
        /// What was tried.
        action: &'static str,
        /// What it said.
        why: String,
    },
    /// An image could not be had.
    #[error(
        "the image {image} is not available locally and could not be pulled: {why}\nChoose another with `--image`. Without an image registry, `satrain cluster build-node-image` builds a node image from satrain's own distribution."
    )]
    ImageNotPulled {
        /// The image.
        image: String,
        /// What Docker said.
        why: String,
    },
    /// Our own node image was not made yet.
    #[error("Docker has no image {image}\nMake it: satrain cluster build-node-image")]
    NodeImageMissing {
        /// The image.
        image: String,
    },
    /// A node did not start in its container.
    #[error("the node of {image} did not start: {why}\nIts last lines:\n{said}")]
    NodeFailed {
        /// The image.
        image: String,
        /// What went wrong.
        why: String,
        /// The last lines of its log.
        said: String,
    },
    /// A node runs, but its API does not answer.
    #[error(
        "cluster `{name}` runs, but has not answered for {seconds} s\n`satrain cluster logs --name {name} node` may show why; `satrain cluster down --name {name}` stops it and removes its labs."
    )]
    NoAnswer {
        /// The cluster.
        name: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The cluster of that name has another image.
    #[error(
        "cluster `{name}` runs {has}, not {wanted}\nStop it first with `satrain cluster down --name {name}`, or use another name with `--name`."
    )]
    OtherImage {
        /// The cluster.
        name: String,
        /// The image that it runs.
        has: String,
        /// The image that was asked for.
        wanted: String,
    },
    /// kind failed.
    #[error("`kind {verb}` failed ({status}). Its last lines:\n{said}")]
    KindFailed {
        /// What it was asked for.
        verb: String,
        /// Its exit status.
        status: String,
        /// Its last lines.
        said: String,
    },
    /// A program of this machine is missing.
    #[error("`{program}` is not on the PATH\n{remedy}")]
    ProgramMissing {
        /// The program.
        program: String,
        /// What to do.
        remedy: String,
    },
    /// A key or certificate could not be made.
    #[error("could not create the cluster's keys: {why}")]
    Pki {
        /// The reason.
        why: String,
    },
    /// A file or system call failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a present participle ("reading").
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The error.
        #[source]
        source: std::io::Error,
    },
    /// What an earlier process recorded about this cluster makes no sense.
    #[error("{} cannot be parsed: {why}\n`satrain cluster down` removes the cluster; `up` then recreates it.", path.display())]
    Record {
        /// Which file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// A failure of the supervisor that has no message of its own.
    #[error("could not start the cluster: {why}\nThe supervisor's log: {}", log.display())]
    Supervisor {
        /// What it said.
        why: String,
        /// Its log.
        log: PathBuf,
    },
}

/// Shorthand of this module's results.
pub type Result<T> = std::result::Result<T, ClusterError>;

/// Turns an I/O error into a [`ClusterError::Io`] that says what was tried on which path.
pub(crate) fn io<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> ClusterError + 'a {
    move |source| ClusterError::Io { action, path: path.to_owned(), source }
}

/// Turns a kube error into a [`ClusterError::Api`].
pub(crate) fn api(action: impl Into<String>) -> impl FnOnce(kube::Error) -> ClusterError {
    move |source| ClusterError::Api { action: action.into(), source: Box::new(source) }
}
