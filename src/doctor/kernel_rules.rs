//! Whether the kernel has what a cluster needs. Pure.
//!
//! In: [`HostFacts`]. Out: lines.

use super::{Line, Topic};
use crate::host::{CgroupMode, HostFacts, Support};

/// The lines about kernel features.
pub fn lines(host: &HostFacts) -> Vec<Line> {
    let kernel = &host.kernel;
    let mut lines = vec![
        support("overlayfs", kernel.overlay, "modprobe overlay"),
        support("bridge devices", kernel.bridge, "modprobe bridge"),
        support("veth devices", kernel.veth, "modprobe veth"),
    ];
    lines.push(if kernel.seccomp {
        Line::ok(Topic::Kernel, "seccomp")
    } else {
        Line::warn(
            Topic::Kernel,
            "no seccomp: Pods with a seccomp profile cannot run",
            "use a kernel with CONFIG_SECCOMP_FILTER",
        )
    });
    let mut needed = vec!["mnt", "net", "pid", "uts", "ipc"];
    if host.cgroup.mode == CgroupMode::V2 {
        needed.push("cgroup");
    }
    if !host.is_root() {
        needed.push("user");
    }
    needed.retain(|name| !kernel.namespaces.iter().any(|namespace| namespace == name));
    lines.push(if needed.is_empty() {
        Line::ok(Topic::Kernel, "namespaces")
    } else {
        let says = format!("the kernel has no {} namespaces", needed.join(", "));
        Line::missing(Topic::Kernel, says, "use a kernel with CONFIG_NAMESPACES and all kinds of them")
    });
    lines
}

fn support(what: &str, support: Support, cure: &str) -> Line {
    match support {
        Support::Yes => Line::ok(Topic::Kernel, what),
        Support::Module => Line::ok(Topic::Kernel, format!("{what} (loaded when needed)")),
        Support::Unknown => {
            Line::warn(Topic::Kernel, format!("cannot tell whether the kernel has {what}"), cure)
        }
        Support::No => Line::missing(
            Topic::Kernel,
            format!("the kernel has no {what}"),
            format!("{cure}, or use your distribution's standard kernel"),
        ),
    }
}
