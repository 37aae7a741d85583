//! The author's verbs: write, check and copy scenario files, and prove their graders.

pub mod coverage;
pub mod export;
pub mod lint;
pub mod new;
pub mod proof_clusters;
pub mod prove;
pub mod prove_quizzes;
