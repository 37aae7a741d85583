//! A recording from anybody.

use crate::result::recording::{Recording, replay as judge};

/// The bytes of a recording.
pub fn replay(input: &[u8]) {
    let first = judge(input);
    assert_eq!(first, judge(input), "the same recording is judged the same");
    match first {
        Err(error) => assert!(!error.to_string().contains(crate::printable::is_hidden), "{error:?}"),
        Ok(result) => {
            assert!(result.score.points <= result.score.max, "{:?}", result.score);
            written_again(input);
        }
    }
}

/// What was read is written and read as the same.
fn written_again(input: &[u8]) {
    let Ok(recording) = Recording::read(input) else { return };
    if let Ok(bytes) = recording.to_bytes() {
        assert_eq!(Recording::read(&bytes).as_ref(), Ok(&recording), "written and read again");
    }
}
