//! A printable sheet of questions, with or without the key: Markdown or HTML.

use std::fmt::Write;

use crate::quiz::answer::{letter, typed};
use crate::quiz::answers::SHEET;
use crate::quiz::judge::{Remark, judge};
use crate::quiz::key;
use crate::quiz::model::{Item, Quiz, Task, numbered};
use crate::quiz::session;

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// CommonMark.
    Markdown,
    /// One page that needs nothing else.
    Html,
}

/// A part of the sheet.
enum Block {
    Topic(String),
    Question(usize, String, String),
    Text(String),
    Code(String),
    Listed(String, String),
    Key(String),
}

/// The sheet with this number, which decides the order of options; an answers file names it.
pub fn sheet(items: &[(&Quiz, &Item)], number: u64, key: bool, form: Form) -> String {
    let shown = |item: &Item| session::shown(item, Some(number));
    let mut blocks = vec![Block::Text(format!(
        "Sheet {number}. A file of answers has the line `{SHEET}: {number}` and a line `ID: ANSWER` for each question."
    ))];
    let mut topic = "";
    for (n, (quiz, item)) in items.iter().enumerate() {
        if quiz.topic != topic {
            topic = &quiz.topic;
            blocks.push(Block::Topic(quiz.title.clone()));
        }
        question(&mut blocks, n + 1, item, &shown(item));
        if key {
            solution(&mut blocks, item, &shown(item));
        }
    }
    match form {
        Form::Markdown => markdown(&blocks),
        Form::Html => html(&blocks),
    }
}

fn question(blocks: &mut Vec<Block>, n: usize, item: &Item, shown: &[usize]) {
    let level = format!("{:?}", item.difficulty).to_lowercase();
    blocks.push(Block::Question(n, item.id.clone(), level));
    for (i, part) in item.question.trim().split("\n\n").enumerate() {
        let code = i > 0 && part.starts_with("    ");
        blocks.push(if code {
            Block::Code(part.replace("\n    ", "\n").trim().to_owned())
        } else {
            Block::Text(part.to_owned())
        });
    }
    let Some(task) = item.task() else { return };
    match task {
        Task::Matching(matching) => {
            for (n, pair) in matching.pairs.iter().enumerate() {
                blocks.push(Block::Listed(format!("{}.", n + 1), pair.left.clone()));
            }
        }
        Task::Lines(lines) => blocks.push(Block::Code(numbered(&lines.text))),
        Task::Fix(fix) => blocks.push(Block::Code(fix.manifest.clone())),
        _ => {}
    }
    let texts = task.lettered();
    for (place, i) in shown.iter().enumerate() {
        let text = texts.get(*i).copied().unwrap_or_default();
        blocks.push(Block::Listed(format!("{})", letter(place)), text.to_owned()));
    }
}

/// The right answer, with its reasons.
fn solution(blocks: &mut Vec<Block>, item: &Item, shown: &[usize]) {
    let Some(task) = item.task() else { return };
    match task {
        Task::Fix(fix) => {
            blocks.push(Block::Key("a correct manifest:".into()));
            blocks.push(Block::Code(fix.answer.clone()));
            return;
        }
        Task::Open(points) => {
            blocks.push(Block::Key("a full answer says:".into()));
            blocks.extend(points.iter().map(|p| Block::Listed("-".into(), p.text.clone())));
            return;
        }
        _ => {}
    }
    let Some(right) = key::right(item) else { return };
    blocks.push(Block::Key(typed(&task, shown, &right)));
    let whys = judge(item, &right).remarks;
    blocks.extend(whys.into_iter().filter(|r| !r.why.is_empty()).map(|Remark { why, .. }| Block::Text(why)));
    if !item.explanation.trim().is_empty() {
        blocks.push(Block::Text(item.explanation.trim().to_owned()));
    }
}

fn markdown(blocks: &[Block]) -> String {
    let mut text = "# ServiceAccount security: questions\n".to_owned();
    let mut listed = false;
    for block in blocks {
        let is_listed = matches!(block, Block::Listed(..));
        if !(listed && is_listed) {
            text.push('\n');
        }
        listed = is_listed;
        let _ = match block {
            Block::Topic(title) => writeln!(text, "## {title}"),
            Block::Question(n, id, level) => writeln!(text, "### Question {n}: `{id}` ({level})"),
            Block::Text(words) => writeln!(text, "{}", words.trim()),
            Block::Code(code) => writeln!(text, "```\n{}\n```", code.trim_end()),
            Block::Listed(sign, words) => writeln!(text, "- {sign} {}", words.trim().replace('\n', "\n  ")),
            Block::Key(answer) => writeln!(text, "**Answer: {answer}**"),
        };
    }
    text
}

const STYLE: &str = "body{font:11pt/1.4 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}\
pre{background:#f4f4f4;padding:.6em;overflow-x:auto}code{background:#f4f4f4}h3{break-after:avoid}\
.key{border-left:.3em solid #888;padding-left:.6em}p.option{margin:.3em 0 .3em 1.5em;text-indent:-1.5em}";

fn html(blocks: &[Block]) -> String {
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>ServiceAccount security: questions</title>\n<style>{STYLE}</style>\n<h1>ServiceAccount security: questions</h1>\n"
    );
    for block in blocks {
        let _ = match block {
            Block::Topic(title) => writeln!(text, "<h2>{}</h2>", inline(title)),
            Block::Question(n, id, level) => {
                writeln!(text, "<h3>Question {n}: <code>{}</code> ({level})</h3>", safe(id))
            }
            Block::Text(words) => writeln!(text, "<p>{}</p>", inline(words.trim())),
            Block::Code(code) => writeln!(text, "<pre>{}</pre>", safe(code.trim_end())),
            Block::Listed(sign, words) => {
                writeln!(text, "<p class=\"option\">{sign} {}</p>", inline(words.trim()))
            }
            Block::Key(answer) => {
                writeln!(text, "<p class=\"key\"><strong>Answer: {}</strong></p>", inline(answer))
            }
        };
    }
    text.push_str("</html>\n");
    text
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Code between backticks.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(i, part)| if i % 2 == 1 { format!("<code>{}</code>", safe(part)) } else { safe(part) })
        .collect()
}
