//! The desk of a lab: the task, a shell and the board of requirements; or the board alone.

pub mod board;
mod open;
mod state;
mod update;
mod view;
mod watcher;

#[cfg(test)]
mod tests;

pub use open::{Desk, Watcher, Watchers, open};
pub use state::News;
pub use watcher::watcher;
