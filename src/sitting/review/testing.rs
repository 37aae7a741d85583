//! A made-up result of six tasks, one of each sort, for the tests of the review and of its reports.

use std::time::Duration;

use jiff::Timestamp;

use crate::grade::Score;
use crate::grade::verdict::{Evidence, Fact, Outcome};
use crate::result::format::{CheckPart, ResultV1};
use crate::result::provenance::{ClusterPart, ScenarioPart};
use crate::sitting::entry::EndedBy;
use crate::sitting::result::{
    AnswerResult, Asked, AskedItem, AskedOption, Elsewhere, ExamResult, ExamScore, Reason, Status, Stay,
    TaskResult, Work, Worth,
};
use crate::sitting::review::Offer;

/// So many minutes after the beginning.
pub(crate) fn minute(minutes: u64) -> Timestamp {
    let begun: Timestamp = "2026-11-28T10:00:00Z".parse().unwrap();
    begun + Duration::from_secs(60 * minutes)
}

pub(crate) fn stay(from: u64, until: u64) -> Stay {
    Stay { from: minute(from), until: minute(until) }
}

fn check(id: &str, points: u32, max: u32, requirement: &str) -> CheckPart {
    CheckPart {
        id: id.into(),
        requirement: requirement.into(),
        points,
        max,
        verdict: if points == max { Outcome::Pass } else { Outcome::Fail },
        why: String::new(),
        look: None,
        evidence: Vec::new(),
        guard: max == 0,
        voided_by: None,
        suspended_by: None,
        line: 12,
    }
}

fn grade(id: &str, title: &str, checks: Vec<CheckPart>) -> ResultV1 {
    let points = checks.iter().map(|check| check.points).sum();
    ResultV1 {
        schema: ResultV1::SCHEMA.into(),
        attempt: format!("{id}-bcdfgh"),
        scenario: ScenarioPart { id: id.into(), title: title.into(), digest: "0".into() },
        params: [].into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        score: Score { points, max: 100, percent: points, passed: points == 100, complete: true },
        checks,
        started: minute(0),
        grading_started: minute(60),
        finished: minute(60),
        hints: 0,
        solution_shown: false,
        solution: None,
    }
}

/// A lab's task that nobody has read.
fn lab(number: usize, id: &str, title: &str, weight: u32, minutes: u32, topics: &[&str]) -> TaskResult {
    TaskResult {
        number,
        id: id.into(),
        title: title.into(),
        host: Some(format!("sa-{number:02}")),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        domains: vec!["cluster-hardening".into()],
        weight,
        minutes,
        status: Status::Graded,
        earned: 0,
        flagged: false,
        read: false,
        touched: false,
        grade: Some(grade(id, title, vec![check("all", 0, 100, "The lab is as the task says.")])),
        answer: None,
        stays: Vec::new(),
        observed: Vec::new(),
        work: Some(Work::default()),
    }
}

/// The same, worked on.
fn worked(task: TaskResult, stays: &[(u64, u64)], active: u64, requests: u32, changes: u32) -> TaskResult {
    let stays: Vec<Stay> = stays.iter().map(|(from, until)| stay(*from, *until)).collect();
    let work = Work {
        first: stays.first().map(|stay| stay.from),
        last: stays.last().map(|stay| stay.until),
        requests,
        changes,
        active: active * 60,
        stretches: Vec::new(),
        elsewhere: Vec::new(),
    };
    TaskResult { read: true, touched: true, work: Some(work), stays, ..task }
}

