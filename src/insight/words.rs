//! Whole words of a text: where they stand, and which there are.
//!
//! Letters, digits, `-` and `_` make a word, so that `payments` is none of the words of `payments-view` or of `my_payments`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Values;

fn is_inner(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// Where `word` stands in `text` as a whole word.
pub(super) fn places(text: &str, word: &str) -> Vec<Range<usize>> {
    if word.is_empty() {
        return Vec::new();
    }
    let whole = |at: usize, end: usize| {
        let before = text[..at].chars().next_back();
        let after = text[end..].chars().next();
        !before.is_some_and(is_inner) && !after.is_some_and(is_inner)
    };
    let found = text.match_indices(word).map(|(at, _)| at..at + word.len());
    found.filter(|range| whole(range.start, range.end)).collect()
}

/// The line, from 1 on, of the first place of `word`.
pub(super) fn line_of(text: &str, word: &str) -> Option<usize> {
    let first = places(text, word).into_iter().next()?;
    Some(text[..first.start].matches('\n').count() + 1)
}

/// The values of a variant in a text, the longest first and none within another, each with its parameter. Two parameters with one value
/// name neither, and so does a value of fewer than two characters.
pub(super) fn values_in<'v>(text: &str, values: &'v Values) -> Vec<(Range<usize>, &'v str)> {
    let twice = |value: &str| values.values().filter(|other| *other == value).count() > 1;
    let mut wanted: Vec<(&String, &String)> =
        values.iter().filter(|(_, value)| value.chars().count() > 1 && !twice(value)).collect();
    wanted.sort_by_key(|(name, value)| (std::cmp::Reverse(value.len()), *name));
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (name, value) in wanted {
        for range in places(text, value) {
            if found.iter().all(|(taken, _)| range.end <= taken.start || range.start >= taken.end) {
                found.push((range, name));
            }
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// The text with each value of a variant replaced by the name of its parameter in angle brackets.
pub(super) fn without_values(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, name) in values_in(text, values) {
        out.push_str(&text[at..range.start]);
        out.push('<');
        out.push_str(name);
        out.push('>');
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The tokens of a text that can name something: words, with the dots in them, and `*`.
pub(super) fn tokens(text: &str) -> BTreeSet<&str> {
    let parts = text.split(|c: char| !(is_inner(c) || c == '.' || c == '*'));
    let parts = parts.map(|part| part.trim_matches(['.', '-']));
    parts.filter(|part| *part == "*" || part.chars().count() > 2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(all: &[(&str, &str)]) -> Values {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_whole_words_are_found() {
        let text = "a payments-view\nb my_payments xpayments\nc -n payments/x 'payments'";
        assert_eq!(places(text, "payments").len(), 2);
        assert_eq!(line_of(text, "payments"), Some(3));
        assert!(line_of(text, "pay").is_none() && places(text, "").is_empty());
        assert_eq!(line_of("é payments", "payments"), Some(1));
    }

    #[test]
    fn the_longest_value_wins_and_one_of_two_parameters_names_neither() {
        let variant = values(&[("app", "web"), ("host", "web.example"), ("one", "same"), ("two", "same")]);
        assert_eq!(without_values("web at web.example, same", &variant), "<app> at <host>, same");
    }

    #[test]
    fn tokens_are_words_and_the_star() {
        let found = tokens("get on `pods` of apps.k8s.io (*), -n a. --all");
        assert_eq!(Vec::from_iter(found), ["*", "all", "apps.k8s.io", "get", "pods"]);
    }
}
