//! Pure: text in lines that fit, by the columns that a terminal gives to each character. Somebody else's text is made
//! harmless here.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::printable;
use crate::report::style::Style;

/// `text` in lines of at most `width` columns.
pub(super) fn lines(text: &str, width: usize) -> Vec<String> {
    let style = Style { width, ..Style::mono() };
    let text = printable(text).replace('\t', "    ");
    style.wrap(&text, "").lines().flat_map(|line| cut(line, width.max(1))).collect()
}

/// The beginning of `text` that fits into `width` columns, with `…` where something is left out.
pub(super) fn fitting(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = cut(text, width.saturating_sub(1).max(1)).into_iter().next().unwrap_or_default();
    out.push('…');
    out
}

/// `line` in pieces of at most `width` columns.
fn cut(line: &str, width: usize) -> Vec<String> {
    let (mut pieces, mut now, mut used) = (Vec::new(), String::new(), 0);
    for c in line.chars() {
        let columns = c.width().unwrap_or_default();
        if used + columns > width && !now.is_empty() {
            pieces.push(std::mem::take(&mut now));
            used = 0;
        }
        now.push(c);
        used += columns;
    }
    pieces.push(now);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        for text in [
            "日本語日本語日本語日本語日本語",
            "a/very/long/path/without/any/blank/in/it",
            "Größe · 2 → 3 und so weiter",
        ] {
            for width in [2, 7, 20, 33] {
                assert!(lines(text, width).iter().all(|line| line.width() <= width), "{text} {width}");
            }
        }
        assert_eq!(fitting("日本語", 4), "日…");
        assert_eq!(fitting("abc", 3), "abc");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let all = lines("\u{1b}]0;x\u{7}\u{9b}2J\u{202e}a\tb", 80).join("");
        assert!(!all.chars().any(|c| c.is_control() || c == '\u{202e}'), "{all}");
    }
}
