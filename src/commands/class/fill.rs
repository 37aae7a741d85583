//! Marks of a class in the table that a learning platform exported.

use crate::class::Roster;
use crate::class::gradebook::Gradebook;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::lms::sheet::{Entry, Filled, Mark, Options, Sheet};
use crate::plural::counted;
use crate::printable::printable;

/// The table with the marks of one task, or of the class. A learner without a mark keeps what the table says.
pub(super) fn filled(
    roster: &Roster,
    sheet: &Sheet,
    book: &Gradebook,
    task: Option<&str>,
    column: Option<String>,
) -> Result<Filled> {
    let percent = |row: &crate::class::gradebook::Row| match task {
        None => row.percent,
        Some(id) => row.tasks.iter().find(|task| task.scenario == id).and_then(|task| task.percent),
    };
    let entries: Vec<Entry> = book
        .rows
        .iter()
        .map(|row| Entry {
            learner: row.learner.clone(),
            mark: percent(row).map(|percent| Mark::Percent(f64::from(percent))),
            feedback: None,
        })
        .collect();
    let options = Options { column, ..Options::default() };
    sheet
        .fill(roster, &entries, &options)
        .map_err(|e| Failure::usage(format!("the table cannot be filled: {e}")))
}

/// Says what was written and what was not.
pub(super) fn tell(ctx: &Context, filled: &Filled) {
    ctx.events.note(format!("{} in the table changed", counted(filled.changed.len(), "mark")));
    for (learner, why) in &filled.kept {
        ctx.events.warn(format!("{}: the table keeps its mark: {why}", printable(learner)));
    }
    for stranger in &filled.strangers {
        ctx.events.warn(format!(
            "a row of the table is nobody's: {}: {}",
            printable(&stranger.row),
            stranger.why
        ));
    }
    if !filled.without_row.is_empty() {
        ctx.events.warn(format!("no row in the table: {}", printable(&filled.without_row.join(", "))));
    }
}
