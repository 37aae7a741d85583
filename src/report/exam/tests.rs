//! The review of a made-up exam of six tasks, as text and as a page.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{ExamPage, Told, html, list, text};
use crate::history::{ExamRow, Row};
use crate::report::history;
use crate::report::style::Style;
use crate::report::testing::{HOSTILE, tree};
use crate::sitting::clock::Jump;
use crate::sitting::result::{
    Asked, AskedOption, ExamResult, ExamScore, ExtraTime, Practised, Reason, Status, Stay, TaskResult, Worth,
};
use crate::sitting::review::Review;
use crate::sitting::review::testing::{choice, minute, offers, pairs, result};
use crate::sitting::row::row;

fn told() -> BTreeMap<usize, Told> {
    let pod = Told {
        task: "Pod `myapp` in Namespace `production-1` never calls the Kubernetes API.\nGive it its own\nServiceAccount, without a token.".into(),
        explanation: "An application that never calls the API has nothing to steal.\n\nThe trap is the exported manifest:\n\n- admission wrote the token volume into it,\n- and `kubectl apply` keeps it.\n\nRemember:\n\n    kubectl replace --force -f pod.yaml".into(),
        reference: "kubectl apply -f - <<EOF\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: myapp-sa\n  namespace: production-1\nautomountServiceAccountToken: false\nEOF\n".into(),
    };
    let binding = Told {
        task: "The application answers 403. Find out why, and mend it.".into(),
        explanation: "A binding names its subject by name and Namespace; nothing checks that it exists."
            .into(),
        reference: "kubectl set subject rolebinding reader -n shop-6 --serviceaccount=shop-6:reporter\n"
            .into(),
    };
    let question = Told {
        task: "For how long is the token of a projected volume valid by default?".into(),
        ..Told::default()
    };
    [(1, pod), (3, question), (6, binding)].into()
}

fn page(result: &ExamResult, told: &BTreeMap<usize, Told>) -> ExamPage {
    ExamPage::of(result, &Review::of(result, &offers()), told, &TimeZone::UTC)
}

fn written(style: &Style, page: &ExamPage) -> String {
    let mut out = Vec::new();
    text::write(&mut out, style, page).unwrap();
    String::from_utf8(out).unwrap()
}

