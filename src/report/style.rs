//! Colour, marks and width: decided once, so that every report looks alike and none asks the environment.

use console::Style as Ansi;

/// How text reports look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colour.
    pub colour: bool,
    /// ASCII only, one fact a line: for screen readers and logs.
    pub plain: bool,
    /// Columns.
    pub width: usize,
}

/// The widest that running text is set.
const TEXT_WIDTH: usize = 100;

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As required.
    Good,
    /// Not as required.
    Bad,
    /// Not yet.
    Waiting,
    /// Could not be graded.
    Unknown,
}

impl Style {
    /// Neither colour nor Unicode.
    pub fn plain() -> Self {
        Self { colour: false, plain: true, width: 80 }
    }

    /// Unicode without colour.
    pub fn mono() -> Self {
        Self { colour: false, plain: false, width: 80 }
    }

    /// The mark of a verdict.
    pub fn mark(&self, mark: Mark) -> String {
        let (sign, word, ansi) = match mark {
            Mark::Good => ("✔", "PASS", Ansi::new().green()),
            Mark::Bad => ("✘", "FAIL", Ansi::new().red()),
            Mark::Waiting => ("…", "WAIT", Ansi::new().yellow()),
            Mark::Unknown => ("?", "UNKNOWN", Ansi::new().magenta()),
        };
        if self.plain { format!("{word:<7}") } else { self.paint(sign, ansi) }
    }

    /// What stands between two parts of a line.
    pub fn dot(&self) -> &'static str {
        if self.plain { "-" } else { "·" }
    }

    /// Text that matters.
    pub fn bold(&self, text: &str) -> String {
        self.paint(text, Ansi::new().bold())
    }

    /// Text that matters less.
    pub fn dim(&self, text: &str) -> String {
        self.paint(text, Ansi::new().dim())
    }

    /// A command to type.
    pub fn command(&self, text: &str) -> String {
        self.paint(text, Ansi::new().cyan())
    }

    /// A bar of `width` columns, filled to `percent`.
    pub fn bar(&self, percent: u32, width: usize) -> String {
        let filled = (percent.min(100) as usize * width) / 100;
        let (full, empty) = if self.plain { ("#", "-") } else { ("█", "░") };
        format!("{}{}", full.repeat(filled), empty.repeat(width - filled))
    }

    /// Breaks `text` into lines that fit, each after `indent`. Lines of one paragraph flow together; list items,
    /// indented lines and empty lines stay as they are.
    pub fn wrap(&self, text: &str, indent: &str) -> String {
        // Longer lines are hard to read.
        let room = self.width.min(TEXT_WIDTH).saturating_sub(indent.chars().count()).max(20);
        let mut lines = Vec::new();
        for line in &paragraphs(text) {
            // Code keeps its form.
            if line.starts_with("    ") || line.starts_with('\t') {
                lines.push(format!("{indent}{line}").trim_end().to_owned());
            } else {
                wrap_line(line, room, |part| lines.push(format!("{indent}{part}").trim_end().to_owned()));
            }
        }
        lines.join("\n")
    }

    fn paint(&self, text: &str, ansi: Ansi) -> String {
        if self.colour && !self.plain {
            ansi.force_styling(true).apply_to(text).to_string()
        } else {
            text.into()
        }
    }
}

/// The lines of `text`, those of a paragraph joined: authors break lines where their editor does.
fn paragraphs(text: &str) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let marked = |line: &str| ["- ", "* ", "#", "|"].iter().any(|mark| line.starts_with(mark));
    let prose = |line: &str| line.starts_with(|c: char| !c.is_whitespace()) && !marked(line);
    let item = |line: &str| [". ", ") "].iter().any(|end| lead(line).ends_with(end));
    for line in text.trim_end().lines() {
        match joined.last_mut() {
            Some(last) if prose(last) && prose(line) && !item(line) => {
                last.push(' ');
                last.push_str(line);
            }
            // The text of a list item goes on below itself.
            Some(last) if is_below(last, line) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => joined.push(line.to_owned()),
        }
    }
    joined
}

