//! Lint of scripts: bash, and nothing that only texts and manifests may have.

use super::Report;
use crate::mutate::unparsable;
use crate::scenario::env_name;

/// Scripts that bash would stop at, and what only texts and manifests may have. That a solution is bash, its mutants show.
pub(super) fn lint(report: &mut Report<'_>) {
    let s = &report.loaded.scenario;
    let names: Vec<&str> = s.params.keys().map(String::as_str).collect();
    let solutions = s.solutions.iter().enumerate().map(|(i, s)| (format!("/solutions/{i}/run"), &s.run));
    let mistakes = s.mistakes.iter().enumerate().map(|(i, m)| (format!("/mistakes/{i}/run"), &m.run));
    let own = [("/setup/run".to_owned(), &s.setup.run), ("/helpers".to_owned(), &s.helpers)];
    for (pointer, _) in solutions.clone().chain(mistakes.clone()).filter(|(_, script)| is_empty(script)) {
        report.error(
            &pointer,
            "the script is empty",
            "write what it does: without a command it is the unsolved lab",
        );
    }
    for (pointer, script) in own.into_iter().chain(solutions).chain(mistakes) {
        let near = if pointer.starts_with("/solutions") { None } else { unparsable(script) };
        if let Some(near) = near {
            match near.trim() {
                "" => report.error(
                    &pointer,
                    "the script ends too early",
                    "is a quote, a bracket, `fi` or `done` missing?",
                ),
                near => {
                    let message = format!("the script is no bash from `{near}` on");
                    report.error(&pointer, message, "is a quote or a bracket missing?");
                }
            }
        }
        for name in names.iter().filter(|name| holds_template(script, name)) {
            let message = format!("`{{{{ {name} }}}}` in a script stays as it is: scripts are not rendered");
            report.error(&pointer, message, &format!("write \"${}\"", env_name(name)));
        }
    }
}

/// Whether a text has `{{ NAME }}`.
fn holds_template(text: &str, name: &str) -> bool {
    text.split("{{")
        .skip(1)
        .any(|after| after.split_once("}}").is_some_and(|(inside, _)| inside.trim() == name))
}

/// Whether there is no command in it.
fn is_empty(script: &str) -> bool {
    script.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}
