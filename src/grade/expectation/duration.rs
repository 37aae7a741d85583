//! Durations as authors write them: `500ms`, `10s`, `1m`; at most five minutes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest a grade may wait for one check.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A duration that was read once, where it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, with = "String")]
pub struct WrittenDuration(Duration);

/// A text that is not a duration a grade may wait for. The second line says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDuration {
    /// No number with a unit.
    #[error("`{}` is not a duration\nwrite it as `500ms`, `10s` or `1m`", .0.escape_debug())]
    Unreadable(String),
    /// Longer than a grade may wait.
    #[error("`{}` is longer than {} minutes\nwrite it as `500ms`, `10s` or `1m`", .0, MAX_WAIT.as_secs() / 60)]
    TooLong(String),
}

impl WrittenDuration {
    /// The duration itself.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for WrittenDuration {
    type Err = BadDuration;

    fn from_str(text: &str) -> Result<Self, BadDuration> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let bad = || BadDuration::Unreadable(text.to_owned());
        let number: u64 = number.parse().map_err(|_| bad())?;
        let duration = match unit {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60).ok_or_else(bad)?),
            _ => return Err(bad()),
        };
        if duration > MAX_WAIT { Err(BadDuration::TooLong(text.to_owned())) } else { Ok(Self(duration)) }
    }
}

impl TryFrom<String> for WrittenDuration {
    type Error = BadDuration;

    fn try_from(text: String) -> Result<Self, BadDuration> {
        text.parse()
    }
}

impl From<WrittenDuration> for String {
    fn from(written: WrittenDuration) -> Self {
        written.to_string()
    }
}

impl fmt::Display for WrittenDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_the_same_duration() {
        for (text, millis) in [("500ms", 500), ("0s", 0), ("90s", 90_000), ("1m", 60_000), ("5m", 300_000)] {
            let read: WrittenDuration = text.parse().unwrap();
            assert_eq!(read.get(), Duration::from_millis(millis));
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "5", "s", "5 s", "-5s", "1h", "5m1s", "99999999999999999999s", "18446744073709551615m"]
        {
            assert_eq!(text.parse::<WrittenDuration>(), Err(BadDuration::Unreadable(text.into())), "{text}");
        }
        for text in ["301s", "6m", "300001ms"] {
            assert_eq!(text.parse::<WrittenDuration>(), Err(BadDuration::TooLong(text.into())), "{text}");
        }
    }
}
