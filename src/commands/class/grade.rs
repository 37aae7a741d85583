//! `satrain grade CLASS HAND-INS…`: plays what the learners of a class handed in, and keeps their marks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::elsewhere::{Came, Elsewhere};
use super::hand_ins::{hand_ins, left_out, must_be_new, must_be_own, table};
use super::outputs::{Graded, OutputArgs, Outputs};
use super::results::{self, Results};
use super::shard::PartArgs;
use super::{here, opened};
use crate::class::gradebook::{Gradebook, LeftOut};
use crate::class::{BoundClass, ClassFolder};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::event::Events;
use crate::fs::{Durability, write_atomic};
use crate::handin::{Assigned, HandIn, assign};
use crate::lms::moodle_time;
use crate::lms::sheet::{Platform, Sheet};
use crate::marking::{Job, Kept, Key, Marks, NoPlan, Outcomes, Part, Plan, Scope, gradebook, parts, plan};
use crate::plural::counted;
use crate::printable::excerpt;
use crate::report::gradebook as report;
use crate::shard::Shard;

/// Arguments of `satrain grade`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain grade security hand-ins/\n  satrain grade security moodle-export/ --table worksheet.csv --fill filled.csv\n  satrain grade security --replay"
)]
pub struct GradeArgs {
    /// The folder of the class
    #[arg(value_name = "CLASS")]
    class: PathBuf,
    /// Folders, files and ZIP archives that were handed in: `LEARNER.sh`, `LEARNER/SCENARIO.sh`, `LEARNER.satrain`, or an export
    /// of Moodle or Canvas
    #[arg(value_name = "HAND-INS", required_unless_present = "replay", conflicts_with = "replay")]
    hand_ins: Vec<PathBuf>,
    /// Grade only these learners (repeatable)
    #[arg(long, value_name = "LEARNER")]
    only: Vec<String>,
    /// All hand-ins are for this task, such as an export of one assignment
    #[arg(long, value_name = "SCENARIO")]
    task: Option<String>,
    /// The table that the learning platform exported: Moodle's grading worksheet or Canvas's gradebook
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Write the table with the marks in it to a new file; with `--task` its marks, else those of the class
    #[arg(long, value_name = "FILE", requires = "table")]
    fill: Option<PathBuf>,
    /// The column of the marks, where the table has several
    #[arg(long, value_name = "HEADING", requires = "fill")]
    column: Option<String>,
    /// Also write the marks as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    outputs: OutputArgs,
    /// Time limit for a script, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Hand-ins to play in parallel, each on a cluster of its own [default: by processors and memory]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Play again what has a mark already
    #[arg(long, conflicts_with = "replay")]
    again: bool,
    #[command(flatten)]
    parts: PartArgs,
    /// Judge all recordings again by the scenarios as they are now, without a cluster, and show what changes
    #[arg(long, conflicts_with_all = ["only", "task", "table", "csv", "html", "junit", "gradescope", "jobs"])]
    replay: bool,
    /// Keep the new marks
    #[arg(long, requires = "replay")]
    write: bool,
}

impl GradeArgs {
    /// Whether others play the hand-ins.
    pub(in crate::commands) fn is_elsewhere(&self) -> bool {
        self.parts.is_elsewhere()
    }
}

