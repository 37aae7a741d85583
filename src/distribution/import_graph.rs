//! How far a `go build` is, told from the packages it names.
//!
//! In: the import graph (`go list -deps`) and the names that `go build -v` prints, each when its compilation
//! begins. Out: how many packages are done. Go compiles a package after all of its imports, so one name says
//! that everything below it is done, whether compiled now or found in the cache. The bar therefore tells the
//! truth after an interrupted build, too.

use std::collections::HashMap;

/// `go list`'s template for [`ImportGraph::parse`].
pub const TEMPLATE: &str = r#"{{.ImportPath}} {{join .Imports " "}}"#;

/// The packages of one program and what is done of them.
#[derive(Debug, Default)]
pub struct ImportGraph {
    index: HashMap<String, usize>,
    imports: Vec<Vec<String>>,
    done: Vec<bool>,
    count: usize,
}

impl ImportGraph {
    /// Reads the answer of `go list -deps -f TEMPLATE`.
    pub fn parse(answer: &str) -> Self {
        let mut graph = Self::default();
        for line in answer.lines() {
            let mut names = line.split(' ').filter(|name| !name.is_empty());
            let Some(package) = names.next() else { continue };
            graph.index.insert(package.to_owned(), graph.imports.len());
            graph.imports.push(names.map(str::to_owned).collect());
        }
        graph.done = vec![false; graph.imports.len()];
        graph
    }

    /// Packages in all.
    pub fn total(&self) -> u64 {
        self.imports.len() as u64
    }

    /// Packages known to be done.
    pub fn done(&self) -> u64 {
        self.count as u64
    }

    /// go began to compile `package`; false when the line names no package of this program.
    pub fn begin(&mut self, package: &str) -> bool {
        let Some(&start) = self.index.get(package) else { return false };
        let mut open: Vec<usize> = self.below(start);
        while let Some(next) = open.pop() {
            if !std::mem::replace(&mut self.done[next], true) {
                self.count += 1;
                open.extend(self.below(next));
            }
        }
        true
    }

    fn below(&self, package: usize) -> Vec<usize> {
        self.imports[package].iter().filter_map(|name| self.index.get(name).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::ImportGraph;

    const ANSWER: &str = "unsafe \na unsafe\nb unsafe\nc a b\nmain c C\n";

    #[test]
    fn a_package_that_begins_proves_its_imports_done() {
        let mut graph = ImportGraph::parse(ANSWER);
        assert_eq!((graph.done(), graph.total()), (0, 5));
        assert!(graph.begin("a"));
        assert_eq!(graph.done(), 1);
        assert!(graph.begin("c"));
        assert_eq!(graph.done(), 3);
        assert!(graph.begin("main"));
        assert_eq!(graph.done(), 4);
    }

    #[test]
    fn a_warm_cache_jumps_to_the_end() {
        let mut graph = ImportGraph::parse(ANSWER);
        assert!(graph.begin("main"));
        assert_eq!(graph.done(), 4);
    }

    #[test]
    fn other_lines_are_no_packages() {
        let mut graph = ImportGraph::parse(ANSWER);
        assert!(!graph.begin("# distro.satrain.dev/kube"));
        assert!(!graph.begin("go: downloading x v1"));
        assert_eq!(graph.done(), 0);
    }
}
