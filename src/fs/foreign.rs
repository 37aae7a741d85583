//! Files of somebody else: text is read within bounds, and nothing from what is no file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// The longest file that is read.
const LONGEST: u64 = 1 << 20;

/// Opens a file that somebody else writes, such as a log of a cluster: they may have put a link to another one in its place, or a
/// pipe that waits for ever.
pub(crate) fn foreign_file(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it is no file"))
}

/// The text of a file that may hold anything, or be anything.
pub(crate) fn foreign_text(path: &Path) -> io::Result<String> {
    let bytes = foreign_bytes(path, LONGEST)?;
    if bytes.len() as u64 > LONGEST {
        return Err(refused("it is longer than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| refused("it is no text in UTF-8"))
}

/// The first bytes of such a file, one more than `longest` at most. A device has no end, and a pipe waits for its other end: both
/// are refused.
pub(crate) fn foreign_bytes(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        return Err(refused("it is a folder"));
    }
    if !kind.is_file() {
        return Err(refused("it is a device or a pipe, and no file"));
    }
    let mut bytes = Vec::new();
    file.take(longest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_in_the_place_of_a_log_is_not_followed_and_not_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let [file, link, pipe] = ["file", "link", "pipe"].map(|name| root.path().join(name));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(foreign_file(&file).is_ok());
        assert!(foreign_file(&link).is_err() && foreign_file(&pipe).is_err());
        assert!(foreign_file(root.path()).is_err() && foreign_file(Path::new("/dev/zero")).is_err());
    }

    #[test]
    fn only_files_of_a_sensible_size_are_read() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "text ü").unwrap();
        assert_eq!(foreign_text(&file).unwrap(), "text ü");
        fs::write(&file, vec![b'a'; 1 << 20]).unwrap();
        assert!(foreign_text(&file).is_ok());
        fs::write(&file, vec![b'a'; (1 << 20) + 1]).unwrap();
        assert!(foreign_text(&file).unwrap_err().to_string().contains("longer than 1 MiB"));
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(foreign_text(&file).unwrap_err().to_string().contains("UTF-8"));
        let pipe = root.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
        for odd in [Path::new("/dev/zero"), &pipe] {
            assert!(
                foreign_text(odd).unwrap_err().to_string().contains("a device or a pipe"),
                "{}",
                odd.display()
            );
        }
        assert!(foreign_text(root.path()).unwrap_err().to_string().contains("a folder"));
    }
}
