//! Pure: whether an item can be asked and answered at all, wherever it came from.
//!
//! What the bank's own items must have beyond that is `lint`'s.

use std::collections::HashSet;

use regex::Regex;

use super::judge;
use super::model::{Item, Lines, Matching, Number, Short, Task};

/// As many as there are letters.
const MOST: usize = 26;

/// What is wrong: where in the item (a JSON pointer), and why.
type Wrong = (String, String);

/// Looks for the first thing that makes an item one that nobody can answer.
///
/// # Errors
/// With the place in the item, and why.
pub(super) fn check(item: &Item) -> Result<(), Wrong> {
    let task = match item.tasks().as_slice() {
        [task] => *task,
        [] => {
            let why = "the item does not say what to do: single, multiple, predict …";
            return Err((String::new(), why.into()));
        }
        [first, second, ..] => {
            let why =
                format!("an item has one kind, but this one is `{}` and `{}`", first.name(), second.name());
            return Err((format!("/{}", second.name()), why));
        }
    };
    let name = task.name();
    let at = |below: String, why: String| (format!("/{name}{below}"), why);
    let whole = |why: String| at(String::new(), why);
    let count = task.lettered().len();
    if count > MOST {
        return Err(whole(format!("there are {count} to choose from; letters are enough for {MOST}")));
    }
    let least = |what: &str, is: usize, least: usize| {
        if is < least { Err(whole(format!("at least {least} {what} are needed"))) } else { Ok(()) }
    };
    if let Task::Single(options) | Task::Predict(options) | Task::Multiple(options) = task
        && let Some(twice) = twice(options.iter().map(|o| &o.text))
    {
        return Err(at("/options".into(), format!("the option {twice:?} appears twice")));
    }
    match task {
        Task::Single(options) | Task::Predict(options) => {
            let right = options.iter().filter(|o| o.right).count();
            least("options", count, 2)?;
            if right == 1 {
                return Ok(());
            }
            Err(at(
                "/options".into(),
                format!("exactly one option must be right; here {right} of {count} are"),
            ))
        }
        Task::Multiple(options) => {
            least("options", count, 2)?;
            if options.iter().any(|o| o.right) {
                return Ok(());
            }
            Err(at("/options".into(), "no option is right".into()))
        }
        Task::Ordering(_) => least("steps", count, 2),
        Task::Open(points) => least("points", points.len(), 1),
        Task::Matching(matching) => {
            least("pairs", matching.pairs.len(), 2)?;
            unlike(matching).map_err(whole)
        }
        Task::Number(number) => a_number(number).map_err(|(below, why)| at(below, why)),
        Task::Short(short) => words(short).map_err(|(below, why)| at(below, why)),
        Task::Lines(lines) => in_the_text(lines).map_err(whole),
        Task::Fix(fix) => least("checks", fix.checks.len(), 1),
    }
}

fn unlike(matching: &Matching) -> Result<(), String> {
    let lefts = matching.pairs.iter().map(|p| &p.left);
    let rights = matching.pairs.iter().map(|p| &p.right).chain(&matching.extra);
    for (side, found) in [("left", twice(lefts)), ("right", twice(rights))] {
        if let Some(text) = found {
            return Err(format!("the {side} side {text:?} appears twice"));
        }
    }
    Ok(())
}

/// The first text that is there twice.
fn twice<'a>(texts: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    texts.map(|text| text.trim()).find(|text| !seen.insert(*text))
}

fn a_number(number: &Number) -> Result<(), Wrong> {
    let finite = [number.value, number.tolerance].into_iter().chain(number.units.values().copied());
    if number.tolerance < 0.0 || !finite.into_iter().all(f64::is_finite) {
        return Err((
            String::new(),
            "a number, its tolerance and its units are finite, a tolerance is not below 0".into(),
        ));
    }
    match number.near.iter().position(|n| (n.value - number.value).abs() <= number.tolerance) {
        Some(i) => Err((format!("/near/{i}/value"), "this is a right answer".into())),
        None => Ok(()),
    }
}

fn words(short: &Short) -> Result<(), Wrong> {
    if let Some(pattern) = &short.pattern {
        regex(pattern).map_err(|why| ("/pattern".to_owned(), why))?;
    }
    if short.accept.is_empty() {
        return Err((String::new(), "at least 1 accepted answers are needed".into()));
    }
    if let Some(i) = short.accept.iter().position(|a| judge::normal(a).is_empty()) {
        return Err((format!("/accept/{i}"), "nobody can type this answer".into()));
    }
    let accepts = judge::accepting(short);
    match short.near.iter().position(|near| accepts(&near.text)) {
        Some(i) => Err((format!("/near/{i}/text"), "this is a right answer".into())),
        None => Ok(()),
    }
}

/// A regular expression, or why it is none, in a line.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|e| {
        let why = e.to_string();
        format!("this is not a regular expression: {}", why.lines().last().unwrap_or_default())
    })
}

fn in_the_text(lines: &Lines) -> Result<(), String> {
    let count = u32::try_from(lines.text.lines().count()).unwrap_or(u32::MAX);
    if lines.right.is_empty() {
        return Err("at least 1 right lines are needed".into());
    }
    match lines.right.iter().chain(lines.near.iter().map(|n| &n.line)).find(|l| **l == 0 || **l > count) {
        Some(line) => Err(format!("the text has {count} lines, and none is {line}")),
        None => Ok(()),
    }
}
