//! The lines that belong together: a question with its answers in braces, or a description.
//!
//! In: the lines of a file from the first of a block on. Out: its text, of the same length as its lines, so that an offset in it
//! is a place in the file; a comment in it is blank. Reads each line once.

use super::REST;
use super::syntax::Fault;

/// A question or a description.
pub(super) struct Block {
    pub(super) text: String,
    /// How many lines it has.
    pub(super) lines: usize,
    /// Whether it is a question.
    pub(super) has_answers: bool,
}

const UNCLOSED: &str = "the answers of this question are not closed\nEnd them with `}`.";

const SECOND: &str =
    "there is a second `{`: a question has one group of answers, which ends with `}`\nAs text, write `\\{`.";

const STRAY: &str =
    "there is a `}` without a `{` before it\nPut the answers in braces; as text, write `\\}`.";

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Takes the lines of one block. The first is not blank.
pub(super) fn block(lines: &[&str]) -> Result<Block, Fault> {
    let mut text = String::new();
    let (mut open, mut closed, mut escaped) = (false, false, false);
    let mut stray = None;
    // Whether a line since the `{` looks like one between two questions, or like the first of one.
    let mut apart = false;
    let mut count = 0;
    for line in lines {
        let blank = line.trim().is_empty();
        let other = line.starts_with(REST.trim_end()) || line.trim_start().starts_with("$CATEGORY:");
        if other || (blank && !open) {
            break;
        }
        if count > 0 {
            text.push('\n');
            escaped = false;
            apart |= open && (blank || line.trim_start().starts_with("::"));
        }
        count += 1;
        if is_comment(line) {
            text.extend(std::iter::repeat_n(' ', line.len()));
            continue;
        }
        for (at, c) in line.char_indices() {
            let at = text.len() + at;
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '{' if open && apart && !closed => return Err(Fault { at: 0, why: UNCLOSED.into() }),
                '{' if open => return Err(Fault { at, why: SECOND.into() }),
                '{' => open = true,
                '}' if open => closed = true,
                '}' => stray = stray.or(Some(at)),
                _ => {}
            }
        }
        text.push_str(line);
        if closed {
            return Ok(Block { text, lines: count, has_answers: true });
        }
    }
    match (open, stray) {
        (true, _) => Err(Fault { at: 0, why: UNCLOSED.into() }),
        (false, Some(at)) => Err(Fault { at, why: STRAY.into() }),
        (false, None) => Ok(Block { text, lines: count, has_answers: false }),
    }
}

/// The line and the column of an offset in the text of a block, each counted from 1.
pub(super) fn place(lines: &[&str], at: usize) -> (usize, usize) {
    let mut left = at;
    for (n, line) in lines.iter().enumerate() {
        if let Some(before) = line.get(..left) {
            return (n + 1, before.chars().count() + 1);
        }
        left = left.saturating_sub(line.len() + 1);
    }
    (lines.len().max(1), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_a_place_in_the_file() {
        let lines = ["Größe? {", "  // ~no", "=a ~b}", "next"];
        let found = block(&lines).unwrap_or_else(|fault| panic!("{fault:?}"));
        assert_eq!((found.lines, found.has_answers), (3, true));
        assert_eq!(found.text, "Größe? {\n        \n=a ~b}");
        assert_eq!(place(&lines, found.text.find('{').unwrap()), (1, 8));
        assert_eq!(place(&lines, found.text.find('~').unwrap()), (3, 4));
    }

    #[test]
    fn what_is_not_closed_is_told_where_it_begins() {
        let fault = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            let fault = block(&lines).err().unwrap_or_else(|| panic!("{text}"));
            let (line, column) = place(&lines, fault.at);
            (line, column, fault.why.lines().next().unwrap_or_default().to_owned())
        };
        let unclosed = "the answers of this question are not closed";
        let second = "there is a second `{`: a question has one group of answers, which ends with `}`";
        for (text, expected) in [
            ("q {=a", (1, 1, unclosed)),
            ("q {=a\n\nr {=b}", (1, 1, unclosed)),
            ("q\n{=a\n::r:: {=b}", (1, 1, unclosed)),
            ("q {=a\n\n$CATEGORY: x\n\nr {=b}", (1, 1, unclosed)),
            ("q {=a\n\n// satrain: {}\nr {=b}", (1, 1, unclosed)),
            ("q {=a {b}", (1, 7, second)),
            ("q {=a} and {=b}", (1, 12, second)),
            ("q {=a\n{b}", (2, 1, second)),
            ("q =a ~b}", (1, 8, "there is a `}` without a `{` before it")),
        ] {
            assert_eq!(fault(text), (expected.0, expected.1, expected.2.to_owned()), "{text}");
        }
    }
}
