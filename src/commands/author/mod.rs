//! The author's verbs: check scenario files, and prove their graders.

pub mod coverage;
pub mod lint;
pub mod prove;
mod prove_quizzes;
