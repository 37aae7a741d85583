//! The parts of the module and who trains them, for people.

use std::io::{Result, Write};

use super::style::{Mark, Style};
use crate::printable::printable;
use crate::scenario::Covered;

/// Writes one block a part: its title, then each scenario with its checks.
pub fn write(out: &mut impl Write, style: &Style, title: &str, all: &[Covered]) -> Result<()> {
    writeln!(out, "{}\n", style.bold(&printable(title)))?;
    for covered in all {
        let mark = style.mark(if covered.is_trained() { Mark::Good } else { Mark::Bad });
        writeln!(out, "  {mark} {}  {}", printable(&covered.part.title), style.dim(&covered.part.id))?;
        for trainer in &covered.by {
            let text =
                printable(&format!("{}: {}", trainer.scenario, trainer.checks.join(", "))).into_owned();
            writeln!(out, "{}", style.wrap(&text, "      "))?;
        }
    }
    let trained = all.iter().filter(|covered| covered.is_trained()).count();
    writeln!(out, "\n  Checks train {trained} of {} parts.", all.len())
}
