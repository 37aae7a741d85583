//! What a check is judged by. Data only.

use jiff::Timestamp;

use super::baseline::Baseline;
use super::observation::Gap;
use super::view::View;

/// What a check is judged by.
#[derive(Debug, Clone, Copy)]
pub struct JudgeContext<'a> {
    /// What was seen now.
    pub seen: View<'a>,
    /// What was seen right after setup.
    pub baseline: Baseline<'a>,
    /// The time of the grade.
    pub now: Timestamp,
    /// Where the check is in the scenario file (0: unknown).
    pub line: u32,
}

impl<'a> JudgeContext<'a> {
    /// What was true right after setup.
    pub fn at_setup(&self) -> View<'a> {
        self.baseline.at_setup(self.seen)
    }

    /// A gap that the scenario's author must close: it names the line.
    pub fn author_error(&self, what: impl std::fmt::Display) -> Gap {
        Gap::author(self.line, what.to_string())
    }
}
