//! What satrain and the sandbox tell each other, by a socket that keeps messages apart and carries open files.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::PathBuf;

use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::request::{Ended, Limits};

/// The longest message.
const LONGEST: usize = 128 << 10;

/// What satrain says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Make a sandbox for this.
    Make(Spec),
    /// All files are there: execute the program.
    Go,
}

/// What the sandbox must know; all else stays with satrain.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Spec {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) programs: Vec<(String, PathBuf)>,
    pub(super) port: Option<u16>,
    pub(super) limits: Limits,
}

/// What the sandbox says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum News {
    /// It is made; with it come its folder and, if a port was asked for, the socket that listens there.
    Ready {
        /// To whom files must belong, if not to satrain's own user.
        owner: Option<u32>,
    },
    /// It cannot be made.
    Refused { what: String, why: String },
    /// The program cannot be executed.
    NotStarted(String),
    /// The program ended.
    Ended(Ended),
}

/// Sends a message with open files.
pub(super) fn send(socket: BorrowedFd<'_>, message: &impl Serialize, files: &[RawFd]) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    if text.len() > LONGEST {
        return Err(io::Error::other("the script's environment is too large"));
    }
    let rights = [ControlMessage::ScmRights(files)];
    let control: &[ControlMessage<'_>] = if files.is_empty() { &[] } else { &rights };
    sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(&text)], control, MsgFlags::MSG_NOSIGNAL, None)?;
    Ok(())
}

/// Receives a message with its files; None: the other side is gone.
pub(super) fn receive<T: DeserializeOwned>(socket: BorrowedFd<'_>) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let mut text = vec![0; LONGEST];
    let mut space = nix::cmsg_space!([RawFd; 2]);
    let (length, files) = {
        let mut into = [IoSliceMut::new(&mut text)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let got = recvmsg::<()>(socket.as_raw_fd(), &mut into, Some(&mut space), flags)?;
        let mut files = Vec::new();
        for control in got.cmsgs()? {
            if let ControlMessageOwned::ScmRights(fds) = control {
                // SAFETY: the kernel has just made them for this process, which has them nowhere else.
                files.extend(fds.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
            }
        }
        (got.bytes, files)
    };
    if length == 0 {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&text[..length])?, files)))
}
