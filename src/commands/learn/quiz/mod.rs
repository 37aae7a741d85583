//! `satrain quiz [TOPIC|ID…]`: asks questions, tells what is right and why, and keeps the answers.

mod dialogue;
mod editor;
mod file;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::foreign_text;
use crate::history::{History, QuizAnswer, QuizSession, schedule};
use crate::lab::attempt;
use crate::lab::store::Store;
use crate::plural::counted;
use crate::printable::{name, printable};
use crate::quiz::model::{Item, Quiz, Task};
use crate::quiz::{Bank, gift, named, session};
use crate::report::qti;
use crate::report::quiz as report;
use crate::report::sheet::{Form, sheet};
use crate::scenario::model::Difficulty;
use dialogue::{Dialogue, Live};

/// How many questions a session has, unless told otherwise.
const COUNT: usize = 10;

/// Arguments of `satrain quiz`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain quiz\n  satrain quiz --due -n 5")]
pub struct QuizArgs {
    /// Topics or items [default: all topics]
    #[arg(value_name = "TOPIC|ID")]
    what: Vec<String>,
    /// How many questions [default: 10]
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=500))]
    count: Option<u16>,
    /// Seed for the choice of questions and the order of options
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only questions of this level
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Difficulty>,
    /// Only questions that are due
    #[arg(long)]
    due: bool,
    /// Show the answers only at the end
    #[arg(long)]
    deferred: bool,
    /// Start a new session even if one was interrupted
    #[arg(long)]
    new: bool,
    /// List the topics instead of asking questions
    #[arg(long, conflicts_with_all = ["answers", "due", "deferred", "new"])]
    list: bool,
    /// Export the questions: Moodle's GIFT, a package of QTI 3, or a printable sheet
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["answers", "due", "deferred", "new", "list"])]
    export: Option<Export>,
    /// Print the answers on the sheet, too
    #[arg(long, requires = "export")]
    key: bool,
    /// Ask questions from this file (Moodle's GIFT) instead of satrain's own
    #[arg(long, value_name = "FILE", conflicts_with = "due")]
    from: Option<PathBuf>,
    /// Read the answers from this file (YAML or JSON: `ID: ANSWER`); letters follow the sheet that its line `sheet: N` names,
    /// else the bank's order of options
    #[arg(long, value_name = "FILE", conflicts_with_all = ["due", "deferred", "new", "count", "seed"])]
    answers: Option<PathBuf>,
    /// Run the experiments on the cluster instead of showing recorded output; also asks you to fix manifests
    #[arg(long)]
    live: bool,
    #[command(flatten)]
    cluster: ClusterChoice,
}

/// For whom questions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Export {
    /// For Moodle; `--from` reads it back
    Gift,
    /// A package of QTI 3, a ZIP archive, for other systems
    Qti,
    /// A sheet in Markdown
    Markdown,
    /// A sheet in HTML
    Html,
}

fn level(name: &str) -> std::result::Result<Difficulty, String> {
    match name {
        "easy" => Ok(Difficulty::Easy),
        "medium" => Ok(Difficulty::Medium),
        "hard" => Ok(Difficulty::Hard),
        _ => Err("one of: easy, medium, hard".into()),
    }
}

type Found<'a> = Vec<(&'a Quiz, &'a Item)>;

/// Runs the command.
pub async fn run(ctx: &Context, args: &QuizArgs, out: &mut impl Write) -> Result<Exit> {
    let bank = match &args.from {
        None => Bank::builtin()?,
        Some(file) => imported(file)?,
    };
    if args.list {
        return list(ctx, &bank, out);
    }
    let found = wanted(&bank, args)?;
    if let Some(form) = args.export {
        out.write_all(&exported(&found, args, form)?)?;
        return Ok(Exit::Passed);
    }
    let live = match args.live {
        true => Some(on_a_cluster(ctx, &args.cluster).await?),
        false => None,
    };
    if let Some(file) = &args.answers {
        return file::run(ctx, &found, file, live.as_ref(), out).await;
    }
    if ctx.json {
        return Err(Failure::usage(
            "quiz questions are interactive\nGive the answers in a file (`--answers FILE`), or list the topics (`--list`).",
        ));
    }
    let mut history = ctx.session.history()?;
    let (session, items) = match resumed(&history, &bank, args)? {
        Some((session, items)) => {
            let told = format!(
                "Continuing the session of {}; `--new` starts a new one.",
                day_and_time(&session.started)
            );
            writeln!(out, "{}\n", ctx.style.dim(&told))?;
            (session, items)
        }
        None => match begun(ctx, &mut history, &found, args, live.is_some(), out)? {
            Some(begun) => begun,
            None => return Ok(Exit::Passed),
        },
    };
    let given: Vec<QuizAnswer> = history.answers(Some(session.id))?;
    let dialogue = Dialogue {
        ctx,
        history: &history,
        session: &session,
        items: &items,
        live: live.as_ref(),
        person: std::io::stdin().is_terminal(),
    };
    dialogue::run(dialogue, given, &mut std::io::stdin().lock(), out).await
}

