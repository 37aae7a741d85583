//! Items out of GIFT: those that satrain wrote, and questions that somebody wrote for Moodle.
//!
//! Never: a command. Whoever reads a file of questions does not expect it to run anything, so an experiment in the
//! comment of satrain is dropped.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::REST;
use super::html;
use super::syntax::{find, plain, split};
use crate::quiz::model::{Item, Quiz, QuizVersion, Task};
use crate::quiz::playable;

/// The topic of questions without a category.
const IMPORTED: &str = "imported";

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct GiftError {
    /// Where, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// The comment of satrain: what GIFT has no place for. A comment without a title is not one that satrain wrote.
#[derive(Deserialize)]
struct Comment {
    title: Option<String>,
    item: Map<String, Value>,
}

/// One answer of a question, as written.
struct Answer {
    right: bool,
    text: String,
    /// The right side of a pair.
    to: Option<String>,
    why: String,
    /// Of a statement: the feedback of the other answer.
    otherwise: String,
}

/// Reads all questions; those of one category are a topic.
///
/// # Errors
/// When a question is not closed, or of a form that satrain has none of.
pub fn read(text: &str) -> Result<Vec<Quiz>, GiftError> {
    let mut topics: Vec<Quiz> = Vec::new();
    let (mut places, mut ids): (HashMap<String, usize>, HashSet<String>) = Default::default();
    let mut names = HashMap::new();
    let mut topic = IMPORTED.to_owned();
    let mut rest: Option<Comment> = None;
    // What Windows' editors begin a file with.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        let at = |why: &str| GiftError { line: n + 1, why: why.to_owned() };
        if let Some(category) = line.strip_prefix("$CATEGORY:") {
            let last = category.trim().rsplit('/').next().unwrap_or_default().trim();
            topic = if last.is_empty() { IMPORTED } else { last }.to_owned();
        } else if let Some(json) = line.strip_prefix(REST.trim_end()) {
            rest = Some(
                serde_json::from_str(json.trim()).map_err(|e| at(&format!("the comment of satrain: {e}")))?,
            );
        } else if !line.trim().is_empty() && !line.starts_with("//") {
            let mut question = line.to_owned();
            let mut braces = Braces::default();
            braces.take(line);
            while !braces.closed {
                let Some((_, more)) = lines.next().filter(|(_, more)| braces.open || !more.trim().is_empty())
                else {
                    break;
                };
                question.push('\n');
                question.push_str(more);
                braces.take("\n");
                braces.take(more);
            }
            if !braces.open {
                // A description: a text between questions.
                rest = None;
                continue;
            }
            if !braces.closed {
                return Err(at("the question is not closed by `}`"));
            }
            if braces.twice {
                return Err(at(
                    "there is a second `{`: a question has one group of answers, which ends with `}`; as text write `\\{`",
                ));
            }
            let ours = rest.is_some();
            let (title, mut item) = item(&question, rest.take(), ids.len()).map_err(|why| at(&why))?;
            playable::check(&item).map_err(|(_, why)| at(&why))?;
            if !ours {
                item.id = free(item.id, &ids, &mut names);
            }
            if !ids.insert(item.id.clone()) {
                return Err(at(&format!("there is already a question `{}`", item.id)));
            }
            match places.get(&topic).and_then(|place| topics.get_mut(*place)) {
                Some(found) => found.items.push(item),
                None => {
                    places.insert(topic.clone(), topics.len());
                    topics.push(Quiz {
                        api_version: QuizVersion::V1,
                        topic: topic.clone(),
                        title: title.unwrap_or_else(|| topic.clone()),
                        items: vec![item],
                    });
                }
            }
        }
    }
    Ok(topics)
}

/// A name that no question has yet: Moodle's questions may share one.
fn free(name: String, taken: &HashSet<String>, names: &mut HashMap<String, usize>) -> String {
    if !taken.contains(&name) {
        return name;
    }
    let last = names.entry(name.clone()).or_insert(1);
    loop {
        *last += 1;
        let next = format!("{name}-{last}");
        if !taken.contains(&next) {
            return next;
        }
    }
}

/// Whether the answers of a question have begun and ended; told each part of its text once.
#[derive(Default)]
struct Braces {
    open: bool,
    closed: bool,
    /// Another group began before the end of this one.
    twice: bool,
    escaped: bool,
}

