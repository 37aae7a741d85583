//! The labs of a class: where they are, and what they have earned so far.

use std::io::{Result, Write};

use super::style::{Mark, Style};
use crate::class::lab::Lab;

/// Writes how each learner reaches their lab.
pub fn made(out: &mut impl Write, style: &Style, labs: &[Lab]) -> Result<()> {
    for lab in labs {
        let (mark, told) = match (&lab.trouble, &lab.kubeconfig) {
            (Some(why), _) => (Mark::Bad, why.clone()),
            (None, Some(file)) => {
                let service = lab.pod.trim_end_matches("-0");
                (Mark::Good, format!("{} {} service/{service}", file.display(), style.dot()))
            }
            (None, None) => (Mark::Bad, "it has no kubeconfig".to_owned()),
        };
        writeln!(out, "{} {} {} {told}", style.mark(mark), lab.learner, style.dot())?;
    }
    Ok(())
}

/// Writes what each lab has earned.
pub fn marks(out: &mut impl Write, style: &Style, title: &str, tasks: &[String], labs: &[Lab]) -> Result<()> {
    writeln!(out, "{}", style.bold(title))?;
    let width = labs.iter().map(|lab| lab.learner.chars().count()).max().unwrap_or_default().max(7);
    writeln!(out, "  {:<width$}  {}", "learner", tasks.join("  "))?;
    for lab in labs {
        let cell = |task: &String| {
            let text = match lab.points.get(task) {
                Some(Some((points, _))) => points.to_string(),
                _ => "?".to_owned(),
            };
            format!("{text:>0$}", task.chars().count())
        };
        let cells: Vec<String> = tasks.iter().map(cell).collect();
        let trouble = match (&lab.trouble, lab.ready) {
            (Some(why), _) => format!("  {why}"),
            (None, false) => "  not ready".to_owned(),
            (None, true) => String::new(),
        };
        writeln!(out, "  {:<width$}  {}{trouble}", lab.learner, cells.join("  "))?;
    }
    writeln!(out)
}
