//! Pure: what a regular expression alone shows to be wrong.

use regex::Regex;

use crate::grade::checks::Extent;

/// Texts that have nothing in common: what matches all of them matches whatever somebody writes.
const UNLIKE: [&str; 4] = ["satrain", "0", "# ?", "payments/Web_1 7.5\nx"];

/// What is wrong with how it is written.
pub(super) fn parses(text: &str) -> Result<(), String> {
    // The parser draws a picture over several lines; the last one says it.
    Regex::new(text).map(drop).map_err(|error| {
        let error = error.to_string();
        let words = error.lines().last().unwrap_or_default();
        format!("the regular expression is invalid: {words}")
    })
}

/// Whether it matches every text.
pub(super) fn accepts_all(text: &str, extent: Extent) -> bool {
    let (pattern, least) = match extent {
        Extent::Whole => (format!("(?is)^(?:{text})$"), None),
        // Of a program's output, there is some, or none.
        Extent::Part => (text.to_owned(), Some("")),
    };
    Regex::new(&pattern).is_ok_and(|regex| UNLIKE.into_iter().chain(least).all(|text| regex.is_match(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_texts_that_have_nothing_in_common_matches_all() {
        for all in [".*", "", "x*", "^", "(?s).*$"] {
            assert!(accepts_all(all, Extent::Part), "{all}");
        }
        for some in [".+", "ok", "^$", r"\d*x"] {
            assert!(!accepts_all(some, Extent::Part), "{some}");
        }
        assert!(accepts_all(".*", Extent::Whole) && accepts_all(".+", Extent::Whole));
        for some in ["", "[a-z]*", r"\d+", "a|b", r"\S+"] {
            assert!(!accepts_all(some, Extent::Whole), "{some}");
        }
    }
}
