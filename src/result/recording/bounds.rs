//! How large a recording may be: its text, and the memory that it takes when it is read.

use super::error::RecordingError;
use super::space;

/// The largest recording: that of a cluster with some ten thousand Pods.
pub const MAX_BYTES: usize = 64 << 20;

/// The most memory that a recording may take.
pub(super) const MAX_SPACE: u64 = 1 << 30;

/// The memory it takes, when that is not too much.
pub(super) fn within_bounds(bytes: &[u8]) -> Result<u64, RecordingError> {
    if bytes.len() > MAX_BYTES {
        let why = format!("it has more than {} MiB", MAX_BYTES >> 20);
        return Err(RecordingError::TooLarge { why });
    }
    let space = space::of_text(bytes);
    if space > MAX_SPACE { Err(too_much_memory()) } else { Ok(space) }
}

pub(super) fn too_much_memory() -> RecordingError {
    RecordingError::TooLarge { why: format!("it would take more than {} MiB of memory", MAX_SPACE >> 20) }
}
