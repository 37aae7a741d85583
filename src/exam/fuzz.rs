//! What fuzzing asks of papers; see `crate::fuzzing`.

use std::sync::LazyLock;

use super::{BoundPaper, read, write};
use crate::quiz::Bank;
use crate::scenario::fuzz::explained;
use crate::scenario::{Catalog, Result};

/// What there is to name in a paper.
static OFFERED: LazyLock<Option<(Catalog, Bank)>> =
    LazyLock::new(|| Some((Catalog::builtin(), Bank::builtin().ok()?)));

/// Any text as a paper: what was read is written and read again, and bound twice to the same.
pub(crate) fn paper(text: &str) {
    let Ok(paper) = read("fuzz.yaml", text).map_err(|error| explained(&error)) else { return };
    let again = read("again.yaml", &write(paper.paper(), &["a remark".to_owned()]));
    let again = again.map(|again| again.paper().clone());
    assert_eq!(again.as_ref().ok(), Some(paper.paper()), "what was written is another paper: {again:?}");
    let Some((catalog, bank)) = &*OFFERED else { panic!("the bank is not readable") };
    let bound = || BoundPaper::of(&paper, catalog, bank);
    match (bound(), bound()) {
        (Ok(one), Ok(two)) => assert_eq!(tasks(&one), tasks(&two), "the same paper has the same tasks"),
        (Err(one), Err(two)) => {
            assert_eq!(one.one_line(), two.one_line());
            explained(&one);
        }
        (one, two) => panic!("a paper is bound once and is not: {}", [one, two].map(said).join("; ")),
    }
}

fn tasks(paper: &BoundPaper) -> Vec<(usize, String, u32)> {
    paper.tasks.iter().map(|task| (task.number, task.id().to_owned(), task.weight)).collect()
}

fn said(bound: Result<BoundPaper>) -> String {
    bound.map_or_else(|error| error.one_line(), |_| "bound".to_owned())
}
