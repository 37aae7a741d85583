//! A copy of a scenario for learners: without its solutions, its mistakes, and what only they need.
//!
//! In: a loaded scenario. Out: the text of the copy, which says of itself that it is one. All else stays as it was written,
//! comments included. The copy is read again: it must be the same scenario, or there is none. Never: a file.

use std::path::Path;

use serde_json::Value;

use super::error::{Result, ScenarioError, ScenarioErrorKind, SourceText};
use super::folder::{Folder, Origin};
use super::load::load_text;
use super::loaded::Loaded;
use super::model::{ProofPlan, Scenario};

/// What a copy has not.
const PRIVATE: [&str; 5] = ["solutions", "mistakes", "helpers", "equivalents", "proof"];

/// The text of a copy of `loaded`.
///
/// # Errors
/// When it is one of satrain's own scenarios, or its form hides where its parts end.
pub fn for_learners(loaded: &Loaded) -> Result<String> {
    let refused = |message: &str| ScenarioError::plain(ScenarioErrorKind::Invalid, message);
    let id = &loaded.scenario.id;
    let Origin::Folder(folder) = &loaded.origin else {
        let message =
            format!("`{id}` is one of satrain's own scenarios, the solutions of which everybody has");
        return Err(refused(&message).help("export a scenario of a pack of your own"));
    };
    let text = copy(&loaded.source.text);
    let source = SourceText { name: loaded.source.name.clone(), text: text.clone().into() };
    let again = load_text(source, &Folder::Disk(folder as &Path), loaded.origin.clone());
    match again {
        Ok(again) if meaning(&again.scenario) == meaning(&as_copied(&loaded.scenario)) => Ok(text),
        _ => Err(refused(&format!("the parts of `{id}` cannot be told apart in its file"))
            .help("begin each key of the scenario at the start of a line, as `satrain new` does")),
    }
}

/// What the copy must be.
fn as_copied(scenario: &Scenario) -> Scenario {
    Scenario {
        for_learners: true,
        solutions: Vec::new(),
        mistakes: Vec::new(),
        helpers: String::new(),
        equivalents: Vec::new(),
        proof: ProofPlan::default(),
        ..scenario.clone()
    }
}

/// A scenario but for the lines on which things stand.
fn meaning(scenario: &Scenario) -> Option<Value> {
    serde_json::to_value(scenario).ok()
}

/// The text without the private keys, and with the mark of a copy after its id.
fn copy(text: &str) -> String {
    let mut out = String::new();
    let mut left_out = false;
    for line in text.split_inclusive('\n') {
        if let Some(key) = top_level_key(line) {
            left_out = PRIVATE.contains(&key) || key == "forLearners";
        }
        if left_out {
            continue;
        }
        out.push_str(line);
        if top_level_key(line) == Some("id") {
            out.push_str("forLearners: true\n");
        }
    }
    out
}

/// The key that begins at the start of a line. What is deeper, and the elements and ends of lists, belong to the one before.
fn top_level_key(line: &str) -> Option<&str> {
    let goes_on = |c: char| c.is_whitespace() || "#-]}".contains(c);
    if line.starts_with(goes_on) {
        return None;
    }
    let (key, _) = line.split_once(':')?;
    Some(key.trim_end().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{load_str, minimal};
    use super::*;

    #[test]
    fn a_copy_has_no_solution_and_is_else_the_same() {
        let text = minimal().replacen("hints:", "helpers: |\n  secret() { :; }\n# Why so.\nhints:", 1);
        let copied = for_learners(&load_str(&text).unwrap()).unwrap();
        assert!(copied.contains("\nforLearners: true\n") && copied.contains("# The text of the task."));
        for private in ["solutions", "mistakes", "secret", "reference", "m4"] {
            assert!(!copied.contains(private), "{private}: {copied}");
        }
        let again = load_str(&copied).unwrap();
        assert_eq!(again.scenario.checks.len(), load_str(&text).unwrap().scenario.checks.len());
        // A copy of a copy is the same.
        assert_eq!(for_learners(&again).unwrap(), copied);
    }

    #[test]
    fn a_list_at_the_start_of_a_line_belongs_to_its_key() {
        let text =
            "id: a\nsolutions:\n- name: reference\n  run: x\n# about\nmistakes: [\n  {a: b}\n]\nhints: [a]\n";
        assert_eq!(copy(text), "id: a\nforLearners: true\nhints: [a]\n");
    }

    #[test]
    fn a_file_in_which_the_parts_cannot_be_told_apart_gives_none() {
        let text = minimal().replacen("solutions:", "? solutions\n:", 1);
        if let Ok(loaded) = load_str(&text) {
            assert!(for_learners(&loaded).is_err());
        }
    }

    #[test]
    fn a_copy_with_a_solution_is_refused() {
        let text = minimal().replacen("task: Do it.", "forLearners: true\ntask: Do it.", 1);
        assert!(load_str(&text).unwrap_err().to_string().contains("neither solutions nor mistakes"));
    }
}
