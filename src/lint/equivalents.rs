//! Lint of the mutants that a scenario lists as equivalent: each entry is about one that exists.
//!
//! Whether they really survive is shown by `satrain prove --mutation`.

use super::Report;
use crate::mutate::mutants;

pub(super) fn lint(report: &mut Report<'_>) {
    let s = &report.loaded.scenario;
    let mutants = match mutants(s) {
        Ok(mutants) => mutants,
        Err(error) => {
            let pointer = format!("/solutions/{}/run", error.index);
            return report.error(&pointer, error.to_string(), "write it in a simpler form, or in several");
        }
    };
    for (i, equivalent) in s.equivalents.iter().enumerate() {
        let pointer = format!("/equivalents/{i}/mutant");
        if !mutants.iter().any(|m| equivalent.is_about(&m.id)) {
            let message = format!("no mutant is called `{}`", equivalent.mutant);
            let help = "take the id from what `satrain prove --mutation` reports, or remove the entry";
            report.error(&pointer, message, help);
        } else if s.equivalents[..i].iter().any(|earlier| earlier.mutant == equivalent.mutant) {
            report.error(&pointer, "the same mutants are listed twice", "remove one of the entries");
        }
    }
}
