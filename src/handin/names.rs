//! Pure: what the path of an exported hand-in says: from which system it comes, whose it is, whether it was late.
//!
//! In: a path below the folder that was exported. Out: each way to read it, the most likely first. Names are chosen by learners
//! in part, so one path may have several readings; [`assign`](mod@super::assign) takes none that another one contradicts.
//!
//! Neither system writes the time of the submission into a name. Sources of the rules:
//! - Moodle: `mod/assign/classes/downloader.php` (since 2022) and `download_submissions` of `mod/assign/locallib.php`
//!   (before): `NAME_NUMBER_assignsubmission_file/PATH`, before that with one more `_` behind the folder's name, as one file
//!   `NAME_NUMBER_assignsubmission_file_FILE` where folders are switched off and before 3.1. An underscore in NAME becomes a
//!   blank; `clean_filename` leaves `&<>"`|':\/` and control characters out. NAME is the word for a participant where marking
//!   is blind; `GROUP_GROUPNUMBER` for a group; `GROUP` alone for the default group; before 2022 `GROUP-NAME_NUMBER`.
//! - Canvas: `get_filename` and `add_upload_submission` of `lib/content_zipper.rb`: `NAME_LATE_USER_ATTACHMENT_FILE`, where
//!   NAME is the sortable name (or the group's) in lower case without anything but letters, digits and underscores; `LATE` is
//!   in lower case in older releases, and NAME has hyphens in the oldest; `anon_CODE` stands for NAME and USER where marking is
//!   anonymous; `NAME_USER_text.html` and `_link.html` are texts and addresses. `make_unique_filename` of
//!   `app/models/attachment.rb` makes `FILE-1.sh` of what is uploaded once more.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use crate::lms::text::clean;

/// The longest path that is read, in bytes: Linux's own bound.
pub const LONGEST_PATH: usize = 4096;
/// The longest part of a path that is kept, in characters.
const LONGEST: usize = 255;
/// The most readings of one path.
const MOST_READINGS: usize = 6;
/// The sign of Moodle's exports.
const MOODLE: &str = "_assignsubmission_";

/// The system that exported a hand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Moodle's "download all submissions".
    Moodle,
    /// Canvas's "download submissions".
    Canvas,
    /// Files that somebody named after learners.
    Plain,
}

/// What a path says of the learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// Moodle: the full name, or that of a group, or the word for a participant, and the number of the participant or group.
    Participant {
        /// The name, without some characters.
        name: String,
        /// The number; the default group has none.
        number: Option<u64>,
    },
    /// Canvas: the sortable name, or that of a group, and the number of the user who handed in.
    User {
        /// The name, letters and digits only.
        name: String,
        /// The number of the user.
        user: u64,
        /// The number of the uploaded file; a later one is higher.
        attachment: Option<u64>,
    },
    /// Canvas, marked anonymously.
    Anonymous {
        /// What stands for the learner in this assignment.
        code: String,
        /// The number of the uploaded file.
        attachment: Option<u64>,
    },
    /// The parts of the path that may be the id of a learner.
    Id {
        /// Names of folders and of the file, the latter also without its ending.
        parts: Vec<String>,
    },
}

/// What was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An uploaded file.
    File,
    /// Text typed into the platform, as HTML.
    Text,
    /// An address, as HTML.
    Link,
}

/// One reading of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The system that wrote the name.
    pub system: System,
    /// What it says of the learner.
    pub learner: Clue,
    /// Whether the name says that it was late. Only Canvas does.
    pub late: bool,
    /// What was handed in.
    pub kind: Kind,
    /// The learner's own name of the file: never a path.
    pub file: String,
    /// The other parts of the path, from the outermost on: folders of the instructor and of the learner.
    pub folders: Vec<String>,
    /// The number that was put behind the name since one of this name was there: `solution-1.sh`, `solution (1).sh`. It may be
    /// the learner's own.
    pub sequence: Option<u32>,
}

