//! Pure: how long something lasts, as people write it: `15m`, `2h`, `7d`, `1w`, `1d 12h`.

use std::cmp::Ordering;

use jiff::{Span, SpanRelativeTo, Unit, ZonedDateTime};

/// How a period is written; for help.
pub(super) const FORM: &str = "write it as `15m`, `2h`, `7d` or `1w`";

/// A length of time above nothing and up to a year. A day is one of the calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period(Span);

impl Period {
    /// Reads `text`; what is wrong otherwise.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let span: Span = text.trim().parse().map_err(|e: jiff::Error| e.to_string())?;
        if span.is_zero() || span.is_negative() {
            return Err("it is no time at all".into());
        }
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err("months and years have no fixed length".into());
        }
        let total = span.total((Unit::Day, SpanRelativeTo::days_are_24_hours()));
        if total.map_err(|e| e.to_string())? > 366.0 {
            return Err("it is longer than a year".into());
        }
        Ok(Self(span))
    }

    /// The moment that is so much later.
    pub(super) fn after(self, moment: &ZonedDateTime) -> ZonedDateTime {
        moment.saturating_add(self.0)
    }

    /// Whether it is longer than `other`, with days of 24 hours.
    pub(super) fn is_longer_than(self, other: Self) -> bool {
        let order = self.0.compare((other.0, SpanRelativeTo::days_are_24_hours()));
        order.is_ok_and(|order| order == Ordering::Greater)
    }
}

/// Whole days after a moment.
pub(super) fn days_after(moment: &ZonedDateTime, days: i32) -> ZonedDateTime {
    moment.saturating_add(Span::new().try_days(days).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_short_words() {
        for text in ["15m", "15 minutes", "2h", "7d", "1w", "1d 12h", "366d"] {
            assert!(Period::parse(text).is_ok(), "{text}");
        }
        for text in ["", "15", "m", "0m", "-15m", "3mo", "1y", "367d", "9000h", "soon"] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn periods_are_compared_by_length() {
        let [day, hours, week] = ["1d", "25h", "1w"].map(|text| Period::parse(text).unwrap());
        assert!(hours.is_longer_than(day) && week.is_longer_than(hours));
        assert!(!day.is_longer_than(day) && !day.is_longer_than(hours));
    }
}
