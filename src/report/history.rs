//! Histories and statistics, as text and as comma-separated values (RFC 4180).

use std::io::{Result, Write};

use super::csv::line;
use super::exam::list;
use super::style::{Mark, Style};
use crate::history::stats::{LabStats, TopicStats};
use crate::history::{ExamRow, Row};
use crate::plural::counted;
use crate::printable::printable;

const BAR: usize = 20;

/// Rows, one a line.
pub fn rows(out: &mut impl Write, style: &Style, rows: &[Row], when: impl Fn(&str) -> String) -> Result<()> {
    for row in rows {
        let (full, points, of, what, more) = match row {
            Row::Lab(lab) => {
                let hints = if lab.hints == 0 { String::new() } else { format!(", hints: {}", lab.hints) };
                let shown = if lab.solution_shown { ", solution shown or played" } else { "" };
                let shown =
                    if lab.complete { shown.to_owned() } else { format!("{shown}, not graded in full") };
                (
                    lab.passed,
                    lab.points,
                    lab.max,
                    format!("lab  {}", lab.scenario),
                    format!("{:.0} min{hints}{shown}", lab.minutes),
                )
            }
            Row::Quiz(answer) => {
                let own = if answer.self_marked { ", self-marked" } else { "" };
                let what = format!("quiz {}", printable(&answer.item));
                (
                    answer.points == answer.of,
                    answer.points,
                    answer.of,
                    what,
                    format!("{:.0} s{own}", answer.seconds),
                )
            }
            Row::Exam(exam) => {
                let what = format!("exam {}", printable(&exam.exam));
                let (passed, percent) = (exam.passed == Some(true), exam.percent.unwrap_or(0));
                (passed, percent, 100, what, list::more(exam))
            }
        };
        let is_ungraded = matches!(row, Row::Exam(exam) if exam.percent.is_none());
        let sign = match (is_ungraded, full) {
            (true, _) => Mark::Unknown,
            (_, true) => Mark::Good,
            (_, false) => Mark::Bad,
        };
        let sign = style.mark(sign);
        let points = if is_ungraded { format!("-/{of}") } else { format!("{points}/{of}") };
        writeln!(out, "{}  {sign} {points:>7}  {what}  {}", when(row.at()), style.dim(&format!("({more})")))?;
    }
    Ok(())
}

/// All rows; what a sort of row does not have stays empty. Of an exam, `points` are per cent.
pub fn csv(rows: &[Row]) -> String {
    let mut text =
        "kind,at,id,topic,attempt,points,of,minutes,hints,solution_shown,self_marked,answer,practice\r\n"
            .to_owned();
    for row in rows {
        let fields = match row {
            Row::Lab(l) => [
                "lab".into(),
                l.at.clone(),
                l.scenario.clone(),
                String::new(),
                l.attempt.clone(),
                l.points.to_string(),
                l.max.to_string(),
                format!("{:.2}", l.minutes),
                l.hints.to_string(),
                l.solution_shown.to_string(),
                String::new(),
                String::new(),
                String::new(),
            ],
            Row::Quiz(q) => [
                "quiz".into(),
                q.at.clone(),
                q.item.clone(),
                q.topic.clone(),
                String::new(),
                q.points.to_string(),
                q.of.to_string(),
                format!("{:.2}", q.seconds / 60.0),
                String::new(),
                String::new(),
                q.self_marked.to_string(),
                q.answer.clone(),
                String::new(),
            ],
            Row::Exam(e) => [
                "exam".into(),
                e.at.clone(),
                e.exam.clone(),
                String::new(),
                String::new(),
                percent(e),
                "100".into(),
                minutes(e),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                e.practice.to_string(),
            ],
        };
        line(&mut text, &fields);
    }
    text
}

/// What an exam came to; nothing if no task could be graded.
fn percent(exam: &ExamRow) -> String {
    exam.percent.map(|percent| percent.to_string()).unwrap_or_default()
}

/// The minutes that an exam took.
fn minutes(exam: &ExamRow) -> String {
    format!("{}.{:02}", exam.used / 60, exam.used % 60 * 100 / 60)
}

