//! The characters that GIFT gives a meaning to, and pieces of a text that know where they stand.

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

/// The text again. As in Moodle, a backslash before any other character is a backslash; `\>` is what satrain writes in an arrow.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) if other == '>' || SPECIAL.contains(&other) => out.push(other),
                Some(other) => out.extend(['\\', other]),
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

/// Why a question is not read, and where: an offset in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) why: String,
}

/// A part of a question's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// Where it begins in the question.
    pub(super) at: usize,
}

impl<'a> Piece<'a> {
    pub(super) const fn whole(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What is wrong with it.
    pub(super) fn fault(&self, why: impl Into<String>) -> Fault {
        Fault { at: self.at, why: why.into() }
    }

    /// The text before and after a byte.
    pub(super) fn cut(self, at: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at(at);
        (Self { text: before, at: self.at }, Self { text: after, at: self.at + at })
    }

    pub(super) fn trim(self) -> Self {
        let text = self.text.trim_start();
        Self { text: text.trim_end(), at: self.at + self.text.len() - text.len() }
    }

    /// What is behind `prefix`, if it begins so.
    pub(super) fn after(self, prefix: &str) -> Option<Self> {
        self.text.starts_with(prefix).then(|| self.cut(prefix.len()).1)
    }

    /// The pieces before and after the first unescaped `mark`.
    pub(super) fn split(self, mark: &str) -> Option<(Self, Self)> {
        let (before, after) = self.cut(find(self.text, &[mark])?);
        Some((before, after.cut(mark.len()).1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_and_brought_back() {
        for text in
            ["a -> b", r"a -\> b", r"C:\new", "{a} = ~b # 5 %", "two\nlines", r"ends in \", r"\*", r"\->"]
        {
            assert_eq!(plain(&escaped(text)), text);
        }
    }

    #[test]
    fn a_backslash_escapes_what_it_escapes_in_moodle() {
        assert_eq!(plain(r"a\:b\=c\~d\#e\{f\}g\\h"), r"a:b=c~d#e{f}g\h");
        assert_eq!(plain(r"C\:\temp \d+ \*"), r"C:\temp \d+ \*");
    }

    #[test]
    fn a_piece_knows_where_it_stands() {
        let piece = Piece::whole(r" ab\#c # d ");
        let (before, after) = piece.split("#").unwrap();
        assert_eq!((before.trim().text, before.trim().at), (r"ab\#c", 1));
        assert_eq!((after.trim().text, after.trim().at), ("d", 9));
        assert!(after.split("#").is_none() && after.after("x").is_none());
    }
}
