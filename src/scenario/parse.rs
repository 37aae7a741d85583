//! YAML text to types, within bounds: size, depth, aliases, one document.
//!
//! In: untrusted text. Out: the typed scenario and the place of each node, or the first error with its
//! place. Never: files, templates, meaning.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter, Options, Spanned};

use super::error::{Place, Result, ScenarioError, SourceText};
use super::model::Scenario;
use super::suggest::did_you_mean;
use super::tree::{Node, Places, line_and_column, of_location};
use crate::grade::checks::CheckKind;
use crate::grade::expectation::COMMON_KEYS;
use crate::printable::is_hidden;

/// The largest file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 20_000;
const MAX_ALIASES: usize = 256;

/// Reads the typed scenario and its places; sets each check's line.
pub(super) fn scenario(source: &SourceText) -> Result<(Scenario, Places)> {
    let places = Places::of(&read::<Spanned<Node>>(source)?);
    for list in ["/checks", "/guards"] {
        for i in 0..places.count(list) {
            check_keys(source, &places, &format!("{list}/{i}"))?;
        }
    }
    let mut scenario = read::<Scenario>(source)?;
    set_lines(&mut scenario, &places);
    Ok((scenario, places))
}

/// Reads another type and its places.
pub(super) fn typed<T: DeserializeOwned>(source: &SourceText) -> Result<(T, Places)> {
    let places = Places::of(&read::<Spanned<Node>>(source)?);
    Ok((read::<T>(source)?, places))
}

/// Writes the line of each check and guard into it.
pub(super) fn set_lines(scenario: &mut Scenario, places: &Places) {
    for (i, check) in scenario.checks.iter_mut().enumerate() {
        check.line = places.value(&format!("/checks/{i}")).line;
    }
    for (i, guard) in scenario.guards.iter_mut().enumerate() {
        guard.line = places.value(&format!("/guards/{i}")).line;
    }
}

/// Refuses what a terminal or an editor would show differently than it is: control and bidi characters.
pub(super) fn plain_text(source: &SourceText) -> Result<()> {
    match source.text.char_indices().find(|(_, c)| is_hidden(*c)) {
        None => Ok(()),
        Some((at, c)) => {
            let (what, help) = match (at, c) {
                (_, '\r') => (
                    "the file has Windows line ends (U+000D)".to_owned(),
                    "convert it: `sed -i 's/\\r$//' FILE`, or save it with the line ends LF in your editor",
                ),
                (0, '\u{feff}') => (
                    "the file begins with a byte order mark (U+FEFF)".to_owned(),
                    "save it as UTF-8 without a byte order mark",
                ),
                _ => (
                    format!("the file holds the invisible character U+{:04X}", u32::from(c)),
                    "remove it; text needs no control characters but line feeds and tabs",
                ),
            };
            Err(ScenarioError::at(
                &SourceText { name: source.name.clone(), text: source.text.replace(is_hidden, "?").into() },
                Place { offset: at, ..Place::in_text(&source.text, at, c.len_utf8()) },
                what,
            )
            .help(help))
        }
    }
}

/// One kind a check, and no key that is neither a common one nor a kind.
fn check_keys(source: &SourceText, places: &Places, pointer: &str) -> Result<()> {
    let keys: Vec<&str> = places.children(pointer).collect();
    if keys.is_empty() {
        return Ok(()); // no mapping: the typed parse says so
    }
    let known = || COMMON_KEYS.iter().chain(CheckKind::KEYS).copied();
    if let Some(key) = keys.iter().find(|key| !known().any(|k| k == **key)) {
        let help = format!("known here: {}", known().collect::<Vec<_>>().join(", "));
        return Err(ScenarioError::at(
            source,
            places.key(&format!("{pointer}/{key}")),
            format!("unknown field `{key}`"),
        )
        .help(match did_you_mean(key, known()) {
            Some(near) => format!("did you mean `{near}`? {help}"),
            None => help,
        }));
    }
    let kinds: Vec<&str> = keys.into_iter().filter(|key| CheckKind::KEYS.contains(key)).collect();
    match kinds.as_slice() {
        [_] => Ok(()),
        [] => Err(ScenarioError::at(source, places.value(pointer), "the check does not say what it checks")
            .help(format!("add exactly one of: {}", CheckKind::KEYS.join(", ")))),
        [first, second, ..] => Err(ScenarioError::at(
            source,
            places.key(&format!("{pointer}/{second}")),
            format!("a check has one kind, but this one has `{first}` and `{second}`"),
        )
        .label("a second kind")
        .help("split it into two checks, each with its own id, points and requirement")),
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_documents: 1,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_merge_keys: MAX_ALIASES,
            max_recorded_anchor_events: MAX_NODES,
            max_recorded_anchor_bytes: MAX_FILE_BYTES,
            max_total_scalar_bytes: 4 * MAX_FILE_BYTES,
            max_buffered_comment_events: 10_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_NODES,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: MAX_ALIASES,
        },
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn read<T: DeserializeOwned>(source: &SourceText) -> Result<T> {
    serde_saphyr::from_str_with_options(&source.text, options()).map_err(|e| explain(source, &e))
}

/// The first line whose indentation holds a tab. A text of a block may, so this is only asked when something is wrong.
fn begins_with_a_tab(text: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start_matches(' ').starts_with('\t')).map(|at| at + 1)
}

