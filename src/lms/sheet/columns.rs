//! Which columns are filled.

use super::canvas::assignment;
use super::moodle::grades;
use super::number::parse;
use super::{Platform, Sheet, SheetError};

/// A column that can be filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its place, from 0 on.
    pub index: usize,
    /// Its heading.
    pub heading: String,
    /// The column of the most points, where it has one.
    pub most: Option<usize>,
    /// The most points, where they are the same for all.
    pub worth: Option<f64>,
}

fn same(heading: &str, named: &str) -> bool {
    heading.trim().to_lowercase() == named.trim().to_lowercase()
}

/// The only one, or which there are.
fn only(sheet: &Sheet, found: &[usize], what: &str, there: Vec<String>) -> Result<usize, SheetError> {
    match found {
        [column] => Ok(*column),
        [] => Err(SheetError::NoColumn { what: what.to_owned(), there }),
        several => Err(SheetError::SeveralColumns {
            what: what.to_owned(),
            there: several.iter().map(|column| sheet.headings[*column].clone()).collect(),
        }),
    }
}

fn named_columns(sheet: &Sheet, named: &str) -> Vec<usize> {
    (0..sheet.headings.len()).filter(|column| same(&sheet.headings[*column], named)).collect()
}

/// The assignments of a gradebook. Custom columns and totals are none; nor is what the row of the points calls read-only, in
/// whatever language.
pub(super) fn canvas_scores(sheet: &Sheet, named: Option<&str>) -> Result<Column, SheetError> {
    let points = |column: usize| sheet.worths.map(|record| sheet.text(record, column)).unwrap_or_default();
    let is_open = |column: &usize| {
        let points = points(*column);
        points.trim().is_empty() || parse(&points).is_some()
    };
    let all: Vec<usize> =
        (0..sheet.headings.len()).filter(|at| assignment(&sheet.headings[*at]).is_some()).collect();
    let open: Vec<usize> = all.iter().copied().filter(is_open).collect();
    let there = || open.iter().map(|column| sheet.headings[*column].clone()).collect();
    let index = match named {
        None => only(sheet, &open, "the assignment", there())?,
        Some(named) => {
            let by_heading: Vec<usize> =
                all.iter().copied().filter(|at| same(&sheet.headings[*at], named)).collect();
            let is_said = |column: &usize| {
                assignment(&sheet.headings[*column])
                    .is_some_and(|(title, number)| same(title, named) || number == named.trim())
            };
            let found = match by_heading.is_empty() {
                true => all.iter().copied().filter(is_said).collect(),
                false => by_heading,
            };
            only(sheet, &found, &format!("`{named}`"), there())?
        }
    };
    let heading = sheet.headings[index].clone();
    if !is_open(&index) {
        return Err(SheetError::ReadOnly(heading));
    }
    Ok(Column { index, heading, most: None, worth: parse(&points(index)) })
}

/// The grade of a worksheet: by its English heading, else by what stands in it and beside it.
pub(super) fn moodle_scores(sheet: &Sheet, named: Option<&str>) -> Result<Column, SheetError> {
    let what = named.map_or_else(|| "the grade".to_owned(), |named| format!("`{named}`"));
    let english = named_columns(sheet, named.unwrap_or("Grade"));
    let found = match (named, english.is_empty()) {
        (None, true) => grades(sheet),
        _ => english,
    };
    let index = only(sheet, &found, &what, sheet.headings.clone())?;
    let beside = Some(index + 1).filter(|next| sheet.said(*next).iter().all(|text| parse(text).is_some()));
    let most = named_columns(sheet, "Maximum Grade").first().copied().or(beside);
    Ok(Column { index, heading: sheet.headings[index].clone(), most, worth: None })
}

/// The feedback of a worksheet.
pub(super) fn feedback(sheet: &Sheet, named: Option<&str>) -> Result<Column, SheetError> {
    let what = named.map_or_else(|| "the feedback".to_owned(), |named| format!("`{named}`"));
    if sheet.platform == Platform::Canvas {
        return Err(SheetError::NoColumn { what, there: sheet.headings.clone() });
    }
    let found = named_columns(sheet, named.unwrap_or("Feedback comments"));
    let index = only(sheet, &found, &what, sheet.headings.clone())?;
    Ok(Column { index, heading: sheet.headings[index].clone(), most: None, worth: None })
}
