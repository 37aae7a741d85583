//! Somebody else's text, made harmless for a terminal: no escape sequence, no hidden change of direction.
//!
//! In: text from a cluster, a program, a file. Out: the same text with every character that a terminal obeys
//! instead of showing written as its number. Line breaks and tabs stay. Pure.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

/// A control character (line feed and tab apart), one that reorders the text around it or ends a line where no editor does, or
/// one that shows nothing: a terminal obeys it instead of showing it, or nobody sees that it is there. Source: Unicode's
/// property `Default_Ignorable_Code_Point`. Left out are the joiners and variation selectors, which change how the character
/// before them looks in many languages and in emoji.
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
                | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Whether nothing in it is hidden: bytes are looked at first, since almost all text is ASCII.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t')) || !text.contains(is_hidden)
}

/// `text` as a terminal may get it: an escape character becomes `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| if is_hidden(c) { c.escape_unicode().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(show).collect())
}

/// A path in a message: what [`printable`] shows, on one line. A line break in a name would otherwise forge lines of the message.
pub fn name(path: &Path) -> String {
    printable(&path.to_string_lossy()).replace('\n', "\\n").replace('\t', "\\t")
}

/// The first `longest` characters of `text` as a terminal may get them.
pub(crate) fn excerpt(text: &str, longest: usize) -> String {
    let end = text.char_indices().nth(longest).map_or(text.len(), |(at, _)| at);
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", printable(&text[..end]))
}

/// A list for people: one item a line.
pub(crate) fn bullets<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("  - {item}")).collect::<Vec<_>>().join("\n")
}

/// `word` as a shell takes it for one word: in quotes where it is not plain. What a terminal would obey, and line breaks, are
/// written as numbers, which bash, zsh and ksh read.
pub fn shell_quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    let as_number = |c: char| is_hidden(c) || matches!(c, '\n' | '\t');
    if word.contains(as_number) {
        let shown = |c: char| match c {
            '\\' | '\'' => format!("\\{c}"),
            _ if as_number(c) => {
                c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")).collect()
            }
            _ => c.to_string(),
        };
        return Cow::Owned(format!("$'{}'", word.chars().map(shown).collect::<String>()));
    }
    match !word.is_empty() && word.chars().all(plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!("'{}'", word.replace('\'', r"'\''"))),
    }
}

/// `value` as indented JSON that a terminal may get: the same value, with such characters as JSON escapes.
///
/// # Errors
/// When the value cannot be JSON (a map with keys that are no text).
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    if is_plain(&text) {
        return Ok(text);
    }
    let mut out = String::with_capacity(text.len());
    // Outside of strings JSON has none of these characters, so each stands where an escape may stand.
    for c in text.chars() {
        match is_hidden(c) {
            // Writing to a String cannot fail.
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
            false => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        assert_eq!(shell_quoted("--image=my-app:1.0"), "--image=my-app:1.0");
        let hidden = ["a\nb", "\u{1b}[31m1", "it's\t\\x41 \u{202e}é"];
        for word in ["", "it's 5", "$HOME", "a b", "`id`", "~", "x;y", "é", "*"].into_iter().chain(hidden) {
            let quoted = shell_quoted(word);
            assert!(!quoted.contains(is_hidden) && !quoted.contains(['\n', '\t']), "{quoted}");
            let script = format!("printf %s {quoted}");
            let out = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), word);
        }
    }

    #[test]
    fn what_nobody_sees_is_shown() {
        for hidden in [
            '\u{61c}',
            '\u{200b}',
            '\u{2028}',
            '\u{2029}',
            '\u{2064}',
            '\u{ad}',
            '\u{3164}',
            '\u{e0041}',
            '\u{feff}',
        ] {
            let text = format!("a{hidden}b");
            assert_eq!(printable(&text), format!("a{}b", hidden.escape_unicode()));
            let document = json(&text).unwrap();
            assert!(document.is_ascii(), "{document}");
            assert_eq!(serde_json::from_str::<String>(&document).unwrap(), text);
        }
        for seen in ["naïve", "日本語", "👩\u{200d}🔬", "✔\u{fe0f}", "می\u{200c}خواهم"] {
            assert_eq!(printable(seen), seen);
        }
    }

    #[test]
    fn a_terminal_gets_no_orders() {
        let text = "\u{1b}[2Jred\u{9b}31m \u{202e}txt.exe\r\u{7f}";
        let shown = printable(text);
        assert_eq!(shown, "\\u{1b}[2Jred\\u{9b}31m \\u{202e}txt.exe\\u{d}\\u{7f}");
        assert!(!shown.contains(is_hidden));
    }

    #[test]
    fn a_name_is_one_line() {
        let shown = |text: &str| name(Path::new(text));
        assert_eq!(shown("a\nhelp: b\tc\u{1b}[31m\u{2028}"), "a\\nhelp: b\\tc\\u{1b}[31m\\u{2028}");
        assert_eq!(shown("/tmp/Größe 1.json"), "/tmp/Größe 1.json");
    }

    #[test]
    fn ordinary_text_is_untouched() {
        for text in ["", "a\n\tb", "Größe · 2 → 3", "日本語 ✔"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"a\u{9b}": "\u{1b}]0;x\u{7}\u{202e}ü\n"});
        let text = json(&value).unwrap();
        assert!(!text.replace('\n', "").contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
