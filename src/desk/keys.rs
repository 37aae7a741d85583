//! Pure: which of the bytes that a terminal sends are for the desk, and which key they mean there.
//!
//! All bytes go to the shell as they are, but for one: the prefix. What is pasted has no prefix in it.

/// Ctrl-]: the shell, kubectl and editors do without it.
pub(super) const PREFIX: u8 = 0x1d;

const PASTE: (&[u8], &[u8]) = (b"\x1b[200~", b"\x1b[201~");

/// A key, as the desk understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// The key that takes back the last character.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// What follows is pasted, or no longer.
    Paste(bool),
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Ctrl and this letter.
    Ctrl(char),
    /// Something that the desk does not use.
    Other,
}

/// Looks for the prefix among what is typed.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Whether a paste is under way.
    pasting: bool,
    /// The last bytes: a mark may come in two parts.
    tail: Vec<u8>,
}

impl Typed {
    /// What is the shell's of `bytes`, and what follows the prefix, if there is one.
    pub(super) fn split<'a>(&mut self, bytes: &'a [u8]) -> (&'a [u8], Option<&'a [u8]>) {
        for (place, byte) in bytes.iter().enumerate() {
            if *byte == PREFIX && !self.pasting {
                self.tail.clear();
                return (&bytes[..place], Some(&bytes[place + 1..]));
            }
            self.tail.push(*byte);
            if self.tail.len() > PASTE.0.len() {
                self.tail.remove(0);
            }
            let mark = if self.pasting { PASTE.1 } else { PASTE.0 };
            self.pasting ^= self.tail == mark;
        }
        (bytes, None)
    }
}

/// The first key in `bytes`, and what follows it. None: there is none.
pub(super) fn key(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    Some(match first {
        b'\r' | b'\n' => (Key::Enter, rest),
        0x1b => match rest.first() {
            Some(b'[' | b'O') => sequence(&rest[1..]),
            _ => (Key::Escape, rest),
        },
        0x7f | 0x08 => (Key::Backspace, rest),
        control @ 0x01..0x20 => (Key::Ctrl(char::from(control + 0x60)), rest),
        _ => {
            let length = [bytes.len(), 4].into_iter().min().unwrap_or_default();
            let whole =
                (1..=length).find_map(|n| std::str::from_utf8(&bytes[..n]).ok().map(|text| (text, n)));
            match whole {
                Some((text, n)) => (text.chars().next().map_or(Key::Other, Key::Char), &bytes[n..]),
                None => (Key::Other, rest),
            }
        }
    })
}

/// What stands behind `ESC [` or `ESC O`.
fn sequence(bytes: &[u8]) -> (Key, &[u8]) {
    let Some(end) = bytes.iter().position(|b| (0x40..=0x7e).contains(b)) else { return (Key::Other, &[]) };
    let key = match &bytes[..=end] {
        b"A" => Key::Up,
        b"B" => Key::Down,
        b"C" => Key::Right,
        b"D" => Key::Left,
        b"3~" => Key::Delete,
        b"200~" => Key::Paste(true),
        b"201~" => Key::Paste(false),
        b"H" | b"1~" | b"7~" => Key::Home,
        b"F" | b"4~" | b"8~" => Key::End,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        _ => Key::Other,
    };
    (key, &bytes[end + 1..])
}

/// Where a text of `most + page` lines begins on the screen after a key, if it began at `at`.
pub(super) fn scrolled(key: Key, at: usize, page: usize, most: usize) -> usize {
    let to = match key {
        Key::Up | Key::Char('k') => at.saturating_sub(1),
        Key::Down | Key::Char('j') => at + 1,
        Key::PageUp | Key::Char('b') => at.saturating_sub(page),
        Key::PageDown | Key::Char(' ') => at + page,
        Key::Home | Key::Char('g') => 0,
        Key::End | Key::Char('G') => most,
        _ => at,
    };
    to.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_prefix_is_the_shells() {
        let mut typed = Typed::default();
        let all: Vec<u8> = (0..=255).filter(|b| *b != PREFIX).collect();
        assert_eq!(typed.split(&all), (&all[..], None));
        assert_eq!(typed.split(b"ab\x1dcd"), (&b"ab"[..], Some(&b"cd"[..])));
        assert_eq!(typed.split(b"\x1d"), (&b""[..], Some(&b""[..])));
    }

    #[test]
    fn what_is_pasted_has_no_prefix_in_it_however_it_arrives() {
        let pasted = b"x\x1b[200~a\x1db\x1b[201~";
        for cut in 0..pasted.len() {
            let mut typed = Typed::default();
            for part in [&pasted[..cut], &pasted[cut..]] {
                assert_eq!(typed.split(part), (part, None), "{cut}");
            }
            assert_eq!(typed.split(b"\x1dt"), (&b""[..], Some(&b"t"[..])), "the paste is over");
        }
    }

    #[test]
    fn keys_are_read_in_both_modes_of_a_terminal() {
        let mut bytes = &b"q\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[1;5C\x1b\r\x1a\xc3\xa9\xff"[..];
        let mut seen = Vec::new();
        while let Some((key, rest)) = key(bytes) {
            seen.push(key);
            bytes = rest;
        }
        use Key::*;
        assert_eq!(
            seen,
            [Char('q'), Up, Down, PageUp, PageDown, Other, Escape, Enter, Ctrl('z'), Char('é'), Other]
        );
    }
}
