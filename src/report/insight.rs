//! What the marks of a class say beyond marks: a few lines after a grade, or everything.

use std::io::{Result, Write};

use super::style::Style;
use crate::insight::{By, Contact, Group, HandIn, Insight, Item, Known, TaskInsight};
use crate::plural::counted;
use crate::printable::{printable, shell_quoted};

/// How many learners of a list are named.
const NAMED: usize = 12;
/// How many learners that have a value are named.
const OWNERS: usize = 4;
/// How much of a key names a hand-in.
const KEY: usize = 12;

/// Writes what a grade tells at its end: a line a task, and where to read more.
pub fn short(out: &mut impl Write, style: &Style, insight: &Insight, folder: &str) -> Result<()> {
    let lines: Vec<String> = insight.tasks.iter().filter_map(summary).collect();
    let contacts = insight.contacts.len();
    if lines.is_empty() && contacts == 0 {
        return Ok(());
    }
    writeln!(out)?;
    for line in lines {
        writeln!(out, "{}", style.wrap(&line, "  "))?;
    }
    if contacts > 0 {
        let holds = if contacts == 1 { "holds" } else { "hold" };
        let told = format!("{} {holds} values of another learner's variant", counted(contacts, "hand-in"));
        writeln!(out, "{}", style.wrap(&told, "  "))?;
    }
    let command = format!("satrain class report {}", shell_quoted(folder));
    writeln!(out, "  Details: {}", style.command(&command))
}

/// The likenesses of a task in a line; None: there are none.
fn summary(task: &TaskInsight) -> Option<String> {
    let mut parts: Vec<String> = task
        .known
        .iter()
        .map(|known| format!("{} of {}: {}", known.hand_ins.len(), task.graded, names(known)))
        .collect();
    if !task.nothing_met.is_empty() {
        parts.push(format!("{} of {}: nothing met", task.nothing_met.len(), task.graded));
    }
    let unknown: usize = task.groups.iter().map(|group| group.hand_ins.len()).sum();
    if unknown > 0 {
        let groups = counted(task.groups.len(), "group");
        parts.push(format!("{unknown} of {}: no known mistake, in {groups}", task.graded));
    }
    (!parts.is_empty()).then(|| format!("{}: {}", task.scenario, parts.join("; ")))
}

