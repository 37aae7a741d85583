//! What the fuzz targets in `fuzz/` call, one function a target.
//!
//! In: any bytes. Out: nothing; a target returns, whatever it got, or panics where a promise is broken. Never: a file,
//! a process, a cluster. Only with the feature `fuzzing`, and in unit tests, which play the kept inputs again.

mod judge;
mod jwt;
mod mutate;
mod replay;
#[cfg(test)]
mod tests;

pub use judge::judge;
pub use jwt::jwt;
pub use mutate::mutate;
pub use replay::replay;

use std::borrow::Cow;

use crate::lint::lint;
use crate::scenario::fuzz::explained;

/// A scenario file: loading, lint, and binding with default and drawn values.
pub fn scenario(input: &[u8]) {
    let Some(loaded) = crate::scenario::fuzz::scenario(&text(input)) else { return };
    let said = || -> Vec<String> {
        let findings = lint(&loaded);
        findings.iter().for_each(|f| explained(&f.error));
        findings.iter().map(|f| f.error.one_line()).collect()
    };
    assert_eq!(said(), said(), "lint says the same twice");
}

/// A template after lines `name=value` and an empty line.
pub fn template(input: &[u8]) {
    crate::scenario::fuzz::template(&text(input));
}

/// A CEL expression in the first line, and the JSON that it is about.
pub fn cel(input: &[u8]) {
    crate::grade::fuzz::cel(&text(input));
}

/// JSON `[pattern, object]`, or an object with lists of RBAC objects.
pub fn fields(input: &[u8]) {
    crate::grade::fuzz::fields(input);
}

/// A file of questions: reading, lint, answering and printing them.
pub fn quiz(input: &[u8]) {
    crate::quiz::fuzz::quiz(&text(input));
}

/// Questions in Moodle's GIFT.
pub fn gift(input: &[u8]) {
    crate::quiz::fuzz::gift(&text(input));
}

/// A class, and a roster.
pub fn class(input: &[u8]) {
    crate::class::fuzz::class(&text(input));
}

/// What a learner handed in.
pub fn bundle(input: &[u8]) {
    crate::bundle::fuzz::bundle(input);
}

/// A hand-in that another machine sent.
pub fn packed(input: &[u8]) {
    crate::marking::fuzz::packed(input);
}

/// The paper of an exam.
pub fn paper(input: &[u8]) {
    crate::exam::fuzz::paper(&text(input));
}

/// Text, as far as it is some.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}
