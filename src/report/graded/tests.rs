//! The pages and files of a made-up class.

use std::collections::BTreeSet;

use super::testing::{AFTER, BEFORE, Made, made, mark, without_feedback};
use super::{ClassPage, LearnerPage, Names, Transcripts, gradescope, html, junit};
use crate::class::gradebook::{LeftOut, Standing};
use crate::class::{BoundClass, Counts};
use crate::report::testing::{HOSTILE, tree};

const ANNA: usize = 0;
const BEN: usize = 1;
const DORA: usize = 3;

fn transcripts(made: &Made) -> Transcripts {
    let text = "pod/myapp deleted\npod/myapp created\nError from server (NotFound): pods \"web\" not found\n";
    made.marks.keys().map(|key| (key.clone(), text.repeat(21))).collect()
}

fn learner(made: &Made, row: usize, now: &str) -> LearnerPage {
    made.seen(|seen| LearnerPage::of(seen, &seen.book.rows[row], &transcripts(made), made.release(now)))
}

fn learner_html(made: &Made, row: usize, now: &str) -> String {
    html::learner(&learner(made, row, now)).unwrap()
}

fn class_page(made: &Made) -> ClassPage {
    made.seen(|seen| ClassPage::of(seen, &Names::new(Some([7; 32]), seen.book)))
}

fn class_html(made: &Made) -> String {
    html::class(&class_page(made)).unwrap()
}

fn junit_xml(made: &Made) -> String {
    let mut out = Vec::new();
    made.seen(|seen| junit::write(&mut out, seen)).unwrap();
    String::from_utf8(out).unwrap()
}

fn results(made: &Made, row: usize, now: &str) -> Option<serde_json::Value> {
    let results = made.seen(|seen| gradescope::of(seen, &seen.book.rows[row], made.release(now)));
    results.map(|results| serde_json::to_value(results).unwrap())
}

#[test]
fn the_page_of_a_class() {
    // The files are the pages as they are: tests/class-page looks at them in a browser.
    insta::assert_binary_snapshot!(".html", class_html(&made()).into_bytes());
}

#[test]
fn the_page_of_a_learner_before_feedback() {
    insta::assert_binary_snapshot!(".html", learner_html(&made(), BEN, BEFORE).into_bytes());
}

#[test]
fn the_page_of_a_learner_with_feedback() {
    insta::assert_binary_snapshot!(".html", learner_html(&made(), BEN, AFTER).into_bytes());
}

#[test]
fn a_class_as_junit() {
    insta::assert_snapshot!(junit_xml(&made()));
}

#[test]
fn a_row_as_gradescopes_results() {
    insta::assert_json_snapshot!(results(&made(), BEN, BEFORE).unwrap());
}

/// The same learner, once with all checks met and once with the hidden one failed.
fn both(class: Option<BoundClass>, failed: &[&str]) -> [Made; 2] {
    let with = |failed: Vec<&str>| {
        let mut made = made();
        if let Some(class) = &class {
            made.class = class.clone();
        }
        let key = "anna/scenario-2/solution.sh".to_owned();
        let one = mark(&key, "scenario-2", &failed);
        let percent = one.result.score.percent;
        made.marks.insert(key.clone(), one);
        let names = failed.iter().map(|id| (*id).to_owned()).collect();
        made.works(ANNA, 0)[0].standing = Standing::Graded { key, percent, failed: names };
        let row = &mut made.book.rows[ANNA];
        row.tasks[0].percent = Some(percent);
        row.percent = Some(percent * 60 / 100 + 40);
        row.passed = Some(percent > 60);
        made
    };
    let hidden: Vec<&str> = failed.iter().copied().chain(["no-token"]).collect();
    [with(failed.to_vec()), with(hidden)]
}

#[test]
fn a_hidden_check_says_nothing_before_feedback() {
    for class in [None, Some(without_feedback())] {
        for failed in [&[][..], &["pod-uses-sa"]] {
            let [passed, failed] = both(class.clone(), failed).map(|made| learner_html(&made, ANNA, BEFORE));
            assert_eq!(passed, failed, "the page tells the two apart");
            assert!(!passed.contains("has an API token") && !passed.contains("no-token"), "{passed}");
            assert!(passed.contains("not told yet") && passed.contains("More is checked than is shown"));
        }
    }
    let [passed, failed] = both(None, &[]).map(|made| learner_html(&made, ANNA, AFTER));
    assert_ne!(passed, failed);
    assert!(failed.contains("has an API token") && passed.contains("<strong>100 %</strong>"), "{failed}");
    // Never is never.
    let [passed, failed] =
        both(Some(without_feedback()), &[]).map(|made| learner_html(&made, ANNA, "2199-01-01T00:00:00Z"));
    assert_eq!(passed, failed);
}

#[test]
fn a_check_that_requires_a_hidden_one_is_hidden_too() {
    let mut made = made();
    made.class.tasks[0].loaded.scenario.checks[3].requires = vec!["no-token".into()];
    let page = learner(&made, ANNA, BEFORE);
    let shown: Vec<&str> =
        page.tasks[0].works[0].checks.iter().map(|item| item.requirement.as_str()).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(learner(&made, ANNA, AFTER).tasks[0].works[0].checks.len(), 4);
}

