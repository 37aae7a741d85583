//! Items as GIFT.

use std::fmt::Write;

use serde_json::{Value, json};

use super::REST;
use super::syntax::escaped;
use crate::quiz::model::{Choosable, Item, Quiz, Task, numbered};

/// The items, by topic.
pub fn write(items: &[(&Quiz, &Item)]) -> String {
    let mut text = String::new();
    let mut topic = "";
    for (quiz, item) in items {
        if quiz.topic != topic {
            topic = &quiz.topic;
            let _ = writeln!(text, "$CATEGORY: satrain/{}\n", quiz.topic);
        }
        let _ = writeln!(text, "{REST}{}", rest(quiz, item));
        let _ = writeln!(text, "::{}::[markdown]{} {{", escaped(&item.id), escaped(&question(item)));
        text.push_str(&answers(item));
        if !item.explanation.is_empty() {
            let _ = writeln!(text, "    ####{}", escaped(&item.explanation));
        }
        text.push_str("}\n\n");
    }
    text
}

/// The question, with the text that it is about.
fn question(item: &Item) -> String {
    match item.task() {
        Some(Task::Lines(lines)) => format!("{}\n\n{}", item.question, indented(&lines.text)),
        Some(Task::Fix(fix)) => format!("{}\n\n{}", item.question, indented(&fix.manifest)),
        _ => item.question.clone(),
    }
}

/// A code block in Markdown.
fn indented(text: &str) -> String {
    numbered(text).lines().map(|line| format!("    {line}\n")).collect()
}

fn answers(item: &Item) -> String {
    let mut text = String::new();
    let mut line = |sign: &str, answer: &str, why: &str| {
        let why = if why.is_empty() { String::new() } else { format!(" #{}", escaped(why)) };
        // What begins with `%` would be read as a weight.
        let weight = match (sign, answer.trim_start().starts_with('%')) {
            ("=", true) => "%100%",
            ("~", true) => "%0%",
            _ => "",
        };
        let _ = writeln!(text, "    {sign}{weight}{}{why}", escaped(answer));
    };
    match item.task() {
        Some(Task::Single(options) | Task::Predict(options)) => {
            options.iter().for_each(|o| line(if o.right { "=" } else { "~" }, &o.text, &o.why));
        }
        Some(Task::Multiple(options)) => {
            options.iter().for_each(|o| line(&format!("~%{}%", weight(o, options)), &o.text, &o.why));
        }
        Some(Task::Short(short)) => {
            for (i, accept) in short.accept.iter().enumerate() {
                line("=", accept, if i == 0 { &short.why } else { "" });
            }
            short.near.iter().for_each(|near| line("=%0%", &near.text, &near.why));
        }
        Some(Task::Lines(lines)) => {
            let right: Vec<String> = lines.right.iter().map(u32::to_string).collect();
            line("=", &right.join(" "), &lines.why);
        }
        Some(Task::Ordering(steps)) => {
            for (n, step) in steps.iter().enumerate() {
                let _ = writeln!(text, "    ={}. -> {}", n + 1, escaped(&step.text));
            }
        }
        Some(Task::Matching(matching)) => {
            for pair in &matching.pairs {
                let _ = writeln!(text, "    ={} -> {}", escaped(&pair.left), escaped(&pair.right));
            }
            for extra in &matching.extra {
                let _ = writeln!(text, "    = -> {}", escaped(extra));
            }
        }
        Some(Task::Number(number)) => {
            let _ =
                writeln!(text, "    #\n    ={}:{} #{}", number.value, number.tolerance, escaped(&number.why));
            for near in &number.near {
                let _ = writeln!(text, "    =%0%{}:{} #{}", near.value, number.tolerance, escaped(&near.why));
            }
        }
        // Essays: Moodle leaves the marking to a person.
        Some(Task::Fix(_) | Task::Open(_)) | None => {}
    }
    text
}

/// Right options share 100 per cent; a wrong one takes all of it away.
fn weight(option: &Choosable, options: &[Choosable]) -> String {
    let right = options.iter().filter(|o| o.right).count();
    if !option.right {
        return "-100".into();
    }
    // Moodle knows five digits of these fractions.
    match 100 % right {
        0 => (100 / right).to_string(),
        _ => format!("{:.5}", 100.0 / f64::from(u32::try_from(right).unwrap_or(1))),
    }
}

/// What GIFT has no place for: the item without what is written as GIFT, and without commands.
fn rest(quiz: &Quiz, item: &Item) -> Value {
    let mut value = json!(Item { experiment: None, ..item.clone() });
    let blank = |value: &mut Value, keys: &[&str]| {
        for key in keys {
            if let Some(field) = value.get_mut(*key) {
                *field = json!("");
            }
        }
    };
    blank(&mut value, &["id", "explanation"]);
    // The texts of these are in the question too, and are not read from it.
    blank(&mut value, &["question"]);
    for kind in ["single", "multiple", "predict"] {
        if let Some(options) = value.get_mut(kind).and_then(|k| k["options"].as_array_mut()) {
            options.iter_mut().for_each(|o| blank(o, &["text", "why"]));
        }
    }
    json!({"topic": quiz.topic, "title": quiz.title, "item": value})
}
