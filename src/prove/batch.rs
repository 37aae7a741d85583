//! Pure: which cases are played one after the other on the same attempt.
//!
//! Half of what a proof costs is Pods that start and end. A case that leaves the cluster as setup made it (nobody did
//! anything, or the script only reads) is graded, and the next one with the same values goes on from there: what a
//! learner does who asks for a grade before they begin. Reset follows the first solution, which it is to undo.

use super::isolation::only_reads;
use super::plan::Case;
use super::proof::CaseProof;
use super::slots::Demand;
use crate::scenario::Binding;
use crate::scenario::model::Scenario;

/// How many cases share an attempt at most: they run one after the other.
const MOST: usize = 6;

/// A case, with its place among those of its scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedCase {
    /// Its place.
    pub order: usize,
    /// The case.
    pub case: Case,
    /// Whether it must have the cluster for itself.
    pub alone: bool,
    /// How many Pods its setup makes.
    pub pods: u32,
}

/// The cases of one attempt, in the order in which they are played.
pub(super) type Batch = Vec<PlannedCase>;

/// What came of a case.
#[derive(Debug)]
pub(super) struct Done {
    /// Of which scenario.
    pub(super) index: usize,
    /// Its place among that one's cases.
    pub(super) order: usize,
    /// What came of it.
    pub(super) proof: CaseProof,
}

/// Cases to play on one attempt.
#[derive(Debug, Clone)]
pub(super) struct PlannedBatch {
    /// Of which scenario.
    pub(super) index: usize,
    /// The cases.
    pub(super) batch: Batch,
    /// What they need of the cluster.
    pub(super) demand: Demand,
}

/// Puts cases together that may share an attempt. Each batch is in the order of its first case.
pub(super) fn batches(scenario: &Scenario, cases: Vec<PlannedCase>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for planned in cases {
        let open = batches
            .iter_mut()
            .find(|batch| batch.last().is_some_and(|l| follows(scenario, l, &planned, batch.len())));
        match open {
            Some(batch) => batch.push(planned),
            None => batches.push(vec![planned]),
        }
    }
    batches
}

/// Whether a case may be played where another, the last of `length`, was.
fn follows(scenario: &Scenario, last: &PlannedCase, next: &PlannedCase, length: usize) -> bool {
    if last.alone != next.alone || !same_values(scenario, &last.case, &next.case) {
        return false;
    }
    match next.case {
        Case::Reset => last.case.script(scenario) == next.case.script(scenario),
        _ => length < MOST && is_untouched(scenario, &last.case),
    }
}

fn same_values(scenario: &Scenario, one: &Case, other: &Case) -> bool {
    let binding = |case: &Case| -> Option<Binding> { case.binding(scenario).ok() };
    binding(one).is_some_and(|values| binding(other) == Some(values))
}

/// Whether all is as setup made it after a case, but for the workspace, which can be filled anew unless the setup's own
/// script had a part in it.
fn is_untouched(scenario: &Scenario, case: &Case) -> bool {
    case.script(scenario).is_none() || (only_reads(case, scenario) && scenario.setup.run.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::plan::cases;
    use crate::scenario::Catalog;

    fn titles(scenario: &Scenario, alone: impl Fn(&Case) -> bool) -> Vec<Vec<String>> {
        let planned = cases(scenario).into_iter().enumerate();
        let planned =
            planned.map(|(order, case)| PlannedCase { order, alone: alone(&case), case, pods: 1 }).collect();
        let batches = batches(scenario, planned);
        batches.iter().map(|batch| batch.iter().map(|p| p.case.title()).collect()).collect()
    }

    fn scenario(id: &str) -> Scenario {
        Catalog::builtin().get(id).unwrap().scenario.clone()
    }

    #[test]
    fn nobody_the_first_solution_and_reset_share_an_attempt_and_others_begin_afresh() {
        let scenario = scenario("scenario-2");
        let all = titles(&scenario, |_| false);
        assert_eq!(all[0], ["unsolved", "reference", "reset"]);
        assert!(all[1..].iter().all(|batch| batch.len() == 1), "{all:?}");
        assert_eq!(all.iter().flatten().count(), cases(&scenario).len());
    }

    #[test]
    fn who_must_run_alone_does_not_share_with_others() {
        let all = titles(&scenario("scenario-2"), |case| *case == Case::Reset);
        assert_eq!(all[0], ["unsolved", "reference"]);
        assert!(all.contains(&vec!["reset".to_owned()]));
    }

    #[test]
    fn scripts_that_only_read_go_on_until_one_changes_something() {
        let all = titles(&scenario("audit-default-sa"), |_| false);
        assert!(all.len() <= 5, "{all:?}");
        let changes = |title: &str| ["repairs-at-once", "takes-it-all-away"].contains(&title);
        assert!(
            all.iter().all(|batch| !batch[..batch.len() - 1].iter().any(|title| changes(title))),
            "{all:?}"
        );
        assert!(all.iter().all(|batch| batch.len() <= MOST + 1), "{all:?}");
    }

    #[test]
    fn each_cause_has_attempts_of_its_own() {
        for batch in titles(&scenario("diagnose-403"), |_| false) {
            let cause = |title: &String| title.split_once('(').map(|(_, cause)| cause.to_owned());
            assert!(batch.iter().all(|title| cause(title) == cause(&batch[0])), "{batch:?}");
        }
    }
}
