//! Grades an exam that has ended, once: all tasks at the same time, and what could not be graded again.
//!
//! A lab that was changed after the end is not graded by what it has become: the API's own log says so. A lab or a grader
//! that failed makes its task void, and never worth nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::asked::asked;
use super::candidate::Sitting;
use super::clusters::Clusters;
use super::entry::{EndedBy, Event};
use super::error::Result;
use super::host;
use super::result::{
    AnswerResult, ExamResult, ExamScore, ExtraTime, Practised, Status, Stay, TaskResult, Worth,
};
use super::state::{Phase, State, TaskState};
use super::work::{Host, works};
use crate::cluster::embedded::LEARNER;
use crate::event::Events;
use crate::exam::{BoundPaper, BoundTask, Question, Work};
use crate::lab::cluster::LabCluster;
use crate::lab::requests::{Request, read_log, requests};
use crate::lab::store::record::ClusterRef;
use crate::plural::counted;
use crate::quiz::judge::judge;
use crate::quiz::{answer, session};
use crate::result::format::ResultV1;
use crate::result::recording::Recording;
use crate::scenario::model::Domain;

/// How many labs are graded at a time.
const AT_ONCE: usize = 4;

/// How often a lab that could not be graded in full is graded again.
const TRIES: u32 = 3;

/// The wait before that: whoever died is brought back meanwhile.
const PAUSE: Duration = Duration::from_secs(3);

/// A request that arrived before the end may be answered after it, and clocks are read in turn.
const GRACE: SignedDuration = SignedDuration::from_secs(2);

/// Grades the exam, if that has not been done, and gives its result; the clusters stay. The caller has ended it and has the lock.
pub async fn grade(
    sitting: &Sitting,
    state: &mut State,
    clusters: &dyn Clusters,
    events: &Events,
) -> Result<ExamResult> {
    if let Some(result) = sitting.folder.result()? {
        if state.phase == Phase::Ended {
            sitting.folder.write(state, Event::Graded)?;
        }
        return Ok(result);
    }
    events.step("Grading");
    let clock = std::time::Instant::now();
    let paper = sitting.paper()?;
    let labs = found(state, clusters).await;
    let tasks = stream::iter(&paper.tasks)
        .map(|task| one(sitting, state, paper, task, &labs))
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut result = put_together(sitting, state, paper, tasks);
    add_work(&mut result, state, paper, &labs);
    events.done(format!("Graded in {:.1} s", clock.elapsed().as_secs_f32()));
    sitting.folder.save_result(&result)?;
    sitting.folder.write(state, Event::Graded)?;
    Ok(result)
}

/// A cluster of the exam, or why there is none, and what the users of its hosts asked of it.
struct Found {
    lab: std::result::Result<LabCluster, String>,
    requests: Option<Vec<Request>>,
}

async fn found(state: &State, clusters: &dyn Clusters) -> BTreeMap<String, Found> {
    let users: Vec<String> = state
        .tasks
        .iter()
        .filter_map(|task| task.place.host.as_deref().map(host::user))
        .chain([LEARNER.to_owned()])
        .collect();
    let each = state.clusters().into_iter().map(|cluster| async {
        let lab = match clusters.find(cluster).await {
            Ok(Some(lab)) => Ok(lab),
            Ok(None) => Err("its cluster is not there any more".to_owned()),
            Err(e) => Err(e.to_string()),
        };
        let log = lab.as_ref().ok().and_then(|lab| lab.capabilities.audit_log.clone());
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        let requests = log.and_then(|log| read_log(&log).ok()).map(|text| requests(&text, &users));
        (cluster.name.clone(), Found { lab, requests })
    });
    futures::future::join_all(each).await.into_iter().collect()
}

async fn one(
    sitting: &Sitting,
    state: &State,
    paper: &BoundPaper,
    task: &BoundTask,
    labs: &BTreeMap<String, Found>,
) -> TaskResult {
    let Some(now) = state.task(task.number) else { return blank(task, None) };
    let mut result = blank(task, Some((now, state)));
    match &task.work {
        Work::Question(question) => {
            let answer = marked(sitting, state, question, now);
            result.earned = share(task.weight, answer.points, answer.of);
            result.answer = Some(answer);
        }
        Work::Lab(_) => of_lab(sitting, state, paper, (task, now), labs, &mut result).await,
    }
    result
}

