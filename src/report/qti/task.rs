//! Pure: how a question is answered in QTI, which answer is right, and what is said about an answer.
//!
//! Marks are satrain's: all or nothing, but for open questions and manifests, which a person marks.

use super::pattern;
use super::text::{blocks, code, line, spans};
use crate::quiz::model::{Choosable, FixCheck, Item, Lines, Matching, Number, Short, Task, numbered};
use crate::report::prose::{Block, Span};

/// The feedback that everybody sees.
const ALL: &str = "explanation";

/// How a question is answered.
pub(super) struct Asked {
    /// What else is shown before.
    pub(super) about: Option<Block>,
    /// What is done.
    pub(super) interaction: Interaction,
    /// What comes of it.
    pub(super) response: Response,
    /// When it is right.
    pub(super) right: Right,
    /// What is said about it.
    pub(super) feedback: Vec<Feedback>,
    /// How many points it has.
    pub(super) points: usize,
}

/// What is done.
pub(super) enum Interaction {
    /// Options are chosen.
    Choice {
        /// How many; 0: any number.
        most: usize,
        /// Whether their order means nothing.
        shuffle: bool,
        /// The options, as they stand.
        options: Vec<Choice>,
    },
    /// Steps are put in order.
    Order(Vec<Choice>),
    /// What belongs together is joined.
    Match {
        /// These …
        left: Vec<Choice>,
        /// … and those.
        right: Vec<Choice>,
    },
    /// A few words or a number are entered.
    Entry {
        /// What stands behind.
        unit: String,
    },
    /// A longer text is written.
    Essay {
        /// How many lines there is room for.
        lines: usize,
    },
}

/// One of those to choose from.
pub(super) struct Choice {
    /// Its name in the answer.
    pub(super) identifier: String,
    /// What it says.
    pub(super) text: Vec<Block>,
}

/// What an answer is made of.
pub(super) struct Response {
    /// One, several, or several in order.
    pub(super) cardinality: &'static str,
    /// Of which type.
    pub(super) base: &'static str,
    /// The right one.
    pub(super) correct: Vec<String>,
}

/// When an answer is right.
pub(super) enum Right {
    /// If it is the right one.
    Same,
    /// By what was entered.
    If(Condition),
    /// A person says.
    Judged,
}

/// What was entered.
pub(super) enum Condition {
    /// A number, not further off than this.
    Near(f64, f64),
    /// What a pattern fits.
    Fits(String),
}

/// What is said.
pub(super) struct Feedback {
    /// Of the option that it is about, or a name of its own.
    pub(super) identifier: String,
    /// Its heading.
    pub(super) title: &'static str,
    /// When it is said.
    pub(super) when: When,
    /// What.
    pub(super) remarks: Vec<Remark>,
}

/// When something is said.
pub(super) enum When {
    /// Always.
    Always,
    /// When the option of the same name was chosen.
    Chosen,
    /// The same, or the option is right.
    ChosenOrRight,
    /// When this was entered.
    Entered(Condition),
}

/// A reason.
pub(super) struct Remark {
    /// What it is about; empty: the whole.
    pub(super) about: Vec<Span>,
    /// Why.
    pub(super) why: Vec<Block>,
}

impl Asked {
    /// What is to be done with an item; None: nothing.
    pub(super) fn of(item: &Item, shown: &[usize]) -> Option<Self> {
        let task = item.task()?;
        let mut asked = match task {
            Task::Single(options) | Task::Predict(options) => choice(options, shown, 1),
            Task::Multiple(options) => choice(options, shown, 0),
            Task::Ordering(_) => ordering(&task.lettered(), shown),
            Task::Matching(matching) => matched(matching, &task.lettered(), shown),
            Task::Number(number) => a_number(number),
            Task::Short(short) => words(short),
            Task::Lines(lines) => lines_named(lines),
            Task::Fix(fix) => {
                let checks =
                    fix.checks.iter().map(|FixCheck { requirement, why, .. }| remark(requirement, why));
                let answer = Remark { about: spans("A correct manifest:"), why: vec![code(&fix.answer)] };
                let rows = fix.manifest.lines().count() + 4;
                written(1, rows, Some(code(&fix.manifest)), checks.chain([answer]).collect())
            }
            Task::Open(points) => {
                written(points.len(), 10, None, points.iter().map(|point| remark("", &point.text)).collect())
            }
        };
        asked.explain(&item.explanation);
        Some(asked)
    }

    /// Adds the explanation to what everybody is told.
    fn explain(&mut self, explanation: &str) {
        if explanation.trim().is_empty() {
            return;
        }
        let remark = remark("", explanation);
        match self.feedback.iter_mut().find(|feedback| matches!(feedback.when, When::Always)) {
            Some(all) => all.remarks.push(remark),
            None => self.feedback.push(told(vec![remark])),
        }
    }
}

fn choice(options: &[Choosable], shown: &[usize], most: usize) -> Asked {
    let name = |i: usize| format!("option{}", i + 1);
    let texts: Vec<&str> = options.iter().map(|o| o.text.as_str()).collect();
    let whys = options.iter().enumerate().filter(|(_, option)| !option.why.trim().is_empty());
    Asked {
        about: None,
        interaction: Interaction::Choice { most, shuffle: true, options: named(&texts, shown, "option") },
        response: Response {
            cardinality: if most == 1 { "single" } else { "multiple" },
            base: "identifier",
            correct: (0..options.len()).filter(|i| options[*i].right).map(name).collect(),
        },
        right: Right::Same,
        feedback: whys
            .map(|(i, option)| Feedback {
                identifier: name(i),
                title: if option.right { "Right" } else { "Wrong" },
                when: When::ChosenOrRight,
                remarks: vec![remark(&option.text, &option.why)],
            })
            .collect(),
        points: 1,
    }
}

