//! The numbers and words of the format.

/// The type of a payload: it says the version before anything is read.
pub(super) const TYPE: &str = "application/vnd.satrain.bundle.v1+json";

/// The largest file, in bytes.
pub const MAX_FILE: usize = 32 << 20;
/// The most that a file unpacks to, in bytes.
pub(super) const MAX_UNPACKED: usize = 64 << 20;

/// The most attempts.
pub(super) const MOST_ATTEMPTS: usize = 100;
/// The most quizzes.
pub(super) const MOST_ANSWERS: usize = 100;
/// The most parameters of an attempt.
pub(super) const MOST_VALUES: usize = 64;
/// The most requests of an attempt.
pub(super) const MOST_REQUESTS: usize = 10_000;

/// Whether it is that many hexadecimal digits, in lower case.
pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
