//! Composes the bash that plays a reference solution with variations.
//!
//! Everything is written into files of a folder of its own, so that each part is a program by itself: with its own shell
//! options, and with the folder's `shims` first on the PATH of the reference solution.

use std::fmt::Write;

use super::library::HELPERS;
use super::told::MARK;
use super::{Variation, facts};
use crate::printable::shell_quoted;
use crate::scenario::BoundScenario;

/// What of a play is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The reference solution with the variations.
    Whole,
    /// Only what the variations do after it, where it was played.
    After,
    /// Takes back what they did after it.
    Undo,
}

/// How the parts are played, with the exit code of each variation told in a line.
const DRIVER: &str = r#"
cd "$workspace"
declare -A ended=()
run() { # VARIATION PHASE
    local code=0
    [[ ${ended[$1]:-0} == 0 ]] || return 0
    bash -euo pipefail "$here/phase.sh" "$1" "$2" >"$here/said" 2>&1 || code=$?
    ended[$1]=$code
    ((code == 0)) || tail -n 3 "$here/said" | tr '\n\t' '  ' >"$here/why-$1"
}
tell() {
    local name
    for name in "${variations[@]}"; do
        printf '%s %s %s %s\n' "$MARK" "$name" "${ended[$name]:-0}" "$(cat "$here/why-$name" 2>/dev/null || true)"
    done
}
"#;

/// One phase of one variation; without a function for it there is nothing to do.
const PHASE: &str = r#"
source "$here/helpers.sh"
play() { play_reference; }
source "$here/$1.sh"
! declare -F "$2" >/dev/null || "$2"
"#;

/// The bash; it needs nothing beyond itself.
pub fn compose(bound: &BoundScenario, variations: &[&Variation], part: Part) -> String {
    let reference = bound.scenario.solutions.first().map_or("", |s| s.run.as_str());
    let mut text = String::from(
        "here=$(mktemp -d)\ntrap 'rm -rf \"$here\"' EXIT\nworkspace=$PWD\nmkdir \"$here/shims\"\n\
         reference=$here/reference.sh\nexport here workspace reference\n",
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "MARK={MARK}\nexport spaces={}", shell_quoted(&bound.namespaces().join(" ")));
    let names: Vec<&str> = variations.iter().map(|v| v.name.as_str()).collect();
    let _ = writeln!(text, "variations=({})", names.join(" "));
    file(&mut text, "reference.sh", reference);
    file(&mut text, "helpers.sh", HELPERS);
    file(&mut text, "phase.sh", PHASE);
    file(&mut text, "facts", &facts(bound).join("\n"));
    for variation in variations {
        file(&mut text, &format!("{}.sh", variation.name), variation.script);
    }
    text.push_str(DRIVER);
    let phase = |phase: &str| format!("for name in \"${{variations[@]}}\"; do run \"$name\" {phase}; done\n");
    match part {
        Part::Undo => text.push_str(&phase("undo")),
        Part::After => text.push_str(&phase("after")),
        Part::Whole => {
            text.push_str(&phase("before"));
            text.push_str(&reference_played(variations));
            text.push_str(&phase("after"));
        }
    }
    text.push_str("tell\n");
    text
}

/// Plays the reference solution, the way that the only variation with one of its own says.
fn reference_played(variations: &[&Variation]) -> String {
    match variations.iter().find(|v| !v.only_adds()) {
        Some(variation) => {
            let name = &variation.name;
            format!("run {name} play\n[[ ${{ended[{name}]:-0}} == 0 ]] || {{ tell; exit; }}\n")
        }
        None => "source \"$here/helpers.sh\"\nplay_reference\n".into(),
    }
}

/// Writes a file of the play's folder.
fn file(text: &mut String, name: &str, content: &str) {
    let _ = writeln!(text, "cat >\"$here/{name}\" <<'END_OF_PART'\n{}\nEND_OF_PART", content.trim_end());
}
