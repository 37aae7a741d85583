//! A session of questions on a terminal: lines in, lines out.

use std::io::{BufRead, Write};
use std::time::Instant;

use jiff::Timestamp;

use super::editor;
use crate::commands::context::Context;
use crate::commands::typed::{self, Typed};
use crate::error::{Exit, Failure, Result};
use crate::fs::foreign_text;
use crate::history::{History, QuizAnswer, QuizSession};
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;
use crate::printable::name;
use crate::quiz::answer::{self, Answer};
use crate::quiz::experiment::{observe, try_manifests};
use crate::quiz::judge::{Mark, judge};
use crate::quiz::model::{Item, Quiz, Task};
use crate::quiz::observed::Observed;
use crate::quiz::session;
use crate::report::quiz as report;

/// Where experiments are run.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) lab: LabCluster,
    pub(super) store: Store,
}

impl Live {
    /// Has a mended manifest judged.
    pub(super) async fn tried(
        &self,
        ctx: &Context,
        item: &Item,
        manifest: &str,
    ) -> std::result::Result<Answer, String> {
        let (Some(Task::Fix(fix)), Some(experiment)) = (item.task(), &item.experiment) else {
            return Err("no cluster can judge it: GIFT carries no experiment".into());
        };
        ctx.events.step("Asking the API server");
        let found = try_manifests(&self.store, &self.lab, item, (fix, experiment), &[manifest]).await;
        ctx.events.done("Asked the API server");
        let found = found?;
        Ok(Answer::Checked(found.into_iter().next().unwrap_or_default()))
    }
}

/// How many answers to one question may be none before a program is no longer asked.
const UNREAD: u32 = 3;

/// What is said of an answer that is no text.
const GARBLED: &str = "This is no text in UTF-8: type it again.";

/// What a session needs.
pub(super) struct Dialogue<'a> {
    pub(super) ctx: &'a Context,
    pub(super) history: &'a History,
    pub(super) session: &'a QuizSession,
    pub(super) items: &'a [(&'a Quiz, &'a Item)],
    pub(super) live: Option<&'a Live>,
    /// Whether a person types.
    pub(super) person: bool,
}

/// What was typed.
enum Reply {
    Answer(Answer, String),
    Skip,
    Quit,
}

