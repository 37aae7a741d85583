//! Comma-separated text (RFC 4180) as rows whose fields know where they stand.
//!
//! In: untrusted text as spreadsheets export it: commas, semicolons or tabs, with or without a byte order mark. Out: a
//! [`Table`], or the first error with its place. Never: files, what a column means.

use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};

use crate::plural::counted;
use crate::printable::is_hidden;
use crate::scenario::{Result, ScenarioError, error_in};

/// What may stand between fields.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A table with a header.
pub(super) struct Table<'a> {
    name: &'a str,
    text: &'a str,
    delimiter: u8,
    header: Row,
    /// The rows below the header that are not empty.
    pub(super) rows: Vec<Row>,
}

/// A line of a table.
#[derive(Clone)]
pub(super) struct Row {
    /// The fields, without blanks around them; as many as there are columns.
    pub(super) fields: Vec<String>,
    /// Where the line begins.
    start: usize,
}

impl<'a> Table<'a> {
    /// Reads the text of the file `name`. `wanted` is a column that the table must have: by it the delimiter is found.
    pub(super) fn read(name: &'a str, text: &'a str, wanted: &str, longest: usize) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (delimiter, header) = header(text, wanted);
        let Some(header) = header else {
            return Err(error_in(name, text, 0..0, "the file is empty")
                .help(format!("its first line names the columns; one of them is `{wanted}`")));
        };
        let mut table = Self { name, text, delimiter, header, rows: Vec::new() };
        table.sound(&table.header)?;
        for row in records(text, delimiter).skip(1) {
            if row.fields.iter().all(String::is_empty) {
                continue;
            }
            table.sound(&row)?;
            let row = table.as_wide_as_the_header(row)?;
            if table.rows.len() == longest {
                let message = format!("the file has more than {}", counted(longest, "line"));
                return Err(table.error(&row, 0, message));
            }
            table.rows.push(row);
        }
        Ok(table)
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.header.fields
    }

    /// An error about the name of a column.
    pub(super) fn error_in_header(&self, column: usize, message: impl Into<String>) -> Box<ScenarioError> {
        self.error(&self.header, column, message)
    }

    /// An error about a field.
    pub(super) fn error(&self, row: &Row, column: usize, message: impl Into<String>) -> Box<ScenarioError> {
        error_in(self.name, self.text, span(self.text, row.start, self.delimiter, column), message)
    }

    /// Refuses line breaks in fields, since a quote that is not closed swallows all lines below it, and what nobody sees.
    fn sound(&self, row: &Row) -> Result<()> {
        for (column, field) in row.fields.iter().enumerate() {
            if field.contains(['\n', '\r']) {
                return Err(self
                    .error(row, column, "the field goes over several lines")
                    .help("close its quote (\"), or remove the line breaks in it"));
            }
            if let Some(hidden) = field.chars().find(|c| is_hidden(*c)) {
                let message = format!("the field holds the invisible character U+{:04X}", u32::from(hidden));
                return Err(self.error(row, column, message).help("remove it"));
            }
        }
        Ok(())
    }

    /// Empty fields beyond the last column are left out: spreadsheets write them.
    fn as_wide_as_the_header(&self, mut row: Row) -> Result<Row> {
        let width = self.header.fields.len();
        if row.fields.len() < width {
            let has = counted(row.fields.len(), "field");
            let message = format!("the line has {has}, and the header has {}", counted(width, "column"));
            return Err(self.error(&row, 0, message).help("leave fields empty, but not out"));
        }
        if let Some(more) = row.fields.iter().skip(width).position(|field| !field.is_empty()) {
            return Err(self
                .error(&row, width + more, "the field is in no column")
                .help("put a field that holds the delimiter into quotes (\")"));
        }
        row.fields.truncate(width);
        Ok(row)
    }
}

/// The delimiter by which the first line has the column `wanted`, or else the most columns; and that line.
fn header(text: &str, wanted: &str) -> (u8, Option<Row>) {
    let tried = DELIMITERS.map(|delimiter| (delimiter, records(text, delimiter).next()));
    let rank = |(_, row): &(u8, Option<Row>)| {
        row.as_ref().map(|row| (row.fields.iter().any(|f| f.eq_ignore_ascii_case(wanted)), row.fields.len()))
    };
    // The first of the best.
    let best = tried.iter().rev().max_by_key(|tried| rank(tried)).cloned();
    best.unwrap_or((DELIMITERS[0], None))
}