async fn of_lab(
    sitting: &Sitting,
    state: &State,
    paper: &BoundPaper,
    (task, now): (&BoundTask, &TaskState),
    labs: &BTreeMap<String, Found>,
    result: &mut TaskResult,
) {
    let cluster = now.attempt.as_ref().map(|(_, cluster): &(_, ClusterRef)| cluster.name.as_str());
    let Some(found) = cluster.and_then(|name| labs.get(name)) else {
        result.status = Status::Void { why: "its lab was never set up".into() };
        return;
    };
    let namespaces = namespaces(paper);
    if let (Some(requests), Some((ended, _))) = (&found.requests, state.ended) {
        let until = end(state, ended);
        let late = requests
            .iter()
            .find(|r| r.at > until + GRACE && r.changes() && is_in(r, task.number, &namespaces));
        if let Some(late) = late {
            result.status = Status::ChangedLate { at: late.at };
        }
    }
    let lab_cluster = match &found.lab {
        Ok(lab) => lab,
        Err(why) => {
            result.status = Status::Void { why: why.clone() };
            return;
        }
    };
    let graded = graded(sitting, state, task, lab_cluster).await;
    match graded {
        Ok(grade) => {
            if result.status == Status::Graded {
                if grade.score.complete {
                    result.earned = share(task.weight, grade.score.points, grade.score.max);
                } else {
                    let why = "not all of its checks could be graded".to_owned();
                    result.status = Status::Void { why };
                }
            }
            result.grade = Some(grade);
        }
        Err(why) => result.status = Status::Void { why },
    }
}

/// The moment after which nothing counts, by the wall clock.
fn end(state: &State, ended: Timestamp) -> Timestamp {
    match state.ended {
        Some((_, EndedBy::Deadline)) => state.deadline_at_end().map_or(ended, |deadline| deadline.min(ended)),
        _ => ended,
    }
}

