//! What must hold for a scenario to be used at all, beyond its shape: names, references, durations, bounds
//! and templates.
//!
//! In: a parsed scenario. Out: the first broken rule with its place. What is only bad style or untrue
//! grading is lint's business. Never: a cluster, running anything.

use std::collections::{BTreeMap, BTreeSet};

use super::binding::Binding;
use super::error::{Result, ScenarioError};
use super::folder::{Origin, is_inside};
use super::loaded::{Loaded, MANIFESTS};
use super::model::ParamKind;
use super::names;
use super::strings;
use super::suggest::did_you_mean;
use super::template;
use super::tree::escape;
use crate::printable::is_hidden;

/// The most entries a list of a scenario may have.
const MAX_ENTRIES: usize = 64;
/// Statements may run long; the texts that have some are few.
const MAX_STATEMENT_TEXTS: usize = 64;

pub(super) fn verify(loaded: &Loaded) -> Result<()> {
    identity(loaded)?;
    bounds(loaded)?;
    params(loaded)?;
    one_cause(loaded)?;
    check_ids(loaded)?;
    references(loaded)?;
    equivalents(loaded)?;
    files(loaded)?;
    texts(loaded)
}

fn identity(loaded: &Loaded) -> Result<()> {
    let id = &loaded.scenario.id;
    if !names::is_dns_label(id) {
        return Err(loaded
            .error("/id", format!("`{id}` is not a scenario id"))
            .help("lower-case letters, digits and dashes, at most 63"));
    }
    let folder = match &loaded.origin {
        Origin::Builtin(id) => id.clone(),
        Origin::Folder(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    if *id != folder {
        return Err(loaded
            .error("/id", format!("the id is `{id}`, but the folder is `{}`", folder.escape_debug()))
            .help("give both the same name"));
    }
    if loaded.scenario.title.contains('\n') || loaded.scenario.title.trim().is_empty() {
        return Err(loaded.error("/title", "a title is one line"));
    }
    Ok(())
}

fn bounds(loaded: &Loaded) -> Result<()> {
    let s = &loaded.scenario;
    let lists = [
        ("/topics", s.topics.len()),
        ("/domains", s.domains.len()),
        ("/after", s.after.len()),
        ("/covers", s.covers.len()),
        ("/params", s.params.len()),
        ("/checks", s.checks.len()),
        ("/guards", s.guards.len()),
        ("/hints", s.hints.len()),
        ("/solutions", s.solutions.len()),
        ("/mistakes", s.mistakes.len()),
        ("/equivalents", s.equivalents.len()),
        ("/setup/files", s.setup.files.len()),
        ("/setup/ready", s.setup.ready.len()),
    ];
    for (pointer, count) in lists {
        if count > MAX_ENTRIES {
            return Err(loaded
                .error(pointer, format!("{count} entries are too many"))
                .help(format!("at most {MAX_ENTRIES}; split the exercise into several scenarios")));
        }
    }
    let unsolved = s.solutions.is_empty() && !s.for_learners;
    for (pointer, empty) in [("/checks", s.checks.is_empty()), ("/solutions", unsolved)] {
        if empty {
            return Err(loaded.error(pointer, format!("`{}` is empty", &pointer[1..])));
        }
    }
    if s.for_learners && !(s.solutions.is_empty() && s.mistakes.is_empty()) {
        return Err(loaded
            .error_at_key("/forLearners", "a copy for learners has neither solutions nor mistakes")
            .help("remove `forLearners`; `satrain export` writes such a copy of a whole scenario"));
    }
    if !(1..=600).contains(&s.minutes) {
        return Err(loaded.error("/minutes", "minutes are from 1 to 600"));
    }
    Ok(())
}

fn params(loaded: &Loaded) -> Result<()> {
    for (name, param) in &loaded.scenario.params {
        let pointer = format!("/params/{}", escape(name));
        if let Err(why) = names::param_name(name) {
            return Err(loaded
                .error_at_key(&pointer, format!("`{name}` is not a valid parameter name: {why}"))
                .help("a lower-case letter, then letters and digits, as in `serviceAccount`"));
        }
        if param.variants.len() > MAX_ENTRIES {
            return Err(loaded.error(&pointer, format!("at most {MAX_ENTRIES} variants")));
        }
        let default = (format!("{pointer}/default"), &param.default);
        let variants = param.variants.iter().enumerate();
        let variants = variants.map(|(i, value)| (format!("{pointer}/variants/{i}"), value));
        for (pointer, value) in std::iter::once(default).chain(variants) {
            if let Err(why) = names::param_value(param.kind, value) {
                return Err(loaded.error(&pointer, format!("`{value}` cannot be used here: {why}")));
            }
        }
    }
    Ok(())
}

/// One thing is wrong at a time: else a learner could not name it.
fn one_cause(loaded: &Loaded) -> Result<()> {
    let causes = loaded.scenario.params.iter().filter(|(_, param)| param.kind == ParamKind::Cause);
    match causes.map(|(name, _)| name).nth(1) {
        Some(second) => Err(loaded
            .error_at_key(&format!("/params/{}", escape(second)), format!("`{second}` is a second cause"))
            .help("a scenario has one parameter of `kind: cause`; give it more variants")),
        None => Ok(()),
    }
}

fn check_ids(loaded: &Loaded) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (pointer, id) in ids(loaded) {
        if !names::is_dns_label(id) {
            return Err(loaded
                .error(&pointer, format!("`{id}` is not a valid check id"))
                .help("lower-case letters, digits and dashes"));
        }
        if !seen.insert(id) {
            return Err(loaded
                .error(&pointer, format!("the id `{id}` is already taken"))
                .help("ids are unique among checks and guards"));
        }
    }
    let s = &loaded.scenario;
    let mut seen = BTreeSet::new();
    let solutions = s.solutions.iter().enumerate().map(|(i, s)| (format!("/solutions/{i}/name"), &s.name));
    let mistakes = s.mistakes.iter().enumerate().map(|(i, m)| (format!("/mistakes/{i}/name"), &m.name));
    for (pointer, name) in solutions.chain(mistakes) {
        if !names::is_dns_label(name) {
            return Err(loaded
                .error(&pointer, format!("`{name}` is not a valid name for a solution or mistake"))
                .help("lower-case letters, digits and dashes"));
        }
        if !seen.insert(name) {
            return Err(loaded.error(&pointer, format!("the name `{name}` is already taken")).help(
                "names are unique among solutions and mistakes, since `--solution NAME` plays either",
            ));
        }
    }
    Ok(())
}

fn ids(loaded: &Loaded) -> impl Iterator<Item = (String, &str)> {
    loaded.scenario.expectations().map(|e| (format!("{}/id", e.pointer), e.is.id.as_str()))
}

fn references(loaded: &Loaded) -> Result<()> {
    let s = &loaded.scenario;
    let checks: Vec<&str> = s.checks.iter().map(|c| c.id.as_str()).collect();
    let all: Vec<&str> = ids(loaded).map(|(_, id)| id).collect();
    for (i, guard) in s.guards.iter().enumerate() {
        known_ids(loaded, &format!("/guards/{i}/protects"), &guard.protects, &checks, "check")?;
    }
    for (i, mistake) in s.mistakes.iter().enumerate() {
        known_ids(loaded, &format!("/mistakes/{i}/fails"), &mistake.fails, &all, "check or guard")?;
        if mistake.fails.is_empty() {
            return Err(loaded
                .error(&format!("/mistakes/{i}"), format!("the mistake `{}` fails nothing", mistake.name))
                .help("name the checks that catch it in `fails`; if it is right, it is a solution"));
        }
    }
    for (part, trained) in &s.covers {
        known_ids(loaded, &format!("/covers/{}", escape(part)), trained, &all, "check or guard")?;
    }
    for (i, id) in s.after.iter().enumerate() {
        if !names::is_dns_label(id) || *id == s.id {
            return Err(loaded
                .error(
                    &format!("/after/{i}"),
                    format!("`{}` is not the id of another scenario", id.escape_debug()),
                )
                .help("name scenarios that a learner should have passed before"));
        }
    }
    for (i, mistake) in s.mistakes.iter().enumerate() {
        given(loaded, &format!("/mistakes/{i}/given"), &mistake.given)?;
    }
    given(loaded, "/proof/given", &s.proof.given)?;
    for (i, check) in s.checks.iter().enumerate() {
        // Only earlier ones: so there are no circles.
        known_ids(loaded, &format!("/checks/{i}/requires"), &check.requires, &checks[..i], "earlier check")?;
    }
    Ok(())
}

/// The values that a mistake is played with: of parameters that there are, and fitting ones.
fn given(loaded: &Loaded, pointer: &str, given: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in given {
        let pointer = format!("{pointer}/{}", escape(name));
        let Some(param) = loaded.scenario.params.get(name) else {
            let known: Vec<&str> = loaded.scenario.params.keys().map(String::as_str).collect();
            return Err(loaded
                .error_at_key(&pointer, format!("there is no parameter `{}`", name.escape_debug()))
                .help(format!("known: {}", known.join(", "))));
        };
        if let Err(why) = names::param_value(param.kind, value) {
            return Err(loaded.error(&pointer, format!("`{value}` cannot be used here: {why}")));
        }
    }
    Ok(())
}

fn known_ids(loaded: &Loaded, pointer: &str, ids: &[String], known: &[&str], what: &str) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (i, id) in ids.iter().enumerate() {
        let pointer = format!("{pointer}/{i}");
        if !known.contains(&id.as_str()) {
            let list = match known {
                [] => "there is none before it".to_owned(),
                known => format!("known: {}", known.join(", ")),
            };
            return Err(loaded.error(&pointer, format!("there is no {what} `{id}`")).help(
                match did_you_mean(id, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? {list}"),
                    None => list,
                },
            ));
        }
        if !seen.insert(id) {
            return Err(loaded.error(&pointer, format!("`{id}` appears twice")));
        }
    }
    Ok(())
}

