//! The review of a made-up result, and of what differs from it in one thing.

use std::time::Duration;

use super::testing::{minute, offers, result, stay};
use super::*;
use crate::sitting::clock::Jump;
use crate::sitting::result::{Elsewhere, ExamResult, ExtraTime, Status, Worth};

fn review() -> Review {
    Review::of(&result(), &offers())
}

fn plan(result: &ExamResult) -> Plan {
    match Review::of(result, &[]).triage {
        Triage::Better(plan) => plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_task_stands_somewhere() {
    use Standing::{ChangedLate, Complete, NotBegun, NotRead, PartlyRight, Unfinished, Void, Wrong};
    let standings: Vec<Standing> = review().tasks.iter().map(|task| task.standing).collect();
    assert_eq!(standings, [Complete, Void, PartlyRight, ChangedLate, NotRead, Unfinished]);
    let mut read = result();
    read.tasks[4].read = true;
    (read.tasks[2].earned, read.tasks[1].status) = (0, Status::Graded);
    let standings: Vec<Standing> = Review::of(&read, &[]).tasks.iter().map(|task| task.standing).collect();
    assert_eq!(standings[1..5], [Unfinished, Wrong, ChangedLate, NotBegun]);
    read.tasks[2].touched = false;
    let review = Review::of(&read, &[]);
    assert_eq!(serde_json::to_value(review.tasks[2].standing).unwrap(), "not-answered");
}

#[test]
fn what_was_only_looked_at_was_not_worked_on() {
    let mut seen = result();
    let standing = |result: &ExamResult| Review::of(result, &[]).tasks[5].standing;
    // The lab of task 6: nothing was changed by its host, and one thing by that of task 1.
    (seen.tasks[5].earned, seen.tasks[5].work.as_mut().unwrap().changes) = (0, 0);
    assert_eq!(standing(&seen), Standing::Unfinished);
    seen.tasks[0].work.as_mut().unwrap().elsewhere.clear();
    assert_eq!(standing(&seen), Standing::Visited);
    // Changes where another task is are no work on this one.
    let work = seen.tasks[5].work.as_mut().unwrap();
    work.changes = 3;
    assert_eq!(standing(&seen), Standing::Unfinished);
    let elsewhere = Elsewhere { task: 5, changes: 3, first: minute(25) };
    seen.tasks[5].work.as_mut().unwrap().elsewhere.push(elsewhere);
    assert_eq!(standing(&seen), Standing::Visited);
    // A file is in no log, and may have earned something; without a log nothing is known.
    seen.tasks[5].earned = 100;
    assert_eq!(standing(&seen), Standing::Unfinished);
    (seen.tasks[5].earned, seen.tasks[5].work) = (0, None);
    assert_eq!(standing(&seen), Standing::Unfinished);
}

#[test]
fn what_was_only_looked_at_could_have_been_begun() {
    let mut seen = result();
    seen.tasks[0].work.as_mut().unwrap().elsewhere.clear();
    (seen.tasks[5].earned, seen.score.earned) = (0, 2250);
    seen.tasks[5].work.as_mut().unwrap().changes = 0;
    seen.tasks[5].observed.clear();
    // Tasks 1 and 3 were worked on: 22.5 of 25.
    let plan = plan(&seen);
    assert_eq!((plan.rate, plan.minutes), (90, 8 + 30));
    let told: Vec<(usize, Advice, u32, u32)> =
        plan.moves.iter().map(|m| (m.task, m.advice, m.minutes, m.took)).collect();
    assert_eq!(told, [(1, Advice::Same, 8, 8), (5, Advice::Begin, 5, 0), (6, Advice::Begin, 10, 30)]);
}

#[test]
fn a_topic_has_the_points_of_all_its_tasks_and_void_ones_do_not_count() {
    let topics = review().topics;
    let of = |name: &str| topics.iter().find(|topic| topic.name == name).unwrap();
    let automount = of("automount");
    assert_eq!((automount.earned, automount.of, automount.percent), (2000, 3500, Some(57)));
    assert_eq!((automount.reached, automount.tasks.as_slice()), (Some(false), [1, 5].as_slice()));
    let tokens = of("tokens");
    assert_eq!((tokens.earned, tokens.of, tokens.tasks.as_slice()), (250, 500, [2, 3].as_slice()));
    let mut void = result();
    void.tasks[2].status = Status::Void { why: String::new() };
    let tokens = Review::of(&void, &[]).topics.into_iter().find(|topic| topic.name == "tokens").unwrap();
    assert_eq!((tokens.of, tokens.percent, tokens.reached), (0, None, None));
    assert_eq!(review().domains[0].tasks, [1, 2, 4, 5, 6]);
}

#[test]
fn the_pass_mark_itself_is_reached() {
    let mut at = result();
    at.pass = 57;
    let reached = |result: &ExamResult| Review::of(result, &[]).topics[0].reached;
    assert_eq!(reached(&at), Some(true));
    at.pass = 58;
    assert_eq!(reached(&at), Some(false));
}

#[test]
fn time_on_a_host_is_active_or_quiet_and_a_question_has_none() {
    let times: Vec<Time> = review().tasks.iter().map(|task| task.time).collect();
    assert_eq!(times[5], Time { on_host: Some(1800), active: Some(840), quiet: Some(960), expected: 10 });
    assert_eq!(times[2], Time { on_host: None, active: None, quiet: None, expected: 1 });
    assert_eq!(times[4].on_host, Some(0));
}

#[test]
fn work_on_the_wrong_host_is_told_where_there_is_a_log() {
    let wrong = review().wrong_host.unwrap();
    assert_eq!((wrong.len(), wrong[0].on, wrong[0].there.task, wrong[0].there.changes), (1, 1, 6, 2));
    let mut without = result();
    without.tasks.iter_mut().for_each(|task| task.work = None);
    assert_eq!(Review::of(&without, &[]).wrong_host, None);
}

#[test]
fn points_that_were_lost_are_told_with_the_hosts_that_may_have_cost_them() {
    let falls = review().falls;
    let fall = Fall {
        task: 6,
        before: 2000,
        after: 1000,
        from: minute(34),
        to: minute(60),
        at_grade: false,
        hosts: vec![1],
    };
    assert_eq!(falls, [fall]);
}

#[test]
fn what_is_lost_between_the_last_visit_and_the_grade_is_told_and_what_was_regained_is_not() {
    let seen = |at, points| Worth { at: minute(at), points, max: 100 };
    let mut exam = result();
    exam.tasks[5].observed = vec![seen(30, 40), seen(34, 20), seen(60, 90)];
    let falls = Review::of(&exam, &[]).falls;
    assert_eq!(falls.len(), 1, "{falls:?}");
    assert!(falls[0].at_grade && falls[0].to == exam.ended);
    assert_eq!((falls[0].before, falls[0].after), (2250, 1000));
    // What could not be graded says nothing; rounding is the same at both ends.
    exam.tasks[5].observed = vec![Worth { at: minute(30), points: 0, max: 0 }, seen(60, 40)];
    assert!(Review::of(&exam, &[]).falls.is_empty());
}

#[test]
fn another_order_leaves_what_lost_points_and_begins_what_was_not_read() {
    let plan = plan(&result());
    // Tasks 1, 3 and 6 were worked on and graded: 32.5 of 50.
    assert_eq!((plan.rate, plan.earned, plan.estimated), (65, 3250, true));
    let told: Vec<(usize, Advice, u32, u32)> =
        plan.moves.iter().map(|m| (m.task, m.advice, m.minutes, m.points)).collect();
    assert_eq!(told, [(1, Advice::Same, 8, 2000), (5, Advice::Begin, 5, 975), (6, Advice::Leave, 12, 2000)]);
    assert_eq!(plan.possible, 3250 + 975 + 1000);
    assert_eq!(plan.minutes, 8 + 30);
}

#[test]
fn there_is_no_more_time_than_there_was() {
    let mut exam = result();
    // Nothing was seen before the end: the only way to task 5 is to leave another one undone.
    exam.tasks.iter_mut().for_each(|task| task.observed.clear());
    exam.tasks[3].status = Status::Graded;
    exam.tasks[3].earned = 1900;
    exam.tasks[5].earned = 2400;
    exam.score.earned = 2000 + 250 + 1900 + 2400;
    assert_eq!(Review::of(&exam, &[]).triage, Triage::AsGood);
    // Whoever left early had time for it.
    exam.used -= 360;
    let better = plan(&exam);
    assert_eq!(better.moves.iter().filter(|m| m.advice != Advice::Same).count(), 1);
    assert_eq!(better.moves[2].advice, Advice::Begin);
    exam.used += 360;
    exam.extra.push(ExtraTime { at: minute(3), seconds: 600, reason: "a fire alarm".into() });
    assert_eq!(plan(&exam).moves[2].advice, Advice::Begin);
}

#[test]
fn what_the_data_do_not_tell_is_not_said() {
    let untold = |result: &ExamResult| match Review::of(result, &[]).triage {
        Triage::Untold { why } => Some(why),
        _ => None,
    };
    let mut set = result();
    set.jumps.push(Jump { at: minute(20), seconds: 600, off: false });
    assert_eq!(untold(&set), Some(Untold::ClockSet));
    let mut twice = result();
    twice.tasks[0].stays.push(stay(22, 34));
    assert_eq!(untold(&twice), Some(Untold::Overlap));
    let mut nothing = result();
    nothing.tasks.iter_mut().for_each(|task| task.touched = false);
    assert_eq!(untold(&nothing), Some(Untold::NothingDone));
    let mut stood_still = result();
    stood_still.used = 600;
    assert_eq!(untold(&stood_still), Some(Untold::Overlap));
}

#[test]
fn the_weakest_topics_come_first_with_what_trains_them() {
    let practise = review().practise;
    let names: Vec<(&str, u32)> = practise.iter().map(|p| (p.topic.as_str(), p.percent)).collect();
    assert_eq!(names, [("least-privilege", 0), ("precedence", 0), ("rbac", 22)]);
    assert_eq!(practise[2].again, ["diagnose-403"], "scenario-3 is named under another topic");
    assert_eq!(practise[2].others, ["rbac-first", "rbac-last"], "where it comes first matters most");
    assert!(practise[0].others.is_empty(), "what is in the exam is no other one");
}

#[test]
fn a_topic_of_which_everything_was_named_is_passed_over() {
    let mut exam = result();
    // Task 5 is all that there is of both of its topics.
    exam.tasks[5].earned = exam.tasks[5].of();
    exam.tasks[3].earned = exam.tasks[3].of();
    exam.tasks[4].topics = vec!["order".into(), "precedence".into()];
    let practise = Review::of(&exam, &offers()).practise;
    let names: Vec<&str> = practise.iter().map(|p| p.topic.as_str()).collect();
    assert_eq!(names, ["order", "tokens"]);
    let with = Offer { id: "more".into(), topics: vec!["precedence".into()] };
    let practise = Review::of(&exam, &[with]).practise;
    assert_eq!(
        (practise[1].topic.as_str(), practise[1].others.as_slice()),
        ("precedence", ["more".to_owned()].as_slice())
    );
    assert!(practise[1].again.is_empty());
}

#[test]
fn who_did_everything_has_nothing_to_practise() {
    let mut full = result();
    full.tasks.iter_mut().for_each(|task| {
        task.status = Status::Graded;
        task.earned = task.of();
        task.touched = true;
        task.observed.clear();
    });
    full.score.earned = 10_000;
    let review = Review::of(&full, &offers());
    assert!(review.practise.is_empty());
    assert_eq!(review.triage, Triage::AsGood);
}

#[test]
fn odd_data_break_nothing() {
    let mut odd = result();
    odd.seconds = u64::MAX;
    odd.used = 0;
    odd.tasks.iter_mut().for_each(|task| {
        task.weight = u32::MAX;
        task.minutes = u32::MAX;
        task.earned = u32::MAX;
        task.observed.push(Worth { at: minute(0) - Duration::from_secs(9), points: u32::MAX, max: 1 });
    });
    Review::of(&odd, &offers());
    odd.used = u64::MAX;
    Review::of(&odd, &offers());
    odd.tasks.clear();
    Review::of(&odd, &offers());
}
