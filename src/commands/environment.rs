//! What the environment tells the distribution and doctor commands: read once, here, and passed on.
//!
//! In: environment variables and the user's base directories. Out: [`Environment`]. The layers below get
//! values, never names of variables.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::distribution::go::usual_places;
use crate::distribution::{LocateOptions, Store};
use crate::host::{HostFacts, SearchPath};

/// The outer world, as far as it is configured by variables.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `PATH`, and behind it where Go is without being on the `PATH`.
    pub search_path: SearchPath,
    /// satrain's own cache directory.
    pub cache: PathBuf,
    /// `SATRAIN_DISTRIBUTION`, unless empty.
    pub distribution: Option<PathBuf>,
    /// This program.
    pub executable: Option<PathBuf>,
    /// `VISUAL`, or `EDITOR`.
    pub editor: Option<String>,
}

impl Environment {
    /// Reads the variables.
    ///
    /// # Errors
    /// When neither `HOME` nor `XDG_CACHE_HOME` says where a cache may be.
    pub fn read() -> Result<Self, etcetera::HomeDirError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Ok(Self {
            search_path: SearchPath::parse(&variable("PATH").unwrap_or_default()).with(usual_places()),
            cache: etcetera::choose_base_strategy()?.cache_dir().join("satrain"),
            distribution: variable("SATRAIN_DISTRIBUTION").map(PathBuf::from),
            executable: std::env::current_exe().ok(),
            editor: variable("VISUAL").or_else(|| variable("EDITOR")).and_then(|e| e.into_string().ok()),
        })
    }

    /// The user's store of distributions.
    pub fn store(&self) -> Store {
        Store::new(&self.cache)
    }

    /// Where a distribution is looked for.
    pub fn locate_options(&self) -> LocateOptions {
        LocateOptions::new(self.distribution.clone(), self.executable.clone(), self.store())
    }

    /// The machine's facts.
    pub fn host(&self) -> HostFacts {
        HostFacts::collect(std::path::Path::new("/"), &self.search_path)
    }
}

/// Where attempts and clusters are kept unless a folder was named.
pub fn state_folder() -> PathBuf {
    let home = etcetera::choose_base_strategy().ok();
    let folder = home.map(|home| home.state_dir().unwrap_or_else(|| home.data_dir()));
    folder.unwrap_or_else(|| PathBuf::from("/var/tmp")).join("satrain")
}
