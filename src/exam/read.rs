//! From a paper's text to a [`Paper`] whose fields are sound by themselves, or the first error with its place.
//!
//! In: untrusted text. Never: scenarios or questions; whether there are such is `bound`'s affair.

use super::model::{MAX_MINUTES, MAX_TASKS, Paper};
use super::shares::shares;
use crate::printable::is_hidden;
use crate::scenario::{Placed, Result};

/// A paper that knows where each of its fields was read.
#[derive(Debug, Clone)]
pub struct ReadPaper(pub(super) Placed<Paper>);

impl ReadPaper {
    /// The paper.
    pub fn paper(&self) -> &Paper {
        &self.0.value
    }
}

/// Reads the text of the file `name`.
///
/// # Errors
/// When it breaks a rule of the format; with its place.
pub fn read(name: &str, text: &str) -> Result<ReadPaper> {
    let placed = Placed::<Paper>::read(name.to_owned(), text)?;
    head(&placed)?;
    for number in 0..placed.value.tasks.len() {
        task(&placed, number)?;
    }
    weights(&placed)?;
    Ok(ReadPaper(placed))
}

fn head(placed: &Placed<Paper>) -> Result<()> {
    let paper = &placed.value;
    placed.title("/title", &paper.title)?;
    if !(1..=MAX_MINUTES).contains(&paper.minutes) {
        return Err(placed.error("/minutes", format!("minutes are from 1 to {MAX_MINUTES}")));
    }
    if !(1..=100).contains(&paper.pass) {
        return Err(placed.error("/pass", "the pass mark is from 1 to 100 per cent"));
    }
    match paper.tasks.len() {
        0 => Err(placed
            .error("/tasks", "the paper has no tasks")
            .help("add one, such as `- scenario: scenario-2`")),
        1..=MAX_TASKS => Ok(()),
        many => Err(placed
            .error("/tasks", format!("{many} tasks are too many"))
            .help(format!("a paper has at most {MAX_TASKS}"))),
    }
}

fn task(placed: &Placed<Paper>, number: usize) -> Result<()> {
    let Some(task) = placed.value.tasks.get(number) else { return Ok(()) };
    let at = |field: &str| format!("/tasks/{number}{field}");
    match (&task.scenario, &task.question) {
        (None, None) => {
            return Err(placed
                .error(&at(""), "the task names neither a scenario nor a question")
                .help("add `scenario: ID` or `question: ID`"));
        }
        (Some(_), Some(_)) => {
            return Err(placed
                .error_at_key(&at("/question"), "a task is a scenario or a question, and this one is both")
                .help("make it two tasks, or remove one of the fields"));
        }
        (None, Some(_)) if !task.params.is_empty() => {
            return Err(placed
                .error_at_key(&at("/params"), "a question has no parameters")
                .help("remove `params`; `seed` shuffles the options"));
        }
        (None, Some(_)) if task.alone => {
            return Err(placed
                .error_at_key(&at("/alone"), "a question needs no cluster")
                .help("remove `alone`"));
        }
        _ => {}
    }
    let mut before = placed.value.tasks.iter().take(number);
    if let Some(first) = before.position(|other| task.question.is_some() && other.question == task.question) {
        return Err(placed
            .error(&at("/question"), format!("task {} asks the same question", first + 1))
            .help("ask each question once: its answer is known the second time"));
    }
    if task.weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
        return Err(placed.error(&at("/weight"), "a weight is from 1 to 100 per cent"));
    }
    match task.params.iter().find(|(_, value)| value.contains(is_hidden)) {
        Some((name, _)) => Err(placed.error(
            &at(&format!("/params/{}", crate::scenario::escape(name))),
            "the value holds an invisible control character",
        )),
        None => Ok(()),
    }
}

