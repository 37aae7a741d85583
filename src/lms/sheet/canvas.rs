//! The gradebook of Canvas. Sources: `lib/gradebook_exporter.rb` and `lib/gradebook_importer.rb` of canvas-lms.
//!
//! Headings are in English in each language; only `(read only)` is translated. Above the learners stand a row of what is posted
//! by hand, if anything is, and the row `    Points Possible`.

use super::{LmsRow, Sheet};

/// Whether these are Canvas's headings (`row_has_student_headers?` of the importer).
pub(super) fn is_canvas(headings: &[String]) -> bool {
    let at = |column: usize| headings.get(column).map_or("", |heading| heading.trim());
    (at(0) == "Student" && at(1) == "ID") || (at(0) == "LastName" && at(1) == "FirstName" && at(2) == "ID")
}

/// Whether a record is about the assignments and no learner's (`check_for_non_student_row` of the importer).
fn is_posting(cells: &[String]) -> bool {
    cells.iter().all(|cell| {
        let cell = cell.trim().to_lowercase();
        cell.is_empty() || cell == "muted" || cell.starts_with("manual posting")
    })
}

/// The title and the number of an assignment's heading (`title_with_id` and `title_and_id` of
/// `app/models/abstract_assignment.rb`).
pub(super) fn assignment(heading: &str) -> Option<(&str, &str)> {
    let (title, number) = heading.strip_suffix(')')?.rsplit_once(" (")?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some((title, number))
}

/// Finds the learners' rows, and the one of the points.
pub(super) fn read_rows(sheet: &mut Sheet) {
    let column = |name: &str| sheet.headings.iter().position(|heading| heading.trim() == name);
    let user = column("ID");
    let sis_user = column("SIS User ID");
    let ids: Vec<usize> =
        [sis_user, column("SIS Login ID"), column("Integration ID")].into_iter().flatten().collect();
    let two_names = sheet.headings.first().is_some_and(|heading| heading.trim() == "LastName");
    for record in 1..sheet.records.len() {
        let wide = sheet.records[record].cells.len();
        let cells: Vec<String> = (0..wide).map(|column| sheet.text(record, column)).collect();
        if cells[0].contains("Points Possible") {
            sheet.worths = sheet.worths.or(Some(record));
            continue;
        }
        if is_posting(&cells) {
            continue;
        }
        let at = |column: usize| {
            cells.get(column).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty())
        };
        let name = match two_names {
            true => format!("{}, {}", at(0).unwrap_or_default(), at(1).unwrap_or_default()),
            false => at(0).unwrap_or_default(),
        };
        // The student that a teacher's own preview makes; it has no account.
        if name == "Student, Test" && sis_user.and_then(at).is_none() {
            continue;
        }
        let ids: Vec<String> = ids.iter().filter_map(|column| at(*column)).collect();
        sheet.rows.push(LmsRow {
            line: sheet.records[record].line,
            user: user.and_then(at).and_then(|number| number.parse().ok()),
            email: ids.iter().find(|id| id.contains('@')).cloned(),
            name: Some(name),
            ids,
            ..LmsRow::default()
        });
        sheet.places.push(record);
    }
}
