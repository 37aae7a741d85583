//! The module that the bank covers: its parts, which scenarios name in `covers`.
//!
//! In: the embedded outline (`scenarios/module.yaml`). Out: its parts, and which scenario and check trains each.
//! Never: a cluster.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::catalog::{BUILTIN, Entry};

/// The outline of the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its title.
    pub title: String,
    /// Its parts, in its own order.
    pub parts: Vec<Part>,
}

/// A part of the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name in `covers`.
    pub id: String,
    /// What it is about.
    pub title: String,
}

/// Where a part is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Covered {
    /// The part.
    #[serde(flatten)]
    pub part: Part,
    /// By which scenarios.
    pub by: Vec<Trainer>,
}

impl Covered {
    /// Whether a check of some scenario trains it.
    pub fn is_trained(&self) -> bool {
        self.by.iter().any(|trainer| !trainer.checks.is_empty())
    }
}

/// A scenario that trains a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trainer {
    /// The scenario.
    pub scenario: String,
    /// Its checks that do.
    pub checks: Vec<String>,
}

static MODULE: LazyLock<Module> = LazyLock::new(|| {
    let text = BUILTIN.get_file("module.yaml").and_then(|file| file.contents_utf8()).unwrap_or_default();
    // A test reads it: a broken outline is never released.
    serde_saphyr::from_str(text).unwrap_or_default()
});

/// The module.
pub fn module() -> &'static Module {
    &MODULE
}

/// Where each part of the module is trained, in the module's order.
pub fn coverage(entries: &[Entry]) -> Vec<Covered> {
    let trainers = |id: &str| {
        let loaded = entries.iter().filter_map(|entry| entry.loaded.as_ref().ok());
        loaded
            .filter_map(|loaded| {
                let checks = loaded.scenario.covers.get(id)?.clone();
                Some(Trainer { scenario: loaded.scenario.id.clone(), checks })
            })
            .collect()
    };
    module().parts.iter().map(|part| Covered { part: part.clone(), by: trainers(&part.id) }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::catalog::Catalog;
    use super::*;

    #[test]
    fn the_outline_can_be_read_and_names_each_part_once() {
        let ids: BTreeSet<&str> = module().parts.iter().map(|part| part.id.as_str()).collect();
        assert!(ids.len() > 20);
        assert_eq!(ids.len(), module().parts.len());
    }

    #[test]
    fn every_part_of_the_module_is_trained_by_a_check() {
        let bare: Vec<String> = coverage(Catalog::builtin().entries())
            .into_iter()
            .filter(|covered| !covered.is_trained())
            .map(|covered| covered.part.id)
            .collect();
        assert_eq!(bare, Vec::<String>::new());
    }
}
