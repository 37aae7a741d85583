//! The history: what two processes write, what is damaged, and when items are due.

use std::process::{Child, Command, Stdio};

use jiff::Timestamp;

use super::{ExamRow, Forgotten, History, HistoryError, LabCheck, LabRow, QuizAnswer, Row, schedule, stats};

fn answer(item: &str, at: &str, points: u32) -> QuizAnswer {
    QuizAnswer {
        session: None,
        item: item.into(),
        topic: "automount".into(),
        at: at.into(),
        answer: "a".into(),
        points,
        of: 1,
        self_marked: false,
        seconds: 2.0,
    }
}

fn lab(attempt: &str, points: u32, solution_shown: bool) -> LabRow {
    LabRow {
        attempt: attempt.into(),
        scenario: "scenario-1".into(),
        at: "2026-11-25T10:00:00Z".into(),
        points,
        max: 100,
        passed: points == 100,
        complete: true,
        minutes: 4.5,
        hints: 1,
        solution_shown,
        cluster: "embedded".into(),
        checks: vec![LabCheck { id: "role".into(), verdict: "fail".into(), points: 0, max: 10 }],
    }
}

fn exam(name: &str, at: &str) -> ExamRow {
    ExamRow {
        exam: name.into(),
        title: "unmistakable-title".into(),
        at: at.into(),
        percent: Some(72),
        pass: 67,
        passed: Some(true),
        complete: true,
        practice: false,
        tasks: 6,
        used: 3300,
        seconds: 3600,
    }
}

/// Where a process of this test writes, and under which name.
const WRITER: &str = "SATRAIN_TEST_WRITER";
const NAME: &str = "SATRAIN_TEST_WRITER_NAME";

/// The writing process of the two tests below.
#[test]
#[ignore = "started by other tests, with what it needs"]
fn writer() {
    let (path, name) = (std::env::var_os(WRITER).unwrap(), std::env::var(NAME).unwrap());
    let history = History::open(path.as_ref()).unwrap().history;
    for i in 0..1000 {
        history.add_answer(&answer(&format!("{name}-{i}"), "2026-11-25T10:00:00Z", 1)).unwrap();
    }
}

fn started(path: &std::path::Path, name: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "history::tests::writer"]).env(WRITER, path).env(NAME, name);
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[test]
fn two_processes_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let writers = [started(&path, "one"), started(&path, "two")];
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let answers = History::open(&path).unwrap().history.answers(None).unwrap();
    assert_eq!(answers.iter().filter(|a| a.item.starts_with("one-")).count(), 1000);
    assert_eq!(answers.len(), 2000);
}

#[test]
fn those_who_begin_at_once_all_begin() {
    for _ in 0..50 {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history.sqlite");
        let together = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    assert!(History::open(&path).unwrap().set_aside.is_none());
                });
            }
        });
    }
}

#[test]
fn a_killed_writer_leaves_all_that_it_wrote() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let mut writer = started(&path, "one");
    let count = || {
        History::open_read_only(&path).map_or(0, |opened| opened.history.answers(None).map_or(0, |a| a.len()))
    };
    while count() < 20 {
        assert!(writer.try_wait().unwrap().is_none() || count() >= 20, "it wrote nothing");
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    let opened = History::open(&path).unwrap();
    let answers = opened.history.answers(None).unwrap();
    assert!(opened.set_aside.is_none() && answers.len() >= 20);
    // Without a gap: each was there before the next was begun.
    assert!(answers.iter().enumerate().all(|(i, a)| a.item == format!("one-{i}")));
}

#[test]
fn the_file_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let mut history = History::open(&path).unwrap().history;
    history.add_lab(&lab("one", 10, false)).unwrap();
    for file in std::fs::read_dir(home.path()).unwrap().flatten() {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn a_damaged_file_is_set_aside_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    std::fs::write(&path, "this was a history once, and is long enough to be looked at".repeat(40)).unwrap();
    let opened = History::open(&path).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(std::fs::read_to_string(aside).unwrap().starts_with("this was a history"));
    assert!(opened.history.rows().unwrap().is_empty());
    assert!(History::open(&path).unwrap().set_aside.is_none());
}

#[test]
fn a_newer_form_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    drop(History::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(History::open(&path), Err(HistoryError::Newer { found: 99, .. })));
}

#[test]
fn a_session_goes_on_with_what_was_answered() {
    let home = tempfile::tempdir().unwrap();
    let mut history = History::open(&home.path().join("history.sqlite")).unwrap().history;
    let items = ["one".to_owned(), "two".to_owned()];
    let session = history.begin_session("2026-11-25T10:00:00Z", u64::MAX, true, &items).unwrap();
    let first = QuizAnswer { session: Some(session.id), ..answer("one", "2026-11-25T10:01:00Z", 1) };
    history.add_answer(&first).unwrap();
    history.add_answer(&QuizAnswer { points: 0, ..first.clone() }).unwrap();
    assert_eq!(history.open_session().unwrap(), Some(session.clone()));
    assert_eq!(history.answers(Some(session.id)).unwrap(), [first]);
    history.finish_session(session.id, "2026-11-25T10:02:00Z").unwrap();
    assert_eq!(history.open_session().unwrap(), None);
}

