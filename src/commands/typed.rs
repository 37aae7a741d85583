//! Lines that somebody types, or that a program writes in the place of somebody: read within bounds.

use std::io::{self, BufRead, Read};

use crate::error::{Failure, Result};

/// The longest line that is read, in bytes. A terminal gives 4 KiB at most.
const LONGEST: usize = 64 * 1024;

/// What came of reading a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A line, without blanks around it.
    Line(String),
    /// A line that is no text in UTF-8.
    Garbled,
    /// There are no more lines.
    End,
}

/// Reads one line. A longer one than anybody types ends the command: what follows it would be taken for the next answer.
pub(super) fn line(input: &mut impl BufRead) -> Result<Typed> {
    let mut bytes = Vec::new();
    let read = input.take(LONGEST as u64 + 1).read_until(b'\n', &mut bytes);
    read.map_err(|error: io::Error| Failure::usage(format!("the input cannot be read: {error}")))?;
    if bytes.len() > LONGEST {
        return Err(Failure::usage(
            "a line of the input is longer than 64 KiB\nWrite each answer on a line of its own.",
        ));
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) if text.is_empty() => Typed::End,
        Ok(text) => Typed::Line(text.trim().to_owned()),
        Err(_) => Typed::Garbled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_after_the_other_and_within_bounds() {
        let mut input = &b" a \n\n\xff\xfe\nlast"[..];
        let mut read = || line(&mut input).unwrap();
        assert_eq!(read(), Typed::Line("a".into()));
        assert_eq!(read(), Typed::Line(String::new()));
        assert_eq!(read(), Typed::Garbled);
        assert_eq!(read(), Typed::Line("last".into()));
        assert_eq!(read(), Typed::End);
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let longest = vec![b'a'; LONGEST];
        assert_eq!(line(&mut longest.as_slice()).unwrap(), Typed::Line("a".repeat(LONGEST)));
        let refused = line(&mut io::BufReader::new(io::repeat(0))).unwrap_err();
        assert_eq!(refused.code, 2);
        assert_eq!(refused.report.to_string(), "a line of the input is longer than 64 KiB");
    }
}
