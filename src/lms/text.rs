//! Pure: text of somebody else, bounded and without characters that nobody sees.
//!
//! In: bytes of a file name or of a cell. Out: text in which a hidden character, or one that is no UTF-8, is U+FFFD: what was
//! changed is then equal to no id.

use crate::printable;

/// A control character, or one that reorders or hides text.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || printable::is_hidden(c)
}

/// The first `longest` characters of `bytes`, each hidden one replaced.
pub(crate) fn clean(bytes: &[u8], longest: usize) -> String {
    // No character is longer than four bytes.
    let whole = String::from_utf8_lossy(&bytes[..bytes.len().min(longest.saturating_mul(4) + 4)]);
    whole.chars().take(longest).map(|c| if is_hidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// The first `longest` bytes of `text`, or fewer where a character would be cut.
pub(crate) fn cut(text: &str, longest: usize) -> &str {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_and_length_is_bounded() {
        assert_eq!(clean(b"a\x1b[2J\xff", 99), "a\u{fffd}[2J\u{fffd}");
        assert_eq!(clean("bo\u{202e}b".as_bytes(), 99), "bo\u{fffd}b");
        assert_eq!([cut("aéb", 1), cut("aéb", 2), cut("aéb", 3), cut("aéb", 9)], ["a", "a", "aé", "aéb"]);
        assert_eq!(clean("é".repeat(5000).as_bytes(), 10).chars().count(), 10);
    }
}
