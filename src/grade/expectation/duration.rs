//! Durations as authors write them.

use std::time::Duration;

/// The longest a grade may wait for one check.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A duration as scenarios write it: `500ms`, `10s`, `1m`; at most five minutes.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let bad = || format!("`{}` is no duration", text.escape_debug());
    let number: u64 = number.parse().map_err(|_| bad())?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60).ok_or_else(bad)?),
        _ => return Err(bad()),
    };
    if duration > MAX_WAIT {
        return Err(format!("`{text}` is longer than {} minutes", MAX_WAIT.as_secs() / 60));
    }
    Ok(duration)
}