impl Braces {
    fn take(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                '{' if self.open => self.twice = true,
                '{' => self.open = true,
                '}' if self.open => self.closed = true,
                _ => {}
            }
        }
    }
}

fn closing(question: &str) -> Option<usize> {
    let open = find(question, &["{"])?;
    find(&question[open..], &["}"]).map(|at| open + at)
}

fn item(text: &str, rest: Option<Comment>, number: usize) -> Result<(Option<String>, Item), String> {
    let (open, close) =
        find(text, &["{"]).zip(closing(text)).ok_or("the question has no answers in braces")?;
    let (head, body, tail) = (&text[..open], &text[open + 1..close], text[close + 1..].trim());
    let (id, question) = match head.trim_start().strip_prefix("::").and_then(|rest| split(rest, "::")) {
        Some((id, question)) if !id.trim().is_empty() => (plain(id.trim()), question),
        Some((_, question)) => (format!("question-{}", number + 1), question),
        None => (format!("question-{}", number + 1), head),
    };
    let (question, is_html) = html::format(question.trim());
    let mut question = plain(question.trim());
    if !tail.is_empty() {
        question.push_str(" ___ ");
        question.push_str(&plain(tail));
    }
    if is_html {
        question = html::text(&question);
    }
    if question.trim().is_empty() {
        return Err("the question has no text".into());
    }
    let (body, explanation) = match split(body, "####") {
        Some((body, explanation)) => {
            (body, shown(explanation.trim_end_matches(['\n', ' ']).trim_start(), is_html))
        }
        None => (body, String::new()),
    };
    let (title, mut value) = match rest {
        Some(rest) => (rest.title, rest.item),
        None => (None, Map::from_iter([("difficulty".into(), json!("medium")), ("parts".into(), json!([]))])),
    };
    let ours = title.is_some();
    value.insert("id".into(), json!(id));
    value.insert("explanation".into(), json!(explanation));
    value.insert("question".into(), json!(question));
    let answers = answers(body, is_html)?;
    if ours {
        filled(&mut value, answers)?;
    } else {
        let (kind, task) = foreign(body, answers)?;
        value.insert(kind.into(), task);
    }
    let mut item: Item = serde_json::from_value(Value::Object(value)).map_err(|e| e.to_string())?;
    item.experiment = None;
    if ours {
        // The text that it is about was written into the question.
        let about = match item.task() {
            Some(Task::Lines(_) | Task::Fix(_)) => item.question.find("\n\n     1  "),
            _ => None,
        };
        if let Some(at) = about {
            item.question.truncate(at);
        }
    }
    Ok((title, item))
}

/// Splits a body into its answers.
fn answers(body: &str, is_html: bool) -> Result<Vec<Answer>, String> {
    let mut found = Vec::new();
    let mut text = body.trim().trim_start_matches('#').trim();
    while !text.is_empty() {
        let sign = text.chars().next().unwrap_or_default();
        if !matches!(sign, '=' | '~') {
            // A bare number, or TRUE and FALSE, whose wrong answer has its feedback first.
            let (text, why) = split(text, "#").unwrap_or((text, ""));
            let (why, otherwise) = split(why, "#").unwrap_or((why, ""));
            let [why, otherwise] = [why, otherwise].map(|why| shown(why.trim(), is_html));
            found.push(Answer { right: true, text: plain(text.trim()), to: None, why, otherwise });
            break;
        }
        let end = find(&text[1..], &["=", "~"]).map_or(text.len(), |at| at + 1);
        found.push(answer(sign == '=', text[1..end].trim(), is_html)?);
        text = text[end..].trim_start();
    }
    Ok(found)
}

/// A text without its escapes, and without tags if it is HTML; it may name a format of its own.
fn shown(text: &str, is_html: bool) -> String {
    let (text, own) = html::format(text);
    match is_html || own {
        true => html::text(&plain(text)),
        false => plain(text),
    }
}