#[test]
fn the_best_hand_in_is_not_named_by_what_is_hidden() {
    let mut made = made();
    assert_eq!(learner(&made, BEN, BEFORE).tasks[0].works[0].counts, Some(true), "the last one is no secret");
    made.class.counts = Counts::Best;
    let page = learner(&made, BEN, BEFORE);
    assert!(page.tasks[0].works.iter().all(|work| work.counts.is_none()), "{page:?}");
    assert_eq!(learner(&made, BEN, AFTER).tasks[0].works[0].counts, Some(true));
}

#[test]
fn what_was_expected_is_told_with_feedback_only() {
    let made = made();
    let (before, after) = (learner_html(&made, BEN, BEFORE), learner_html(&made, BEN, AFTER));
    assert!(
        !before.contains("the-account-to-find") && !before.contains(".spec.serviceAccountName"),
        "{before}"
    );
    assert!(before.contains("is not as pod-uses-sa asks") && before.contains("Look: <code>kubectl get pod"));
    assert!(after.contains("the-account-to-find") && after.contains(".spec.serviceAccountName"));
    // What another learner did is on no page.
    assert!(!after.contains("dora") && !after.contains("Anna"));
}

#[test]
fn lateness_and_what_it_costs_is_told() {
    let page = learner(&made(), BEN, AFTER);
    let facts = &page.tasks[1].works[0].facts;
    assert!(facts.contains(&("Lateness", "3 days late, which costs 30 % of the task".into())), "{facts:?}");
    assert!(facts.contains(&("Handed in", "2026-12-03 23:00 Europe/Berlin".into())), "{facts:?}");
    assert!(facts.contains(&("Earned", "75 % of the task, 45 % after lateness".into())), "{facts:?}");
    let emil = learner(&made(), 4, AFTER);
    assert_eq!(emil.tasks[0].words, "too late to count");
    let page = class_page(&made());
    assert_eq!(page.rows[4].cells[0], ("0".to_owned(), Some("too late")));
    assert_eq!(page.rows[BEN].cells[0], ("25".to_owned(), Some("late")));
}

#[test]
fn a_fault_of_the_machine_is_named_first_and_costs_nobody() {
    let made = made();
    let html = class_html(&made);
    assert!(html.find("kube-apiserver did not become").unwrap() < html.find("<h2 id=\"marks\">").unwrap());
    let gus = learner_html(&made, 6, AFTER);
    assert!(
        !gus.contains("kube-apiserver") && gus.contains("not your fault") && !gus.contains("<strong>"),
        "{gus}"
    );
    assert_eq!(results(&made, 6, AFTER), None, "and there is no 0 for it");
    assert!(junit_xml(&made).contains("<error message=\"could not be graded\">no cluster: "));
}

#[test]
fn who_failed_what_is_counted_of_what_counts() {
    let page = class_page(&made());
    let first = &page.tasks[0];
    let told: Vec<_> = first.checks.iter().map(|c| (c.id.as_str(), c.failed, c.of, c.hidden)).collect();
    assert_eq!(told, [("no-token", 3, 5, true), ("pod-uses-sa", 1, 5, false), ("same-app", 1, 5, false)]);
    assert_eq!(first.checks[1].who[0].id, "ben");
    assert_eq!(first.graded, "5 of 7 hand-ins that count");
    assert!(first.sound.contains(&"dedicated-sa".to_owned()), "what a hand-in failed that does not count");
    assert_eq!((page.late.len(), page.refused.len(), page.disorder.len(), page.left_out.len()), (3, 1, 1, 2));
    assert_eq!(page.spread.iter().map(|bin| bin.count).sum::<usize>(), 8);
}

#[test]
fn gradescope_keeps_hidden_checks_from_learners() {
    let seen = |made: &Made, now: &str| {
        let value = results(made, ANNA, now).unwrap();
        let of = |test: &serde_json::Value| test["visibility"].as_str().unwrap().to_owned();
        let tests: Vec<String> = value["tests"].as_array().unwrap().iter().map(of).collect();
        (of(&value), tests[2].clone(), tests[0].clone())
    };
    let told = |whole: &str, hidden: &str| (whole.to_owned(), hidden.to_owned(), "visible".to_owned());
    let mut made = made();
    assert_eq!(seen(&made, BEFORE), told("after_published", "after_published"));
    assert_eq!(seen(&made, AFTER), told("visible", "visible"));
    made.class = without_feedback();
    assert_eq!(seen(&made, AFTER), told("hidden", "hidden"));
}

