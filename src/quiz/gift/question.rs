//! One question: its name, its text, what is behind its answers, and what the comment of satrain says about it.
//!
//! In: the text of a block with answers. Out: an item that can be asked, without commands.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answers::{Choice, choice, shown, written};
use super::syntax::{Fault, Piece, plain};
use super::{foreign, html};
use crate::quiz::model::{Item, Task};
use crate::quiz::playable;

/// The comment of satrain: what GIFT has no place for. A comment without a title is not one that satrain wrote.
#[derive(Deserialize)]
pub(super) struct Comment {
    title: Option<String>,
    item: Map<String, Value>,
}

/// The title of the topic, if satrain wrote one, and the item.
pub(super) fn item(
    text: &str,
    comment: Option<Comment>,
    number: usize,
) -> Result<(Option<String>, Item), Fault> {
    let whole = Piece::whole(text);
    let no_answers = || whole.fault("the question has no answers in braces");
    let (head, behind) = whole.split("{").ok_or_else(no_answers)?;
    let (body, tail) = behind.split("}").ok_or_else(no_answers)?;
    let braces = |why: String| Fault { at: head.text.len(), why };
    let (id, asked) = match head.trim().after("::").and_then(|rest| rest.split("::")) {
        Some((id, asked)) if !id.text.trim().is_empty() => (plain(id.text.trim()), asked),
        Some((_, asked)) => (format!("question-{}", number + 1), asked),
        None => (format!("question-{}", number + 1), head),
    };
    let (question, is_html) = html::format(asked.text.trim());
    let mut question = plain(question.trim());
    let tail = tail.text.trim();
    if !tail.is_empty() {
        question.push_str(" ___ ");
        question.push_str(&plain(tail));
    }
    if is_html {
        question = html::text(&question);
    }
    if question.trim().is_empty() {
        return Err(whole.fault("the question has no text"));
    }
    let (body, explanation) = match body.split("####") {
        Some((body, explanation)) => {
            (body, shown(explanation.text.trim_end_matches(['\n', ' ']).trim_start(), is_html))
        }
        None => (body, String::new()),
    };
    let (title, mut value) = match comment {
        Some(comment) => (comment.title, comment.item),
        None => (None, Map::from_iter([("difficulty".into(), json!("medium")), ("parts".into(), json!([]))])),
    };
    let ours = title.is_some();
    value.insert("id".into(), json!(id));
    value.insert("explanation".into(), json!(explanation));
    value.insert("question".into(), json!(question));
    if ours {
        filled(&mut value, body, is_html)?;
    } else {
        let (kind, task) = foreign::task(body, is_html)?;
        value.insert(kind.into(), task);
    }
    let mut item: Item =
        serde_json::from_value(Value::Object(value)).map_err(|e| whole.fault(e.to_string()))?;
    item.experiment = None;
    if ours {
        // The text that it is about was written into the question.
        let about = match item.task() {
            Some(Task::Lines(_) | Task::Fix(_)) => item.question.find("\n\n     1  "),
            _ => None,
        };
        if let Some(at) = about {
            item.question.truncate(at);
        }
    }
    playable::check(&item).map_err(|(_, why)| braces(why))?;
    Ok((title, item))
}

/// Puts the texts back into an item that satrain wrote.
fn filled(item: &mut Map<String, Value>, body: Piece<'_>, is_html: bool) -> Result<(), Fault> {
    for kind in ["single", "multiple", "predict"] {
        let Some(options) = item.get_mut(kind).and_then(|k| k.get_mut("options")?.as_array_mut()) else {
            continue;
        };
        let body = body.trim();
        let Choice { single, options: here } = choice(&written(body), body, is_html)?;
        if options.len() != here.len() {
            let (wrote, here) = (options.len(), here.len());
            return Err(body.fault(format!("{wrote} options were written, and {here} are here")));
        }
        if single == (kind == "multiple") {
            return Err(body.fault(match single {
                true => "satrain wrote a question with several right options, and a `=` makes it one with one\nWrite weights (`~%50%`), or remove the comment of satrain above the question.",
                false => "satrain wrote a question with one right option, and without a `=` it has several\nWrite `=` before the right one, or remove the comment of satrain above the question.",
            }));
        }
        for (option, here) in options.iter_mut().zip(here) {
            let option = option
                .as_object_mut()
                .ok_or_else(|| body.fault("an option in the comment of satrain is no object"))?;
            option.insert("text".into(), json!(here.text));
            option.insert("why".into(), json!(here.why));
            option.insert("right".into(), json!(here.right));
        }
    }
    Ok(())
}
