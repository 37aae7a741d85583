//! A folder for a class that begins: whole or not at all, and never in the place of something.
//!
//! In: a path at which there is nothing, a title and the scenarios. Out: the folder, which only its owner can enter.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::bound::BoundClass;
use super::folder::{CLASS, KEY, unreadable};
use super::key::ClassKey;
use super::model::ROSTER;
use super::read::read;
use super::write;
use crate::fs::{Durability, TEMPORARY, write_atomic};
use crate::scenario::{Catalog, Result};

/// Makes the folder `path`.
///
/// # Errors
/// When there is something at `path`, a scenario is not in the catalog, or the disk refuses; nothing is left then.
pub fn create(path: &Path, title: &str, scenarios: &[String], catalog: &Catalog) -> Result<()> {
    for id in scenarios {
        catalog.get(id)?;
    }
    let text = write::class(title, scenarios);
    BoundClass::of(&read(CLASS, &text)?, catalog)?;
    let occupied =
        || unreadable(path, "there is something already").help("name a folder that does not exist yet");
    if path.symlink_metadata().is_ok() {
        return Err(occupied());
    }
    make(path, &text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => {
            occupied()
        }
        io::ErrorKind::NotFound => unreadable(path, "the folder above it does not exist"),
        _ => unreadable(path, &error.to_string()),
    })
}

/// Writes everything beside, and gives it its name at last.
fn make(path: &Path, class: &str) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let parent = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
    let only_the_owner = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().prefix(TEMPORARY).permissions(only_the_owner).tempdir_in(parent)?;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(format!("no random number: {e}")))?;
    let key = ClassKey::new(bytes).text();
    for (name, text) in [(CLASS, class), (ROSTER, write::roster().as_str()), (KEY, key.as_str())] {
        write_atomic(&folder.path().join(name), text.as_bytes(), Durability::Disk)?;
    }
    // It replaces an empty folder that somebody made meanwhile, and nothing else.
    std::fs::rename(folder.path(), &path)?;
    // There is nothing in its old place that could be removed.
    let _ = folder.keep();
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::folder::ClassFolder;
    use super::*;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_new_class_is_sound_private_and_unlike_any_other() {
        let root = tempfile::tempdir().unwrap();
        let catalog = Catalog::builtin();
        let mut keys = Vec::new();
        for name in ["one", "two"] {
            let path = root.path().join(name);
            create(&path, "Security", &ids(&["scenario-2", "scenario-3"]), &catalog).unwrap();
            let class = ClassFolder::open(&path).unwrap();
            assert_eq!(class.bound(&catalog).unwrap().tasks.len(), 2);
            assert!(!class.others_read_the_key());
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
            keys.push(fs::read(path.join(KEY)).unwrap());
        }
        assert_ne!(keys[0], keys[1]);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_is_left_half_done() {
        let root = tempfile::tempdir().unwrap();
        let catalog = Catalog::builtin();
        let [file, folder, link] = ["file", "folder", "link"].map(|name| root.path().join(name));
        fs::write(&file, "mine").unwrap();
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        for path in [&file, &folder, &link, &file.join("below"), &root.path().join("none/below")] {
            assert!(create(path, "A", &ids(&["scenario-2"]), &catalog).is_err(), "{}", path.display());
        }
        let fresh = root.path().join("fresh");
        let error = create(&fresh, "A", &ids(&["scenaro-2"]), &catalog).unwrap_err();
        assert!(error.advice().unwrap().contains("did you mean `scenario-2`"));
        assert!(create(&fresh, " ", &ids(&["scenario-2"]), &catalog).is_err());
        assert!(create(&fresh, "A", &[], &catalog).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 3, "nothing is left");
    }
}
