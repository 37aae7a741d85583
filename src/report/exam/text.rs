//! The review of an exam on the terminal.
//!
//! In: an [`ExamPage`], which has chosen what is shown. Out: the same as text.

use std::io::{Result, Write};

use super::page::{Answer, Bar, ExamPage, Shown, TaskPart};
use super::sentences::spent;
use crate::report::style::Style;
use crate::report::text::write_checks;

/// Columns of the sum's bar, and of those of topics.
const SUM: usize = 30;
const BAR: usize = 20;

/// Writes the review.
pub fn write(out: &mut impl Write, style: &Style, page: &ExamPage) -> Result<()> {
    writeln!(out, "{}", style.bold(&format!("{} {} {}", page.title, style.dot(), page.id)))?;
    writeln!(out)?;
    let total = &page.total;
    let mark = style.mark(total.mark);
    match total.percent {
        None => writeln!(out, "  {mark} {}", total.words)?,
        Some(percent) => {
            let bold = style.bold(&format!("{percent} %"));
            writeln!(out, "  {}  {bold}  {mark} {}", style.bar(percent, SUM), total.words)?;
            writeln!(out, "  {} points; 100 are the whole paper", total.points)?;
        }
    }
    writeln!(out)?;
    for (name, value) in &page.facts {
        writeln!(out, "  {name:<11}{value}")?;
    }
    for notice in &page.notices {
        listed(out, style, notice)?;
    }
    write_tasks(out, style, page)?;
    bars(out, style, "Topics", page.total.pass, &page.topics)?;
    bars(out, style, "Domains", page.total.pass, &page.domains)?;
    for (heading, sentences) in &page.findings {
        title(out, style, heading)?;
        for sentence in sentences {
            listed(out, style, sentence)?;
        }
    }
    title(out, style, "The order")?;
    paragraph(out, style, &page.triage.says)?;
    for sentence in &page.triage.moves {
        listed(out, style, sentence)?;
    }
    if !page.triage.assumes.is_empty() {
        paragraph(out, style, "This assumes:")?;
        for sentence in &page.triage.assumes {
            listed(out, style, sentence)?;
        }
    }
    write_practise(out, style, page)?;
    if let Some(notes) = &page.notes {
        title(out, style, "Your notes")?;
        as_is(out, notes)?;
    }
    for task in &page.tasks {
        write_task(out, style, task)?;
    }
    // A terminal shows the end of it.
    writeln!(out, "\n{mark} {}", last(style, page))
}

/// What it came to once more, in a line.
fn last(style: &Style, page: &ExamPage) -> String {
    let total = &page.total;
    let name = format!("Exam {}", page.id);
    match total.percent {
        None => format!("{name} {}", total.words),
        Some(_) => {
            let brief = style.bold(&total.brief());
            format!("{name}: {brief}, {} points, pass mark {} %", total.points, total.pass)
        }
    }
}

fn title(out: &mut impl Write, style: &Style, text: &str) -> Result<()> {
    writeln!(out, "\n{}", style.bold(text))
}

fn paragraph(out: &mut impl Write, style: &Style, text: &str) -> Result<()> {
    writeln!(out, "{}", style.wrap(text, "  "))
}

fn listed(out: &mut impl Write, style: &Style, text: &str) -> Result<()> {
    // What comes from elsewhere stays in its list item.
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    writeln!(out, "{}", style.wrap(&format!("- {line}"), "  "))
}

/// Code and notes: no line is broken.
fn as_is(out: &mut impl Write, text: &str) -> Result<()> {
    for line in text.lines() {
        writeln!(out, "{}", format!("    {line}").trim_end())?;
    }
    Ok(())
}

fn write_tasks(out: &mut impl Write, style: &Style, page: &ExamPage) -> Result<()> {
    title(out, style, "Tasks")?;
    let indent = if style.plain { 8 } else { 2 };
    let head =
        format!("  {:indent$}{:>2}  {:>8}  {:>10}  {:<12}  Task", "", "No", "Points", "Time", "At the end");
    writeln!(out, "{}", style.dim(&head))?;
    for task in &page.tasks {
        let mark = style.mark(task.mark);
        let points = format!("{}/{}", task.earned.as_deref().unwrap_or("-"), task.worth);
        let time = spent(task.spent, task.expected);
        let line = format!("{:>2}  {points:>8}  {time:>10}  {:<12}  ", task.number, task.standing);
        let hang = " ".repeat(2 + indent + line.chars().count());
        let flag = if task.flagged { " (flagged)" } else { "" };
        let name = style.wrap(&format!("{}{flag}", task.title), &hang);
        writeln!(out, "  {mark} {line}{}", name.trim_start())?;
    }
    let legend = "Points: earned and worth. Time: on the host and expected.";
    writeln!(out, "{}", style.dim(&style.wrap(legend, "  ")))
}

