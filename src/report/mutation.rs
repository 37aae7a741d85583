//! The mutants of a proof on the terminal: the rate, what survived, and what is equivalent and why.
//!
//! Killed ones are counted, not listed; `--output json` has them all.

use std::io::{Result, Write};

use super::style::{Mark, Style};
use crate::prove::proof::{Fate, ScenarioProof, Tally};

/// Writes what became of the mutants of a scenario; nothing when none were played.
pub fn write(out: &mut impl Write, style: &Style, scenario: &ScenarioProof) -> Result<()> {
    let Some(tally) = &scenario.mutation else { return Ok(()) };
    let mark = if tally.killed == tally.judged() { Mark::Good } else { Mark::Bad };
    writeln!(out, "{} {}", style.mark(mark), rate(tally))?;
    for case in &scenario.cases {
        let name = case.case.title();
        match &case.fate {
            None => {}
            Some(Fate::Equivalent { reason }) => {
                writeln!(out, "{}", style.wrap(&format!("= {name}"), "  "))?;
                writeln!(out, "{}", style.dim(&style.wrap(reason, "      ")))?;
            }
            Some(_) if case.problems.is_empty() => {}
            Some(_) => writeln!(out, "{} {}", style.mark(Mark::Bad), style.wrap(&name, "  ").trim_start())?,
        }
        if case.fate.is_some() {
            for problem in &case.problems {
                writeln!(out, "{}", style.wrap(problem, "      "))?;
            }
        }
    }
    Ok(())
}

/// The rate in words.
pub fn rate(tally: &Tally) -> String {
    let Tally { killed, survived, equivalent, unknown, percent } = *tally;
    let mut text = match tally.judged() {
        0 => "mutants: none to kill".to_owned(),
        judged => format!("mutants: {killed} of {judged} killed ({percent} %)"),
    };
    for (count, what) in [(survived, "survived"), (unknown, "not graded"), (equivalent, "equivalent")] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}
