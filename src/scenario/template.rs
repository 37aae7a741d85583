//! Templates in scenario files: `{{ name }}`, `{% for i in range(1, 48) %}`, `{% if %}`; nothing that grows
//! without bound.
//!
//! In: a template and parameter values. Out: the text, or what is wrong and where in the template. Packs are
//! untrusted: steps and output are bounded, and what could double a text in memory (`set`, `macro`, `~`,
//! `+`, `*`) is refused before it runs. Never: files, includes, environment.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

/// All rendered text of one scenario together, in bytes.
pub(crate) const MAX_RENDERED: usize = 4 << 20;
/// Steps one template may take.
const FUEL: u64 = 100_000;
const MAX_RANGE: u32 = 1000;
/// A longer tag could nest deeper than the template parser's stack reaches.
const MAX_TAG: usize = 256;
/// How deep statements may nest, for the same reason; an `elif` counts as a level.
const MAX_NESTING: usize = 8;
const STATEMENTS: [&str; 6] = ["for", "endfor", "if", "elif", "else", "endif"];

/// What is wrong with a template, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// Bytes of the template; empty: unknown.
    pub(crate) range: Range<usize>,
}

/// Whether a text is a template at all.
pub(crate) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|open| text.contains(open))
}

/// Whether a template has statements, which may make it long-running.
pub(crate) fn has_statements(text: &str) -> bool {
    text.contains("{%")
}

/// The parameters that a template uses. Fails when it uses an unknown one or breaks a rule.
pub(crate) fn check<'a>(text: &str, known: &[&'a str]) -> Result<Vec<&'a str>, TemplateError> {
    if !is_template(text) {
        return Ok(Vec::new());
    }
    refuse_growth(text)?;
    let env = environment();
    let template = env.template_from_str(text).map_err(|e| explain(&e, text))?;
    let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    used.retain(|name| name != "range" && name != "loop");
    used.sort();
    if let Some(unknown) = used.iter().find(|name| !known.contains(&name.as_str())) {
        let near = super::suggest::did_you_mean(unknown, known.iter().copied());
        let list = match known {
            [] => "this scenario has no parameters".to_owned(),
            known => format!("the parameters are: {}", known.join(", ")),
        };
        return Err(TemplateError {
            message: format!("unknown parameter `{unknown}`"),
            help: Some(near.map_or(list.clone(), |near| format!("did you mean `{near}`? {list}"))),
            range: find_word(text, unknown),
        });
    }
    Ok(known.iter().copied().filter(|name| used.iter().any(|u| u == name)).collect())
}

/// Renders a template into at most `room` bytes.
pub(crate) fn render(
    text: &str,
    values: &BTreeMap<String, String>,
    room: usize,
) -> Result<String, TemplateError> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    refuse_growth(text)?;
    let env = environment();
    let template = env.template_from_str(text).map_err(|e| explain(&e, text))?;
    let mut output = Bounded { bytes: Vec::new(), room };
    let context =
        minijinja::Value::from_pairs(values.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    template.render_captured_to(context, &mut output).map_err(|e| explain(&e, text))?;
    String::from_utf8(output.bytes).map_err(|_| plain("the template's output is not text"))
}

/// Around the number of a template's line, in a copy of it that is rendered to see where each line of its output comes from.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// The line of the template, from 0, that each line of its output comes from; None, or no entry: it cannot be told.
pub(crate) fn line_origins(text: &str, values: &BTreeMap<String, String>) -> Vec<Option<usize>> {
    let [open, close] = MARKS;
    if text.contains(MARKS) || values.values().any(|value| value.contains(MARKS)) {
        return Vec::new();
    }
    let (mut marked, mut is_inside_tag) = (String::with_capacity(text.len() * 2), false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches('\n');
        let last = |marks: [&str; 2]| marks.into_iter().filter_map(|mark| content.rfind(mark)).max();
        is_inside_tag = match (last(["{{", "{%"]), last(["}}", "%}"])) {
            (None, None) => is_inside_tag,
            (opens, closes) => opens > closes,
        };
        marked.push_str(content);
        // The line break behind a statement is none of the output's, and inside a tag there is no output.
        if !content.ends_with("%}") && !is_inside_tag {
            marked.extend([open.to_string(), number.to_string(), close.to_string()]);
        }
        marked.push_str(&line[content.len()..]);
    }
    let Ok(output) = render(&marked, values, 2 * MAX_RENDERED) else { return Vec::new() };
    let origin = |line: &str| {
        let (_, number) = line.rsplit_once(open)?;
        number.split_once(close)?.0.parse().ok()
    };
    output.lines().map(origin).collect()
}

fn environment<'a>() -> Environment<'a> {
    // Without the built-in filters, tests and functions: none of them is needed, and some can grow.
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(50);
    if let Ok(syntax) =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
    {
        env.set_syntax(syntax);
    }
    env.add_function("range", range);
    env
}

