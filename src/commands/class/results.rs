//! The results of a class, as its folder has them: the gradebook, and of each hand-in the mark and the script.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::class::gradebook::{Gradebook, Standing};
use crate::class::{BoundClass, ClassFolder};
use crate::error::{Failure, Result};
use crate::fs::{Durability, foreign_bytes, write_atomic};
use crate::insight::{Insight, Material, Values, insight};
use crate::marking::{Key, Mark, Marks};
use crate::printable::{name, shell_quoted};
use crate::scenario::Loaded;

/// The largest gradebook that is read.
const LARGEST: u64 = 64 << 20;

/// What is there of a class that was graded.
pub(super) struct Results {
    pub(super) marks: Marks,
    pub(super) book: Gradebook,
    /// The mark of each hand-in in the gradebook, by its key.
    pub(super) marked: BTreeMap<String, Mark>,
    /// Their scripts, as far as they were kept.
    pub(super) scripts: BTreeMap<String, String>,
}

impl Results {
    /// Reads the results of a class.
    pub(super) fn read(folder: &ClassFolder) -> Result<Self> {
        let path = folder.results().join("gradebook.json");
        let help = format!(
            "`satrain grade {} HAND-INS` grades the class.",
            shell_quoted(&folder.path().to_string_lossy())
        );
        let refused = |why: String| Failure::usage(format!("{}: {why}\n{help}", name(&path)));
        let bytes = foreign_bytes(&path, LARGEST).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => refused("the class has no gradebook yet".into()),
            _ => refused(e.to_string()),
        })?;
        let unread = |e: serde_json::Error| refused(format!("this is no gradebook: {e}"));
        let written: Value = serde_json::from_slice(&bytes).map_err(unread)?;
        if written["schema"] != Gradebook::SCHEMA {
            return Err(refused(format!("its format is not {}", Gradebook::SCHEMA)));
        }
        Self::of(folder, serde_json::from_value(written).map_err(unread)?)
    }

    /// The same for a gradebook that was just made.
    pub(super) fn of(folder: &ClassFolder, book: Gradebook) -> Result<Self> {
        let marks = Marks::new(folder.results());
        let (mut marked, mut scripts) = (BTreeMap::new(), BTreeMap::new());
        for key in keys(&book) {
            let Some(name) = Key::parse(&key) else { continue };
            let Some(mark) = marks.find(&name).map_err(Failure::other)? else { continue };
            if let Some(script) = marks.script(&name, &mark).map_err(Failure::other)? {
                scripts.insert(key.clone(), script);
            }
            marked.insert(key, Mark { result: mark.result.printable(), ..mark });
        }
        Ok(Self { marks, book, marked, scripts })
    }

    /// What they say beyond marks.
    pub(super) fn insight(&self, folder: &ClassFolder, class: &BoundClass) -> Insight {
        let scenarios: BTreeMap<&str, &Loaded> =
            class.tasks.iter().map(|task| (task.id(), &task.loaded)).collect();
        let variants: BTreeMap<String, BTreeMap<String, Values>> = folder
            .roster()
            .learners()
            .iter()
            .map(|learner| {
                let tasks = class.tasks.iter().map(|task| {
                    (task.id().to_owned(), folder.variant(&task.loaded.scenario, learner).values)
                });
                (learner.id.clone(), tasks.collect())
            })
            .collect();
        let results = self.marked.iter().map(|(key, mark)| (key.clone(), mark.result.clone())).collect();
        insight(&Material {
            book: &self.book,
            results: &results,
            scripts: &self.scripts,
            scenarios,
            variants: &variants,
        })
    }

    /// Writes the gradebook, and what it says beyond marks.
    pub(super) fn write(&self, folder: &ClassFolder, class: &BoundClass) -> Result<()> {
        write(folder, "gradebook.json", &self.book)?;
        write(folder, "insight.json", &self.insight(folder, class))
    }
}

/// The keys of all graded hand-ins, each once.
fn keys(book: &Gradebook) -> std::collections::BTreeSet<String> {
    let works = book.rows.iter().flat_map(|row| &row.tasks).flat_map(|task| &task.work);
    works
        .filter_map(|work| match &work.standing {
            Standing::Graded { key, .. } => Some(key.clone()),
            Standing::Refused { .. } | Standing::Ungraded { .. } => None,
        })
        .collect()
}

/// Writes a file of the results.
pub(super) fn write(folder: &ClassFolder, name: &str, value: &impl serde::Serialize) -> Result<()> {
    let path = folder.results().join(name);
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| Failure::other(e.to_string()))?;
    text.push(b'\n');
    write_atomic(&path, &text, Durability::Disk).map_err(|e| Failure::of_file(&path, &e))
}
