//! The pages of a class as HTML: no script, nothing from elsewhere, for screens, phones, paper and screen readers.
//!
//! In: a [`ClassPage`] or a [`LearnerPage`], which have chosen what is shown. Out: the page, in which every text is escaped. Their
//! form is in `templates/class`.

use askama::Template;

use super::class::{Bin, CheckPart, ClassPage};
use super::learner::LearnerPage;
use crate::report::draw::Draw;

#[derive(Template)]
#[template(path = "class/class.html")]
struct ClassHtml<'a> {
    page: &'a ClassPage,
}

#[derive(Template)]
#[template(path = "class/learner.html")]
struct LearnerHtml<'a> {
    page: &'a LearnerPage,
}

impl Draw for ClassHtml<'_> {}
impl Draw for LearnerHtml<'_> {}

/// The page of a class.
///
/// # Errors
/// When it cannot be written, for which there is no known reason.
pub fn class(page: &ClassPage) -> std::io::Result<String> {
    ClassHtml { page }.render().map_err(std::io::Error::other)
}

/// The page of a learner.
///
/// # Errors
/// When it cannot be written, for which there is no known reason.
pub fn learner(page: &LearnerPage) -> std::io::Result<String> {
    LearnerHtml { page }.render().map_err(std::io::Error::other)
}

/// What the template asks.
impl ClassHtml<'_> {
    /// How long the bar of a check is, of 200.
    fn bar(&self, check: &CheckPart) -> usize {
        check.failed * 200 / check.of.max(1)
    }

    /// The spread of marks for whoever cannot see it.
    fn told(&self, bins: &[Bin]) -> String {
        let told: Vec<String> = bins.iter().map(|bin| format!("{} %: {}", bin.name, bin.count)).collect();
        format!("How many marks lie where. {}", told.join(", "))
    }
}
