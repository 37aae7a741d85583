//! As much of Markdown as the documents use. Pure: text in, parts with their line numbers out.

/// A part of a document, and the line on which it stands, from 1.
pub type At<T> = (usize, T);

/// A document, taken apart.
#[derive(Default)]
pub struct Markdown {
    /// What is shown as it stands: code spans, and lines of fenced blocks.
    pub code: Vec<At<String>>,
    /// The targets of links and images.
    pub links: Vec<At<String>>,
    /// The anchors of headings, as GitHub makes them.
    pub anchors: Vec<String>,
}

impl Markdown {
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut fenced = false;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                read.code.push((number, line.to_owned()));
            } else {
                read.line(number, line);
            }
        }
        read
    }

    fn line(&mut self, number: usize, line: &str) {
        if let Some(title) = line.strip_prefix('#') {
            self.anchor(title.trim_start_matches('#').trim());
        }
        let mut prose = String::new();
        // A span that contains backquotes begins and ends with two of them.
        let line = line.replace("`` ", "\u{1}").replace(" ``", "\u{1}");
        for (n, outer) in line.split('\u{1}').enumerate() {
            if n % 2 == 1 {
                continue;
            }
            for (n, part) in outer.split('`').enumerate() {
                match n % 2 {
                    1 => self.code.push((number, part.replace("\\|", "|"))),
                    _ => prose.push_str(part),
                }
            }
        }
        for rest in prose.split("](").skip(1) {
            let target = rest.split_once(')').map_or(rest, |(target, _)| target);
            self.links.push((number, target.to_owned()));
        }
    }

    fn anchor(&mut self, title: &str) {
        let kept = title.to_lowercase().replace(' ', "-");
        let kept: String = kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let same = self.anchors.iter().filter(|a| **a == kept).count();
        self.anchors.push(if same == 0 { kept } else { format!("{kept}-{same}") });
    }
}

#[test]
fn parts_are_found() {
    let read = Markdown::read(
        "# A `b`: c\n[x](y.md#z) `satrain run` ![p](q.svg)\n```sh\n[no](link)\n```\n# A b c\n",
    );
    assert_eq!(read.anchors, ["a-b-c", "a-b-c-1"]);
    assert_eq!(read.links, [(2, "y.md#z".into()), (2, "q.svg".into())]);
    assert_eq!(read.code, [(1, "b".into()), (2, "satrain run".into()), (4, "[no](link)".into())]);
}
