//! The list of scenarios, for people and for programs.

use std::io::{Result, Write};

use serde::{Deserialize, Serialize};

use super::style::Style;
use crate::lab::requirements::Unmet;

/// One line of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title; for a broken scenario, what is wrong.
    pub title: String,
    /// What it trains.
    pub topics: Vec<String>,
    /// How hard it is.
    pub difficulty: String,
    /// Minutes for a prepared learner.
    pub minutes: u32,
    /// Best score so far, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<u32>,
    /// Whether an attempt is in progress.
    pub in_progress: bool,
    /// Whether it can be played.
    pub usable: bool,
    /// What the cluster that was asked about does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<Unmet>,
}

/// Writes the catalog as a table.
pub fn write(out: &mut impl Write, style: &Style, rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        return writeln!(out, "There are no scenarios.");
    }
    let widest = rows.iter().map(|r| r.id.chars().count()).max().unwrap_or(0).max(2);
    writeln!(
        out,
        "{}",
        style.dim(&format!("{:widest$}  {:6}  {:>3}  {:>4}  TITLE", "ID", "LEVEL", "MIN", "BEST"))
    )?;
    for row in rows {
        let best = match (row.usable && row.lacking.is_empty(), row.best) {
            (false, _) => "!".to_owned(),
            (true, Some(best)) => format!("{best}%"),
            (true, None) => "·".to_owned(),
        };
        let now = if row.in_progress { " (in progress)" } else { "" };
        let room = style.width.saturating_sub(widest + 21);
        if !row.usable {
            writeln!(out, "{:widest$}  {:6}  {:>3}  {best:>4}", row.id, "", "")?;
            writeln!(out, "{}", style.wrap(&row.title, "  "))?;
            continue;
        }
        let title = format!("{}{now}", cut(&row.title, room.saturating_sub(now.len())));
        writeln!(out, "{:widest$}  {:6}  {:>3}  {best:>4}  {title}", row.id, row.difficulty, row.minutes)?;
        for lacking in &row.lacking {
            writeln!(out, "{}", style.wrap(&format!("lacks {}", lacking.what), "    "))?;
        }
    }
    writeln!(out, "\n{} starts one.", style.command("satrain run ID"))
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let row = Row {
            id: "scenario-2".into(),
            title: "A title that goes on and on, much longer than anybody would like to read it here".into(),
            topics: vec![],
            difficulty: "medium".into(),
            minutes: 7,
            best: Some(100),
            in_progress: true,
            usable: true,
            lacking: Vec::new(),
        };
        let mut out = Vec::new();
        write(&mut out, &Style::mono(), &[row]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        assert!(text.contains("100%") && text.contains("(in progress)"), "{text}");
    }

    #[test]
    fn what_is_wrong_with_a_scenario_is_said_in_full() {
        let why = "cannot be used: packs/one/scenario.yaml:3:1: unknown field `titel`; satrain lint packs/one shows where";
        let row = Row {
            id: "one".into(),
            title: why.into(),
            topics: vec![],
            difficulty: String::new(),
            minutes: 0,
            best: None,
            in_progress: false,
            usable: false,
            lacking: Vec::new(),
        };
        let mut out = Vec::new();
        write(&mut out, &Style::mono(), &[row]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert!(words(&text).join(" ").contains(why), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    }
}
