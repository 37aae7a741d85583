//! Pure: a file of comma-separated values as the places of its cells. Nothing is rewritten: who fills a cell replaces exactly
//! its bytes.
//!
//! In: bytes and the delimiter. Out: records of cells, each with its first and last byte, quotes included. Blank lines are no
//! records. Source of the rules: RFC 4180; as in most readers, a quote within an unquoted cell is an ordinary character, and
//! what follows a closing quote belongs to the cell.

/// The largest file, in bytes.
pub(super) const LARGEST: usize = 16 << 20;
/// The most cells.
const MOST_CELLS: usize = 2_000_000;

/// The bytes of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where it starts.
    pub start: usize,
    /// Where the delimiter or line end behind it is.
    pub end: usize,
    /// Whether it stands in quotes.
    pub quoted: bool,
}

/// The cells of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line where it starts, from 1 on.
    pub line: usize,
    /// Its cells; at least one.
    pub cells: Vec<Cell>,
}

/// Why the file has no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellsError {
    /// A quote is never closed.
    #[error("the quote that opens in line {0} is never closed")]
    Open(usize),
    /// It is too large.
    #[error("the file has more than {} MiB or {MOST_CELLS} cells", LARGEST >> 20)]
    TooLarge,
}

/// The records of `bytes` from `start` on.
///
/// # Errors
/// When a quote is not closed, or the file is too large.
pub(super) fn records(bytes: &[u8], start: usize, delimiter: u8) -> Result<Vec<Record>, CellsError> {
    if bytes.len() > LARGEST {
        return Err(CellsError::TooLarge);
    }
    let mut records = Vec::new();
    let (mut at, mut line, mut count) = (start, 1, 0);
    while at < bytes.len() {
        let first = line;
        let mut cells = Vec::new();
        loop {
            let cell = cell(bytes, at, delimiter).ok_or(CellsError::Open(line))?;
            line += breaks(&bytes[cell.start..cell.end]);
            cells.push(cell);
            count += 1;
            if count > MOST_CELLS {
                return Err(CellsError::TooLarge);
            }
            if bytes.get(cell.end) != Some(&delimiter) {
                at = cell.end;
                break;
            }
            at = cell.end + 1;
        }
        let wide = if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
        at += wide;
        line += 1;
        let blank = cells.len() == 1 && cells[0].start == cells[0].end;
        if !blank {
            records.push(Record { line: first, cells });
        }
    }
    Ok(records)
}

/// The cell that starts at `start`; None when its quote is not closed.
fn cell(bytes: &[u8], start: usize, delimiter: u8) -> Option<Cell> {
    let quoted = bytes.get(start) == Some(&b'"');
    let mut at = start;
    if quoted {
        at += 1;
        loop {
            at += bytes.get(at..)?.iter().position(|b| *b == b'"')? + 1;
            if bytes.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
    }
    let rest = &bytes[at..];
    let ends = |b: &u8| *b == delimiter || matches!(*b, b'\n' | b'\r');
    let end = at + rest.iter().position(ends).unwrap_or(rest.len());
    Some(Cell { start, end, quoted })
}

fn breaks(bytes: &[u8]) -> usize {
    let returns = bytes.iter().filter(|b| **b == b'\r').count();
    let pairs = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    bytes.iter().filter(|b| **b == b'\n').count() + returns - pairs
}

/// What a cell says: without its quotes, each doubled quote once.
pub(super) fn value(bytes: &[u8], cell: Cell) -> Vec<u8> {
    let raw = &bytes[cell.start..cell.end];
    if !cell.quoted {
        return raw.to_vec();
    }
    let mut said = Vec::with_capacity(raw.len());
    let mut within = true;
    let mut at = 1;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        if within && byte == b'"' {
            if raw.get(at) == Some(&b'"') {
                at += 1;
            } else {
                within = false;
                continue;
            }
        }
        said.push(byte);
    }
    said
}

/// `text` as the bytes of a cell: in quotes where it must be, or `quoted` says so.
pub(super) fn written(text: &[u8], delimiter: u8, quoted: bool) -> Vec<u8> {
    let special = |b: &u8| *b == delimiter || matches!(*b, b'"' | b'\n' | b'\r');
    let blank = |b: Option<&u8>| b.is_some_and(u8::is_ascii_whitespace);
    if !(quoted || text.iter().any(special) || blank(text.first()) || blank(text.last())) {
        return text.to_vec();
    }
    let mut cell = vec![b'"'];
    for byte in text {
        cell.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
    }
    cell.push(b'"');
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let all = records(text.as_bytes(), 0, b',').unwrap();
        let said = |cell: &Cell| String::from_utf8(value(text.as_bytes(), *cell)).unwrap();
        all.iter().map(|record| record.cells.iter().map(said).collect()).collect()
    }

    #[test]
    fn cells_are_what_they_say() {
        assert_eq!(
            read("a,\"b,\"\"c\"\"\nd\",\r\n\r\n,x\"y\n"),
            [vec!["a", "b,\"c\"\nd", ""], vec!["", "x\"y"]]
        );
        assert_eq!(read("\"a\"z,\" \""), [["az", " "]]);
        assert_eq!(read("a,"), [["a", ""]]);
        assert_eq!(read("a\rb"), [["a"], ["b"]]);
        assert!(read("").is_empty() && read("\n\n").is_empty());
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let text = b"a,\"x\r\ny\"\r\n\nb\n\"open";
        assert_eq!(records(text, 0, b','), Err(CellsError::Open(5)));
        let lines: Vec<usize> = records(&text[..13], 0, b',').unwrap().iter().map(|r| r.line).collect();
        assert_eq!(lines, [1, 4]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            cells in proptest::collection::vec("[a-z ,;\"\r\n\té]{0,9}", 1..6), tab in any::<bool>(),
        ) {
            let delimiter = if tab { b'\t' } else { b',' };
            let row: Vec<Vec<u8>> = cells.iter().map(|cell| written(cell.as_bytes(), delimiter, cell.is_empty())).collect();
            let bytes = row.join(&delimiter);
            let all = records(&bytes, 0, delimiter).unwrap();
            prop_assert_eq!(all.len(), 1);
            let said: Vec<Vec<u8>> = all[0].cells.iter().map(|cell| value(&bytes, *cell)).collect();
            let cells: Vec<Vec<u8>> = cells.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(said, cells);
        }

        #[test]
        fn cells_and_what_is_between_are_the_whole_file(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200,
            ),
        ) {
            let Ok(all) = records(&bytes, 0, b',') else { return Ok(()) };
            let mut at = 0;
            for cell in all.iter().flat_map(|record| &record.cells) {
                prop_assert!(bytes[at..cell.start].iter().all(|b| matches!(b, b',' | b'\r' | b'\n')));
                prop_assert!(cell.start <= cell.end && cell.end <= bytes.len());
                at = cell.end;
            }
            prop_assert!(bytes[at..].iter().all(|b| matches!(b, b'\r' | b'\n')));
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(1000))]
        #[test]
        fn cells_are_those_of_the_csv_crate(bytes in "[,\"\n\ra-d]{0,60}") {
            // The csv crate takes a quote that is never closed as closed by the end.
            let bytes = bytes.as_bytes();
            let Ok(ours) = records(bytes, 0, b',') else { return Ok(()) };
            let ours: Vec<Vec<Vec<u8>>> =
                ours.iter().map(|record| record.cells.iter().map(|cell| value(bytes, *cell)).collect()).collect();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
            let theirs: Vec<Vec<Vec<u8>>> =
                reader.byte_records().map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect()).collect();
            proptest::prop_assert_eq!(ours, theirs);
        }
    }
}
