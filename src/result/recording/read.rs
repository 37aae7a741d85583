//! From bytes to a recording, strictly: another version, a broken file or something else is said as such.

use serde::Deserialize;

use super::bounds::{MAX_SPACE, within_bounds};
use super::error::{RecordingError, short};
use super::wire::Wire;
use super::{Recording, check};

/// What every file of satrain says first.
#[derive(Deserialize)]
struct Peek {
    schema: Option<serde_json::Value>,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// When the bytes are no recording of this version, whole and within its bounds.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordingError> {
        let space = within_bounds(bytes)?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(RecordingError::Empty);
        }
        is_a_recording(bytes)?;
        let wire: Wire = serde_json::from_slice(bytes).map_err(|e| RecordingError::from_json(&e, bytes))?;
        let recording = wire.unpack(MAX_SPACE.saturating_sub(space))?;
        check::check(&recording)?;
        Ok(recording)
    }
}

fn is_a_recording(bytes: &[u8]) -> Result<(), RecordingError> {
    // A sequence of the right values would do for the parser.
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
            Ok(_) => Err(RecordingError::SomethingElse { what: "a JSON value that is not an object".into() }),
            Err(e) => Err(RecordingError::from_json(&e, bytes)),
        };
    }
    let peek: Peek = serde_json::from_slice(bytes).map_err(|e| RecordingError::from_json(&e, bytes))?;
    let kind = |schema: &str| schema.rsplit_once('/').map(|(kind, _)| kind.to_owned());
    match peek.schema {
        Some(serde_json::Value::String(schema)) if schema == Recording::SCHEMA => Ok(()),
        Some(serde_json::Value::String(schema)) if kind(&schema) == kind(Recording::SCHEMA) => {
            Err(RecordingError::OtherVersion { found: short(&schema) })
        }
        Some(serde_json::Value::String(schema)) => {
            Err(RecordingError::SomethingElse { what: format!("a file of the format {}", short(&schema)) })
        }
        _ => Err(RecordingError::SomethingElse { what: "JSON of another kind".into() }),
    }
}
