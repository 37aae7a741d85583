//! Solutions in any bash, to be taken apart.

use std::collections::BTreeSet;

use crate::mutate::mutants;

/// A solution; what stands before a line `---8<---` are the scenario's helpers.
pub fn mutate(input: &[u8]) {
    let text = super::text(input);
    let Some(mut scenario) = crate::scenario::fuzz::sample() else { return };
    scenario.solutions.truncate(1);
    let (helpers, run) = text.split_once("---8<---\n").unwrap_or(("", &text));
    helpers.clone_into(&mut scenario.helpers);
    scenario.solutions.iter_mut().for_each(|s| run.clone_into(&mut s.run));
    let first = mutants(&scenario);
    assert_eq!(first, mutants(&scenario), "the same solution has the same mutants");
    let Ok(found) = first else { return };
    let whole = crate::scenario::with_helpers(helpers, run);
    let (mut ids, mut scripts) = (BTreeSet::new(), BTreeSet::from([whole.as_str()]));
    for mutant in &found {
        assert!(ids.insert(&mutant.id), "two mutants have the id {}", mutant.id);
        assert!(scripts.insert(&mutant.script), "{} is no change, or another's", mutant.id);
    }
}
