//! What a composed script told about each variation that it played.

/// The first word of a line that tells something.
pub(super) const MARK: &str = "satrain-variation";

/// What became of a variation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It did what it says.
    Done,
    /// It does not fit here, and changed nothing.
    Misfit(String),
    /// It could not do what it says.
    Failed(String),
}

/// What `lines`, the output of a composed script, tell about the variation `name`.
pub fn told(lines: &[String], name: &str) -> Told {
    let own = |line: &&String| {
        line.strip_prefix(MARK)
            .and_then(|rest| rest.trim_start().strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(' '))
    };
    let Some(line) = lines.iter().rev().find(own) else {
        return Told::Failed("it was not played to its end".into());
    };
    let mut words = line.splitn(4, ' ').skip(2);
    let (code, why) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim());
    match code {
        "0" => Told::Done,
        "77" => Told::Misfit(why.to_owned()),
        "78" => Told::Failed(format!("it did not take effect: {why}")),
        _ => Told::Failed(format!("its script ended with exit code {code}: {why}")),
    }
}
