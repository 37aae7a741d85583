//! What both ends of a held shell know: how a holder is started, its first word, and how a socket is named.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// The hidden verb of a holder.
pub const VERB: &str = "hold-shell";

/// It holds the shell.
pub(super) const READY: u8 = b'r';

/// Names a socket by its open folder: its own path may be longer than the 107 bytes that a socket's may have.
pub(super) fn through_folder<T>(socket: &Path, with: impl FnOnce(PathBuf) -> io::Result<T>) -> io::Result<T> {
    let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    let folder = File::open(folder)?;
    with(Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name))
}
