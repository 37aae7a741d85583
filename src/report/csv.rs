//! Pure: comma-separated values (RFC 4180) that a spreadsheet shows as text and never runs as a formula.

/// Adds a line of `fields` to `text`.
pub fn line<F: AsRef<str>>(text: &mut String, fields: &[F]) {
    let fields: Vec<String> = fields.iter().map(|f| field(f.as_ref())).collect();
    text.push_str(&fields.join(","));
    text.push_str("\r\n");
}

/// Quoted where needed. What a spreadsheet would take for a formula gets a quote before it.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_needed() {
        let mut text = String::new();
        line(&mut text, &["007", "Müller, Anna", "the \"best\"", "two\nlines", ""]);
        assert_eq!(text, "007,\"Müller, Anna\",\"the \"\"best\"\"\",\"two\nlines\",\r\n");
    }

    #[test]
    fn a_spreadsheet_runs_nothing() {
        let mut text = String::new();
        line(&mut text, &["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "a=1"]);
        assert_eq!(text, "\"'=HYPERLINK(\"\"x\"\")\",'+1,'-1,'@SUM(A1),'\t=1,a=1\r\n");
    }
}
