//! A second look at the few cases of a proof that did not hold: one at a time, when nothing else runs.
//!
//! A loaded machine can be slower than a script or the grader waits, and that is no fault of a grader. What holds then is told
//! apart from what held at once. Many failures are no accident: they are not played again.

use std::collections::HashSet;

use super::batch::{Done, PlannedBatch};

/// How many batches are played again at most.
const MOST: usize = 5;

/// The batches in which something did not hold.
pub(super) fn worth_another_try(work: Vec<PlannedBatch>, done: &[Done]) -> Vec<PlannedBatch> {
    let failed: HashSet<(usize, usize)> =
        done.iter().filter(|d| !d.proof.problems.is_empty()).map(|d| (d.index, d.order)).collect();
    let has_failed = |planned: &PlannedBatch| {
        planned.batch.iter().any(|placed| failed.contains(&(planned.index, placed.order)))
    };
    let again: Vec<PlannedBatch> = work.into_iter().filter(has_failed).collect();
    if again.len() > MOST || failed.len() == done.len() { Vec::new() } else { again }
}

/// Puts what came of the second play in place of the first. What did not hold at first is kept.
pub(super) fn replace(done: &mut [Done], second: Vec<Done>) {
    for Done { index, order, mut proof } in second {
        let Some(first) = done.iter_mut().find(|d| (d.index, d.order) == (index, order)) else { continue };
        proof.at_first = std::mem::take(&mut first.proof.problems);
        first.proof = proof;
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::PlannedCase;
    use super::super::plan::Case;
    use super::super::proof::CaseProof;
    use super::super::slots::Demand;
    use super::*;

    fn planned(index: usize, orders: &[usize]) -> PlannedBatch {
        let case = |order: &usize| PlannedCase { order: *order, case: Case::Reset, alone: false, pods: 1 };
        PlannedBatch { index, batch: orders.iter().map(case).collect(), demand: Demand::of(false, 1) }
    }

    fn done(index: usize, order: usize, problem: Option<&str>) -> Done {
        let problems = problem.into_iter().map(str::to_owned).collect();
        Done { index, order, proof: CaseProof { problems, ..CaseProof::unplayed(Case::Reset) } }
    }

    #[test]
    fn a_batch_with_a_case_that_failed_is_played_again_whole() {
        let work = vec![planned(0, &[0, 1]), planned(1, &[0]), planned(1, &[1])];
        let first = [done(0, 0, None), done(0, 1, Some("slow")), done(1, 0, None), done(1, 1, None)];
        let again = worth_another_try(work, &first);
        assert_eq!(again.iter().map(|p| (p.index, p.batch.len())).collect::<Vec<_>>(), [(0, 2)]);
    }

    #[test]
    fn what_fails_everywhere_is_not_played_again() {
        let work: Vec<_> = (0..9).map(|index| planned(index, &[0])).collect();
        let most: Vec<_> = (0..9).map(|index| done(index, 0, (index < 6).then_some("broken"))).collect();
        assert!(worth_another_try(work, &most).is_empty());
        assert!(worth_another_try(vec![planned(0, &[0])], &[done(0, 0, Some("broken"))]).is_empty());
        let together = [done(0, 0, Some("broken")), done(0, 1, Some("broken"))];
        assert!(worth_another_try(vec![planned(0, &[0, 1])], &together).is_empty(), "one batch, both cases");
    }

    #[test]
    fn the_second_play_counts_and_the_first_is_told() {
        let mut all = [done(0, 0, Some("slow")), done(0, 1, Some("wrong"))];
        replace(&mut all, vec![done(0, 0, None), done(0, 1, Some("wrong again"))]);
        let of = |at: usize| (all[at].proof.problems.clone(), all[at].proof.at_first.clone());
        assert_eq!(of(0), (vec![], vec!["slow".to_owned()]));
        assert_eq!(of(1), (vec!["wrong again".to_owned()], vec!["wrong".to_owned()]));
    }
}
