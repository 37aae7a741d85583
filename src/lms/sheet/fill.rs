//! Marks and feedback put into the cells of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::Column;
use super::number::{self, Decimal};
use super::{Platform, Sheet, SheetError};
use crate::class::Roster;
use crate::lms::cells::{value, written};
use crate::lms::formula::harmless;
use crate::lms::person::{Unmatched, match_rows};
use crate::lms::text::{cut, is_hidden};

/// The longest feedback, in bytes.
const LONGEST_FEEDBACK: usize = 16 << 10;
/// Marks that differ by less are the same: tables have two digits.
const SAME: f64 = 0.005;

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// Of the most points that the table says, in per cent.
    Percent(f64),
    /// In the table's own points.
    Points(f64),
}

/// What is put into a learner's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The learner's id.
    pub learner: String,
    /// The mark; None leaves the cell as it is.
    pub mark: Option<Mark>,
    /// The feedback; None leaves the cell as it is.
    pub feedback: Option<String>,
}

/// How a table is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of the marks, where it has to be named.
    pub column: Option<String>,
    /// Whether feedback is written too.
    pub feedback: bool,
    /// The column of the feedback, where it has to be named.
    pub feedback_column: Option<String>,
    /// The decimal mark; None: as the table's own numbers have it.
    pub decimal: Option<Decimal>,
}

/// Why a cell is left as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Kept {
    /// Canvas: the learner is excused.
    #[error("the learner is excused")]
    Excused,
    /// Canvas: the assignment is not this learner's.
    #[error("the assignment is not given to the learner")]
    NotAssigned,
    /// Moodle: the grade is locked.
    #[error("the platform says that the grade cannot be changed")]
    Locked,
    /// It is not from 0 to the most points; the platform would leave it out.
    #[error("{mark} is not between 0 and {most}")]
    OutOfRange {
        /// The mark in points.
        mark: f64,
        /// The most points.
        most: f64,
    },
    /// A share of nothing known.
    #[error("the table does not say how many points there are")]
    NoMaximum,
    /// The row ends before the column.
    #[error("the row has no such cell")]
    NoCell,
}

/// A row that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// The row, for a message.
    pub row: String,
    /// Why.
    pub why: Unmatched,
}

/// A filled table.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The file.
    pub bytes: Vec<u8>,
    /// The column of the marks.
    pub column: Column,
    /// Learners whose row changed.
    pub changed: Vec<String>,
    /// Learners whose row says already what it should.
    pub same: Vec<String>,
    /// Learners whose mark was not written.
    pub kept: Vec<(String, Kept)>,
    /// Rows that are nobody's of the roster.
    pub strangers: Vec<Stranger>,
    /// Learners with a mark or feedback, and without a row.
    pub without_row: Vec<String>,
}

impl Sheet {
    /// Fills the table; what `entries` do not say stays.
    ///
    /// # Errors
    /// When the column of the marks, or of the feedback where it is asked for, is not found.
    pub fn fill(&self, roster: &Roster, entries: &[Entry], options: &Options) -> Result<Filled, SheetError> {
        let column = self.score_column(options.column.as_deref())?;
        let feedback = match options.feedback {
            true => Some(self.feedback_column(options.feedback_column.as_deref())?),
            false => None,
        };
        let style = Style { decimal: options.decimal.unwrap_or_else(|| self.decimal(&column)), sheet: self };
        let wanted: BTreeMap<&str, &Entry> =
            entries.iter().map(|entry| (entry.learner.as_str(), entry)).collect();
        let mut patches = Vec::new();
        let mut with_row = BTreeSet::new();
        let mut filled = Filled {
            bytes: Vec::new(),
            column: column.clone(),
            changed: Vec::new(),
            same: Vec::new(),
            kept: Vec::new(),
            strangers: Vec::new(),
            without_row: Vec::new(),
        };
        for (at, owner) in match_rows(&self.rows, roster).into_iter().enumerate() {
            let learner = match owner {
                Ok(learner) => learner,
                Err(why) => {
                    filled.strangers.push(Stranger { row: self.rows[at].called(), why });
                    continue;
                }
            };
            let Some(entry) = wanted.get(learner.as_str()) else { continue };
            with_row.insert(entry.learner.as_str());
            let before = patches.len();
            let mut refused = false;
            if let Some(mark) = entry.mark {
                match style.mark(self.places[at], &column, mark) {
                    Ok(patch) => patches.extend(patch),
                    Err(why) => {
                        refused = true;
                        filled.kept.push((learner.clone(), why));
                    }
                }
            }
            if let (Some(column), Some(text)) = (&feedback, &entry.feedback) {
                match style.feedback(self.places[at], column.index, text) {
                    Ok(patch) => patches.extend(patch),
                    Err(why) => filled.kept.push((learner.clone(), why)),
                }
            }
            match (patches.len() > before, refused) {
                (true, _) => filled.changed.push(learner),
                (false, false) => filled.same.push(learner),
                (false, true) => {}
            }
        }
        let known = wanted.keys().filter(|learner| !with_row.contains(*learner));
        filled.without_row = known.map(|learner| (*learner).to_owned()).collect();
        filled.bytes = patched(&self.bytes, patches);
        Ok(filled)
    }

