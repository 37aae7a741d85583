//! The folder of a class: `class.yaml`, the roster, the key, and where results are.
//!
//! In: a path. Out: a [`ClassFolder`] that is sound, or the first error with file, line and column. Only reads.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::bound::BoundClass;
use super::key::ClassKey;
use super::model::Class;
use super::read::{ReadClass, read};
use super::roster::{Learner, Roster};
use super::variant::{self, Variant};
use crate::fs::foreign_text;
use crate::scenario::model::Scenario;
use crate::scenario::{Catalog, Result, ScenarioError, ScenarioErrorKind};

/// The file that says what the class is.
pub(super) const CLASS: &str = "class.yaml";
/// The file of its key.
pub(super) const KEY: &str = "class.key";
/// The folder of its results.
const RESULTS: &str = "results";

/// A class as its folder has it.
#[derive(Debug, Clone)]
pub struct ClassFolder {
    path: PathBuf,
    read: ReadClass,
    roster: Roster,
    key: Option<ClassKey>,
    id: String,
}

impl ClassFolder {
    /// Opens the folder `path`.
    ///
    /// # Errors
    /// When a file is not there or cannot be read, or breaks a rule of its format.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            let why = if path.exists() { "this is no folder" } else { "there is no such folder" };
            return Err(
                unreadable(path, why).help("name the folder of a class; `satrain class new DIR` makes one")
            );
        }
        let file = path.join(CLASS);
        let text = text(&file)
            .map_err(|e| e.help("`satrain class new DIR` makes a folder with all that a class has"))?;
        let read = read(&shown(&file), &text)?;
        let roster = roster(path, read.class())?;
        let key = if read.class().variants { Some(key(path)?) } else { None };
        // A class without variants has an id of its own, too, if a key is there.
        let id = id(read.class(), key.clone().or_else(|| self::key(path).ok()).as_ref());
        Ok(Self { path: path.to_owned(), read, roster, key, id })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the class is, as written.
    pub fn class(&self) -> &Class {
        self.read.class()
    }

    /// Its learners.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Its key; None if all learners play with the defaults.
    pub fn key(&self) -> Option<&ClassKey> {
        self.key.as_ref()
    }

    /// Bytes that only whoever has the key can compute, for a use that is named by a word. None: the class has no key.
    pub fn secret(&self, of: &str) -> Option<[u8; 32]> {
        self.key.as_ref().map(|key| key.sign(format!("satrain/secret/v1\0{of}").as_bytes()))
    }

    /// What names the class to its learners: 16 hexadecimal digits, which say nothing of the key. Classes without a key have the same
    /// if they have the same title.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder of its results, which may not be there yet.
    pub fn results(&self) -> PathBuf {
        self.path.join(RESULTS)
    }

    /// The class with the scenarios that it names.
    ///
    /// # Errors
    /// When it names what there is not; with its place.
    pub fn bound(&self, catalog: &Catalog) -> Result<BoundClass> {
        BoundClass::of(&self.read, catalog)
    }

    /// How `learner` plays `scenario`.
    pub fn variant(&self, scenario: &Scenario, learner: &Learner) -> Variant {
        Variant::of(self.key.as_ref(), scenario, learner)
    }

    /// How each learner plays `scenario`, in the order of the roster.
    pub fn variants(&self, scenario: &Scenario) -> Vec<Variant> {
        self.roster.learners().iter().map(|learner| self.variant(scenario, learner)).collect()
    }

    /// The learners that have equal values in all tasks: groups of two and more.
    pub fn twins(&self, class: &BoundClass) -> Vec<Vec<&Learner>> {
        let learners = self.roster.learners();
        let tasks: Vec<Vec<Variant>> =
            class.tasks.iter().map(|task| self.variants(&task.loaded.scenario)).collect();
        let groups = variant::twins(&tasks, learners.len());
        groups.iter().map(|group| group.iter().filter_map(|at| learners.get(*at)).collect()).collect()
    }

    /// Whether other users of this machine may read the key.
    pub fn others_read_the_key(&self) -> bool {
        let mode = std::fs::metadata(self.path.join(KEY)).map_or(0, |meta| meta.permissions().mode());
        self.key.is_some() && mode & 0o077 != 0
    }
}

fn roster(folder: &Path, class: &Class) -> Result<Roster> {
    let file = folder.join(class.roster.trim());
    let help = "`roster` in class.yaml names a CSV file in UTF-8; a spreadsheet exports one as \"CSV UTF-8\"";
    Roster::read(&shown(&file), &text(&file).map_err(|e| e.help(help))?)
}

