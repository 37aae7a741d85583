//! Pure: what is shown of an exam, and in which order. Text and HTML draw it, each in its own way; neither decides anything.
//!
//! In: the result, its review, what is told of each task, and the time zone of whoever reads it. Out: owned text, harmless for a
//! terminal. The exam is over, so everything may be told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sentences;
use super::words::{brief, lasted, outcome, points};
use crate::exam::{BoundPaper, Work};
use crate::plural::counted;
use crate::printable::{printable, shell_quoted};
use crate::report::disclosure::Disclosure;
use crate::report::page::Page;
use crate::report::style::Mark;
use crate::result::closing::Closing;
use crate::scenario::as_variables;
use crate::sitting::entry::EndedBy;
use crate::sitting::result::{AnswerResult, Asked, AskedItem, AskedOption, ExamResult, Reason, TaskResult};
use crate::sitting::review::{Practise, Review, Standing, Sum, TaskReview};

/// What is told of a task beside its grade. What is empty is not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The task as the candidate read it, or the question.
    pub task: String,
    /// Why it matters.
    pub explanation: String,
    /// The reference solution: bash.
    pub reference: String,
}

impl Told {
    /// What a paper says of each of its tasks, by their numbers.
    pub fn all(paper: &BoundPaper) -> BTreeMap<usize, Self> {
        paper.tasks.iter().map(|task| (task.number, Self::of(&task.work))).collect()
    }

    fn of(work: &Work) -> Self {
        match work {
            Work::Question(question) => Self { task: question.item.question.clone(), ..Self::default() },
            Work::Lab(lab) => {
                let scenario = &lab.bound.scenario;
                let reference = scenario.solutions.iter().find(|solution| solution.name == "reference");
                let reference = reference.map(|solution| script(&solution.run, &lab.bound.values));
                Self {
                    task: scenario.task.clone(),
                    explanation: scenario.explanation.clone(),
                    reference: reference.unwrap_or_default(),
                }
            }
        }
    }
}

/// A script that runs as it stands: the variables that it names come first.
fn script(run: &str, values: &BTreeMap<String, String>) -> String {
    let named = as_variables(values).into_iter().filter(|(name, _)| run.contains(name.as_str()));
    let lines: Vec<String> =
        named.map(|(name, value)| format!("{name}={}\n", shell_quoted(&value))).collect();
    format!("{}{}{run}", lines.concat(), if lines.is_empty() { "" } else { "\n" })
}

/// What is shown of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamPage {
    /// The paper's title.
    pub title: String,
    /// The exam's name.
    pub id: String,
    /// What it came to.
    pub total: Total,
    /// When, how long, and what else there is to know of it: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// What must not be overlooked.
    pub notices: Vec<String>,
    /// Each task.
    pub tasks: Vec<TaskPart>,
    /// Points by topic.
    pub topics: Vec<Bar>,
    /// Points by domain of the curriculum.
    pub domains: Vec<Bar>,
    /// What went wrong, by sort: a heading, and sentences. There is always one, if only to say that there is nothing.
    pub findings: Vec<(&'static str, Vec<String>)>,
    /// What another order would have earned: what is said, what it does, and what it assumes.
    pub triage: sentences::TriagePart,
    /// What to practise next.
    pub practise: Vec<Exercise>,
    /// What is said if that is nothing.
    pub nothing_to_practise: &'static str,
    /// The candidate's notes.
    pub notes: Option<String>,
}

/// What an exam came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Earned, in per cent of what could be graded; None: no task could be.
    pub percent: Option<u32>,
    /// From how many on it is passed.
    pub pass: u32,
    /// Whether it is, as a mark and in words.
    pub mark: Mark,
    /// In words.
    pub words: &'static str,
    /// Points, of how many.
    pub points: String,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPart {
    /// Its number.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// The id of its scenario or question.
    pub id: String,
    /// How it stands at the end, as a mark and in words.
    pub mark: Mark,
    /// In words.
    pub standing: &'static str,
    /// Whether it was flagged at the end.
    pub flagged: bool,
    /// Points earned; None: it does not count.
    pub earned: Option<String>,
    /// What it is worth.
    pub worth: String,
    /// Seconds on its host; None: it has none.
    pub spent: Option<u64>,
    /// Expected minutes.
    pub expected: u32,
    /// What its time went into, in a sentence.
    pub time: String,
    /// Why it does not count, or earns nothing; None: it is graded as others are.
    pub odd: Option<String>,
    /// The task's text.
    pub task: Option<String>,
    /// The grade of its lab.
    pub grade: Option<Page>,
    /// What was answered to its question.
    pub answer: Option<Answer>,
    /// Why it matters.
    pub explanation: Option<String>,
    /// The reference solution.
    pub reference: Option<String>,
}

/// An option, an item or a line of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its letter or number.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Whether what was answered of it is right; None: there is nothing to say about it.
    pub mark: Option<Mark>,
    /// The same in words; empty: there is nothing to say about it.
    pub words: String,
    /// Why; None: nobody says.
    pub why: Option<String>,
}

