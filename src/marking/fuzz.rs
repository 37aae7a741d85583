//! What fuzzing asks of what comes from an object store; see `crate::fuzzing`.

use serde_json::Value;

use super::job::Key;
use super::packed::PackedJob;
use super::pool::received;

/// Any bytes as a packed job, and as a mark of it.
pub(crate) fn packed(input: &[u8]) {
    let said: Value = serde_json::from_slice(input).unwrap_or_default();
    let zeros = "0".repeat(64);
    let key = said["key"].as_str().and_then(Key::parse).or_else(|| Key::parse(&zeros));
    let Some(key) = key else { return };
    match PackedJob::unpacked(input, &key) {
        Ok((job, limit)) => {
            assert_eq!(job.key, key, "a job has the name by which it was asked for");
            assert!((1..=PackedJob::MOST_SECONDS).contains(&limit.as_secs()));
            assert!(received(input, &job).is_none(), "a job is no mark");
        }
        Err(why) => assert!(!why.is_empty()),
    }
}
