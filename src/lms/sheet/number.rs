//! Numbers as a table writes them: with a decimal point or comma, and with its own number of digits.

/// The mark between whole and part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

/// Most digits behind the mark: Canvas shows no more, Moodle's default.
const DIGITS: usize = 2;

/// The number that a cell says; it has no thousands separator and at most one decimal mark.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let body = text.strip_prefix('-').unwrap_or(text);
    if body.is_empty() || !body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',')) {
        return None;
    }
    let number: f64 = text.replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number)
}

/// The decimal mark of a number that has one.
pub(super) fn mark(text: &str) -> Option<Decimal> {
    parse(text)?;
    match (text.contains(','), text.contains('.')) {
        (true, false) => Some(Decimal::Comma),
        (false, true) => Some(Decimal::Point),
        _ => None,
    }
}

/// The number of digits behind the mark.
pub(super) fn digits(text: &str) -> usize {
    text.trim().rsplit_once(['.', ',']).map_or(0, |(_, part)| part.len())
}

/// `number` in two digits at most, and in at least `least` of them where it is written so elsewhere.
pub(super) fn write(number: f64, decimal: Decimal, least: usize) -> String {
    let rounded = format!("{number:.DIGITS$}");
    let (whole, part) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let needed = part.trim_end_matches('0').len().max(least.min(DIGITS));
    let mark = match decimal {
        Decimal::Point => '.',
        Decimal::Comma => ',',
    };
    if needed == 0 { whole.to_owned() } else { format!("{whole}{mark}{}", &part[..needed]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_both_styles() {
        assert_eq!(
            [parse(" 85,50 "), parse("85.5"), parse("-3"), parse("0")],
            [Some(85.5), Some(85.5), Some(-3.0), Some(0.0)]
        );
        for none in ["", "-", "1.234,5", "1e5", "EX", "(read only)", "1 000", ".", "NaN"] {
            assert_eq!(parse(none), None, "{none}");
        }
        assert_eq!([mark("1,5"), mark("1.5"), mark("1")], [Some(Decimal::Comma), Some(Decimal::Point), None]);
    }

    #[test]
    fn numbers_are_written_as_the_table_writes_them() {
        assert_eq!(write(85.0, Decimal::Point, 2), "85.00");
        assert_eq!(write(66.666, Decimal::Comma, 0), "66,67");
        assert_eq!(write(85.0, Decimal::Comma, 0), "85");
        assert_eq!(write(2.5, Decimal::Point, 0), "2.5");
        assert_eq!(write(99.999, Decimal::Point, 5), "100.00");
    }
}
