//! The user's word that a cluster may be changed for labs, kept under the cluster's UID.

use std::path::PathBuf;

use jiff::Timestamp;
use kube::config::Kubeconfig;
use serde::{Deserialize, Serialize};

use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::json;
use crate::fs;
use crate::paths::Paths;

/// `<state>/adopted/<uid>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptionRecord {
    /// UID of the cluster's Namespace kube-system.
    pub uid: String,
    /// The context under which it was adopted.
    pub context: String,
    /// Its API server then.
    pub server: String,
    /// When.
    pub adopted: Timestamp,
}

impl AdoptionRecord {
    /// The record of the cluster with that UID, if there is one.
    ///
    /// # Errors
    /// If the record is there but cannot be read.
    pub fn of(paths: &Paths, uid: &str) -> Result<Option<Self>> {
        let Some(file) = file(paths, uid, RECORD) else { return Ok(None) };
        let record: Option<Self> = json::read(&file)?;
        Ok(record.filter(|r| r.uid == uid))
    }

    /// All records, by context.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all(paths: &Paths) -> Result<Vec<Self>> {
        let folder = paths.adopted();
        let files = match std::fs::read_dir(&folder) {
            Ok(files) => files,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io("reading", &folder)(e)),
        };
        let mut records = Vec::new();
        for file in files.filter_map(std::result::Result::ok).map(|f| f.path()) {
            if file.extension().is_some_and(|e| e == RECORD) {
                let uid = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
                records.extend(Self::of(paths, uid)?);
            }
        }
        records.sort_by(|a, b| a.context.cmp(&b.context));
        Ok(records)
    }

    /// Writes the record; mode 0600.
    ///
    /// # Errors
    /// If it cannot be written, or the UID is none.
    pub fn save(&self, paths: &Paths) -> Result<()> {
        write(paths, &self.uid, RECORD, self).map(drop)
    }

    /// Takes the word back: removes the record and the kubeconfig beside it.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub fn forget(&self, paths: &Paths) -> Result<()> {
        for file in [KUBECONFIG, RECORD].into_iter().filter_map(|kind| file(paths, &self.uid, kind)) {
            match std::fs::remove_file(&file) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(io("removing", &file)(e)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What the names of records end with, and those of the kubeconfigs beside them.
const RECORD: &str = "json";
const KUBECONFIG: &str = "kubeconfig";

/// Writes the kubeconfig of the one context, beside the record; mode 0600. Out: where.
pub(super) fn save_kubeconfig(paths: &Paths, uid: &str, config: &Kubeconfig) -> Result<PathBuf> {
    write(paths, uid, KUBECONFIG, config)
}

fn write(paths: &Paths, uid: &str, kind: &str, value: &impl Serialize) -> Result<PathBuf> {
    let file = file(paths, uid, kind).ok_or_else(|| ClusterError::InvalidUid { uid: uid.to_owned() })?;
    let folder = paths.adopted();
    fs::make_private(&folder).map_err(io("making", &folder))?;
    json::write(&file, value, None)?;
    Ok(file)
}

/// The UID comes from a cluster that is not trusted: it must not lead out of the folder.
fn file(paths: &Paths, uid: &str, kind: &str) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let name = !uid.is_empty() && uid.len() <= 64 && uid.chars().all(plain);
    name.then(|| paths.adopted().join(format!("{uid}.{kind}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(uid: &str) -> AdoptionRecord {
        AdoptionRecord {
            uid: uid.into(),
            context: "lab".into(),
            server: "https://lab".into(),
            adopted: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_record_counts_only_for_the_cluster_it_names() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        record("u-1").save(&paths).unwrap();
        std::fs::copy(paths.adopted().join("u-1.json"), paths.adopted().join("u-2.json")).unwrap();
        assert_eq!(AdoptionRecord::of(&paths, "u-1").unwrap(), Some(record("u-1")));
        for other in ["u-2", "../adopted/u-1", "u-3", ""] {
            assert_eq!(AdoptionRecord::of(&paths, other).unwrap(), None, "{other}");
        }
        assert_eq!(AdoptionRecord::all(&paths).unwrap(), vec![record("u-1")]);
        assert!(matches!(record("../u-1").save(&paths), Err(ClusterError::InvalidUid { .. })));
    }

    #[test]
    fn a_forgotten_cluster_leaves_no_credentials() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        record("u-1").save(&paths).unwrap();
        save_kubeconfig(&paths, "u-1", &Kubeconfig::default()).unwrap();
        assert_eq!(std::fs::read_dir(paths.adopted()).unwrap().count(), 2);
        assert_eq!(AdoptionRecord::all(&paths).unwrap(), vec![record("u-1")]);
        record("u-1").forget(&paths).unwrap();
        assert_eq!(std::fs::read_dir(paths.adopted()).unwrap().count(), 0);
        record("u-1").forget(&paths).unwrap();
    }
}
