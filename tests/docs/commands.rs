//! Commands in the documents: `satrain VERB --option` must be in the program's own help. Hidden options are not: the
//! documents use the names that there are now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::markdown::Markdown;
use crate::{named, satrain};

/// What `--help` says, asked once for each command.
#[derive(Default)]
pub struct Help {
    asked: BTreeMap<String, Option<String>>,
    seen: BTreeSet<String>,
}

impl Help {
    /// How many different commands were found.
    pub fn commands(&self) -> usize {
        self.seen.len()
    }

    /// The help of `satrain VERB…`, if there is such a command.
    fn of(&mut self, verbs: &str) -> Option<String> {
        let ask = || satrain(&verbs.split_whitespace().chain(["--help"]).collect::<Vec<_>>());
        self.asked.entry(verbs.to_owned()).or_insert_with(ask).clone()
    }

    /// Commands and options of a document that do not exist.
    pub fn unknown(&mut self, path: &Path) -> Vec<String> {
        let read = Markdown::read(&std::fs::read_to_string(path).unwrap());
        let mut wrong = Vec::new();
        for (line, code) in read.code {
            let at = format!("{}:{line}", named(path));
            for command in commands(&code) {
                wrong.extend(self.check(&command).map(|what| format!("{at}: `satrain {command}`: {what}")));
            }
            if code.starts_with("--") && !self.anywhere(word(&code)) {
                wrong.push(format!("{at}: `{code}` is an option of no command"));
            }
        }
        wrong
    }

    /// What is wrong with a command, if anything.
    fn check(&mut self, command: &str) -> Option<String> {
        let mut verbs = String::new();
        let mut help = self.of("").unwrap();
        let mut words = command.split_whitespace().peekable();
        while let Some(next) = words.next() {
            if next == "#" || ["|", "&&", ";", "…"].contains(&next) {
                break;
            }
            if next.starts_with("--") {
                let option = word(next);
                let Some(defined) = definition(&help, option) else {
                    return Some(format!("there is no `{option}`"));
                };
                if defined.contains(&format!("{option} <")) && !next.contains('=') {
                    words.next();
                }
            } else if help.contains("<COMMAND>") || help.contains("[COMMAND]") {
                if next.chars().all(|c| c.is_uppercase()) {
                    return None;
                }
                let longer = format!("{verbs} {}", word(next)).trim().to_owned();
                let Some(found) = self.of(&longer) else {
                    return Some(format!("there is no command `{}`", word(next)));
                };
                (verbs, help) = (longer, found);
            }
        }
        self.seen.insert(verbs);
        None
    }

    /// Whether any command that the documents have named, or may name, has this option.
    fn anywhere(&mut self, option: &str) -> bool {
        let mut open = vec![String::new()];
        while let Some(verbs) = open.pop() {
            let Some(help) = self.of(&verbs) else { continue };
            if definition(&help, option).is_some() {
                return true;
            }
            // Indented words at the beginning of a line are its commands, among others; those have a help of their own.
            if help.contains("<COMMAND>") || help.contains("[COMMAND]") {
                let indented =
                    help.lines().filter_map(|l| l.strip_prefix("  ")).filter(|l| !l.starts_with([' ', '-']));
                let names =
                    indented.filter_map(|l| l.split_whitespace().next()).filter(|name| *name != "help");
                open.extend(names.map(|name| format!("{verbs} {name}").trim().to_owned()));
            }
        }
        false
    }
}

/// The line of a help text that defines an option.
fn definition<'a>(help: &'a str, option: &str) -> Option<&'a str> {
    let names = |line: &str| line.split([' ', ',', '=', '.', '[']).any(|part| part == option);
    help.lines().find(|line| line.trim_start().starts_with('-') && names(line))
}

/// A word without what follows it in prose or in a shell.
fn word(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).next().unwrap_or_default()
}

/// What follows `satrain` in a piece of code, where it is run as a command.
fn commands(code: &str) -> Vec<String> {
    let code = code.replace("cargo run -- ", "satrain ");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("satrain ") {
        let before = code[..at].chars().next_back();
        if before.is_none_or(|c| c.is_whitespace() || "(`$/".contains(c)) {
            let rest = &code[at + "satrain ".len()..];
            let end = rest.find(['`', ')', '"']).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn commands_are_found() {
    assert_eq!(commands("eval \"$(satrain cluster env)\""), ["cluster env"]);
    assert_eq!(commands("cargo run -- run a  # builds"), ["run a  # builds"]);
    assert_eq!(commands("cd satrain/x; mysatrain run"), Vec::<String>::new());
}

#[test]
fn what_does_not_exist_is_told() {
    let mut help = Help::default();
    for wrong in ["play scenario-2", "run --answer x", "cluster build", "check --seed 1", "--folder x run"] {
        assert!(help.check(wrong).is_some(), "{wrong}");
    }
    for right in [
        "run ID --seed N",
        "--scenarios DIR list",
        "COMMAND --help",
        "quiz [TOPIC|ID …]",
        "cluster logs kubelet",
    ] {
        assert_eq!(help.check(right), None, "{right}");
    }
    assert!(help.anywhere("--into") && !help.anywhere("--onto"));
}
