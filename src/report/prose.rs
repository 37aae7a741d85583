//! Pure: running text in its parts, by the marks that `Style::wrap` keeps on the terminal: paragraphs, lists, code.
//! Everything else is text as it is written; nothing becomes a link.

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A paragraph.
    Text(Vec<Span>),
    /// Lines that keep their form.
    Code(String),
    /// A list.
    List {
        /// Whether its items are numbered.
        numbered: bool,
        /// Each item.
        items: Vec<Vec<Span>>,
    },
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Whether it stood between backquotes.
    pub(super) code: bool,
    /// The piece.
    pub(super) text: String,
}

/// What is being read.
enum Open {
    Nothing,
    Text(String),
    Code(Vec<String>),
    List { numbered: bool, items: Vec<String> },
}

/// The parts of `text`.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = Open::Nothing;
    for line in text.trim_end().lines() {
        open = match (open, line) {
            (Open::Code(mut lines), line) if line.trim().is_empty() => {
                lines.push(String::new());
                Open::Code(lines)
            }
            (open, line) if line.trim().is_empty() => close(open, &mut blocks),
            (Open::List { numbered, mut items }, line) if line.starts_with(' ') => {
                if let Some(item) = items.last_mut() {
                    join(item, line);
                }
                Open::List { numbered, items }
            }
            (open, line) => match (open, line.strip_prefix("    "), item(line)) {
                (Open::Code(mut lines), Some(code), _) => {
                    lines.push(code.to_owned());
                    Open::Code(lines)
                }
                (open, Some(code), _) => {
                    close(open, &mut blocks);
                    Open::Code(vec![code.to_owned()])
                }
                (Open::List { numbered, mut items }, None, Some((same, text))) if same == numbered => {
                    items.push(text.to_owned());
                    Open::List { numbered, items }
                }
                (open, None, Some((numbered, text))) => {
                    close(open, &mut blocks);
                    Open::List { numbered, items: vec![text.to_owned()] }
                }
                (Open::Text(mut text), None, None) => {
                    join(&mut text, line);
                    Open::Text(text)
                }
                (open, None, None) => {
                    close(open, &mut blocks);
                    Open::Text(line.trim().to_owned())
                }
            },
        };
    }
    close(open, &mut blocks);
    blocks
}

fn join(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line.trim());
}

fn close(open: Open, blocks: &mut Vec<Block>) -> Open {
    match open {
        Open::Nothing => {}
        Open::Text(text) => blocks.push(Block::Text(spans(&text))),
        Open::Code(lines) => blocks.push(Block::Code(lines.join("\n").trim_end().to_owned())),
        Open::List { numbered, items } => {
            blocks.push(Block::List { numbered, items: items.iter().map(|item| spans(item)).collect() });
        }
    }
    Open::Nothing
}

/// Whether a list item begins here, numbered or not, and its text.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, text));
    }
    let text = line.trim_start_matches(|c: char| c.is_ascii_digit());
    (text.len() < line.len()).then(|| text.strip_prefix(". ")).flatten().map(|text| (true, text))
}

/// Code is between backquotes; a last one alone is a character like others.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    let mut plain = |text: &str, code: bool| {
        if !text.is_empty() {
            spans.push(Span { code, text: text.to_owned() });
        }
    };
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else { break };
        plain(before, false);
        plain(code, true);
        rest = after;
    }
    plain(rest, false);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let line = |spans: &Vec<Span>| {
            spans
                .iter()
                .map(|s| if s.code { format!("[{}]", s.text) } else { s.text.clone() })
                .collect::<String>()
        };
        let block = |block: &Block| match block {
            Block::Text(spans) => format!("p {}", line(spans)),
            Block::Code(code) => format!("code {code:?}"),
            Block::List { numbered, items } => {
                format!("list {numbered} {}", items.iter().map(line).collect::<Vec<_>>().join(" / "))
            }
        };
        blocks(text).iter().map(block).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_parts_of_a_text_are_told_apart() {
        let text =
            "One\ntwo `a b`.\n\n    code\n\n      more\n- first\n  goes on\n- second\n1. one\n2. two\nend";
        let wanted = "p One two [a b].\ncode \"code\\n\\n  more\"\nlist false first goes on / second\nlist true one / two\np end";
        assert_eq!(shown(text), wanted);
    }

    #[test]
    fn what_is_no_mark_is_text() {
        assert_eq!(shown("a ` b"), "p a ` b");
        assert_eq!(shown("<b>*x*</b> [l](http://e)"), "p <b>*x*</b> [l](http://e)");
        assert_eq!(shown("3607 s.\n1.5 or"), "p 3607 s. 1.5 or");
        assert_eq!(shown(""), "");
        assert_eq!(shown("``"), "p ");
    }
}
