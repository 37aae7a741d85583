//! Packages of all questions and of hostile ones, read again: answers are worth what satrain says, and the same is told.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::{File, files, package};
use crate::quiz::answer::Answer;
use crate::quiz::judge::judge;
use crate::quiz::model::{Item, Quiz, Task};
use crate::quiz::{Bank, key, session};

fn shown(item: &Item) -> Vec<usize> {
    session::shown(item, Some(1))
}

/// An answer in QTI's values.
fn values(answer: &Answer) -> Vec<String> {
    let named = |name: &str, all: &[usize]| all.iter().map(|i| format!("{name}{}", i + 1)).collect();
    match answer {
        Answer::Chosen(all) => named("option", all),
        Answer::Order(all) => named("step", all),
        Answer::Pairs(all) => {
            let pair = |(n, i): (usize, &usize)| format!("left{} right{}", n + 1, i + 1);
            all.iter().enumerate().map(pair).collect()
        }
        Answer::Text(text) => vec![text.clone()],
        Answer::Lines(all) => all.iter().map(|line| format!("line{line}")).collect(),
        Answer::Checked(_) => Vec::new(),
    }
}

/// The part of QTI's response processing that is written here.
struct Engine<'a> {
    item: Node<'a, 'a>,
    response: Vec<String>,
    score: f64,
    feedback: BTreeSet<String>,
}

impl<'a> Engine<'a> {
    fn of(document: &'a Document<'a>, response: Vec<String>) -> Self {
        let item = document.root_element();
        let mut engine = Self { item, response, score: 0.0, feedback: BTreeSet::new() };
        engine.all(one(item, "qti-response-processing"));
        engine
    }

    fn all(&mut self, rules: Node<'a, 'a>) {
        for rule in rules.children().filter(Node::is_element) {
            match rule.tag_name().name() {
                "qti-response-condition" => {
                    let rule = one(rule, "qti-response-if");
                    if self.holds(rule.first_element_child().unwrap()) {
                        self.all(rule);
                    }
                }
                "qti-set-outcome-value" => {
                    let values = self.values(rule.first_element_child().unwrap());
                    match rule.attribute("identifier") {
                        Some("SCORE") => self.score = values[0].parse().unwrap(),
                        _ => self.feedback = values.into_iter().collect(),
                    }
                }
                _ => {}
            }
        }
    }

    fn holds(&self, condition: Node<'a, 'a>) -> bool {
        let parts: Vec<_> = condition.children().filter(Node::is_element).collect();
        match condition.tag_name().name() {
            "qti-match" => {
                let mut sides = [self.values(parts[0]), self.values(parts[1])];
                if one(self.item, "qti-response-declaration").attribute("cardinality") == Some("multiple") {
                    sides.iter_mut().for_each(|side| side.sort());
                }
                sides[0] == sides[1]
            }
            "qti-equal" => {
                let tolerance = condition.attribute("tolerance").unwrap().split(' ').next().unwrap();
                let number = |node| self.values(node)[0].parse::<f64>().unwrap();
                (number(parts[0]) - number(parts[1])).abs() <= tolerance.parse().unwrap()
            }
            "qti-pattern-match" => {
                let pattern = format!("^(?:{})$", condition.attribute("pattern").unwrap());
                regex::Regex::new(&pattern).unwrap().is_match(&self.values(parts[0])[0])
            }
            other => panic!("{other}"),
        }
    }

    fn values(&self, value: Node<'a, 'a>) -> Vec<String> {
        match (value.tag_name().name(), value.attribute("identifier")) {
            ("qti-variable", Some("RESPONSE")) => self.response.clone(),
            ("qti-variable", _) => self.feedback.iter().cloned().collect(),
            ("qti-correct", _) => {
                let correct = one(one(self.item, "qti-response-declaration"), "qti-correct-response");
                correct.children().filter(Node::is_element).map(said).collect()
            }
            ("qti-base-value", _) => vec![said(value)],
            ("qti-multiple", _) => {
                value.children().filter(Node::is_element).flat_map(|part| self.values(part)).collect()
            }
            (other, _) => panic!("{other}"),
        }
    }

