//! The marks of a class: a table for people, and comma-separated values.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use super::csv::line;
use super::style::{Mark, Style};
use crate::class::gradebook::{Gradebook, Row, Standing, TaskMark};
use crate::plural::counted;
use crate::printable::printable;

/// How many of what is left out are named.
const NAMED: usize = 20;

/// Writes the marks; what could not be graded comes first.
pub fn text(out: &mut impl Write, style: &Style, book: &Gradebook) -> Result<()> {
    let ungraded: Vec<_> = book.ungraded().collect();
    if !ungraded.is_empty() {
        writeln!(
            out,
            "{}",
            style.bold(&format!("Could not be graded: {}", counted(ungraded.len(), "hand-in")))
        )?;
        for (learner, file, why) in ungraded {
            let told = format!("{} {learner} {} {file}: {why}", style.mark(Mark::Bad), style.dot());
            writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", style.bold(&printable(&book.title)))?;
    let width = book.rows.iter().map(|row| row.learner.chars().count()).max().unwrap_or_default().max(7);
    let heads: Vec<&str> = book.tasks.iter().map(|(scenario, _)| scenario.as_str()).collect();
    writeln!(out, "  {:<width$}  {}  total", "learner", heads.join("  "))?;
    for row in &book.rows {
        let tasks = row.tasks.iter().zip(&heads);
        let cells: Vec<String> =
            tasks.map(|(task, head)| format!("{:>1$}", cell(task), head.chars().count())).collect();
        let mark = match row.passed {
            Some(true) => style.mark(Mark::Good),
            Some(false) => style.mark(Mark::Bad),
            None => "?".into(),
        };
        let name = row.name.as_deref().unwrap_or_default();
        writeln!(
            out,
            "  {:<width$}  {}  {:>5} {mark} {name}",
            row.learner,
            cells.join("  "),
            percent(row.percent)
        )?;
    }
    writeln!(out)?;
    let passed = book.rows.iter().filter(|row| row.passed == Some(true)).count();
    writeln!(out, "  {passed} of {} passed (from {} % on)", counted(book.rows.len(), "learner"), book.pass)?;
    failures(out, style, book)?;
    late(out, style, book)?;
    refused(out, style, book)?;
    left_out(out, style, book)
}

/// What lateness cost.
fn late(out: &mut impl Write, style: &Style, book: &Gradebook) -> Result<()> {
    for row in &book.rows {
        for task in &row.tasks {
            for work in task.work.iter().filter(|work| work.lateness.days_late > 0) {
                let days = counted(work.lateness.days_late as usize, "day");
                let cost = match work.lateness.too_late {
                    true => "too late to count".to_owned(),
                    false => format!("{} % deducted", work.lateness.deducted),
                };
                let told = format!("Late: {} {} {}, {days}: {cost}", row.learner, style.dot(), task.scenario);
                writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
            }
        }
    }
    Ok(())
}

/// Which checks failed how often, of the hand-ins that count.
fn failures(out: &mut impl Write, style: &Style, book: &Gradebook) -> Result<()> {
    for (index, (scenario, _)) in book.tasks.iter().enumerate() {
        let counted: Vec<&Standing> =
            book.rows.iter().filter_map(|row| row.tasks.get(index)).filter_map(standing).collect();
        let graded = counted.iter().filter(|standing| matches!(standing, Standing::Graded { .. })).count();
        let mut often: BTreeMap<&str, usize> = BTreeMap::new();
        for standing in counted {
            if let Standing::Graded { failed, .. } = standing {
                failed.iter().for_each(|check| *often.entry(check).or_default() += 1);
            }
        }
        if often.is_empty() {
            continue;
        }
        let mut often: Vec<(&str, usize)> = often.into_iter().collect();
        often.sort_by_key(|(check, times)| (std::cmp::Reverse(*times), *check));
        let told: Vec<String> = often.iter().map(|(check, times)| format!("{check} {times}")).collect();
        let told = format!("{scenario}, not met (of {graded}): {}", told.join(", "));
        writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
    }
    Ok(())
}

fn refused(out: &mut impl Write, style: &Style, book: &Gradebook) -> Result<()> {
    for row in &book.rows {
        for work in row.tasks.iter().flat_map(|task| &task.work) {
            if let Standing::Refused { why } = &work.standing {
                let why = why.lines().next().unwrap_or_default();
                let told = format!("Not played: {}: {why}", work.file);
                writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
            }
        }
    }
    Ok(())
}

fn left_out(out: &mut impl Write, style: &Style, book: &Gradebook) -> Result<()> {
    for left in book.left_out.iter().take(NAMED) {
        let told = format!("Left out: {}: {}", left.file, left.why);
        writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
    }
    if book.left_out.len() > NAMED {
        writeln!(out, "  Left out: {} more", book.left_out.len() - NAMED)?;
    }
    Ok(())
}

/// What came of the hand-in that counts.
fn standing(task: &TaskMark) -> Option<&Standing> {
    task.counts.and_then(|place| task.work.get(place)).map(|work| &work.standing)
}

fn cell(task: &TaskMark) -> String {
    if task.work.is_empty() { "-".into() } else { percent(task.percent) }
}

fn percent(percent: Option<u32>) -> String {
    percent.map_or_else(|| "?".into(), |percent| percent.to_string())
}

/// A line a learner: id, name, each task in per cent, the mark, whether it passes. What could not be graded is empty.
pub fn csv(book: &Gradebook) -> String {
    let mut text = String::new();
    let mut head = vec!["id".to_owned(), "name".into()];
    head.extend(book.tasks.iter().map(|(scenario, _)| scenario.clone()));
    head.extend(["percent".into(), "passed".into()]);
    line(&mut text, &head);
    for row in &book.rows {
        line(&mut text, &fields(row));
    }
    text
}

/// Whether a text begins as such a file does; a roster does not.
pub fn is_csv(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default().trim_start_matches('\u{feff}');
    head.starts_with("id,name,") && head.ends_with(",percent,passed")
}

fn fields(row: &Row) -> Vec<String> {
    let number = |percent: Option<u32>| percent.map(|percent| percent.to_string()).unwrap_or_default();
    let mut fields = vec![row.learner.clone(), row.name.clone().unwrap_or_default()];
    fields.extend(row.tasks.iter().map(|task| number(task.percent)));
    fields.push(number(row.percent));
    fields.push(row.passed.map(|passed| if passed { "yes" } else { "no" }.to_owned()).unwrap_or_default());
    fields
}
