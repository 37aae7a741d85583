//! What was handed in, as the command line names it: folders, files, archives.

use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::class::gradebook::LeftOut;
use crate::error::{Failure, Result};
use crate::fs::foreign_file;
use crate::handin::collect::read;
use crate::handin::{Found, Limits, Skip, Skipped, collect, is_archive, unzip};
use crate::lms::sheet::Sheet;
use crate::printable::{excerpt, name};

/// The files that were found. Those of archives are in folders that are removed with this.
pub(super) struct HandIns {
    pub(super) found: Vec<Found>,
    pub(super) left_out: Vec<LeftOut>,
    _unpacked: Vec<TempDir>,
}

/// Finds them.
pub(super) fn hand_ins(named: &[PathBuf]) -> Result<HandIns> {
    if let Some(gone) = named.iter().find(|path| !path.exists()) {
        return Err(Failure::usage(format!("{}: there is no such file or folder", name(gone))));
    }
    let (mut places, mut unpacked, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for path in named {
        if !is_archive(path) || !path.is_file() {
            places.push(path.clone());
            continue;
        }
        let folder = TempDir::new().map_err(|e| Failure::of_file(&std::env::temp_dir(), &e))?;
        skipped.extend(unzip(path, folder.path(), &Limits::default()).map_err(|e| {
            Failure::usage(format!("{}: this is no archive that can be read: {e}", name(path)))
        })?);
        places.push(folder.path().to_owned());
        unpacked.push(folder);
    }
    let collected = collect(&places, &Limits::default());
    // By its path in the archive.
    let inside = |path: &Path| -> PathBuf {
        let inside = unpacked.iter().find_map(|folder| path.strip_prefix(folder.path()).ok());
        inside.unwrap_or(path).to_owned()
    };
    skipped.extend(collected.skipped.into_iter().map(|one| Skipped { path: inside(&one.path), ..one }));
    // Somebody's many files must not take the place of the others': then nobody's count.
    if let Some(one) = skipped.iter().find(|one| matches!(one.why, Skip::TooMany(_) | Skip::TotalTooLarge(_)))
    {
        return Err(Failure::usage(format!(
            "{}: {}\nNothing was graded. Look whose files these are, take them out, or give fewer folders at a time.",
            excerpt(&name(&one.path), 400),
            one.why
        )));
    }
    let left_out = skipped.iter().map(|one| left_out(&one.path, &one.why.to_string())).collect();
    Ok(HandIns { found: collected.found, left_out, _unpacked: unpacked })
}

/// A file that counts for nobody.
pub(super) fn left_out(path: &Path, why: &str) -> LeftOut {
    LeftOut { file: excerpt(&name(path), 400), why: excerpt(why, 400) }
}

/// The table of a learning platform.
pub(super) fn table(path: &Path) -> Result<Sheet> {
    let refused = |why: &str| Failure::usage(format!("{}: {why}", name(path)));
    let bytes = read(path, 16 << 20).map_err(|e| refused(&e.to_string()))?;
    Sheet::read(bytes).map_err(|e| refused(&e.to_string()))
}

/// A file that satrain writes whole may take the place of an earlier one of its own, which its beginning tells, and of nothing else.
pub(super) fn must_be_own(path: Option<&Path>, option: &str, is_own: impl Fn(&str) -> bool) -> Result<()> {
    let Some(path) = path.filter(|path| path.exists()) else { return Ok(()) };
    let is_own = foreign_file(path).is_ok_and(|file| {
        let mut start = Vec::new();
        let read = file.take(4 << 10).read_to_end(&mut start);
        read.is_ok() && is_own(&String::from_utf8_lossy(&start))
    });
    match is_own {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "{} exists already, and satrain did not write it\nName a new file for `{option}`: nothing else is overwritten.",
            name(path)
        ))),
    }
}

/// A file that is to be written and must not be there yet.
pub(super) fn must_be_new(path: Option<&Path>) -> Result<()> {
    match path {
        Some(path) if path.exists() => Err(Failure::usage(format!(
            "{} exists already\nName a new file for `--fill`: nothing is overwritten.",
            name(path)
        ))),
        _ => Ok(()),
    }
}
