//! `satrain grade --html`, `--junit`, `--gradescope`: what a graded class looks like to people and to other programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::hand_ins::must_be_own;
use super::output_folder::OutputFolder;
use crate::class::gradebook::{Gradebook, Row, Standing};
use crate::class::{BoundClass, ClassFolder};
use crate::error::{Failure, Result};
use crate::event::Events;
use crate::fs::{Durability, foreign_bytes, write_atomic};
use crate::marking::{Marks, Outcomes};
use crate::printable::printable;
use crate::report::graded::{
    ClassPage, LearnerPage, Names, Release, Seen, Transcripts, gradescope, html, junit, names,
};

/// The longest transcript that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What else is written.
#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// Also write web pages to a folder: `index.html` for you, and a page for each learner
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Also write the marks as JUnit XML: a suite for each task, a test for each learner
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write Gradescope's `results.json` for each learner to a folder
    #[arg(long, value_name = "DIR")]
    gradescope: Option<PathBuf>,
}

impl OutputArgs {
    /// Whether anything else is written.
    pub(super) fn any(&self) -> bool {
        self.html.is_some() || self.junit.is_some() || self.gradescope.is_some()
    }
}

/// Where it is written, looked at before anything is graded.
pub(super) struct Outputs<'a> {
    args: &'a OutputArgs,
    html: Option<OutputFolder>,
    gradescope: Option<OutputFolder>,
    secret: Option<[u8; 32]>,
    /// The learners to write about; empty: all.
    only: BTreeSet<String>,
    task: Option<&'a str>,
}

/// What was graded.
pub(super) struct Graded<'a> {
    /// The class.
    pub(super) class: &'a BoundClass,
    /// What its learners earned.
    pub(super) book: &'a Gradebook,
    /// Where marks are kept.
    pub(super) marks: &'a Marks,
    /// What came of each hand-in.
    pub(super) outcomes: &'a Outcomes,
}

impl<'a> Outputs<'a> {
    /// Looks whether all of it may be written. Changes nothing.
    pub(super) fn open(
        args: &'a OutputArgs,
        folder: &ClassFolder,
        only: BTreeSet<String>,
        task: Option<&'a str>,
    ) -> Result<Self> {
        let secret = folder.secret("pages");
        let owner = names::owner(secret, &folder.class().title);
        let open = |path: &Option<PathBuf>, kind: &str| {
            path.as_deref().map(|path| OutputFolder::open(path, kind, owner.clone())).transpose()
        };
        must_be_own(args.junit.as_deref(), "--junit", |text| text.starts_with(junit::BEGINS))?;
        let (html, gradescope) = (open(&args.html, "html")?, open(&args.gradescope, "gradescope")?);
        Ok(Self { args, html, gradescope, secret, only, task })
    }

    /// Writes it.
    pub(super) fn write(self, events: &Events, graded: &Graded<'_>, now: Timestamp) -> Result<()> {
        // The names of learners' files depend on the whole class.
        let names = Names::new(self.secret, graded.book);
        let is_whole = self.only.is_empty();
        let book = graded.book.narrowed(&self.only, self.task);
        let class = self.task.map_or_else(|| graded.class.clone(), |task| graded.class.narrowed(task));
        let marks: BTreeMap<_, _> = graded
            .outcomes
            .iter()
            .filter_map(|(key, outcome)| Some((key.to_string(), outcome.as_ref().ok()?)))
            .collect();
        let zone = TimeZone::system();
        let seen = Seen { class: &class, book: &book, marks: &marks, zone: &zone };
        let release = Release::of(&class, now);
        if let Some(folder) = self.html {
            pages(events, folder, &seen, &names, release, (graded.marks, is_whole))?;
        }
        if let Some(path) = &self.args.junit {
            let mut text = Vec::new();
            junit::write(&mut text, &seen)?;
            write_atomic(path, &text, Durability::Disk).map_err(|e| Failure::of_file(path, &e))?;
        }
        if let Some(folder) = self.gradescope {
            results(events, folder, &seen, &names, release, is_whole)?;
        }
        Ok(())
    }
}

fn pages(
    events: &Events,
    mut folder: OutputFolder,
    seen: &Seen<'_>,
    names: &Names,
    release: Release<'_>,
    (marks, is_whole): (&Marks, bool),
) -> Result<()> {
    const INDEX: &str = "index.html";
    let named = |row: &Row| format!("{}.html", names.of(&row.learner));
    let index = is_whole.then(|| INDEX.to_owned());
    folder.claim(seen.book.rows.iter().map(named).chain(index))?;
    for row in &seen.book.rows {
        let page = LearnerPage::of(seen, row, &transcripts(marks, row)?, release);
        folder.write(&named(row), html::learner(&page)?.as_bytes())?;
    }
    if is_whole {
        folder.write(INDEX, html::class(&ClassPage::of(seen, names))?.as_bytes())?;
    } else {
        events.note(format!("`{INDEX}` stays as it is: with `--only` not the whole class is graded"));
    }
    folder.finish(is_whole)
}

