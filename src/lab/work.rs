//! Whether somebody has been at work on an attempt since it was set up.
//!
//! In: who last wrote the objects of its namespaces and those in none, and its workspace. Out: one thing that was changed.
//! What was deleted leaves no such sign.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::FIELD_MANAGER;
use super::cluster::LabCluster;
use super::error::{Result, io};
use super::inventory::{self, Entry};
use super::store::AttemptDir;
use super::store::names::BASELINE;
use super::store::record::AttemptRecord;

/// One thing that somebody changed after the attempt's baseline was taken; None: there is no sign of anybody.
pub async fn sign_of(lab: &LabCluster, record: &AttemptRecord, dir: &AttemptDir) -> Result<Option<String>> {
    let baseline = dir.path().join(BASELINE);
    let since = fs::metadata(&baseline).and_then(|m| m.modified()).map_err(io("looking at", &baseline))?;
    if let Some(file) = changed_file(&dir.workspace(), since)? {
        return Ok(Some(file));
    }
    let Ok(since) = Timestamp::try_from(since) else { return Ok(None) };
    let all = inventory::everything(&lab.client, &lab.kinds).await?;
    let mine = |entry: &&Entry| {
        let namespace = entry.metadata.namespace.as_ref();
        namespace.is_none_or(|name| record.namespaces.contains(name)) && entry.by_a_person()
    };
    Ok(all.iter().filter(mine).find(|entry| written_after(entry, since)).map(Entry::describe))
}

/// Whether somebody other than satrain made or wrote it later. The API knows whole seconds only.
fn written_after(entry: &Entry, since: Timestamp) -> bool {
    let later = |time: Option<&Time>| time.is_some_and(|time| time.0.as_second() > since.as_second());
    let ours = |manager: &str| manager.starts_with(FIELD_MANAGER) || inventory::is_system(manager);
    let mut fields = entry.metadata.managed_fields.iter().flatten();
    later(entry.metadata.creation_timestamp.as_ref())
        || fields.any(|f| !f.manager.as_deref().is_some_and(ours) && later(f.time.as_ref()))
}

/// A file below `folder` that was written later.
fn changed_file(folder: &Path, since: SystemTime) -> Result<Option<String>> {
    for entry in fs::read_dir(folder).map_err(io("reading", folder))?.flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            if let Some(found) = changed_file(&path, since)? {
                return Ok(Some(found));
            }
        } else if metadata.modified().is_ok_and(|written| written > since) {
            return Ok(Some(format!("the file {}", path.display())));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_of_an_answer_is_a_sign() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("answers")).unwrap();
        fs::write(root.path().join("README.md"), "task").unwrap();
        let since = SystemTime::now() + Duration::from_secs(5);
        assert_eq!(changed_file(root.path(), since).unwrap(), None);
        let answer = fs::File::create(root.path().join("answers/cause")).unwrap();
        answer.set_modified(since + Duration::from_secs(1)).unwrap();
        assert!(changed_file(root.path(), since).unwrap().unwrap().ends_with("answers/cause"));
    }
}
