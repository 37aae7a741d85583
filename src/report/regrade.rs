//! What judging a class again changes.

use std::io::{Result, Write};

use super::style::Style;
use crate::marking::{CheckChange, Regrade, Verdict};
use crate::plural::counted;
use crate::printable::shell_quoted;

/// Writes it; `folder` is that of the class, as the person named it.
pub fn text(out: &mut impl Write, style: &Style, regrade: &Regrade, folder: &str) -> Result<()> {
    writeln!(out, "{}", style.bold(&summary(regrade)))?;
    for change in &regrade.changed {
        let told = format!(
            "{} {} {}: {} % → {} %",
            change.learner,
            style.dot(),
            change.scenario,
            change.was,
            change.now
        );
        writeln!(out, "{}", style.wrap(&told, "  "))?;
        for check in &change.checks {
            writeln!(out, "{}", style.wrap(&line(check), "    "))?;
        }
    }
    if !regrade.to_play.is_empty() {
        writeln!(out, "\n{}", style.bold("Only another play can tell"))?;
        for one in &regrade.to_play {
            let told = format!("{} {} {}: {}", one.learner, style.dot(), one.scenario, one.why.join("; "));
            writeln!(out, "{}", style.wrap(&told, "  "))?;
        }
        let command = format!("satrain grade {} HAND-INS", shell_quoted(folder));
        let after = if regrade.written { "" } else { "after `--write`, " };
        writeln!(out, "  {after}{} plays just these", style.command(&command))?;
    }
    if !regrade.written && (regrade.renamed > 0 || !regrade.changed.is_empty()) {
        let command = format!("satrain grade {} --replay --write", shell_quoted(folder));
        writeln!(out, "\nNothing was written; {} keeps the new marks", style.command(&command))?;
    }
    Ok(())
}

/// `7 of 180 hand-ins change, nobody loses the pass`.
fn summary(regrade: &Regrade) -> String {
    let changed = match regrade.changed.len() {
        1 => "changes",
        _ => "change",
    };
    let mut parts =
        vec![format!("{} of {} {changed}", regrade.changed.len(), counted(regrade.hand_ins, "hand-in"))];
    parts.push(match regrade.lose_the_pass.as_slice() {
        [] => "nobody loses the pass".into(),
        [one] => format!("{one} loses the pass"),
        several => format!("{} lose the pass", several.join(", ")),
    });
    match regrade.now_pass.as_slice() {
        [] => {}
        [one] => parts.push(format!("{one} passes now")),
        several => parts.push(format!("{} pass now", several.join(", "))),
    }
    if !regrade.to_play.is_empty() {
        parts.push(format!("{} to be played again", regrade.to_play.len()));
    }
    parts.join(", ")
}

fn line(change: &CheckChange) -> String {
    let points = |verdict: &Verdict| format!("{} ({} of {})", verdict.outcome, verdict.points, verdict.max);
    let said = |verdict: &Option<Verdict>| verdict.as_ref().map_or_else(|| "none".into(), points);
    format!("{}: {} → {}. {}", change.check, said(&change.was), said(&change.now), change.why)
}
