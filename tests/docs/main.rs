//! The documents are true where a program can tell: links lead somewhere, commands and options exist, and docs/checks.md
//! lists what the schema lists. `SATRAIN_UPDATE_DOCS=1` writes that list anew.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub, reason = "tests")]

mod commands;
mod links;
mod markdown;
mod reference;

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What satrain prints on stdout, without a state folder of its own; None when it refuses.
fn satrain(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    let out =
        command.args(arguments).env_remove("SATRAIN_SCENARIOS").env_remove("SATRAIN_STATE").output().unwrap();
    out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
}

/// Every Markdown file of the repository.
fn documents() -> Vec<PathBuf> {
    let mut open = vec![PathBuf::from(ROOT)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && !["target", ".git"].contains(&name.as_str()) => open.push(path),
                kind if kind.is_file() && name.ends_with(".md") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    assert!(found.len() > 40, "documents are found: {found:?}");
    found
}

/// A path as a message names it.
fn named(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap_or(path).display().to_string()
}

/// Fails with all that is wrong at once.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let wrong: Vec<String> = documents().iter().flat_map(|path| links::broken(path)).collect();
    none(&wrong);
}

#[test]
fn every_document_is_reached_from_the_readme() {
    let unreached = links::unreached(&Path::new(ROOT).join("README.md"), &documents());
    none(&unreached);
}

#[test]
fn every_command_and_option_exists() {
    // The one names what there was, the other the options of other programs.
    let others = ["CHANGELOG.md", "distro/README.md"];
    let ours = documents().into_iter().filter(|path| !others.iter().any(|other| path.ends_with(other)));
    let mut help = commands::Help::default();
    let wrong: Vec<String> = ours.flat_map(|path| help.unknown(&path)).collect();
    none(&wrong);
    assert!(help.commands() > 30, "commands are found in the documents: {}", help.commands());
}

#[test]
fn the_check_kinds_are_those_of_the_schema() {
    let schema = serde_json::from_str(&satrain(&["schema"]).unwrap()).unwrap();
    let path = Path::new(ROOT).join("docs/checks.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let fresh = reference::put_into(&text, &schema);
    if std::env::var_os("SATRAIN_UPDATE_DOCS").is_some() {
        std::fs::write(path, fresh).unwrap();
    } else {
        assert!(
            text == fresh,
            "docs/checks.md is out of date: `SATRAIN_UPDATE_DOCS=1 cargo test --test docs` writes it"
        );
    }
}
