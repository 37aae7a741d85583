//! Moodle's GIFT format, out and in again.
//!
//! Texts, answers, weights and feedback are plain GIFT, which Moodle reads and people may edit there. What GIFT has no
//! place for (difficulty, parts) is a comment line before each question, which Moodle skips. Experiments run commands, so
//! they are neither written nor read.

mod answers;
mod block;
mod foreign;
mod html;
mod question;
mod read;
mod syntax;
mod write;

pub use read::{GiftError, read};
pub use write::write;

/// What begins the comment.
const REST: &str = "// satrain: ";
