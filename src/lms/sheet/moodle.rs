//! The grading worksheet of a Moodle assignment. Sources: `mod/assign/gradingtable.php` (which columns it has, in which order)
//! and `mod/assign/feedback/offline/importgradeslib.php` (how it is read again).
//!
//! Moodle finds columns by their headings in the language of whoever imports, and a row by the number at the end of its first
//! cell. So headings differ, and the order does not: identifier, full name, columns of the user, status, then grade, maximum.

use super::number::parse;
use super::{LmsRow, Sheet, SheetError};
use crate::lms::person::trailing_number;

/// Finds the learners' rows.
pub(super) fn read_rows(sheet: &mut Sheet) -> Result<(), SheetError> {
    let is_blank = |record: &usize| {
        (0..sheet.records[*record].cells.len()).all(|column| sheet.text(*record, column).trim().is_empty())
    };
    // A spreadsheet may have added empty rows.
    let all: Vec<usize> = (1..sheet.records.len()).filter(|record| !is_blank(record)).collect();
    let firsts: Vec<String> = all.iter().map(|record| sheet.text(*record, 0)).collect();
    let Some(word) = participant_word(&sheet.headings, &firsts) else { return Err(SheetError::Unknown) };
    sheet.places = all;
    // Any list may begin with names that end in numbers.
    if !is_english(&sheet.headings) && grades(sheet).is_empty() {
        return Err(SheetError::Unknown);
    }
    let heading =
        |name: &str| sheet.headings.iter().position(|heading| heading.trim().eq_ignore_ascii_case(name));
    let status = heading("Status");
    let group = heading("Group");
    let submitted = heading("Last modified (submission)");
    // Until the status, or where its heading is translated until the grade, columns are the user's.
    let end = status.or_else(|| grades(sheet).first().copied()).unwrap_or(2.min(sheet.headings.len()));
    let named = end > 1;
    for record in sheet.places.clone() {
        let at = |column: usize| {
            Some(sheet.text(record, column).trim().to_owned()).filter(|cell| !cell.is_empty() && cell != "-")
        };
        let ids: Vec<String> = (2..end).filter_map(at).collect();
        let row = LmsRow {
            line: sheet.records[record].line,
            participant: trailing_number(&sheet.text(record, 0)),
            blind: Some(word.clone()),
            name: at(1).filter(|_| named),
            email: ids.iter().find(|id| id.contains('@')).cloned(),
            ids,
            group: group.and_then(at),
            submitted: submitted.and_then(at),
            ..LmsRow::default()
        };
        sheet.rows.push(row);
    }
    Ok(())
}

fn is_english(headings: &[String]) -> bool {
    headings.first().is_some_and(|heading| heading.trim() == "Identifier")
}

/// The word before the number in the first column: `Participant `, or in another language, such as German's `Teilnehmer/in`.
/// None where the first column has no numbers behind one word.
fn participant_word(headings: &[String], firsts: &[String]) -> Option<String> {
    let word = |text: &str| {
        let text = text.trim();
        let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (word.len() < text.len() && !word.is_empty()).then(|| word.to_owned())
    };
    let Some(first) = firsts.first() else { return is_english(headings).then(|| "Participant ".to_owned()) };
    let first = word(first)?;
    let mut numbers: Vec<_> = firsts.iter().map(|text| trailing_number(text)).collect();
    numbers.sort_unstable();
    let distinct = numbers.windows(2).all(|pair| pair[0] != pair[1]) && numbers.iter().all(Option::is_some);
    let same = firsts.iter().all(|text| word(text).as_deref() == Some(first.as_str()));
    // Without a word, and in a table of two columns, any list of numbers would do.
    (same && distinct && headings.len() > 3).then_some(first)
}

/// The columns that may be the grade: the next one has the same positive number in each row, and this one is empty or a number
/// of at most that.
pub(super) fn grades(sheet: &Sheet) -> Vec<usize> {
    let is_grade = |column: &usize| {
        let most: Vec<Option<f64>> = sheet.said(column + 1).iter().map(|text| parse(text)).collect();
        let Some(Some(max)) = most.first().copied() else { return false };
        let same = max > 0.0 && most.iter().all(|number| *number == Some(max));
        same && sheet
            .said(*column)
            .iter()
            .all(|text| text.trim().is_empty() || parse(text).is_some_and(|number| number <= max))
    };
    (1..sheet.headings.len().saturating_sub(1)).filter(is_grade).collect()
}