fn equivalents(loaded: &Loaded) -> Result<()> {
    for (i, equivalent) in loaded.scenario.equivalents.iter().enumerate() {
        if equivalent.reason.trim().is_empty() {
            return Err(loaded
                .error(&format!("/equivalents/{i}/reason"), "the reason is empty")
                .help("say why the mutant still solves the task; if it does not, a check is missing"));
        }
        if equivalent.mutant.chars().all(|c| c == '*') {
            return Err(loaded
                .error(&format!("/equivalents/{i}/mutant"), "this names every mutant, or none")
                .help("name one, as `satrain prove --mutation` reports it"));
        }
    }
    Ok(())
}

/// The longest name of a file or folder.
const LONGEST_NAME: usize = 255;

fn files(loaded: &Loaded) -> Result<()> {
    for name in loaded.scenario.setup.files.keys() {
        let help = match () {
            () if !is_inside(name) => "a relative path without `..`",
            () if name == "answers" => "`answers` is the folder for the learner's answers",
            () if name.split('/').any(|part| part.len() > LONGEST_NAME) => {
                "a file system has names of at most 255 bytes"
            }
            () => continue,
        };
        let shown = crate::printable::excerpt(name, 60);
        return Err(loaded
            .error_at_key(
                &format!("/setup/files/{}", escape(name)),
                format!("`{shown}` is not a file name in the workspace"),
            )
            .help(help));
    }
    Ok(())
}