fn id(class: &Class, key: Option<&ClassKey>) -> String {
    let bytes = match key {
        Some(key) => key.sign(b"satrain/secret/v1\0id"),
        None => Sha256::digest(&class.title).into(),
    };
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn key(folder: &Path) -> Result<ClassKey> {
    let file = folder.join(KEY);
    let help = "copy the class.key back that `satrain class new` made for this class: by another one all learners get other \
                values. `variants: false` in class.yaml needs none";
    let text = text(&file).map_err(|e| e.help(help))?;
    ClassKey::read(&text).ok_or_else(|| unreadable(&file, "a key is 64 hexadecimal digits").help(help))
}

/// The text of a file, within bounds.
fn text(file: &Path) -> Result<String> {
    foreign_text(file).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => unreadable(file, "there is no such file"),
        _ => unreadable(file, &e.to_string()),
    })
}

pub(super) fn unreadable(path: &Path, why: &str) -> Box<ScenarioError> {
    ScenarioError::plain(ScenarioErrorKind::Unreadable, format!("{}: {why}", shown(path)))
}

fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const YAML: &str = "apiVersion: satrain.dev/class/v1\ntitle: A\ntasks:\n  - scenario: scenario-2\n";

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn told(files: &[(&str, &str)]) -> (String, String) {
        let folder = folder(files);
        let error = ClassFolder::open(folder.path()).unwrap_err();
        let line = error.one_line().replace(&format!("{}/", folder.path().display()), "");
        (line, error.advice().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_folder_has_all_of_a_class() {
        let key = "a7".repeat(32);
        let folder = folder(&[(CLASS, YAML), ("roster.csv", "id\nanna\nben\n"), (KEY, &key)]);
        let class = ClassFolder::open(folder.path()).unwrap();
        let bound = class.bound(&Catalog::builtin()).unwrap();
        let scenario = &bound.tasks[0].loaded.scenario;
        let variants = class.variants(scenario);
        assert_eq!(variants[1], class.variant(scenario, class.roster().find("ben").unwrap()));
        assert!(variants[0].seed.is_some() && variants[0].seed != variants[1].seed);
        assert_eq!(class.results(), folder.path().join("results"));
        assert!(!format!("{class:?}").contains(&key), "the key is never shown");
        fs::set_permissions(folder.path().join(KEY), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(class.others_read_the_key());
        fs::set_permissions(folder.path().join(KEY), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(!class.others_read_the_key());
    }

    #[test]
    fn without_variants_all_are_twins_and_no_key_is_needed() {
        let yaml = format!("{YAML}variants: false\nroster: ../r.csv\n");
        let folder = folder(&[("r.csv", "id\nanna\nben\n")]);
        let inner = folder.path().join("class");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join(CLASS), yaml).unwrap();
        let class = ClassFolder::open(&inner).unwrap();
        let twins = class.twins(&class.bound(&Catalog::builtin()).unwrap());
        let ids: Vec<Vec<&str>> = twins.iter().map(|g| g.iter().map(|l| l.id.as_str()).collect()).collect();
        assert_eq!(ids, [["anna", "ben"]]);
        assert!(class.key().is_none() && !class.others_read_the_key());
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_with_its_file() {
        let roster = ("roster.csv", "id\nanna\n");
        let unknown = format!("{YAML}passes: 50\n");
        for (files, line, help) in [
            (&[][..], "class.yaml: there is no such file", "satrain class new DIR"),
            (&[(CLASS, unknown.as_str())][..], "class.yaml:5:1: unknown field", "did you mean `pass`"),
            (&[(CLASS, YAML)][..], "roster.csv: there is no such file", "CSV UTF-8"),
            (
                &[(CLASS, YAML), ("roster.csv", "name\nanna\n")][..],
                "roster.csv:1:1: there is no column `id`",
                "rename",
            ),
            (&[(CLASS, YAML), roster][..], "class.key: there is no such file", "copy the class.key back"),
            (
                &[(CLASS, YAML), roster, (KEY, "secret")][..],
                "class.key: a key is 64 hexadecimal digits",
                "copy",
            ),
        ] {
            let (told, advice) = told(files);
            assert!(told.starts_with(line) && advice.contains(help), "{told} / {advice}");
            assert!(!told.contains("secret") && !advice.contains("secret"));
        }
        let file = folder(&[("f", "")]);
        let error = |name: &str| ClassFolder::open(&file.path().join(name)).unwrap_err().to_string();
        assert!(error("f").contains("this is no folder") && error("g").contains("no such folder"));
    }
}