/// All have weights, which add up to 100, or none has.
fn weights(placed: &Placed<Paper>) -> Result<()> {
    let tasks = &placed.value.tasks;
    let weights: Vec<u32> = tasks.iter().filter_map(|task| task.weight).collect();
    if weights.is_empty() {
        return Ok(());
    }
    let without = tasks.iter().position(|task| task.weight.is_none());
    if let Some(number) = without {
        return Err(placed
            .error(&format!("/tasks/{number}"), format!("task {} has no weight, but others have", number + 1))
            .help("add `weight`, or remove it everywhere: weights then follow expected time"));
    }
    let sum: u32 = weights.iter().sum();
    if sum == 100 {
        return Ok(());
    }
    let shown: Vec<String> = shares(100, &weights).iter().map(u32::to_string).collect();
    Err(placed.error("/tasks", format!("the weights add up to {sum}, and not to 100")).help(format!(
        "in the same proportions they are {}; without any weight they follow expected time",
        shown.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "apiVersion: satrain.dev/paper/v1\ntitle: A\nminutes: 20\ntasks:\n  - scenario: scenario-1\n";

    fn told(text: &str) -> (String, String) {
        let error = read("p.yaml", text).unwrap_err();
        (error.one_line(), error.advice().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_small_paper_has_the_usual_pass_mark() {
        let read = read("p.yaml", GOOD).unwrap();
        assert_eq!((read.paper().pass, read.paper().tasks.len()), (67, 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_to_do() {
        let task = |text: &str| GOOD.replace("  - scenario: scenario-1\n", text);
        for (text, place, words, help) in [
            (GOOD.replace("title: A", "title: \"\""), "p.yaml:2:8", "one line", ""),
            (GOOD.replace("minutes: 20", "minutes: 0"), "p.yaml:3:10", "1 to 600", ""),
            (GOOD.replace("minutes: 20", "minutes: soon"), "p.yaml:3:10", "whole number", ""),
            (GOOD.replace("minutes", "pass: 0\nminutes"), "p.yaml:3:7", "1 to 100", ""),
            (GOOD.replace("paper/v1", "paper/v9"), "p.yaml:1:13", "unknown value", "satrain.dev/paper/v1"),
            (format!("{GOOD}passes: 50\n"), "p.yaml:6:1", "unknown field", "did you mean `pass`"),
            (format!("{GOOD}title: B\n"), "p.yaml:6:1", "appears twice", ""),
            (GOOD.replace("title: A\n", ""), "p.yaml:3:1", "`title` is missing", ""),
            (
                GOOD.replace("tasks:\n  - scenario: scenario-1", "tasks: []"),
                "p.yaml:4:8",
                "no tasks",
                "add one",
            ),
            (task("  - {weight: 100}\n"), "p.yaml:5:5", "neither a scenario nor a question", "add `scenario"),
            (task("  - {scenario: a, question: b}\n"), "p.yaml:5:19", "this one is both", "two tasks"),
            (task("  - {question: b, params: {a: b}}\n"), "p.yaml:5:19", "no parameters", "`seed`"),
            (task("  - {question: b, alone: true}\n"), "p.yaml:5:19", "needs no cluster", "remove"),
            (task("  - question: a\n  - question: a\n"), "p.yaml:6:15", "task 1 asks the same", "once"),
            (task("  - {scenario: a, weight: 0}\n"), "p.yaml:5:27", "1 to 100", ""),
            (task("  - {scenario: a, weight: -3}\n"), "p.yaml:5:27", "whole number", ""),
            (task("  - {scenario: a, params: {b: \"\\e[2J\"}}\n"), "p.yaml:5:31", "invisible", ""),
            (
                task("  - {scenario: a, weight: 30}\n  - {scenario: b, weight: 60}\n"),
                "p.yaml:5:3",
                "add up to 90",
                "33, 67",
            ),
            (
                task("  - {scenario: a, weight: 30}\n  - {scenario: b}\n"),
                "p.yaml:6:5",
                "task 2 has no weight",
                "add",
            ),
        ] {
            let (line, advice) = told(&text);
            assert!(line.starts_with(&format!("{place}: ")), "{line} is not at {place}");
            assert!(line.contains(words) && advice.contains(help), "{line} / {advice}");
        }
    }

    #[test]
    fn a_paper_has_bounds() {
        let many = format!("{GOOD}{}", "  - scenario: a\n".repeat(MAX_TASKS));
        assert!(told(&many).0.contains("41 tasks are too many"));
        assert!(
            told(&format!("{GOOD}# {}", "x".repeat(2 << 20))).0.contains("larger")
                || read("p", &"x".repeat(2 << 20)).is_err()
        );
        assert!(
            told(&GOOD.replace("title: A", &format!("title: {}", "y".repeat(121)))).0.contains("at most 120")
        );
    }
}
