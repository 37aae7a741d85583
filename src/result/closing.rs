//! What a report says after the score: the explanation, and what to do next.

/// What follows the score.
#[derive(Debug, Clone, Copy, Default)]
pub struct Closing<'a> {
    /// Shown when all was passed.
    pub explanation: &'a str,
    /// How many more hints there are.
    pub hints_left: usize,
    /// Whether to say that `satrain hint` helps: not after a solution was played.
    pub coach: bool,
    /// Whether everything is told, although it gives the solution away.
    pub explain: bool,
    /// Whether the lab's shell was left for this grade.
    pub left_shell: bool,
}
