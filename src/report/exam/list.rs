//! Exams, a line each: what each came to, so that a trend shows.

use std::io::{Result, Write};

use super::words;
use crate::history::ExamRow;
use crate::printable::printable;
use crate::report::style::{Mark, Style};

const BAR: usize = 10;

/// Writes a line for each exam, in the order given. An exam's name is its date, and a number.
pub fn write(out: &mut impl Write, style: &Style, exams: &[ExamRow]) -> Result<()> {
    for exam in exams {
        let name = printable(&exam.exam);
        let mark = style.mark(if exam.passed { Mark::Good } else { Mark::Bad });
        let (bar, percent) = (style.bar(exam.percent, BAR), exam.percent);
        writeln!(out, "  {name:<13} {mark} {bar} {percent:>3} %  {}", more(exam))?;
    }
    Ok(())
}

/// What is to be known of an exam beside its per cent.
pub fn more(exam: &ExamRow) -> String {
    let passed = if exam.passed { "passed" } else { "not passed" };
    let used = words::used_of(Some(exam.used), words::minutes(exam.seconds));
    let practice = if exam.practice { ", practice" } else { "" };
    let part = if exam.complete { "" } else { ", not graded in full" };
    format!("{passed}, {used}{practice}{part}")
}
