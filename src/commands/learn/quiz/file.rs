//! Answers from a file, for programs: each is marked as if it had been typed, with the options in the order of the sheet that it names, or of the bank.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::dialogue::Live;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::foreign_text;
use crate::printable::{name, printable};
use crate::quiz::answer;
use crate::quiz::answers::{self, Answers};
use crate::quiz::judge::judge;
use crate::quiz::model::{Item, Quiz, Task};
use crate::quiz::session;
use crate::report::quiz as report;

/// Marks the answers in `file`.
pub(super) async fn run(
    ctx: &Context,
    items: &[(&Quiz, &Item)],
    file: &Path,
    live: Option<&Live>,
    out: &mut impl Write,
) -> Result<Exit> {
    let answers = read(file)?;
    if let Some(unknown) = answers.typed.keys().find(|id| !items.iter().any(|(_, item)| item.id == **id)) {
        let shown = name(file);
        return Err(Failure::usage(format!(
            "{shown}: there is no such question: `{}`\n`satrain quiz --list -o json` lists all.",
            unknown.escape_debug()
        )));
    }
    let (mut points, mut of, mut marked) = (0, 0, Vec::new());
    for (topic, item) in items {
        let (Some(typed), Some(task)) = (answers.typed.get(&item.id), item.task()) else { continue };
        let answer = match (task, live) {
            (Task::Fix(_), Some(live)) => live.tried(ctx, item, typed).await,
            (Task::Fix(_), None) => Err("only a cluster can judge a manifest: add `--live`".into()),
            _ => answer::read(&task, &session::shown(item, answers.sheet), typed),
        };
        let answer = answer
            .map_err(|why| Failure::usage(format!("{}: the answer to `{}`: {why}", name(file), item.id)))?;
        let mark = judge(item, &answer);
        let own = matches!(task, Task::Open(_));
        if !own {
            points += mark.points;
            of += mark.of;
        }
        if !ctx.json {
            let heading = format!("{} {} {}", topic.topic, ctx.style.dot(), item.id);
            writeln!(out, "{}", ctx.style.bold(&printable(&heading)))?;
            report::marked(out, &ctx.style, item, &mark)?;
            writeln!(out)?;
        }
        let remarks: Vec<Value> =
            mark.remarks.iter().map(|r| json!({"right": r.right, "about": r.about, "why": r.why})).collect();
        marked.push(json!({"id": item.id, "topic": topic.topic, "points": mark.points, "of": mark.of, "selfMarked": own, "remarks": remarks}));
    }
    if ctx.json {
        let score = json!({"points": points, "of": of, "percent": (points * 100).checked_div(of)});
        ctx.write_json(
            out,
            &json!({"schema": "satrain.dev/quiz-result/v1", "items": marked, "score": score}),
        )?;
    } else {
        writeln!(out, "{points} of {of} right")?;
    }
    Ok(if points == of { Exit::Passed } else { Exit::NotPassed })
}

fn read(file: &Path) -> Result<Answers> {
    let shown = name(file);
    let text = foreign_text(file).map_err(|e| Failure::usage(format!("{shown}: {e}")))?;
    answers::read(&shown, &text).map_err(Failure::usage)
}
