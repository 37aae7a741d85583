//! Marks hand-ins: plays each script on a lab of its own and keeps what came of it, one file each.
//!
//! In: what the learners of a class handed in, and who makes clusters. Out: a [`Mark`] for each, on the disk before
//! anybody is told. One hand-in at a time is on a cluster; a cluster that a hand-in may have left in disorder is thrown away.
//! Never: a 0 for a fault of the machine. A hand-in that cannot be graded is tried once more, alone, and then named.

mod batch;
mod book;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod hygiene;
mod job;
mod keep;
mod mark;
mod packed;
mod part;
mod plan;
mod play;
mod pool;
mod quiz;
mod recorded;
mod regrade;
mod run;
mod seats;
mod settle;
mod shard;
mod watch;

pub use batch::{Batch, BatchJob};
pub use book::{Outcomes, Scope, gradebook, graded};
pub use job::{Job, Key};
pub use keep::{Keeper, Kept, Marks};
pub use mark::{Mark, PlayedPart, Seconds};
pub use packed::PackedJob;
pub use part::{Part, parts};
pub use plan::{NoPlan, Plan, Work, plan};
pub use pool::Pool;
pub use quiz::{Answered, quiz_gradebook};
pub use regrade::{Change, CheckChange, Fates, Judged, Regrade, Regraded, ToPlay, Verdict, regrade};
pub use run::{Outcome, Run, run};
pub use seats::Seats;
pub use shard::{ARRAY_JOB, WantedShard};
