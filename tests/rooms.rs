//! The structure of the source: which room may import which, and that no files import each other in a circle.
//!
//! A room is a folder or file directly below `src/`. Rooms stand on floors; a room imports rooms of lower floors only.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up. Rooms of one floor do not import each other.
const FLOORS: [&[&str]; 20] = [
    &["event", "paths", "plural", "pod_exec", "printable", "proxy", "rbac", "shard", "token"],
    &["bundle", "fs", "host", "objects", "workload"],
    &["grade", "history", "distribution", "sandbox"],
    &["scenario", "doctor"],
    &["cluster", "mutate", "variation"],
    &["lint", "lab"],
    &["quiz", "result"],
    &["exam"],
    &["class", "prove"],
    &["lms"],
    &["handin"],
    &["marking", "session"],
    &["insight"],
    &["sitting"],
    &["home"],
    &["report"],
    &["desk"],
    &["error", "fuzzing"],
    &["commands"],
    &["main"],
];

/// A source file: the path of its module, and the paths that it names.
struct Source {
    module: Vec<String>,
    names: BTreeSet<Vec<String>>,
}

#[test]
fn a_room_imports_rooms_of_lower_floors_only() {
    let floor: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(n, rooms)| rooms.iter().map(move |room| (*room, n))).collect();
    let mut broken = BTreeSet::new();
    for source in sources() {
        let Some(room) = source.module.first().map(String::as_str) else { continue };
        for to in source.names.iter().filter_map(|path| path.first()).map(String::as_str) {
            let Some(below) = floor.get(to) else { continue };
            let here =
                floor.get(room).unwrap_or_else(|| panic!("{room} stands on no floor: add it to FLOORS"));

            if room != to && below >= here {
                broken.insert(format!("{} imports {to}", source.module.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "these imports go up, or sideways:\n{}", Vec::from_iter(broken).join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeSet<&[String]> = sources.iter().map(|s| s.module.as_slice()).collect();
    // A module's face (`mod.rs`) hands names on: who imports it is tied to the file that has the name, where that is known.
    let target = |path: &Vec<String>| -> Option<Vec<String>> {
        (1..=path.len()).rev().map(|n| &path[..n]).find(|p| modules.contains(p)).map(<[String]>::to_vec)
    };
    let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in &sources {
        let to = source.names.iter().filter_map(target);
        // A parent's name taken by a child, and the child that a parent names, are one module in two files.
        let to = to.filter(|to| !source.module.starts_with(to) && !to.starts_with(&source.module));
        edges.entry(source.module.clone()).or_default().extend(to);
    }
    let circles = circles(&edges);
    let said: Vec<String> = circles
        .iter()
        .map(|files| files.iter().map(|f| f.join("::")).collect::<Vec<_>>().join(" - "))
        .collect();
    assert!(said.is_empty(), "these files import each other in a circle:\n{}", said.join("\n"));
}

/// The strongly connected parts with more than one file: files that reach each other.
fn circles(edges: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Vec<Vec<Vec<String>>> {
    let reach = |from: &Vec<String>| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(file) = left.pop() {
            for to in edges.get(&file).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    left.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        edges.keys().map(|f| (f, reach(f))).collect();
    let mut parts: BTreeSet<Vec<Vec<String>>> = BTreeSet::new();
    for (file, to) in reached.iter().filter(|(file, to)| to.contains(**file)) {
        let back = |other: &&Vec<String>| reached.get(*other).is_some_and(|r| r.contains(*file));
        parts.insert(to.iter().filter(back).cloned().collect());
    }
    parts.into_iter().filter(|part| part.len() > 1).collect()
}

#[test]
fn imports_are_read() {
    let text = "use crate::a::{b, c::{self, D}};\nuse super::e;\nfn f() { crate::g::h(); }\nuse std::fmt;\n";
    let names = names(text, &["x".into(), "y".into()]);
    let said: Vec<String> = names.iter().map(|path| path.join("::")).collect();
    assert_eq!(said, ["a::b", "a::c", "a::c::D", "g::h", "x::e"]);
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 100, "the sources are not where they were looked for");
    let read = |file: &PathBuf| {
        let module = module_of(file.strip_prefix(&root).unwrap());
        let text = fs::read_to_string(file).unwrap();
        Source { names: names(&without_tests(&text), &module), module }
    };
    files.iter().map(read).filter(|source| !source.module.is_empty()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "snapshots" {
            collect(&path, files);
        } else if name.ends_with(".rs")
            && !["tests.rs", "testing.rs", "fuzz.rs", "lib.rs"].contains(&name.as_str())
        {
            files.push(path);
        }
    }
}

/// `grade/checks/mod.rs` is `grade::checks`.
fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        file.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Test modules at the end of a file may import what they like.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let code = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Every path of this crate that a text names: in `use`, and in the code itself.
fn names(text: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let parent = &module[..module.len().saturating_sub(1)];
    for (start, base) in
        [("crate::", &[][..]), ("satrain::", &[][..]), ("super::", parent), ("self::", module)]
    {
        let mut rest = text;
        while let Some(at) = rest.find(start) {
            let before = rest[..at].chars().next_back();
            rest = &rest[at + start.len()..];
            let is_whole = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
            if is_whole && !(start == "satrain::" && module != ["main"]) {
                tree(rest, base.to_vec(), &mut found);
            }
        }
    }
    found
}

/// Reads `a::{b, c::D}` behind `base`; gives what is left.
fn tree<'a>(text: &'a str, base: Vec<String>, found: &mut BTreeSet<Vec<String>>) -> &'a str {
    if let Some(inner) = text.strip_prefix('{') {
        let mut rest = inner.trim_start();
        while !rest.starts_with('}') && !rest.is_empty() {
            rest = tree(rest, base.clone(), found).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            if rest.starts_with(|c: char| !(c.is_alphanumeric() || "_{}*".contains(c))) {
                break;
            }
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return rest;
    }
    let mut path = base;
    match name {
        "self" | "*" => {}
        "super" => drop(path.pop()),
        name => path.push(name.to_owned()),
    }
    if let Some(more) = rest.strip_prefix("::") {
        return tree(more, path, found);
    }
    found.insert(path);
    let rest = rest.trim_start();
    match rest.strip_prefix("as ") {
        Some(alias) => alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}