fn bars(out: &mut impl Write, style: &Style, heading: &str, pass: u32, bars: &[Bar]) -> Result<()> {
    if bars.is_empty() {
        return Ok(());
    }
    title(out, style, &format!("{heading}, against the pass mark of {pass} %"))?;
    let width = bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0).min(26);
    for bar in bars {
        let percent = bar.percent.map_or_else(|| "  - %".to_owned(), |percent| format!("{percent:>3} %"));
        let drawn = style.bar(bar.percent.unwrap_or(0), BAR);
        // A name that is longer has a line of its own.
        let name = match bar.name.chars().count() > width {
            true => {
                paragraph(out, style, &bar.name)?;
                String::new()
            }
            false => bar.name.clone(),
        };
        writeln!(out, "  {name:<width$}  {drawn} {percent}  {:<10} {}", bar.words, bar.points)?;
    }
    writeln!(
        out,
        "{}",
        style.dim(&style.wrap(&format!("A task counts for each of its {}.", heading.to_lowercase()), "  "))
    )
}

fn write_practise(out: &mut impl Write, style: &Style, page: &ExamPage) -> Result<()> {
    title(out, style, "What to practise next")?;
    if page.practise.is_empty() {
        return paragraph(out, style, page.nothing_to_practise);
    }
    for exercise in &page.practise {
        writeln!(out, "  {}: {} %", exercise.topic, exercise.percent)?;
        for (what, commands) in &exercise.commands {
            for (i, command) in commands.iter().enumerate() {
                let what = if i == 0 { *what } else { "" };
                writeln!(out, "    {what:<10}{}", style.command(command))?;
            }
        }
    }
    Ok(())
}

fn write_task(out: &mut impl Write, style: &Style, task: &TaskPart) -> Result<()> {
    title(out, style, &format!("Task {}: {}", task.number, task.title))?;
    let points = match &task.earned {
        None => format!("does not count, worth {}", task.worth),
        Some(earned) => format!("{earned} of {} points", task.worth),
    };
    let dot = style.dot();
    writeln!(out, "  {} {} {dot} {points} {dot} {}", style.mark(task.mark), task.standing, task.id)?;
    paragraph(out, style, &task.time)?;
    if let Some(odd) = &task.odd {
        paragraph(out, style, &format!("It {odd}"))?;
    }
    if let Some(text) = &task.task {
        part(out, style, "Task")?;
        paragraph(out, style, text)?;
    }
    if let Some(grade) = &task.grade {
        part(out, style, "Requirements")?;
        write_checks(out, style, grade, "  ")?;
    }
    if let Some(answer) = &task.answer {
        write_answer(out, style, answer)?;
    }
    if let Some(explanation) = &task.explanation {
        part(out, style, "Explanation")?;
        paragraph(out, style, explanation)?;
    }
    if let Some(reference) = &task.reference {
        part(out, style, "Reference solution")?;
        as_is(out, reference)?;
    }
    Ok(())
}

fn part(out: &mut impl Write, style: &Style, heading: &str) -> Result<()> {
    writeln!(out, "\n  {}", style.bold(heading))
}

fn write_answer(out: &mut impl Write, style: &Style, answer: &Answer) -> Result<()> {
    if !answer.options.is_empty() {
        part(out, style, "Options")?;
    }
    for option in &answer.options {
        write_shown(out, style, option, ")")?;
    }
    if !answer.lines.is_empty() {
        part(out, style, "Lines")?;
    }
    for line in &answer.lines {
        let words = if line.words.is_empty() { String::new() } else { format!("  <- {}", line.words) };
        writeln!(out, "    {:>3}  {}{words}", line.label, line.text)?;
    }
    if !answer.items.is_empty() {
        part(out, style, "What is right")?;
    }
    for item in &answer.items {
        write_shown(out, style, item, ".")?;
    }
    part(out, style, "Answer")?;
    let typed = answer.typed.as_deref().unwrap_or("nothing");
    for (name, text) in [("Answered: ", typed), ("Right: ", &answer.right), ("Points: ", &answer.points)] {
        paragraph(out, style, &format!("{name}{text}"))?;
    }
    for reason in &answer.reasons {
        let why = reason.why.as_deref().unwrap_or_default();
        listed(out, style, &format!("{} ({}): {why}", reason.text, reason.words))?;
    }
    answer.why.as_ref().map_or(Ok(()), |why| paragraph(out, style, why))
}

/// An option or an item: `✘ a) text (your answer, wrong)`, and below it why.
fn write_shown(out: &mut impl Write, style: &Style, shown: &Shown, behind: &str) -> Result<()> {
    let empty = " ".repeat(if style.plain { 7 } else { 1 });
    let mark = shown.mark.map_or(empty, |mark| style.mark(mark));
    let words = if shown.words.is_empty() { String::new() } else { format!(" ({})", shown.words) };
    let label = format!("{}{behind} ", shown.label);
    let hang = " ".repeat(3 + if style.plain { 7 } else { 1 } + label.chars().count());
    let text = style.wrap(&format!("{}{words}", shown.text), &hang);
    writeln!(out, "  {mark} {label}{}", text.trim_start())?;
    let why = shown.why.iter().map(|why| style.wrap(why, &hang));
    why.into_iter().try_for_each(|why| writeln!(out, "{}", style.dim(&why)))
}