/// What was answered to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The options by their letters.
    pub options: Vec<Shown>,
    /// What they belong to.
    pub items: Vec<Shown>,
    /// A text of which lines were asked for.
    pub lines: Vec<Shown>,
    /// What is said of an answer that was typed.
    pub reasons: Vec<Shown>,
    /// What was typed; None: nothing.
    pub typed: Option<String>,
    /// What is right.
    pub right: String,
    /// Why.
    pub why: Option<String>,
    /// Points, of how many.
    pub points: String,
}

/// Points by something that tasks have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What they have in common.
    pub name: String,
    /// Earned, in per cent; None: none of them counts.
    pub percent: Option<u32>,
    /// Whether that is the pass mark, or more.
    pub reached: bool,
    /// How it compares with the pass mark, in words.
    pub words: &'static str,
    /// Points, of how many.
    pub points: String,
    /// The numbers of its tasks.
    pub tasks: String,
}

/// A topic to practise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// Its name.
    pub topic: String,
    /// What it earned, in per cent.
    pub percent: u32,
    /// What to type: words and commands.
    pub commands: Vec<(&'static str, Vec<String>)>,
}

impl ExamPage {
    /// The page of a result. `told`: what is told of each task, by its number.
    pub fn of(result: &ExamResult, review: &Review, told: &BTreeMap<usize, Told>, zone: &TimeZone) -> Self {
        let nothing = Told::default();
        let tasks = result.tasks.iter().zip(&review.tasks);
        Self {
            title: clean(&result.title),
            id: clean(&result.id),
            total: total(result),
            facts: facts(result, zone),
            notices: sentences::notices(result),
            tasks: tasks
                .map(|(task, seen)| {
                    let told = told.get(&task.number).unwrap_or(&nothing);
                    part(result, task, seen, told)
                })
                .collect(),
            topics: review.topics.iter().map(|sum| bar(&sum.name, sum)).collect(),
            domains: review.domains.iter().map(|sum| bar(&domain(&sum.name), sum)).collect(),
            findings: sentences::findings(result, review),
            triage: sentences::triage(result, review),
            practise: review.practise.iter().map(exercise).collect(),
            nothing_to_practise: sentences::nothing_to_practise(result),
            notes: some(&result.notes),
        }
    }
}

fn clean(text: &str) -> String {
    printable(text.trim()).into_owned()
}

fn some(text: &str) -> Option<String> {
    // Indented first lines are code.
    let text = printable(text.trim_end()).into_owned();
    Some(text).filter(|text| !text.trim().is_empty())
}

impl Total {
    /// `38 %, not passed`.
    pub fn brief(&self) -> String {
        brief(self.percent, self.words)
    }
}

fn total(result: &ExamResult) -> Total {
    let score = result.score;
    let (mark, words) = outcome(score.passed);
    Total {
        percent: score.percent,
        pass: result.pass,
        mark,
        words,
        points: format!("{} of {}", points(score.earned), points(score.of)),
    }
}

fn facts(result: &ExamResult, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let when = |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let why = match result.ended_by {
        EndedBy::Candidate => "finished before the time was over",
        EndedBy::Deadline => "the time was over",
    };
    let mut facts = vec![
        ("Began", when(result.started)),
        ("Ended", format!("{}, {why}", when(result.ended))),
        ("Time used", format!("{} of {}", lasted(result.used), lasted(result.whole_time()))),
        ("Pass mark", format!("{} %", result.pass)),
    ];
    if let Some(used) = &result.practised {
        let still =
            if used.paused > 0 { format!(" of {} altogether", lasted(used.paused)) } else { String::new() };
        let (checks, hints) = (counted(used.checks, "check"), counted(used.hints, "hint"));
        facts.push(("Practice", format!("{checks}, {hints}, {}{still}", counted(used.pauses, "pause"))));
    }
    if let Some(seed) = result.seed {
        facts.push(("Paper", format!("drawn with seed {seed}")));
    }
    facts.push(("Graded by", format!("satrain {}", clean(&result.satrain))));
    facts
}

fn part(result: &ExamResult, task: &TaskResult, seen: &TaskReview, told: &Told) -> TaskPart {
    let (mark, standing) = match seen.standing {
        Standing::Complete => (Mark::Good, "complete"),
        Standing::Unfinished => (Mark::Bad, "unfinished"),
        Standing::PartlyRight => (Mark::Bad, "partly right"),
        Standing::Wrong => (Mark::Bad, "wrong"),
        Standing::Visited => (Mark::Bad, "visited"),
        Standing::NotBegun => (Mark::Bad, "not begun"),
        Standing::NotAnswered => (Mark::Bad, "not answered"),
        Standing::NotRead => (Mark::Bad, "not read"),
        Standing::ChangedLate => (Mark::Bad, "changed late"),
        Standing::Void => (Mark::Unknown, "void"),
    };
    let closing = Closing::default();
    TaskPart {
        number: task.number,
        title: clean(&task.title),
        id: clean(&task.id),
        mark,
        standing,
        flagged: task.flagged,
        earned: (seen.of > 0).then(|| points(task.earned)),
        worth: task.weight.to_string(),
        spent: seen.time.on_host,
        expected: task.minutes,
        time: sentences::time(task, seen),
        odd: sentences::odd(result, task),
        task: some(&told.task).or_else(|| question(task)),
        grade: task.grade.as_ref().map(|grade| Page::new(grade, closing, Disclosure::AfterHints)),
        answer: task.answer.as_ref().map(answer),
        explanation: some(&told.explanation),
        reference: some(&told.reference),
    }
}