/// `range(3)` is 0, 1, 2; `range(1, 4)` is 1, 2, 3.
fn range(first: u32, end: Option<u32>) -> Result<Vec<u32>, minijinja::Error> {
    let numbers = match end {
        None => 0..first,
        Some(end) => first..end,
    };
    if numbers.len() > MAX_RANGE as usize {
        let message = format!("range() gives at most {MAX_RANGE} numbers");
        return Err(minijinja::Error::new(ErrorKind::InvalidOperation, message));
    }
    Ok(numbers.collect())
}

/// Finds, before anything is parsed or runs, what could make a text grow or recurse without bound, and
/// statements that are not for scenario files.
fn refuse_growth(text: &str) -> Result<(), TemplateError> {
    let mut at = 0;
    let mut open_blocks: Vec<usize> = Vec::new();
    while let Some(open) = text[at..].find('{').map(|i| at + i) {
        let kind = text.as_bytes().get(open + 1).copied();
        at = open + 1;
        let close = match kind {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => {
                return Err(refusal("template comments are not supported", open..open + 2)
                    .hint("write a YAML comment, or keep `{#` out of rendered texts"));
            }
            _ => continue,
        };
        at = tag_end(text, open, close)?;
        if close == "%}" {
            nest(&mut open_blocks, statement(text, open, at)?);
            if open_blocks.iter().sum::<usize>() > MAX_NESTING {
                return Err(refusal(format!("statements nest deeper than {MAX_NESTING} levels"), open..at));
            }
        }
    }
    Ok(())
}

/// The offset behind the tag that opens at `open`, if nothing in it is refused.
fn tag_end(text: &str, open: usize, close: &str) -> Result<usize, TemplateError> {
    let start = open + 2;
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in text[start..].char_indices() {
        let here = start + i;
        if i > MAX_TAG {
            return Err(refusal(format!("the tag is longer than {MAX_TAG} characters"), open..open + 2));
        }
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if text[here..].starts_with(close) => return Ok(here + 2),
            (None, '~' | '+' | '*' | '|') => {
                let message = format!("the operator `{c}` is not available in templates");
                return Err(refusal(message, here..here + 1)
                    .hint("write the text around the tags: `{{ a }}-{{ b }}`; there are no filters"));
            }
            (None, _) => {}
        }
    }
    Err(refusal(format!("the tag is not closed: `{close}` is missing"), open..open + 2))
}

/// The word of the statement tag at `open..end`, if it is one of those that there are.
fn statement(text: &str, open: usize, end: usize) -> Result<&str, TemplateError> {
    let inner = text[open + 2..end - 2].trim_start_matches('-').trim_start();
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if STATEMENTS.contains(&word) {
        return Ok(word);
    }
    Err(refusal(format!("the statement `{word}` is not available in templates"), open..end)
        .hint(format!("available: {}", STATEMENTS.join(", "))))
}

/// Each open block with the levels that it takes.
fn nest(open_blocks: &mut Vec<usize>, word: &str) {
    match word {
        "for" | "if" => open_blocks.push(1),
        "elif" => open_blocks.iter_mut().rev().take(1).for_each(|levels| *levels += 1),
        "endfor" | "endif" => drop(open_blocks.pop()),
        _ => {}
    }
}

fn explain(error: &minijinja::Error, text: &str) -> TemplateError {
    let message = match error.kind() {
        ErrorKind::OutOfFuel => "the template takes too many steps".to_owned(),
        ErrorKind::WriteFailure => "the scenario's rendered text is too large".to_owned(),
        ErrorKind::UndefinedError => "the template uses a value that is not defined".to_owned(),
        _ => error
            .detail()
            .map_or_else(|| error.kind().to_string(), |detail| format!("bad template: {detail}")),
    };
    let range = error.range().or_else(|| line_range(text, error.line()?)).unwrap_or_default();
    TemplateError { message, help: None, range }
}

fn line_range(text: &str, line: usize) -> Option<Range<usize>> {
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let len = text.get(start..)?.lines().next()?.len();
    Some(start..start + len)
}

/// The first place where `word` stands by itself inside a tag.
fn find_word(text: &str, word: &str) -> Range<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .find(|(at, _)| {
            let (before, after) = (&text[..*at], &text[at + word.len()..]);
            let opened = before.rfind("{{").max(before.rfind("{%"));
            let closed = before.rfind("}}").max(before.rfind("%}"));
            opened > closed && !is_part(before.chars().next_back()) && !is_part(after.chars().next())
        })
        .map_or(0..0, |(at, _)| at..at + word.len())
}

fn plain(message: &str) -> TemplateError {
    TemplateError { message: message.to_owned(), help: None, range: 0..0 }
}

fn refusal(message: impl Into<String>, range: Range<usize>) -> TemplateError {
    TemplateError { message: message.into(), help: None, range }
}

impl TemplateError {
    fn hint(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A writer that refuses to grow beyond its room.
struct Bounded {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.room {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