impl Named {
    /// The number of the upload, where the name says it.
    pub fn attachment(&self) -> Option<u64> {
        match self.learner {
            Clue::User { attachment, .. } | Clue::Anonymous { attachment, .. } => attachment,
            _ => None,
        }
    }
}

/// Why a path is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has no name.
    #[error("the path is empty")]
    Empty,
    /// It is absolute, or goes up.
    #[error("the path leaves the folder of the hand-ins")]
    Outside,
    /// It is longer than a path can be.
    #[error("the path is longer than {LONGEST_PATH} bytes")]
    TooLong,
}

/// All readings of `relative`, a path below the folder of the hand-ins; the most likely first, and at least one.
///
/// # Errors
/// When it is no such path.
pub fn read(relative: &Path) -> Result<Vec<Named>, NameError> {
    if relative.as_os_str().len() > LONGEST_PATH {
        return Err(NameError::TooLong);
    }
    let mut parts = Vec::new();
    for part in relative.components() {
        match part {
            Component::Normal(name) => parts.push(shown(name)),
            Component::CurDir => {}
            _ => return Err(NameError::Outside),
        }
    }
    let Some((file, folders)) = parts.split_last() else { return Err(NameError::Empty) };
    let mut readings = Vec::new();
    match moodle(folders, file).filter(|(named, _)| !goes_up(&named.file)) {
        Some((named, depth)) => {
            readings.push(named);
            // What is below this folder was named by the learner.
            if depth > 0 {
                readings.push(plain(&folders[..depth], file, Vec::new()));
            }
        }
        None => {
            readings.extend(canvas(folders, file).into_iter().filter(|named| !goes_up(&named.file)));
            readings.push(plain(folders, file, with_stem(file)));
        }
    }
    Ok(readings)
}

/// What is left of a name may be no name by itself: `anon_..`.
fn goes_up(name: &str) -> bool {
    matches!(name, "." | "..")
}

fn shown(name: &OsStr) -> String {
    clean(name.as_bytes(), LONGEST)
}

/// The part of the name before its last dot; a name may start with one.
pub(crate) fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

fn with_stem(file: &str) -> Vec<String> {
    let mut parts = vec![file.to_owned()];
    let stem = stem(file);
    parts.extend([stem, unnumbered(stem).0].map(str::to_owned));
    parts.retain(|part| !goes_up(part));
    parts.dedup();
    parts
}

/// `solution-1` and `solution (1)` without the number, and the number.
pub(crate) fn unnumbered(stem: &str) -> (&str, Option<u32>) {
    let digits = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let bracketed = stem.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let found = match bracketed {
        Some((name, number)) => Some((name.trim_end(), digits(number))),
        None => stem.rsplit_once('-').map(|(name, number)| (name, digits(number))),
    };
    match found {
        Some((name, Some(number))) if !name.is_empty() => (name, Some(number)),
        _ => (stem, None),
    }
}

/// The reading of a Moodle export, and how many folders are above the one that Moodle named. The outermost folder with
/// Moodle's sign counts: those below are the learner's.
fn moodle(folders: &[String], file: &str) -> Option<(Named, usize)> {
    for (depth, folder) in folders.iter().enumerate() {
        if let Some((learner, plugin, "" | "_")) = moodle_name(folder) {
            let own = folders[..depth].iter().chain(&folders[depth + 1..]).cloned().collect();
            return Some((moodle_reading(learner, plugin, file, own), depth));
        }
    }
    let (learner, plugin, rest) = moodle_name(file)?;
    let file = rest.strip_prefix('_').filter(|file| !file.is_empty())?;
    Some((moodle_reading(learner, plugin, file, folders.to_vec()), folders.len()))
}

/// `NAME_NUMBER_assignsubmission_PLUGIN` and what follows. A name has no underscores, so the first sign is Moodle's own.
fn moodle_name(part: &str) -> Option<(Clue, &str, &str)> {
    let (who, rest) = part.split_once(MOODLE)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (plugin, rest) = rest.split_at(end);
    if plugin.is_empty() {
        return None;
    }
    let clue = match who.rsplit_once('_').and_then(|(name, number)| Some((name, digits(number)?))) {
        Some((name, number)) => Clue::Participant { name: name.to_owned(), number: Some(number) },
        None => Clue::Participant { name: who.to_owned(), number: None },
    };
    Some((clue, plugin, rest))
}

