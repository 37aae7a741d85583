//! Which scenarios of somebody else the user has allowed to be played: by what is in them, so that a changed one is asked about
//! again.
//!
//! One file for each, in the state folder; its name is the digest of all files of the scenario.

use std::path::PathBuf;

use super::Session;
use super::error::Result;
use crate::cluster::ProviderKind;
use crate::fs::{Durability, make_private, write_atomic};
use crate::lab::error::io;
use crate::scenario::{BoundScenario, Origin};

/// Where a scenario is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// On a cluster of satrain's own.
    Own,
    /// On a cluster that was there before.
    Adopted,
}

impl Ground {
    /// That of a provider's clusters.
    pub fn of(provider: ProviderKind) -> Self {
        match provider {
            ProviderKind::Kubeconfig => Self::Adopted,
            _ => Self::Own,
        }
    }
}

impl Session {
    /// Whether the scenario is satrain's own, or has been allowed there as it is now.
    pub fn is_trusted(&self, bound: &BoundScenario, ground: Ground) -> bool {
        matches!(bound.origin, Origin::Builtin(_)) || self.trust_file(bound, ground).exists()
    }

    /// Remembers that the scenario was allowed there as it is now.
    pub fn trust(&self, bound: &BoundScenario, ground: Ground) -> Result<()> {
        let file = self.trust_file(bound, ground);
        let folder = self.trusted();
        make_private(&folder).map_err(io("making", &folder))?;
        let text = format!("{} {}\n", bound.scenario.id, bound.origin);
        Ok(write_atomic(&file, text.as_bytes(), Durability::Process).map_err(io("writing", &file))?)
    }

    fn trusted(&self) -> PathBuf {
        self.setting.state.join("trusted")
    }

    fn trust_file(&self, bound: &BoundScenario, ground: Ground) -> PathBuf {
        let there = if ground == Ground::Adopted { ".adopted" } else { "" };
        self.trusted().join(format!("{}{there}", bound.digest))
    }
}