/// Runs the command.
pub(in crate::commands) async fn run(ctx: &Context, args: &GradeArgs, out: &mut impl Write) -> Result<Exit> {
    if args.replay {
        return super::regrade::run(ctx, &args.class, args.write, out);
    }
    if args.parts.prints_a_job_file() && (args.csv.is_some() || args.fill.is_some() || args.outputs.any()) {
        return Err(Failure::usage(
            "there are no marks yet: a job file is printed\nGive `--csv`, `--fill`, `--html`, `--junit` and `--gradescope` to `--collect`, when all parts are done.",
        ));
    }
    let chosen = !args.only.is_empty() || args.task.is_some() || args.table.is_some() || args.again;
    if args.parts.prints_a_job_file() && chosen && !args.parts.is_elsewhere() {
        return Err(Failure::usage(
            "the parts read the class themselves, and play all of it\nTo choose what is played, send it to them: add `--store`.",
        ));
    }
    if let Some(file) = args.parts.job_file(ctx, &args.class, &args.hand_ins)? {
        write!(out, "{file}")?;
        return Ok(Exit::Passed);
    }
    let elsewhere = args.parts.elsewhere()?;
    let shard = args.parts.shard(ctx)?;
    let (folder, class) = opened(ctx, &args.class)?;
    let table = args.table.as_deref().map(table).transpose()?;
    let only = only(args, &folder)?;
    let outputs = Outputs::open(&args.outputs, &folder, only.clone(), args.task.as_deref())?;
    must_be_new(args.fill.as_deref())?;
    must_be_own(args.csv.as_deref(), "--csv", report::is_csv)?;
    let marks = Marks::new(folder.results());
    let _lock = match marks.lock(shard, &ctx.doing()) {
        Ok(Ok(lock)) => lock,
        Ok(Err(holder)) => {
            return Err(Failure::usage(format!(
                "this class is being graded already: {holder}\nWait for it, or end it."
            )));
        }
        Err(e) => return Err(Failure::of_file(&folder.results(), &e)),
    };
    let (plan, left_out, some_lost) =
        planned(args, (&folder, &class), table.as_ref(), &only, (&marks, &ctx.events))?;
    let (mut outcomes, jobs) = known(ctx, args, &marks, &plan, shard)?;
    let total = jobs.len();
    let before = outcomes.len();
    let limit = Duration::from_secs(args.timeout);
    match elsewhere {
        Some((store, players)) => {
            let again = args.again;
            let id = folder.id();
            let elsewhere = Elsewhere { ctx, store, players, class: &class, id, marks: &marks, limit, again };
            match elsewhere.played(jobs).await? {
                // What was to be played again has its old mark; a gradebook of now would say that it has none.
                Came::Outcomes(_) if ctx.cancel.is_cancelled() => return Ok(Exit::Incomplete),
                Came::Outcomes(came) => outcomes.extend(came),
                Came::JobFile(file) => {
                    write!(out, "{file}")?;
                    return Ok(Exit::Passed);
                }
            }
        }
        None if args.parts.collects() => {}
        None => outcomes.extend(here::played(ctx, &marks, jobs, (args.jobs, limit), shard).await?),
    }
    if args.parts.collects() && outcomes.len() < before + total {
        ctx.events.warn(format!("{} without a mark", counted(before + total - outcomes.len(), "hand-in")));
    }
    if let Some(shard) = shard {
        return super::shard::tell(ctx, shard, &plan, &outcomes, out);
    }
    let is_whole = only.is_empty() && args.task.is_none();
    let earlier = if is_whole { None } else { earlier(ctx, &folder) };
    let task = args.task.as_deref();
    let scope = Scope { learners: &only, task, earlier: earlier.as_ref() };
    let book = gradebook(&class, folder.roster(), &plan.works, &outcomes, left_out, scope);
    write_files(ctx, args, &folder, table.as_ref(), &book)?;
    let graded = Graded { class: &class, book: &book, marks: &marks, outcomes: &outcomes };
    outputs.write(&ctx.events, &graded, Timestamp::now())?;
    let shown = book.narrowed(&only, task);
    match ctx.json {
        true => ctx.write_json(out, &shown)?,
        false => report::text(out, &ctx.style, &shown)?,
    }
    super::report::after_grade(ctx, &args.class, (&folder, &class), (&marks, &plan, &book), out)?;
    Ok(if some_lost || shown.ungraded().next().is_some() { Exit::Incomplete } else { Exit::Passed })
}

/// The gradebook of an earlier run, for what this one is not about.
fn earlier(ctx: &Context, folder: &ClassFolder) -> Option<Gradebook> {
    if !folder.results().join("gradebook.json").exists() {
        return None;
    }
    match Results::read(folder) {
        Ok(results) => Some(results.book),
        Err(failure) => {
            ctx.events.warn(format!("the marks of all others are not kept: {}", failure.report));
            None
        }
    }
}

/// The learners that are named; none: all.
fn only(args: &GradeArgs, folder: &ClassFolder) -> Result<BTreeSet<String>> {
    let mut only = BTreeSet::new();
    for id in &args.only {
        only.insert(folder.roster().named(id)?.id.clone());
    }
    Ok(only)
}

/// What is to be played, and what is left out.
fn planned(
    args: &GradeArgs,
    (folder, class): (&ClassFolder, &BoundClass),
    table: Option<&Sheet>,
    only: &BTreeSet<String>,
    (marks, events): (&Marks, &Events),
) -> Result<(Plan, Vec<LeftOut>, bool)> {
    let tasks: Vec<String> = match &args.task {
        None => class.tasks.iter().map(|task| task.id().to_owned()).collect(),
        Some(task) if class.task(task).is_some() => vec![task.clone()],
        Some(task) => {
            let all: Vec<&str> = class.tasks.iter().map(|task| task.id()).collect();
            return Err(Failure::usage(format!(
                "this class has no task `{task}`\nIts tasks: {}",
                all.join(", ")
            )));
        }
    };
    let given = hand_ins(&args.hand_ins)?;
    let (parts, broken) = parts(given.found.clone());
    let files: Vec<HandIn> = parts.iter().map(Part::hand_in).collect();
    let others: Vec<String> =
        class.tasks.iter().map(|task| task.id().to_owned()).filter(|id| !tasks.contains(id)).collect();
    let mut assigned = assign(&files, folder.roster(), table.map(Sheet::rows), &tasks, &others);
    times(&mut assigned, (class, &tasks), table, events)?;
    let lost = assigned.left.iter().filter(|left| left.why.is_somebodys()).count();
    if lost > 0 {
        events.warn(format!(
            "{} of learners of this class {} not graded: the marks of these learners may be too low, see below",
            counted(lost, "file"),
            if lost == 1 { "is" } else { "are" }
        ));
    }
    let broken = broken.iter().map(|(file, why)| left_out(file, why));
    let nobodys = assigned
        .left
        .iter()
        .filter_map(|left| Some(left_out(&files.get(left.hand_in)?.relative, &left.why.to_string())));
    let left_out: Vec<LeftOut> = given.left_out.iter().cloned().chain(broken).chain(nobodys).collect();
    let wanted = |id: &str| only.is_empty() || only.contains(id);
    let keep = |key: &Key, kept: &Kept| marks.keep(key, kept);
    let plan = plan(folder, class, &parts, &assigned, wanted, keep).map_err(|e| match e {
        NoPlan::Scenario(e) => e.into(),
        NoPlan::Kept(e) => Failure::of_file(marks.root(), &e),
    })?;
    if plan.works.is_empty() {
        let told: Vec<String> =
            left_out.iter().take(5).map(|left| format!("{}: {}", left.file, left.why)).collect();
        return Err(Failure::usage(format!(
            "nothing that a learner of this class handed in was found\n{}\nName files `LEARNER.sh` or `LEARNER/SCENARIO.sh`, or give the folder that Moodle or Canvas exported.",
            told.join("\n")
        )));
    }
    Ok((plan, left_out, lost > 0))
}

