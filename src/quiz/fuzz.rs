//! What fuzzing asks of files with questions, and of GIFT; see `crate::fuzzing`.

use serde_json::Value;

use super::answer::{self, Answer};
use super::judge::judge;
use super::model::{Item, Quiz, Task};
use super::{gift, session};
use crate::quiz::Bank;
use crate::report::sheet::{Form, sheet};
use crate::scenario::Placed;

/// What somebody may type.
const TYPED: [&str; 12] =
    ["", "a", "b a c", "ab", "1b 2a 3c", "1", "2-4", "3600 s", "1e9", "yes", "{}", "\u{1b}[2J ü"];

/// Any text as a file of questions.
pub(crate) fn quiz(text: &str) {
    let Ok(placed) = Placed::<Quiz>::read("fuzz.yaml".to_owned(), text) else { return };
    let name = format!("{}.yaml", placed.value.topic);
    let read = || Bank::read([(name.as_str(), text)].into_iter());
    match (read(), read()) {
        (Ok(bank), Ok(again)) => {
            assert_eq!(bank, again, "the same text is the same questions");
            played(&bank.topics);
        }
        (Err(error), Err(again)) => {
            assert_eq!(error.one_line(), again.one_line());
            crate::scenario::fuzz::explained(&error);
        }
        _ => panic!("the same text is read once and is not read once"),
    }
}

/// Any text as GIFT: what was read is written, and read again.
pub(crate) fn gift(text: &str) {
    match gift::read(text) {
        Ok(topics) => {
            played(&topics);
            let again =
                gift::read(&gift::write(&all(&topics))).unwrap_or_else(|e| panic!("written, but {e}"));
            assert_eq!(trimmed(&again), trimmed(&topics), "written and read again");
        }
        Err(error) => assert!((1..=text.lines().count()).contains(&error.line), "{error}"),
    }
}

fn all(topics: &[Quiz]) -> Vec<(&Quiz, &Item)> {
    topics.iter().flat_map(|topic| topic.items.iter().map(move |item| (topic, item))).collect()
}

/// Asked, answered and printed.
fn played(topics: &[Quiz]) {
    let items = all(topics);
    for (_, item) in &items {
        let shown = session::shown(item, Some(7));
        let mut places = shown.clone();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..shown.len()), "{shown:?} are not all places");
        let task = item.task().unwrap_or_else(|| panic!("{} asks nothing", item.id));
        for typed in TYPED {
            if let Ok(answer) = answer::read(&task, &shown, typed) {
                let mark = judge(item, &answer);
                assert!(mark.points <= mark.of);
            }
        }
        if let Some(key) = key(&task) {
            assert!(judge(item, &key).full(), "{}: its own answer is not right", item.id);
        }
    }
    for form in [Form::Markdown, Form::Html] {
        let _ = sheet(&items, 7, true, form);
    }
}

/// The right answer.
fn key(task: &Task<'_>) -> Option<Answer> {
    Some(match task {
        Task::Single(options) | Task::Multiple(options) | Task::Predict(options) => {
            Answer::Chosen((0..options.len()).filter(|i| options[*i].right).collect())
        }
        Task::Ordering(steps) => Answer::Order((0..steps.len()).collect()),
        Task::Matching(matching) => Answer::Pairs((0..matching.pairs.len()).collect()),
        Task::Short(short) => Answer::Text(short.accept.first()?.clone()),
        Task::Lines(lines) => {
            let mut right = lines.right.clone();
            right.sort_unstable();
            right.dedup();
            Answer::Lines(right)
        }
        // Negative numbers and exponents cannot be typed.
        Task::Number(number) if (0.0..1e15).contains(&number.value) => {
            Answer::Text(format!("{}", number.value))
        }
        Task::Number(_) | Task::Fix(_) | Task::Open(_) => return None,
    })
}

/// GIFT keeps no blanks around texts.
pub(super) fn trimmed(topics: &[Quiz]) -> Value {
    fn trim(value: &mut Value) {
        match value {
            Value::String(text) => *text = text.trim().to_owned(),
            Value::Array(all) => all.iter_mut().for_each(trim),
            Value::Object(all) => all.values_mut().for_each(trim),
            _ => {}
        }
    }
    let mut value = serde_json::json!(topics);
    trim(&mut value);
    value
}
