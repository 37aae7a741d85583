//! Pure: where the parts of a desk are. The last row is the bar's; from 120 columns on the task is beside the shell, below that
//! behind it.

const WIDE: u16 = 120;
const SHELL: u16 = 80;
const TASK: u16 = 64;

/// The least that something can be read on.
pub(super) const LEAST: (u16, u16) = (30, 6);

/// The size of a screen, and how it is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Columns and rows.
    pub(super) size: (u16, u16),
    /// Whether the shell has the screen to itself.
    pub(super) zoomed: bool,
}

impl Layout {
    /// Of a screen with so many columns and rows.
    pub(super) const fn new(size: (u16, u16)) -> Self {
        Self { size, zoomed: false }
    }

    /// Whether the task has room beside the shell.
    pub(super) const fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Columns of the task beside the shell; 0: it is behind it.
    pub(super) fn task_columns(&self) -> u16 {
        match self.is_wide() && !self.zoomed {
            // One column separates them, and the shell gets the eighty that programs are written for.
            true => (self.size.0 - SHELL - 1).min(TASK),
            false => 0,
        }
    }

    /// Columns and rows of the shell.
    pub(super) fn shell(&self) -> (u16, u16) {
        let columns = match self.task_columns() {
            0 => self.size.0,
            task => self.size.0 - task - 1,
        };
        (columns.max(1), self.size.1.saturating_sub(1).max(1))
    }

    /// Rows of a page that is scrolled, less one that is seen again.
    pub(super) fn page(&self) -> usize {
        usize::from(self.size.1.saturating_sub(3)).max(1)
    }
}
