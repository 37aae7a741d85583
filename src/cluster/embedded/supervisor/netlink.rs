//! The four requests to the kernel's routing socket that the cluster's network needs.
//!
//! Written out by hand: they are a few dozen bytes each, fresh machines may lack the `ip` program, and the
//! crates for it bring an asynchronous stack of their own. Formats: rtnetlink(7), linux/if_link.h.

use std::io::{Error, Result};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::libc;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

/// A routing socket of the network namespace in which it was opened.
pub(crate) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    pub(crate) fn open() -> Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        Ok(Self { socket, sequence: 0 })
    }

    /// The index of a link.
    pub(crate) fn index(&self, name: &str) -> Result<u32> {
        Ok(nix::net::if_::if_nametoindex(name)?)
    }

    /// Adds a bridge with a hardware address of its own. Without one the kernel gives it the lowest address of its
    /// ports, anew whenever a port comes or goes, and Pods that remember the old one lose their gateway for seconds.
    pub(crate) fn add_bridge(&mut self, name: &str, hardware: [u8; 6]) -> Result<()> {
        let mut body = link(0, 0);
        let mut zero_terminated = name.as_bytes().to_vec();
        zero_terminated.push(0);
        attribute(&mut body, libc::IFLA_IFNAME, &zero_terminated);
        attribute(&mut body, libc::IFLA_ADDRESS, &hardware);
        let mut info = Vec::new();
        attribute(&mut info, libc::IFLA_INFO_KIND, b"bridge");
        attribute(&mut body, libc::IFLA_LINKINFO, &info);
        self.request(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body)
    }

    /// Sets a link up.
    pub(crate) fn up(&mut self, index: u32) -> Result<()> {
        self.request(libc::RTM_NEWLINK, 0, &link(index, libc::IFF_UP.unsigned_abs()))
    }

    /// Adds an address to a link.
    pub(crate) fn add_address(&mut self, index: u32, address: Ipv4Addr, prefix: u8) -> Result<()> {
        // struct ifaddrmsg: family, prefix, flags, scope, index
        let mut body = vec![libc::AF_INET as u8, prefix, 0, 0];
        body.extend(index.to_ne_bytes());
        attribute(&mut body, libc::IFA_LOCAL, &address.octets());
        attribute(&mut body, libc::IFA_ADDRESS, &address.octets());
        self.request(libc::RTM_NEWADDR, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body)
    }

    /// Sends one message and reads the kernel's acknowledgement.
    fn request(&mut self, kind: u16, flags: i32, body: &[u8]) -> Result<()> {
        self.sequence += 1;
        let flags = (flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
        let mut message = Vec::with_capacity(16 + body.len());
        message.extend(((16 + body.len()) as u32).to_ne_bytes()); // struct nlmsghdr
        message.extend(kind.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend(0u32.to_ne_bytes());
        message.extend(body);
        send(self.socket.as_raw_fd(), &message, MsgFlags::empty())?;
        let mut answer = [0u8; 4096];
        let length = recv(self.socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        acknowledged(&answer[..length])
    }
}

/// Reads an NLMSG_ERROR message: error 0 is the acknowledgement.
fn acknowledged(answer: &[u8]) -> Result<()> {
    let kind = answer.get(4..6).and_then(|b| b.try_into().ok()).map(u16::from_ne_bytes);
    let error = answer.get(16..20).and_then(|b| b.try_into().ok()).map(i32::from_ne_bytes);
    match (kind, error) {
        (Some(kind), Some(0)) if i32::from(kind) == libc::NLMSG_ERROR => Ok(()),
        (Some(kind), Some(error)) if i32::from(kind) == libc::NLMSG_ERROR => {
            Err(Error::from_raw_os_error(-error))
        }
        _ => Err(Error::other("an answer from netlink that is no acknowledgement")),
    }
}

/// struct ifinfomsg: family, padding, type, index, flags, mask of changed flags.
fn link(index: u32, flags: u32) -> Vec<u8> {
    let mut body = vec![libc::AF_UNSPEC as u8, 0, 0, 0];
    body.extend(index.to_ne_bytes());
    body.extend(flags.to_ne_bytes());
    body.extend(flags.to_ne_bytes());
    body
}

/// struct rtattr: length, type, value, padded to four bytes.
fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    body.extend(((4 + value.len()) as u16).to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_padded_but_say_their_true_length() {
        let mut body = Vec::new();
        attribute(&mut body, 3, b"satr0");
        assert_eq!(body.len(), 12);
        assert_eq!(u16::from_ne_bytes([body[0], body[1]]), 9);
    }

    #[test]
    fn an_error_of_the_kernel_becomes_an_io_error() {
        let mut answer = vec![0u8; 36];
        answer[4..6].copy_from_slice(&(libc::NLMSG_ERROR as u16).to_ne_bytes());
        assert!(acknowledged(&answer).is_ok());
        answer[16..20].copy_from_slice(&(-libc::EEXIST).to_ne_bytes());
        assert_eq!(acknowledged(&answer).unwrap_err().raw_os_error(), Some(libc::EEXIST));
        assert!(acknowledged(&[]).is_err());
    }
}
