//! Pure: the times that Moodle writes into a worksheet, in the time zone of whoever exported it.
//!
//! Source: `col_timesubmitted` of `mod/assign/gradingtable.php`, which writes `userdate`. Other languages write other words; such a time stays unknown, and the caller asks for it or takes the file's.

use jiff::civil::DateTime;

/// English with its two clocks, and what a spreadsheet makes of it.
const FORMS: [&str; 4] =
    ["%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];

/// The time in a cell such as `Friday, 27 November 2026, 5:04 PM`.
pub fn moodle_time(text: &str) -> Option<DateTime> {
    // Newer dates have a narrow no-break space before AM and PM.
    let text = text.trim().replace(['\u{202f}', '\u{a0}'], " ");
    FORMS.iter().find_map(|form| DateTime::strptime(form, &text).ok())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn english_times_are_read_and_others_are_not_guessed() {
        let afternoon = date(2026, 11, 27).at(17, 4, 0, 0);
        for text in [
            "Friday, 27 November 2026, 5:04 PM",
            " Friday, 27 November 2026, 5:04\u{202f}PM ",
            "Friday, 27 November 2026, 17:04",
            "2026-11-27 17:04",
        ] {
            assert_eq!(moodle_time(text), Some(afternoon), "{text}");
        }
        assert_eq!(moodle_time("Sunday, 1 November 2026, 12:30 AM"), Some(date(2026, 11, 1).at(0, 30, 0, 0)));
        for none in ["", "-", "Freitag, 27. November 2026, 17:04", "27/11/26"] {
            assert_eq!(moodle_time(none), None, "{none}");
        }
    }
}