/// Statistics with small bars.
pub fn stats(
    out: &mut impl Write,
    style: &Style,
    labs: &[LabStats],
    topics: &[TopicStats],
    exams: &[ExamRow],
    due: usize,
) -> Result<()> {
    if labs.is_empty() && topics.is_empty() && exams.is_empty() {
        return writeln!(
            out,
            "Nothing yet. Start with {} or {}.",
            style.command("satrain run"),
            style.command("satrain quiz")
        );
    }
    let names = labs.iter().map(|l| l.scenario.as_str()).chain(topics.iter().map(|t| t.topic.as_str()));
    let width = names.map(str::len).max().unwrap_or(0);
    if !labs.is_empty() {
        writeln!(out, "{}", style.bold("Labs: best score"))?;
    }
    for lab in labs {
        let best = lab.best.map_or_else(
            || "not graded in full without a solution".to_owned(),
            |best| format!("{best:>3} %"),
        );
        let minutes = lab.minutes.map(|m| format!(", passed after {m:.0} min")).unwrap_or_default();
        let bar = style.bar(lab.best.unwrap_or(0), BAR);
        writeln!(
            out,
            "  {:<width$}  {bar} {best}  attempts: {}, hints: {}{minutes}",
            lab.scenario, lab.attempts, lab.hints
        )?;
        failing(out, style, width, &lab.failing)?;
    }
    if !topics.is_empty() {
        writeln!(out, "{}{}", if labs.is_empty() { "" } else { "\n" }, style.bold("Quizzes: right answers"))?;
    }
    for topic in topics {
        let percent = (topic.points * 100).checked_div(topic.of).unwrap_or(0);
        let own = if topic.self_of == 0 {
            String::new()
        } else {
            format!(", self-marked {} of {}", topic.self_points, topic.self_of)
        };
        let bar = style.bar(percent, BAR);
        writeln!(
            out,
            "  {:<width$}  {bar} {percent:>3} %  {} of {}{own}",
            printable(&topic.topic),
            topic.points,
            topic.of
        )?;
        failing(out, style, width, &topic.failing)?;
    }
    if !exams.is_empty() {
        let gap = if labs.is_empty() && topics.is_empty() { "" } else { "\n" };
        writeln!(out, "{gap}{}", style.bold("Exams: oldest first"))?;
        list::write(out, style, exams)?;
    }
    if due > 0 {
        let are = if due == 1 { "is" } else { "are" };
        let due = counted(due, "question");
        writeln!(out, "\n{due} {are} due: {}", style.command("satrain quiz --due"))?;
    }
    Ok(())
}

fn failing(out: &mut impl Write, style: &Style, width: usize, most: &[(String, usize)]) -> Result<()> {
    if most.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = most.iter().map(|(name, n)| format!("{name} ({n})")).collect();
    writeln!(
        out,
        "  {:<width$}  {}",
        "",
        style.dim(&format!("failed most: {}", printable(&named.join(", "))))
    )
}

/// Statistics, a line for each scenario, topic and exam. Practice is of the kind `practice`.
pub fn stats_csv(labs: &[LabStats], topics: &[TopicStats], exams: &[ExamRow]) -> String {
    let mut text = "kind,id,count,best_percent,points,of,minutes,hints,failing\r\n".to_owned();
    let named = |most: &[(String, usize)]| {
        most.iter().map(|(name, n)| format!("{name}:{n}")).collect::<Vec<_>>().join(" ")
    };
    for l in labs {
        let best = l.best.map(|b| b.to_string()).unwrap_or_default();
        let minutes = l.minutes.map(|m| format!("{m:.2}")).unwrap_or_default();
        let fields = [
            "lab".into(),
            l.scenario.clone(),
            l.attempts.to_string(),
            best,
            String::new(),
            String::new(),
            minutes,
            l.hints.to_string(),
            named(&l.failing),
        ];
        line(&mut text, &fields);
    }
    for t in topics {
        let fields = [
            "quiz".into(),
            t.topic.clone(),
            t.answers.to_string(),
            String::new(),
            t.points.to_string(),
            t.of.to_string(),
            String::new(),
            String::new(),
            named(&t.failing),
        ];
        line(&mut text, &fields);
    }
    for e in exams {
        let kind = if e.practice { "practice" } else { "exam" };
        let fields = [
            kind.into(),
            e.exam.clone(),
            "1".into(),
            percent(e),
            String::new(),
            String::new(),
            minutes(e),
            String::new(),
            String::new(),
        ];
        line(&mut text, &fields);
    }
    text
}
