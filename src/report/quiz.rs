//! Questions and what came of their answers, as text.

use std::io::{Result, Write};

use super::style::{Mark as Sign, Style};
use crate::printable::printable;
use crate::quiz::answer::letter;
use crate::quiz::judge::Mark;
use crate::quiz::model::{Item, Quiz, Task, numbered};

/// What may be typed instead of an answer.
pub const WORDS: &str =
    "`skip` skips a question, `quit` stops; the next `satrain quiz` continues the session.";

/// Writes a question. `shown`: which option, step or right side stands at each place.
pub fn question(
    out: &mut impl Write,
    style: &Style,
    place: &str,
    (topic, item): (&Quiz, &Item),
    shown: &[usize],
) -> Result<()> {
    let dot = style.dot();
    let level = format!("{:?}", item.difficulty).to_lowercase();
    writeln!(out, "{}\n", style.bold(&format!("{place} {dot} {} {dot} {level}", printable(&topic.title))))?;
    writeln!(out, "{}\n", style.wrap(&printable(item.question.trim()), ""))?;
    let Some(task) = item.task() else { return Ok(()) };
    match task {
        Task::Matching(matching) => {
            for (n, pair) in matching.pairs.iter().enumerate() {
                listed(out, style, &format!("{}.", n + 1), &pair.left)?;
            }
            writeln!(out)?;
        }
        Task::Lines(lines) => lines_of(out, &lines.text)?,
        Task::Fix(fix) => {
            lines_of(out, &fix.manifest)?;
            for check in &fix.checks {
                listed(out, style, "-", &check.requirement)?;
            }
            writeln!(out)?;
        }
        _ => {}
    }
    let texts = task.lettered();
    for (n, i) in shown.iter().enumerate() {
        listed(out, style, &format!("{})", letter(n)), texts.get(*i).copied().unwrap_or_default())?;
    }
    if shown.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What is asked for, in a line.
pub fn prompt(item: &Item) -> String {
    let what = match item.task() {
        Some(Task::Single(_) | Task::Predict(_)) => "One letter".to_owned(),
        Some(Task::Multiple(_)) => "All correct letters, such as a c".into(),
        Some(Task::Ordering(_)) => "All letters, from first to last".into(),
        Some(Task::Matching(_)) => "A letter for each number, such as 1b 2a".into(),
        Some(Task::Number(number)) => match &number.unit {
            Some(unit) => format!("A number, in {}", units(unit, number.units.keys())),
            None => "A number".into(),
        },
        Some(Task::Short(_)) => "A few words".into(),
        Some(Task::Lines(_)) => "Line numbers, such as 4 7 or 4-6".into(),
        Some(Task::Fix(_)) => "Fix the file (e opens your editor), then press Enter".into(),
        Some(Task::Open(_)) | None => "Your answer, on one line".into(),
    };
    format!("{what}: ")
}

fn units<'a>(unit: &str, more: impl Iterator<Item = &'a String>) -> String {
    let more: Vec<&str> = more.map(String::as_str).collect();
    if more.is_empty() { unit.to_owned() } else { format!("{unit} (or {})", more.join(", ")) }
}

/// Writes the points of an open question, to be ticked.
pub fn points(out: &mut impl Write, style: &Style, item: &Item) -> Result<()> {
    if let Some(Task::Open(points)) = item.task() {
        writeln!(out, "\nA full answer says:")?;
        for (n, point) in points.iter().enumerate() {
            listed(out, style, &format!("{})", letter(n)), &point.text)?;
        }
    }
    writeln!(out)
}

/// Writes what came of an answer.
pub fn marked(out: &mut impl Write, style: &Style, item: &Item, mark: &Mark) -> Result<()> {
    let own = matches!(item.task(), Some(Task::Open(_)));
    let verdict = match (own, mark.full()) {
        (true, _) => format!("You ticked {} of {} points.", mark.points, mark.of),
        (false, true) => format!("{} Right.", style.mark(Sign::Good).trim_end()),
        (false, false) => format!("{} Wrong.", style.mark(Sign::Bad).trim_end()),
    };
    writeln!(out, "\n{}", style.bold(&verdict))?;
    let ordered = matches!(item.task(), Some(Task::Ordering(_)));
    for (n, remark) in mark.remarks.iter().enumerate() {
        let sign = if remark.right { style.mark(Sign::Good) } else { style.mark(Sign::Bad) };
        let sign = if ordered { format!("{}.", n + 1) } else { sign };
        let about = remark.about.as_str();
        listed(out, style, sign.trim_end(), about)?;
        if !remark.why.is_empty() {
            writeln!(out, "{}", style.wrap(&printable(&remark.why), "     "))?;
        }
    }
    if !item.explanation.trim().is_empty() {
        writeln!(out, "\n{}", style.wrap(&printable(item.explanation.trim()), ""))?;
    }
    Ok(())
}

/// Writes the commands of an experiment and what they printed; `when`: where that was seen.
pub fn seen(out: &mut impl Write, style: &Style, run: &str, output: &[String], when: &str) -> Result<()> {
    writeln!(out, "\n{}", style.dim(when))?;
    for line in printable(run.trim_end()).lines() {
        writeln!(out, "  {}", style.command(line))?;
    }
    for line in output {
        writeln!(out, "  {} {}", if style.plain { "|" } else { "│" }, printable(line))?;
    }
    Ok(())
}

fn listed(out: &mut dyn Write, style: &Style, sign: &str, text: &str) -> Result<()> {
    let text = style.wrap(&printable(text.trim()), "     ");
    writeln!(out, "  {sign} {}", text.trim_start())
}

fn lines_of(out: &mut impl Write, text: &str) -> Result<()> {
    for line in numbered(&printable(text)).lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}
