//! The review of an exam as one HTML page: no script, nothing from elsewhere, for screens, paper and screen readers.
//!
//! In: an [`ExamPage`], which has chosen what is shown. Out: the page, in which every text is escaped. Its form is in
//! `templates/exam`.

use askama::Template;

use super::page::{ExamPage, TaskPart};
use super::words::lasted;
use crate::report::draw::Draw;
use crate::report::prose::Block;

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

impl Draw for Html<'_> {}

/// What the template asks.
impl Html<'_> {
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
}