/// Grades the lab of a task; again where something could not be seen.
async fn graded(
    sitting: &Sitting,
    state: &State,
    task: &BoundTask,
    lab: &LabCluster,
) -> std::result::Result<ResultV1, String> {
    let attempt = sitting.attempt(state, task.number).map_err(|e| e.to_string())?;
    let mut tries = 1;
    loop {
        let grade = attempt.grade(lab).await;
        let recording = Recording::of(&attempt, &grade, None);
        let result = recording.result_of(&grade);
        if result.score.complete || tries == TRIES {
            // For who wants to judge it again; the result itself is kept in any case.
            if let Ok(bytes) = recording.to_bytes() {
                drop(attempt.dir.add_recording(&bytes));
            }
            return Ok(result);
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// The Namespaces of every lab, by its task's number.
fn namespaces(paper: &BoundPaper) -> BTreeMap<usize, Vec<String>> {
    let labs = paper.tasks.iter().filter_map(|task| Some((task.number, task.lab()?)));
    labs.map(|(number, lab)| (number, lab.bound.namespaces())).collect()
}

/// What was done on each host until the end, by the logs of the clusters.
fn add_work(result: &mut ExamResult, state: &State, paper: &BoundPaper, labs: &BTreeMap<String, Found>) {
    let namespaces = namespaces(paper);
    let until = end(state, result.ended);
    for (cluster, found) in labs {
        let Some(requests) = &found.requests else { continue };
        let before: Vec<Request> = requests.iter().filter(|request| request.at <= until).cloned().collect();
        let here = |task: &&TaskState| task.attempt.as_ref().is_some_and(|(_, at)| at.name == *cluster);
        let users: Vec<(usize, String)> = state
            .tasks
            .iter()
            .filter(here)
            .filter_map(|task| Some((task.place.number, host::user(task.place.host.as_deref()?))))
            .collect();
        let hosts: Vec<Host<'_>> = users
            .iter()
            .filter_map(|(task, user)| Some(Host { task: *task, user, namespaces: namespaces.get(task)? }))
            .collect();
        for (number, work) in works(&before, &hosts) {
            if let Some(task) = result.tasks.iter_mut().find(|task| task.number == number) {
                task.work = Some(work);
            }
        }
    }
}

/// Whether a request is about a task: one of its Namespaces, or, from its host, what lies in none.
fn is_in(request: &Request, number: usize, namespaces: &BTreeMap<usize, Vec<String>>) -> bool {
    match &request.namespace {
        Some(namespace) => namespaces.get(&number).is_some_and(|own| own.contains(namespace)),
        None => request.user == host::user(&host::name(number)),
    }
}

/// The mark for what was answered.
fn marked(sitting: &Sitting, state: &State, question: &Question, now: &TaskState) -> AnswerResult {
    let item = &question.item;
    let typed = now.answer.clone();
    let given = typed.as_deref().and_then(|typed| sitting.answer(state, now.place.number, typed).ok());
    let right = crate::quiz::key::right(item);
    let of = right.as_ref().map_or(1, |right| judge(item, right).of);
    let points = given.as_ref().map_or(0, |answer| judge(item, answer).points);
    let shown = session::shown(item, question.seed);
    AnswerResult {
        typed,
        points,
        of,
        right: right
            .zip(item.task())
            .map(|(right, task)| answer::typed(&task, &shown, &right))
            .unwrap_or_default(),
        why: item.explanation.trim().to_owned(),
        asked: Some(asked(question, given.as_ref())),
    }
}

/// A share of a task's weight, in hundredths of a per cent of the whole paper.
fn share(weight: u32, points: u32, max: u32) -> u32 {
    (weight * 100 * points).checked_div(max).unwrap_or_default()
}

/// A task of which nothing is known but what the paper and the journal say.
fn blank(task: &BoundTask, now: Option<(&TaskState, &State)>) -> TaskResult {
    let (topics, domains) = match &task.work {
        Work::Lab(lab) => {
            let scenario = &lab.loaded.scenario;
            (scenario.topics.clone(), scenario.domains.iter().filter_map(named).collect())
        }
        Work::Question(question) => (vec![question.topic.clone()], Vec::new()),
    };
    let ended = now.and_then(|(_, state)| state.ended.map(|(at, _)| end(state, at)));
    let stays = now.map(|(task, _)| task.stays.as_slice()).unwrap_or_default();
    TaskResult {
        number: task.number,
        id: task.id().to_owned(),
        title: now.map(|(task, _)| task.place.title.clone()).unwrap_or_default(),
        host: now.and_then(|(task, _)| task.place.host.clone()),
        topics,
        domains,
        weight: task.weight,
        minutes: task.minutes,
        status: Status::Graded,
        earned: 0,
        flagged: now.is_some_and(|(task, _)| task.flagged),
        read: now.is_some_and(|(task, _)| task.read.is_some()),
        touched: now.is_some_and(|(task, _)| task.touched()),
        grade: None,
        answer: None,
        stays: stays.iter().map(|(from, until)| stay(*from, *until, ended)).collect(),
        observed: now
            .map(|(task, _)| {
                task.observed.iter().map(|(at, points, max)| Worth { at: *at, points: *points, max: *max })
            })
            .into_iter()
            .flatten()
            .collect(),
        work: None,
    }
}

/// A stay on a host: nobody is there after the end.
fn stay(from: Timestamp, until: Option<Timestamp>, ended: Option<Timestamp>) -> Stay {
    let until = [until, ended].into_iter().flatten().min().unwrap_or(from);
    Stay { from, until: until.max(from) }
}

/// The name of a domain, as in scenario files.
fn named(domain: &Domain) -> Option<String> {
    serde_json::to_value(domain).ok()?.as_str().map(str::to_owned)
}

fn put_together(sitting: &Sitting, state: &State, paper: &BoundPaper, tasks: Vec<TaskResult>) -> ExamResult {
    let now = super::now::now();
    let (ended, ended_by) = state.ended.unwrap_or((now.at, EndedBy::Candidate));
    let clock = state.clock.as_ref();
    let mut remarks = Vec::new();
    if state.damaged > 0 {
        remarks.push(format!("{} of the journal could not be read", counted(state.damaged, "line")));
    }
    for task in &paper.tasks {
        let Some(lab) = task.lab() else { continue };
        let set_up = sitting.attempt(state, task.number).ok();
        if set_up.is_some_and(|attempt| attempt.record.scenario.digest != lab.bound.digest) {
            remarks.push(format!("task {}: {} has changed since it was set up", task.number, task.id()));
        }
    }
    ExamResult {
        schema: ExamResult::SCHEMA.into(),
        id: state.opened.id.clone(),
        title: state.opened.title.clone(),
        satrain: env!("CARGO_PKG_VERSION").into(),
        seed: state.opened.seed,
        practice: state.opened.practice,
        practised: state.opened.practice.then(|| practised(sitting, state)),
        started: clock.map_or(ended, |clock| clock.begun().at),
        ended,
        ended_by,
        seconds: state.opened.seconds,
        extra: state
            .extra
            .iter()
            .map(|extra| ExtraTime {
                at: extra.at,
                seconds: extra.time.as_secs(),
                reason: extra.reason.clone(),
            })
            .collect(),
        used: state.used(&now).as_secs(),
        pass: state.opened.pass,
        score: score(&tasks, state.opened.pass),
        tasks,
        jumps: clock.map(|clock| clock.jumps().to_vec()).unwrap_or_default(),
        remarks,
        notes: state.notes.clone(),
    }
}

/// What was used that only practice allows.
fn practised(sitting: &Sitting, state: &State) -> Practised {
    let numbers = state.tasks.iter().map(|task| task.place.number);
    let hints: usize =
        numbers.filter_map(|number| sitting.attempt(state, number).ok()).map(|a| a.record.hints).sum();
    Practised {
        checks: state.checks,
        hints: u32::try_from(hints).unwrap_or(u32::MAX),
        pauses: state.pauses,
        paused: state.stood_still().as_secs(),
    }
}

/// What is void counts neither way.
fn score(tasks: &[TaskResult], pass: u32) -> ExamScore {
    let counts = || tasks.iter().filter(|task| !matches!(task.status, Status::Void { .. }));
    let earned: u32 = counts().map(|task| task.earned).sum();
    let of: u32 = counts().map(|task| task.weight * 100).sum();
    let percent = (earned * 100).checked_div(of);
    ExamScore {
        earned,
        of,
        percent,
        passed: percent.map(|percent| percent >= pass),
        complete: counts().count() == tasks.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_void_counts_neither_way_and_what_came_late_earns_nothing() {
        let task = |number: usize, weight: u32, earned: u32, status: Status| TaskResult {
            number,
            id: "a".into(),
            title: "A".into(),
            host: None,
            topics: Vec::new(),
            domains: Vec::new(),
            weight,
            minutes: 5,
            status,
            earned,
            flagged: false,
            read: true,
            touched: true,
            grade: None,
            answer: None,
            stays: Vec::new(),
            observed: Vec::new(),
            work: None,
        };
        let void = Status::Void { why: "its cluster is gone".into() };
        let late = Status::ChangedLate { at: Timestamp::UNIX_EPOCH };
        let all = [task(1, 50, 5000, Status::Graded), task(2, 25, 0, void), task(3, 25, 0, late)];
        let sum = score(&all, 66);
        assert_eq!(
            (sum.earned, sum.of, sum.percent, sum.passed, sum.complete),
            (5000, 7500, Some(66), Some(true), false)
        );
        assert_eq!(score(&all, 67).passed, Some(false));
        let none = score(&all[1..2], 1);
        assert_eq!(
            (none.percent, none.passed, none.complete),
            (None, None, false),
            "nothing could be graded"
        );
    }

    #[test]
    fn a_stay_ends_with_the_exam() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let until = |until: Option<i64>, ended: Option<i64>| stay(at(10), until.map(at), ended.map(at)).until;
        assert_eq!(until(Some(20), Some(30)), at(20));
        assert_eq!(until(Some(40), Some(30)), at(30));
        assert_eq!(until(None, Some(30)), at(30));
        assert_eq!((until(None, Some(5)), until(None, None)), (at(10), at(10)));
    }

    #[test]
    fn a_share_of_a_weight_is_exact_to_the_hundredth() {
        assert_eq!(share(17, 3, 3), 1700);
        assert_eq!(share(17, 1, 3), 566);
        assert_eq!(share(17, 0, 0), 0);
    }
}
