//! The modules that scenarios cover: their parts, which scenarios name in `covers`.
//!
//! In: the bank's embedded outline (`scenarios/module.yaml`), and the `module.yaml` in the folder of a pack. Out: their
//! parts, and which scenario and check trains each. Never: a cluster.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::catalog::{BUILTIN, Entry};
use super::error::{Result, ScenarioError, ScenarioErrorKind};
use super::folder::{FileTrouble, Folder, Origin};
use super::loaded::Loaded;
use super::names::is_dns_label;
use super::placed::Placed;

/// The file of an outline, beside the folders of the scenarios.
pub const OUTLINE: &str = "module.yaml";

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

/// The bank's module.
pub fn module() -> &'static Module {
    &MODULE
}

/// The outline of the pack that a scenario belongs to, as it is written; None: it has none, or is one of the bank's.
///
/// # Errors
/// When there is one that cannot be read.
pub fn outline_beside(loaded: &Loaded) -> Result<Option<String>> {
    pack_of(loaded).map_or(Ok(None), |pack| outline_in(&pack))
}

/// The module of the pack that a scenario belongs to.
///
/// # Errors
/// When there is one that cannot be read, or that breaks a rule; with its place.
pub(crate) fn module_beside(loaded: &Loaded) -> Result<Option<Module>> {
    pack_of(loaded).map_or(Ok(None), |pack| module_in(&pack))
}

/// All modules: the bank's, then those of the packs of these scenarios.
///
/// # Errors
/// As those of a pack's own.
pub fn modules(entries: &[Entry]) -> Result<Vec<Module>> {
    let loaded = entries.iter().filter_map(|entry| entry.loaded.as_ref().ok());
    let mut seen = BTreeSet::new();
    let packs = loaded.filter_map(pack_of).filter(|pack| seen.insert(pack.clone()));
    let own: Result<Vec<Option<Module>>> = packs.map(|pack| module_in(&pack)).collect();
    Ok(std::iter::once(module().clone()).chain(own?.into_iter().flatten()).collect())
}

fn pack_of(loaded: &Loaded) -> Option<PathBuf> {
    match &loaded.origin {
        Origin::Folder(folder) => folder.parent().map(Path::to_owned),
        Origin::Builtin(_) => None,
    }
}

fn outline_in(pack: &Path) -> Result<Option<String>> {
    let folder = Folder::Disk(pack);
    match folder.read(OUTLINE) {
        Ok(text) => Ok(Some(text)),
        Err(FileTrouble::Missing) => Ok(None),
        Err(trouble) => {
            let message = format!("{}: {trouble}", folder.display(OUTLINE));
            Err(ScenarioError::plain(ScenarioErrorKind::Unreadable, message))
        }
    }
}

fn module_in(pack: &Path) -> Result<Option<Module>> {
    let Some(text) = outline_in(pack)? else { return Ok(None) };
    let placed = Placed::<Module>::read(Folder::Disk(pack).display(OUTLINE), &text)?;
    let parts = &placed.value.parts;
    for (i, part) in parts.iter().enumerate() {
        let at = format!("/parts/{i}/id");
        let id = part.id.escape_debug();
        if !is_dns_label(&part.id) {
            let error = placed.error(&at, format!("`{id}` is not the id of a part"));
            return Err(error.help("lower-case letters, digits and dashes"));
        }
        if parts[..i].iter().any(|earlier| earlier.id == part.id) {
            return Err(placed.error(&at, format!("the id `{id}` is already taken")));
        }
        if module().parts.iter().any(|known| known.id == part.id) {
            let error = placed.error(&at, format!("`{id}` is a part of satrain's own module"));
            return Err(error.help("name it in `covers` as it is, or call this part something else"));
        }
    }
    Ok(Some(placed.value))
}

/// Where each part of a module is trained, in the module's order.
pub fn coverage(module: &Module, entries: &[Entry]) -> Vec<Covered> {
    let trainers = |id: &str| {
        let loaded = entries.iter().filter_map(|entry| entry.loaded.as_ref().ok());
        loaded
            .filter_map(|loaded| {
                let checks = loaded.scenario.covers.get(id)?.clone();
                Some(Trainer { scenario: loaded.scenario.id.clone(), checks })
            })
            .collect()
    };
    module.parts.iter().map(|part| Covered { part: part.clone(), by: trainers(&part.id) }).collect()
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
    fn a_pack_may_have_a_module_of_its_own() {
        let pack = tempfile::tempdir().unwrap();
        let with = |outline: &str| {
            std::fs::write(pack.path().join(OUTLINE), outline).unwrap();
            module_in(pack.path())
        };
        assert!(module_in(pack.path()).unwrap().is_none());
        let own = with("title: Jobs\nparts:\n  - {id: jobs, title: What a Job runs as}\n").unwrap().unwrap();
        assert_eq!((own.title.as_str(), own.parts[0].id.as_str()), ("Jobs", "jobs"));
        for (parts, part) in [
            ("[{id: a, title: A}, {id: a, title: B}]", "already taken"),
            ("[{id: minimal-rbac, title: A}]", "satrain's own module"),
            ("[{id: A B, title: A}]", "is not the id of a part"),
            ("[{id: a, titel: A}]", "titel"),
        ] {
            let error = with(&format!("title: Jobs\nparts: {parts}\n")).unwrap_err().one_line();
            assert!(error.contains(part) && error.contains("module.yaml:2"), "{error}");
        }
    }

    #[test]
    fn every_part_of_the_module_is_trained_by_a_check() {
        let bare: Vec<String> = coverage(module(), Catalog::builtin().entries())
            .into_iter()
            .filter(|covered| !covered.is_trained())
            .map(|covered| covered.part.id)
            .collect();
        assert_eq!(bare, Vec::<String>::new());
    }
}
