//! Files that the caller of satrain had open.

use std::io;

/// Closes all but standard input, output and error. What an editor, a build server or `flock` keeps open would stay open in every
/// process of a cluster, and who is root in the cluster could take it from there. For a process of one thread, before it has opened
/// anything itself.
///
/// # Errors
/// When it cannot be seen what is open.
pub(crate) fn close_inherited() -> io::Result<()> {
    let open = std::fs::read_dir("/proc/self/fd")?.flatten();
    let open: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for file in open.into_iter().filter(|file| *file > 2) {
        // Among them is the one that the list was read by, closed by now.
        let _ = nix::unistd::close(file);
    }
    Ok(())
}
