//! Pure: what a short answer accepts, as one regular expression of XML Schema, which QTI's `qti-pattern-match` compares with
//! the whole answer.
//!
//! XML Schema knows no flags, so each letter stands in both cases. Of a set of characters only those of ASCII stay, if it has
//! some. Engines take such a pattern for one of their own language, so it has only what all of them read alike.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use crate::printable::is_hidden;
use crate::quiz::judge::normal;
use crate::quiz::model::Short;

/// What may stand around an answer: what `judge::normal` takes away.
const BEFORE: &str = "[`\"' ]*";
const BEHIND: &str = "[`\"' ]*[. ]*";

/// The pattern of all right answers. A pattern of the item that XML Schema cannot say is left out.
pub(super) fn right(short: &Short) -> String {
    let accepted = short.accept.iter().map(|text| regex::escape(&normal(text)));
    let further = short.pattern.iter().filter(|pattern| translated(pattern).is_some()).cloned();
    around(&accepted.chain(further).collect::<Vec<_>>().join("|"))
}

/// The pattern of one answer.
pub(super) fn one(text: &str) -> String {
    around(&regex::escape(&normal(text)))
}

fn around(pattern: &str) -> String {
    translated(&format!("{BEFORE}(?:{pattern}){BEHIND}")).unwrap_or_default()
}

/// A regular expression in XML Schema's language, if it can say it.
fn translated(pattern: &str) -> Option<String> {
    let hir = ParserBuilder::new().case_insensitive(true).build().parse(pattern).ok()?;
    let mut out = String::new();
    write(&hir, &mut out)?;
    Some(out)
}

fn write(hir: &Hir, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).ok()?.chars().for_each(|c| character(c, out));
        }
        HirKind::Class(Class::Unicode(class)) => set(class, out)?,
        // Where a word ends, and the like.
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) => return None,
        HirKind::Repetition(repetition) => {
            group(&repetition.sub, out)?;
            match (repetition.min, repetition.max) {
                (0, Some(1)) => out.push('?'),
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (least, None) => out.push_str(&format!("{{{least},}}")),
                (least, Some(most)) => out.push_str(&format!("{{{least},{most}}}")),
            }
        }
        HirKind::Capture(capture) => group(&capture.sub, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) => group(part, out)?,
                    _ => write(part, out)?,
                }
            }
        }
        HirKind::Alternation(parts) => {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    out.push('|');
                }
                write(part, out)?;
            }
        }
    }
    Some(())
}

/// In parentheses.
fn group(hir: &Hir, out: &mut String) -> Option<()> {
    let bare = matches!(hir.kind(), HirKind::Class(_) | HirKind::Capture(_));
    if !bare {
        out.push('(');
    }
    write(hir, out)?;
    if !bare {
        out.push(')');
    }
    Some(())
}

/// Whether a file has no place for it: then any character will do.
fn is_unwritable(c: char) -> bool {
    is_hidden(c) || c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

fn character(c: char, out: &mut String) {
    match c {
        // A character to XML Schema, the end to others; neither has an escape that the other knows.
        '$' => out.push_str("[$]"),
        c if is_unwritable(c) => out.push('.'),
        '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '[' | ']' | '^' => out.extend(['\\', c]),
        c => out.push(c),
    }
}

/// One of several characters.
fn set(class: &ClassUnicode, out: &mut String) -> Option<()> {
    let ascii = class.ranges().iter().map(|r| (r.start().max(' '), r.end().min('~')));
    let ascii: Vec<_> = ascii.filter(|(first, last)| first <= last).collect();
    // The two cases of a letter.
    let few = class.ranges().iter().map(|r| (r.start(), r.end()));
    let few = few.filter(|(first, last)| first == last && !is_unwritable(*first));
    let ranges: Vec<_> = if ascii.is_empty() { few.take(4).collect() } else { ascii };
    if ranges.is_empty() {
        return None;
    }
    out.push('[');
    let member = |c: char, out: &mut String| match c {
        '\\' | '[' | ']' | '^' | '-' => out.extend(['\\', c]),
        c => out.push(c),
    };
    for (first, last) in ranges {
        member(first, out);
        if first < last {
            out.push('-');
            member(last, out);
        }
    }
    out.push(']');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::judge::accepts;

    fn short(accept: &[&str], pattern: Option<&str>) -> Short {
        Short {
            accept: accept.iter().map(|text| (*text).to_owned()).collect(),
            pattern: pattern.map(str::to_owned),
            why: String::new(),
            near: Vec::new(),
            seen: None,
        }
    }

    /// What is written here is also an expression of Rust's, and means the same.
    fn fits(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(text)
    }

    #[test]
    fn an_answer_is_right_exactly_if_it_is_for_satrain() {
        let shorts = [
            short(&["kubernetes.io/service-account-token"], Some(r"(type=)?kubernetes\.io/.*token")),
            short(&["Größe", "a|b", "$HOME", "[x]", "a-b^c"], None),
            short(&["auth whoami"], Some(r"(kubectl )?auth whoami( -o \w+)?")),
            short(&["exp"], Some(r#"(the )?(claim )?[`"]?exp[`"]?( claim)?"#)),
            short(&["x"], Some("a{2,3}b+|[^a-z ]{2}")),
        ];
        let texts = [
            "kubernetes.io/service-account-token",
            "kubernetesXio/service-account-token",
            "TYPE=kubernetes.io/token.",
            " \"größe\". ",
            "GRÖSSE",
            "A|B",
            "a",
            "$home",
            "[x]",
            "x",
            "a-b^c",
            "kubectl auth whoami -o JSON",
            "kubectl auth whoami -o",
            "the claim `exp`",
            "`exp`",
            "expo",
            "aab",
            "aaaab",
            "11",
            "",
        ];
        for short in &shorts {
            let pattern = right(short);
            for text in texts {
                assert_eq!(fits(&pattern, text), accepts(short, text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_xml_schema_cannot_say_is_left_out() {
        let pattern = right(&short(&["exp"], Some(r"\bexp\b")));
        assert_eq!(pattern, right(&short(&["exp"], None)));
        assert_eq!(pattern, r#"[ "'`]*[Ee][Xx][Pp][ "'`]*[ .]*"#);
    }

    #[test]
    fn a_pattern_has_no_hidden_character() {
        let pattern = right(&short(&["a\u{202e}\u{1b}b\u{ffff}"], Some("[\u{200b}]")));
        assert!(pattern.chars().all(|c| (' '..='~').contains(&c)), "{pattern}");
    }
}
