//! `satrain class quiz`: marks the files of answers that the learners of a class handed in.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::hand_ins::{hand_ins, left_out, must_be_new, must_be_own, table};
use super::{fill, opened, results};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, write_atomic};
use crate::handin::collect::read;
use crate::handin::{HandIn, assign};
use crate::lms::sheet::Sheet;
use crate::marking::{Answered, quiz_gradebook};
use crate::printable::excerpt;
use crate::quiz::{Bank, named};
use crate::report::gradebook as report;
use crate::scenario;

/// The longest file of answers.
const LONGEST: u64 = 1 << 20;

/// Arguments of `satrain class quiz`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class quiz security audit answers/\n  satrain class quiz security audit moodle-export.zip --table worksheet.csv --fill filled.csv"
)]
pub(super) struct QuizArgs {
    /// The folder of the class
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The topic of the quiz
    #[arg(value_name = "TOPIC")]
    topic: String,
    /// Files of answers (`ID: ANSWER`), folders with them, or an export of Moodle or Canvas
    #[arg(value_name = "ANSWERS", required = true)]
    answers: Vec<PathBuf>,
    /// The table that the learning platform exported
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Write the table with the marks in it to a new file
    #[arg(long, value_name = "FILE", requires = "table")]
    fill: Option<PathBuf>,
    /// The column of the marks, where the table has several
    #[arg(long, value_name = "HEADING", requires = "fill")]
    column: Option<String>,
    /// Also write the marks as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(ctx: &Context, args: &QuizArgs, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, &args.folder)?;
    let bank = Bank::builtin().map_err(Failure::from)?;
    let topics: BTreeSet<&str> = bank.items().map(|(quiz, _)| quiz.topic.as_str()).collect();
    if !topics.contains(args.topic.as_str()) {
        let known: Vec<&str> = topics.into_iter().collect();
        return Err(scenario::unknown("quiz topic", &args.topic, &known).into());
    }
    let items = named(&bank, std::slice::from_ref(&args.topic))?;
    must_be_new(args.fill.as_deref())?;
    must_be_own(args.csv.as_deref(), "--csv", report::is_csv)?;
    let sheet = args.table.as_deref().map(table).transpose()?;
    let mut given = hand_ins(&args.answers)?;
    let files: Vec<HandIn> = given
        .found
        .iter()
        .map(|file| HandIn {
            relative: file.relative.clone(),
            modified: file.modified,
            task: Some(args.topic.clone()),
        })
        .collect();
    let assigned = assign(&files, folder.roster(), sheet.as_ref().map(Sheet::rows), &[], &[]);
    given.left_out.extend(
        assigned
            .left
            .iter()
            .filter_map(|left| Some(left_out(&files.get(left.hand_in)?.relative, &left.why.to_string()))),
    );
    let mut answered = Vec::new();
    for one in &assigned.given {
        for attempt in &one.attempts {
            let Some(file) = given.found.get(attempt.hand_in) else { continue };
            let bytes = read(&file.path, LONGEST).map_err(|e| e.to_string());
            let text = bytes
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned()));
            answered.push(Answered {
                learner: one.learner.clone(),
                file: excerpt(&file.relative.display().to_string(), 400),
                submitted: file.modified,
                text,
            });
        }
    }
    if answered.is_empty() {
        return Err(Failure::usage(
            "no file of a learner of this class was found\nName files `LEARNER.yaml`, or give the folder or archive that Moodle or Canvas exported.",
        ));
    }
    let book = quiz_gradebook(&class, folder.roster(), (&args.topic, &items), answered, given.left_out);
    crate::fs::make_private(&folder.results()).map_err(|e| Failure::of_file(&folder.results(), &e))?;
    results::write(&folder, &format!("quiz-{}.json", args.topic), &book)?;
    if let Some(path) = &args.csv {
        write_atomic(path, report::csv(&book).as_bytes(), Durability::Disk)
            .map_err(|e| Failure::of_file(path, &e))?;
    }
    if let (Some(path), Some(sheet)) = (&args.fill, &sheet) {
        let filled = fill::filled(folder.roster(), sheet, &book, Some(&args.topic), args.column.clone())?;
        fill::tell(ctx, &filled);
        write_atomic(path, &filled.bytes, Durability::Disk).map_err(|e| Failure::of_file(path, &e))?;
    }
    match ctx.json {
        true => ctx.write_json(out, &book)?,
        false => report::text(out, &ctx.style, &book)?,
    }
    Ok(Exit::Passed)
}
