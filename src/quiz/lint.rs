//! What is wrong with a file of items, and where.

use std::collections::BTreeSet;

use regex::Regex;

use super::experiment::{PARAMS, object};
use super::model::{Choosable, Experiment, FixCheck, Item, Quiz, Task};
use super::playable;
use crate::grade::checks::admission::{AdmissionExpectation, TokenAtAdmission};
use crate::scenario::{Placed, Result, ScenarioError, module};

type Problem = Box<ScenarioError>;

/// Checks one file; `ids`: those of the files before.
pub(super) fn check(quiz: &Placed<Quiz>, stem: &str, ids: &mut BTreeSet<String>) -> Result<()> {
    if quiz.value.topic != stem {
        return Err(quiz.error("/topic", format!("the topic must have the name of its file, `{stem}`")));
    }
    if quiz.value.items.is_empty() {
        return Err(quiz.error("/items", "there are no items"));
    }
    for (i, item) in quiz.value.items.iter().enumerate() {
        let at = Place { quiz, pointer: format!("/items/{i}") };
        if !ids.insert(item.id.clone()) {
            return Err(at.error("/id", format!("there is already an item `{}`", item.id)));
        }
        one(&at, item)?;
    }
    Ok(())
}

struct Place<'a> {
    quiz: &'a Placed<Quiz>,
    pointer: String,
}

impl Place<'_> {
    fn error(&self, below: &str, message: impl Into<String>) -> Problem {
        self.quiz.error(&format!("{}{below}", self.pointer), message)
    }

    fn regex(&self, below: &str, pattern: &str) -> Result<Regex> {
        playable::regex(pattern).map_err(|why| self.error(below, why))
    }
}

fn one(at: &Place<'_>, item: &Item) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if item.id.is_empty() || !item.id.chars().all(plain) {
        return Err(at.error("/id", "an id has lower-case letters, digits and dashes"));
    }
    let parts = &module().parts;
    if let Some((i, part)) =
        item.parts.iter().enumerate().find(|(_, p)| !parts.iter().any(|known| known.id == **p))
    {
        return Err(at.error(&format!("/parts/{i}"), format!("the module has no part `{part}`")));
    }
    if item.parts.is_empty() {
        return Err(at.error("/parts", "no part of the module is named"));
    }
    playable::check(item).map_err(|(below, why)| at.error(&below, why))?;
    if let Some(task) = item.task() {
        kind(at, item, &task)?;
    }
    match &item.experiment {
        Some(experiment) => trial(at, item, experiment),
        None => Ok(()),
    }
}

fn kind(at: &Place<'_>, item: &Item, task: &Task<'_>) -> Result<()> {
    let name = task.name();
    let few = |what: &str, least: usize| {
        at.error(&format!("/{name}"), format!("at least {least} {what} are needed"))
    };
    match task {
        Task::Single(options) => choices(at, item, name, options, true),
        Task::Predict(options) => {
            if item.experiment.is_none() {
                return Err(at.error("/predict", "a prediction must be shown by an `experiment`"));
            }
            choices(at, item, name, options, true)
        }
        Task::Multiple(options) => choices(at, item, name, options, false),
        Task::Ordering(steps) if steps.len() < 3 => Err(few("steps", 3)),
        Task::Matching(matching) if matching.pairs.len() < 3 => Err(few("pairs", 3)),
        Task::Open(points) if points.len() < 2 => Err(few("points", 2)),
        Task::Fix(fix) => {
            // Both would need an object of which the opposite holds.
            let unasked = |c: &FixCheck| {
                c.expect == AdmissionExpectation::Refused || c.token == Some(TokenAtAdmission::None)
            };
            if let Some(i) = fix.checks.iter().position(unasked) {
                let why = "a fixed manifest is one that the API server accepts: use `match` to say what it must contain";
                return Err(at.error(&format!("/fix/checks/{i}"), why));
            }
            if item.experiment.is_none() {
                return Err(at.error(
                    "/fix",
                    "the API server judges the manifest: add an `experiment`, with its manifests",
                ));
            }
            let wrong =
                fix.wrong.iter().enumerate().map(|(i, w)| (format!("/fix/wrong/{i}/manifest"), &w.manifest));
            let all = [("/fix/manifest".to_owned(), &fix.manifest), ("/fix/answer".to_owned(), &fix.answer)];
            for (below, text) in all.into_iter().chain(wrong) {
                object(text).map_err(|why| at.error(&below, why))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn choices(at: &Place<'_>, item: &Item, name: &str, options: &[Choosable], one: bool) -> Result<()> {
    let right = options.iter().filter(|o| o.right).count();
    let least = if one { 2 } else { 3 };
    let below = format!("/{name}/options");
    if options.len() < least || options.len() > 8 {
        return Err(at.error(&below, format!("{least} to 8 options are needed")));
    }
    if right == options.len() {
        return Err(at.error(&below, "all options are right"));
    }
    for (i, option) in options.iter().enumerate() {
        let below = format!("{below}/{i}");
        match (&option.seen, &item.experiment) {
            (None, Some(_)) => {
                return Err(at.error(
                    &below,
                    "the item has an experiment, but this option does not say what would be `seen`",
                ));
            }
            (Some(_), None) => {
                return Err(at.error(&below, "something is `seen`, but there is no experiment"));
            }
            (Some(pattern), _) => drop(at.regex(&format!("{below}/seen"), pattern)?),
            (None, None) => {}
        }
    }
    Ok(())
}

fn trial(at: &Place<'_>, item: &Item, experiment: &Experiment) -> Result<()> {
    let pointer = format!("{}/experiment/manifests", at.pointer);
    at.quiz.template(&pointer, &experiment.manifests, &PARAMS)?;
    for (i, ready) in experiment.ready.iter().enumerate() {
        at.quiz.template(&format!("{}/experiment/ready/{i}", at.pointer), ready, &PARAMS)?;
    }
    for (i, shows) in experiment.shows.iter().enumerate() {
        at.regex(&format!("/experiment/shows/{i}"), shows)?;
    }
    let group = |below: &str, pattern: &str| match at.regex(below, pattern)?.captures_len() {
        2 => Ok(()),
        _ => Err(at.error(below, "the regular expression needs one group: what is read from the output")),
    };
    let decides = match item.task() {
        Some(Task::Number(number)) => {
            number.seen.as_ref().map(|seen| group("/number/seen", seen)).transpose()?.is_some()
        }
        Some(Task::Short(short)) => {
            short.seen.as_ref().map(|seen| group("/short/seen", seen)).transpose()?.is_some()
        }
        Some(Task::Ordering(steps)) => steps.iter().filter(|s| s.seen.is_some()).count() > 1,
        Some(Task::Matching(matching)) => matching.pairs.iter().all(|p| p.seen.is_some()),
        Some(Task::Single(_) | Task::Multiple(_) | Task::Predict(_)) => true,
        _ => false,
    };
    if matches!(item.task(), Some(Task::Fix(_))) {
        return Ok(());
    }
    if experiment.run.trim().is_empty() {
        return Err(at.error("/experiment", "the experiment runs nothing: add `run`"));
    }
    if !decides && experiment.shows.is_empty() {
        return Err(
            at.error("/experiment", "the experiment decides nothing: add `seen` to the answers, or `shows`")
        );
    }
    Ok(())
}
