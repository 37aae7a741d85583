//! The text of what Moodle's editor wrote as HTML: its formats' names are taken away, and so are tags; what ends a line there
//! ends one here, and code is in backticks.
//!
//! In: a text of GIFT, without its escapes. Out: text. One pass; nothing is nested, so nothing can be nested too deep.

use std::borrow::Cow;

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 17] = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "pre",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "hr",
];

/// No tag that an editor writes is longer; pictures in the text may be.
const LONGEST_TAG: usize = 64 << 10;

/// Elements that show nothing of what is in them.
const SILENT: [&str; 2] = ["script", "style"];

/// The text behind the name of its format, if it has one, and whether it is HTML.
pub(super) fn format(text: &str) -> (&str, bool) {
    let text = text.trim_start();
    for (name, is_html) in [("[html]", true), ("[moodle]", true), ("[plain]", false), ("[markdown]", false)] {
        if let Some(rest) = text.strip_prefix(name) {
            return (rest, is_html);
        }
    }
    (text, false)
}

/// HTML as text.
pub(super) fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut tags = Tags { html, at: 0, end: 0 };
    while let Some(before) = tags.until("<") {
        out.push_str(before);
        let Some((name, is_end)) = tags.tag() else {
            // A sign and no tag: `a < b`.
            out.push('<');
            tags.at += 1;
            continue;
        };
        if SILENT.contains(&name.as_ref()) && !is_end {
            tags.leave(&name);
        } else if name == "code" || name == "tt" {
            out.push('`');
        } else if BLOCKS.contains(&name.as_ref()) && !out.ends_with('\n') {
            out.push('\n');
        }
        if name == "li" && !is_end {
            out.push_str("- ");
        }
    }
    out.push_str(tags.rest());
    let text = htmlize::unescape(out);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut tidy = String::with_capacity(text.len());
    for line in lines {
        // One empty line at most.
        if !(line.is_empty() && (tidy.is_empty() || tidy.ends_with("\n\n"))) {
            tidy.push_str(&line);
            tidy.push('\n');
        }
    }
    tidy.trim_end().to_owned()
}

/// Goes through HTML from tag to tag.
struct Tags<'a> {
    html: &'a str,
    /// What has been read.
    at: usize,
    /// Where a tag ends next, as found last: it holds for all that begins before, so that nothing is searched twice.
    end: usize,
}

impl<'a> Tags<'a> {
    fn rest(&self) -> &'a str {
        &self.html[self.at..]
    }

    /// Goes to the next `sign`. Out: the text before it.
    fn until(&mut self, sign: &str) -> Option<&'a str> {
        let before = &self.rest()[..self.rest().find(sign)?];
        self.at += before.len();
        Some(before)
    }

    /// Goes behind the tag that begins here. Out: its name, and whether it ends an element.
    fn tag(&mut self) -> Option<(Cow<'a, str>, bool)> {
        let inner = self.rest().strip_prefix('<')?;
        if inner.starts_with("!--") {
            let end = inner.find("-->").map_or(inner.len(), |at| at + 3);
            self.at += 1 + end;
            return Some((Cow::Borrowed("!--"), true));
        }
        let (inner, is_end) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let name = &inner[..length];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        if self.end <= self.at {
            self.end = self.rest().find('>').map_or(usize::MAX, |at| self.at + at + 1);
        }
        if self.end - self.at > LONGEST_TAG {
            return None;
        }
        self.at = self.end;
        let name = match name.chars().any(|c| c.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        };
        Some((name, is_end))
    }

    /// Goes behind the end of the element.
    fn leave(&mut self, name: &str) {
        while self.until("</").is_some() {
            match self.tag() {
                Some((ended, _)) if ended == name => return,
                Some(_) => {}
                None => self.at += 2,
            }
        }
        self.at = self.html.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moodles_editor_writes_is_text() {
        for (html, expected) in [
            ("<p>A <code>b: false</code>, the Pod says <b>true</b>.</p>", "A `b: false`, the Pod says true."),
            ("<p>One</p><p>two &amp; three&nbsp;&lt;b&gt;</p>", "One\ntwo & three <b>"),
            ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
            ("a<br>b<BR/>c", "a\nb\nc"),
            ("x <script>alert('a </p> b')</script>y<!-- no -->z", "x yz"),
            ("if a < b and c > d", "if a < b and c > d"),
            ("an open <b", "an open <b"),
            ("<style>p { }", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn the_format_is_not_part_of_the_text() {
        assert_eq!(format("[html]<p>a</p>"), ("<p>a</p>", true));
        assert_eq!(format(" [markdown]a"), ("a", false));
        assert_eq!(format("[a] list"), ("[a] list", false));
    }

    #[test]
    fn work_grows_with_the_length_only() {
        for part in ["<b>", "<", "<b", "<b\n", "<script></scrip", "<script></b", "<!--", "&lt;", "&", "</"] {
            let long = part.repeat((1 << 20) / part.len());
            assert!(text(&long).len() <= long.len());
        }
    }
}
