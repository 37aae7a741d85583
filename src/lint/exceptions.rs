//! Lint of the variations that a scenario lists as otherwise than usual: each is one of the library, and has a reason.
//!
//! Whether they really are is shown by `satrain prove --variations`.

use super::Report;
use crate::scenario::escape;
use crate::variation::{library, named};

/// The fewest words that can be a reason.
const WORDS: usize = 4;

pub(super) fn lint(report: &mut Report<'_>) {
    for (name, reason) in &report.loaded.scenario.proof.exceptions {
        let pointer = format!("/proof/exceptions/{}", escape(name));
        if named(name).is_none() {
            let names = library().unwrap_or_default().iter().map(|v| v.name.as_str());
            let near = names.min_by_key(|known| strsim::levenshtein(known, name)).unwrap_or_default();
            let help = format!("did you mean `{near}`? The library is in the folder `variations`");
            report.error(&pointer, format!("there is no variation `{name}`"), &help);
        } else if reason.split_whitespace().count() < WORDS {
            let help = "say in a sentence why it is right here; a teacher will read it";
            report.error(&pointer, format!("`{name}` has no reason"), help);
        }
    }
}
