//! Grading: probes ask the cluster, observations are the answers, `judge` is pure.
//!
//! In: a bound scenario's checks and the baseline. Out: a [`verdict::Verdict`] a check, with its evidence.
//! Only [`observe`] does I/O; nothing here changes the cluster (access and token reviews apart).

pub mod checks;
pub mod observation;
pub mod probe;
pub mod verdict;
