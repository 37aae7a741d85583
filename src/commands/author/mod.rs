//! The author's verbs: check scenario files, and prove their graders.

pub mod coverage;
pub mod lint;
pub mod new;
pub mod proof_clusters;
pub mod prove;
pub mod prove_quizzes;
