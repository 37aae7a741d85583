//! ASCII for `--plain`: the characters that reports draw with, and those of typography, as a screen reader or a log
//! takes them. Letters of other languages stay what they are.

use std::io::{Result, Write};

/// Writes to `to` what is written to it, in ASCII.
pub struct Ascii<W> {
    to: W,
    /// The beginning of a character whose end has not been written yet.
    begun: Vec<u8>,
}

impl<W: Write> Ascii<W> {
    /// A writer before `to`.
    pub fn new(to: W) -> Self {
        Self { to, begun: Vec::new() }
    }
}

impl<W: Write> Write for Ascii<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(_) => self.begun.len(),
            Err(e) => e.valid_up_to(),
        };
        let rest = self.begun.split_off(whole);
        let text = String::from_utf8_lossy(&self.begun).into_owned();
        self.to.write_all(ascii(&text).as_bytes())?;
        self.begun = rest;
        // What is no text at all goes on as it is.
        if self.begun.len() > 3 {
            let odd = std::mem::take(&mut self.begun);
            self.to.write_all(&odd)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.to.flush()
    }
}

/// The same text with ASCII for what is drawn or typeset.
pub fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => plain.push_str("..."),
            '·' | '–' | '—' | '░' => plain.push('-'),
            '✔' => plain.push_str("PASS"),
            '✘' => plain.push_str("FAIL"),
            '│' => plain.push('|'),
            '█' => plain.push('#'),
            '→' => plain.push_str("->"),
            '×' => plain.push('x'),
            '‘' | '’' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            '\u{a0}' => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_becomes_ascii_and_letters_stay() {
        assert_eq!(
            ascii("Setting up … scenario-2 · ✔ Grüße → ok"),
            "Setting up ... scenario-2 - PASS Grüße -> ok"
        );
    }

    #[test]
    fn a_character_may_come_in_two_parts() {
        let mut out = Ascii::new(Vec::new());
        let text = "a…b✔".as_bytes();
        for byte in text {
            out.write_all(&[*byte]).unwrap();
        }
        assert_eq!(out.to, b"a...bPASS");
    }
}
