//! The file of a paper: read as a whole, within bounds.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::read::{ReadPaper, read};
use crate::scenario::{Result, ScenarioError, ScenarioErrorKind};

/// The largest file, in bytes: forty tasks with all their parameters are a tenth of it.
const MAX_BYTES: u64 = 256 << 10;

/// Reads the paper in the file `path`.
///
/// # Errors
/// When it is no such file, or breaks a rule of the format; with its place.
pub fn load(path: &Path) -> Result<ReadPaper> {
    let shown = path.display().to_string().escape_debug().to_string();
    let unreadable = |why: String| {
        ScenarioError::plain(ScenarioErrorKind::Unreadable, format!("{shown}: {why}"))
            .help("name a paper: a YAML file, as `satrain exam draw` prints one")
    };
    // Whoever opens a pipe waits for its writer.
    let kind = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
    if !kind.is_file() {
        return Err(unreadable("this is not a file".into()));
    }
    let mut bytes = Vec::new();
    let read_all = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read_all.map_err(|e| unreadable(e.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(format!("the file is larger than {} KiB", MAX_BYTES >> 10)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("the file is not UTF-8 text".into()))?;
    read(&shown, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_paper_is_told_without_being_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let told = |path: &Path| load(path).unwrap_err().to_string();
        assert!(told(dir.path()).contains("not a file"));
        assert!(told(&dir.path().join("none")).contains("No such file"));
        assert!(told(Path::new("/dev/zero")).contains("not a file"));
        let file = dir.path().join("p.yaml");
        std::fs::write(&file, vec![b'#'; 300 << 10]).unwrap();
        assert!(told(&file).contains("larger than 256 KiB"));
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(told(&file).contains("not UTF-8"));
    }
}
