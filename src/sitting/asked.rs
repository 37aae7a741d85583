//! Pure: a question as the candidate saw it, with what was answered and what is right, for the result.
//!
//! In: the question with the seed that shuffled it, and the answer. Out: its text, options by their letters, what is put in order or
//! belongs together, and the reasons that the bank gives.

use super::result::{Asked, AskedItem, AskedOption, Reason};
use crate::exam::Question;
use crate::quiz::answer::{Answer, letter};
use crate::quiz::judge::judge;
use crate::quiz::key;
use crate::quiz::model::{Choosable, Item, Lines, Matching, Step, Task};
use crate::quiz::session;

/// The question as it was shown. `given`: what was answered, if it was an answer.
pub fn asked(question: &Question, given: Option<&Answer>) -> Asked {
    let item = &question.item;
    let shown = session::shown(item, question.seed);
    let mut asked = Asked { question: item.question.trim().to_owned(), ..Asked::default() };
    match item.task() {
        Some(Task::Single(options) | Task::Multiple(options) | Task::Predict(options)) => {
            asked.options = chosen(options, &shown, given);
        }
        Some(Task::Ordering(steps)) => {
            asked.options =
                lettered(&steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>(), &shown);
            asked.items = in_order(steps, &shown, given);
        }
        Some(Task::Matching(matching)) => {
            let right = matching.pairs.iter().map(|pair| &pair.right).chain(&matching.extra);
            asked.options = lettered(&right.map(String::as_str).collect::<Vec<_>>(), &shown);
            asked.items = pairs(matching, &shown, given);
        }
        Some(Task::Lines(lines)) => {
            asked.lines = numbered(lines, given);
            asked.reasons = reasons(item, given);
        }
        Some(Task::Number(_) | Task::Short(_)) => asked.reasons = reasons(item, given),
        // Nobody is there to mark them, so papers have none.
        Some(Task::Fix(_) | Task::Open(_)) | None => {}
    }
    asked
}

/// The letter under which something is shown.
fn label(shown: &[usize], option: usize) -> Option<String> {
    shown.iter().position(|at| *at == option).map(|place| letter(place).to_string())
}

fn lettered(texts: &[&str], shown: &[usize]) -> Vec<AskedOption> {
    let option = |(place, at): (usize, &usize)| AskedOption {
        label: letter(place).to_string(),
        text: texts.get(*at).copied().unwrap_or_default().trim().to_owned(),
        ..AskedOption::default()
    };
    shown.iter().enumerate().map(option).collect()
}

fn chosen(options: &[Choosable], shown: &[usize], given: Option<&Answer>) -> Vec<AskedOption> {
    let is_chosen = |at: usize| matches!(given, Some(Answer::Chosen(all)) if all.contains(&at));
    let texts: Vec<&str> = options.iter().map(|option| option.text.as_str()).collect();
    let all = lettered(&texts, shown).into_iter().zip(shown);
    let marked = all.filter_map(|(option, at)| {
        let written = options.get(*at)?;
        let (is_chosen, is_right) = (Some(is_chosen(*at)), Some(written.right));
        Some(AskedOption { is_chosen, is_right, why: written.why.trim().to_owned(), ..option })
    });
    marked.collect()
}

fn in_order(steps: &[Step], shown: &[usize], given: Option<&Answer>) -> Vec<AskedItem> {
    let place = |place: usize| AskedItem {
        number: place + 1,
        answered: match given {
            Some(Answer::Order(order)) => order.get(place).and_then(|step| label(shown, *step)),
            _ => None,
        },
        key: label(shown, place).unwrap_or_default(),
        ..AskedItem::default()
    };
    (0..steps.len()).map(place).collect()
}

fn pairs(matching: &Matching, shown: &[usize], given: Option<&Answer>) -> Vec<AskedItem> {
    let pairs = matching.pairs.iter().enumerate();
    let item = pairs.map(|(at, pair)| AskedItem {
        number: at + 1,
        text: pair.left.trim().to_owned(),
        answered: match given {
            Some(Answer::Pairs(all)) => all.get(at).and_then(|right| label(shown, *right)),
            _ => None,
        },
        key: label(shown, at).unwrap_or_default(),
        why: pair.why.trim().to_owned(),
    });
    item.collect()
}

fn numbered(lines: &Lines, given: Option<&Answer>) -> Vec<AskedOption> {
    let each = (1_u32..).zip(lines.text.lines());
    let option = each.map(|(number, line)| AskedOption {
        label: number.to_string(),
        text: line.to_owned(),
        is_chosen: Some(matches!(given, Some(Answer::Lines(all)) if all.contains(&number))),
        is_right: Some(lines.right.contains(&number)),
        why: String::new(),
    });
    option.collect()
}

