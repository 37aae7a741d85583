//! Exams, a line each: what each came to, so that a trend shows.

use std::io::{Result, Write};

use super::words;
use crate::history::ExamRow;
use crate::printable::printable;
use crate::report::style::Style;

const BAR: usize = 10;

/// Writes a line for each exam, in the order given. An exam's name is its date, and a number.
pub fn write(out: &mut impl Write, style: &Style, exams: &[ExamRow]) -> Result<()> {
    for exam in exams {
        let name = printable(&exam.exam);
        let (mark, _) = words::outcome(exam.passed);
        let (mark, bar) = (style.mark(mark), style.bar(exam.percent.unwrap_or(0), BAR));
        let percent = exam.percent.map_or_else(|| "-".to_owned(), |percent| percent.to_string());
        writeln!(out, "  {name:<13} {mark} {bar} {percent:>3} %  {}", more(exam))?;
    }
    Ok(())
}

/// What an exam came to, in words: `38 %, not passed`.
pub fn brief(exam: &ExamRow) -> String {
    let (_, passed) = words::outcome(exam.passed);
    words::brief(exam.percent, passed)
}

/// What is to be known of an exam beside its per cent.
pub fn more(exam: &ExamRow) -> String {
    let (_, passed) = words::outcome(exam.passed);
    let used = words::used_of(Some(exam.used), words::minutes(exam.seconds));
    let practice = if exam.practice { ", practice" } else { "" };
    let part = if exam.complete || exam.percent.is_none() { "" } else { ", not graded in full" };
    format!("{passed}, {used}{practice}{part}")
}
