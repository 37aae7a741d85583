//! Which modules a build needs, and whether Go has them already. Reads only.
//!
//! In: the text of a go.mod and the module cache's directory. Out: names and versions, present or not. Covers
//! the part of the go.mod grammar that `go mod tidy` writes (go.dev/ref/mod#go-mod-file).

use std::path::Path;

/// (path, version) of the modules that a go.mod requires, as replaced; those replaced by a folder are left
/// out.
pub fn requirements(go_mod: &str) -> Vec<(String, String)> {
    let mut required = Vec::new();
    let mut replaced = Vec::new();
    let mut block = "";
    for line in go_mod.lines() {
        let words: Vec<&str> = line.split("//").next().unwrap_or_default().split_whitespace().collect();
        let (verb, rest) = match (block, words.as_slice()) {
            (_, [verb, "("]) => {
                block = verb;
                continue;
            }
            (_, [")"]) => {
                block = "";
                continue;
            }
            ("", [verb, rest @ ..]) => (*verb, rest),
            (verb, rest) => (verb, rest),
        };
        match (verb, rest) {
            ("require", [path, version]) => required.push(((*path).to_owned(), (*version).to_owned())),
            ("replace", [old, "=>", new @ ..] | [old, _, "=>", new @ ..]) => {
                replaced.push(((*old).to_owned(), new.join(" ")));
            }
            _ => {}
        }
    }
    required
        .into_iter()
        .filter_map(|(path, version)| match replaced.iter().find(|(old, _)| *old == path) {
            None => Some((path, version)),
            Some((_, new)) => {
                new.split_once(' ').map(|(path, version)| (path.to_owned(), version.to_owned()))
            }
        })
        .collect()
}

/// The module's sources lie unpacked or packed in go's module cache (go.dev/ref/mod#module-cache).
pub fn cached(module_cache: &Path, (path, version): &(String, String)) -> bool {
    let zip = format!("cache/download/{}/@v/{}.zip", escape(path), escape(version));
    module_cache.join(zip).exists()
}

/// Upper-case letters are written `!x` in the module cache.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        if letter.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(letter.to_ascii_lowercase());
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_as_replaced() {
        let text = "module x\nrequire a/b v1\nreplace (\n\tc => d v4\n\te => ./e\n)\n\
                    require (\n\tc v2 // indirect\n\te v3\n)\nreplace f v1 => g v9\nrequire f v1\n";
        let found = requirements(text);
        let names: Vec<_> = found.iter().map(|(path, version)| format!("{path} {version}")).collect();
        assert_eq!(names, ["a/b v1", "d v4", "g v9"]);
    }

    #[test]
    fn the_module_cache_escapes_capitals() {
        assert_eq!(escape("github.com/Azure/go-X"), "github.com/!azure/go-!x");
    }
}
