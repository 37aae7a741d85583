//! The learner's folder: the task, a place for answers, and the scenario's files.
//!
//! Never touches a file of the learner's own, except answers when an attempt begins again; a proof's scripts have none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::error::{LabError, Result, io};
use super::store::make_private;

/// Fills `folder` with `task.md`, an empty `answers/` and `files`.
pub fn fill(folder: &Path, task: &str, files: &BTreeMap<String, String>) -> Result<()> {
    make_private(folder)?;
    let answers = folder.join("answers");
    if answers.exists() {
        fs::remove_dir_all(&answers).map_err(io("emptying", &answers))?;
    }
    make_private(&answers)?;
    put(&folder.join("task.md"), task)?;
    for (name, text) in files {
        let path = within(folder, name)?;
        if let Some(parent) = path.parent() {
            make_private(parent)?;
        }
        put(&path, text)?;
        if text.starts_with("#!") {
            make_executable(&path)?;
        }
    }
    Ok(())
}

/// Removes all that is in `folder`, whoever made it.
pub fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io("emptying", folder)(e)),
        _ => Ok(()),
    }
}

/// `folder/name`, refused where it would leave the folder or pass through a link.
fn within(folder: &Path, name: &str) -> Result<PathBuf> {
    let refused = |why: &str| LabError::Record { path: folder.join(name), why: why.to_owned() };
    let mut path = folder.to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            _ => return Err(refused("a scenario's file may not leave the workspace")),
        }
        if path.is_symlink() {
            return Err(refused("it is a link"));
        }
    }
    Ok(path)
}

fn put(path: &Path, text: &str) -> Result<()> {
    // A learner's link in place of the file must not lead the text elsewhere.
    if path.is_symlink() {
        fs::remove_file(path).map_err(io("replacing", path))?;
    }
    fs::write(path, text).map_err(io("writing", path))
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io("making executable", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_begin_empty_and_the_learners_own_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let files = BTreeMap::from([("ci/job.sh".to_owned(), "#!/bin/bash\n".to_owned())]);
        fill(root.path(), "# Task", &files).unwrap();
        fs::write(root.path().join("answers/x"), "1").unwrap();
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        fill(root.path(), "# Task", &files).unwrap();
        assert!(!root.path().join("answers/x").exists());
        assert_eq!(fs::read_to_string(root.path().join("notes.txt")).unwrap(), "mine");
        assert!(root.path().join("ci/job.sh").exists());
    }

    #[test]
    fn a_file_may_not_leave_the_workspace() {
        let root = tempfile::tempdir().unwrap();
        for name in ["../x", "/etc/x", "a/../../x"] {
            let files = BTreeMap::from([(name.to_owned(), String::new())]);
            assert!(fill(&root.path().join("w"), "", &files).is_err(), "{name}");
        }
    }
}