    /// What is told.
    fn told(&self) -> String {
        let all = self.item.children().filter(|node| node.has_tag_name((NAMESPACE, "qti-modal-feedback")));
        all.filter(|node| self.feedback.contains(node.attribute("identifier").unwrap())).map(said).collect()
    }
}

const NAMESPACE: &str = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0";

fn one<'a>(node: Node<'a, 'a>, name: &str) -> Node<'a, 'a> {
    node.children().find(|child| child.has_tag_name((NAMESPACE, name))).unwrap()
}

fn said(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
}

/// A text without its marks and line breaks.
fn bare(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn same_as_satrain(item: &Item, document: &Document<'_>, answer: &Answer) {
    let mark = judge(item, answer);
    let engine = Engine::of(document, values(answer));
    assert_eq!(engine.score, f64::from(mark.points), "{} {answer:?}", item.id);
    let told = bare(&engine.told());
    for remark in mark.remarks.iter().filter(|remark| !remark.why.is_empty()) {
        assert!(told.contains(&bare(&remark.why)), "{} {answer:?}: {}\n{told}", item.id, remark.why);
    }
    assert!(told.contains(&bare(&item.explanation)), "{}", item.id);
}

#[test]
fn all_questions_are_written_and_worth_what_they_are_in_satrain() {
    let bank = Bank::builtin().unwrap();
    let items: Vec<_> = bank.items().collect();
    let files = files(&items, shown).unwrap();
    assert_eq!(files.len(), items.len() + 2);
    let (mut right, mut wrong) = (0, 0);
    for ((_, item), file) in items.iter().zip(&files[2..]) {
        let document = Document::parse(&file.text).unwrap();
        assert_eq!(document.root_element().attribute("identifier"), Some(item.id.as_str()));
        if !key::is_marked_alone(item) {
            let score = document.descendants().find(|node| node.attribute("external-scored").is_some());
            let most = score.and_then(|score| score.attribute("normal-maximum")).unwrap();
            let points = item.open.as_ref().map_or(1, |open| open.points.len());
            assert_eq!(most, points.to_string(), "{}", item.id);
            continue;
        }
        same_as_satrain(item, &document, &key::right(item).unwrap());
        right += 1;
        for answer in key::wrong(item) {
            same_as_satrain(item, &document, &answer);
            wrong += 1;
        }
    }
    assert!(right > 50 && wrong > 200, "{right} {wrong}");
}

#[test]
fn the_manifest_and_the_test_name_each_file_once() {
    let bank = Bank::builtin().unwrap();
    let items: Vec<_> = bank.items().collect();
    let files = files(&items, shown).unwrap();
    let names: BTreeSet<_> = files.iter().map(|file| file.name.to_lowercase()).collect();
    assert_eq!(names.len(), files.len());
    let hrefs = |file: &File, name: &str| -> Vec<String> {
        let document = Document::parse(&file.text).unwrap();
        let nodes = document.descendants().filter(|node| node.tag_name().name() == name);
        nodes.map(|node| node.attribute("href").unwrap().to_owned()).collect()
    };
    let written: Vec<_> = files[1..].iter().map(|file| file.name.clone()).collect();
    assert_eq!(hrefs(&files[0], "file"), written);
    assert_eq!(hrefs(&files[0], "resource"), written);
    assert_eq!(hrefs(&files[1], "qti-assessment-item-ref"), written[1..]);
    let sections = Document::parse(&files[1].text).unwrap();
    let sections = sections.descendants().filter(|n| n.tag_name().name() == "qti-assessment-section");
    assert_eq!(sections.count(), bank.topics.len());
}

#[test]
fn the_same_questions_make_the_same_bytes() {
    let bank = Bank::builtin().unwrap();
    let items: Vec<_> = bank.items().collect();
    let zip = package(&items, shown).unwrap();
    assert_eq!(zip, package(&items, shown).unwrap());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&zip)).unwrap();
    assert_eq!(archive.len(), items.len() + 2);
    for (i, file) in files(&items, shown).unwrap().iter().enumerate() {
        let mut entry = archive.by_index(i).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        assert_eq!((&*entry.name().unwrap(), &text), (file.name.as_str(), &file.text));
        assert_eq!(entry.last_modified(), Some(zip::DateTime::DEFAULT));
    }
    // Of the same item nothing depends on its company.
    let alone = files(&items[7..8], shown).unwrap();
    assert_eq!(alone[2], files(&items, shown).unwrap()[9]);
}

