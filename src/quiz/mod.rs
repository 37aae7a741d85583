//! Self-check quizzes: short questions around the labs, with the reason for each option and the cluster as witness.
//!
//! In: `quizzes/<topic>.yaml`. Out: items to ask, marks for answers, and the proof that the keys are true: an item that a
//! cluster can decide has an [`experiment`], which is run on a real one. Never: a terminal.

pub mod answer;
pub mod answers;
pub mod bank;
pub mod experiment;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
pub mod gift;
pub mod judge;
pub mod key;
mod lint;
pub mod model;
pub mod observed;
mod playable;
pub mod proof;
pub mod session;
pub mod shuffle;
#[cfg(test)]
mod tests;

pub use bank::Bank;

/// The items of these topics and with these ids; all for no name.
///
/// # Errors
/// When there is no such thing, with the nearest name.
pub fn named<'a>(
    bank: &'a Bank,
    names: &[String],
) -> crate::scenario::Result<Vec<(&'a model::Quiz, &'a model::Item)>> {
    bank.named(names).map_err(|name| crate::scenario::unknown("quiz topic or item", &name, &bank.names()))
}

/// The JSON Schema of a file of items.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(model::Quiz).to_value()
}
