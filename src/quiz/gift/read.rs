//! Items out of GIFT: those that satrain wrote, and questions that somebody wrote for Moodle.
//!
//! Never: a command. Whoever reads a file of questions does not expect it to run anything, so an experiment in the
//! comment of satrain is dropped.

use std::collections::{HashMap, HashSet};

use super::REST;
use super::block::{block, is_comment, place};
use super::question::{Comment, item};
use super::syntax::Fault;
use crate::quiz::model::{Quiz, QuizVersion};

/// The topic of questions without a category.
const IMPORTED: &str = "imported";

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct GiftError {
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line, in characters, counted from 1.
    pub column: usize,
    /// What is wrong; below its first line, what to do.
    pub why: String,
}

/// Reads all questions; those of one category are a topic.
///
/// # Errors
/// When a question is not closed, or of a form that satrain has none of.
pub fn read(text: &str) -> Result<Vec<Quiz>, GiftError> {
    let mut topics: Vec<Quiz> = Vec::new();
    let (mut places, mut ids): (HashMap<String, usize>, HashSet<String>) = Default::default();
    let mut names = HashMap::new();
    let mut topic = IMPORTED.to_owned();
    let mut rest: Option<Comment> = None;
    // What Windows' editors begin a file with.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        let first = next;
        let refused = |fault: Fault| {
            let (line, column) = place(&lines[first..], fault.at);
            GiftError { line: first + line, column, why: fault.why }
        };
        let at_first = |why: String| refused(Fault { at: 0, why });
        next += 1;
        if let Some(category) = line.trim_start().strip_prefix("$CATEGORY:") {
            let last = category.trim().rsplit('/').next().unwrap_or_default().trim();
            topic = if last.is_empty() { IMPORTED } else { last }.to_owned();
        } else if let Some(json) = line.strip_prefix(REST.trim_end()) {
            rest = Some(
                serde_json::from_str(json.trim())
                    .map_err(|e| at_first(format!("the comment of satrain: {e}")))?,
            );
        } else if !line.trim().is_empty() && !is_comment(line) {
            let found = block(&lines[first..]).map_err(refused)?;
            next = first + found.lines;
            if !found.has_answers {
                // A description: a text between questions.
                rest = None;
                continue;
            }
            let ours = rest.is_some();
            let (title, mut item) = item(&found.text, rest.take(), ids.len()).map_err(refused)?;
            if !ours {
                item.id = free(item.id, &ids, &mut names);
            }
            if !ids.insert(item.id.clone()) {
                return Err(at_first(format!("there is already a question `{}`", item.id)));
            }
            match places.get(&topic).and_then(|place| topics.get_mut(*place)) {
                Some(found) => found.items.push(item),
                None => {
                    places.insert(topic.clone(), topics.len());
                    topics.push(Quiz {
                        api_version: QuizVersion::V1,
                        topic: topic.clone(),
                        title: title.unwrap_or_else(|| topic.clone()),
                        items: vec![item],
                    });
                }
            }
        }
    }
    Ok(topics)
}

/// A name that no question has yet: Moodle's questions may share one.
fn free(name: String, taken: &HashSet<String>, names: &mut HashMap<String, usize>) -> String {
    if !taken.contains(&name) {
        return name;
    }
    let last = names.entry(name.clone()).or_insert(1);
    loop {
        *last += 1;
        let next = format!("{name}-{last}");
        if !taken.contains(&next) {
            return next;
        }
    }
}
