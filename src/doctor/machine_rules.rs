//! Memory, disk, terminal and the sandbox for scripts. Pure.
//!
//! In: [`Facts`]. Out: lines. The figures: an idle cluster takes 0.5 GB, one with 45 Pods 1.1 GB.

use super::{Facts, Line, Topic};
use crate::distribution::space::human;

const MEMORY_TOTAL: u64 = 1_000_000_000;
const MEMORY_AVAILABLE: u64 = 1_200_000_000;
const DISK: u64 = 1_000_000_000;

/// The lines about the machine's size and its terminal.
pub fn lines(facts: &Facts) -> Vec<Line> {
    vec![memory(facts), disk(facts), terminal(facts), sandbox(facts)]
}

fn memory(facts: &Facts) -> Line {
    let (total, available) = (facts.host.memory_total, facts.host.memory_available);
    let says = format!("memory: {} available of {}", human(available), human(total));
    if total < MEMORY_TOTAL {
        Line::missing(Topic::Machine, says, "a cluster needs a machine with at least 1 GB, better 2 GB")
    } else if available < MEMORY_AVAILABLE {
        Line::warn(Topic::Machine, says, "close other programs: a cluster with some Pods takes about 1 GB")
    } else {
        Line::ok(Topic::Machine, says)
    }
}

fn disk(facts: &Facts) -> Line {
    match facts.space {
        None => Line::warn(Topic::Machine, "the disk's free space is unknown", "look at `df -h`"),
        Some(space) if space.free < DISK => Line::missing(
            Topic::Machine,
            format!("disk: only {} free", human(space.free)),
            "free at least 1 GB, or set XDG_CACHE_HOME to a larger disk",
        ),
        Some(space) => Line::ok(Topic::Machine, format!("disk: {} free", human(space.free))),
    }
}

fn sandbox(facts: &Facts) -> Line {
    let Some(why) = &facts.no_sandbox else { return Line::ok(Topic::Machine, "a sandbox for scripts") };
    Line::warn(
        Topic::Machine,
        format!("no sandbox for scripts: those of other people are refused ({why})"),
        "allow user namespaces on Linux 5.12 or newer, or play with `--no-sandbox` only what you trust",
    )
}

fn terminal(facts: &Facts) -> Line {
    let terminal = facts.terminal;
    if !(terminal.input && terminal.output) {
        let cure = "none needed for scripts and CI; for the lab shell run satrain in a terminal";
        return Line::warn(
            Topic::Machine,
            "no terminal: `satrain run` grades at once, without a lab shell",
            cure,
        );
    }
    if !terminal.capable {
        return Line::warn(Topic::Machine, "the terminal has no colours and no progress bars", "set TERM");
    }
    Line::ok(Topic::Machine, "terminal")
}
