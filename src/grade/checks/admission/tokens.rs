//! Pure: the parts of a CEL expression, as far as one must tell names, texts and signs apart.

/// A part of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name.
    Word(&'a str),
    /// A character that is neither part of a name nor of a text.
    Sign(char),
    /// What a text says, as it is written.
    Text(&'a str),
    /// A number.
    Number,
}

/// The parts of an expression.
pub(super) struct Tokens<'a>(Vec<Token<'a>>);

impl<'a> Tokens<'a> {
    /// Those of `expression`.
    pub(super) fn of(expression: &'a str) -> Self {
        Self(tokens(expression))
    }

    /// One of them.
    pub(super) fn get(&self, at: usize) -> Option<Token<'a>> {
        self.0.get(at).copied()
    }

    /// Whether it is that sign.
    pub(super) fn is(&self, at: usize, sign: char) -> bool {
        self.get(at) == Some(Token::Sign(sign))
    }

    /// The field that is selected after `at`, and where it stands: `.field` or `.?field`.
    pub(super) fn field(&self, at: usize) -> Option<(&'a str, usize)> {
        let dot = self.is(at + 1, '.').then_some(if self.is(at + 2, '?') { at + 3 } else { at + 2 })?;
        match self.get(dot) {
            Some(Token::Word(word)) => Some((word, dot)),
            _ => None,
        }
    }

    /// The names that are no fields: what `a.request` and `a.?object` select is something else. A dot with nothing before
    /// it selects nothing: `.request` is `request`.
    pub(super) fn roots(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let selected = |at: usize| {
            let dot = if at > 0 && self.is(at - 1, '?') { at.checked_sub(2) } else { at.checked_sub(1) };
            dot.is_some_and(|dot| {
                self.is(dot, '.') && dot.checked_sub(1).is_some_and(|of| self.is_operand(of))
            })
        };
        let words = self.0.iter().enumerate().filter_map(|(at, token)| match token {
            Token::Word(word) => Some((at, *word)),
            _ => None,
        });
        words.filter(move |(at, _)| !selected(*at))
    }

    /// Whether that name stands beside `== null` or `!= null`, on either side.
    pub(super) fn is_compared_with_null(&self, at: usize) -> bool {
        let null = |at: usize| self.get(at) == Some(Token::Word("null"));
        let compares = |first: usize| (self.is(first, '=') || self.is(first, '!')) && self.is(first + 1, '=');
        let selects = self.is(at + 1, '[') || self.is(at + 1, '.');
        let before = at >= 3 && null(at - 3) && compares(at - 2);
        !selects && (before || (compares(at + 1) && null(at + 3)))
    }

    /// Whether the path from `first` to `last` is all that a `has(…)` asks for.
    pub(super) fn is_asked_for(&self, first: usize, last: usize) -> bool {
        let has = first >= 2 && self.get(first - 2) == Some(Token::Word("has")) && self.is(first - 1, '(');
        has && self.is(last + 1, ')')
    }

    /// Whether something ends there of which a field can be selected.
    fn is_operand(&self, at: usize) -> bool {
        match self.get(at) {
            Some(Token::Word(word)) => word != "in",
            Some(Token::Text(_) | Token::Number) => true,
            Some(Token::Sign(sign)) => [')', ']', '}', '`'].contains(&sign),
            None => false,
        }
    }

    /// All texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = (usize, &'a str)> {
        self.0.iter().enumerate().filter_map(|(at, token)| match token {
            Token::Text(text) => Some((at, *text)),
            _ => None,
        })
    }
}

/// Words, signs and texts; comments are left out.
fn tokens(expression: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(length);
            let quoted = after.starts_with(['"', '\'']);
            match word.to_ascii_lowercase().as_str() {
                "r" | "b" | "br" | "rb" if quoted => {
                    let end = text_length(after, word.to_ascii_lowercase().contains('r'));
                    tokens.push(Token::Text(unquoted(&after[..end])));
                    length + end
                }
                _ => {
                    tokens.push(Token::Word(word));
                    length
                }
            }
        } else if first.is_ascii_digit() {
            tokens.push(Token::Number);
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if first == '"' || first == '\'' {
            let end = text_length(rest, false);
            tokens.push(Token::Text(unquoted(&rest[..end])));
            end
        } else {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    tokens
}

/// The length of a quoted text, its quotes included; in a raw one a backslash is like any other character.
fn text_length(text: &str, raw: bool) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let end = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(end) {
            return at + end.len();
        }
        let escaped = !raw && rest.starts_with('\\');
        at += rest.chars().take(if escaped { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

/// A text without its quotes.
fn unquoted(text: &str) -> &str {
    let sign = text.get(..1).unwrap_or_default();
    let triple = sign.repeat(3);
    let quote = if text.len() >= 6 && text.starts_with(&triple) { triple.as_str() } else { sign };
    let inner = text.strip_prefix(quote).unwrap_or(text);
    inner.strip_suffix(quote).unwrap_or(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_names() {
        let tokens = Tokens::of("object.a == 'x.y' && r\"\\d\" != '''it's''' // 'no'");
        assert_eq!(tokens.texts().map(|(_, text)| text).collect::<Vec<_>>(), ["x.y", "\\d", "it's"]);
        let roots = |tokens: &Tokens<'_>| tokens.roots().map(|(_, name)| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(roots(&tokens), ["object"]);
        assert_eq!(
            roots(&Tokens::of(".request.a && !.object && 'x' in .params")),
            ["request", "object", "in", "params"]
        );
    }

    #[test]
    fn whatever_is_written_comes_to_an_end() {
        for text in ["'", "\"\"\"", "r'\\", "b", "äö'ü", "'\\", "1e5.request", "//", ".", "?", "`"] {
            let _no_matter_what = tokens(text);
        }
    }
}
