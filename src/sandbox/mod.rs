//! One sandbox for every script that satrain plays for somebody: namespaces, a private root, limits, and one way out.
//!
//! In: a [`Request`]: the script, its workspace, the programs and files it may see, the server it may reach. Out: how it ended
//! ([`Sandbox::ended`]) and a workspace with what it wrote ([`Sandbox::take_back`]). satrain executes itself for it (`VERB`);
//! nothing of the script outlives that process, and nothing is written to the host while it runs. Linux only.

#[cfg(target_os = "linux")]
mod follow;
#[cfg(target_os = "linux")]
mod forward;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod outside;
mod request;
mod tree;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Sandbox, main, probe};
#[cfg(target_os = "linux")]
pub use inside::main;
#[cfg(target_os = "linux")]
pub use outside::{Sandbox, probe};
pub use request::{
    AUDIT_LOG, BIN, Ended, Followed, Forward, HOME, KUBECONFIG, KUBECTL_CACHE, Limits, Request, SCRIPT,
    SandboxError, WORKSPACE, visible,
};
pub use tree::{Bounds, Folder, Node, read as read_folder};

/// The hidden verb with which satrain executes itself.
pub const VERB: &str = "sandbox-script";
