//! The answers between the braces, as written, and options to choose from, as Moodle takes them.
//!
//! In Moodle a `=` among options makes a question with one right option, worth 100 per cent, and partial credit for others;
//! without any, all options with a weight above 0 are to be chosen. satrain marks all or nothing, so only what earns
//! everything in Moodle is right here. Pure.

use super::html;
use super::syntax::{Fault, Piece, find, plain};

/// How far from 100 the sum of weights may be: people write 33 for a third.
const ROUNDED: f64 = 1.0;

/// What begins an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Equals,
    Tilde,
    /// A number, TRUE or FALSE, or a short answer may stand without one.
    Nothing,
}

/// One answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) sign: Sign,
    /// From the sign on, to say where it is.
    pub(super) whole: Piece<'a>,
    /// What is behind the sign.
    pub(super) piece: Piece<'a>,
}

/// Splits a body into its answers.
pub(super) fn written(body: Piece<'_>) -> Vec<Written<'_>> {
    let mut found = Vec::new();
    let mut left = body.trim();
    while let Some(first) = left.text.chars().next() {
        let (sign, skip) = match first {
            '=' => (Sign::Equals, 1),
            '~' => (Sign::Tilde, 1),
            _ => (Sign::Nothing, 0),
        };
        let behind = left.cut(skip).1;
        let (piece, next) = behind.cut(find(behind.text, &["=", "~"]).unwrap_or(behind.text.len()));
        found.push(Written { sign, whole: left, piece: piece.trim() });
        left = next.trim();
    }
    found
}

impl<'a> Written<'a> {
    /// The weight, in per cent, if it has one, and what is behind it.
    pub(super) fn weighted(&self) -> Result<(Option<f64>, Piece<'a>), Fault> {
        let Some(weighted) = self.piece.after("%") else { return Ok((None, self.piece)) };
        let end = weighted.text.find('%').ok_or_else(|| {
            self.whole.fault("a weight ends with `%`\nIf it is text, write `%100%` before a right answer and `%0%` before a wrong one.")
        })?;
        let (weight, rest) = weighted.cut(end);
        let share = weight.text.parse::<f64>().ok().filter(|share| share.abs() <= 100.0);
        let share = share
            .ok_or_else(|| weighted.fault(format!("`{}` is not a weight from -100 to 100", weight.text)))?;
        Ok((Some(share), rest.cut(1).1))
    }

    pub(super) fn fault(&self, why: impl Into<String>) -> Fault {
        self.whole.fault(why)
    }
}

/// A text without its escapes, and without tags if it is HTML; it may name a format of its own.
pub(super) fn shown(text: &str, is_html: bool) -> String {
    let (text, own) = html::format(text);
    match is_html || own {
        true => html::text(&plain(text)),
        false => plain(text),
    }
}

/// A text and the feedback behind it.
pub(super) fn with_feedback(piece: Piece<'_>, is_html: bool) -> (String, String) {
    let (text, why) = piece.split("#").map_or((piece.text, ""), |(text, why)| (text.text, why.text));
    (shown(text.trim(), is_html), shown(why.trim(), is_html))
}

/// An option that can be chosen.
pub(super) struct Choosable {
    pub(super) text: String,
    pub(super) why: String,
    pub(super) right: bool,
}

/// Options to choose from.
pub(super) struct Choice {
    /// Whether one is chosen, and not several.
    pub(super) single: bool,
    pub(super) options: Vec<Choosable>,
}

/// The answers as options. Where the body begins is the place of what is about all of them.
pub(super) fn choice(answers: &[Written<'_>], body: Piece<'_>, is_html: bool) -> Result<Choice, Fault> {
    let single = answers.iter().any(|a| a.sign == Sign::Equals);
    let mut options = Vec::with_capacity(answers.len());
    let (mut all, mut full) = (0.0, false);
    for answer in answers {
        let (weight, piece) = answer.weighted()?;
        let worth = match (answer.sign, weight) {
            (Sign::Nothing, _) => {
                return Err(answer.fault("an option begins with `=` or `~`, and this one with neither"));
            }
            (Sign::Tilde, weight) => weight.unwrap_or(0.0),
            (Sign::Equals, None) => 100.0,
            (Sign::Equals, Some(weight)) if weight >= 100.0 => 100.0,
            // Moodle reads the weight as text here, and the option as right.
            (Sign::Equals, Some(_)) => {
                return Err(answer.fault(
                    "an option with `=` is worth 100 %, and this one has a weight\nWrite `~` before a weight; in a question with a `=` satrain counts only what is worth 100 %.",
                ));
            }
        };
        let right = if single { worth >= 100.0 } else { worth > 0.0 };
        if single && right && full {
            return Err(answer.fault(
                "this is a second option worth 100 %: Moodle takes either, and satrain has no such question\nLeave one `=`. If all of them are to be chosen, give each its share: `~%50%`.",
            ));
        }
        full |= right;
        all += worth.max(0.0);
        let (text, why) = with_feedback(piece, is_html);
        if text.trim().is_empty() {
            return Err(answer.fault("this option has no text"));
        }
        options.push(Choosable { text, why, right });
    }
    if !single && all > 0.0 && (all - 100.0).abs() > ROUNDED {
        let all = (all * 1000.0).round() / 1000.0;
        return Err(body.fault(format!(
            "the weights above 0 make {all} % together, and 100 % is what all right options earn\nGive the right options `~%…%` that make 100 together, or write `=` before the only right one.",
        )));
    }
    Ok(Choice { single, options })
}
