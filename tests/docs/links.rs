//! Links between files: each leads to a file, and to a heading in it where it names one. Other sites are not asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::markdown::Markdown;
use crate::named;

fn read(path: &Path) -> Markdown {
    Markdown::read(&std::fs::read_to_string(path).unwrap())
}

/// Where a link leads, if it is to a file of the repository: the file, and the heading.
fn target(from: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) =
        link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor.to_owned())));
    let path = if file.is_empty() { from.to_owned() } else { from.parent().unwrap().join(file) };
    // A link to a folder shows its README.
    let readme = path.join("README.md");
    Some((if readme.exists() { readme } else { path }, anchor))
}

/// Links of a document that lead nowhere.
pub fn broken(path: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, link) in read(path).links {
        let Some((to, anchor)) = target(path, &link) else { continue };
        let there = match anchor {
            _ if !to.exists() => false,
            Some(anchor) => read(&to).anchors.contains(&anchor),
            None => true,
        };
        if !there {
            wrong.push(format!("{}:{line}: {link} leads nowhere", named(path)));
        }
    }
    wrong
}

/// Documents that no chain of links reaches, apart from what a code host shows by itself.
pub fn unreached(from: &Path, all: &[PathBuf]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.canonicalize().unwrap()];
    while let Some(path) = open.pop() {
        if path.extension().is_some_and(|e| e == "md") && seen.insert(path.clone()) {
            let targets = read(&path).links.into_iter().filter_map(|(_, link)| target(&path, &link));
            open.extend(targets.filter_map(|(to, _)| to.canonicalize().ok()));
        }
    }
    let shown_by_itself = |path: &Path| named(path).starts_with(".github");
    let left =
        all.iter().filter(|path| !shown_by_itself(path) && !seen.contains(&path.canonicalize().unwrap()));
    left.map(|path| format!("{}: no link leads there from README.md", named(path))).collect()
}