fn ordering(steps: &[&str], shown: &[usize]) -> Asked {
    let numbered = steps.iter().enumerate().map(|(i, step)| remark(&format!("{}. {step}", i + 1), ""));
    Asked {
        about: None,
        interaction: Interaction::Order(named(steps, shown, "step")),
        response: Response {
            cardinality: "ordered",
            base: "identifier",
            correct: (1..=steps.len()).map(|n| format!("step{n}")).collect(),
        },
        right: Right::Same,
        feedback: vec![told(numbered.collect())],
        points: 1,
    }
}

fn matched(matching: &Matching, rights: &[&str], shown: &[usize]) -> Asked {
    let lefts: Vec<&str> = matching.pairs.iter().map(|pair| pair.left.as_str()).collect();
    let order: Vec<usize> = (0..lefts.len()).collect();
    let whys = matching.pairs.iter().map(|pair| {
        let about = format!("{} – {}", pair.left.trim(), pair.right.trim());
        remark(&about, &pair.why)
    });
    Asked {
        about: None,
        interaction: Interaction::Match {
            left: named(&lefts, &order, "left"),
            right: named(rights, shown, "right"),
        },
        response: Response {
            cardinality: "multiple",
            base: "directedPair",
            correct: (1..=lefts.len()).map(|n| format!("left{n} right{n}")).collect(),
        },
        right: Right::Same,
        feedback: vec![told(whys.collect())],
        points: 1,
    }
}

fn a_number(number: &Number) -> Asked {
    let unit = line(number.unit.as_deref().unwrap_or_default());
    let condition = |value: f64| {
        // As far off as satrain allows for what arithmetic makes of a number.
        Condition::Near(value, number.tolerance.max(1e-9 * value.abs()))
    };
    let shown = |value: f64| format!("{value} {unit}");
    let near = number.near.iter().map(|near| (shown(near.value), near.why.as_str(), condition(near.value)));
    Asked {
        about: None,
        response: Response { cardinality: "single", base: "float", correct: vec![number.value.to_string()] },
        right: Right::If(condition(number.value)),
        feedback: beliefs(near, vec![remark(&shown(number.value), &number.why)]),
        points: 1,
        interaction: Interaction::Entry { unit },
    }
}

fn words(short: &Short) -> Asked {
    let answer = short.accept.first().map_or("", String::as_str);
    let near = short.near.iter();
    let near =
        near.map(|near| (near.text.clone(), near.why.as_str(), Condition::Fits(pattern::one(&near.text))));
    Asked {
        about: None,
        interaction: Interaction::Entry { unit: String::new() },
        response: Response { cardinality: "single", base: "string", correct: vec![line(answer)] },
        right: Right::If(Condition::Fits(pattern::right(short))),
        feedback: beliefs(near, vec![remark(answer, &short.why)]),
        points: 1,
    }
}

/// Lines are options that keep their order.
fn lines_named(lines: &Lines) -> Asked {
    let mut right = lines.right.clone();
    right.sort_unstable();
    right.dedup();
    let shown = right.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let shown = format!("{} {shown}", if right.len() == 1 { "line" } else { "lines" });
    let near = lines.near.iter().filter(|near| !right.contains(&near.line)).map(|near| Feedback {
        identifier: format!("line{}", near.line),
        title: "Wrong",
        when: When::Chosen,
        remarks: vec![remark(&format!("line {}", near.line), &near.why)],
    });
    let options = numbered(&lines.text);
    let options = options.lines().enumerate();
    let options =
        options.map(|(i, line)| Choice { identifier: format!("line{}", i + 1), text: vec![code(line)] });
    Asked {
        about: None,
        interaction: Interaction::Choice { most: 0, shuffle: false, options: options.collect() },
        response: Response {
            cardinality: "multiple",
            base: "identifier",
            correct: right.iter().map(|line| format!("line{line}")).collect(),
        },
        right: Right::Same,
        feedback: near.chain([told(vec![remark(&shown, &lines.why)])]).collect(),
        points: 1,
    }
}

/// What a person marks, by these points.
fn written(points: usize, lines: usize, about: Option<Block>, remarks: Vec<Remark>) -> Asked {
    Asked {
        about,
        interaction: Interaction::Essay { lines },
        response: Response { cardinality: "single", base: "string", correct: Vec::new() },
        right: Right::Judged,
        feedback: vec![told(remarks)],
        points,
    }
}

/// What is said about wrong answers that people believe, and what is right.
fn beliefs<'a>(
    near: impl Iterator<Item = (String, &'a str, Condition)>,
    right: Vec<Remark>,
) -> Vec<Feedback> {
    let near = near.enumerate().map(|(i, (about, why, condition))| Feedback {
        identifier: format!("near{}", i + 1),
        title: "Wrong",
        when: When::Entered(condition),
        remarks: vec![remark(&about, why)],
    });
    near.chain([told(right)]).collect()
}

fn told(remarks: Vec<Remark>) -> Feedback {
    Feedback { identifier: ALL.to_owned(), title: "Explanation", when: When::Always, remarks }
}

fn remark(about: &str, why: &str) -> Remark {
    Remark { about: spans(about), why: blocks(why) }
}

/// Options in the order in which they stand, named by that of the file.
fn named(texts: &[&str], shown: &[usize], name: &str) -> Vec<Choice> {
    let choice = |i: &usize| {
        let text = texts.get(*i)?;
        Some(Choice { identifier: format!("{name}{}", i + 1), text: blocks(text) })
    };
    shown.iter().filter_map(choice).collect()
}