/// What was asked, as the result has it.
fn question(task: &TaskResult) -> Option<String> {
    task.answer.as_ref()?.asked.as_ref().and_then(|asked| some(&asked.question))
}

fn answer(answer: &AnswerResult) -> Answer {
    let nothing = Asked::default();
    let asked = answer.asked.as_ref().unwrap_or(&nothing);
    let lettered = |label: &str| {
        let option = asked.options.iter().find(|option| option.label == label);
        let text = option.map(|option| clean(&option.text)).unwrap_or_default();
        format!("{}) {text}", clean(label))
    };
    Answer {
        options: asked.options.iter().map(|option| shown(option, &clean(&option.text))).collect(),
        items: asked.items.iter().map(|item| placed(item, &lettered)).collect(),
        // A line keeps its form.
        lines: asked.lines.iter().map(|line| shown(line, &printable(&line.text))).collect(),
        reasons: asked.reasons.iter().map(reason).collect(),
        typed: answer.typed.as_deref().and_then(some),
        right: clean(&answer.right),
        why: some(&answer.why),
        points: format!("{} of {}", answer.points, answer.of),
    }
}

fn shown(option: &AskedOption, text: &str) -> Shown {
    let (mark, words) = match (option.is_chosen, option.is_right) {
        (Some(true), Some(true)) => (Some(Mark::Good), "your answer, right"),
        (Some(true), Some(false)) => (Some(Mark::Bad), "your answer, wrong"),
        (Some(false), Some(true)) => (Some(Mark::Good), "right"),
        _ => (None, ""),
    };
    Shown {
        label: clean(&option.label),
        text: text.to_owned(),
        mark,
        words: words.to_owned(),
        why: some(&option.why),
    }
}

/// An item with the option that belongs to it. A place says nothing by itself.
fn placed(item: &AskedItem, lettered: &impl Fn(&str) -> String) -> Shown {
    let key = lettered(&item.key);
    let is_right = item.answered.as_ref() == Some(&item.key);
    let words = match &item.answered {
        Some(_) if is_right => "your answer, right".to_owned(),
        Some(answered) => format!("wrong, your answer: {}", clean(answered)),
        // That is said of the whole question.
        None => String::new(),
    };
    let text = match item.text.trim() {
        "" => key,
        text => format!("{} - {key}", clean(text)),
    };
    let mark = item.answered.as_ref().map(|_| if is_right { Mark::Good } else { Mark::Bad });
    Shown { label: item.number.to_string(), text, mark, words, why: some(&item.why) }
}

fn reason(reason: &Reason) -> Shown {
    let (mark, words) = if reason.is_right { (Mark::Good, "right") } else { (Mark::Bad, "wrong") };
    let text = clean(&reason.about);
    Shown { label: String::new(), text, mark: Some(mark), words: words.into(), why: some(&reason.why) }
}

fn bar(name: &str, sum: &Sum) -> Bar {
    Bar {
        name: clean(name),
        percent: sum.percent,
        reached: sum.reached == Some(true),
        words: match sum.reached {
            Some(true) => "reached",
            Some(false) => "below",
            None => "not graded",
        },
        points: format!("{} of {}", points(sum.earned), points(sum.of)),
        tasks: sum.tasks.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// A domain as the curriculum writes it.
fn domain(name: &str) -> String {
    match name {
        "cluster-setup" => "Cluster Setup",
        "cluster-hardening" => "Cluster Hardening",
        "system-hardening" => "System Hardening",
        "minimize-microservice-vulnerabilities" => "Minimize Microservice Vulnerabilities",
        "supply-chain-security" => "Supply Chain Security",
        "monitoring-logging-runtime-security" => "Monitoring, Logging and Runtime Security",
        other => other,
    }
    .to_owned()
}

fn exercise(practise: &Practise) -> Exercise {
    let run = |ids: &[String]| ids.iter().map(|id| format!("satrain run {}", clean(id))).collect();
    let quiz = practise.questions.iter().map(|id| format!("satrain quiz {}", clean(id))).collect();
    let commands = [("Again", run(&practise.again)), ("More", run(&practise.others)), ("Questions", quiz)];
    let named = |(_, commands): &(&str, Vec<String>)| !commands.is_empty();
    Exercise {
        topic: clean(&practise.topic),
        percent: practise.percent,
        commands: commands.into_iter().filter(named).collect(),
    }
}