/// Every string: no hidden characters, and templates that parse and use known parameters.
fn texts(loaded: &Loaded) -> Result<()> {
    let known: Vec<&str> = loaded.scenario.params.keys().map(String::as_str).collect();
    let defaults = Binding::defaults(&loaded.scenario).resolved(&loaded.scenario);
    // Rendered once with the defaults: some mistakes show only then.
    let works = |text: &str| {
        template::check(text, &known)
            .and_then(|_| template::render(text, &defaults, template::MAX_RENDERED))
            .map(drop)
    };
    let mut with_statements = 0;
    for (pointer, text) in strings::all(&loaded.scenario) {
        if text.contains(is_hidden) {
            return Err(loaded
                .error(&pointer, "the text holds an invisible control character")
                .help("remove the escape sequence that makes it"));
        }
        if !strings::is_rendered(&pointer) {
            continue;
        }
        with_statements += usize::from(template::has_statements(&text));
        if with_statements > MAX_STATEMENT_TEXTS {
            return Err(loaded.error(&pointer, format!("more than {MAX_STATEMENT_TEXTS} texts use {{% %}}")));
        }
        works(&text).map_err(|e| template_error(loaded, &pointer, &text, e))?;
    }
    if let Some(file) = &loaded.manifests_file {
        works(&file.text).map_err(|e| template_error(loaded, MANIFESTS, &file.text, e))?;
    }
    Ok(())
}

/// A template's error at its place in the scenario file, or in the manifests file.
pub(super) fn template_error(
    loaded: &Loaded,
    pointer: &str,
    text: &str,
    error: template::TemplateError,
) -> Box<ScenarioError> {
    let made = loaded.error_within(pointer, text, &error.range, error.message);
    match error.help {
        Some(help) => made.help(help),
        None => made,
    }
}
