//! Hand-ins played on this machine, on clusters of its own.

use std::time::{Duration, Instant};

use super::seats::Own;
use crate::cluster::embedded;
use crate::commands::cluster::connect::{self, this_program};
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::host::memory_available;
use crate::lab::error::LabError;
use crate::marking::{Job, Keeper, Outcome, Outcomes, Run, run};
use crate::plural::counted;
use crate::sandbox;
use crate::shard::Shard;

/// What a cluster takes of the machine's memory, in bytes: how many hand-ins are played at a time follows from it.
const PER_SEAT: u64 = 1 << 30;

/// Plays `jobs`, `at_once` of them at a time, each script for `limit` at most. What comes of each is with `keeper` first.
pub(super) async fn played(
    ctx: &Context,
    keeper: &dyn Keeper,
    jobs: Vec<Job>,
    (at_once, limit): (Option<u16>, Duration),
    shard: Option<Shard>,
) -> Result<Outcomes> {
    if jobs.is_empty() {
        return Ok(Outcomes::new());
    }
    if !ctx.without_sandbox {
        sandbox::probe(&this_program()?).await.map_err(LabError::from)?;
    }
    // Compiled now where it is missing, and not once a seat.
    connect::distribution(ctx)?;
    let at_once = at_once.map_or_else(seats, usize::from).min(jobs.len());
    ctx.events.step(format!("Grading {} on {}", counted(jobs.len(), "hand-in"), counted(at_once, "cluster")));
    if !embedded::root_is_nobody(&ctx.environment.path) {
        ctx.events
            .warn("no user namespace here: a hand-in that breaks out of its lab is root on this machine");
    }
    let began = Instant::now();
    let (own, total) = (Own::new(ctx, shard), jobs.len());
    let how = Run {
        keeper,
        seats: &own,
        at_once,
        limit,
        state: ctx.paths.state.join(Shard::named("grading", shard)),
        events: ctx.events.clone(),
        cancel: ctx.cancel.clone(),
    };
    let done = run(&how, jobs).await.map_err(|e| Failure::other(format!("marks cannot be kept: {e}")))?;
    ctx.events.done(format!(
        "Graded {} in {:.0} s",
        counted(total, "hand-in"),
        began.elapsed().as_secs_f64()
    ));
    let outcome = |(key, outcome)| match outcome {
        Outcome::Marked(mark) => (key, Ok(*mark)),
        Outcome::Fault(why) => (key, Err(why)),
    };
    Ok(done.into_iter().map(outcome).collect())
}

/// How many clusters this machine has room for: one more than processors, as a hand-in often waits.
fn seats() -> usize {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let room = usize::try_from(memory_available() / PER_SEAT).unwrap_or(usize::MAX);
    (processors + 1).min(room).clamp(1, 4)
}
