//! A grade as a teacher would put it: each requirement, why it is so, what was seen, and what to do next.
//!
//! In: a [`Page`], which has chosen what is shown. Out: the same as text.

use std::io::{Result, Write};

use super::page::{Group, Item, Page, Points, Total, Words};
use super::style::{Mark, Style};
use crate::grade::verdict::Outcome;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;

/// Writes the report of one grade.
pub fn write(out: &mut impl Write, style: &Style, result: &ResultV1, closing: Closing<'_>) -> Result<()> {
    write_page(out, style, &Page::of(result, closing))
}

/// Writes a page.
pub fn write_page(out: &mut impl Write, style: &Style, page: &Page) -> Result<()> {
    writeln!(out, "{}", style.bold(&format!("{} {} {}", page.scenario, style.dot(), page.title)))?;
    for note in &page.notes {
        writeln!(out, "{}", style.dim(note))?;
    }
    writeln!(out)?;
    write_checks(out, style, page, "")?;
    if let Some(explanation) = &page.explanation {
        writeln!(out, "\n{}", style.wrap(explanation, "  "))?;
    }
    for paragraph in &page.closing {
        writeln!(out)?;
        for sentence in paragraph {
            let words = sentence.iter().map(|words| match words {
                Words::Text(text) => text.clone(),
                Words::Command(command) => style.command(command),
            });
            writeln!(out, "  {}", words.collect::<String>())?;
        }
    }
    Ok(())
}

/// Writes the checks and guards of a page, and their sum. The heading of the guards is indented.
pub fn write_checks(out: &mut impl Write, style: &Style, page: &Page, indent: &str) -> Result<()> {
    for item in &page.checks {
        write_item(out, style, item)?;
    }
    if !page.guards.is_empty() {
        writeln!(out, "\n{indent}Must stay true")?;
        for item in &page.guards {
            write_item(out, style, item)?;
        }
    }
    if let Some(total) = &page.score {
        writeln!(out)?;
        write_total(out, style, total)?;
    }
    Ok(())
}

fn write_item(out: &mut impl Write, style: &Style, item: &Item) -> Result<()> {
    let mark = match item.outcome {
        Outcome::Pass => Mark::Good,
        Outcome::Fail => Mark::Bad,
        Outcome::NotYet => Mark::Waiting,
        Outcome::Unknown => Mark::Unknown,
    };
    let points = match item.points {
        None => String::new(),
        Some(Points { earned: None, max }) => format!("  -/{max}"),
        Some(Points { earned: Some(earned), max }) => format!("{earned:>3}/{max}"),
    };
    let points = if points.is_empty() { points } else { format!("{points:<7} ") };
    let indent = " ".repeat(points.chars().count() + if style.plain { 10 } else { 4 });
    let requirement = style.wrap(&item.requirement, &indent);
    writeln!(out, "  {} {points}{}", style.mark(mark), requirement.trim_start())?;
    if let Some(why) = &item.why {
        writeln!(out, "{}", style.wrap(why, &indent))?;
    }
    if let Some(broken) = &item.voided_by {
        let text = format!("No points as long as this is broken: {broken}");
        writeln!(out, "{}", style.wrap(&text, &indent))?;
    }
    if let Some(unseen) = &item.suspended_by {
        let text = format!("Points suspended, because this could not be graded: {unseen}");
        writeln!(out, "{}", style.wrap(&text, &indent))?;
    }
    write_evidence(out, style, item, &format!("{indent}  "))?;
    if let Some(look) = &item.look {
        writeln!(out, "{}", style.wrap(&format!("Look: {look}"), &indent))?;
    }
    if let Some(line) = item.line {
        let line = format!("Graded by line {line} of the scenario file.");
        writeln!(out, "{}", style.dim(&style.wrap(&line, &indent)))?;
    }
    Ok(())
}

fn write_evidence(out: &mut impl Write, style: &Style, item: &Item, indent: &str) -> Result<()> {
    for Group { places, more, expected, seen } in &item.evidence {
        for place in places {
            writeln!(out, "{}", style.dim(&style.wrap(place, indent)))?;
        }
        write_more(out, indent, *more)?;
        let expected = expected.iter().map(|text| format!("expected  {text}"));
        let seen = seen.iter().map(|text| format!("seen      {text}"));
        for part in expected.chain(seen) {
            writeln!(out, "{}", style.wrap(&part, &format!("{indent}  ")))?;
        }
    }
    write_more(out, indent, item.more)
}

fn write_more(out: &mut impl Write, indent: &str, more: usize) -> Result<()> {
    match more {
        0 => Ok(()),
        more => writeln!(out, "{indent}and {more} more with --output json"),
    }
}

fn write_total(out: &mut impl Write, style: &Style, total: &Total) -> Result<()> {
    let points = format!("{} of {} points", total.points, total.max);
    writeln!(out, "  {}  {}  {}", style.bar(total.percent, 30), style.bold(&points), total.verdict)
}

#[cfg(test)]
mod tests;
