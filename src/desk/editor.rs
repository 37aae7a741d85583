//! Pure: a text that is typed: one line of it, or many.

use unicode_width::UnicodeWidthChar;

use super::keys::Key;
use crate::printable::is_hidden;

/// A text and a cursor in it.
#[derive(Debug, Clone)]
pub(super) struct Editor {
    text: Vec<char>,
    at: usize,
    /// The most characters that it holds; what is typed beyond is left out.
    most: usize,
    /// Whether it has more than one line.
    many: bool,
    pasting: bool,
}

/// What a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// It changed the text.
    Changed,
    /// It did not.
    Same,
    /// Enter, at the end of the one line.
    Enter,
    /// Escape.
    Escape,
}

impl Editor {
    /// One line.
    pub(super) fn line(text: &str, most: usize) -> Self {
        Self::new(text, most, false)
    }

    /// Many lines.
    pub(super) fn page(text: &str, most: usize) -> Self {
        Self::new(text, most, true)
    }

    fn new(text: &str, most: usize, many: bool) -> Self {
        let text: Vec<char> = text.chars().filter(|c| (many && *c == '\n') || shows(*c)).collect();
        Self { at: text.len(), text, most, many, pasting: false }
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// Whether nothing more can be typed.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= self.most
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: Key) -> Pressed {
        match key {
            Key::Paste(on) => self.pasting = on,
            Key::Escape | Key::Ctrl('c') => return Pressed::Escape,
            Key::Enter if self.many => return self.insert('\n'),
            // What is pasted is not sent off by a line break in it.
            Key::Enter if self.pasting => return self.insert(' '),
            Key::Enter => return Pressed::Enter,
            Key::Char(c) => return self.insert(c),
            Key::Ctrl('i') => return self.insert(' '),
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
                return Pressed::Changed;
            }
            Key::Delete if self.at < self.text.len() => {
                self.text.remove(self.at);
                return Pressed::Changed;
            }
            Key::Ctrl('u') if self.at > self.line_start() => {
                let from = self.line_start();
                self.text.drain(from..self.at);
                self.at = from;
                return Pressed::Changed;
            }
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.text.len()),
            Key::Home | Key::Ctrl('a') => self.at = self.line_start(),
            Key::End | Key::Ctrl('e') => self.at = self.line_end(),
            Key::Up => self.up(),
            Key::Down => self.down(),
            _ => {}
        }
        Pressed::Same
    }

    fn insert(&mut self, c: char) -> Pressed {
        if self.text.len() >= self.most || !(shows(c) || c == '\n') {
            return Pressed::Same;
        }
        self.text.insert(self.at, c);
        self.at += 1;
        Pressed::Changed
    }

    fn line_start(&self) -> usize {
        self.text[..self.at].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].iter().position(|c| *c == '\n').map_or(self.text.len(), |n| self.at + n)
    }

    fn up(&mut self) {
        let start = self.line_start();
        if start > 0 {
            let column = self.at - start;
            self.at = start - 1;
            self.at = (self.line_start() + column).min(self.at);
        }
    }

    fn down(&mut self) {
        let column = self.at - self.line_start();
        let end = self.line_end();
        if end < self.text.len() {
            self.at = end + 1;
            self.at = (self.at + column).min(self.line_end());
        }
    }

    /// The text in rows of at most `width` columns, and the row and column of the cursor.
    pub(super) fn rows(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        // The cursor has room behind the last character, too.
        let width = width.max(2) - 1;
        let (mut rows, mut row, mut used) = (Vec::new(), String::new(), 0);
        let mut cursor = (0, 0);
        for (n, c) in self.text.iter().enumerate() {
            let columns = c.width().unwrap_or_default();
            if *c != '\n' && used + columns > width {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            if n == self.at {
                cursor = (rows.len(), used);
            }
            if *c == '\n' {
                rows.push(std::mem::take(&mut row));
                used = 0;
            } else {
                row.push(*c);
                used += columns;
            }
        }
        if self.at == self.text.len() {
            cursor = (rows.len(), used);
        }
        rows.push(row);
        (rows, cursor)
    }
}

fn shows(c: char) -> bool {
    !is_hidden(c) && !matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::keys::key;

    fn press(editor: &mut Editor, mut bytes: &[u8]) -> Pressed {
        let mut last = Pressed::Same;
        while let Some((key, rest)) = key(bytes) {
            last = editor.press(key);
            bytes = rest;
        }
        last
    }

    #[test]
    fn text_is_typed_moved_in_and_taken_back() {
        let mut page = Editor::page("one", 100);
        press(&mut page, "\rtwo\x1b[A\x1b[D!\x1b[B?\x7f\x1b[H\x1b[3~ü".as_bytes());
        assert_eq!(page.text(), "on!e\nüwo");
        press(&mut page, b"\x1b[F\x15end");
        assert_eq!(page.text(), "on!e\nend");
        assert_eq!(press(&mut page, b"\x1b"), Pressed::Escape);
    }

    #[test]
    fn a_line_ends_by_enter_but_not_by_what_is_pasted() {
        let mut line = Editor::line("", 100);
        assert_eq!(press(&mut line, b"\x1b[200~a\rb\x1b[201~"), Pressed::Same);
        assert_eq!(line.text(), "a b");
        assert_eq!(press(&mut line, b"\r"), Pressed::Enter);
    }

    #[test]
    fn it_holds_so_much_and_nothing_that_a_terminal_obeys() {
        let mut line = Editor::line("\u{1b}[2J\u{202e}\nx", 6);
        assert_eq!(line.text(), "[2Jx");
        press(&mut line, "\u{9b}abc".as_bytes());
        assert_eq!(line.text(), "[2Jxab");
    }

    #[test]
    fn rows_have_room_for_the_cursor() {
        let page = Editor::page("abcdef\n日本語", 100);
        assert_eq!(page.rows(5), (vec!["abcd".into(), "ef".into(), "日本".into(), "語".into()], (3, 2)));
        let mut page = Editor::page("ab\n", 100);
        assert_eq!(page.rows(80).1, (1, 0));
        press(&mut page, b"\x1b[A");
        assert_eq!(page.rows(80).1, (0, 0));
    }
}