#[test]
fn what_is_forgotten_is_gone_from_the_file() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let mut history = History::open(&path).unwrap().history;
    history.add_lab(&lab("unmistakable-attempt", 10, false)).unwrap();
    history.add_answer(&answer("later", "2026-11-26T10:00:00Z", 1)).unwrap();
    history.add_exam(&exam("2026-11-25-1", "2026-11-25T11:00:00Z")).unwrap();
    history.add_exam(&exam("2026-11-26-1", "2026-11-26T11:00:00Z")).unwrap();
    let forgotten = history.forget(Some("2026-11-26T00:00:00Z")).unwrap();
    assert_eq!(forgotten, Forgotten { grades: 1, answers: 0, exams: 1 });
    assert_eq!(history.rows().unwrap().len(), 2);
    assert_eq!(history.forget(None).unwrap(), Forgotten { grades: 0, answers: 1, exams: 1 });
    drop(history);
    let bytes = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("unmistakable-attempt") && !text.contains("unmistakable-title"));
}

#[test]
fn an_exam_is_one_row_however_often_it_is_graded_and_stands_among_the_others() {
    let home = tempfile::tempdir().unwrap();
    let mut history = History::open(&home.path().join("history.sqlite")).unwrap().history;
    history.add_lab(&lab("one", 10, false)).unwrap();
    let second = ExamRow { practice: true, used: u64::MAX, ..exam("b", "2026-11-26T10:00:00Z") };
    history.add_exam(&second).unwrap();
    history.add_exam(&ExamRow { complete: false, ..exam("a", "2026-11-24T10:00:00Z") }).unwrap();
    history.add_exam(&exam("a", "2026-11-24T10:00:00Z")).unwrap();
    assert_eq!(history.exams().unwrap(), [exam("a", "2026-11-24T10:00:00Z"), second.clone()]);
    let rows = history.rows().unwrap();
    assert_eq!(rows[0], Row::Exam(second));
    assert!(matches!(rows[1], Row::Lab(_)) && matches!(rows[2], Row::Exam(_)));
}

#[test]
fn a_history_of_the_first_form_keeps_all_of_it_and_takes_exams() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("1-first.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute(
        "insert into quiz_answers (item, topic, at, answer, points, of, self_marked, seconds)
         values ('old', 'automount', '2026-11-01T10:00:00Z', 'a', 1, 1, 0, 2.0)",
        [],
    )
    .unwrap();
    drop(old);
    let opened = History::open(&path).unwrap();
    assert!(opened.set_aside.is_none());
    opened.history.add_exam(&exam("a", "2026-11-24T10:00:00Z")).unwrap();
    drop(opened);
    let history = History::open_read_only(&path).unwrap().history;
    assert_eq!(history.answers(None).unwrap(), [answer("old", "2026-11-01T10:00:00Z", 1)]);
    assert_eq!(history.exams().unwrap().len(), 1);
}

#[test]
fn an_exam_of_which_no_task_could_be_graded_has_no_per_cent() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("1-first.sql")).unwrap();
    old.execute_batch(include_str!("2-exams.sql")).unwrap();
    old.pragma_update(None, "user_version", 2).unwrap();
    old.execute(
        "insert into exams values ('a', 'unmistakable-title', '2026-11-24T10:00:00Z', 72, 67, 1, 1, 0, 6, 3300, 3600)",
        [],
    )
    .unwrap();
    drop(old);
    let history = History::open(&path).unwrap().history;
    let ungraded =
        ExamRow { percent: None, passed: None, complete: false, ..exam("b", "2026-11-25T10:00:00Z") };
    history.add_exam(&ungraded).unwrap();
    assert_eq!(history.exams().unwrap(), [exam("a", "2026-11-24T10:00:00Z"), ungraded]);
}

#[test]
fn only_a_complete_grade_is_a_best_one_and_only_a_passed_one_is_whole() {
    let incomplete = LabRow { passed: false, complete: false, ..lab("a", 100, false) };
    let of = |rows: &[LabRow]| stats::labs(rows)[0].best;
    assert_eq!(of(std::slice::from_ref(&incomplete)), None);
    assert_eq!(of(&[incomplete, lab("a", 60, false)]), Some(60));
    // All points of the checks, and a guard that protects none of them is broken.
    assert_eq!(of(&[LabRow { passed: false, ..lab("a", 100, false) }]), Some(99));
}

#[test]
fn a_shown_solution_is_no_best() {
    let rows = [lab("one", 40, false), lab("one", 100, true), lab("two", 60, false)];
    let stats = stats::labs(&rows);
    assert_eq!((stats[0].attempts, stats[0].grades, stats[0].best, stats[0].minutes), (2, 3, Some(60), None));
    assert_eq!(stats[0].failing, [("role".to_owned(), 2)]);
}

#[test]
fn only_what_the_learner_did_and_what_was_graded_in_full_counts_as_failed() {
    let incomplete = LabRow { complete: false, ..lab("two", 0, false) };
    let played = lab("three", 0, true);
    let rows = [lab("one", 40, false), incomplete, played];
    let stats = stats::labs(&rows);
    assert_eq!(stats[0].failing, [("role".to_owned(), 1)]);
    assert_eq!((stats[0].attempts, stats[0].grades), (3, 3));
    assert!(stats::labs(&rows[1..])[0].failing.is_empty());
}

#[test]
fn what_is_known_better_comes_later() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let days = ["2026-11-01T10:00:00Z", "2026-11-04T10:00:00Z", "2026-11-12T10:00:00Z"];
    let known: Vec<_> = days.iter().map(|day| answer("known", day, 1)).collect();
    let once = [answer("once", days[2], 1)];
    let wrong = [answer("wrong", days[2], 0)];
    let all = schedule::due(&[known, once.to_vec(), wrong.to_vec()].concat());
    let names: Vec<&str> = all.iter().map(|due| due.item.as_str()).collect();
    assert_eq!(names, ["wrong", "once", "known"]);
    assert_eq!(all[0].at, at("2026-11-12T10:10:00Z"));
    assert!(all[2].at > at("2026-11-20T10:00:00Z"), "{:?}", all[2]);
}
