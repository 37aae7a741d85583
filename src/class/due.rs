//! Pure: a moment as people write it, in a time zone whose days count.

use std::fmt;

use jiff::fmt::temporal::{DateTimeParser, Pieces};
use jiff::tz::{Disambiguation, TimeZone};
use jiff::{Timestamp, ZonedDateTime};
use serde::{Serialize, Serializer};

/// How a moment is written; for help.
pub(super) const FORM: &str =
    "write it as `2026-12-01 18:00 Europe/Berlin`, or with an offset: `2026-12-01T18:00:00+01:00`";

/// A time that two clock changes make of one is the later one, and one that they skip the one after it: for the learner.
static PARSER: DateTimeParser = DateTimeParser::new().disambiguation(Disambiguation::Later);

/// A moment in a time zone, such as when something is due. A day after it is a calendar day of that zone: 23 or 25 hours where
/// the clocks change between. With an offset instead of a zone a day has 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due(ZonedDateTime);

impl Due {
    /// Reads a date, a time and a time zone (an IANA name, or an offset as in RFC 3339; also RFC 9557); what is wrong otherwise.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let zoned = match text.rsplit_once(' ') {
            Some((time, zone)) if zone.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                format!("{}[{zone}]", time.trim_end())
            }
            Some((time, offset)) if offset.starts_with(['+', '-']) => format!("{}{offset}", time.trim_end()),
            _ => text.to_owned(),
        };
        if zoned.ends_with(']') {
            return PARSER.parse_zoned_datetime(&zoned).map(Self).map_err(|e| e.to_string());
        }
        let pieces = Pieces::parse(&zoned).map_err(|e| e.to_string())?;
        if pieces.time().is_none() {
            return Err("the time of the day is missing".into());
        }
        let offset = pieces.to_numeric_offset().ok_or("the time zone is missing")?;
        let moment: Timestamp = zoned.parse().map_err(|e: jiff::Error| e.to_string())?;
        Ok(Self(moment.to_zoned_datetime(TimeZone::fixed(offset))))
    }

    /// The moment, wherever one is.
    pub fn timestamp(&self) -> Timestamp {
        self.0.timestamp()
    }

    /// The moment of a date and time in the same time zone.
    pub fn there(&self, local: jiff::civil::DateTime) -> Option<Timestamp> {
        local.to_zoned_datetime(self.0.time_zone().clone()).ok().map(|zoned| zoned.timestamp())
    }

    /// Another moment as this one is written, in the same time zone.
    pub fn shown_there(&self, moment: Timestamp) -> String {
        Self(moment.to_zoned_datetime(self.0.time_zone().clone())).to_string()
    }

    /// The moment in its time zone.
    pub(super) fn zoned(&self) -> &ZonedDateTime {
        &self.0
    }
}

/// `2026-12-01 18:00 Europe/Berlin`; seconds where there are some.
impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = if self.0.second() == 0 { "" } else { ":%S" };
        write!(f, "{}", self.0.strftime(&format!("%Y-%m-%d %H:%M{seconds} %:Q")))
    }
}

/// As in RFC 3339, with the offset of the moment: `2026-12-01T18:00:00+01:00`.
impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> String {
        Due::parse(text).unwrap().timestamp().to_string()
    }

    #[test]
    fn a_moment_is_written_for_people_or_as_in_the_standards() {
        for text in [
            "2026-12-01 18:00 Europe/Berlin",
            " 2026-12-01T18:00 Europe/Berlin ",
            "2026-12-01T18:00[Europe/Berlin]",
            "2026-12-01T18:00:00+01:00[Europe/Berlin]",
            "2026-12-01T18:00:00+01:00",
            "2026-12-01 18:00+01:00",
            "2026-12-01 18:00 +01:00",
            "2026-12-01T17:00:00Z",
            "2026-12-01 17:00 UTC",
        ] {
            assert_eq!(utc(text), "2026-12-01T17:00:00Z", "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for (text, words) in [
            ("2026-12-01 18:00", "time zone is missing"),
            ("2026-12-01", "time of the day is missing"),
            ("2026-12-01 18:00 Europe/Atlantis", "Europe/Atlantis"),
            ("2026-02-30 18:00 Europe/Berlin", ""),
            ("2026-12-01 25:00 Europe/Berlin", ""),
            ("2026-12-01T18:00:00+05:00[Europe/Berlin]", ""),
            ("next Monday", ""),
            ("", ""),
        ] {
            let why = Due::parse(text).unwrap_err();
            assert!(!why.is_empty() && why.contains(words), "{text}: {why}");
        }
    }

    #[test]
    fn a_time_that_there_is_twice_or_never_is_the_later_one() {
        assert_eq!(utc("2026-10-25 02:30 Europe/Berlin"), "2026-10-25T01:30:00Z");
        assert_eq!(utc("2026-03-29 02:30 Europe/Berlin"), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn a_moment_is_shown_as_people_write_it_and_reads_again() {
        for text in ["2026-12-01 18:00 Europe/Berlin", "2026-12-01 18:00:30 +01:00", "2026-12-01 23:59 UTC"] {
            let due = Due::parse(text).unwrap();
            assert_eq!(Due::parse(&due.to_string()).unwrap(), due, "{due}");
        }
        let due = Due::parse("2026-12-01T18:00[Europe/Berlin]").unwrap();
        assert_eq!(due.to_string(), "2026-12-01 18:00 Europe/Berlin");
        assert_eq!(serde_json::to_value(&due).unwrap(), "2026-12-01T18:00:00+01:00");
    }
}