fn moodle_reading(learner: Clue, plugin: &str, file: &str, folders: Vec<String>) -> Named {
    // The text itself is `onlinetext.html` in each language; pictures in it lie beside it.
    let is_text = plugin == "onlinetext" && file.ends_with(".html");
    let kind = if is_text { Kind::Text } else { Kind::File };
    Named {
        system: System::Moodle,
        learner,
        late: false,
        kind,
        file: file.to_owned(),
        folders,
        sequence: unnumbered(stem(file)).1,
    }
}

/// The readings of a Canvas export. Canvas itself takes the first two numbers (`infer_comment_context_from_filename` of
/// `app/models/abstract_assignment.rb`), but a learner may have put numbers into the name.
fn canvas(folders: &[String], file: &str) -> Vec<Named> {
    let parts: Vec<&str> = file.split('_').collect();
    let reading = |learner, late, kind, own: &str| Named {
        system: System::Canvas,
        learner,
        late,
        kind,
        file: own.to_owned(),
        folders: folders.to_vec(),
        sequence: unnumbered(stem(own)).1,
    };
    let own = |from: usize| parts[from..].join("_");
    let (late, named) = match parts.as_slice() {
        [late, "anon", ..] if is_late(late) => (true, &parts[1..]),
        _ => (false, &parts[..]),
    };
    if let ["anon", code, rest @ ..] = named
        && !code.is_empty()
    {
        let from = parts.len() - rest.len();
        let code = (*code).to_owned();
        let found = match rest {
            [last] if typed(last).is_some() => Some((None, typed(last).unwrap_or(Kind::Text), from)),
            [number, _, ..] => digits(number).map(|number| (Some(number), Kind::File, from + 1)),
            _ => None,
        };
        let found = found.filter(|(_, _, from)| !own(*from).is_empty());
        return found
            .map(|(attachment, kind, from)| {
                reading(Clue::Anonymous { code, attachment }, late, kind, &own(from))
            })
            .into_iter()
            .collect();
    }
    let mut readings = Vec::new();
    for at in 1..parts.len().saturating_sub(1) {
        let Some(user) = digits(parts[at]) else { continue };
        let late = at > 1 && is_late(parts[at - 1]);
        let name = parts[..at - usize::from(late)].join("_");
        let attachment = digits(parts[at + 1]);
        let kind = typed(parts[at + 1]).filter(|_| at + 2 == parts.len());
        let (kind, from) = match (attachment, kind) {
            (Some(_), _) if at + 2 < parts.len() && !own(at + 2).is_empty() => (Kind::File, at + 2),
            (None, Some(kind)) => (kind, at + 1),
            _ => continue,
        };
        readings.push(reading(Clue::User { name, user, attachment }, late, kind, &own(from)));
        if readings.len() == MOST_READINGS {
            break;
        }
    }
    readings
}

fn is_late(part: &str) -> bool {
    part == "LATE" || part == "late"
}

/// Canvas's own pages: `text.html`, `link.html`, with a number where there are several.
fn typed(part: &str) -> Option<Kind> {
    match unnumbered(part.strip_suffix(".html")?).0 {
        "text" => Some(Kind::Text),
        "link" => Some(Kind::Link),
        _ => None,
    }
}

fn digits(part: &str) -> Option<u64> {
    part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()))
}

fn plain(folders: &[String], file: &str, own: Vec<String>) -> Named {
    let parts = folders.iter().cloned().chain(own).collect();
    Named {
        system: System::Plain,
        learner: Clue::Id { parts },
        late: false,
        kind: Kind::File,
        file: file.to_owned(),
        folders: folders.to_vec(),
        sequence: unnumbered(stem(file)).1,
    }
}

#[cfg(test)]
mod tests;
