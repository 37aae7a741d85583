//! Before a scenario of somebody else is set up: what it will do, and whether it may.
//!
//! In: scenarios that are about to be played. Out: nothing if all of them may, because they are satrain's own, were allowed
//! before as they are now, are allowed by `--trust`, or by the person at the terminal. Else an error, before anything is made.

use clap::Args;

use super::context::Context;
use crate::error::{Failure, Result};
use crate::lab::deeds::{Deeds, Made};
use crate::plural::counted;
use crate::printable::excerpt;
use crate::scenario::BoundScenario;
use crate::session::trust::Ground;

/// The word that allows it.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Trust {
    /// Allow scenarios that are not satrain's own to run their commands on this machine, and remember that until they change
    #[arg(long)]
    pub trust: bool,
}

/// How many lines of a script are shown, and how many objects.
const SHOWN: usize = 30;

/// The longest line of a script, or name of an object, that is shown.
const LONGEST: usize = 160;

/// Lets go on who may.
pub fn must_be_allowed(ctx: &Context, plays: &[&BoundScenario], ground: Ground, word: Trust) -> Result<()> {
    let mut new: Vec<&BoundScenario> = Vec::new();
    for bound in plays {
        let is_new = !new.iter().any(|other| other.digest == bound.digest);
        if is_new && !ctx.session.is_trusted(bound, ground) {
            new.push(bound);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let mut told = String::new();
    for bound in &new {
        told.push_str(&deeds(bound, &Deeds::of(bound)?, ground, place(ctx)));
    }
    let which = new.iter().map(|bound| format!("`{}`", bound.scenario.id)).collect::<Vec<_>>().join(", ");
    let are = if new.len() == 1 { "is" } else { "are" };
    if word.trust {
        for line in told.lines() {
            ctx.events.note(line.to_owned());
        }
    } else if ctx.interactive() {
        ctx.events.rest();
        let question = format!("{which} {are} not satrain's own.\n{told}Play it? [y/N] ");
        if !matches!(ctx.ask(&question)?.to_ascii_lowercase().as_str(), "y" | "yes") {
            return Err(Failure::usage(format!(
                "{which} {are} not played: you did not allow it\nNothing was made."
            )));
        }
    } else {
        return Err(Failure::usage(format!(
            "{which} {are} not satrain's own, and {are} not allowed yet; nothing was made\n{told}Read it, then add `--trust`, which is remembered until the scenario changes."
        )));
    }
    new.iter().try_for_each(|bound| Ok(ctx.session.trust(bound, ground)?))
}

/// Where a script runs on this machine, or with whose rights.
fn place(ctx: &Context) -> &'static str {
    match (ctx.without_sandbox, nix::unistd::geteuid().is_root()) {
        (false, _) => "in a sandbox",
        (true, true) => "as root",
        (true, false) => "as you",
    }
}

/// What the play of a scenario does, line by line.
fn deeds(bound: &BoundScenario, deeds: &Deeds, ground: Ground, place: &str) -> String {
    let mut lines = vec![format!("{} ({})", bound.scenario.id, bound.origin)];
    let mut say = |line: String| lines.push(format!("  {line}"));
    if deeds.script.is_empty() {
        say("runs nothing on this machine to set up".into());
    } else {
        say(format!("runs on this machine, {place}, with all rights on the cluster:"));
        for line in deeds.script.iter().take(SHOWN) {
            say(format!("  | {}", excerpt(line, LONGEST)));
        }
        more(&mut say, deeds.script.len(), "line");
    }
    if deeds.plays > 0 {
        say(format!(
            "has {} (solutions and mistakes) that `--solution` and `satrain prove` would run there",
            counted(deeds.plays, "script")
        ));
    }
    let named = match ground {
        Ground::Adopted => deeds.objects.iter().collect(),
        Ground::Own => deeds.cluster_wide().collect::<Vec<_>>(),
    };
    if !named.is_empty() {
        let place =
            if ground == Ground::Adopted { "on the adopted cluster" } else { "for the whole cluster" };
        say(format!("makes {place}:"));
        for made in named.iter().take(most(ground)) {
            say(format!("  {}", shown(made)));
        }
        if ground == Ground::Own {
            more(&mut say, named.len(), "object");
        }
    }
    let rest = deeds.objects.len() - named.len();
    if rest > 0 {
        say(format!("makes {} in Namespaces of its own", counted(rest, "object")));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// On somebody's cluster each object is named.
fn most(ground: Ground) -> usize {
    if ground == Ground::Adopted { usize::MAX } else { SHOWN }
}

fn more(say: &mut impl FnMut(String), all: usize, what: &str) {
    if all > SHOWN {
        say(format!("  … and {}", counted(all - SHOWN, &format!("more {what}"))));
    }
}

fn shown(made: &Made) -> String {
    let name = format!("{} {}", excerpt(&made.kind, LONGEST), excerpt(&made.name, LONGEST));
    match &made.namespace {
        Some(namespace) => format!("{name} in {}", excerpt(namespace, LONGEST)),
        None => name,
    }
}
