//! The scenario file: its types, loading, templating, catalog and lint.
//!
//! In: untrusted YAML text and the folder it may refer to. Out: a [`model::Scenario`], and, once parameters
//! are bound, a [`bind::BoundScenario`]. Never: a cluster, a process, a network.

pub mod model;
