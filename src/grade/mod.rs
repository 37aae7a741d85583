//! Grading: probes ask the cluster, observations are the answers, `judge` is pure.
//!
//! In: a bound scenario's checks and guards, and the baseline. Out: a [`Grade`]: a [`verdict::Verdict`] a check,
//! with its evidence, and the score. Only a [`Prober`] does I/O; nothing here changes the cluster (access reviews
//! apart, which leave nothing behind).

pub mod checks;
pub mod expectation;
pub mod observation;
pub mod probe;
pub mod shared;
pub mod token_ref;
pub mod verdict;

mod baseline;
mod cel;
mod cluster;
mod context;
mod fields;
mod file_path;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod judge;
mod look;
mod namespace;
mod observe;
mod pieces;
mod pods;
mod prober;
mod reread;
mod sanitize;
mod score;
mod settle;
mod steady;
mod vault;
mod view;
mod workspace;

#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use cluster::{Attempts, ClusterProber};
pub use judge::{CheckResult, GradeRequest, judge};
pub use look::{Look, Lookout};
pub(crate) use pods::{label_mistake, workload_kinds};
pub use prober::Prober;
pub use reread::{Reread, reread};
pub use sanitize::Salt;
pub(crate) use score::Counted;
pub use score::Score;
pub use settle::{BaselineError, Grade, baseline, grade, grade_at_once, grade_patiently};
pub use shared::ATTEMPT;
pub use steady::Steady;
pub use vault::{Token, Vault};
pub use view::View;
