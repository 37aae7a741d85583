//! Archives that a learning platform exports: unpacked into a folder of our own, within bounds, before anything is collected.
//!
//! In: a ZIP from somebody else. Out: regular files below the folder, with the times that the archive says (else its own), and
//! what was left out. Never: a path that leaves the folder, a link, more bytes than the bounds allow, whatever sizes the archive claims.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::collect::{Limits, Skip, Skipped};
use crate::fs::foreign_file;

/// Whether a file is named as archives are.
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Unpacks `archive` into the empty folder `into`. Out: what was left out.
///
/// # Errors
/// When it is no archive, or nothing can be written.
pub fn unzip(archive: &Path, into: &Path, limits: &Limits) -> io::Result<Vec<Skipped>> {
    let file = foreign_file(archive)?;
    let data = file.metadata()?;
    if data.len() > limits.total {
        return Err(io::Error::other(format!("it has more than {} bytes", limits.total)));
    }
    let exported = data.modified()?;
    let mut zip = ZipArchive::new(file).map_err(io::Error::other)?;
    let (mut skipped, mut total) = (Vec::new(), 0);
    for at in 0..zip.len() {
        if at >= limits.entries {
            skipped.push(Skipped { path: archive.to_owned(), why: Skip::TooMany(limits.entries) });
            break;
        }
        let mut entry = match zip.by_index(at) {
            Ok(entry) => entry,
            Err(e) => {
                let path = archive.join(format!("entry {at}"));
                skipped.push(Skipped { path, why: Skip::Unreadable(e.to_string()) });
                continue;
            }
        };
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        let mut skip = |why| skipped.push(Skipped { path: PathBuf::from(&name), why });
        let Some(relative) = inside(&name) else {
            skip(Skip::Unreadable("its path leaves the folder, or has a backslash".into()));
            continue;
        };
        if relative.components().count() > limits.depth + 1 {
            skip(Skip::TooDeep(limits.depth));
            continue;
        }
        if entry.is_symlink() {
            skip(Skip::Link);
            continue;
        }
        let limit = limits.of(&relative);
        let modified = entry.last_modified().and_then(modified).unwrap_or(exported);
        let room = limit.min(limits.total.saturating_sub(total));
        match written(&mut entry, &into.join(&relative), room, modified) {
            Ok(Some(size)) => total += size,
            Ok(None) if limits.total.saturating_sub(total) < limit => skip(Skip::TotalTooLarge(limits.total)),
            Ok(None) => skip(Skip::TooLarge { size: entry.size(), limit }),
            Err(e) => skip(Skip::Unreadable(e.to_string())),
        }
    }
    Ok(skipped)
}

/// The path of an entry, if it stays inside. A backslash would be a folder here and a character there.
fn inside(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (plain && !name.is_empty() && !name.contains(['\0', '\\'])).then_some(path)
}

/// Writes an entry; None: it has more than `limit` bytes, and nothing of it stays.
fn written<R: Read>(
    entry: &mut ZipFile<'_, R>,
    to: &Path,
    limit: u64,
    modified: SystemTime,
) -> io::Result<Option<u64>> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(to)?;
    let size = io::copy(&mut entry.take(limit + 1), &mut file);
    if !matches!(size, Ok(size) if size <= limit) {
        drop(file);
        fs::remove_file(to)?;
        return size.map(|_| None);
    }
    file.set_modified(modified)?;
    size.map(Some)
}