/// What there is too much of.
fn too_much(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Depth { .. } => "the file is nested too deep",
        BudgetBreach::Aliases { .. }
        | BudgetBreach::Anchors { .. }
        | BudgetBreach::MergeKeys { .. }
        | BudgetBreach::RecordedAnchorEvents { .. }
        | BudgetBreach::RecordedAnchorBytes { .. }
        | BudgetBreach::AliasAnchorRatio { .. } => {
            "the file has too many anchors and aliases, or they stand for too much"
        }
        _ => "the file holds too much",
    }
}

/// Our words for what serde-saphyr found.
fn explain(source: &SourceText, error: &Error) -> Box<ScenarioError> {
    let error = error.without_snippet();
    let place = match error.location().map(|location| (of_location(location), line_and_column(location))) {
        Some((Some(place), _)) => Place::in_text(&source.text, place.offset, place.len),
        Some((None, (line, column))) => Place::at_column(&source.text, line, column),
        None => Place::in_text(&source.text, 0, 0),
    };
    let at = |message: String| ScenarioError::at(source, place, message);
    // What is wrong is wrong where the anchor is; it is told where the alias is.
    let error = if let Error::AliasError { error, .. } = error { error } else { error };
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            let known = format!("known here: {}", expected.join(", "));
            at(format!("unknown field `{field}`")).help(match did_you_mean(field, expected.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? {known}"),
                None => known,
            })
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            at(format!("unknown value `{variant}`")).help(format!("one of: {}", expected.join(", ")))
        }
        Error::SerdeMissingField { field, .. } => {
            at(format!("the field `{field}` is missing")).label(format!("`{field}` belongs here"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            at(format!("the key `{}` appears twice", key.as_deref().unwrap_or("?")))
                .label("the second one")
                .help("remove one of them")
        }
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            at(format!("expected {expected}, but this is {unexpected}"))
        }
        Error::NullIntoString { .. } => {
            at("text is missing here".into()).help("write the text, or \"\" for an empty one")
        }
        Error::InvalidScalar { ty, .. } => match *ty {
            "u8" | "u16" | "u32" | "u64" => at("expected a whole number here, 0 or more".into()),
            "i8" | "i16" | "i32" | "i64" => at("expected a whole number here".into()),
            "bool" => at("expected true or false here".into()),
            ty => at(format!("this is not a {ty}")),
        },
        Error::Unexpected { expected, .. } => match *expected {
            "string scalar" => at("expected text here, not a list or mapping".into())
                .help("put it in quotes if it begins with a bracket or brace"),
            "sequence start" => {
                at("expected a list here".into()).help("write it as `[a, b]`, or as lines with `- `")
            }
            "mapping start" => {
                at("expected a mapping here".into()).help("write it as lines with `key: value`")
            }
            other => at(format!("expected {other} here")),
        },
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            at("the file holds more than one YAML document".into())
                .help("one file, one document: remove the line `---`")
        }
        Error::Budget { breach, .. } => {
            at(too_much(breach).to_owned()).help("write it flatter and without anchors and aliases")
        }
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            at("the aliases stand for too much".into()).help("write out what they stand for")
        }
        Error::MultipleDocuments { .. } => at("the file holds more than one YAML document".into())
            .help("one file, one document: remove the line `---`"),
        // What a type says of a wrong value: what is wrong, and in a second line what to write.
        other => match words(other).split_once('\n') {
            Some((message, help)) => at(message.to_owned()).help(help),
            None => match begins_with_a_tab(&source.text) {
                Some(line) => at(words(other).into_owned())
                    .help(format!("line {line} begins with a tab: YAML is indented by spaces")),
                None => at(words(other).into_owned()),
            },
        },
    }
}

fn words(error: &Error) -> Cow<'_, str> {
    DefaultMessageFormatter.format_message(error)
}