/// The lines that are not empty.
fn records(text: &str, delimiter: u8) -> impl Iterator<Item = Row> + '_ {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    std::iter::from_fn(move || {
        let mut record = StringRecord::new();
        // Text in memory is always there, and always UTF-8.
        reader.read_record(&mut record).unwrap_or(false).then_some(record)
    })
    .map(move |record| {
        let at = record.position().map_or(0, csv::Position::byte);
        let at = usize::try_from(at).unwrap_or(text.len());
        // The reader counts the end of the line before it, and empty lines, as part of a line.
        let rest = text.get(at..).unwrap_or_default();
        let start = text.len() - rest.trim_start_matches(['\r', '\n']).len();
        Row { fields: record.iter().map(|field| trimmed(field).to_owned()).collect(), start }
    })
}

/// Without blanks around it. Line breaks stay: a quote that is not closed is known by them.
fn trimmed(field: &str) -> &str {
    field.trim_matches(|c: char| c.is_whitespace() && !matches!(c, '\n' | '\r'))
}

/// The bytes of a field of the line that begins at `start`.
fn span(text: &str, start: usize, delimiter: u8, column: usize) -> Range<usize> {
    let (mut at, mut left) = (start, column);
    loop {
        let end = end_of_field(text.as_bytes(), at, delimiter);
        if left == 0 || text.as_bytes().get(end) != Some(&delimiter) {
            return at..end;
        }
        (at, left) = (end + 1, left - 1);
    }
}

/// Where the field ends that begins at `start`.
fn end_of_field(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    let mut at = start;
    let mut quoted = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' if at == start => quoted = true,
            // Two quotes are one of the text.
            b'"' if quoted && bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' => quoted = false,
            _ if quoted => {}
            b'\r' | b'\n' => break,
            _ if byte == delimiter => break,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let error = Table::read("r.csv", text, "id", 3).map(|_| ()).unwrap_err();
        error.one_line()
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        let table = Table::read("r.csv", text, "id", 9).unwrap_or_else(|e| panic!("{}", e.one_line()));
        std::iter::once(table.columns().to_vec()).chain(table.rows.iter().map(|r| r.fields.clone())).collect()
    }

    #[test]
    fn spreadsheets_write_the_same_table_in_many_ways() {
        let wanted = [["id", "name"], ["007", "Müller, A."], ["8", "a;b"]].map(|row| row.map(str::to_owned));
        for text in [
            "id,name\n007,\"Müller, A.\"\n8,a;b\n",
            "\u{feff}id;name\r\n007;Müller, A.\r\n8;\"a;b\"\r\n",
            "id\tname\n\n007\tMüller, A.\n \t \n8\ta;b",
            "\"id\",\"name\"\n\"007\",\"Müller, A.\"\n 8 , a;b ,,\n,\n",
        ] {
            assert_eq!(fields(text), wanted, "{text}");
        }
        assert_eq!(fields("ID\n1\n"), [["ID"], ["1"]]);
        assert_eq!(fields("id,x\n1,\"a \"\"b\"\"\"\n"), [["id", "x"], ["1", "a \"b\""]]);
    }

    #[test]
    fn an_error_stands_at_its_field() {
        for (text, wanted) in [
            ("", "r.csv:1:1: the file is empty"),
            ("\n\n", "r.csv:1:1: the file is empty"),
            ("id,name\n1\n", "r.csv:2:1: the line has 1 field, and the header has 2 columns"),
            ("id,name\r\n\r\n1,a\r\n2,b,c\r\n", "r.csv:4:5: the field is in no column"),
            ("id,name\n1,\"a\n2,b\n", "r.csv:2:3: the field goes over several lines"),
            ("id,name\n1,\"a\n", "r.csv:2:3: the field goes over several lines"),
            ("id,name\n1,a\u{200b}\n", "r.csv:2:3: the field holds the invisible character U+200B"),
            ("\u{feff}id,n\u{1b}\n1,a\n", "r.csv:1:4: the field holds the invisible character U+001B"),
            ("id,name\n\"a,\"\"b\",c,d\n", "r.csv:2:11: the field is in no column"),
            ("id\n1\n2\n3\n4\n", "r.csv:5:1: the file has more than 3 lines"),
        ] {
            assert_eq!(told(text), wanted, "{text:?}");
        }
    }
}
