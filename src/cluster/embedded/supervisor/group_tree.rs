//! Trees of control groups, however deep somebody made them in the cluster: walked from one open folder to the next, so that
//! no path is too long.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

/// Removes a group with all below it.
pub(super) fn remove(root: &Path) -> io::Result<()> {
    walk(
        root,
        |_| {},
        |parent, name| match unlinkat(parent, name.as_os_str(), UnlinkatFlags::RemoveDir) {
            Err(Errno::ENOENT) | Ok(()) => Ok(()),
            Err(e) => Err(e.into()),
        },
    )?;
    fs::remove_dir(root)
}

/// Lets frozen processes of a group and all below it go on: a frozen one does not end, whoever kills it. (Of version 2 it does.)
pub(super) fn thaw(root: &Path) -> io::Result<()> {
    let thaw = |group: &OwnedFd| {
        // A group that is gone has nobody frozen.
        if let Ok(state) = openat(group, "freezer.state", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty()) {
            let _ = nix::unistd::write(&state, b"THAWED");
        }
    };
    walk(root, thaw, |_, _| Ok(()))
}

/// A group on the way down: its name, and its children that were not visited yet.
struct Level {
    name: OsString,
    children: Vec<OsString>,
}

/// Visits each group before its children; `left` is told of each after them, with its parent.
fn walk(
    root: &Path,
    visit: impl Fn(&OwnedFd),
    left: impl Fn(&OwnedFd, &OsString) -> io::Result<()>,
) -> io::Result<()> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut here = open(root, flags, Mode::empty())?;
    visit(&here);
    let mut levels = vec![Level { name: OsString::new(), children: children(&here)? }];
    while let Some(level) = levels.last_mut() {
        if let Some(name) = level.children.pop() {
            match openat(&here, name.as_os_str(), flags, Mode::empty()) {
                Ok(child) => {
                    visit(&child);
                    levels.push(Level { name, children: children(&child)? });
                    here = child;
                }
                Err(Errno::ENOENT) => {}
                Err(e) => return Err(e.into()),
            }
            continue;
        }
        let done = levels.pop();
        if let Some(done) = done.filter(|_| !levels.is_empty()) {
            here = openat(&here, "..", flags, Mode::empty())?;
            left(&here, &done.name)?;
        }
    }
    Ok(())
}

fn children(group: &OwnedFd) -> io::Result<Vec<OsString>> {
    let entries = match fs::read_dir(format!("/proc/self/fd/{}", group.as_raw_fd())) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(folders.map(|entry| entry.file_name()).collect())
}

#[cfg(test)]
mod tests {
    use nix::sys::stat::mkdirat;

    use super::*;

    #[test]
    fn a_tree_whose_paths_are_too_long_is_thawed_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("group");
        fs::create_dir_all(root.join("beside/below")).unwrap();
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let (name, mode) = ("d".repeat(200), Mode::S_IRWXU);
        let mut here = open(&root, flags, Mode::empty()).unwrap();
        for _ in 0..60 {
            mkdirat(&here, name.as_str(), mode).unwrap();
            here = openat(&here, name.as_str(), flags, Mode::empty()).unwrap();
        }
        let create = OFlag::O_CREAT | OFlag::O_WRONLY;
        drop(openat(&here, "freezer.state", create, Mode::S_IRWXU).unwrap());
        thaw(&root).unwrap();
        let state = openat(&here, "freezer.state", OFlag::O_RDONLY, Mode::empty()).unwrap();
        let mut said = [0; 16];
        let length = nix::unistd::read(&state, &mut said).unwrap();
        assert_eq!(&said[..length], b"THAWED");
        unlinkat(&here, "freezer.state", UnlinkatFlags::NoRemoveDir).unwrap();
        drop((here, state));
        remove(&root).unwrap();
        assert!(!root.exists());
    }
}
