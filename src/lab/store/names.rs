//! The names of files in an attempt's folder: what was true at setup, and what is played.

/// What else the cluster held.
pub(in crate::lab) const INVENTORY: &str = "inventory.json";
/// The salt of digests.
pub(in crate::lab) const SALT: &str = "salt.json";
/// What checks saw.
pub(in crate::lab) const BASELINE: &str = "baseline.json";
/// Whole tokens: for the attempt's life only.
pub(in crate::lab) const VAULT: &str = "captured.json";

/// The script that is played.
pub(in crate::lab) const SCRIPT: &str = "script.sh";
