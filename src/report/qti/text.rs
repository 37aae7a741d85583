//! Pure: an item's texts as XML may have them, and names as XML takes them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::printable::printable;
use crate::report::prose::{self, Block, Span};

/// A text without hidden characters and without those that XML has no way to say: each becomes its number.
fn shown(text: &str) -> String {
    let text = printable(text);
    text.replace('\u{FFFE}', "\\u{fffe}").replace('\u{FFFF}', "\\u{ffff}")
}

/// A text on one line.
pub(super) fn line(text: &str) -> String {
    shown(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text on one line, in its pieces.
pub(super) fn spans(text: &str) -> Vec<Span> {
    prose::spans(&line(text))
}

/// A text in its parts.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    prose::blocks(&shown(text))
}

/// Lines that keep their form.
pub(super) fn code(text: &str) -> Block {
    Block::Code(shown(text).trim_end().to_owned())
}

/// An item's id as an identifier: the same for the same id, another for another id, also where a file system tells no `a`
/// from `A`. Other ids than satrain's own become a hash; it begins as no id does that stays.
pub(super) fn identifier(id: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.len() <= 64 && id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(plain) {
        return id.to_owned();
    }
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(12).fold("_".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_names_of_xml_and_differ() {
        assert_eq!(identifier("audit-order"), "audit-order");
        let odd = ["", "1", "A", "Ä", "a b", "a:b", "../../x", "-a", "_a", "a\u{202e}", "%41", "a.b"];
        let long = "a".repeat(65);
        let names: Vec<_> = odd.into_iter().chain([long.as_str()]).map(identifier).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(name.len() == 25 && name[1..].chars().all(|c| c.is_ascii_hexdigit()), "{name}");
            assert!(!names[..i].contains(name));
        }
        assert_eq!(identifier("A"), "_559aead08264d5795d390971");
    }

    #[test]
    fn what_xml_cannot_say_is_shown_as_its_number() {
        assert_eq!(
            line("a\u{0}\u{1b}\u{202e}\n\t b\u{fffe}\u{ffff}"),
            "a\\u{0}\\u{1b}\\u{202e} b\\u{fffe}\\u{ffff}"
        );
    }
}
