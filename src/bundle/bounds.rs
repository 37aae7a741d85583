//! How large a bundle may be, and which characters its ids have.
//!
//! Ids are compared, shown and become names of files. Other texts are only counted: they may hold any character, and whoever shows
//! them makes them harmless.

use std::collections::BTreeSet;

use crate::printable::is_hidden;

use super::error::BundleError;
use super::format::{MOST_ANSWERS, MOST_ATTEMPTS, MOST_REQUESTS, MOST_VALUES, is_hex};
use super::model::{Answers, Attempt, Bundle, Request};

/// The longest script, history or file of answers, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// The longest path of a request, in bytes.
const LONGEST_PATH: usize = 2048;
/// The longest name of a user, in bytes.
const LONGEST_USER: usize = 512;
/// The longest id of a learner, in characters.
const LONGEST_LEARNER: usize = 64;

/// The first broken bound: the field, and the rule.
struct Broken {
    field: String,
    rule: &'static str,
}

type Checked = Result<(), Broken>;

impl Bundle {
    /// Checks every bound.
    ///
    /// # Errors
    /// At the first field that breaks its rule.
    pub fn check(&self) -> Result<(), BundleError> {
        bundle(self).map_err(|Broken { field, rule }| BundleError::OutOfBounds { field, rule })
    }
}

fn bundle(bundle: &Bundle) -> Checked {
    let Bundle { class, learner, satrain, attempts, answers, schema: _, public_key: _, submitted_at: _ } =
        bundle;
    rule(is_hex(class, 16), "class", "the id of a class has 16 hexadecimal digits, in lower case")?;
    rule(
        is_learner(learner),
        "learner",
        "the id of a learner has 1 to 64 characters, holds no `/` and nothing invisible, and does not begin with `-` or `.`",
    )?;
    rule(is_version(satrain), "satrain", "a version has 1 to 64 letters, digits, dots, dashes and pluses")?;
    rule(
        !attempts.is_empty() || !answers.is_empty(),
        "attempts",
        "a bundle holds an attempt, or answers to a quiz",
    )?;
    rule(attempts.len() <= MOST_ATTEMPTS, "attempts", "a bundle holds at most 100 attempts")?;
    rule(answers.len() <= MOST_ANSWERS, "answers", "a bundle holds answers to at most 100 quizzes")?;
    each("attempts", attempts, attempt)?;
    let scenarios: BTreeSet<&str> = attempts.iter().map(|one| one.scenario.as_str()).collect();
    rule(scenarios.len() == attempts.len(), "attempts", "a bundle holds one attempt at a scenario")?;
    each("answers", answers, answered)
}

fn attempt(attempt: &Attempt) -> Checked {
    // The recording is bounded by the file, and judged by rules of its own.
    let Attempt {
        scenario,
        digest,
        values,
        percent,
        script,
        history,
        requests,
        finished_at: _,
        recording: _,
    } = attempt;
    rule(is_label(scenario), "scenario", LABEL)?;
    rule(is_hex(digest, 64), "digest", "a digest has 64 hexadecimal digits, in lower case")?;
    rule(values.len() <= MOST_VALUES, "values", "an attempt has at most 64 values")?;
    for (name, value) in values {
        rule(
            is_param(name),
            "values",
            "a parameter has at most 40 letters and digits, and begins with one in lower case",
        )?;
        rule(
            value.len() <= 1024 && !value.contains(char::is_control),
            "values",
            "a value has at most 1024 bytes, and no control character",
        )?;
    }
    rule(*percent <= 100, "percent", "a share is at most 100 per cent")?;
    text("script", script.as_deref().unwrap_or_default())?;
    text("history", history.as_deref().unwrap_or_default())?;
    rule(requests.len() <= MOST_REQUESTS, "requests", "an attempt has at most 10,000 requests")?;
    each("requests", requests, request)
}

fn request(request: &Request) -> Checked {
    let Request { verb, path, user, status, at: _ } = request;
    let is_verb = (1..=32).contains(&verb.len()) && verb.bytes().all(|b| b.is_ascii_lowercase());
    rule(is_verb, "verb", "a verb has 1 to 32 letters, in lower case")?;
    rule(
        path.len() <= LONGEST_PATH && path.starts_with('/') && !path.contains(['?', '#']),
        "path",
        "a path begins with `/`, has no query, and has at most 2048 bytes",
    )?;
    rule(user.len() <= LONGEST_USER, "user", "the name of a user has at most 512 bytes")?;
    rule((100..600).contains(status), "status", "an HTTP status is at least 100 and below 600")
}

fn answered(answers: &Answers) -> Checked {
    rule(is_label(&answers.quiz), "quiz", LABEL)?;
    text("file", &answers.file)
}

const LABEL: &str = "an id has lower-case letters, digits and inner dashes, at most 63 characters";

fn text(field: &str, text: &str) -> Checked {
    rule(text.len() <= LONGEST_TEXT, field, "a text has at most 1 MiB")
}

fn rule(holds: bool, field: &str, rule: &'static str) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(Broken { field: field.to_owned(), rule }),
    }
}

fn each<T>(list: &str, items: &[T], check: fn(&T) -> Checked) -> Checked {
    items.iter().enumerate().try_for_each(|(at, item)| {
        check(item).map_err(|Broken { field, rule }| Broken { field: format!("{list}[{at}].{field}"), rule })
    })
}

/// As the roster has ids.
fn is_learner(id: &str) -> bool {
    let harmless = |c: char| !matches!(c, '/' | '\t' | '\n') && !is_hidden(c);
    (1..=LONGEST_LEARNER).contains(&id.chars().count())
        && id.chars().all(harmless)
        && !id.starts_with(['-', '.'])
        && id.trim() == id
}

fn is_version(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-+".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// As ids of scenarios and topics of quizzes are.
fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// As names of parameters are.
fn is_param(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}
