//! Records the grade of a case, and holds the recording to its promise: judged again, it gives the same result.

use std::path::Path;

use super::plan::Case;
use crate::fs::{Durability, make_private, write_atomic};
use crate::grade::Grade;
use crate::lab::attempt::Attempt;
use crate::result::recording::{Recording, replay};

/// Writes `folder/<scenario>/<case>.json`; `failed` says how the case's script ended badly. What goes wrong here is
/// said in a sentence.
pub(super) fn record(
    folder: &Path,
    case: &Case,
    attempt: &Attempt,
    grade: &Grade,
    failed: Option<String>,
) -> Result<(), String> {
    let cannot = |why: String| format!("it could not be recorded: {why}");
    let recording = Recording::of(attempt, grade, failed);
    let bytes = recording.to_bytes().map_err(|e| cannot(e.to_string()))?;
    let folder = folder.join(&attempt.bound.scenario.id);
    make_private(&folder).map_err(|e| cannot(format!("{}: {e}", folder.display())))?;
    let path = folder.join(format!("{}.json", case.file_stem()));
    write_atomic(&path, &bytes, Durability::Disk).map_err(|e| cannot(format!("{}: {e}", path.display())))?;
    let again = replay(&bytes).map_err(|e| cannot(e.to_string()))?;
    match again == recording.result_of(grade) {
        true => Ok(()),
        false => Err("its recording, judged again, gives another result".into()),
    }
}