/// The questions of a file that Moodle, or somebody for Moodle, has written.
fn imported(file: &Path) -> Result<Bank> {
    let shown = name(file);
    let text = foreign_text(file).map_err(|e| Failure::usage(format!("{shown}: {e}")))?;
    let topics = gift::read(&text)
        .map_err(|e| Failure::usage(format!("{shown}:{}:{}: {}", e.line, e.column, e.why)))?;
    if topics.is_empty() {
        return Err(Failure::usage(format!(
            "{shown} has no question\nA question of GIFT has its answers in braces: `Is the sky blue? {{TRUE}}`.",
        )));
    }
    Ok(Bank { topics })
}

fn exported(found: &Found<'_>, args: &QuizArgs, form: Export) -> Result<Vec<u8>> {
    // A sheet of all questions keeps their order; one of some is drawn.
    let drawn = match args.count {
        Some(count) => session::draw(found, args.seed.unwrap_or(1), usize::from(count)),
        None => found.clone(),
    };
    let number = args.seed.unwrap_or(1);
    let shown = |item: &Item| session::shown(item, Some(number));
    let form = match form {
        Export::Gift => return Ok(gift::write(&drawn).into_bytes()),
        Export::Qti if std::io::stdout().is_terminal() => {
            return Err(Failure::usage(
                "a package of QTI 3 is a ZIP archive, which a terminal cannot show\nWrite it to a file: `satrain quiz --export qti > questions.zip`.",
            ));
        }
        Export::Qti => return Ok(qti::package(&drawn, shown)?),
        Export::Markdown => Form::Markdown,
        Export::Html => Form::Html,
    };
    Ok(printable(&sheet(&drawn, number, args.key, form)).into_owned().into_bytes())
}

/// Where experiments are run, with nothing left of earlier ones.
async fn on_a_cluster(ctx: &Context, choice: &ClusterChoice) -> Result<Live> {
    let lab = connect::up(ctx, choice).await?;
    let store = Store::ephemeral(ctx.paths.state.join("quiz").join("experiments"));
    let _lock = ctx.session.lock(&store)?;
    attempt::clear(&store, &lab).await?;
    Ok(Live { lab, store })
}

/// The items that are meant, before any is drawn.
fn wanted<'a>(bank: &'a Bank, args: &QuizArgs) -> Result<Found<'a>> {
    let mut found = named(bank, &args.what)?;
    found.retain(|(_, item)| args.level.is_none_or(|level| item.difficulty == level));
    if found.is_empty() {
        return Err(Failure::usage(
            "there is no such question\n`satrain quiz --list` shows the topics and how many questions of each level they have.",
        ));
    }
    Ok(found)
}

/// An interrupted session, unless something else was asked for.
fn resumed<'a>(
    history: &History,
    bank: &'a Bank,
    args: &QuizArgs,
) -> Result<Option<(QuizSession, Found<'a>)>> {
    let plain = args.what.is_empty()
        && args.count.is_none()
        && args.seed.is_none()
        && args.level.is_none()
        && !args.due;
    if args.new || !plain {
        return Ok(None);
    }
    let Some(session) = history.open_session()? else { return Ok(None) };
    // Items that are no longer there are left out.
    let there = |id: &String| bank.items().find(|(_, item)| item.id == *id && answerable(item, true));
    let items = session.items.iter().filter_map(there).collect();
    Ok(Some((session, items)))
}