const HOSTILE: &str =
    "]]>\"'&lt;<script>x</script>\u{0}\u{8}\u{1b}[2J\u{202e}\u{200b}\u{fffe}\u{ffff}\u{10ffff} `a<b>]]>` ``";

/// An item with the same text in all places, also where JSON has only a place for it.
fn hostile(bank: &Bank) -> Vec<Item> {
    let kinds = bank.items().map(|(_, item)| item).filter_map(|item| Some((item.task()?.name(), item)));
    let kinds: std::collections::BTreeMap<_, _> = kinds.collect();
    assert_eq!(kinds.len(), 10);
    let spoilt = |(kind, item): (&str, &Item)| {
        let mut value = serde_json::to_value(item).unwrap();
        spoil(&mut value);
        let mut item: Item = serde_json::from_value(value).unwrap();
        item.id = format!("{kind} {HOSTILE}");
        item
    };
    kinds.into_iter().map(spoilt).collect()
}

fn spoil(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(text)
            if !matches!(text.as_str(), "easy" | "medium" | "hard" | "admitted" | "given") =>
        {
            *text = format!("{HOSTILE}\n\n    {HOSTILE}\n    \tx\n- {HOSTILE}\n1. {text}");
        }
        Value::Array(all) => all.iter_mut().for_each(spoil),
        Value::Object(all) => all.values_mut().for_each(spoil),
        _ => {}
    }
}

#[test]
fn hostile_text_is_only_text() {
    let bank = Bank::builtin().unwrap();
    let items = hostile(&bank);
    let quiz = Quiz { title: HOSTILE.into(), topic: HOSTILE.into(), ..bank.topics[0].clone() };
    let items: Vec<_> = items.iter().map(|item| (&quiz, item)).collect();
    let files = files(&items, shown).unwrap();
    assert_eq!(files.len(), 12);
    for file in &files {
        let document =
            Document::parse(&file.text).unwrap_or_else(|e| panic!("{}: {e}\n{}", file.name, file.text));
        assert!(!file.text.contains("<script") && !file.text.contains("]]>"), "{}", file.text);
        assert!(
            !file.text.contains(|c| crate::printable::is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}'))
        );
        for node in document.descendants().filter(Node::is_element) {
            let known = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '0'..='9');
            assert!(node.tag_name().name().chars().all(known), "{node:?}");
            if let Some(name) = node.attribute("identifier") {
                assert!(name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{name}");
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{name}");
            }
        }
    }
    // It is still told.
    assert!(files[2].text.contains("\\u{202e}") && files[2].text.contains("&#60;script&#62;"));
    assert!(package(&items, shown).is_ok());
}

#[test]
fn two_items_of_one_id_are_refused() {
    let bank = Bank::builtin().unwrap();
    let twice = [bank.items().next().unwrap(); 2];
    assert!(package(&twice, shown).is_err());
}

#[test]
fn nothing_of_an_experiment_is_written() {
    let bank = Bank::builtin().unwrap();
    let (quiz, mut item) = bank
        .items()
        .find(|(_, i)| matches!(i.task(), Some(Task::Predict(_))))
        .map(|(q, i)| (q, i.clone()))
        .unwrap();
    let before = files(&[(quiz, &item)], shown).unwrap();
    assert!(item.experiment.take().is_some());
    item.predict.as_mut().unwrap().options.iter_mut().for_each(|option| option.seen = None);
    assert_eq!(before, files(&[(quiz, &item)], shown).unwrap());
}