/// Whether `line` goes on with the text of the list item `last`: it is indented as that text is, and no item itself.
fn is_below(last: &str, line: &str) -> bool {
    let hang = lead(last).chars().count();
    let indent = line.len() - line.trim_start().len();
    hang > 1 && !last.starts_with(' ') && indent == hang && lead(line).len() == indent
}

/// What stands before the text of a line: its indentation, and the mark of a list item (`- `, `* `, `12. `, `a) `).
fn lead(line: &str) -> String {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let lettered =
        text.len() > 3 && text.as_bytes()[0].is_ascii_lowercase() && &text.as_bytes()[1..3] == b") ";
    let numbered = number.len() < text.len() && number.starts_with(". ");
    let mark = match text.chars().next() {
        Some('-' | '*') if text[1..].starts_with(' ') => 2,
        _ if numbered => text.len() - number.len() + 2,
        _ if lettered => 3,
        _ => 0,
    };
    let blanks = text[mark..].len() - text[mark..].trim_start().len();
    format!("{indent}{}", &text[..mark + if mark > 0 { blanks } else { 0 }])
}

/// Words of `line` in parts of at most `room` columns; a list item's further parts are indented like its text.
fn wrap_line(line: &str, room: usize, mut part: impl FnMut(String)) {
    let lead = lead(line);
    let hang = if lead.ends_with(' ') { " ".repeat(lead.chars().count()) } else { String::new() };
    let mut now = String::new();
    for word in line.trim_start().split(' ') {
        let start = if now.is_empty() { line.len() - line.trim_start().len() } else { 0 };
        if !now.trim().is_empty() && now.chars().count() + 1 + word.chars().count() > room {
            part(std::mem::replace(&mut now, format!("{hang}{word}")));
        } else if now.is_empty() {
            now = format!("{}{word}", " ".repeat(start));
        } else {
            now.push(' ');
            now.push_str(word);
        }
    }
    part(now);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_a_line_each() {
        let style = Style { colour: false, plain: false, width: 40 };
        let text =
            "Which?\n\na) The first one, which is longer than a line is wide.\nb) The second.\nc) It (a) is.";
        assert_eq!(
            style.wrap(text, ""),
            "Which?\n\na) The first one, which is longer than a\n   line is wide.\nb) The second.\nc) It (a) is."
        );
    }

    #[test]
    fn long_lines_wrap_and_list_items_hang() {
        let style = Style { width: 30, ..Style::mono() };
        let text = "- one two three four five six seven\n\nshort";
        assert_eq!(style.wrap(text, "  "), "  - one two three four five\n    six seven\n\n  short");
    }

    #[test]
    fn the_lines_of_a_paragraph_flow_together() {
        let text = "Pod `myapp` runs as\nthe default account.\n\nGive it\nits own:\n  1. first\n  2. second";
        let wanted = "Pod `myapp` runs as the default account.\n\nGive it its own:\n  1. first\n  2. second";
        assert_eq!(Style::mono().wrap(text, ""), wanted);
    }

    #[test]
    fn the_lines_of_a_list_item_flow_together() {
        let text = "1. See what\n   they are.\n2. Turn it\n   off:\n       code\n- a\n  b\n  - nested";
        let wanted = "1. See what they are.\n2. Turn it off:\n       code\n- a b\n  - nested";
        assert_eq!(Style::mono().wrap(text, ""), wanted);
    }

    #[test]
    fn code_is_not_wrapped() {
        let style = Style { width: 30, ..Style::mono() };
        let code = "    kubectl create token default --audience=vault";
        assert_eq!(style.wrap(code, ""), code);
    }

    #[test]
    fn a_bar_is_full_only_at_a_hundred() {
        assert_eq!(Style::plain().bar(99, 10), "#########-");
        assert_eq!(Style::plain().bar(100, 10), "##########");
    }
}
