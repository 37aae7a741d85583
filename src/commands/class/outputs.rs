//! `satrain grade --html`, `--junit`, `--gradescope`: what a graded class looks like to people and to other programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::output_folder::OutputFolder;
use crate::class::gradebook::{Gradebook, Row, Standing};
use crate::class::{BoundClass, ClassFolder};
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::fs::{Durability, foreign_bytes, write_atomic};
use crate::marking::{Marks, Outcomes};
use crate::printable::printable;
use crate::report::graded::{ClassPage, LearnerPage, Names, Release, Seen, Transcripts, gradescope, html, junit, names};

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
        let (html, gradescope) = (open(&args.html, "html")?, open(&args.gradescope, "gradescope")?);
        Ok(Self { args, html, gradescope, secret, only, task })
    }

    /// Writes it.
    pub(super) fn write(self, ctx: &Context, graded: &Graded<'_>, now: Timestamp) -> Result<()> {
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
            pages(ctx, folder, &seen, &names, release, (graded.marks, is_whole))?;
        }
        if let Some(path) = &self.args.junit {
            let mut text = Vec::new();
            junit::write(&mut text, &seen)?;
            write_atomic(path, &text, Durability::Disk).map_err(|e| unwritable(path, &e))?;
        }
        if let Some(folder) = self.gradescope {
            results(ctx, folder, &seen, &names, release, is_whole)?;
        }
        Ok(())
    }
}

fn pages(
    ctx: &Context,
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
        ctx.events.note(format!("`{INDEX}` stays as it is: with `--only` not the whole class is graded"));
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
                Ok(bytes) => drop(transcripts.insert(key.clone(), String::from_utf8_lossy(&bytes).into_owned())),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(unwritable(&path, &e)),
            }
        }
    }
    Ok(transcripts)
}

fn results(
    ctx: &Context,
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
        ctx.events.warn(format!("no results for Gradescope, since not all could be graded: {told}{more}"));
    }
    folder.finish(is_whole)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
}
