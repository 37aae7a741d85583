//! What is in the files that were handed in: a script is one part, and a bundle has one for each of its attempts.
//!
//! Reads the files, within bounds. A bundle is a part only after its signature held. Its content is read again when it is judged.

use std::path::PathBuf;

use crate::bundle::{Attempt, Refused, Signed, unpack};
use crate::fs::foreign_file;
use crate::handin::{Found, HandIn, is_bundle};

/// Something that a learner handed in for one task.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub file: Found,
    /// What of it.
    pub what: What,
}

/// Where a part is in its file.
#[derive(Debug, Clone)]
pub enum What {
    /// All of it: a script.
    Script,
    /// An attempt of a bundle.
    Attempt(InBundle),
}

/// An attempt of a bundle, without its content: many bundles may be large.
#[derive(Debug, Clone)]
pub struct InBundle {
    /// Its place.
    at: usize,
    /// The scenario.
    scenario: String,
    /// Whether there is a script.
    has_script: bool,
    /// Which bundle it is.
    digest: String,
}

/// The parts of the files, and which of the files are no bundles though they are named so.
pub fn parts(found: Vec<Found>) -> (Vec<Part>, Vec<(PathBuf, String)>) {
    let (mut parts, mut broken) = (Vec::new(), Vec::new());
    for file in found {
        if !is_bundle(&file.relative) {
            parts.push(Part { file, what: What::Script });
            continue;
        }
        match signed(&file) {
            Ok(signed) if signed.bundle.attempts.is_empty() => {
                broken.push((file.relative, "it holds no attempt".to_owned()));
            }
            Ok(signed) => {
                parts.extend(signed.bundle.attempts.into_iter().enumerate().map(|(at, attempt)| {
                    let (scenario, digest) = (attempt.scenario, signed.digest.clone());
                    let one = InBundle { at, scenario, has_script: attempt.script.is_some(), digest };
                    Part { file: file.clone(), what: What::Attempt(one) }
                }));
            }
            Err(why) => broken.push((file.relative, why)),
        }
    }
    (parts, broken)
}

/// The bundle in a file.
fn signed(file: &Found) -> Result<Signed, String> {
    let opened = foreign_file(&file.path).map_err(|e| e.to_string())?;
    unpack(opened).map_err(|e| one_line(&e.to_string()))
}

fn one_line(message: &str) -> String {
    message.replace('\n', ". ")
}

impl InBundle {
    /// The attempt, if its bundle is for this class and of this learner.
    pub(super) fn read(&self, file: &Found, class: &str, learner: &str) -> Result<Attempt, String> {
        let signed = signed(file)?;
        if signed.digest != self.digest {
            return Err("it was changed while it was read".into());
        }
        signed.is_for(class, learner).map_err(|why: Refused| one_line(&why.to_string()))?;
        signed.bundle.attempts.into_iter().nth(self.at).ok_or_else(|| "it holds no attempt".into())
    }
}

impl Part {
    /// As it is given to its learner.
    pub fn hand_in(&self) -> HandIn {
        let task = match &self.what {
            What::Script => None,
            What::Attempt(one) => Some(one.scenario.clone()),
        };
        HandIn { relative: self.file.relative.clone(), modified: self.file.modified, task }
    }

    /// What it is called: the file, and what of it.
    pub(super) fn shown(&self) -> String {
        let file = self.file.relative.display();
        match &self.what {
            What::Script => file.to_string(),
            What::Attempt(one) => {
                let what = if one.has_script { "script" } else { "recording" };
                format!("{file} ({}, {what})", one.scenario)
            }
        }
    }
}