    /// The decimal mark of the numbers in the column of the marks and beside it; a point where they have none.
    fn decimal(&self, column: &Column) -> Decimal {
        let mut marks: Vec<Decimal> = Vec::new();
        let points = self.worths.map(|record| self.text(record, column.index));
        let most = column.most.map(|most| self.said(most)).unwrap_or_default();
        marks.extend(
            points.iter().chain(&most).chain(&self.said(column.index)).filter_map(|text| number::mark(text)),
        );
        if marks.is_empty() && self.platform == Platform::Canvas {
            // The other columns of the gradebook tell the language.
            let all = self
                .worths
                .iter()
                .flat_map(|record| (0..self.headings.len()).map(|at| self.text(*record, at)));
            marks.extend(all.filter_map(|text| number::mark(&text)));
        }
        let commas = marks.iter().filter(|mark| **mark == Decimal::Comma).count();
        if commas * 2 > marks.len() { Decimal::Comma } else { Decimal::Point }
    }
}

/// New bytes for a part of the file.
struct Patch {
    start: usize,
    end: usize,
    bytes: Vec<u8>,
}

/// How cells are written in this table.
struct Style<'a> {
    decimal: Decimal,
    sheet: &'a Sheet,
}

impl Style<'_> {
    /// The patch of a mark, none where the cell says it already.
    fn mark(&self, record: usize, column: &Column, mark: Mark) -> Result<Option<Patch>, Kept> {
        let sheet = self.sheet;
        let now = sheet.text(record, column.index);
        // An export says these in English in each language: `student_submissions` of the exporter.
        match (sheet.platform, now.trim().to_ascii_uppercase().as_str()) {
            (Platform::Canvas, "EX") => return Err(Kept::Excused),
            (Platform::Canvas, "N/A") => return Err(Kept::NotAssigned),
            (Platform::Moodle, _) if self.is_locked(record) => return Err(Kept::Locked),
            _ => {}
        }
        let said = match column.most {
            Some(most) => sheet.text(record, most),
            None => sheet.worths.map(|record| sheet.text(record, column.index)).unwrap_or_default(),
        };
        let most = number::parse(&said);
        let points = match (mark, most) {
            (Mark::Points(points), _) => points,
            (Mark::Percent(share), Some(most)) => most * share / 100.0,
            (Mark::Percent(_), None) => return Err(Kept::NoMaximum),
        };
        // Canvas takes more than the most: extra points.
        let bound = most.filter(|_| sheet.platform == Platform::Moodle).unwrap_or(f64::MAX);
        if !(points.is_finite() && (0.0..=bound).contains(&points)) {
            return Err(Kept::OutOfRange { mark: points, most: most.unwrap_or(bound) });
        }
        if number::parse(&now).is_some_and(|now| (now - points).abs() < SAME) {
            return Ok(None);
        }
        let text = number::write(points, self.decimal, number::digits(&said));
        self.patch(record, column.index, &text).map(Some)
    }

    /// Whether Moodle's own column says in English that the grade is locked.
    fn is_locked(&self, record: usize) -> bool {
        let mut headings = self.sheet.headings.iter();
        let column = headings.position(|heading| heading.trim().eq_ignore_ascii_case("Grade can be changed"));
        column.is_some_and(|column| self.sheet.text(record, column).trim().eq_ignore_ascii_case("no"))
    }

    /// The patch of a feedback, none where the cell says it already.
    fn feedback(&self, record: usize, column: usize, text: &str) -> Result<Option<Patch>, Kept> {
        let sheet = self.sheet;
        let now = sheet.text(record, column);
        let whole = text.replace("\r\n", "\n");
        let seen = |c: &char| matches!(c, '\n' | '\t') || !is_hidden(*c);
        let kept: String = cut(&whole, LONGEST_FEEDBACK).chars().filter(seen).collect();
        let new = harmless(&kept).into_owned();
        if now == text || now == new || sheet.encoding.bytes(&new) == self.raw(record, column) {
            return Ok(None);
        }
        self.patch(record, column, &new).map(Some)
    }

    fn raw(&self, record: usize, column: usize) -> Vec<u8> {
        self.sheet.cell(record, column).map(|cell| value(&self.sheet.bytes, cell)).unwrap_or_default()
    }

    fn patch(&self, record: usize, column: usize, text: &str) -> Result<Patch, Kept> {
        let cell = self.sheet.cell(record, column).ok_or(Kept::NoCell)?;
        let bytes = written(&self.sheet.encoding.bytes(text), self.sheet.delimiter, cell.quoted);
        Ok(Patch { start: cell.start, end: cell.end, bytes })
    }
}

fn patched(bytes: &[u8], mut patches: Vec<Patch>) -> Vec<u8> {
    patches.sort_by_key(|patch| patch.start);
    let mut out = Vec::with_capacity(bytes.len() + 64 * patches.len());
    let mut at = 0;
    for patch in patches {
        // Two patches of one cell: the first counts.
        if patch.start < at {
            continue;
        }
        out.extend_from_slice(&bytes[at..patch.start]);
        out.extend_from_slice(&patch.bytes);
        at = patch.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}
