//! The review of an exam as one HTML page: no script, nothing from elsewhere, for screens, paper and screen readers.
//!
//! In: an [`ExamPage`], which has chosen what is shown. Out: the page, in which every text is escaped. Its form is in
//! `templates/exam`.

use askama::Template;

use super::page::{ExamPage, TaskPart};
use super::prose::{Block, Span, blocks, spans};
use super::words::lasted;
use crate::grade::verdict::Outcome;
use crate::report::page::{Item, Points};
use crate::report::style::Mark;

/// How long the longest bar is: an outline has half a unit of room on both sides.
const LONGEST: u64 = 199;

#[derive(Template)]
#[template(path = "exam/review.html")]
struct Html<'a> {
    page: &'a ExamPage,
    /// Seconds of the longest bar.
    longest: u64,
}

/// The review as a page.
///
/// # Errors
/// When it cannot be written, for which there is no known reason.
pub fn page(page: &ExamPage) -> std::io::Result<String> {
    let times = page.tasks.iter().flat_map(|task| [task.spent.unwrap_or(0), expected(task)]);
    let longest = times.max().unwrap_or(0).max(1);
    Html { page, longest }.render().map_err(std::io::Error::other)
}

fn expected(task: &TaskPart) -> u64 {
    u64::from(task.expected) * 60
}

/// What the template asks.
impl Html<'_> {
    fn blocks(&self, text: &str) -> Vec<Block> {
        blocks(text)
    }

    fn spans(&self, text: &str) -> Vec<Span> {
        spans(text)
    }

    /// How long a bar is.
    fn bar(&self, seconds: u64) -> u64 {
        u64::try_from(u128::from(seconds) * u128::from(LONGEST) / u128::from(self.longest)).unwrap_or(LONGEST)
    }

    fn spent_bar(&self, task: &TaskPart) -> u64 {
        self.bar(task.spent.unwrap_or(0))
    }

    fn expected_bar(&self, task: &TaskPart) -> u64 {
        self.bar(expected(task))
    }

    fn spent(&self, task: &TaskPart) -> Option<String> {
        task.spent.map(lasted)
    }

    fn sign(&self, mark: &Mark) -> &'static str {
        match mark {
            Mark::Good => "✔",
            Mark::Bad => "✘",
            Mark::Waiting => "…",
            Mark::Unknown => "?",
        }
    }

    fn class(&self, mark: &Mark) -> &'static str {
        match mark {
            Mark::Good => "good",
            Mark::Bad => "bad",
            Mark::Waiting | Mark::Unknown => "odd",
        }
    }

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