#[test]
fn gradescopes_points_add_up_to_the_class() {
    let made = made();
    let value = results(&made, ANNA, AFTER).unwrap();
    let sum = |field: &str| -> f64 {
        value["tests"].as_array().unwrap().iter().map(|t| t[field].as_f64().unwrap()).sum()
    };
    assert!((sum("max_score") - 100.0).abs() < 0.1 && (sum("score") - 100.0).abs() < 0.1, "{value}");
    assert_eq!(value["score"], 100.0);
    let nothing = results(&made, 7, AFTER).unwrap();
    assert_eq!(
        (&nothing["score"], &nothing["tests"][0]["output"]),
        (&0.0.into(), &"Nothing was handed in.".into())
    );
    let late = results(&made, BEN, AFTER).unwrap();
    assert_eq!(late["score"], f64::from(made.book.rows[BEN].percent.unwrap()));
}

/// The same class, and every text in it is hostile and long.
fn hostile(text: &str) -> Made {
    let mut made = made();
    text.clone_into(&mut made.book.title);
    text.clone_into(&mut made.class.title);
    made.book.left_out.push(LeftOut { file: text.into(), why: text.into() });
    for row in &mut made.book.rows {
        row.learner = format!("{}{text}", row.learner);
        row.name = Some(text.to_owned());
        for work in row.tasks.iter_mut().flat_map(|mark| &mut mark.work) {
            text.clone_into(&mut work.file);
            match &mut work.standing {
                Standing::Graded { failed, .. } => failed.push(text.to_owned()),
                Standing::Refused { why } | Standing::Ungraded { why } => text.clone_into(why),
            }
        }
    }
    for mark in made.marks.values_mut() {
        mark.ended = Some(text.to_owned());
        mark.thrown_away = Some(text.to_owned());
        for check in &mut mark.result.checks {
            text.clone_into(&mut check.requirement);
            text.clone_into(&mut check.why);
            check.look = Some(text.to_owned());
            for evidence in &mut check.evidence {
                text.clone_into(&mut evidence.at);
                text.clone_into(&mut evidence.seen);
                evidence.expected = Some(text.to_owned());
            }
        }
    }
    made
}

#[test]
fn hostile_texts_stay_text_and_are_bounded() {
    let long = format!("{HOSTILE}{}", "x".repeat(10_000));
    for text in [HOSTILE, "=HYPERLINK(\"http://x\")", "\u{202e}exe.\u{200f}txt\u{ffff}", &long] {
        let made = hostile(text);
        let said: Transcripts = made.marks.keys().map(|key| (key.clone(), text.to_owned())).collect();
        let learners = (0..made.book.rows.len()).map(|row| {
            let page =
                made.seen(|seen| LearnerPage::of(seen, &seen.book.rows[row], &said, made.release(AFTER)));
            html::learner(&page).unwrap()
        });
        for page in learners.chain([class_html(&made)]) {
            let tree = tree(&page);
            for name in ["script", "img", "iframe", "object", "embed", "base", "form"] {
                assert!(!tree.iter().any(|(tag, _)| tag == name), "{name} is in it");
            }
            let attributes = || tree.iter().flat_map(|(_, attributes)| attributes);
            assert_eq!(attributes().filter(|name| name.starts_with("on") || *name == "src").count(), 0);
            assert!(!page.contains(crate::printable::is_hidden), "an order for a terminal");
            assert!(page.len() < 400_000, "{} bytes", page.len());
            for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_.#".contains(c);
                assert!(link.chars().all(plain), "{link}");
            }
        }
        let xml = junit_xml(&made);
        assert!(
            !xml.contains(crate::printable::is_hidden)
                && !xml.contains("<script")
                && !xml.contains('\u{ffff}')
        );
        assert!(xml.len() < 400_000, "{} bytes", xml.len());
        let row = results(&made, BEN, AFTER).unwrap().to_string();
        assert!(!row.contains(crate::printable::is_hidden) && row.len() < 200_000, "{}", row.len());
    }
}

#[test]
fn pages_are_sound_in_every_state() {
    let mut made = made();
    for now in [BEFORE, AFTER] {
        (0..made.book.rows.len()).for_each(|row| drop(tree(&learner_html(&made, row, now))));
    }
    tree(&class_html(&made));
    made.book.rows.iter_mut().for_each(|row| row.percent = None);
    assert!(class_page(&made).spread.is_empty());
    made.book.rows.clear();
    tree(&class_html(&made));
    assert!(junit_xml(&made).contains("tests=\"0\""));
}

#[test]
fn a_part_of_a_class_is_shown_alone() {
    let whole = made();
    let only: BTreeSet<String> = ["dora".to_owned()].into();
    let part = whole.book.narrowed(&only, Some("scenario-2"));
    assert_eq!((part.rows.len(), part.tasks.as_slice()), (1, &[("scenario-2".to_owned(), 100)][..]));
    let row = &part.rows[0];
    assert_eq!(
        (row.percent, row.passed),
        (whole.book.rows[DORA].tasks[0].percent, row.percent.map(|p| p >= 67))
    );
    assert_eq!(whole.book.narrowed(&BTreeSet::new(), None), whole.book);
    let class = whole.class.narrowed("scenario-2");
    assert_eq!(class.tasks.iter().map(|task| task.weight).collect::<Vec<_>>(), [100]);
}
