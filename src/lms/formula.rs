//! Pure: cells that a spreadsheet would run as a formula are made harmless; numbers stay numbers.

use std::borrow::Cow;

/// What a formula starts with. Source: OWASP, "CSV Injection": `=`, `+`, `-`, `@`, tab, carriage return, and the full-width
/// forms, which some spreadsheets read alike.
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// `text` as a cell that no spreadsheet calculates: an apostrophe stands before what looks like a formula, also behind blanks.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let begins = |text: &str| text.starts_with(STARTS);
    let formula = begins(text) || begins(text.trim_start());
    match formula && !is_number(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Whether `text` is a plain number: a sign, digits, a decimal point or comma, digits, a sign of per cent.
pub(crate) fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let text = text.strip_suffix('%').unwrap_or(text);
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for bad in [
            "=HYPERLINK(\"http://x\")",
            "+1+1",
            "-2+3+cmd|' /C calc'!A0",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "＝1+1",
            "-",
            "--5",
        ] {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
    }

    #[test]
    fn numbers_and_plain_text_stay() {
        for good in ["", "-5", "+3.50", "-3,5", "12%", "O'Brien", "a=b", "  text", "1.5", "Ünal"] {
            assert!(matches!(harmless(good), Cow::Borrowed(same) if same == good), "{good}");
        }
    }
}
