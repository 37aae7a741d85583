//! Pure: what a review says, in sentences. Nothing to say is said, too.

use std::cmp::Ordering;

use super::words::{clock, lasted, minute, points, rounded, some_points, tasks, used_of};
use crate::plural::counted;
use crate::printable::printable;
use crate::sitting::result::{ExamResult, Status, TaskResult};
use crate::sitting::review::{
    Advice, Fall, Move, Plan, Review, Standing, TaskReview, Triage, Untold, WrongHost,
};

/// What another order would have earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriagePart {
    /// What it comes to.
    pub says: String,
    /// What it does with each task that it treats otherwise.
    pub moves: Vec<String>,
    /// What it assumes.
    pub assumes: Vec<String>,
}

/// What must not be overlooked.
pub(super) fn notices(result: &ExamResult) -> Vec<String> {
    let mut notices = Vec::new();
    if result.practice {
        notices.push(
            "This was practice: checks, hints and pauses were allowed, so it does not count as an exam."
                .to_owned(),
        );
    }
    if result.score.percent.is_none() {
        notices.push("No task could be graded, so the exam is neither passed nor failed.".to_owned());
    } else if !result.score.complete {
        notices.push("Not everything could be graded. The per cent are of what could.".to_owned());
    }
    for extra in &result.extra {
        let (time, at) = (lasted(extra.seconds), minute(result.started, extra.at));
        notices.push(format!("Extra time: {time}, given in minute {at}. Reason: {}", line(&extra.reason)));
    }
    for jump in &result.jumps {
        let way = if jump.seconds < 0 { "back" } else { "forward" };
        let off = if jump.off { " while the machine was off" } else { "" };
        let time = lasted(jump.seconds.unsigned_abs());
        let told = jump.at.strftime("%H:%M:%S UTC");
        notices.push(format!(
            "The clock of the machine was set {way} by {time}{off}; it said {told} then. Times of tasks are as it told them."
        ));
    }
    notices.extend(
        result.tasks.iter().filter_map(|task| Some(format!("Task {} {}", task.number, odd(result, task)?))),
    );
    notices.extend(result.remarks.iter().map(|remark| line(remark)));
    notices
}

/// Why a task is not graded as others are: `is void …`.
pub(super) fn odd(result: &ExamResult, task: &TaskResult) -> Option<String> {
    match &task.status {
        Status::Graded => None,
        Status::ChangedLate { at } => Some(format!(
            "was changed in minute {}, after the end. What it was like at the end is not known, so it earns nothing.",
            minute(result.started, *at)
        )),
        Status::Void { why } => Some(format!("is void and counts neither way: {}", line(why))),
    }
}

/// What the time of a task went into.
pub(super) fn time(task: &TaskResult, seen: &TaskReview) -> String {
    let expected = counted(task.minutes, "minute");
    let Some(on_host) = seen.time.on_host else {
        return format!("Time is not measured for questions. Expected: {expected}.");
    };
    let host = printable(task.host.as_deref().unwrap_or_default()).into_owned();
    if on_host == 0 && task.stays.is_empty() {
        return format!("Nobody was on host `{host}`. Expected: {expected}.");
    }
    let spent = format!("{} on host `{host}`, {expected} expected", lasted(on_host));
    match (&task.work, seen.time.active, seen.time.quiet) {
        (Some(work), Some(active), Some(quiet)) => format!(
            "{spent}. Active: {}; without requests: {}. {}, {} of which changed something.",
            lasted(active),
            lasted(quiet),
            counted(work.requests, "request"),
            work.changes
        ),
        _ => format!("{spent}. There is no log of its requests."),
    }
}

/// What went wrong, by sort.
pub(super) fn findings(result: &ExamResult, review: &Review) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Left open", left_open(result, review)),
        ("Points lost again", lost(result, review)),
        ("On the wrong host", wrong_host(result, review)),
    ]
}

fn left_open(result: &ExamResult, review: &Review) -> Vec<String> {
    let with = |standing: Standing| -> Vec<usize> {
        review.tasks.iter().filter(|task| task.standing == standing).map(|task| task.number).collect()
    };
    let flagged: Vec<usize> =
        result.tasks.iter().filter(|task| task.flagged).map(|task| task.number).collect();
    let sorts = [
        ("Never read", with(Standing::NotRead)),
        ("Read and not begun", with(Standing::NotBegun)),
        ("Read and not answered", with(Standing::NotAnswered)),
        ("Visited, and nothing was changed on the cluster", with(Standing::Visited)),
        ("Worked on, and points are missing", with(Standing::Unfinished)),
        ("Answered, and not right", [with(Standing::Wrong), with(Standing::PartlyRight)].concat()),
        ("Still flagged at the end", flagged),
    ];
    let named = sorts.into_iter().filter(|(_, numbers)| !numbers.is_empty());
    let said: Vec<String> = named.map(|(what, numbers)| format!("{what}: {}.", tasks(&numbers))).collect();
    let nothing = match result.score.percent {
        None => "Nothing can be said: no task could be graded.",
        Some(_) => "Nothing: every task that counts is complete, or was changed late.",
    };
    or(said, nothing)
}

/// Why there is nothing to practise.
pub(super) const fn nothing_to_practise(result: &ExamResult) -> &'static str {
    match result.score.percent {
        None => "Nothing can be said: no task could be graded.",
        Some(_) => "Nothing in particular: no topic lacks points.",
    }
}