/// Why the right answer is right, and the belief behind a wrong one that the bank knows.
fn reasons(item: &Item, given: Option<&Answer>) -> Vec<Reason> {
    let right = key::right(item);
    let Some(answer) = given.or(right.as_ref()) else { return Vec::new() };
    let told = judge(item, answer).remarks.into_iter().filter(|remark| !remark.why.is_empty());
    told.map(|remark| Reason { is_right: remark.right, about: remark.about, why: remark.why }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::{Bank, answer};

    /// A question of the bank of this kind.
    fn question(kind: &str, seed: Option<u64>) -> Question {
        let bank = Bank::builtin().unwrap();
        let (topic, item) =
            bank.items().find(|(_, item)| item.task().is_some_and(|task| task.name() == kind)).unwrap();
        Question { item: item.clone(), topic: topic.topic.clone(), seed }
    }

    /// What somebody types, as an answer.
    fn given(question: &Question, typed: &str) -> Answer {
        let task = question.item.task().unwrap();
        answer::read(&task, &session::shown(&question.item, question.seed), typed).unwrap()
    }

    #[test]
    fn options_have_the_letters_under_which_they_were_shown() {
        for seed in [None, Some(1), Some(7), Some(99)] {
            let question = question("single", seed);
            let asked = asked(&question, Some(&given(&question, "b")));
            let chosen: Vec<&AskedOption> =
                asked.options.iter().filter(|option| option.is_chosen == Some(true)).collect();
            assert_eq!(chosen.len(), 1);
            assert_eq!(chosen[0].label, "b");
            // The key as it would be typed is the letter of the option that is right.
            let shown = session::shown(&question.item, seed);
            let right = key::right(&question.item).unwrap();
            let typed = answer::typed(&question.item.task().unwrap(), &shown, &right);
            let right: Vec<&str> = asked
                .options
                .iter()
                .filter(|option| option.is_right == Some(true))
                .map(|option| option.label.as_str())
                .collect();
            assert_eq!(right, [typed]);
            assert!(asked.options.iter().all(|option| !option.text.is_empty() && !option.why.is_empty()));
            assert!(asked.items.is_empty() && asked.lines.is_empty());
        }
    }

    #[test]
    fn what_is_put_in_order_and_what_belongs_together_have_items() {
        for kind in ["ordering", "matching"] {
            let question = question(kind, Some(3));
            let shown = session::shown(&question.item, question.seed);
            let right = key::right(&question.item).unwrap();
            let asked = asked(&question, Some(&right));
            assert!(asked.items.len() > 1 && asked.options.len() >= asked.items.len(), "{asked:?}");
            assert!(asked.items.iter().all(|item| item.answered.as_ref() == Some(&item.key)), "{asked:?}");
            let keys: Vec<String> = asked
                .items
                .iter()
                .map(|item| match kind {
                    "ordering" => item.key.clone(),
                    _ => format!("{}{}", item.number, item.key),
                })
                .collect();
            let typed = answer::typed(&question.item.task().unwrap(), &shown, &right);
            assert_eq!(keys.join(" "), typed);
            // The letter leads to the text that the bank has at this place.
            let texts = question
                .item
                .task()
                .unwrap()
                .lettered()
                .into_iter()
                .map(str::trim)
                .map(str::to_owned)
                .collect::<Vec<_>>();
            for (item, text) in asked.items.iter().zip(texts) {
                let option = asked.options.iter().find(|option| option.label == item.key).unwrap();
                assert_eq!(option.text, text);
                assert_eq!((option.is_chosen, option.is_right), (None, None));
            }
            assert_eq!(self::asked(&question, None).items[0].answered, None);
        }
    }

    #[test]
    fn what_is_typed_has_its_reasons_and_lines_are_marked() {
        for kind in ["number", "short", "lines"] {
            let question = question(kind, None);
            let asked = asked(&question, None);
            assert!(asked.reasons.iter().any(|reason| reason.is_right), "{asked:?}");
            assert!(asked.options.is_empty() && asked.items.is_empty());
        }
        let question = question("lines", None);
        let asked = asked(&question, Some(&Answer::Lines(vec![1])));
        assert_eq!((asked.lines[0].label.as_str(), asked.lines[0].is_chosen), ("1", Some(true)));
        assert!(asked.lines.iter().any(|line| line.is_right == Some(true)));
    }
}
