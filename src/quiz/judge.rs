//! Pure: whether an answer is right, and what is to be said about it.

use std::collections::HashSet;

use regex::RegexBuilder;

use super::answer::Answer;
use super::model::{Choosable, Item, Lines, Matching, Number, Short, Task};

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Points that were earned: all or nothing, but for open questions, where each ticked point counts.
    pub points: u32,
    /// Points that could be earned.
    pub of: u32,
    /// What is to be said about what was answered: reasons and beliefs.
    pub remarks: Vec<Remark>,
}

/// Something about the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Whether it is about something that is right.
    pub right: bool,
    /// What it is about; empty: the whole.
    pub about: String,
    /// Why.
    pub why: String,
}

impl Mark {
    /// Whether everything was right.
    pub const fn full(&self) -> bool {
        self.points == self.of
    }

    fn of(right: bool, remarks: Vec<Remark>) -> Self {
        Self { points: u32::from(right), of: 1, remarks }
    }
}

/// Marks an answer. One of another kind earns nothing.
pub fn judge(item: &Item, answer: &Answer) -> Mark {
    match (item.task(), answer) {
        (
            Some(Task::Single(options) | Task::Multiple(options) | Task::Predict(options)),
            Answer::Chosen(chosen),
        ) => choice(options, chosen),
        (Some(Task::Ordering(steps)), Answer::Order(order)) => Mark::of(
            order.iter().copied().eq(0..steps.len()),
            steps.iter().map(|s| remark(true, &s.text, "")).collect(),
        ),
        (Some(Task::Matching(matching)), Answer::Pairs(pairs)) => matched(matching, pairs),
        (Some(Task::Number(number)), Answer::Text(text)) => a_number(number, text),
        (Some(Task::Short(short)), Answer::Text(text)) => words(short, text),
        (Some(Task::Lines(lines)), Answer::Lines(named)) => lines_named(lines, named),
        (Some(Task::Fix(fix)), Answer::Checked(found)) => {
            let right = found.len() == fix.checks.len() && found.iter().all(Option::is_none);
            let told = fix.checks.iter().zip(found).map(|(check, wrong)| match wrong {
                Some(wrong) => remark(false, &check.requirement, &format!("{wrong} {}", check.why)),
                None => remark(true, &check.requirement, &check.why),
            });
            Mark::of(right, told.collect())
        }
        (Some(Task::Open(points)), Answer::Chosen(ticked)) => {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Mark { points: count(ticked.len()), of: count(points.len()), remarks: Vec::new() }
        }
        _ => Mark::of(false, Vec::new()),
    }
}

fn remark(right: bool, about: &str, why: &str) -> Remark {
    Remark { right, about: about.trim().to_owned(), why: why.trim().to_owned() }
}

/// What was chosen first, then what is right and was not.
fn choice(options: &[Choosable], chosen: &[usize]) -> Mark {
    let is_chosen = |i: &usize| chosen.contains(i);
    let all_right = options.iter().enumerate().all(|(i, o)| o.right == is_chosen(&i));
    let (mine, others): (Vec<usize>, Vec<usize>) = (0..options.len()).partition(is_chosen);
    let told = mine.into_iter().chain(others.into_iter().filter(|i| options[*i].right));
    let remarks = told.map(|i| remark(options[i].right, &options[i].text, &options[i].why)).collect();
    Mark::of(all_right, remarks)
}

fn matched(matching: &Matching, pairs: &[usize]) -> Mark {
    let right = pairs.iter().copied().eq(0..matching.pairs.len());
    let told = matching.pairs.iter().enumerate().map(|(i, pair)| {
        remark(pairs.get(i) == Some(&i), &format!("{} – {}", pair.left.trim(), pair.right.trim()), &pair.why)
    });
    Mark::of(right, told.collect())
}

/// Whether two numbers are the same, but for what arithmetic makes of them.
fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance + 1e-9 * b.abs().max(tolerance)
}

/// Reads a number with its unit, in the item's unit.
pub fn in_unit(number: &Number, text: &str) -> Option<f64> {
    let text = text.trim();
    // A minus sign as people type it, or as a word processor makes of it.
    let (sign, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(text) => (-1.0, text.trim_start()),
        None => (1.0, text),
    };
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | ' '))).unwrap_or(text.len());
    let value = sign * text[..end].replace(['_', ' '], "").parse::<f64>().ok()?;
    let unit = text[end..].trim().to_lowercase();
    let known = |name: &str| name.to_lowercase() == unit;
    if unit.is_empty() || number.unit.as_deref().is_some_and(known) {
        return Some(value);
    }
    let factor = number.units.iter().find(|(name, _)| known(name)).map(|(_, factor)| factor)?;
    Some(value * factor)
}

fn a_number(number: &Number, text: &str) -> Mark {
    let value = in_unit(number, text);
    let is = |other: f64| value.is_some_and(|value| same(value, other, number.tolerance));
    let right = is(number.value);
    let shown = format!("{} {}", number.value, number.unit.as_deref().unwrap_or_default());
    let belief = number.near.iter().find(|n| is(n.value)).map(|near| remark(false, text, &near.why));
    let told = belief.into_iter().filter(|_| !right).chain([remark(true, &shown, &number.why)]);
    Mark::of(right, told.collect())
}

/// Without case, runs of blanks, surrounding quotes and a final full stop.
pub fn normal(text: &str) -> String {
    let text = text.trim().trim_end_matches('.').trim_matches(['`', '"', '\'', ' ']);
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Tells of any number of answers whether an item takes them.
pub fn accepting(short: &Short) -> impl Fn(&str) -> bool {
    let accepted: HashSet<String> = short.accept.iter().map(|a| normal(a)).collect();
    let pattern = short.pattern.as_ref().and_then(|pattern| {
        RegexBuilder::new(&format!("^(?:{pattern})$")).case_insensitive(true).build().ok()
    });
    move |text| {
        let text = normal(text);
        accepted.contains(&text) || pattern.as_ref().is_some_and(|pattern| pattern.is_match(&text))
    }
}

/// Whether an item takes this for its answer.
pub fn accepts(short: &Short, text: &str) -> bool {
    accepting(short)(text)
}

fn words(short: &Short, text: &str) -> Mark {
    let right = accepts(short, text);
    let belief = short.near.iter().find(|n| normal(&n.text) == normal(text));
    let belief = belief.filter(|_| !right).map(|near| remark(false, text, &near.why));
    let shown = short.accept.first().map_or("", String::as_str);
    Mark::of(right, belief.into_iter().chain([remark(true, shown, &short.why)]).collect())
}

fn lines_named(lines: &Lines, named: &[u32]) -> Mark {
    let mut right = lines.right.clone();
    right.sort_unstable();
    right.dedup();
    let beliefs = lines.near.iter().filter(|near| named.contains(&near.line));
    let beliefs = beliefs.map(|near| remark(false, &format!("line {}", near.line), &near.why));
    let shown = right.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let shown = format!("{} {shown}", if right.len() == 1 { "line" } else { "lines" });
    let told = beliefs.chain([remark(true, &shown, &lines.why)]).collect();
    Mark::of(right == named, told)
}
