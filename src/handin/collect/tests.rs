//! Folders as they are unpacked, and folders as traps.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::*;

fn relative(collected: &Collected) -> Vec<&str> {
    collected.found.iter().map(|found| found.relative.to_str().unwrap()).collect()
}

fn why<'a>(collected: &'a Collected, name: &str) -> &'a Skip {
    let it = collected.skipped.iter().find(|skipped| skipped.path.ends_with(name));
    &it.unwrap_or_else(|| panic!("{name} is not left out: {collected:?}")).why
}

#[test]
fn an_export_is_listed_in_order_and_the_rest_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let ada = root.join("Ada Lovelace_12_assignsubmission_file");
    fs::create_dir_all(ada.join("sub")).unwrap();
    fs::create_dir(root.join("__MACOSX")).unwrap();
    fs::write(root.join("__MACOSX/x.sh"), "x").unwrap();
    for file in ["solution.sh", ".DS_Store", "._solution.sh", "sub/b.sh"] {
        fs::write(ada.join(file), "echo\n").unwrap();
    }
    fs::write(root.join("z.sh"), "z").unwrap();
    symlink("/etc/passwd", root.join("link.sh")).unwrap();
    symlink("..", root.join("loop")).unwrap();
    mkfifo(&root.join("pipe.sh"), Mode::S_IRUSR).unwrap();
    let _socket = UnixListener::bind(root.join("socket.sh")).unwrap();
    fs::write(root.join("large.sh"), vec![b'#'; (1 << 20) + 1]).unwrap();

    let collected = collect(&[root.to_owned()], &Limits::default());
    assert_eq!(
        relative(&collected),
        [
            "Ada Lovelace_12_assignsubmission_file/solution.sh",
            "Ada Lovelace_12_assignsubmission_file/sub/b.sh",
            "z.sh"
        ]
    );
    assert_eq!(collected.found[0].size, 5);
    assert!(collected.found[0].modified.is_some());
    for hidden in ["__MACOSX", ".DS_Store", "._solution.sh"] {
        assert_eq!(*why(&collected, hidden), Skip::Hidden);
    }
    assert_eq!(*why(&collected, "link.sh"), Skip::Link);
    assert_eq!(*why(&collected, "loop"), Skip::Link);
    assert_eq!(*why(&collected, "pipe.sh"), Skip::Pipe);
    assert_eq!(*why(&collected, "socket.sh"), Skip::Socket);
    assert!(matches!(why(&collected, "large.sh"), Skip::TooLarge { .. }));
}

#[test]
fn files_and_links_and_devices_that_are_named_are_treated_alike() {
    let dir = tempfile::tempdir().unwrap();
    let [file, link] = ["al042.sh", "link.sh"].map(|name| dir.path().join(name));
    fs::write(&file, "x").unwrap();
    symlink(&file, &link).unwrap();
    let places = [file, link, PathBuf::from("/dev/zero"), dir.path().join("none")];
    let collected = collect(&places, &Limits::default());
    assert_eq!(relative(&collected), ["al042.sh"]);
    assert_eq!(*why(&collected, "link.sh"), Skip::Link);
    assert_eq!(*why(&collected, "zero"), Skip::Device);
    assert!(matches!(why(&collected, "none"), Skip::Unreadable(_)));
}

#[test]
fn every_bound_holds() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for n in 0..9 {
        fs::write(root.join(format!("{n}.sh")), "12345").unwrap();
    }
    let places = [root.to_owned()];
    let few = collect(&places, &Limits { entries: 4, ..Limits::default() });
    assert_eq!((few.found.len(), few.skipped.len()), (4, 1));
    assert_eq!(few.skipped[0].why, Skip::TooMany(4));
    let light = collect(&places, &Limits { total: 12, ..Limits::default() });
    assert_eq!((light.found.len(), light.skipped.len()), (2, 7));
    assert_eq!(light.skipped[0].why, Skip::TotalTooLarge(12));
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    fs::write(root.join("a/b/c/deep.sh"), "x").unwrap();
    let flat = collect(&places, &Limits { depth: 2, ..Limits::default() });
    assert_eq!(*why(&flat, "c"), Skip::TooDeep(2));
    assert_eq!(flat.found.len(), 9);
}

#[test]
fn a_name_that_is_no_text_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"al\xff\x1b.sh");
    fs::write(dir.path().join(name), "x").unwrap();
    let collected = collect(&[dir.path().to_owned()], &Limits::default());
    assert_eq!(collected.found[0].relative, Path::new(name));
}

#[test]
fn reading_waits_for_nobody_and_follows_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let [file, link, pipe] = ["file", "link", "pipe"].map(|name| dir.path().join(name));
    fs::write(&file, "12345").unwrap();
    symlink(&file, &link).unwrap();
    mkfifo(&pipe, Mode::S_IRUSR).unwrap();
    assert_eq!(read(&file, 5).unwrap(), b"12345");
    assert!(read(&file, 4).unwrap_err().to_string().contains("longer than 4"));
    for odd in [link.as_path(), &pipe, dir.path(), Path::new("/dev/zero")] {
        assert!(read(odd, 5).is_err(), "{}", odd.display());
    }
}
