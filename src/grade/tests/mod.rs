//! Tests of whole grades: plainly built objects, a fake cluster, and the traps of the grading rules.

mod access;
mod access_odd;
mod admission;
mod answers;
mod containers;
mod fake;
mod faults;
mod kept;
mod look;
mod messages;
mod mock;
mod replay;
mod rounds;
mod score;
mod settle;
mod slow;
mod support;
mod templates;
mod token_faults;
mod tokens;
mod traps;
mod wider;
mod workloads;
