//! The result of a grade as data: its format, where it comes from, and recordings that are judged again.
//!
//! In: an attempt and its grade. Out: a [`format::ResultV1`], the same whether it was just graded or read back from a
//! recording. Never: a printer; `report` decides what of it is shown.

pub mod closing;
pub mod format;
pub mod provenance;
pub mod recording;
