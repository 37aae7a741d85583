//! Pure: the shell's terminal. What the shell writes becomes cells; what it asks is answered. What it wants of the real
//! terminal (titles, the clipboard, the mouse) is not passed on.

use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

/// Lines that can be looked at after they have left the screen.
pub(super) const SCROLLBACK: usize = 5000;

/// A terminal without a screen of its own.
pub(super) struct Emulator {
    parser: Parser<Answers>,
}

/// What the real terminal has to be told, so that it sends what the shell's programs expect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Modes {
    /// Arrow keys send `ESC O A` instead of `ESC [ A`.
    pub application_cursor: bool,
    /// The same for the number pad.
    pub application_keypad: bool,
    /// What is pasted stands between marks.
    pub bracketed_paste: bool,
}

impl Emulator {
    /// An empty terminal, which keeps so many lines after they have left the screen.
    pub(super) fn new((columns, rows): (u16, u16), keeps: usize) -> Self {
        Self { parser: Parser::new_with_callbacks(some(rows), some(columns), keeps, Answers::default()) }
    }

    /// Takes what the shell writes; gives what is to be answered.
    pub(super) fn process(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    /// Changes its size.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.set_size(some(rows), some(columns));
    }

    /// What is to be seen.
    pub(super) fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// What the real terminal should be told.
    pub(super) fn modes(&self) -> Modes {
        let screen = self.screen();
        Modes {
            application_cursor: screen.application_cursor(),
            application_keypad: screen.application_keypad(),
            bracketed_paste: screen.bracketed_paste(),
        }
    }

    /// Shows what was there this many lines earlier, as far as that is kept.
    pub(super) fn scroll_to(&mut self, lines: usize) {
        self.parser.screen_mut().set_scrollback(lines);
    }
}

fn some(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).unwrap_or(NonZeroU16::MIN)
}

/// What programs ask a terminal, answered as an ordinary one does.
#[derive(Debug, Default)]
struct Answers(Vec<u8>);

/// Nobody reads the answers of a program that only asks.
const MOST: usize = 4096;

impl Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        i1: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        let first = params.first().and_then(|p| p.first()).copied().unwrap_or_default();
        let answer = match (i1, c, first) {
            (None, 'c', 0) => "\x1b[?1;2c".to_owned(),
            (Some(b'>'), 'c', 0) => "\x1b[>0;0;0c".to_owned(),
            (None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                format!("\x1b[{};{}R", row + 1, column + 1)
            }
            _ => return,
        };
        if self.0.len() + answer.len() <= MOST {
            self.0.extend_from_slice(answer.as_bytes());
        }
    }
}
