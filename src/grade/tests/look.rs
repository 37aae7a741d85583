//! Looks of somebody who only watches: programs in Pods are spared, and what they once said is kept with its age.

use std::sync::PoisonError;

use serde_json::json;

use super::fake::Fake;
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observations;
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass};
use crate::grade::{Baseline, GradeRequest, Look, Lookout};

fn runs_as(account: &str) -> Check {
    check(json!({"workload": {"workload": "pod/myapp", "namespace": NS, "serviceAccount": account}}))
}

fn answers() -> Check {
    let mut answers = check(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["get"]}}));
    answers.expectation.id = "answers".into();
    answers
}

async fn look(fake: &Fake, lookout: &mut Lookout, checks: &[Check], programs: bool) -> Look {
    let baseline: Observations = {
        let mut all = Observations::default();
        for check in checks {
            fake.baseline(check).await.iter().cloned().for_each(|seen| all.insert(seen));
        }
        all
    };
    fake.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let request = GradeRequest { checks, guards: &[], baseline: Baseline::Taken(&baseline) };
    lookout.look(fake, &request, programs).await
}

fn ran(fake: &Fake) -> usize {
    fake.asked.lock().unwrap().iter().filter(|probe| probe.runs_a_program()).count()
}

#[tokio::test(start_paused = true)]
async fn no_program_is_run_as_long_as_something_else_is_open() {
    let fake = Fake::of([pod("myapp")]);
    let checks = [runs_as("other"), answers()];
    let mut lookout = Lookout::default();
    let seen = look(&fake, &mut lookout, &checks, false).await;
    assert_eq!(ran(&fake), 0);
    let outcomes: Vec<_> = seen.results.iter().map(|r| r.verdict.outcome).collect();
    assert_eq!((outcomes, &seen.spared[..]), (vec![Fail, NotYet], &[false, true][..]));
    assert!(seen.seen[0].is_some() && seen.seen[1].is_none());
    assert!(!seen.only_programs_are_left());
}

#[tokio::test(start_paused = true)]
async fn what_a_program_said_is_kept_and_not_called_new() {
    let fake = Fake::of([pod("myapp")]);
    let checks = [runs_as("default"), answers()];
    let mut lookout = Lookout::default();
    assert!(look(&fake, &mut lookout, &checks, false).await.only_programs_are_left());
    let all = look(&fake, &mut lookout, &checks, true).await;
    assert_eq!((ran(&fake), all.spared.contains(&true)), (1, false));
    assert!(all.results.iter().all(|result| result.verdict.outcome == Pass));
    let later = look(&fake, &mut lookout, &checks, false).await;
    assert_eq!(ran(&fake), 0);
    assert_eq!(later.results[1].verdict.outcome, Pass);
    assert_eq!(later.seen[1], Some(all.at));
    assert!(later.seen[0] > later.seen[1]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_without_a_program_is_not_spared() {
    let fake = Fake::of([]);
    let seen = look(&fake, &mut Lookout::default(), &[answers()], false).await;
    assert_eq!((seen.results[0].verdict.outcome, seen.spared[0]), (Fail, false));
}
