//! The life of an attempt: begin, set up, play, grade, reset, end.
//!
//! In: a bound scenario and a cluster. Out: a prepared cluster, a workspace and records that survive a crash.
//! The only module that changes a cluster. An attempt writes down what it intends to make before it makes
//! it, so that any later command can clean up. Never prints; tells an [`crate::event::Events`] instead.

pub mod attempt;
pub mod clean;
pub mod cleanup;
pub mod cluster;
pub mod deeds;
pub mod error;
pub mod inventory;
pub mod neighbours;
mod orphans;
mod prepare;
mod reach;
pub mod requests;
pub mod requirements;
pub mod rights;
pub mod script;
pub mod setup;
pub mod shell;
pub mod store;
pub mod work;
pub mod workspace;

pub use crate::grade::ATTEMPT;

/// Label on every object that satrain makes.
pub const MANAGED: &str = "satrain.dev/managed";
/// Label that names the scenario an object belongs to.
pub const SCENARIO: &str = "satrain.dev/scenario";
/// Field manager of every object that satrain applies.
pub const FIELD_MANAGER: &str = "satrain";
