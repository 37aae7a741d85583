//! Collects [`Facts`]: the edge of `doctor`.
//!
//! In: what the command line and the environment say. Out: facts. Starts go and a C compiler, and only where
//! there is no distribution.

use tokio_util::sync::CancellationToken;

use super::{DistributionFact, Facts, Terminal};
use crate::distribution::probe::Probe;
use crate::distribution::{Error, LocateOptions, Module, Store, locate};
use crate::host::{HostFacts, SearchPath, disk};

/// What to look at.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The machine.
    pub host: HostFacts,
    /// Where a distribution may be.
    pub locate: &'a LocateOptions,
    /// Where one would be built.
    pub store: &'a Store,
    /// Where programs are looked for.
    pub search_path: &'a SearchPath,
    /// The terminal.
    pub terminal: Terminal,
    /// Whether a Docker answers.
    pub docker: bool,
    /// Why no sandbox can be made, where it cannot.
    pub no_sandbox: Option<String>,
    /// Stops the programs that are started.
    pub cancel: &'a CancellationToken,
}

/// Looks at everything; what cannot be looked at counts as unknown.
pub fn collect(sources: Sources<'_>) -> Facts {
    let Sources { host, locate: options, store, search_path, terminal, docker, no_sandbox, cancel } = sources;
    let distribution = match locate(options) {
        Ok((found, origin)) => {
            DistributionFact::Present { kubernetes: found.manifest.kubernetes, dir: found.dir, origin }
        }
        Err(Error::NotFound) => DistributionFact::Absent,
        Err(error) => DistributionFact::Broken(error.to_string()),
    };
    let build = (distribution == DistributionFact::Absent)
        .then(|| Probe { module: &Module::embedded(), store, search_path, os: &host.os, cancel }.facts().ok())
        .flatten();
    Facts {
        distribution,
        build,
        space: disk::space(store.root()),
        docker,
        kind: search_path.find("kind"),
        terminal,
        no_sandbox,
        host,
    }
}
