//! What tests of HTML pages share: a hostile text, and a page taken apart.

/// A text that wants out of the element that it is in.
pub(super) const HOSTILE: &str =
    "</style></pre><script>alert(1)</script>\"'`<img src=x onerror=alert(1)>`&amp;\u{1b}[2J\u{202e}<!--";

/// The elements of a page in their order, each with the names of its attributes. Panics where it is not well-formed: each element is
/// closed in turn, but for those that have no end.
pub(super) fn tree(html: &str) -> Vec<(String, Vec<String>)> {
    const EMPTY: [&str; 2] = ["meta", "rect"];
    let (mut elements, mut open, mut rest) = (Vec::new(), Vec::new(), html);
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a bare `>` in {:?}", &rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find('>').unwrap_or_else(|| panic!("a tag has no end: {rest:.60}"));
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if tag == "!DOCTYPE html" {
            continue;
        }
        assert!(!tag.contains('<'), "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed in turn");
            continue;
        }
        let is_closed = tag.ends_with('/');
        let (name, attributes) =
            tag.trim_end_matches('/').split_once(' ').unwrap_or((tag.trim_end_matches('/'), ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        let mut names = Vec::new();
        let mut left = attributes.trim();
        while !left.is_empty() {
            let (attribute, value) = left.split_once("=\"").unwrap_or_else(|| panic!("{tag}"));
            assert!(attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{tag}");
            let (_, after) = value.split_once('"').unwrap_or_else(|| panic!("{tag}"));
            names.push(attribute.to_owned());
            left = after.trim();
        }
        elements.push((name.to_owned(), names));
        if !is_closed && !EMPTY.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new(), "left open");
    elements
}
