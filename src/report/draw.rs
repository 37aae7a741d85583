//! What the templates of HTML pages ask: marks, points, and running text in its parts.
//!
//! In: what a page has chosen to show. Out: pieces that a template puts into elements and escapes. `templates/parts` uses it.

use super::page::{Item, Points};
use super::prose::{Block, Span, blocks, spans};
use super::style::Mark;
use crate::grade::verdict::Outcome;

/// A page that is drawn by a template.
pub(super) trait Draw {
    /// The parts of a text.
    fn blocks(&self, text: &str) -> Vec<Block> {
        blocks(text)
    }

    /// The pieces of a line.
    fn spans(&self, text: &str) -> Vec<Span> {
        spans(text)
    }

    /// The character of a mark.
    fn sign(&self, mark: &Mark) -> &'static str {
        match mark {
            Mark::Good => "✔",
            Mark::Bad => "✘",
            Mark::Waiting => "…",
            Mark::Unknown => "?",
        }
    }

    /// The class of a mark.
    fn class(&self, mark: &Mark) -> &'static str {
        match mark {
            Mark::Good => "good",
            Mark::Bad => "bad",
            Mark::Waiting | Mark::Unknown => "odd",
        }
    }

    /// What a check came to.
    fn outcome(&self, item: &Item) -> (Mark, &'static str) {
        match item.outcome {
            Outcome::Pass => (Mark::Good, "passed"),
            Outcome::Fail => (Mark::Bad, "failed"),
            Outcome::NotYet => (Mark::Waiting, "not yet"),
            Outcome::Unknown => (Mark::Unknown, "not graded"),
        }
    }

    /// The points of a check, as a column has them.
    fn points(&self, item: &Item) -> String {
        match item.points {
            None => "guard".to_owned(),
            Some(Points { earned: None, max }) => format!("- of {max}"),
            Some(Points { earned: Some(earned), max }) => format!("{earned} of {max}"),
        }
    }
}
