//! What a script may do and use: no capability, no new one, no user namespace of its own, and rlimits.

use std::io;

use nix::libc;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

use super::super::request::Limits;
use super::filter;

/// Gives all capabilities away, for good. Makes system calls only.
pub(super) fn drop_capabilities() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: numbers only. It fails beyond the last capability that the kernel knows.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } != 0 {
            break;
        }
    }
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    // Version 3: effective, permitted and inheritable, twice 32 bits.
    let header = Header { version: 0x2008_0522, pid: 0 };
    let none = [0u32; 6];
    // SAFETY: both live until the call returns, and have the layout that version 3 asks for.
    match unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// What is done between fork and exec of the script: makes system calls only.
pub(super) fn become_script(limits: &Limits) -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o077));
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_DATA, limits.process_memory),
        (Resource::RLIMIT_FSIZE, limits.file),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_NPROC, limits.processes),
    ] {
        lower(resource, most)?;
    }
    drop_capabilities()?;
    prctl::set_no_new_privs()?;
    filter::install()
}

/// Never raises what the caller has.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let (_, hard) = nix::sys::resource::getrlimit(resource)?;
    let most = most.min(hard);
    Ok(setrlimit(resource, most, most)?)
}