/// What a learner's scripts wrote.
fn transcripts(marks: &Marks, row: &Row) -> Result<Transcripts> {
    let mut transcripts = Transcripts::new();
    for work in row.tasks.iter().flat_map(|mark| &mark.work) {
        let Standing::Graded { key, .. } = &work.standing else { continue };
        if let Some(path) = marks.transcript_named(key) {
            match foreign_bytes(&path, LONGEST) {
                Ok(bytes) => {
                    drop(transcripts.insert(key.clone(), String::from_utf8_lossy(&bytes).into_owned()))
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(Failure::of_file(&path, &e)),
            }
        }
    }
    Ok(transcripts)
}

fn results(
    events: &Events,
    mut folder: OutputFolder,
    seen: &Seen<'_>,
    names: &Names,
    release: Release<'_>,
    is_whole: bool,
) -> Result<()> {
    let all = seen.book.rows.iter().map(|row| (row, gradescope::of(seen, row, release)));
    let (mut given, mut left) = (Vec::new(), Vec::new());
    for (row, results) in all {
        match results {
            Some(results) => given.push((format!("{}.json", names.of(&row.learner)), results)),
            None => left.push(printable(&row.learner).into_owned()),
        }
    }
    folder.claim(given.iter().map(|(name, _)| name.clone()))?;
    for (name, results) in &given {
        let mut text = serde_json::to_vec_pretty(results).map_err(|e| Failure::other(e.to_string()))?;
        text.push(b'\n');
        folder.write(name, &text)?;
    }
    if !left.is_empty() {
        let told = left.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
        let more = if left.len() > 10 { format!(" and {} more", left.len() - 10) } else { String::new() };
        events.warn(format!("no results for Gradescope, since not all could be graded: {told}{more}"));
    }
    folder.finish(is_whole)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::marking::{Kept, Key, Scope, Work, gradebook};
    use crate::report::graded::testing::mark;
    use crate::scenario::{Binding, Catalog, bind};

    const YAML: &str =
        "apiVersion: satrain.dev/class/v1\ntitle: A\nvariants: false\ntasks:\n  - scenario: scenario-2\n";

    fn named(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_of_it_is_written_from_what_is_kept() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("class.yaml"), YAML).unwrap();
        fs::write(home.path().join("roster.csv"), "id\nanna\nben\n").unwrap();
        let folder = ClassFolder::open(home.path()).unwrap();
        let class = folder.bound(&Catalog::builtin()).unwrap();
        let loaded = &class.tasks[0].loaded;
        let bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        let key = Key::of("true", &bound);
        let one = mark(key.as_str(), "scenario-2", &["no-token"]);
        let marks = Marks::new(folder.results());
        let kept =
            Kept { mark: one.clone(), recording: Vec::new(), transcript: "said this\n".into(), script: None };
        marks.keep(&key, &kept).unwrap();
        let works = ["anna", "ben"].map(|learner| Work {
            learner: learner.into(),
            scenario: "scenario-2".into(),
            file: format!("{learner}.sh"),
            submitted: None,
            lateness: crate::class::Lateness::OnTime,
            job: Ok(if learner == "anna" { key.clone() } else { Key::of("false", &bound) }),
        });
        let outcomes = [(key, Ok(one))].into();
        let book = {
            let scope = Scope { learners: &BTreeSet::new(), task: None, earlier: None };
            gradebook(&class, folder.roster(), &works, &outcomes, Vec::new(), scope)
        };
        let graded = Graded { class: &class, book: &book, marks: &marks, outcomes: &outcomes };
        let at = |name: &str| home.path().join(name);
        let args = OutputArgs {
            html: Some(at("pages")),
            junit: Some(at("marks.xml")),
            gradescope: Some(at("gradescope")),
        };
        for only in [BTreeSet::new(), BTreeSet::from(["anna".to_owned()])] {
            let outputs = Outputs::open(&args, &folder, only, None).unwrap();
            outputs.write(&Events::silent(), &graded, Timestamp::UNIX_EPOCH).unwrap();
            let pages = named(&at("pages"));
            assert!(pages[0].starts_with("anna-") && pages[1].starts_with("ben-"), "{pages:?}");
            assert_eq!(&pages[2..], ["index.html", "satrain-output.json"]);
            let anna = fs::read_to_string(at("pages").join(&pages[0])).unwrap();
            assert!(anna.contains("said this") && anna.contains("<strong>65 %</strong>"), "{anna}");
            let index = fs::read_to_string(at("pages").join("index.html")).unwrap();
            assert!(index.contains(&format!("href=\"{}\"", pages[0])) && index.contains("ben.sh"), "{index}");
            // Ben's could not be graded.
            assert_eq!(named(&at("gradescope")).len(), 2);
        }
        assert!(
            !fs::read_to_string(at("marks.xml")).unwrap().contains("ben"),
            "the last run was for anna only"
        );
    }
}
