//! Pure: a file of answers, a line `ID: ANSWER` for each, and what it earns in a whole quiz.
//!
//! Letters follow the order of the sheet that the file names (`sheet: N`), else that of the bank. A question without an answer, or with one that is none, earns nothing. Questions that a person marks, or
//! a cluster, are not counted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer;
use super::judge::judge;
use super::model::{Item, Quiz, Task};
use super::session;
use crate::scenario::Placed;

/// What a file of answers earns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// Points.
    pub points: u32,
    /// Points that could be earned.
    pub of: u32,
    /// The questions that did not earn all of theirs.
    pub wrong: Vec<String>,
    /// Answers to questions that this quiz does not have.
    pub unknown: Vec<String>,
    /// Answers that are none, with the reason.
    pub unread: Vec<(String, String)>,
}

impl Marked {
    /// The share, rounded down.
    pub fn percent(&self) -> u32 {
        (self.points * 100).checked_div(self.of).unwrap_or_default()
    }
}

/// The key of the line that names the sheet; no question has it as its id.
pub const SHEET: &str = "sheet";

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// The sheet whose order of options the letters follow; None: the bank's.
    pub sheet: Option<u64>,
    /// The answers as they would be typed, by question.
    pub typed: BTreeMap<String, String>,
}

/// The answers in the text (YAML or JSON) of the file `name`.
///
/// # Errors
/// When it is no such file, with the place.
pub fn read(name: &str, text: &str) -> Result<Answers, String> {
    let mut placed = Placed::<BTreeMap<String, Value>>::read(name.to_owned(), text)
        .map_err(|e| format!("{}\nWrite `ID: ANSWER`, one line per question.", e.one_line()))?;
    let sheet = match placed.value.remove(SHEET) {
        None => None,
        Some(number) => {
            let unread = || {
                let error = placed.error(&format!("/{SHEET}"), format!("`{number}` names no sheet"));
                format!("{}\nWrite the number that stands at its top.", error.one_line())
            };
            Some(number.as_u64().ok_or_else(unread)?)
        }
    };
    let values = placed.value;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(Answers { sheet, typed: values.into_iter().map(|(id, value)| (id, text(value))).collect() })
}

/// Marks them against all questions of a quiz.
pub fn mark(items: &[(&Quiz, &Item)], answers: &Answers) -> Marked {
    let mut marked = Marked::default();
    for (_, item) in items {
        let Some(task) = item.task() else { continue };
        if matches!(task, Task::Open(_) | Task::Fix(_)) {
            continue;
        }
        let typed = answers.typed.get(&item.id);
        let read = typed.map(|typed| answer::read(&task, &session::shown(item, answers.sheet), typed));
        if let Some(Err(why)) = &read {
            marked.unread.push((item.id.clone(), why.clone()));
        }
        let mark = read.and_then(Result::ok).map(|answer| judge(item, &answer));
        let of = mark.as_ref().map_or(1, |mark| mark.of);
        let points = mark.map_or(0, |mark| mark.points);
        marked.points += points;
        marked.of += of;
        if points < of {
            marked.wrong.push(item.id.clone());
        }
    }
    let known = |id: &str| items.iter().any(|(_, item)| item.id == id);
    marked.unknown = answers.typed.keys().filter(|id| !known(id)).cloned().collect();
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::{Bank, key, named};

    /// The right answer as somebody types it.
    fn right(item: &Item, sheet: Option<u64>) -> Option<String> {
        let task = item.task()?;
        Some(answer::typed(&task, &session::shown(item, sheet), &key::right(item)?))
    }

    #[test]
    fn all_right_is_everything_and_what_is_missing_costs() {
        let bank = Bank::builtin().unwrap();
        let topic = bank.names()[0].to_owned();
        let items = named(&bank, &[topic]).unwrap();
        let all_of = |sheet: Option<u64>| {
            let typed = items
                .iter()
                .filter(|(_, item)| !matches!(item.task(), Some(Task::Open(_) | Task::Fix(_))))
                .filter_map(|(_, item)| Some((item.id.clone(), right(item, sheet)?)));
            Answers { sheet, typed: typed.collect() }
        };
        let all = all_of(None);
        let whole = mark(&items, &all);
        assert_eq!(mark(&items, &all_of(Some(3))), whole, "each sheet has letters of its own");
        assert!(mark(&items, &Answers { sheet: None, ..all_of(Some(3)) }).points < whole.points);
        assert!(whole.of > 2 && whole.points == whole.of && whole.percent() == 100, "{whole:?}");
        let mut some = all.clone();
        let first = all.typed.keys().next().unwrap().clone();
        some.typed.remove(&first);
        let second = some.typed.keys().next().unwrap().clone();
        some.typed.insert(second.clone(), "no answer at all \u{1b}[2J".into());
        some.typed.insert("somewhere-else".into(), "a".into());
        let part = mark(&items, &some);
        assert_eq!((part.of, part.points), (whole.of, whole.of - 2));
        assert!(part.wrong.contains(&first) && part.wrong.contains(&second));
        assert_eq!(part.unknown, ["somewhere-else"]);
        assert_eq!(part.unread.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&second]);
        assert_eq!(mark(&items, &Answers::default()).percent(), 0);
        assert_eq!(Marked::default().percent(), 0);
    }

    #[test]
    fn answers_are_text_whatever_they_look_like() {
        let read_text = |text: &str| super::read("a.yaml", text);
        let read = |text: &str| read_text(text).unwrap().typed.into_iter().collect::<Vec<_>>();
        assert_eq!(read("a: 3\nb: true\nc: x y\n").len(), 3);
        assert_eq!(read("{\"a\": \"b\"}"), [("a".to_owned(), "b".to_owned())]);
        assert!(read_text("- a\n").unwrap_err().contains("ID: ANSWER"));
        let broken = read_text("a: b\nc: 'd\n").unwrap_err();
        assert!(broken.starts_with("a.yaml:") && !broken.contains("<input>"), "{broken}");
        let twice = read_text("a: b\nc: d\na: c\n").unwrap_err();
        assert_eq!(
            twice,
            "a.yaml:3:1: the key `a` appears twice\nWrite `ID: ANSWER`, one line per question."
        );
        let named = read_text("sheet: 4\na: b\n").unwrap();
        assert_eq!((named.sheet, named.typed.len()), (Some(4), 1));
        let none = read_text("sheet: first\n").unwrap_err();
        assert!(none.starts_with("a.yaml:1:8: ") && none.contains("names no sheet"), "{none}");
    }
}
