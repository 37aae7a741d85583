//! The library: the scripts in `variations/`, which travel inside the program.
//!
//! A script begins with comments: what it does, then its keys (`# fact: REGEX`, `# solution: REGEX`, `# setup: REGEX`,
//! `# reach: cluster`). Below are functions: `before`, `play`, `after`, `undo`.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use regex::Regex;

use super::{Needs, Variation};

pub(super) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/variations");

/// The functions that scripts share.
pub(super) const HELPERS: &str = include_str!("../../variations/helpers.sh");

static LIBRARY: LazyLock<Result<Vec<Variation>, String>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (folder, attack) in [("attacks", true), ("harmless", false)] {
        for file in FILES.get_dir(folder).into_iter().flat_map(Dir::files) {
            let path = file.path().display().to_string();
            let name = file.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = file.contents_utf8().ok_or_else(|| format!("{path}: it is not UTF-8 text"))?;
            all.push(parse(name, attack, text).map_err(|why| format!("{path}: {why}"))?);
        }
    }
    all.sort_by(|a, b| (!a.attack, &a.name).cmp(&(!b.attack, &b.name)));
    Ok(all)
});

/// All variations: attacks first, each group in the order of names.
///
/// # Errors
/// When a header of the library cannot be read; a test reads them all.
pub fn library() -> Result<&'static [Variation], String> {
    LIBRARY.as_deref().map_err(Clone::clone)
}

/// The variation of that name.
pub fn named(name: &str) -> Option<&'static Variation> {
    library().ok()?.iter().find(|v| v.name == name)
}

pub(super) fn parse(name: String, attack: bool, script: &'static str) -> Result<Variation, String> {
    let (mut about, mut wide, mut needs) = (Vec::new(), false, Needs::default());
    for line in script.lines().map_while(|line| line.strip_prefix('#')) {
        let line = line.trim();
        let regex = |text: &str| Regex::new(text).map(Some).map_err(|e| e.to_string());
        match line.split_once(": ") {
            Some(("fact", text)) => needs.fact = regex(text)?,
            Some(("solution", text)) => needs.solution = regex(&format!("(?m){text}"))?,
            Some(("setup", text)) => needs.setup = regex(&format!("(?m){text}"))?,
            Some(("reach", "cluster")) => wide = true,
            Some(("reach", other)) => return Err(format!("`{other}` is no reach")),
            _ if line.starts_with("shellcheck ") => {}
            _ => about.push(line),
        }
    }
    match about.is_empty() {
        true => Err("it does not say what it does".into()),
        false => Ok(Variation { name, attack, about: about.join(" "), wide, needs, script }),
    }
}