/// An exam of an hour: a task that was done, and whose host changed what is task 6's; one that is void; a question; one that was
/// changed after the end; one that nobody read; one that lost points again.
pub(crate) fn result() -> ExamResult {
    let seen = |at, points| Worth { at: minute(at), points, max: 100 };
    let mut done = worked(
        lab(1, "scenario-2", "Fix a Pod that runs as the default ServiceAccount", 20, 7, &["automount"]),
        &[(1, 8), (40, 41)],
        6,
        41,
        5,
    );
    done.grade = Some(grade(
        "scenario-2",
        &done.title,
        vec![check("no-token", 100, 100, "No container of Pod `myapp` can read a token.")],
    ));
    (done.earned, done.observed) = (2000, vec![seen(8, 100), seen(41, 100)]);
    done.work.as_mut().unwrap().elsewhere = vec![Elsewhere { task: 6, changes: 2, first: minute(5) }];

    let mut void =
        worked(lab(2, "bound-token", "Issue two tokens", 15, 6, &["tokens"]), &[(9, 14)], 4, 12, 1);
    (void.status, void.grade) =
        (Status::Void { why: "the API server of its cluster did not come back".into() }, None);

    let mut question = lab(3, "projected-expiry", "How long a projected token lives", 5, 1, &["tokens"]);
    (question.host, question.grade, question.work) = (None, None, None);
    (question.read, question.touched, question.earned) = (true, true, 250);
    question.answer = Some(AnswerResult {
        typed: Some("3600 s".into()),
        points: 1,
        of: 2,
        right: "3607 s".into(),
        asked: Some(Asked {
            question: "For how long is the token of a projected volume valid by default?".into(),
            reasons: vec![Reason {
                is_right: false,
                about: "3600 s".into(),
                why: "The API's minimum is 600.".into(),
            }],
            ..Asked::default()
        }),
        why: "The kubelet asks for `expirationSeconds: 3607`, and renews it after 80 % of that.".into(),
    });
    question.domains = Vec::new();

    let mut late = worked(
        lab(
            4,
            "scenario-3",
            "Give an application the rights that it needs",
            20,
            9,
            &["rbac", "least-privilege"],
        ),
        &[(15, 21)],
        5,
        30,
        6,
    );
    (late.status, late.observed) = (Status::ChangedLate { at: minute(61) }, vec![seen(21, 40)]);

    let unread = lab(5, "precedence", "Which automount setting wins", 15, 5, &["automount", "precedence"]);

    let title = "Rights of a Deployment";
    let mut fell = worked(
        lab(6, "diagnose-403", title, 25, 10, &["rbac", "diagnosing"]),
        &[(22, 34), (42, 60)],
        14,
        96,
        17,
    );
    let mut failed = check("role", 0, 40, "The application can list Pods, and nothing else.");
    failed.why = "The RoleBinding names another ServiceAccount.".into();
    failed.look = Some("`kubectl get rolebinding -n shop-6 -o yaml` shows the whole object.".into());
    failed.evidence.push(Evidence {
        fact: Fact::Field,
        at: "RoleBinding shop-6/reader".into(),
        field: Some(".subjects[0].name".into()),
        expected: Some("reporter".into()),
        seen: "default".into(),
    });
    let runs = check("runs", 40, 60, "The Deployment runs.");
    fell.grade = Some(grade(
        "diagnose-403",
        title,
        vec![failed, runs, check("others", 0, 0, "Nothing else changed.")],
    ));
    (fell.earned, fell.flagged) = (1000, true);
    fell.observed = vec![seen(34, 80), seen(60, 40)];

    ExamResult {
        schema: ExamResult::SCHEMA.into(),
        id: "2026-11-28-1".into(),
        title: "Tokens and rights".into(),
        satrain: "0.1.0".into(),
        seed: Some(7),
        practice: false,
        practised: None,
        started: minute(0),
        ended: minute(60),
        ended_by: EndedBy::Deadline,
        seconds: 3600,
        extra: Vec::new(),
        used: 3600,
        pass: 67,
        score: ExamScore { earned: 3250, of: 8500, percent: Some(38), passed: Some(false), complete: false },
        tasks: vec![done, void, question, late, unread, fell],
        jumps: Vec::new(),
        remarks: vec!["A line of the journal could not be read.".into()],
        notes: "5: look again\n6: the binding?".into(),
    }
}

/// A question of which an option was to be chosen, and the wrong one was.
pub(crate) fn choice() -> Asked {
    let option = |label: &str, text: &str, is_chosen, is_right, why: &str| AskedOption {
        label: label.into(),
        text: text.into(),
        is_chosen: Some(is_chosen),
        is_right: Some(is_right),
        why: why.into(),
    };
    Asked {
        question: "A Pod and its ServiceAccount both set `automountServiceAccountToken`. Which one wins?"
            .into(),
        options: vec![
            option(
                "a",
                "that of the ServiceAccount",
                true,
                false,
                "It is the default for Pods that say nothing.",
            ),
            option("b", "that of the Pod", false, true, "Admission looks at the Pod first."),
            option("c", "whichever is `false`", false, false, "Nothing is combined."),
        ],
        ..Asked::default()
    }
}

/// A question of which pairs were to be named, and two were exchanged.
pub(crate) fn pairs() -> Asked {
    let option = |label: &str, text: &str| AskedOption {
        label: label.into(),
        text: text.into(),
        ..AskedOption::default()
    };
    let item = |number, text: &str, answered: &str, key: &str, why: &str| AskedItem {
        number,
        text: text.into(),
        answered: Some(answered.into()),
        key: key.into(),
        why: why.into(),
    };
    Asked {
        question: "Which status does the API server answer?".into(),
        options: vec![option("a", "403"), option("b", "401"), option("c", "404")],
        items: vec![
            item(1, "an expired token", "a", "b", "Nobody is known by it."),
            item(2, "a token without rights", "b", "a", ""),
            item(3, "a path that does not exist", "c", "c", ""),
        ],
        ..Asked::default()
    }
}

/// Scenarios that can be played.
pub(crate) fn offers() -> Vec<Offer> {
    let offer = |id: &str, topics: &[&str]| Offer {
        id: id.into(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
    };
    vec![
        offer("rbac-last", &["automount", "rbac"]),
        offer("rbac-first", &["rbac"]),
        offer("scenario-3", &["rbac", "least-privilege"]),
        offer("token-anatomy", &["tokens"]),
    ]
}
