//! The characters that GIFT gives a meaning to.

const SPECIAL: [char; 7] = ['~', '=', '#', '{', '}', ':', '\\'];

/// A text with all special characters and line breaks escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            // At the beginning of a line these two make a comment, and an arrow divides pairs.
            '/' | '-' | '>' | '%' => out.push(c),
            c if SPECIAL.contains(&c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.replace("->", "-\\>")
}

/// The text again.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
        }
    }
    out
}

/// Where the first of `marks` stands unescaped in `text`.
pub(super) fn find(text: &str, marks: &[&str]) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if marks.iter().any(|mark| text[at..].starts_with(mark)) {
            return Some(at);
        }
    }
    None
}

/// The text before and after the first unescaped `mark`.
pub(super) fn split<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    find(text, &[mark]).map(|at| (&text[..at], &text[at + mark.len()..]))
}
