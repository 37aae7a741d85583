//! A class for its instructor: what is in it, who plays what, and the same as comma-separated values for mail merges.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use super::csv::line;
use super::style::Style;
use crate::class::{Assigned, Assignment, Counts, Late, Summary, TaskSummary};
use crate::plural::counted;

/// Writes what is in a class.
pub fn summary(out: &mut impl Write, style: &Style, class: &Summary) -> Result<()> {
    writeln!(out, "{}", style.bold(&class.title))?;
    let learners = counted(class.learners, "learner");
    let tasks = counted(class.tasks.len(), "task");
    writeln!(out, "{}", style.wrap(&format!("{learners}, {tasks}, passed from {} % on", class.pass), "  "))?;
    for task in &class.tasks {
        writeln!(out)?;
        write_task(out, style, class, task)?;
    }
    writeln!(out)?;
    if let Some(late) = &class.late {
        writeln!(out, "{}", style.wrap(&format!("Late: {}", late_policy(late)), "  "))?;
    }
    let counts = match class.counts {
        Counts::Best => "Of several hand-ins the best one counts",
        Counts::Last => "Of several hand-ins the last one counts",
    };
    writeln!(out, "  {counts}")?;
    if let Some(from) = &class.feedback {
        writeln!(out, "  Hidden checks are shown from {from} on")?;
    }
    for group in &class.equal_in_all_tasks {
        let told = format!("Equal values in all tasks: {}", group.join(", "));
        writeln!(out, "{}", style.wrap(&told, "  "))?;
    }
    Ok(())
}

fn write_task(out: &mut impl Write, style: &Style, class: &Summary, task: &TaskSummary) -> Result<()> {
    let head = format!("{}. {}: {}", task.number, style.bold(&task.scenario), task.title);
    writeln!(out, "{}", style.wrap(&head, "  "))?;
    let mut facts = vec![format!("{} % of the mark, {} min", task.weight, task.minutes)];
    if let Some(due) = &task.due {
        facts.push(format!("due {due}"));
    }
    if class.variants {
        let spread = task.spread;
        let learners = counted(spread.sharing, "learner");
        facts.push(match spread.sharing {
            0 => format!("{} of {} variants, each of one learner", spread.different, spread.possible),
            _ => format!(
                "{} of {} variants; {learners} share theirs with somebody",
                spread.different, spread.possible
            ),
        });
    }
    if !task.hidden.is_empty() {
        facts.push(format!("hidden: {}", task.hidden.join(", ")));
    }
    for fact in facts {
        writeln!(out, "{}", style.wrap(&fact, "     "))?;
    }
    Ok(())
}

/// A late policy in words.
fn late_policy(late: &Late) -> String {
    let mut told = Vec::new();
    if let Some(grace) = &late.grace {
        told.push(format!("on time within {grace}"));
    }
    match late.per_day {
        Some(percent) => told.push(format!("each begun day costs {percent} % of the task")),
        None if !late.refuse => told.push("costs nothing".to_owned()),
        None => {}
    }
    if let Some(until) = &late.until {
        told.push(format!("not graded after {until}"));
    }
    if late.refuse {
        told.push("not graded".to_owned());
    }
    told.join("; ")
}

/// Writes who plays what, a paragraph a learner.
pub fn assignments(out: &mut impl Write, style: &Style, all: &[Assignment]) -> Result<()> {
    for (i, one) in all.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        match &one.name {
            Some(name) => writeln!(out, "{} {} {name}", style.bold(&one.learner), style.dot())?,
            None => writeln!(out, "{}", style.bold(&one.learner))?,
        }
        for task in &one.tasks {
            writeln!(out, "  {}", style.command(&task.command))?;
            if let Some(due) = &task.due {
                writeln!(out, "    due {due}")?;
            }
            if !task.values.is_empty() {
                writeln!(out, "{}", style.wrap(&values(task), "    "))?;
            }
        }
        writeln!(out, "  {}", style.command(&one.submit))?;
    }
    Ok(())
}

/// `name=value`, separated by blanks.
fn values(task: &Assigned) -> String {
    let all: Vec<String> = task.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    all.join(" ")
}

/// A line a learner: what the roster says, then for each task its scenario, command, values and due time.
pub fn assignments_csv(all: &[Assignment]) -> String {
    let mut text = String::new();
    let Some(first) = all.first() else { return text };
    let columns: Vec<&String> = first.more.keys().collect();
    let mut header: Vec<String> = ["id", "name", "email"].map(str::to_owned).to_vec();
    header.extend(columns.iter().map(|column| (*column).clone()));
    for task in &first.tasks {
        header.extend(["task", "command", "values", "due"].map(|what| format!("{what}_{}", task.number)));
    }
    header.push("submit".to_owned());
    line(&mut text, &header);
    for one in all {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut fields = vec![one.learner.clone(), said(&one.name), said(&one.email)];
        fields.extend(columns.iter().map(|column| more(&one.more, column)));
        for task in &one.tasks {
            let due = task.due.as_ref().map(ToString::to_string).unwrap_or_default();
            fields.extend([task.scenario.clone(), task.command.clone(), values(task), due]);
        }
        fields.push(one.submit.clone());
        line(&mut text, &fields);
    }
    text
}

fn more(more: &BTreeMap<String, String>, column: &str) -> String {
    more.get(column).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Assignment> {
        let task = |number: usize, seed: u64| Assigned {
            number,
            scenario: format!("scenario-{number}"),
            seed: Some(seed),
            command: format!("satrain run scenario-{number} --seed {seed}"),
            due: None,
            values: [("namespace".into(), "shop".into()), ("pod".into(), "web".into())].into(),
        };
        let learner = |id: &str, name: Option<&str>, seed: u64| Assignment {
            learner: id.into(),
            name: name.map(str::to_owned),
            email: None,
            more: [("Group".to_owned(), "=B".to_owned())].into(),
            tasks: vec![task(1, seed), task(2, seed + 1)],
            submit: format!("satrain submit --learner {id}"),
        };
        vec![learner("007", Some("Müller, Anna"), 70), learner("ben", None, 80)]
    }

    #[test]
    fn a_mail_merge_has_a_line_a_learner() {
        let text = assignments_csv(&all());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "id,name,email,Group,task_1,command_1,values_1,due_1,task_2,command_2,values_2,due_2,submit"
        );
        assert_eq!(
            lines[1],
            "007,\"Müller, Anna\",,'=B,scenario-1,satrain run scenario-1 --seed 70,namespace=shop pod=web,,\
             scenario-2,satrain run scenario-2 --seed 71,namespace=shop pod=web,,satrain submit --learner 007"
        );
        assert_eq!((lines.len(), assignments_csv(&[])), (3, String::new()));
    }

    #[test]
    fn each_learner_has_a_paragraph() {
        let mut out = Vec::new();
        assignments(&mut out, &Style::plain(), &all()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with(
                "007 - Müller, Anna\n  satrain run scenario-1 --seed 70\n    namespace=shop pod=web\n"
            ),
            "{text}"
        );
        assert_eq!(text.matches("\n\n").count(), 1, "{text}");
    }

    #[test]
    fn a_late_policy_is_told_in_words() {
        let late =
            Late { grace: Some("15m".into()), per_day: Some(10), until: Some("7d".into()), refuse: false };
        let told = late_policy(&late);
        assert_eq!(told, "on time within 15m; each begun day costs 10 % of the task; not graded after 7d");
        assert_eq!(late_policy(&Late::default()), "costs nothing");
        assert_eq!(late_policy(&Late { refuse: true, ..Late::default() }), "not graded");
    }
}