/// An archive says local times, and the first that it can say where it knows none.
fn modified(time: zip::DateTime) -> Option<SystemTime> {
    if time == zip::DateTime::default() {
        return None;
    }
    let part = |number: u8| i8::try_from(number).ok();
    let (year, month, day) = (i16::try_from(time.year()).ok()?, part(time.month())?, part(time.day())?);
    let local =
        DateTime::new(year, month, day, part(time.hour())?, part(time.minute())?, part(time.second())?, 0);
    TimeZone::system().to_timestamp(local.ok()?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("export.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        let time = zip::DateTime::from_date_and_time(2026, 3, 4, 5, 6, 8).unwrap();
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default().last_modified_time(time)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        (home, path)
    }

    fn unpacked(entries: &[(&str, &[u8])], limits: &Limits) -> (tempfile::TempDir, PathBuf, Vec<String>) {
        let (home, path) = archive(entries);
        let into = home.path().join("into");
        fs::create_dir(&into).unwrap();
        let skipped = unzip(&path, &into, limits).unwrap();
        (home, into, skipped.iter().map(|one| format!("{}: {}", one.path.display(), one.why)).collect())
    }

    #[test]
    fn files_come_out_with_their_times() {
        let (_home, into, skipped) = unpacked(
            &[("Anna_7_assignsubmission_file/a.sh", b"true"), ("b.sh", b"false")],
            &Limits::default(),
        );
        assert_eq!(skipped, Vec::<String>::new());
        let file = into.join("Anna_7_assignsubmission_file/a.sh");
        assert_eq!(fs::read(&file).unwrap(), b"true");
        let time = jiff::Timestamp::try_from(fs::metadata(&file).unwrap().modified().unwrap()).unwrap();
        assert_eq!(TimeZone::system().to_datetime(time).to_string(), "2026-03-04T05:06:08");
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let deep = format!("{}out.sh", "a/".repeat(1000));
        let names = ["../out.sh", "/out.sh", "a/../../out.sh", "..\\out.sh", "a\\b.sh", "./x.sh", "", &deep];
        for name in names {
            let (home, into, skipped) = unpacked(&[(name, b"x"), ("in.sh", b"y")], &Limits::default());
            assert_eq!(skipped.len(), usize::from(name != "./x.sh"), "{name}: {skipped:?}");
            assert!(!home.path().join("out.sh").exists() && into.join("in.sh").exists(), "{name}");
        }
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("links.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        zip.add_symlink("a.sh", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        zip.add_symlink("folder", "/tmp", SimpleFileOptions::default()).unwrap();
        zip.start_file("folder/b.sh", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        let into = home.path().join("into");
        fs::create_dir(&into).unwrap();
        let skipped = unzip(&path, &into, &Limits::default()).unwrap();
        assert!(skipped.iter().all(|one| one.why == Skip::Link) && skipped.len() == 2, "{skipped:?}");
        assert!(into.join("folder/b.sh").exists());
    }

    #[test]
    fn a_bomb_stops_at_its_bound_and_leaves_nothing() {
        let bomb = vec![0; 5 << 20];
        let (_home, into, skipped) = unpacked(&[("a.sh", &bomb), ("b.sh", b"x")], &Limits::default());
        assert!(skipped.len() == 1 && skipped[0].contains("more than 1048576"), "{skipped:?}");
        assert!(!into.join("a.sh").exists() && into.join("b.sh").exists());
        let some = vec![1; 600 << 10];
        let entries: Vec<(&str, &[u8])> = ["a", "b", "c"].map(|name| (name, some.as_slice())).into();
        let (_home, into, skipped) = unpacked(&entries, &Limits { total: 1 << 20, ..Limits::default() });
        assert!(skipped.len() == 2 && skipped[0].contains("all files together"), "{skipped:?}");
        assert!(into.join("a").exists() && !into.join("b").exists());
        let (_home, _, skipped) = unpacked(&entries, &Limits { entries: 2, ..Limits::default() });
        assert!(skipped.len() == 1 && skipped[0].contains("more than 2 entries"), "{skipped:?}");
    }

    #[test]
    fn two_entries_of_one_name_and_no_archive_are_told() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("none.zip");
        fs::write(&path, "PK\u{3}\u{4}no archive").unwrap();
        unzip(&path, home.path(), &Limits::default()).unwrap_err();
        // A file stands where a folder is to be.
        let (_home, _, skipped) = unpacked(&[("a", b"x"), ("a/b.sh", b"y")], &Limits::default());
        assert_eq!(skipped.len(), 1, "{skipped:?}");
    }
}
