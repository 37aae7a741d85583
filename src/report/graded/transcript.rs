//! Pure: the end of what a script wrote, without tokens and harmless for a terminal and a page.

use crate::printable::{excerpt, printable};
use crate::token::redact;

/// The most lines.
const LINES: usize = 60;
/// The longest line, in characters.
const LONGEST: usize = 400;

/// The end of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its lines.
    pub text: String,
    /// How many lines there are before them.
    pub before: usize,
}

/// The end of `text`; None: nothing was written.
pub(super) fn end(text: &str) -> Option<Said> {
    // Before anything is cut: half a token is not known for one.
    let text = redact(text.trim_end());
    if text.trim().is_empty() {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let before = lines.len().saturating_sub(LINES);
    let shown: Vec<String> = lines.iter().skip(before).map(|line| excerpt(line, LONGEST)).collect();
    Some(Said { text: printable(&shown.join("\n")).into_owned(), before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_bounded_and_has_no_order_for_a_terminal() {
        let text = format!("{}\u{1b}[2Jlast\u{202e}\n\n", "line\n".repeat(100));
        let said = end(&text).unwrap();
        assert_eq!((said.before, said.text.lines().count()), (41, LINES));
        assert!(said.text.ends_with("\\u{1b}[2Jlast\\u{202e}"), "{said:?}");
        let long = end(&"x".repeat(100_000)).unwrap();
        assert_eq!(long.text.chars().count(), LONGEST + 1);
        assert_eq!((end(""), end(" \n\n")), (None, None));
    }

    #[test]
    fn a_token_is_not_shown_and_neither_is_its_half() {
        let claims = "eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YTpiIn0";
        let signature = "c2lnbmF0dXJl".repeat(60);
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{claims}.{signature}");
        let said = end(&format!("{} {token}", "y".repeat(380))).unwrap();
        assert!(!said.text.contains("eyJ") && !said.text.contains("c2lnbmF0"), "{said:?}");
    }
}
