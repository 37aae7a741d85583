//! Lint of what templates compare a parameter with: a value that it can have.

use std::sync::LazyLock;

use regex::Regex;

use super::{Report, Severity};
use crate::scenario::model::Scenario;
use crate::scenario::{MANIFESTS, candidates, did_you_mean, strings};

/// A tag of a template.
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)\{[%{].*?[%}]\}").ok());

/// A name that is compared with a text.
static COMPARED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\b([A-Za-z]\w*)\s*[=!]=\s*(?:"([^"]*)"|'([^']*)')"#).ok());

pub(super) fn lint(report: &mut Report<'_>) {
    let (Some(tag), Some(compared)) = (TAG.as_ref(), COMPARED.as_ref()) else { return };
    let loaded = report.loaded;
    let s = &loaded.scenario;
    let texts = strings::all(s).into_iter().filter(|(pointer, _)| strings::is_rendered(pointer));
    let beside = loaded.manifests_beside().map(|(_, text)| (MANIFESTS.to_owned(), text.to_owned()));
    for (pointer, text) in texts.chain(beside) {
        for tag in tag.find_iter(&text) {
            for found in compared.captures_iter(tag.as_str()) {
                let (Some(name), Some(value)) = (found.get(1), found.get(2).or(found.get(3))) else {
                    continue;
                };
                let Some(known) = values(s, name.as_str()).filter(|known| !known.contains(&value.as_str()))
                else {
                    continue;
                };
                let range = tag.start() + name.start()..tag.start() + value.end();
                let message = format!("`{}` is never `{}`", name.as_str(), value.as_str());
                let help = match did_you_mean(value.as_str(), known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its values are: {}", known.join(", ")),
                };
                let error = loaded.error_within(&pointer, &text, &range, message).help(help);
                report.add(Severity::Warning, error);
            }
        }
    }
}

/// What a parameter may be: its candidates, and what proofs give it; None: there is no such parameter.
fn values<'a>(s: &'a Scenario, name: &str) -> Option<Vec<&'a str>> {
    let given = s.mistakes.iter().map(|mistake| &mistake.given).chain([&s.proof.given]);
    let given = given.filter_map(|given| given.get(name)).map(String::as_str);
    Some(candidates(s.params.get(name)?).into_iter().chain(given).collect())
}
