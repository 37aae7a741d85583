//! The last look at what goes to a terminal: of all sequences that it obeys only the colours of reports get there.
//!
//! Reports make the text of others printable where they write it. What one of them forgets is stopped here.

use std::io::{Result, Write};

use crate::printable::printable;

/// The sequences of [`super::style::Style`].
const COLOURS: [&str; 8] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// Writes to `to` what is written to it, line by line, as a terminal may get it.
pub struct Shown<W: Write> {
    to: W,
    /// What was written since the last line ended.
    begun: Vec<u8>,
}

impl<W: Write> Shown<W> {
    /// A writer before `to`.
    pub fn new(to: W) -> Self {
        Self { to, begun: Vec::new() }
    }

    fn pass(&mut self, bytes: usize) -> Result<()> {
        let rest = self.begun.split_off(bytes);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut self.begun, rest)).into_owned();
        self.to.write_all(shown(&text).as_bytes())
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.begun.extend_from_slice(bytes);
        if let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') {
            self.pass(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.pass(self.begun.len())?;
        self.to.flush()
    }
}

impl<W: Write> Drop for Shown<W> {
    fn drop(&mut self) {
        // Who needs to know whether it was written flushes it.
        let _ = self.flush();
    }
}

/// `text` with no sequence but the colours.
fn shown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain += &printable(&rest[..at]);
        rest = &rest[at..];
        let colour = COLOURS.iter().find(|colour| rest.starts_with(**colour));
        let (known, length) = colour.map_or(("\\u{1b}", 1), |colour| (colour, colour.len()));
        plain += known;
        rest = &rest[length..];
    }
    plain + &printable(rest)
}

#[cfg(test)]
mod tests {
    use super::super::style::{Mark, Style};
    use super::*;

    #[test]
    fn colours_pass_and_what_a_terminal_obeys_does_not() {
        let style = Style { colour: true, ..Style::mono() };
        let ours = [Mark::Good, Mark::Bad, Mark::Waiting, Mark::Unknown].map(|mark| style.mark(mark));
        let ours = format!("{} {}{}{}", ours.join(" "), style.bold("a"), style.dim("b"), style.command("c"));
        assert!(ours.contains('\u{1b}'));
        assert_eq!(shown(&ours), ours);
        assert_eq!(
            shown("a\u{1b}]0;title\u{7}\u{202e}b\u{1b}[2Jc\u{1b}"),
            "a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{1b}[2Jc\\u{1b}"
        );
    }

    #[test]
    fn a_sequence_may_come_in_parts_and_the_end_needs_no_line() {
        let mut to = Vec::new();
        {
            let mut out = Shown::new(&mut to);
            for part in ["\u{1b}", "[32mgood\u{1b}[0m \u{1b}", "[5mbad\n", "rest…"] {
                out.write_all(part.as_bytes()).unwrap();
            }
        }
        assert_eq!(String::from_utf8(to).unwrap(), "\u{1b}[32mgood\u{1b}[0m \\u{1b}[5mbad\nrest…");
    }
}
