//! The catalog: the embedded scenarios and those of an instructor's packs.
//!
//! In: folders of packs (`DIR/<id>/scenario.yaml`). Out: one entry a scenario, broken ones with their error,
//! so that one bad file never hides the others. Never: executing anything of a pack.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::error::{Result, ScenarioError, ScenarioErrorKind};
use super::folder::{FILE, Origin};
use super::load;
use super::loaded::Loaded;
use super::names::is_dns_label;
use super::suggest::did_you_mean;

pub(super) static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The most scenarios one pack may hold.
const MAX_PER_PACK: usize = 1000;

/// All scenarios that can be named on the command line.
#[derive(Debug, Clone)]
pub struct Catalog {
    entries: Vec<Entry>,
}

/// One scenario of the catalog, usable or not.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id: the folder's name.
    pub id: String,
    /// The scenario, or what is wrong with it.
    pub loaded: std::result::Result<Loaded, Box<ScenarioError>>,
}

impl Catalog {
    /// The embedded scenarios and those of the packs in `dirs`, in that order.
    ///
    /// # Errors
    /// When a pack's folder itself cannot be read or holds too many scenarios. A broken scenario is an entry
    /// with its error.
    pub fn new(dirs: &[PathBuf]) -> Result<Self> {
        let mut catalog = Self::builtin();
        for dir in dirs {
            for entry in pack(dir)? {
                catalog.add(entry);
            }
        }
        Ok(catalog)
    }

    /// One scenario of the catalog of these packs. An embedded one is read alone: to read all takes longer than many a
    /// command.
    ///
    /// # Errors
    /// As those of [`Catalog::new`] and [`Catalog::get`].
    pub fn one(dirs: &[PathBuf], id: &str) -> Result<Loaded> {
        match BUILTIN.dirs().find(|dir| id_of(dir) == id) {
            Some(dir) => load::load_builtin(dir),
            None => Self::new(dirs)?.get(id).cloned(),
        }
    }

    /// The embedded scenarios alone.
    pub fn builtin() -> Self {
        let entry = |dir: &Dir<'static>| Entry { id: id_of(dir), loaded: load::load_builtin(dir) };
        let mut entries: Vec<Entry> = BUILTIN.dirs().map(entry).collect();
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        Self { entries }
    }

    /// Whether an embedded scenario has this id.
    pub fn is_builtin(id: &str) -> bool {
        BUILTIN.dirs().any(|dir| id_of(dir) == id)
    }

    /// The ids that a scenario may name: the embedded ones, and those of the pack that it is in.
    pub(crate) fn ids_around(loaded: &Loaded) -> Vec<String> {
        let pack = match &loaded.origin {
            Origin::Folder(folder) => folder.parent().and_then(|pack| pack.read_dir().ok()),
            Origin::Builtin(_) => None,
        };
        let folders = pack.into_iter().flatten().flatten().take(MAX_PER_PACK);
        let scenarios = folders.filter(|folder| folder.path().join(FILE).exists());
        let beside = scenarios.map(|folder| folder.file_name().to_string_lossy().into_owned());
        BUILTIN.dirs().map(id_of).chain(beside).collect()
    }

    /// All entries: the embedded ones first, each group in the order of ids.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The scenario with this id.
    ///
    /// # Errors
    /// When there is none (with the nearest id), or it is broken.
    pub fn get(&self, id: &str) -> Result<&Loaded> {
        match self.entries.iter().find(|entry| entry.id == id) {
            Some(entry) => entry.loaded.as_ref().map_err(Clone::clone),
            None => Err(self.unknown(id)),
        }
    }

    fn unknown(&self, id: &str) -> Box<ScenarioError> {
        let ids: Vec<&str> = self.entries.iter().map(|entry| entry.id.as_str()).collect();
        let message = format!("there is no scenario `{}`", id.escape_debug());
        ScenarioError::plain(ScenarioErrorKind::NotFound, message).help(match did_you_mean(id, ids) {
            Some(near) => format!("did you mean `{near}`? `satrain list` shows all"),
            None => "`satrain list` shows all scenarios".into(),
        })
    }

    /// An id that is taken stays with its first owner: a pack cannot replace an embedded scenario unseen.
    fn add(&mut self, mut entry: Entry) {
        if let Some(owner) = self.entries.iter().find(|other| other.id == entry.id) {
            let of = owner.loaded.as_ref().map_or_else(|e| e.file().to_owned(), |l| l.origin.to_string());
            if let Ok(loaded) = &entry.loaded {
                entry.loaded = Err(loaded
                    .error("/id", format!("the id `{}` is already taken by {of}", entry.id))
                    .help("rename the folder and the id"));
            }
        }
        self.entries.push(entry);
    }
}

/// The id of an embedded scenario.
fn id_of(dir: &Dir<'static>) -> String {
    dir.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The scenarios of one pack, in the order of ids.
fn pack(dir: &Path) -> Result<Vec<Entry>> {
    let shown = dir.display().to_string().escape_debug().to_string();
    let unreadable = |e: std::io::Error| {
        ScenarioError::plain(ScenarioErrorKind::Unreadable, format!("{shown}: {e}"))
            .help("name a directory that contains <id>/scenario.yaml")
    };
    let root = dir.canonicalize().map_err(unreadable)?;
    let mut entries = Vec::new();
    for item in root.read_dir().map_err(unreadable)? {
        let path = item.map_err(unreadable)?.path();
        // Looked at without following the link: what a link leads to is decided below.
        if path.join("scenario.yaml").symlink_metadata().is_err() {
            continue;
        }
        if entries.len() == MAX_PER_PACK {
            let message = format!("{shown}: more than {MAX_PER_PACK} scenarios");
            return Err(ScenarioError::plain(ScenarioErrorKind::Invalid, message).help("split the pack"));
        }
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        entries.push(pack_entry(&root, &path, id));
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(entries)
}

fn pack_entry(root: &Path, path: &Path, id: String) -> Entry {
    let refuse = |message: String| Err(ScenarioError::plain(ScenarioErrorKind::Invalid, message));
    let shown = path.display().to_string().escape_debug().to_string();
    if !is_dns_label(&id) {
        let loaded = refuse(format!("{shown}: the directory's name is not a scenario id"));
        return Entry { id: id.escape_debug().to_string(), loaded };
    }
    let loaded = match path.canonicalize() {
        Ok(real) if real.starts_with(root) => load::load(&real),
        Ok(_) => refuse(format!("{shown}: the link leads out of the pack")),
        Err(e) => refuse(format!("{shown}: {e}")),
    };
    Entry { id, loaded }
}

#[cfg(test)]
mod tests;
