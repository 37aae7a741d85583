//! Installs missing Debian packages, after saying so.
//!
//! In: package names and a [`Policy`]. Out: the packages are there. Uses apt-get only, never another package
//! manager, and never without an event that shows the command first.

use std::process::Command;

use tokio_util::sync::CancellationToken;

use super::child;
use super::error::{Error, Result};
use super::go::tail;
use crate::event::Events;
use crate::host::SearchPath;

/// Whether satrain may install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Never.
    Never,
    /// As root only.
    AsRoot,
    /// As root, or with sudo where there is one: the user said yes.
    WithSudo,
}

/// How apt-get is called: directly, or through sudo; `None` where it may not be.
pub fn prefix(policy: Policy, root: bool, has_sudo: bool) -> Option<&'static [&'static str]> {
    match (policy, root) {
        (Policy::Never, _) => None,
        (_, true) => Some(&[]),
        // -n: a password prompt would hang behind the progress bar; `sudo -v` before satrain serves as well.
        (Policy::WithSudo, false) if has_sudo => Some(&["sudo", "-n"]),
        _ => None,
    }
}

/// Installs `packages`. Fetches apt's lists when the first attempt fails for want of them.
///
/// # Errors
/// [`Error::Install`] with apt's last lines.
pub fn apt_install(
    packages: &[&str],
    prefix: &[&str],
    path: &SearchPath,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<()> {
    let install: Vec<&str> =
        ["install", "-y", "--no-install-recommends"].iter().chain(packages).copied().collect();
    let known = apt("apt-cache", &["show", "--no-all-versions"], packages, &[], path, cancel);
    if !known.is_ok_and(|done| done.0) {
        step(&["update"], prefix, path, events, cancel)?;
    }
    step(&install, prefix, path, events, cancel)
}

fn step(
    arguments: &[&str],
    prefix: &[&str],
    path: &SearchPath,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<()> {
    let words: Vec<&str> = prefix.iter().chain(&["apt-get"]).chain(arguments).copied().collect();
    let line = words.join(" ");
    events.note(format!("running: {line} (--no-install prevents this)"));
    events.step(format!("Installing packages: {line}"));
    let (ok, said, status) = apt("apt-get", arguments, &[], prefix, path, cancel)?;
    if !ok {
        return Err(Error::Install { command: line, status, tail: tail(&said, 10) });
    }
    events.done("installed");
    Ok(())
}

fn apt(
    program: &str,
    arguments: &[&str],
    more: &[&str],
    prefix: &[&str],
    path: &SearchPath,
    cancel: &CancellationToken,
) -> Result<(bool, String, String)> {
    let words: Vec<&str> = prefix.iter().chain(&[program]).chain(arguments).chain(more).copied().collect();
    let program = path.find(words[0]).unwrap_or_else(|| words[0].into());
    let mut command = Command::new(program);
    command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
    let mut said = String::new();
    let done = child::run(command, cancel, None, |line| {
        said.push_str(line);
        said.push('\n');
    })?;
    Ok((done.status.success(), said, done.status.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_or_a_user_who_said_yes_installs() {
        assert_eq!(prefix(Policy::Never, true, true), None);
        assert_eq!(prefix(Policy::AsRoot, true, false), Some(&[][..]));
        assert_eq!(prefix(Policy::AsRoot, false, true), None);
        assert_eq!(prefix(Policy::WithSudo, false, true), Some(&["sudo", "-n"][..]));
        assert_eq!(prefix(Policy::WithSudo, false, false), None);
    }
}
