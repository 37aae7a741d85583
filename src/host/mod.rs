//! Facts about the machine: parsed from what the kernel and the distribution publish.
//!
//! In: texts such as `/proc/self/cgroup` or `/etc/os-release`. Out: typed facts. The parsers are pure;
//! [`facts::HostFacts::collect`] alone reads files. Nothing here judges (that is `doctor`) or changes the
//! machine.

pub mod cgroup;
pub mod death;
pub mod disk;
pub mod elf;
pub mod facts;
pub mod kernel;
pub mod os_release;
pub mod search_path;
pub mod subid;

pub use cgroup::{CgroupFacts, CgroupMode};
pub use facts::HostFacts;
pub use kernel::{KernelFacts, Support, memory_available};
pub use os_release::{Family, OsRelease};
pub use search_path::SearchPath;