/// Whether an answer can be marked. Only the API server can judge a manifest, in the lab of the item's experiment, which
/// no GIFT file brings.
fn answerable(item: &Item, live: bool) -> bool {
    !matches!(item.task(), Some(Task::Fix(_))) || (live && item.experiment.is_some())
}

/// Begins a session; None: nothing is to be asked.
fn begun<'a>(
    ctx: &Context,
    history: &mut History,
    found: &Found<'a>,
    args: &QuizArgs,
    live: bool,
    out: &mut impl Write,
) -> Result<Option<(QuizSession, Found<'a>)>> {
    let mut items = found.clone();
    items.retain(|(_, item)| answerable(item, live));
    if args.due {
        let now = Timestamp::now();
        let due = schedule::due(&history.answers(None)?);
        let is_due = |item: &Item| due.iter().any(|d| d.item == item.id && d.at <= now);
        items.retain(|(_, item)| is_due(item));
        if items.is_empty() {
            let next =
                due.first().map(|d| format!(" The next one is due on {}.", day_and_time(&d.at.to_string())));
            writeln!(out, "No questions are due.{}", next.unwrap_or_default())?;
            return Ok(None);
        }
    }
    if items.is_empty() {
        return Err(Failure::usage(
            "a cluster judges mended manifests, and only questions of satrain's own bank bring what that needs\nAdd `--live`, which starts a cluster, and leave out `--from`.",
        ));
    }
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let drawn = session::draw(&items, seed, args.count.map_or(COUNT, usize::from));
    let ids: Vec<String> = drawn.iter().map(|(_, item)| item.id.clone()).collect();
    let started = Timestamp::now().to_string();
    let (count, questions) = (ids.len(), if ids.len() == 1 { "question" } else { "questions" });
    let told = ctx.style.wrap(&format!("{count} {questions}, seed {seed}. {}", report::WORDS), "");
    writeln!(out, "{}\n", ctx.style.dim(&told))?;
    Ok(Some((history.begin_session(&started, seed, args.deferred, &ids)?, drawn)))
}

/// Small, so that it can be typed again.
fn fresh_seed() -> u64 {
    Timestamp::now().as_millisecond().unsigned_abs() % 100_000
}

pub(super) fn day_and_time(at: &str) -> String {
    let shown = at
        .parse::<Timestamp>()
        .map(|at| at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string());
    shown.unwrap_or_else(|_| at.to_owned())
}

fn list(ctx: &Context, bank: &Bank, out: &mut impl Write) -> Result<Exit> {
    let count = |topic: &Quiz, level| topic.items.iter().filter(|i| i.difficulty == level).count();
    let levels = [Difficulty::Easy, Difficulty::Medium, Difficulty::Hard];
    if ctx.json {
        let topics: Vec<_> = bank
            .topics
            .iter()
            .map(|topic| {
                let items: Vec<_> = topic.items.iter().map(|i| {
                    let kind = i.task().map_or("", |task| task.name());
                    json!({"id": i.id, "kind": kind, "difficulty": i.difficulty, "parts": i.parts, "experiment": i.experiment.is_some()})
                }).collect();
                json!({"topic": topic.topic, "title": topic.title, "items": items})
            })
            .collect();
        ctx.write_json(out, &json!({"topics": topics}))?;
        return Ok(Exit::Passed);
    }
    let width = bank.topics.iter().map(|t| t.topic.len()).max().unwrap_or(0);
    writeln!(out, "{}", ctx.style.dim(&format!("{:<width$}  EASY  MEDIUM  HARD  TITLE", "TOPIC")))?;
    for topic in &bank.topics {
        let [easy, medium, hard] = levels.map(|level| count(topic, level));
        writeln!(
            out,
            "{:<width$}  {easy:>4}  {medium:>6}  {hard:>4}  {}",
            printable(&topic.topic),
            printable(&topic.title)
        )?;
    }
    writeln!(
        out,
        "\n{}. {} asks ten at a time.",
        counted(bank.items().count(), "question"),
        ctx.style.command("satrain quiz")
    )?;
    Ok(Exit::Passed)
}
