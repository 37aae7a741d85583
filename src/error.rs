//! Errors at the edge: what went wrong, what to do next, and the exit code. Only `main` prints them.

use std::path::Path;
use std::{fmt, io};

use miette::{Diagnostic, Report};

use crate::cluster::ClusterError;
use crate::history::HistoryError;
use crate::lab::error::LabError;
use crate::printable::{name, printable};
use crate::result::recording::RecordingError;
use crate::scenario::ScenarioError;
use crate::session::error::SessionError;
use crate::sitting::error::SittingError;
use crate::token::redact;

/// How a command that worked ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Passed, or simply done.
    Passed,
    /// Graded in full and not passed, or a proof that does not hold.
    NotPassed,
    /// A scenario is invalid.
    Invalid,
    /// There is no cluster, or this machine cannot run one.
    NoCluster,
    /// Something could not be graded.
    Incomplete,
    /// A program that was run for the user ended with this code.
    Of(u8),
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::NotPassed => 1,
            Self::Invalid => INVALID,
            Self::NoCluster => NO_CLUSTER,
            Self::Incomplete => UNGRADED,
            Self::Of(code) => code,
        }
    }
}

const USAGE: u8 = 2;
const INVALID: u8 = 3;
const NO_CLUSTER: u8 = 4;
const UNGRADED: u8 = 5;

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code.
    pub code: u8,
    /// What to print.
    pub report: Report,
}

/// Shorthand of what commands return.
pub type Result<T> = std::result::Result<T, Failure>;

/// An error whose first line says what happened and whose other lines say what to do.
#[derive(Debug)]
struct Plain {
    message: String,
    help: Option<String>,
}

impl Plain {
    fn new(text: &str) -> Self {
        let (message, help) = match text.split_once('\n') {
            Some((message, help)) => (message, Some(help.to_owned())),
            None => (text, None),
        };
        Self { message: message.to_owned(), help }
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Plain {}

impl Diagnostic for Plain {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
}

impl Failure {
    fn plain(code: u8, error: impl fmt::Display) -> Self {
        let message = error.to_string();
        Self { code, report: Report::new(Plain::new(&printable(&redact(&message)))) }
    }

    /// The command line asks for something that cannot be.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::plain(USAGE, message)
    }

    /// Whether there is anything to say about it.
    pub fn is_silent(&self) -> bool {
        self.report.to_string().is_empty()
    }

    /// There is no cluster to work on.
    pub fn no_cluster(message: impl fmt::Display) -> Self {
        Self::plain(NO_CLUSTER, message)
    }

    /// A file that cannot be read or written.
    pub fn of_file(path: &Path, error: &io::Error) -> Self {
        Self::other(format!("{}: {error}", name(path)))
    }

    /// The output could not be written, or something else that is nobody's choice.
    pub fn other(message: impl fmt::Display) -> Self {
        Self::plain(UNGRADED, message)
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Self::other(error)
    }
}

impl From<Box<ScenarioError>> for Failure {
    fn from(error: Box<ScenarioError>) -> Self {
        use crate::scenario::ScenarioErrorKind::NotFound;
        let code = if error.kind() == NotFound { USAGE } else { INVALID };
        Self { code, report: Report::new(*error) }
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::NotOurs | ClusterError::CannotClean => Self::usage(error),
            _ => Self::no_cluster(error),
        }
    }
}

impl From<crate::distribution::Error> for Failure {
    fn from(error: crate::distribution::Error) -> Self {
        Self::no_cluster(error)
    }
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        let code = match &error {
            LabError::NoAttempt
            | LabError::NoSuchAttempt { .. }
            | LabError::Unfinished { .. }
            | LabError::BeingPlayed { .. }
            | LabError::NamespaceInUse { .. }
            | LabError::NoSandbox { .. }
            | LabError::Workspace { .. } => USAGE,
            LabError::UnknownKind { .. }
            | LabError::Manifest { .. }
            | LabError::Ready { .. }
            | LabError::SetupScript { .. } => INVALID,
            LabError::Io { .. }
            | LabError::Record { .. }
            | LabError::Spawn { .. }
            | LabError::Sandbox(_)
            | LabError::KubectlUseless { .. }
            | LabError::Altered { .. }
            | LabError::LostMeanwhile { .. }
            | LabError::Overtaken { .. } => UNGRADED,
            _ => NO_CLUSTER,
        };
        Self::plain(code, error)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Scenario(error) => error.into(),
            SessionError::Lab(error) => error.into(),
            SessionError::History(error) => error.into(),
            SessionError::Recording(error) => error.into(),
            SessionError::OtherNames { .. }
            | SessionError::AtWork { .. }
            | SessionError::ShellOfEnded { .. } => Self::plain(USAGE, error),
            SessionError::TooLong => Self::plain(UNGRADED, error),
        }
    }
}

impl From<SittingError> for Failure {
    fn from(error: SittingError) -> Self {
        match error {
            SittingError::Scenario(error) => error.into(),
            SittingError::Lab(error) => error.into(),
            SittingError::Cluster(_) | SittingError::SetUp { .. } => Self::no_cluster(error),
            SittingError::Io { .. } | SittingError::NoJournal { .. } => Self::plain(UNGRADED, error),
            _ => Self::usage(error),
        }
    }
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        Self::plain(USAGE, error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // The reader has seen enough: nothing to complain about.
            return Self { code: UNGRADED, report: Report::new(Plain::new("")) };
        }
        Self::other(format!("could not write the output: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_line_of_a_message_is_help() {
        let failure = Failure::from(LabError::NoAttempt);
        assert_eq!(failure.code, 2);
        assert_eq!(failure.report.to_string(), "no attempt is in progress");
        assert!(failure.report.help().unwrap().to_string().starts_with("Start one with"));
    }

    #[test]
    fn a_missing_distribution_says_in_the_help_how_to_get_one() {
        let failure = Failure::from(crate::distribution::Error::NotFound);
        assert_eq!(failure.report.to_string(), "no Kubernetes distribution is installed");
        let help = failure.report.help().unwrap().to_string();
        assert!(help.contains("`satrain distribution build`") && help.contains("fetch"), "{help}");
    }

    #[test]
    fn a_token_in_an_error_is_not_shown() {
        let failure = Failure::other("refused eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2ln");
        assert!(!failure.report.to_string().contains("eyJ"));
    }

    #[test]
    fn a_file_name_cannot_forge_a_line_of_a_message() {
        let refused = io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::of_file(Path::new("a\nhelp: b"), &refused);
        assert_eq!(failure.report.to_string(), "a\\nhelp: b: permission denied");
        assert!(failure.report.help().is_none());
    }

    #[test]
    fn an_error_cannot_command_the_terminal() {
        let failure = Failure::usage("there is another question `a\u{1b}]52;c;aGk=\u{7}`\nhelp \u{1b}[2J");
        let said = format!("{} {}", failure.report, failure.report.help().unwrap());
        assert!(said.contains("\\u{1b}]52") && !said.contains(['\u{1b}', '\u{7}']), "{said}");
    }
}
