//! What can go wrong with a distribution; each error says what to do next, on lines of its own.
//!
//! In: nothing. Out: [`Error`]. An error never hides another: the cause is a `source` or part of the text.

use std::path::{Path, PathBuf};

use super::findings::Missing;
use crate::objects::url::shown;
use crate::printable::name;

/// The result of everything in `distribution`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no distribution.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {doing} {path}: {source}", path = name(path))]
    Io {
        /// An infinitive: "write", "create".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file system is full.
    #[error("no space left on the disk while building below {path}\nFree some, or set XDG_CACHE_HOME (and GOCACHE, \
             GOMODCACHE) to a larger disk. What is compiled so far is kept.", path = name(path))]
    DiskFull {
        /// The cache directory.
        path: PathBuf,
    },
    /// A directory does not hold a usable distribution.
    #[error("{dir} is not a usable distribution: {why}\nBuild one with `satrain distribution build`.", dir = name(dir))]
    NotADistribution {
        /// The directory.
        dir: PathBuf,
        /// What is missing.
        why: String,
    },
    /// Nowhere is a distribution.
    #[error(
        "no Kubernetes distribution is installed\nBuild it with `satrain distribution build` (about 7 minutes, once), \
             or get a release archive with `satrain distribution fetch`."
    )]
    NotFound,
    /// The build cannot begin: everything that is missing, at once.
    #[error("{0}")]
    Prerequisites(Missing),
    /// Installing the missing packages failed.
    #[error("`{command}` failed ({status})\nRun it yourself to see why. Its last lines:\n{tail}")]
    Install {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// Its last lines.
        tail: String,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Go could not compile.
    #[error("{step} failed ({status})\nThe full log is {log}. Its last lines:\n{tail}", log = name(log))]
    Compile {
        /// The step.
        step: String,
        /// How go ended.
        status: String,
        /// Its last lines.
        tail: String,
        /// All that go said.
        log: PathBuf,
    },
    /// Go could not fetch a module.
    #[error("{step}: a Go module could not be fetched\nCheck the network, and `go env GOPROXY` (a mirror or a file:// \
             proxy works too); then build again, it goes on where it stopped. The full log is {log}. Its last \
             lines:\n{tail}", log = name(log))]
    Network {
        /// The step.
        step: String,
        /// go's last lines.
        tail: String,
        /// All that go said.
        log: PathBuf,
    },
    /// The kernel killed the compiler.
    #[error(
        "{step}: the compiler was killed, most likely for lack of memory\nClose other programs or build with fewer \
             jobs (`satrain distribution build --jobs 1`); it goes on where it stopped."
    )]
    OutOfMemory {
        /// The step.
        step: String,
    },
    /// go said something that satrain does not understand.
    #[error("unexpected answer of {command}: {answer}")]
    GoAnswer {
        /// The command line.
        command: String,
        /// What came.
        answer: String,
    },
    /// The user interrupted.
    #[error("interrupted\nNothing half-done is used, and the next run goes on where this one stopped.")]
    Cancelled,
    /// No checksum is known for a download.
    #[error(
        "no SHA-256 is known for {url}, and nothing is unpacked unchecked\nGive the archive's with --sha256: \
             SHA256SUMS is beside the archive.", url = source(url)
    )]
    NoSum {
        /// The address.
        url: String,
    },
    /// No address was given, and the program knows none.
    #[error(
        "this satrain was compiled from sources and knows no release of the distribution\nGive the archive's address and its \
         sum, `satrain distribution fetch URL --sha256 SUM`, or compile it here: `satrain distribution build`"
    )]
    NoRelease,
    /// An address that cannot be one.
    #[error(
        "{url} is no address of an archive: {why}\nGive a URL that begins with https:// or http://, or the path of a file.",
        url = source(url)
    )]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that is no archive.
    #[error("cannot read {path}: {why}\nName an archive as `satrain distribution pack` writes it.", path = name(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A download failed for good.
    #[error("cannot download {url}: {why}", url = source(url))]
    Download {
        /// The address.
        url: String,
        /// The last failure; what to do, if that is known, on a line of its own.
        why: String,
    },
    /// A download is not the file that was asked for.
    #[error(
        "{url} has SHA-256 {found}, expected {expected}{deleted}\nCompare with the release's SHA256SUMS and \
             try again.", url = source(url), deleted = if is_url(url) { "; it was deleted" } else { "" }
    )]
    WrongSum {
        /// The address.
        url: String,
        /// As given.
        expected: String,
        /// As computed.
        found: String,
    },
    /// An archive holds what no distribution holds.
    #[error("refused to unpack {archive}: {why}", archive = name(archive))]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// The offending entry.
        why: String,
    },
}

/// Whether it is an address, and not the path of a file.
pub(super) fn is_url(source: &str) -> bool {
    source.contains("://")
}

/// Where an archive comes from, as it may be shown: without a password, on one line.
pub(super) fn source(url: &str) -> String {
    let safe = if is_url(url) { shown(url) } else { url.to_owned() };
    name(Path::new(&safe))
}

impl Error {
    /// Wraps an I/O error; a full disk becomes [`Error::DiskFull`].
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::Io { doing, path: path.to_owned(), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_on_lines_of_its_own() {
        let (path, text) = (|| PathBuf::from("/x"), || "t".to_owned());
        for (error, remedy) in [
            (Error::DiskFull { path: path() }, "Free some"),
            (Error::NotADistribution { dir: path(), why: text() }, "Build one"),
            (Error::NotFound, "Build it"),
            (Error::Install { command: text(), status: text(), tail: "a\nb".into() }, "Run it yourself"),
            (Error::Compile { step: text(), status: text(), tail: text(), log: path() }, "The full log"),
            (Error::Network { step: text(), tail: text(), log: path() }, "Check the network"),
            (Error::OutOfMemory { step: text() }, "Close other programs"),
            (Error::Cancelled, "Nothing half-done"),
            (Error::NoSum { url: text() }, "Give the archive's"),
            (Error::NoRelease, "Give the archive's address"),
            (Error::Address { url: text(), why: text() }, "Give a URL"),
            (Error::Unreadable { path: path(), why: text() }, "Name an archive"),
            (Error::WrongSum { url: text(), expected: text(), found: text() }, "Compare with"),
        ] {
            let said = error.to_string();
            let (what, to_do) = said.split_once('\n').unwrap_or_default();
            assert!(!what.contains([';', '.']) || matches!(error, Error::WrongSum { .. }), "{what}");
            assert!(to_do.starts_with(remedy), "{said}");
        }
    }
    #[test]
    fn a_source_is_told_without_its_password_and_on_one_line() {
        let (expected, found) = ("a".to_owned(), "b".to_owned());
        let url = "http://user:pass1@host/x\nhelp: y".to_owned();
        for error in [
            Error::NoSum { url: url.clone() },
            Error::Address { url: url.clone(), why: "why".into() },
            Error::Download { url: url.clone(), why: "why".into() },
            Error::WrongSum { url, expected: expected.clone(), found: found.clone() },
        ] {
            let said = error.to_string();
            assert!(said.contains("http://host/x") && !said.contains("pass1"), "{said}");
            assert!(!said.contains("\nhelp"), "{said}");
        }
        let error = Error::WrongSum { url: "a\nhelp: y".into(), expected, found };
        assert!(error.to_string().starts_with("a\\nhelp: y has SHA-256 b, expected a\nCompare"), "{error}");
    }
}
