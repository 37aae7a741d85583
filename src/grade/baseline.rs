//! What a grade is compared with: the observations of right after setup, or the fact that they are being taken.

use super::observation::Observations;
use super::view::View;

/// The state right after setup.
#[derive(Debug, Clone, Copy)]
pub enum Baseline<'a> {
    /// It is being taken: what is seen now is what will be compared with.
    Taking,
    /// It was taken.
    Taken(&'a Observations),
}

impl<'a> Baseline<'a> {
    /// What was true right after setup, where `seen` is true now.
    pub fn at_setup(self, seen: View<'a>) -> View<'a> {
        match self {
            Self::Taking => seen,
            Self::Taken(baseline) => View::whole(baseline),
        }
    }

    /// Whether it is being taken.
    pub fn is_taking(self) -> bool {
        matches!(self, Self::Taking)
    }
}
