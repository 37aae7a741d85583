//! What bash makes of a word or here-document, with the way back to the source.
//!
//! In: a syntax node. Out: its text without quotes and escapes, in which each expansion (`$NAME`, `$(…)`) is
//! masked, so that a YAML parser sees a plain word; edits of that text become edits of the source that keep its
//! quoting whole. Never: what a variable holds.

use std::ops::Range;

use tree_sitter::Node;

use super::edit::Edit;

/// The character that stands for each byte of an expansion: part of a word in YAML and JSON.
const MASK: char = 'x';

/// A text as bash sees it.
pub(super) struct View<'s> {
    source: &'s str,
    /// Without quotes; expansions masked.
    pub(super) text: String,
    spans: Vec<Span>,
}

/// A piece of the text that stands in one kind of quotes.
#[derive(Debug, Clone)]
struct Span {
    text: Range<usize>,
    source: Range<usize>,
    quote: Quote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Bare,
    Single,
    Double,
    Document,
    FixedDocument,
}

/// What an edit puts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Insert<'a> {
    /// This text, without a `'` in it.
    Text(&'a str),
    /// The value of this variable; where nothing is expanded, the word `default`.
    Variable(&'a str),
}

impl<'s> View<'s> {
    /// Of one word of a command.
    pub(super) fn of_word(source: &'s str, word: Node<'_>) -> Self {
        let mut view = Self { source, text: String::new(), spans: Vec::new() };
        view.add_word(word);
        view
    }

    /// Of the body of a here-document; `quoted`: nothing in it is expanded.
    pub(super) fn of_document(source: &'s str, body: Node<'_>, quoted: bool) -> Self {
        let mut view = Self { source, text: String::new(), spans: Vec::new() };
        let quote = if quoted { Quote::FixedDocument } else { Quote::Document };
        view.add_with_expansions(body, body.byte_range(), quote);
        view
    }

    /// What the source says in a range of the text, quotes left out.
    pub(super) fn said(&self, range: Range<usize>) -> String {
        self.pieces(&range).map(|(_, source)| &self.source[source]).collect()
    }

    /// The source edits that put `insert` in the place of `range`.
    pub(super) fn edit(&self, range: Range<usize>, insert: Option<Insert<'_>>) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        if let Some((span, at)) = insert.as_ref().and_then(|_| self.place_of(range.start)) {
            edits.extend(insert.map(|i| Edit::replace(at..at, quoted(span.quote, &i))));
        }
        for (_, source) in self.pieces(&range) {
            match edits.last_mut().filter(|e| e.text.is_empty() && e.range.end == source.start) {
                Some(last) => last.range.end = source.end,
                None => edits.push(Edit::delete(source)),
            }
        }
        edits
    }

    /// The spans that overlap a range of the text, and their share of the source.
    fn pieces(&self, range: &Range<usize>) -> impl Iterator<Item = (&Span, Range<usize>)> {
        let range = range.clone();
        self.spans.iter().filter(|s| !s.source.is_empty()).filter_map(move |span| {
            let (from, to) = (range.start.max(span.text.start), range.end.min(span.text.end));
            (from < to).then(|| (span, span.share(from..to)))
        })
    }

    fn place_of(&self, at: usize) -> Option<(&Span, usize)> {
        let span = self.spans.iter().find(|s| s.text.contains(&at)).or(self.spans.last())?;
        Some((span, span.share(at.min(span.text.end)..span.text.end).start))
    }

    fn add_word(&mut self, node: Node<'_>) {
        let range = node.byte_range();
        match node.kind() {
            "concatenation" => children(node).into_iter().for_each(|part| self.add_word(part)),
            "raw_string" => self.add(range.start + 1..range.end - 1, Quote::Single),
            "string" => self.add_with_expansions(node, range.start + 1..range.end - 1, Quote::Double),
            kind if is_expansion(kind) => self.add_masked(range, Quote::Bare),
            _ => self.add(range, Quote::Bare),
        }
    }

    fn add_with_expansions(&mut self, node: Node<'_>, range: Range<usize>, quote: Quote) {
        let mut at = range.start;
        for part in children(node).into_iter().filter(|n| is_expansion(n.kind())) {
            self.add(at..part.start_byte(), quote);
            self.add_masked(part.byte_range(), quote);
            at = part.end_byte();
        }
        self.add(at..range.end, quote);
    }

    fn add_masked(&mut self, source: Range<usize>, quote: Quote) {
        let at = self.text.len();
        self.text.extend(std::iter::repeat_n(MASK, source.len()));
        self.spans.push(Span { text: at..self.text.len(), source, quote });
    }

    /// Adds source text; inside double quotes a backslash hides some characters and itself vanishes.
    fn add(&mut self, source: Range<usize>, quote: Quote) {
        let text = self.source;
        let mut from = source.start;
        if quote == Quote::Double {
            let escapes = text[source.clone()].match_indices('\\').map(|(at, _)| source.start + at);
            for at in escapes.collect::<Vec<_>>() {
                let hidden = text[at + 1..source.end].chars().next();
                if at >= from && hidden.is_some_and(|c| matches!(c, '"' | '$' | '`' | '\\')) {
                    self.add_plain(from..at, quote);
                    let start = self.text.len();
                    self.text.push_str(&text[at + 1..at + 2]);
                    self.spans.push(Span { text: start..start + 1, source: at..at + 2, quote });
                    from = at + 2;
                }
            }
        }
        self.add_plain(from..source.end, quote);
    }

    fn add_plain(&mut self, source: Range<usize>, quote: Quote) {
        let at = self.text.len();
        self.text.push_str(&self.source[source.clone()]);
        self.spans.push(Span { text: at..self.text.len(), source, quote });
    }
}

impl Span {
    /// The source of a part of it; an escape is never parted.
    fn share(&self, text: Range<usize>) -> Range<usize> {
        if self.text.len() != self.source.len() {
            return self.source.clone();
        }
        let offset = |at: usize| self.source.start + (at - self.text.start);
        offset(text.start)..offset(text.end)
    }
}

fn quoted(quote: Quote, insert: &Insert<'_>) -> String {
    match (quote, insert) {
        (Quote::Bare, Insert::Text(text)) => format!("'{text}'"),
        (Quote::Double, Insert::Text(text)) => {
            text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`")
        }
        (Quote::Single | Quote::Document | Quote::FixedDocument, Insert::Text(text)) => (*text).to_owned(),
        (Quote::Bare, Insert::Variable(name)) => format!("\"${{{name}}}\""),
        (Quote::Single, Insert::Variable(name)) => format!("'\"${{{name}}}\"'"),
        (Quote::Double | Quote::Document, Insert::Variable(name)) => format!("${{{name}}}"),
        (Quote::FixedDocument, Insert::Variable(_)) => "default".to_owned(),
    }
}

fn is_expansion(kind: &str) -> bool {
    kind.ends_with("expansion")
        || matches!(
            kind,
            "command_substitution" | "process_substitution" | "ansi_c_string" | "translated_string"
        )
}

/// Children in their order.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}