fn names(known: &Known) -> String {
    match known.mistakes.as_slice() {
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// Writes everything.
pub fn full(out: &mut impl Write, style: &Style, insight: &Insight, folder: &str) -> Result<()> {
    writeln!(out, "{}", style.bold(&printable(&insight.title)))?;
    for task in &insight.tasks {
        writeln!(out)?;
        write_task(out, style, task, folder)?;
    }
    write_contacts(out, style, insight)?;
    if insight.without_script > 0 {
        let told = format!(
            "The script of {} was not kept, so it was not searched for other learners' values: grade the hand-ins again.",
            counted(insight.without_script, "hand-in")
        );
        writeln!(out, "\n{}", style.wrap(&told, ""))?;
    }
    Ok(())
}

fn write_task(out: &mut impl Write, style: &Style, task: &TaskInsight, folder: &str) -> Result<()> {
    let head = format!("{}: {} graded, {} perfect", task.scenario, task.graded, task.perfect);
    writeln!(out, "{}", style.bold(&head))?;
    for known in &task.known {
        let by = match known.by {
            By::Evidence => "the same checks fail, and the evidence fits it alone",
            By::Pattern => "the same checks fail",
            By::Nearness => "nearly the same checks fail, and the evidence fits it alone",
        };
        let told = format!("{} of {}: {} ({by})", known.hand_ins.len(), task.graded, names(known));
        writeln!(out, "{}", style.wrap(&told, "  "))?;
        if let Some(about) = &known.about {
            writeln!(out, "{}", style.dim(&style.wrap(about, "    ")))?;
        }
        writeln!(out, "{}", style.wrap(&learners(&known.hand_ins), "    "))?;
    }
    if !task.nothing_met.is_empty() {
        writeln!(out, "  {} of {}: nothing met", task.nothing_met.len(), task.graded)?;
        writeln!(out, "{}", style.wrap(&learners(&task.nothing_met), "    "))?;
    }
    for group in &task.groups {
        write_group(out, style, task, group, folder)?;
    }
    write_items(out, style, task)
}

fn write_group(
    out: &mut impl Write,
    style: &Style,
    task: &TaskInsight,
    group: &Group,
    folder: &str,
) -> Result<()> {
    let told = format!(
        "{} of {}: no known mistake; fails {}",
        group.hand_ins.len(),
        task.graded,
        group.fails.join(", ")
    );
    writeln!(out, "{}", style.wrap(&told, "  "))?;
    writeln!(out, "{}", style.wrap(&learners(&group.hand_ins), "    "))?;
    for difference in &group.differences {
        let at = if difference.at.is_empty() { String::new() } else { format!("{}: ", difference.at) };
        let expected =
            difference.expected.as_ref().map(|e| format!("expected {e}, seen ")).unwrap_or_default();
        let told = format!("{} {} {at}{expected}{}", difference.check, style.dot(), difference.seen);
        writeln!(out, "{}", style.wrap(&printable(&told), "    "))?;
    }
    if let Some(first) = group.hand_ins.first() {
        let key: String = first.key.chars().take(KEY).collect();
        let command = format!("satrain class mistake {} {key}", shell_quoted(folder));
        writeln!(out, "    {}", style.command(&command))?;
    }
    Ok(())
}

fn learners(hand_ins: &[HandIn]) -> String {
    let mut names: Vec<&str> = hand_ins.iter().take(NAMED).map(|one| one.learner.as_str()).collect();
    let more = hand_ins.len().saturating_sub(NAMED);
    let more_told = format!("{more} more");
    if more > 0 {
        names.push(&more_told);
    }
    names.join(", ")
}

fn write_items(out: &mut impl Write, style: &Style, task: &TaskInsight) -> Result<()> {
    let items: Vec<&Item> = task.task.iter().chain(&task.checks).collect();
    let width = items.iter().map(|item| item.id.chars().count()).max().unwrap_or_default();
    if items.is_empty() {
        return Ok(());
    }
    let head = format!("  {:<width$}  {:>4}  {:>5}  r with the rest", "", "n", "met");
    writeln!(out, "{}", style.dim(&head))?;
    for item in items {
        let r = match &item.correlation {
            Some(c) => format!("{:.2} ({:.2} to {:.2}, n {})", c.r, c.low, c.high, c.n),
            None => "-".into(),
        };
        writeln!(out, "  {:<width$}  {:>4}  {:>3.0} %  {r}", item.id, item.n, item.met * 100.0)?;
    }
    Ok(())
}

fn write_contacts(out: &mut impl Write, style: &Style, insight: &Insight) -> Result<()> {
    if insight.contacts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.bold("Values of another learner's variant"))?;
    let told = "A value shows contact, and not who copied: whoever has it by chance is named, too.";
    writeln!(out, "{}", style.wrap(told, "  "))?;
    insight.contacts.iter().try_for_each(|contact| write_contact(out, style, contact))
}

fn write_contact(out: &mut impl Write, style: &Style, contact: &Contact) -> Result<()> {
    for value in &contact.values {
        let owner = |owner: &crate::insight::Owner| match &owner.place {
            Some(place) => format!("{} ({place})", owner.learner),
            None => owner.learner.clone(),
        };
        // Those who handed the value in tell more.
        let mut owners: Vec<&crate::insight::Owner> = value.owners.iter().collect();
        owners.sort_by_key(|owner| owner.place.is_none());
        let mut names: Vec<String> = owners.iter().take(OWNERS).map(|one| owner(one)).collect();
        if owners.len() > OWNERS {
            names.push(format!("{} more", owners.len() - OWNERS));
        }
        let told = format!(
            "{} {} {}: `{}` is the {} of {}",
            contact.learner,
            style.dot(),
            value.place,
            value.value,
            value.parameter,
            names.join(", ")
        );
        writeln!(out, "{}", style.wrap(&printable(&told), "  "))?;
    }
    Ok(())
}
