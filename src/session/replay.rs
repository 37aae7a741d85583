//! Judges a recorded grade again, within bounds: the recording may come from anybody.

use std::sync::mpsc;
use std::time::Duration;

use super::error::{Result, SessionError};
use crate::result::format::ResultV1;
use crate::result::recording::Recording;

/// Real grades are judged within a second. What takes longer was made to take long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The recording in `bytes`, and the result that its grade had.
pub fn judged(bytes: Vec<u8>) -> Result<(Recording, ResultV1)> {
    let (tell, told) = mpsc::channel();
    // In a thread of its own: one that does not come to an end goes with the process.
    std::thread::spawn(move || {
        let judged = Recording::read(&bytes).map(|recording| {
            let result = recording.result();
            (recording, result)
        });
        // Nobody listens any more when it took too long.
        let _ = tell.send(judged);
    });
    match told.recv_timeout(PATIENCE) {
        Ok(judged) => Ok(judged?),
        Err(_) => Err(SessionError::TooLong),
    }
}
