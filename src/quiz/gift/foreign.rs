//! What is to be done with a question that somebody wrote for Moodle: its kind, by Moodle's rules, and what is right.
//!
//! satrain marks all or nothing. What earns everything in Moodle is right, what earns a part is not, and what satrain's
//! questions cannot say is refused, with its place. Pure.

use serde_json::{Value, json};

use super::answers::{Choice, Sign, Written, choice, shown, with_feedback, written};
use super::syntax::{Fault, Piece};
use crate::printable::is_hidden;
use crate::quiz::judge;
use crate::quiz::model::{NearText, Short};

/// The name of the kind, and the rest of it.
type Task = (&'static str, Value);

/// How long the answers with `*` of a question may be: a regular expression of that length is still compiled.
const LONGEST: usize = 2000;

const FIRST: &str = "Moodle takes the first answer that fits, and this one would hide a right one behind it\nPut the answers that are worth 100 % first.";

/// The task of a body, which has no explanation any more.
pub(super) fn task(body: Piece<'_>, is_html: bool) -> Result<Task, Fault> {
    let body = body.trim();
    if let Some(numbers) = body.after("#") {
        return number(numbers, is_html);
    }
    let answers = written(body);
    if answers.is_empty() {
        return Err(
            body.fault("an essay has no points to tick; satrain cannot ask it\nLeave this question out.")
        );
    }
    if answers.iter().any(|a| a.sign == Sign::Tilde) {
        let Choice { single, options } = choice(&answers, body, is_html)?;
        let options: Vec<Value> =
            options.iter().map(|o| json!({"text": o.text, "why": o.why, "right": o.right})).collect();
        return Ok((if single { "single" } else { "multiple" }, json!({"options": options})));
    }
    if let [only] = answers.as_slice()
        && let Some(statement) = statement(only, is_html)
    {
        return Ok(statement);
    }
    let is_pair = |a: &Written<'_>| before_feedback(a.piece).split("->").is_some();
    match answers.iter().any(is_pair) {
        true => matching(&answers, is_html),
        false => short(&answers, is_html),
    }
}

fn before_feedback(piece: Piece<'_>) -> Piece<'_> {
    piece.split("#").map_or(piece, |(text, _)| text)
}

/// TRUE or FALSE, without a sign. The first feedback is that of the wrong answer.
fn statement(only: &Written<'_>, is_html: bool) -> Option<Task> {
    let (text, feedback) = only.piece.split("#").unwrap_or((only.piece, Piece { text: "", at: 0 }));
    let truth = match text.text.trim().to_uppercase().as_str() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    if only.sign != Sign::Nothing {
        return None;
    }
    let (wrong, right) = feedback.split("#").map_or((feedback.text, ""), |(a, b)| (a.text, b.text));
    let why_of = |answer: bool| shown(if answer == truth { right } else { wrong }.trim(), is_html);
    let options = [
        json!({"text": "True", "right": truth, "why": why_of(true)}),
        json!({"text": "False", "right": !truth, "why": why_of(false)}),
    ];
    Some(("single", json!({"options": options})))
}

fn matching(answers: &[Written<'_>], is_html: bool) -> Result<Task, Fault> {
    let (mut pairs, mut extra) = (Vec::new(), Vec::new());
    for answer in answers {
        let (left, right) = before_feedback(answer.piece).split("->").ok_or_else(|| {
            answer.fault("this answer has no `->`, and others have\nA pair is written `=this -> that`; as text, write `-\\>`.")
        })?;
        let [left, right] = [left, right].map(|side| shown(side.text.trim(), is_html));
        if right.trim().is_empty() {
            return Err(answer.fault("this pair has nothing behind `->`"));
        }
        match left.is_empty() {
            true => extra.push(right),
            false => pairs.push(json!({"left": left, "right": right})),
        }
    }
    Ok(("matching", json!({"pairs": pairs, "extra": extra})))
}

/// A few words. `*` stands for any text, as in Moodle.
fn short(answers: &[Written<'_>], is_html: bool) -> Result<Task, Fault> {
    let mut found =
        Short { accept: Vec::new(), pattern: None, why: String::new(), near: Vec::new(), seen: None };
    let mut patterns = Vec::new();
    let mut less = Vec::new();
    // An answer with `*` that is not right.
    let mut hiding = None;
    for answer in answers {
        let (weight, piece) = answer.weighted()?;
        let (text, why) = with_feedback(piece, is_html);
        if judge::normal(&text).is_empty() {
            return Err(answer.fault("this answer has no text"));
        }
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            let hidden = hidden.escape_unicode();
            return Err(answer.fault(format!("nobody can type this answer: it has the character {hidden}")));
        }
        let pattern = pattern(&text);
        let text = text.replace("\\*", "*");
        if weight.is_some_and(|weight| weight < 100.0) {
            match pattern {
                Some(_) => hiding = hiding.or(Some(answer)),
                None => {
                    less.push(answer);
                    found.near.push(NearText { text, why });
                }
            }
            continue;
        }
        if let Some(hiding) = hiding {
            return Err(hiding.fault(FIRST));
        }
        if found.accept.is_empty() {
            found.why = why;
        }
        found.accept.push(text);
        patterns.extend(pattern);
    }
    if found.accept.is_empty() {
        return Err(
            answers[0].fault("no answer is worth 100 %\nGive the right one the weight `%100%`, or none.")
        );
    }
    if patterns.iter().map(String::len).sum::<usize>() > LONGEST {
        return Err(
            answers[0].fault("answers with `*` are too long\nShorten them, or write `\\*` for an asterisk.")
        );
    }
    found.pattern = (!patterns.is_empty()).then(|| patterns.join("|"));
    let accepts = judge::accepting(&found);
    if let Some((answer, _)) = less.iter().zip(&found.near).find(|(_, near)| accepts(&near.text)) {
        return Err(answer.fault(
            "this answer is worth less than 100 %, and another one makes it fully right\nLeave one of them out.",
        ));
    }
    Ok(("short", json!(found)))
}

/// An answer with `*` as a regular expression over what `judge::normal` makes of answers; None: it has no `*`.
fn pattern(text: &str) -> Option<String> {
    let mut found = false;
    let mut out = String::new();
    let text = judge::normal(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next_if_eq(&'*').is_some() => out.push_str("\\*"),
            '*' => {
                found = true;
                out.push_str(".*");
            }
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    found.then_some(out)
}

/// A number, and wrong ones that somebody thought of.
fn number(numbers: Piece<'_>, is_html: bool) -> Result<Task, Fault> {
    let answers = written(numbers);
    // Behind a `~` is what Moodle says to any other number.
    let answers: Vec<&Written<'_>> = answers.iter().take_while(|a| a.sign != Sign::Tilde).collect();
    let mut right: Option<(f64, f64, String)> = None;
    let mut less: Vec<(&Written<'_>, f64, f64, String)> = Vec::new();
    for answer in &answers {
        let (weight, piece) = answer.weighted()?;
        let (text, why) = with_feedback(piece, is_html);
        let full = weight.is_none_or(|weight| weight >= 100.0);
        if text.trim() == "*" && !full {
            less.push((answer, 0.0, f64::INFINITY, why));
            continue;
        }
        let (value, tolerance) = value(&text).map_err(|why| answer.fault(why))?;
        match (full, &right) {
            (false, _) => less.push((answer, value, tolerance, why)),
            (true, Some(_)) => {
                return Err(answer.fault(
                    "this is a second number worth 100 %, and satrain's questions have one\nWrite a range (`1..5`) or a tolerance (`3:2`), or leave one out.",
                ));
            }
            (true, None) => {
                let hides = |other: f64, more: f64| (other - value).abs() <= tolerance + more;
                if let Some((hiding, ..)) = less.iter().find(|(_, other, more, _)| hides(*other, *more)) {
                    return Err(hiding.fault(FIRST));
                }
                right = Some((value, tolerance, why));
            }
        }
    }
    let Some((value, tolerance, why)) = right else {
        let at = answers.first().map_or(numbers, |a| a.whole);
        return Err(at.fault("no number is worth 100 %\nWrite the right one behind `#`."));
    };
    // What is around the right number is only a wider range of it.
    let near =
        less.iter().filter(|(_, other, more, _)| more.is_finite() && (other - value).abs() > tolerance);
    let near: Vec<Value> = near.map(|(_, other, _, why)| json!({"value": other, "why": why})).collect();
    Ok(("number", json!({"value": value, "tolerance": tolerance, "why": why, "near": near})))
}

/// `3600`, `3600:5` (tolerance), `3595..3605`.
fn value(text: &str) -> Result<(f64, f64), String> {
    let read = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("`{text}` is not a number"))
    };
    if let Some((low, high)) = text.split_once("..") {
        let (low, high) = (read(low)?, read(high)?);
        if high < low {
            return Err(format!("the range `{text}` ends before it begins\nWrite `{high}..{low}`."));
        }
        return Ok((f64::midpoint(low, high), (high - low) / 2.0));
    }
    match text.split_once(':') {
        Some((value, tolerance)) => Ok((read(value)?, read(tolerance)?)),
        None => Ok((read(text)?, 0.0)),
    }
}
