//! satrain: a hands-on lab harness and exam trainer for Kubernetes ServiceAccount security.
//!
//! Data flows one way: `scenario` is loaded and bound, `lab` sets it up on a `cluster`, `grade` asks the
//! cluster and judges the answers, `report` shows the result. See ARCHITECTURE.md.

#[cfg(windows)]
compile_error!(
    "satrain runs on Linux, and on macOS with Docker. On Windows, build and use it in WSL 2: \
     https://learn.microsoft.com/windows/wsl/install"
);

pub mod bundle;
pub mod class;
pub mod cluster;
pub mod commands;
pub mod desk;
pub mod distribution;
pub mod doctor;
pub mod error;
pub mod event;
pub mod exam;
pub mod fs;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod grade;
pub mod handin;
pub mod history;
pub mod home;
pub mod host;
pub mod insight;
pub mod lab;
pub mod lint;
pub mod lms;
pub mod marking;
pub mod mutate;
pub mod objects;
pub mod paths;
pub mod plural;
mod pod_exec;
pub mod printable;
pub mod prove;
pub mod proxy;
pub mod quiz;
pub mod rbac;
pub mod report;
pub mod result;
pub mod sandbox;
pub mod scenario;
pub mod session;
pub mod shard;
pub mod sitting;
pub mod token;
pub mod variation;
pub mod workload;