fn lost(result: &ExamResult, review: &Review) -> Vec<String> {
    if result.tasks.iter().all(|task| task.observed.is_empty()) {
        return vec![
            "No task was looked at before the grade, so nothing is known of points that were lost."
                .to_owned(),
        ];
    }
    let said = review.falls.iter().map(|fall| fell(result, fall)).collect();
    or(said, "None are known. Tasks were looked at each time their host was left.")
}

fn fell(result: &ExamResult, fall: &Fall) -> String {
    let (from, to) = (minute(result.started, fall.from), minute(result.started, fall.to));
    // Minutes do not tell the two apart.
    let is_close = from == to && !fall.at_grade;
    let by_clock = |at| format!("at {}", clock(result.started, at));
    let from = if is_close { by_clock(fall.from) } else { format!("in minute {from}") };
    let at = match fall.at_grade {
        true => "at the grade".to_owned(),
        false if is_close => format!("{} of the exam", by_clock(fall.to)),
        false => format!("in minute {to}"),
    };
    let mut said = format!(
        "Task {} was worth {} {from} and {} {at}.",
        fall.task,
        some_points(fall.before),
        points(fall.after)
    );
    if !fall.hosts.is_empty() {
        let whose = if fall.hosts.len() == 1 { "the host" } else { "the hosts" };
        said += &format!(" Something of it was changed on {whose} of {}, too.", tasks(&fall.hosts));
    }
    said
}

fn wrong_host(result: &ExamResult, review: &Review) -> Vec<String> {
    let Some(wrong) = &review.wrong_host else {
        return vec!["There is no log of requests, so work on the wrong host cannot be told.".to_owned()];
    };
    let told = |WrongHost { on, there }: &WrongHost| {
        let host = result.tasks.iter().find(|task| task.number == *on).and_then(|task| task.host.as_deref());
        format!(
            "On host `{}` of task {on}, {} in the Namespaces of task {}, the first in minute {}.",
            printable(host.unwrap_or_default()),
            counted(there.changes, "change"),
            there.task,
            minute(result.started, there.first)
        )
    };
    or(wrong.iter().map(told).collect(), "No changes: each host changed only what its own task is about.")
}

/// What comes from elsewhere, as part of a sentence.
fn line(text: &str) -> String {
    printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn or(said: Vec<String>, nothing: &str) -> Vec<String> {
    if said.is_empty() { vec![nothing.to_owned()] } else { said }
}

/// What another order would have earned.
pub(super) fn triage(result: &ExamResult, review: &Review) -> TriagePart {
    let only = |says: &str| TriagePart { says: says.to_owned(), moves: Vec::new(), assumes: Vec::new() };
    match &review.triage {
        Triage::Untold { why: Untold::NothingDone } => {
            only("Nothing can be said: no task was worked on that counts.")
        }
        Triage::Untold { why: Untold::ClockSet } => only(
            "Nothing can be said: the clock of the machine was set, so the times on the hosts are not known.",
        ),
        Triage::Untold { why: Untold::Overlap } => only(
            "Nothing can be said: the times on the hosts are longer than the exam, because several were used at once, or because \
             it stood still meanwhile.",
        ),
        Triage::AsGood => {
            only("As far as can be told, the same work in another order would not have earned a point more.")
        }
        Triage::Better(plan) => better(result, plan),
    }
}

fn better(result: &ExamResult, plan: &Plan) -> TriagePart {
    let possible = match plan.estimated {
        true => format!("about {}", some_points(rounded(plan.possible))),
        false => some_points(plan.possible),
    };
    let earned = points(plan.earned);
    let says = format!("The same work in another order would have earned {possible} instead of {earned}.");
    let mut assumes = vec![
        "A task that is left earlier has the points that it had when its host was left at that time."
            .to_owned(),
        format!(
            "These tasks have {}: what they took, and what was left of the exam. All other time passes as it did.",
            counted(plan.minutes, "minute")
        ),
    ];
    if plan.estimated {
        assumes.push(format!(
            "A task that was not begun, or only visited, takes its expected minutes and earns {} % of its points, as the others did on average.",
            plan.rate
        ));
    }
    if result.tasks.iter().any(|task| task.host.is_none() && task.touched) {
        assumes.push("Questions that were answered stay as they are.".to_owned());
    }
    let other = plan.moves.iter().filter(|m| m.advice != Advice::Same);
    TriagePart { says, moves: other.map(moved).collect(), assumes }
}

fn moved(m: &Move) -> String {
    let (task, spent) = (m.task, counted(m.minutes, "minute"));
    let after = counted(m.took.saturating_sub(m.minutes), "minute");
    match m.advice {
        Advice::Leave => {
            let came = match m.earned.cmp(&m.points) {
                Ordering::Less => format!("lost {}", some_points(m.points - m.earned)),
                Ordering::Equal => "earned nothing".to_owned(),
                Ordering::Greater => format!("earned {}", some_points(m.earned - m.points)),
            };
            format!(
                "Leave task {task} after {spent}, with {}: the {after} after that {came}.",
                some_points(m.points)
            )
        }
        Advice::Begin => format!("Begin task {task}: {spent} for about {}.", some_points(rounded(m.points))),
        Advice::Skip => {
            format!(
                "Do not begin task {task}: its {after} for {} were better spent elsewhere.",
                some_points(m.earned)
            )
        }
        Advice::Same => format!("Task {task} as it was."),
    }
}

/// The time of a task, spent and expected.
pub(super) fn spent(seconds: Option<u64>, expected: u32) -> String {
    used_of(seconds, u64::from(expected))
}
