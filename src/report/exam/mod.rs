//! The result of an exam and its review, for people: on the terminal, and as one HTML page that needs nothing else.
//!
//! In: a result, its review, and what is told of each task. Out: text or HTML. `page` chooses what is shown; nothing else decides.

pub mod html;
pub mod list;
pub mod page;
mod sentences;
#[cfg(test)]
mod tests;
pub mod text;
mod words;

pub use page::{ExamPage, Told};