/// Whether the times of the table can be used: they are those of one assignment, in words that can be read.
fn times(
    assigned: &mut Assigned,
    (class, tasks): (&BoundClass, &[String]),
    table: Option<&Sheet>,
    events: &Events,
) -> Result<()> {
    let Some(table) = table else { return Ok(()) };
    let is_due = class.tasks.iter().any(|task| tasks.iter().any(|id| id == task.id()) && task.due.is_some());
    if tasks.len() > 1 {
        let attempts = assigned.given.iter_mut().flat_map(|given| &mut given.attempts);
        attempts.for_each(|attempt| attempt.submitted = None);
        if is_due {
            events.note("the times of the files count: those of the table are of one assignment, which `--task` names");
        }
        return Ok(());
    }
    if !is_due {
        return Ok(());
    }
    let said = assigned.given.iter().flat_map(|given| &given.attempts).filter_map(|a| a.submitted.as_deref());
    if let Some(unread) = said.clone().find(|text| moodle_time(text).is_none()) {
        return Err(Failure::usage(format!(
            "the table says `{}` as the time of a hand-in, which is no time in English\nSet the platform's language to English, and export the table again: by it is decided what is late.",
            excerpt(unread, 80)
        )));
    }
    if table.platform() == Platform::Moodle && said.count() == 0 {
        events.warn(
            "the table says no times of hand-ins (`Last modified (submission)`; it must be in English): the times of the files decide what is late",
        );
    }
    Ok(())
}

/// What is known already, and the jobs that have no mark yet.
fn known(
    ctx: &Context,
    args: &GradeArgs,
    marks: &Marks,
    plan: &Plan,
    shard: Option<Shard>,
) -> Result<(Outcomes, Vec<Job>)> {
    let mut outcomes: Outcomes = BTreeMap::new();
    let mut jobs = Vec::new();
    outcomes.extend(plan.judged.iter().map(|(key, mark)| (key.clone(), Ok(mark.clone()))));
    if !outcomes.is_empty() {
        ctx.events.note(format!(
            "{} judged by what the learner's own machine recorded, which can be made up: only a script is played again",
            counted(outcomes.len(), "hand-in")
        ));
    }
    let recorded = outcomes.len();
    for job in plan.jobs.iter().filter(|job| shard.is_none_or(|shard| shard.holds(job.key.number()))) {
        let known = if args.again { None } else { marks.find_for(job).map_err(Failure::other)? };
        match known {
            // A script was played, whatever else has its name.
            Some(mark) if !mark.by_own_recording => drop(outcomes.insert(job.key.clone(), Ok(mark))),
            _ => jobs.push(job.clone()),
        }
    }
    if outcomes.len() > recorded {
        ctx.events.note(format!(
            "{} graded before; `--again` plays them again",
            counted(outcomes.len() - recorded, "hand-in")
        ));
    }
    Ok((outcomes, jobs))
}

/// Writes the gradebook, and whatever else is asked for.
fn write_files(
    ctx: &Context,
    args: &GradeArgs,
    folder: &ClassFolder,
    table: Option<&Sheet>,
    book: &Gradebook,
) -> Result<()> {
    results::write(folder, "gradebook.json", book)?;
    if let Some(path) = &args.csv {
        write_atomic(path, report::csv(book).as_bytes(), Durability::Disk)
            .map_err(|e| Failure::of_file(path, &e))?;
    }
    if let (Some(path), Some(sheet)) = (&args.fill, table) {
        let filled =
            super::fill::filled(folder.roster(), sheet, book, args.task.as_deref(), args.column.clone())?;
        super::fill::tell(ctx, &filled);
        write_atomic(path, &filled.bytes, Durability::Disk).map_err(|e| Failure::of_file(path, &e))?;
    }
    Ok(())
}
