//! What is in the files that were handed in: a script is one part, and a bundle has one for each of its attempts.
//!
//! Reads the files, within bounds. A bundle is a part only after its signature held. Recordings are not kept in memory.

use std::path::PathBuf;
use std::rc::Rc;

use jiff::Timestamp;

use crate::bundle::{Signed, unpack};
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
    /// One attempt of a bundle, whose recordings are left out.
    Attempt(Rc<Signed>, usize),
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
            Ok(mut signed) => {
                for attempt in &mut signed.bundle.attempts {
                    attempt.recording = String::new();
                }
                if signed.bundle.attempts.is_empty() {
                    broken.push((file.relative.clone(), "it holds no attempt".to_owned()));
                }
                let signed = Rc::new(signed);
                let each = 0..signed.bundle.attempts.len();
                parts.extend(
                    each.map(|at| Part { file: file.clone(), what: What::Attempt(signed.clone(), at) }),
                );
            }
            Err(why) => broken.push((file.relative, why)),
        }
    }
    (parts, broken)
}

/// The bundle in a file.
pub(super) fn signed(file: &Found) -> Result<Signed, String> {
    let opened = foreign_file(&file.path).map_err(|e| e.to_string())?;
    unpack(opened).map_err(|e| e.to_string().replace('\n', ". "))
}

impl Part {
    /// As it is given to its learner.
    pub fn hand_in(&self) -> HandIn {
        let task = match &self.what {
            What::Script => None,
            What::Attempt(signed, at) => signed.bundle.attempts.get(*at).map(|one| one.scenario.clone()),
        };
        HandIn { relative: self.file.relative.clone(), modified: self.modified(), task }
    }

    /// What it is called: the file, and what of it.
    pub(super) fn shown(&self) -> String {
        let file = self.file.relative.display();
        let What::Attempt(signed, at) = &self.what else { return file.to_string() };
        match signed.bundle.attempts.get(*at) {
            Some(one) if one.script.is_none() => format!("{file} ({}, recording)", one.scenario),
            Some(one) => format!("{file} ({}, script)", one.scenario),
            None => file.to_string(),
        }
    }

    /// When the file was last changed.
    pub fn modified(&self) -> Option<Timestamp> {
        self.file.modified
    }
}