fn answer(equals: bool, text: &str, is_html: bool) -> Result<Answer, String> {
    let (mut right, mut text) = (equals, text);
    if let Some(weighted) = text.strip_prefix('%') {
        let (weight, rest) = weighted.split_once('%').ok_or("a weight ends with `%`")?;
        let share = weight.parse::<f64>().ok().filter(|share| share.abs() <= 100.0);
        right = share.ok_or_else(|| format!("`{weight}` is not a weight from -100 to 100"))? > 0.0;
        text = rest;
    }
    let (text, why) = split(text, "#").map_or((text, ""), |(text, why)| (text, why));
    let (text, to) =
        split(text, "->").map_or((text, None), |(from, to)| (from, Some(shown(to.trim(), is_html))));
    let [text, why] = [text, why].map(|text| shown(text.trim(), is_html));
    Ok(Answer { right, text, to, why, otherwise: String::new() })
}

/// Puts the texts back into an item that satrain wrote.
fn filled(item: &mut Map<String, Value>, answers: Vec<Answer>) -> Result<(), String> {
    for kind in ["single", "multiple", "predict"] {
        let Some(options) = item.get_mut(kind).and_then(|k| k.get_mut("options")?.as_array_mut()) else {
            continue;
        };
        if options.len() != answers.len() {
            return Err(format!("{} options were written, and {} are here", options.len(), answers.len()));
        }
        for (option, answer) in options.iter_mut().zip(&answers) {
            let option = option.as_object_mut().ok_or("an option in the comment of satrain is no object")?;
            option.insert("text".into(), json!(answer.text));
            option.insert("why".into(), json!(answer.why));
            option.insert("right".into(), json!(answer.right));
        }
    }
    Ok(())
}

/// What is to be done with a question that somebody else wrote: its kind, and the rest of it.
fn foreign(body: &str, answers: Vec<Answer>) -> Result<(&'static str, Value), String> {
    let options = |answers: &[Answer]| -> Vec<Value> {
        answers.iter().map(|a| json!({"text": a.text, "why": a.why, "right": a.right})).collect()
    };
    let truth = |text: &str| match text.to_uppercase().as_str() {
        "T" | "TRUE" => Some(true),
        "F" | "FALSE" => Some(false),
        _ => None,
    };
    let right = answers.iter().filter(|a| a.right).count();
    if let [Answer { text, why, otherwise, .. }] = answers.as_slice()
        && let Some(truth) = truth(text)
    {
        // The first feedback is that of the wrong answer.
        let why_of = |answer: bool| if answer == truth { otherwise } else { why };
        let options = [
            json!({"text": "True", "right": truth, "why": why_of(true)}),
            json!({"text": "False", "right": !truth, "why": why_of(false)}),
        ];
        Ok(("single", json!({"options": options})))
    } else if answers.is_empty() {
        Err("an essay has no points to tick; satrain cannot ask it".into())
    } else if answers.iter().all(|a| a.to.is_some()) {
        let (pairs, extra): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|a| !a.text.is_empty());
        let pairs: Vec<Value> = pairs.iter().map(|a| json!({"left": a.text, "right": a.to})).collect();
        let extra: Vec<_> = extra.iter().map(|a| &a.to).collect();
        Ok(("matching", json!({"pairs": pairs, "extra": extra})))
    } else if body.trim_start().starts_with('#') {
        let first = answers.iter().find(|a| a.right).ok_or("no number is right")?;
        let (number, tolerance) = number(&first.text)?;
        Ok(("number", json!({"value": number, "tolerance": tolerance, "why": first.why})))
    } else if right == answers.len() && body.contains('=') {
        let accept: Vec<&str> = answers.iter().map(|a| a.text.as_str()).collect();
        Ok(("short", json!({"accept": accept, "why": answers[0].why})))
    } else {
        let kind = if right == 1 { "single" } else { "multiple" };
        Ok((kind, json!({"options": options(&answers)})))
    }
}

/// `3600`, `3600:5` (tolerance), `3595..3605`.
fn number(text: &str) -> Result<(f64, f64), String> {
    let read = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("`{text}` is not a number"))
    };
    if let Some((low, high)) = text.split_once("..") {
        let (low, high) = (read(low)?, read(high)?);
        return Ok((f64::midpoint(low, high), (high - low) / 2.0));
    }
    match text.split_once(':') {
        Some((value, tolerance)) => Ok((read(value)?, read(tolerance)?)),
        None => Ok((read(text)?, 0.0)),
    }
}
