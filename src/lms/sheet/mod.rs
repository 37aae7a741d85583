//! Pure: the table that Moodle or Canvas exported, read and filled. Only the bytes of the filled cells change.
//!
//! In: the bytes of the file. Out: who its rows are, and the file with marks. Everything else stays byte for byte: delimiter,
//! quotes, byte order mark, line ends, the order of rows and columns. A table is never made up: these systems find rows and
//! columns by what they wrote themselves.

mod canvas;
mod columns;
mod decode;
mod fill;
mod moodle;
mod number;

use crate::lms::LmsRow;
use crate::lms::cells::{Cell, CellsError, LARGEST, Record, records, value};

pub use columns::Column;
pub use fill::{Entry, Filled, Kept, Mark, Options, Stranger};
pub use number::Decimal;

use decode::Encoding;

/// The system that exported a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// The grading worksheet of a Moodle assignment.
    Moodle,
    /// The gradebook of a Canvas course.
    Canvas,
}

/// Why a table cannot be read or filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It is UTF-16, as a spreadsheet's "Unicode text".
    #[error("the file is UTF-16: take the file as the platform exported it, or save it as CSV in UTF-8")]
    Utf16,
    /// It holds zero bytes.
    #[error("the file is no text: take the CSV file as the platform exported it, not a workbook")]
    NotText,
    /// Its cells cannot be told.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// It is no table of a known system.
    #[error(
        "this is neither a grading worksheet of a Moodle assignment (first column `Participant 12`) nor a gradebook of Canvas \
         (first columns `Student`, `ID`)"
    )]
    Unknown,
    /// There is no such column.
    #[error("no column is {what}; there are: {}", .there.join(" | "))]
    NoColumn {
        /// What was looked for.
        what: String,
        /// What there is.
        there: Vec<String>,
    },
    /// Several columns fit.
    #[error("several columns may be {what}, name one of them: {}", .there.join(" | "))]
    SeveralColumns {
        /// What was looked for.
        what: String,
        /// What fits.
        there: Vec<String>,
    },
    /// The platform takes nothing for this column.
    #[error("the platform does not take marks for the column `{0}`")]
    ReadOnly(String),
}

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Sheet {
    bytes: Vec<u8>,
    encoding: Encoding,
    delimiter: u8,
    platform: Platform,
    headings: Vec<String>,
    records: Vec<Record>,
    /// The learners' rows.
    rows: Vec<LmsRow>,
    /// The record of each of these rows.
    places: Vec<usize>,
    /// Canvas's row of what the assignments are worth.
    worths: Option<usize>,
}

impl Sheet {
    /// Reads a table.
    ///
    /// # Errors
    /// When it is no table of Moodle or Canvas.
    pub fn read(bytes: Vec<u8>) -> Result<Self, SheetError> {
        if bytes.len() > LARGEST {
            return Err(CellsError::TooLarge.into());
        }
        let (encoding, start) = Encoding::of(&bytes)?;
        let (delimiter, records) = split(&bytes, start)?;
        let headings: Vec<String> = match records.first() {
            Some(head) => head.cells.iter().map(|cell| encoding.text(&value(&bytes, *cell))).collect(),
            None => return Err(SheetError::Unknown),
        };
        let mut sheet = Self {
            bytes,
            encoding,
            delimiter,
            platform: Platform::Moodle,
            headings,
            records,
            rows: Vec::new(),
            places: Vec::new(),
            worths: None,
        };
        if canvas::is_canvas(&sheet.headings) {
            sheet.platform = Platform::Canvas;
            canvas::read_rows(&mut sheet);
        } else {
            moodle::read_rows(&mut sheet)?;
        }
        Ok(sheet)
    }

    /// The system that exported it.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The learners' rows, in the order of the file; Canvas's test student is none.
    pub fn rows(&self) -> &[LmsRow] {
        &self.rows
    }

    /// The headings of its columns.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The column of the marks: the one that is named, by its heading or by Canvas's title or number; else the only one.
    ///
    /// # Errors
    /// When there is none, several are, or the platform takes no marks for it.
    pub fn score_column(&self, named: Option<&str>) -> Result<Column, SheetError> {
        match self.platform {
            Platform::Canvas => columns::canvas_scores(self, named),
            Platform::Moodle => columns::moodle_scores(self, named),
        }
    }

    /// The column of the feedback. Canvas's gradebook has none.
    ///
    /// # Errors
    /// When there is none.
    pub fn feedback_column(&self, named: Option<&str>) -> Result<Column, SheetError> {
        columns::feedback(self, named)
    }

    /// What the cell of a record says; nothing where the record is shorter.
    fn text(&self, record: usize, column: usize) -> String {
        self.cell(record, column)
            .map(|cell| self.encoding.text(&value(&self.bytes, cell)))
            .unwrap_or_default()
    }

    fn cell(&self, record: usize, column: usize) -> Option<Cell> {
        self.records.get(record)?.cells.get(column).copied()
    }

    /// What the learners' rows say in a column.
    fn said(&self, column: usize) -> Vec<String> {
        self.places.iter().map(|place| self.text(*place, column)).collect()
    }
}

/// The delimiter and the records: of the three that these systems write, the one that gives all records the same number of
/// cells, and the most of them. Canvas tells its own files in this way (`identify_delimiter` of `lib/gradebook_importer.rb`).
fn split(bytes: &[u8], start: usize) -> Result<(u8, Vec<Record>), SheetError> {
    let mut best: Option<((bool, usize), u8, Vec<Record>)> = None;
    let mut failed = None;
    for delimiter in [b',', b';', b'\t'] {
        match records(bytes, start, delimiter) {
            Ok(records) => {
                let wide = records.first().map_or(0, |head| head.cells.len());
                let even = wide > 1 && records.iter().all(|record| record.cells.len() == wide);
                if best.as_ref().is_none_or(|(score, ..)| *score < (even, wide)) {
                    best = Some(((even, wide), delimiter, records));
                }
            }
            Err(why) => failed = failed.or(Some(why)),
        }
    }
    match (best, failed) {
        (Some((_, delimiter, records)), _) => Ok((delimiter, records)),
        (None, Some(why)) => Err(why.into()),
        (None, None) => Err(SheetError::Unknown),
    }
}

#[cfg(test)]
mod tests;
