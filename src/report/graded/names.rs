//! Pure: the names of files about learners, safe on every file system, and hard to guess for other learners.
//!
//! In: a learner's id, and something that only the instructor knows. Out: `anna-0123456789abcdef`. With a key of the class a name
//! stays the same from run to run; without one it changes with the marks.

use sha2::{Digest as _, Sha256};

use crate::class::gradebook::{Gradebook, Standing};

/// The most characters of an id in a name.
const LONGEST: usize = 40;
/// The bytes of a digest in a name.
const BYTES: usize = 8;

/// Names files.
#[derive(Clone)]
pub struct Names {
    secret: [u8; 32],
}

impl Names {
    /// Names by the secret of the class; where it has none, by the names of all its marks: nobody knows what all others handed in.
    pub fn new(secret: Option<[u8; 32]>, book: &Gradebook) -> Self {
        Self { secret: secret.unwrap_or_else(|| of_marks(book)) }
    }

    /// The name of the files about a learner, without what they end with.
    pub fn of(&self, learner: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let shown: String = learner.chars().take(LONGEST).map(plain).collect();
        // No option of a program, and no name without one.
        let shown = match shown.trim_start_matches('-') {
            "" => "learner",
            shown => shown,
        };
        let mut sum = Sha256::new();
        sum.update(b"satrain/page/v1\0");
        sum.update(self.secret);
        sum.update(learner);
        format!("{shown}-{}", hex(&sum.finalize()[..BYTES]))
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names(hidden)")
    }
}

/// By what the files of a class are known again: by its secret, or where it has none by its title.
pub fn owner(secret: Option<[u8; 32]>, title: &str) -> String {
    let mut sum = Sha256::new();
    sum.update(b"satrain/output/v1\0");
    match secret {
        Some(secret) => sum.update(secret),
        None => sum.update(title),
    }
    hex(&sum.finalize()[..BYTES])
}

fn of_marks(book: &Gradebook) -> [u8; 32] {
    let works = book.rows.iter().flat_map(|row| &row.tasks).flat_map(|task| &task.work);
    let mut keys: Vec<&str> = works
        .filter_map(|work| match &work.standing {
            Standing::Graded { key, .. } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    keys.sort_unstable();
    let mut sum = Sha256::new();
    keys.iter().for_each(|key| sum.update(key));
    sum.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(secret: u8) -> Names {
        Names { secret: [secret; 32] }
    }

    #[test]
    fn a_name_is_safe_whatever_the_id_is() {
        let long = "x".repeat(10_000);
        for id in [
            "anna",
            "../../etc/passwd",
            "-rf",
            "",
            "...",
            "a/b\\c:d*?\"<>|",
            "=HYPERLINK(1)",
            "é\u{202e}\0\n",
            "CON",
            &long,
        ] {
            let name = names(1).of(id);
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            assert!(name.chars().all(plain) && !name.starts_with('-') && name.len() <= 64, "{name}");
        }
        assert!(names(1).of("anna").starts_with("anna-"));
    }

    #[test]
    fn a_name_needs_the_secret_and_differs_by_id() {
        assert_ne!(names(1).of("anna"), names(2).of("anna"));
        assert_ne!(names(1).of("a/b"), names(1).of("a_b"));
        assert_eq!(names(1).of("anna"), names(1).of("anna"));
        assert!(!format!("{:?}", names(7)).contains('7'));
        assert_ne!(owner(Some([1; 32]), "A"), owner(None, "A"));
    }
}