/// Asks what was not answered yet; `given`: what was.
pub(super) async fn run(
    d: Dialogue<'_>,
    given: Vec<QuizAnswer>,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Exit> {
    let total = d.items.len();
    let mut answers = given;
    for (n, (topic, item)) in d.items.iter().enumerate() {
        if answers.iter().any(|a| a.item == item.id) {
            continue;
        }
        let shown = session::shown(item, Some(d.session.seed));
        let place = format!("Question {} of {total}", n + 1);
        report::question(out, &d.ctx.style, &place, (topic, item), &shown)?;
        let clock = Instant::now();
        let (answer, typed) = match asked(&d, item, &shown, input, out).await? {
            Reply::Answer(answer, typed) => (answer, typed),
            Reply::Skip => {
                writeln!(out)?;
                continue;
            }
            Reply::Quit => {
                writeln!(out, "\n{} continues this session.", d.ctx.style.command("satrain quiz"))?;
                return Ok(Exit::NotPassed);
            }
        };
        let mark = judge(item, &answer);
        let row = QuizAnswer {
            session: Some(d.session.id),
            item: item.id.clone(),
            topic: topic.topic.clone(),
            at: Timestamp::now().to_string(),
            answer: typed,
            points: mark.points,
            of: mark.of,
            self_marked: matches!(item.task(), Some(Task::Open(_))),
            seconds: clock.elapsed().as_secs_f64(),
        };
        // Before it is told, so that nobody answers twice.
        d.history.add_answer(&row)?;
        answers.push(row);
        if d.session.deferred {
            writeln!(out)?;
        } else {
            told(&d, item, &mark, out).await?;
        }
    }
    d.history.finish_session(d.session.id, &Timestamp::now().to_string())?;
    if d.session.deferred {
        afterwards(&d, &answers, out)?;
    }
    ended(&d, &answers, out)
}

/// Asks until there is an answer.
async fn asked(
    d: &Dialogue<'_>,
    item: &Item,
    shown: &[usize],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Reply> {
    let Some(task) = item.task() else { return Ok(Reply::Skip) };
    let file = d.ctx.paths.state.join("quiz").join(format!("{}.yaml", item.id));
    if let Task::Fix(fix) = task {
        write_manifest(&file, &fix.manifest)?;
        writeln!(out, "The file: {}\n", name(&file))?;
    }
    let mut unread = 0;
    loop {
        if unread == UNREAD && !d.person {
            return Err(Failure::usage(format!(
                "{UNREAD} answers to one question could not be read\n`satrain quiz` continues this session; `skip` skips a question."
            )));
        }
        unread += 1;
        let typed = match line(d.ctx, &report::prompt(item), input, out).await? {
            Typed::Line(typed) => typed,
            Typed::End => return Ok(Reply::Quit),
            Typed::Garbled => {
                writeln!(out, "  {GARBLED}")?;
                continue;
            }
        };
        match typed.to_lowercase().as_str() {
            "skip" => return Ok(Reply::Skip),
            "quit" => return Ok(Reply::Quit),
            "e" if matches!(task, Task::Fix(_)) => {
                if let Err(why) = editor::edit(d.ctx, &file) {
                    writeln!(out, "  {why}")?;
                }
                continue;
            }
            _ => {}
        }
        let answer = match (task, d.live) {
            (Task::Fix(_), Some(live)) => {
                let manifest =
                    foreign_text(&file).map_err(|e| Failure::usage(format!("{}: {e}", name(&file))))?;
                live.tried(d.ctx, item, &manifest).await.map(|answer| (answer, manifest))
            }
            (Task::Open(_), _) => {
                report::points(out, &d.ctx.style, item)?;
                let ask = "Letters of the points you made, such as a c; Enter for none: ";
                match line(d.ctx, ask, input, out).await? {
                    Typed::Line(ticked) => answer::read(&task, shown, &ticked).map(|answer| (answer, typed)),
                    Typed::End => return Ok(Reply::Quit),
                    Typed::Garbled => Err(GARBLED.to_owned()),
                }
            }
            _ => answer::read(&task, shown, &typed).map(|answer| (answer, typed)),
        };
        match answer {
            Ok((answer, typed)) => return Ok(Reply::Answer(answer, typed)),
            Err(why) => writeln!(
                out,
                "  {}",
                d.ctx.style.wrap(&crate::printable::printable(&why), "  ").trim_start()
            )?,
        }
    }
}

async fn line(ctx: &Context, prompt: &str, input: &mut impl BufRead, out: &mut impl Write) -> Result<Typed> {
    // Input that never ends lets nothing else have its turn, and a signal would be heard by nobody.
    tokio::task::yield_now().await;
    write!(out, "{prompt}")?;
    out.flush()?;
    let _prompting = ctx.prompting();
    if ctx.cancel.is_cancelled() {
        return Ok(Typed::End);
    }
    typed::line(input)
}

fn write_manifest(file: &std::path::Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| Failure::usage(format!("{}: {e}", name(file)));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(file, text).map_err(failed)
}

/// Says what came of an answer, and lets the cluster say it where that was predicted or not known.
async fn told(d: &Dialogue<'_>, item: &Item, mark: &Mark, out: &mut impl Write) -> Result<()> {
    let predicted = matches!(item.task(), Some(Task::Predict(_)));
    if predicted {
        witnessed(d, item, out).await?;
    }
    report::marked(out, &d.ctx.style, item, mark)?;
    if !predicted && !mark.full() {
        witnessed(d, item, out).await?;
    }
    Ok(writeln!(out)?)
}

/// Runs the experiment, or shows what it printed when it was recorded.
async fn witnessed(d: &Dialogue<'_>, item: &Item, out: &mut impl Write) -> Result<()> {
    let Some(experiment) = item.experiment.as_ref().filter(|e| !e.run.is_empty()) else { return Ok(()) };
    if let Some(live) = d.live {
        d.ctx.events.step("Running the experiment");
        let observed = observe(&live.store, &live.lab, item, experiment).await;
        d.ctx.events.done("Ran the experiment");
        match observed {
            Ok(output) => {
                report::seen(out, &d.ctx.style, &experiment.run, &output, "On your cluster, just now:")?
            }
            Err(problem) => d.ctx.events.warn(format!("the experiment failed: {problem}")),
        }
        return Ok(());
    }
    let recorded = Observed::builtin();
    if let Some(output) = recorded.items.get(&item.id) {
        let when = format!(
            "Seen on Kubernetes {}, {} (`--live` runs it on your cluster):",
            recorded.kubernetes, recorded.date
        );
        report::seen(out, &d.ctx.style, &experiment.run, output, &when)?;
    }
    Ok(())
}

/// The marks of a session that told nothing meanwhile.
fn afterwards(d: &Dialogue<'_>, answers: &[QuizAnswer], out: &mut impl Write) -> Result<()> {
    for (n, (topic, item)) in d.items.iter().enumerate() {
        let Some(row) = answers.iter().find(|a| a.item == item.id) else { continue };
        let shown = session::shown(item, Some(d.session.seed));
        report::question(out, &d.ctx.style, &format!("Question {}", n + 1), (topic, item), &shown)?;
        writeln!(out, "You answered: {}", row.answer.lines().next().unwrap_or_default())?;
        let read = item.task().and_then(|task| answer::read(&task, &shown, &row.answer).ok());
        let mark = match (row.self_marked, read) {
            (false, Some(answer)) => judge(item, &answer),
            _ => Mark { points: row.points, of: row.of, remarks: Vec::new() },
        };
        report::marked(out, &d.ctx.style, item, &mark)?;
        writeln!(out)?;
    }
    Ok(())
}

fn ended(d: &Dialogue<'_>, answers: &[QuizAnswer], out: &mut impl Write) -> Result<Exit> {
    let sum = |own: bool, of: fn(&QuizAnswer) -> u32| {
        answers.iter().filter(|a| a.self_marked == own).map(of).sum::<u32>()
    };
    let (points, of) = (sum(false, |a| a.points), sum(false, |a| a.of));
    let percent = (points * 100).checked_div(of);
    if let Some(percent) = percent {
        writeln!(out, "{} {points} of {of} right", d.ctx.style.bar(percent, 30))?;
    }
    let (ticked, points_of) = (sum(true, |a| a.points), sum(true, |a| a.of));
    if points_of > 0 {
        writeln!(out, "Open questions, self-marked: {ticked} of {points_of} points")?;
    }
    let skipped = d.items.len().saturating_sub(answers.len());
    if skipped > 0 {
        writeln!(out, "Skipped: {skipped}")?;
    }
    let next = format!("{} repeats what is due.", d.ctx.style.command("satrain quiz --due"));
    writeln!(out, "\n{next}")?;
    Ok(if points == of && skipped == 0 { Exit::Passed } else { Exit::NotPassed })
}