fn fits(text: &str) {
    // Code and commands keep their form.
    let wide: Vec<&str> = text.lines().filter(|l| l.chars().count() > 80 && !l.starts_with("    ")).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn a_review_as_text() {
    let text = written(&Style::mono(), &page(&result(), &told()));
    fits(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn a_review_in_plain_words() {
    let text = written(&Style::plain(), &page(&result(), &told()));
    fits(&text);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn colour_says_nothing_that_words_do_not() {
    let colour = written(&Style { colour: true, ..Style::mono() }, &page(&result(), &told()));
    assert!(colour.contains('\u{1b}'));
    assert_eq!(console::strip_ansi_codes(&colour), written(&Style::mono(), &page(&result(), &told())));
}

#[test]
fn a_review_as_a_page() {
    let page = html::page(&page(&result(), &told())).unwrap();
    // The file is the page as it is: tests/review-page looks at it in a browser.
    insta::assert_binary_snapshot!(".html", page.into_bytes());
}

#[test]
fn an_exam_with_nothing_to_say_says_that() {
    let mut quiet = result();
    quiet.tasks.truncate(1);
    quiet.score.passed = Some(true);
    quiet.tasks[0].work = None;
    quiet.tasks[0].observed.clear();
    (quiet.remarks, quiet.notes) = (Vec::new(), String::new());
    let text = written(&Style::mono(), &page(&quiet, &BTreeMap::new()));
    insta::assert_snapshot!(text.split("\nTasks\n").nth(1).unwrap());
}

#[test]
fn what_happened_to_the_time_is_told() {
    let mut odd = result();
    odd.practice = true;
    odd.practised = Some(Practised { checks: 2, hints: 1, pauses: 1, paused: 190 });
    odd.extra = vec![ExtraTime { at: minute(20), seconds: 600, reason: "a fire\nalarm".into() }];
    odd.jumps = vec![Jump { at: minute(30), seconds: -3900, off: true }];
    let notices = page(&odd, &BTreeMap::new()).notices;
    assert!(notices[0].starts_with("This was practice"), "{notices:?}");
    let facts = page(&odd, &BTreeMap::new()).facts;
    let used = "2 checks, 1 hint, 1 pause of 3 min altogether".to_owned();
    assert!(facts.contains(&("Practice", used)), "{facts:?}");
    odd.practised = Some(Practised { checks: 1, hints: 0, pauses: 0, paused: 0 });
    let facts = page(&odd, &BTreeMap::new()).facts;
    assert!(facts.contains(&("Practice", "1 check, 0 hints, 0 pauses".to_owned())), "{facts:?}");
    assert_eq!(notices[2], "Extra time: 10 min, given in minute 20. Reason: a fire alarm");
    assert!(
        notices[3].contains("set back by 1:05 h while the machine was off; it said 10:30:00 UTC"),
        "{notices:?}"
    );
    let text = written(&Style::mono(), &page(&odd, &BTreeMap::new()));
    assert!(text.contains("60 min of 1:10 h") || text.contains("1:00 h of 1:10 h"), "{text}");
    assert!(text.contains("Nothing can be said: the clock"), "{text}");
}

#[test]
fn short_visits_are_told_in_seconds_and_nobody_was_only_where_there_was_none() {
    let mut short = result();
    let (from, until) = (minute(1), minute(1) + std::time::Duration::from_millis(400));
    short.tasks[0].stays = vec![Stay { from, until }];
    let work = short.tasks[0].work.as_mut().unwrap();
    (work.active, work.stretches) =
        (40, vec![Stay { from, until: minute(1) + std::time::Duration::from_secs(40) }]);
    let page = page(&short, &told());
    assert!(
        page.tasks[0].time.starts_with("40 s on host `sa-01`, 7 minutes expected. Active: 40 s"),
        "{page:?}"
    );
    assert!(page.tasks[4].time.starts_with("Nobody was on host `sa-05`"));
    assert!(written(&Style::mono(), &page).contains("20/20  40 s/7 min  complete"));
    assert!(html::page(&page).unwrap().contains(">40 s, 7 min expected"));
    // A single visit without a request.
    let task = &mut short.tasks[0];
    task.work = None;
    let page = self::page(&short, &told());
    assert!(page.tasks[0].time.starts_with("1 s on host"), "{}", page.tasks[0].time);
}

#[test]
fn what_was_visited_has_a_group_of_its_own() {
    let mut seen = result();
    seen.tasks[0].work.as_mut().unwrap().elsewhere.clear();
    seen.tasks[5].earned = 0;
    seen.tasks[5].work.as_mut().unwrap().changes = 0;
    let page = page(&seen, &told());
    assert_eq!(page.tasks[5].standing, "visited");
    let open = &page.findings[0].1;
    assert!(
        open.contains(&"Visited, and nothing was changed on the cluster: task 6.".to_owned()),
        "{open:?}"
    );
    assert!(!open.iter().any(|line| line.starts_with("Worked on")), "{open:?}");
}

#[test]
fn two_moments_of_one_minute_are_told_by_the_clock() {
    let mut close = result();
    let seen = |second: u64, points| Worth {
        at: minute(4) + std::time::Duration::from_secs(second),
        points,
        max: 100,
    };
    close.tasks[5].observed = vec![seen(10, 80), seen(50, 40)];
    let lost = &page(&close, &told()).findings[1].1[0];
    assert!(lost.starts_with("Task 6 was worth 20 points at 4:10 and 10 at 4:50 of the exam."), "{lost}");
}

/// The result of an exam whose cluster was removed.
fn all_void() -> ExamResult {
    let mut void = result();
    for task in &mut void.tasks {
        (task.status, task.grade, task.earned) =
            (Status::Void { why: "its cluster is gone".into() }, None, 0);
    }
    void.score = ExamScore { earned: 0, of: 0, percent: None, passed: None, complete: false };
    void
}

#[test]
fn what_could_not_be_graded_at_all_is_neither_passed_nor_failed() {
    let page = page(&all_void(), &told());
    let text = written(&Style::mono(), &page);
    fits(&text);
    let html = html::page(&page).unwrap();
    assert!(html.contains("<title>Tokens and rights: could not be graded</title>"));
    for wrong in ["not passed", "0 of 0 points", "no topic lacks points", "is complete"] {
        assert!(!text.contains(wrong) && !html.contains(wrong), "{wrong}: {text}");
    }
    assert!(text.contains("  ? could not be graded\n"), "{text}");
    assert!(text.ends_with("\n? Exam 2026-11-28-1 could not be graded\n"), "{text}");
    tree(&html);
    let mut out = Vec::new();
    let rows = [Row::Exam(row(&all_void()))];
    history::rows(&mut out, &Style::mono(), &rows, str::to_owned).unwrap();
    let line = String::from_utf8(out).unwrap();
    assert!(line.contains("?   -/100  exam 2026-11-28-1  (could not be graded, 60/60 min)"), "{line}");
    assert!(history::csv(&rows).contains("2026-11-28-1,,,,100,60.00"), "{}", history::csv(&rows));
}

#[test]
fn a_result_of_the_first_version_is_read() {
    let mut value = serde_json::to_value(all_void()).unwrap();
    assert_eq!(value["score"]["percent"], serde_json::Value::Null);
    // It said 0 per cent where nothing could be graded.
    value["score"]["percent"] = 0.into();
    value["score"]["passed"] = false.into();
    let read: ExamResult = serde_json::from_value(value).unwrap();
    assert_eq!(read.score, all_void().score);
    let graded: ExamResult = serde_json::from_value(serde_json::to_value(result()).unwrap()).unwrap();
    assert_eq!(graded, result());
}

#[test]
fn the_review_ends_with_what_it_came_to() {
    let text = written(&Style::mono(), &page(&result(), &told()));
    assert!(
        text.ends_with("\n✘ Exam 2026-11-28-1: 38 %, not passed, 32.5 of 85 points, pass mark 67 %\n"),
        "{text}"
    );
}

/// The exam whose question has this form.
fn asked(asked: Asked, right: &str, typed: Option<&str>) -> ExamResult {
    let mut exam = result();
    let answer = exam.tasks[2].answer.as_mut().unwrap();
    (answer.asked, answer.right, answer.typed) = (Some(asked), right.into(), typed.map(str::to_owned));
    exam
}

/// What the review says of the question, on the terminal.
fn of_question(exam: &ExamResult, style: &Style) -> String {
    let text = written(style, &page(exam, &BTreeMap::new()));
    fits(&text);
    let rest = text.split("Task 3: ").nth(1).unwrap();
    rest.split("\nTask 4: ").next().unwrap().trim_end().to_owned()
}

#[test]
fn options_are_shown_with_what_was_chosen_and_what_is_right() {
    let exam = asked(choice(), "b", Some("a"));
    insta::assert_snapshot!(of_question(&exam, &Style::mono()));
    assert!(of_question(&exam, &Style::plain()).contains("FAIL    a) that of"));
    let html = html::page(&page(&exam, &BTreeMap::new())).unwrap();
    tree(&html);
    for part in [
        "<li>a) that of the ServiceAccount <span class=\"bad\">",
        "✘ </span>your answer, wrong",
        "✔ </span>right",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[test]
fn what_belongs_together_is_shown_with_its_texts() {
    let exam = asked(pairs(), "1b 2a 3c", Some("1a 2b 3c"));
    insta::assert_snapshot!(of_question(&exam, &Style::mono()));
    tree(&html::page(&page(&exam, &BTreeMap::new())).unwrap());
    let mut places = pairs();
    places.items.iter_mut().for_each(|item| (item.text, item.answered) = (String::new(), None));
    let said = of_question(&asked(places, "b a c", None), &Style::mono());
    assert!(said.contains("    1. b) 401\n") && said.contains("Answered: nothing"), "{said}");
}

#[test]
fn lines_are_shown_with_those_that_are_right() {
    let line = |label: &str, text: &str, is_chosen, is_right| AskedOption {
        label: label.into(),
        text: text.into(),
        is_chosen: Some(is_chosen),
        is_right: Some(is_right),
        why: String::new(),
    };
    let lines = vec![line("1", "spec:", true, false), line("2", "  hostNetwork: true", false, true)];
    let exam = asked(Asked { lines, ..Asked::default() }, "2", Some("1"));
    let said = of_question(&exam, &Style::mono());
    assert!(
        said.contains("1  spec:  <- your answer, wrong\n      2    hostNetwork: true  <- right"),
        "{said}"
    );
    let html = html::page(&page(&exam, &BTreeMap::new())).unwrap();
    tree(&html);
    assert!(html.contains("<pre><code>1  spec:  &larr; your answer, wrong\n2    hostNetwork: true  &larr; right\n</code></pre>"), "{html}");
}

#[test]
fn a_question_without_its_options_is_told_by_what_is_known() {
    let mut old = result();
    old.tasks[2].answer.as_mut().unwrap().asked = None;
    let text = serde_json::to_string(&old).unwrap();
    assert!(!text.contains("\"asked\""));
    assert_eq!(serde_json::from_str::<ExamResult>(&text).unwrap(), old);
    assert!(of_question(&old, &Style::mono()).contains("Right: 3607 s"));
}

/// What is said of the question in the result.
fn reasons() -> Vec<Reason> {
    result().tasks[2].answer.clone().unwrap().asked.unwrap().reasons
}

/// The same exam, and every text in it is hostile.
fn hostile() -> (ExamResult, BTreeMap<usize, Told>) {
    let lines = choice().options;
    let all = Asked { lines, items: pairs().items, reasons: reasons(), ..choice() };
    let mut value = serde_json::to_value(asked(all, "b", Some("a"))).unwrap();
    poison(&mut value);
    let poisoned: ExamResult = serde_json::from_value(value).unwrap();
    let told = Told {
        task: HOSTILE.into(),
        explanation: format!("- {HOSTILE}\n\n    {HOSTILE}"),
        reference: HOSTILE.into(),
    };
    (poisoned, (1..=6).map(|number| (number, told.clone())).collect())
}

/// Makes all texts hostile that are not of a fixed form.
fn poison(value: &mut serde_json::Value) {
    use serde_json::Value;
    const FREE: [&str; 25] = [
        "question",
        "text",
        "label",
        "answered",
        "about",
        "id",
        "title",
        "satrain",
        "remarks",
        "notes",
        "host",
        "topics",
        "domains",
        "why",
        "typed",
        "right",
        "requirement",
        "look",
        "at",
        "field",
        "expected",
        "seen",
        "reason",
        "voidedBy",
        "suspendedBy",
    ];
    fn all(value: &mut Value) {
        match value {
            Value::String(text) if text.parse::<jiff::Timestamp>().is_err() => *text = HOSTILE.to_owned(),
            Value::Array(items) => items.iter_mut().for_each(|item| match item {
                Value::String(_) => all(item),
                _ => poison(item),
            }),
            other => poison(other),
        }
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if FREE.contains(&name.as_str()) { all(field) } else { poison(field) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(poison),
        _ => {}
    }
}

#[test]
fn hostile_names_stay_text() {
    let (poisoned, told) = hostile();
    let page = page(&poisoned, &told);
    let html = html::page(&page).unwrap();
    assert!(html.matches("&lt;script&gt;").count() + html.matches("&#60;script&#62;").count() > 40, "{html}");
    let tree = tree(&html);
    for name in ["script", "img", "iframe", "object", "embed", "base", "form"] {
        assert!(!tree.iter().any(|(tag, _)| tag == name), "{name} is in it");
    }
    let handlers = tree.iter().flat_map(|(_, attributes)| attributes).filter(|name| name.starts_with("on"));
    assert_eq!(handlers.count(), 0);
    assert!(!html.contains(crate::printable::is_hidden), "an order for a terminal");
    let text = written(&Style::mono(), &page);
    assert!(!text.contains(crate::printable::is_hidden), "{text}");
}

#[test]
fn no_bar_is_longer_than_its_picture() {
    let mut long = result();
    // Nobody was at it, and no other task is expected to take as long.
    long.tasks[4].minutes = 2000;
    let html = html::page(&page(&long, &told())).unwrap();
    let ends = html.split("<rect class=\"").skip(1).map(|rect| {
        let number = |name: &str| -> f64 {
            let value = rect.split(&format!(" {name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse().unwrap()
        };
        number("x") + number("width")
    });
    let ends: Vec<f64> = ends.collect();
    assert!(ends.len() > 12 && ends.contains(&199.5), "{ends:?}");
    assert!(ends.iter().all(|end| *end <= 200.0), "{ends:?}");
}

#[test]
fn the_page_is_well_formed_and_refers_to_nothing() {
    let (poisoned, poison) = hostile();
    for (result, told) in [(result(), told()), (poisoned, poison)] {
        let html = html::page(&page(&result, &told)).unwrap();
        let tree = tree(&html);
        let count = |name: &str| tree.iter().filter(|(tag, _)| tag == name).count();
        assert_eq!((count("html"), count("title"), count("h1"), count("main")), (1, 1, 1, 1));
        assert_eq!(count("details"), 6);
        assert!(!html.contains("http:") && !html.contains("https:"), "an address");
        for outside in ["url(", "@import", "<link", "<script"] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(
            !tree.iter().flat_map(|(_, attributes)| attributes).any(|name| name == "src" || name == "style")
        );
        // A link leads to a part of the page.
        for link in html.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{link}"));
            assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{link}");
        }
        // Headings go down one level at a time.
        let levels: Vec<u32> =
            tree.iter().filter_map(|(tag, _)| tag.strip_prefix('h')?.parse().ok()).collect();
        assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }
}

#[test]
fn exams_are_listed_with_what_they_came_to() {
    let first = row(&result());
    assert_eq!((first.percent, first.used, first.seconds, first.tasks), (Some(38), 3600, 3600, 6));
    let practice = ExamRow { exam: "2026-11-29-1".into(), practice: true, complete: true, ..first.clone() };
    let passed = ExamRow {
        exam: "2026-11-29-2".into(),
        percent: Some(83),
        passed: Some(true),
        complete: true,
        used: 2990,
        ..first.clone()
    };
    let ungraded =
        ExamRow { exam: "2026-11-29-3".into(), percent: None, passed: None, used: 40, ..first.clone() };
    let mut out = Vec::new();
    list::write(&mut out, &Style::mono(), &[first, practice, passed, ungraded]).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
      2026-11-28-1  ✘ ███░░░░░░░  38 %  not passed, 60/60 min, not graded in full
      2026-11-29-1  ✘ ███░░░░░░░  38 %  not passed, 60/60 min, practice
      2026-11-29-2  ✔ ████████░░  83 %  passed, 50/60 min
      2026-11-29-3  ? ░░░░░░░░░░   - %  could not be graded, 40 s/60 min
    ");
}

#[test]
fn what_is_told_of_a_paper_runs_as_it_stands() {
    use crate::exam::{BoundPaper, read};
    let text = "apiVersion: satrain.dev/paper/v1\ntitle: Two\nminutes: 20\ntasks:\n  - scenario: scenario-2\n  - question: automount-field\n";
    let catalog = crate::scenario::Catalog::builtin();
    let bank = crate::quiz::Bank::builtin().unwrap();
    let paper = BoundPaper::of(&read("two", text).unwrap(), &catalog, &bank).unwrap();
    let told = Told::all(&paper);
    assert!(told[&1].reference.starts_with("NAMESPACE=production-1\n"), "{}", told[&1].reference);
    assert!(told[&1].task.contains("production-1") && !told[&1].explanation.is_empty());
    assert!(!told[&2].task.is_empty() && told[&2].reference.is_empty());
    assert!(crate::sitting::review::Offer::all(catalog.entries()).len() > 10);
}

#[test]
fn what_the_bank_tells_is_drawn_whatever_it_is() {
    use std::fmt::Write;

    use crate::exam::{BoundPaper, read};
    let catalog = crate::scenario::Catalog::builtin();
    let mut paper = "apiVersion: satrain.dev/paper/v1\ntitle: All\nminutes: 600\ntasks:\n".to_owned();
    for entry in catalog.entries() {
        writeln!(paper, "  - scenario: {}", entry.id).unwrap();
    }
    let bank = crate::quiz::Bank::builtin().unwrap();
    let paper = BoundPaper::of(&read("all", &paper).unwrap(), &catalog, &bank).unwrap();
    let told = Told::all(&paper);
    let mut all = result();
    let one = all.tasks[0].clone();
    all.tasks = (1..=paper.tasks.len()).map(|number| TaskResult { number, ..one.clone() }).collect();
    let page = page(&all, &told);
    let html = html::page(&page).unwrap();
    let elements = tree(&html);
    let count = |name: &str| elements.iter().filter(|(tag, _)| tag == name).count();
    assert_eq!(count("details"), told.len());
    assert!(count("pre") > told.len(), "a solution each, and some code");
    // Marks became what they stand for.
    let text = html.split("Reasons and solutions</h2>").nth(1).unwrap();
    let prose = text.split("<pre>").map(|part| part.rsplit("</pre>").next().unwrap()).collect::<String>();
    assert!(!prose.contains('`'), "{:?}", prose.split('`').nth(1));
    fits(&written(&Style::mono(), &page));
}
