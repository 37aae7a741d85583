//! How much of the evidence a text report tells: a grade is free, so it must not give the solution away.
//!
//! In: the sort of a fact, and who asks. Out: which of its parts are shown. The rule, for whoever has not asked for
//! everything (`--explain`), not seen the last hint, not played a script of the scenario, and handed in something of which the class
//! has not released the feedback:
//! - what was expected is never shown; the task says what is asked for, in its own words;
//! - a field that must have a value, and an author's expression, are shown by their object alone: which field it is
//!   and what it holds is what the learner has to find out;
//! - a right that is missing, what a Pod runs as, a token, an answer, a response and a dry run show the object and
//!   what was seen, and not the right, field or claim that was looked at;
//! - what is there and should not be shows its place too: a token in a container, a right too many, what changed since
//!   the beginning, the program that failed;
//! - the API's own words that may quote what was expected, and what is wrong with the scenario itself, are not shown.
//!
//! While an exam is under way nothing is shown of any check.
//!
//! JSON is data for programs and always has everything. Never decided by what a text says, only by its [`Fact`].

pub use crate::grade::verdict::Fact;

/// Who reads a report, and how much they may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// An exam is under way: nothing about any check.
    Silent,
    /// A learner on the way: nothing that gives the solution away.
    Careful,
    /// All was asked for (`--explain`).
    Asked,
    /// The last hint was shown: there is nothing left to give away.
    AfterHints,
    /// A solution or mistake was played: its author reads this.
    Played,
    /// The class has released its feedback: the work was graded and nothing is left to find out.
    Released,
}

/// The parts of a piece of evidence that are shown; each has those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// None.
    Nothing,
    /// The object.
    Object,
    /// What was seen.
    Seen,
    /// Field, claim, command or right.
    Place,
    /// What was expected.
    All,
}

/// What is known about a report's reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Whether everything was asked for.
    pub explain: bool,
    /// Whether a script was played instead of a learner's turn.
    pub played: bool,
    /// How many hints were shown.
    pub hints_shown: usize,
    /// How many are left.
    pub hints_left: usize,
}

impl Disclosure {
    /// How much a reader may know. A scenario without hints has no last one.
    pub fn to(reader: Reader) -> Self {
        match reader {
            Reader { explain: true, .. } => Self::Asked,
            Reader { played: true, .. } => Self::Played,
            Reader { hints_left: 0, hints_shown: 1.., .. } => Self::AfterHints,
            _ => Self::Careful,
        }
    }

    /// How much whoever handed something in may know of its grade. A hand-in is graded and not played as a solution is: its author
    /// is a learner, who may hand in something better.
    pub const fn of_hand_in(is_released: bool) -> Self {
        if is_released { Self::Released } else { Self::Careful }
    }

    /// Which parts of a fact are shown.
    pub fn shows(self, fact: Fact) -> Level {
        match (self, fact) {
            (Self::Silent, _) => Level::Nothing,
            (Self::Asked | Self::AfterHints | Self::Played | Self::Released, _) => Level::All,
            (Self::Careful, Fact::Quote | Fact::Scenario) => Level::Nothing,
            (Self::Careful, Fact::Field | Fact::Expression) => Level::Object,
            (
                Self::Careful,
                Fact::Presence
                | Fact::Running
                | Fact::MissingRight
                | Fact::Answer
                | Fact::Token
                | Fact::Response
                | Fact::DryRun,
            ) => Level::Seen,
            (
                Self::Careful,
                Fact::Seen | Fact::Change | Fact::Credential | Fact::SurplusRight | Fact::Program,
            ) => Level::Place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNER: Reader = Reader { explain: false, played: false, hints_shown: 1, hints_left: 2 };

    #[test]
    fn everything_is_told_on_request_to_authors_and_after_the_last_hint() {
        assert_eq!(Disclosure::to(LEARNER), Disclosure::Careful);
        assert_eq!(Disclosure::to(Reader { explain: true, ..LEARNER }), Disclosure::Asked);
        assert_eq!(Disclosure::to(Reader { played: true, ..LEARNER }), Disclosure::Played);
        assert_eq!(Disclosure::to(Reader { hints_left: 0, ..LEARNER }), Disclosure::AfterHints);
    }

    #[test]
    fn without_hints_there_is_no_last_one() {
        assert_eq!(Disclosure::to(Reader { hints_shown: 0, hints_left: 0, ..LEARNER }), Disclosure::Careful);
    }

    #[test]
    fn a_learner_is_never_told_what_was_expected() {
        for fact in [Fact::Field, Fact::Expression, Fact::MissingRight, Fact::Change, Fact::Quote] {
            assert!(Disclosure::Careful.shows(fact) < Level::All);
            assert_eq!(Disclosure::AfterHints.shows(fact), Level::All);
        }
        assert_eq!(Disclosure::Careful.shows(Fact::Field), Level::Object);
    }

    #[test]
    fn a_hand_in_tells_no_more_than_an_attempt_before_feedback_is_released() {
        assert_eq!(Disclosure::of_hand_in(false), Disclosure::Careful);
        assert_eq!(Disclosure::of_hand_in(true).shows(Fact::Field), Level::All);
    }

    #[test]
    fn an_exam_under_way_shows_nothing() {
        for fact in [Fact::Field, Fact::Seen, Fact::Program, Fact::Presence] {
            assert_eq!(Disclosure::Silent.shows(fact), Level::Nothing);
        }
    }
}
