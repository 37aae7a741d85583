//! From a class's text to a [`ReadClass`] whose fields are sound by themselves, or the first error with its place.
//!
//! In: untrusted text. Never: scenarios or learners; whether there are such is `bound`'s and `folder`'s affair.

use super::due::{self, Due};
use super::late::LatePolicy;
use super::model::{Class, Task};
use super::period::{self, Period};
use crate::exam::{MAX_TASKS, shares};
use crate::printable::is_hidden;
use crate::scenario::{Placed, Result};

/// A class that knows where each of its fields was read, with its times.
#[derive(Debug, Clone)]
pub struct ReadClass {
    pub(super) placed: Placed<Class>,
    /// When each task is due.
    pub(super) due: Vec<Option<Due>>,
    /// What lateness costs.
    pub(super) late: LatePolicy,
    /// When feedback is released.
    pub(super) feedback: Option<Due>,
}

impl ReadClass {
    /// The class.
    pub fn class(&self) -> &Class {
        &self.placed.value
    }
}

/// Reads the text of the file `name`.
///
/// # Errors
/// When it breaks a rule of the format; with its place.
pub fn read(name: &str, text: &str) -> Result<ReadClass> {
    let placed = Placed::<Class>::read(name.to_owned(), text)?;
    let class = &placed.value;
    placed.title("/title", &class.title)?;
    if class.roster.trim().is_empty() || class.roster.contains('\n') || class.roster.contains(is_hidden) {
        return Err(placed.error("/roster", "the roster is the path of a file").help("such as `roster.csv`"));
    }
    if !(1..=100).contains(&class.pass) {
        return Err(placed.error("/pass", "the pass mark is from 1 to 100 per cent"));
    }
    match class.tasks.len() {
        0 => {
            return Err(placed
                .error("/tasks", "the class has no tasks")
                .help("add one, such as `- scenario: scenario-2`"));
        }
        1..=MAX_TASKS => {}
        many => {
            let error = placed.error("/tasks", format!("{many} tasks are too many"));
            return Err(error.help(format!("a class has at most {MAX_TASKS}")));
        }
    }
    for (number, task) in class.tasks.iter().enumerate() {
        self::task(&placed, number, task)?;
    }
    weights(&placed)?;
    let due = due(&placed)?;
    let late = late(&placed, &due)?;
    let feedback = feedback(&placed, &due)?;
    Ok(ReadClass { due, late, feedback, placed })
}

fn task(placed: &Placed<Class>, number: usize, task: &Task) -> Result<()> {
    let at = |field: &str| format!("/tasks/{number}/{field}");
    let before = placed.value.tasks.iter().take(number);
    if let Some(first) = before.clone().position(|before| before.scenario == task.scenario) {
        return Err(placed
            .error(&at("scenario"), format!("task {} plays `{}`, too", first + 1, task.scenario))
            .help("name each scenario once: results are told apart by learner and scenario"));
    }
    if task.weight.is_some_and(|weight| !(1..=100).contains(&weight)) {
        return Err(placed.error(&at("weight"), "a weight is from 1 to 100 per cent"));
    }
    for (i, check) in task.hidden.iter().enumerate() {
        if task.hidden.iter().take(i).any(|before| before == check) {
            return Err(placed.error(&at(&format!("hidden/{i}")), format!("`{check}` appears twice")));
        }
    }
    Ok(())
}

/// All have weights, which add up to 100, or none has.
fn weights(placed: &Placed<Class>) -> Result<()> {
    let tasks = &placed.value.tasks;
    let weights: Vec<u32> = tasks.iter().filter_map(|task| task.weight).collect();
    if weights.is_empty() {
        return Ok(());
    }
    if let Some(number) = tasks.iter().position(|task| task.weight.is_none()) {
        return Err(placed
            .error(&format!("/tasks/{number}"), format!("task {} has no weight, but others have", number + 1))
            .help("add `weight`, or remove it everywhere: weights then follow expected time"));
    }
    let sum: u32 = weights.iter().sum();
    if sum == 100 {
        return Ok(());
    }
    let shown: Vec<String> = shares(100, &weights).iter().map(u32::to_string).collect();
    Err(placed.error("/tasks", format!("the weights add up to {sum}, and not to 100")).help(format!(
        "in the same proportions they are {}; without any weight they follow expected time",
        shown.join(", ")
    )))
}

/// When each task is due: at its own time, or at that of the class.
fn due(placed: &Placed<Class>) -> Result<Vec<Option<Due>>> {
    let usual = placed.value.due.as_ref().map(|text| moment(placed, "/due", text)).transpose()?;
    let of_task = |(number, task): (usize, &Task)| match &task.due {
        Some(text) => moment(placed, &format!("/tasks/{number}/due"), text).map(Some),
        None => Ok(usual.clone()),
    };
    placed.value.tasks.iter().enumerate().map(of_task).collect()
}

fn moment(placed: &Placed<Class>, at: &str, text: &str) -> Result<Due> {
    let unread = |why: String| placed.error(at, format!("`{text}` is no moment: {why}")).help(due::FORM);
    Due::parse(text).map_err(unread)
}

/// When feedback is released: what was hidden stays so until everything is due.
fn feedback(placed: &Placed<Class>, due: &[Option<Due>]) -> Result<Option<Due>> {
    let Some(written) = &placed.value.feedback else { return Ok(None) };
    let feedback = moment(placed, "/feedback/from", &written.from)?;
    match due.iter().flatten().max_by_key(|due| due.timestamp()) {
        Some(last) if feedback.timestamp() < last.timestamp() => Err(placed
            .error("/feedback/from", format!("learners would see hidden checks before all is due at {last}"))
            .help("release feedback when nothing can be handed in any more")),
        _ => Ok(Some(feedback)),
    }
}

/// What lateness costs.
fn late(placed: &Placed<Class>, due: &[Option<Due>]) -> Result<LatePolicy> {
    let Some(late) = &placed.value.late else { return Ok(LatePolicy::default()) };
    if due.iter().all(Option::is_none) {
        return Err(placed
            .error_at_key("/late", "nothing can be late: no task is due at any time")
            .help("add `due`, or remove `late`"));
    }
    let period = |field: &str, text: &Option<String>| -> Result<Option<Period>> {
        let Some(text) = text else { return Ok(None) };
        let unread = |why: String| {
            let message = format!("`{text}` is no length of time: {why}");
            placed.error(&format!("/late/{field}"), message).help(period::FORM)
        };
        Period::parse(text).map(Some).map_err(unread)
    };
    let (grace, until) = (period("grace", &late.grace)?, period("until", &late.until)?);
    if late.per_day.is_some_and(|percent| !(1..=100).contains(&percent)) {
        return Err(placed.error("/late/perDay", "a day costs from 1 to 100 per cent"));
    }
    for (field, is_there) in [("perDay", late.per_day.is_some()), ("until", late.until.is_some())] {
        if late.refuse && is_there {
            return Err(placed
                .error_at_key(&format!("/late/{field}"), "nothing late is graded, so it says nothing")
                .help(format!("remove `{field}`, or `refuse`")));
        }
    }
    if let (Some(grace), Some(until)) = (grace, until)
        && grace.is_longer_than(until)
    {
        return Err(placed
            .error("/late/until", "the grace is longer than that")
            .help("both are counted from the due time"));
    }
    Ok(LatePolicy { grace, until, per_day: late.per_day.unwrap_or_default(), refuse: late.refuse })
}

#[cfg(test)]
mod tests {
    use super::super::model::Counts;
    use super::*;

    const GOOD: &str = "apiVersion: satrain.dev/class/v1\ntitle: A\ntasks:\n  - scenario: scenario-1\n";

    fn told(text: &str) -> (String, String) {
        let error = read("c.yaml", text).unwrap_err();
        (error.one_line(), error.advice().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_small_class_has_the_usual_settings() {
        let read = read("c.yaml", GOOD).unwrap();
        let class = read.class();
        assert_eq!((class.roster.as_str(), class.pass, class.variants), ("roster.csv", 67, true));
        assert_eq!((class.counts, read.due.clone()), (Counts::Last, vec![None]));
    }

    #[test]
    fn a_task_is_due_at_its_own_time_or_at_that_of_the_class() {
        let text = format!(
            "{GOOD}  - {{scenario: b, due: 2026-12-08 18:00 Europe/Berlin}}\ndue: 2026-12-01 18:00 Europe/Berlin\n\
             late: {{grace: 15m, perDay: 10, until: 7d}}\nfeedback: {{from: 2026-12-15T12:00:00Z}}\ncounts: best\n"
        );
        let read = read("c.yaml", &text).unwrap();
        let shown: Vec<String> = read.due.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(shown, ["2026-12-01 18:00 Europe/Berlin", "2026-12-08 18:00 Europe/Berlin"]);
        assert_eq!(read.feedback.unwrap().to_string(), "2026-12-15 12:00 UTC");
        assert_eq!((read.late.per_day, read.late.refuse), (10, false));
        assert!(read.late.grace.is_some() && read.late.until.is_some());
        assert_eq!(read.placed.value.counts, Counts::Best);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_to_do() {
        let task = |text: &str| GOOD.replace("  - scenario: scenario-1\n", text);
        let late = |text: &str| format!("{GOOD}due: 2026-12-01 18:00 UTC\nlate: {{{text}}}\n");
        for (text, place, words, help) in [
            (GOOD.replace("title: A", "title: \"\""), "c.yaml:2:8", "one line", ""),
            (GOOD.replace("class/v1", "class/v9"), "c.yaml:1:13", "unknown value", "satrain.dev/class/v1"),
            (format!("{GOOD}pass: 0\n"), "c.yaml:5:7", "1 to 100", ""),
            (format!("{GOOD}roster: \"\"\n"), "c.yaml:5:9", "path of a file", "roster.csv"),
            (format!("{GOOD}passes: 50\n"), "c.yaml:5:1", "unknown field", "did you mean `pass`"),
            (format!("{GOOD}counts: first\n"), "c.yaml:5:9", "unknown value", "best"),
            (
                GOOD.replace("tasks:\n  - scenario: scenario-1", "tasks: []"),
                "c.yaml:3:8",
                "no tasks",
                "add one",
            ),
            (task("  - {scenario: a}\n  - {scenario: a}\n"), "c.yaml:5:16", "task 1 plays `a`, too", "once"),
            (task("  - {scenario: a, weight: 0}\n"), "c.yaml:4:27", "1 to 100", ""),
            (task("  - {scenario: a, hidden: [b, b]}\n"), "c.yaml:4:31", "appears twice", ""),
            (
                task("  - {scenario: a, weight: 30}\n  - {scenario: b, weight: 60}\n"),
                "c.yaml:4:3",
                "add up to 90",
                "33, 67",
            ),
            (
                task("  - {scenario: a, weight: 30}\n  - {scenario: b}\n"),
                "c.yaml:5:5",
                "task 2 has no weight",
                "add",
            ),
            (format!("{GOOD}due: 2026-12-01 18:00\n"), "c.yaml:5:6", "time zone is missing", "Europe/Berlin"),
            (task("  - {scenario: a, due: soon}\n"), "c.yaml:4:24", "is no moment", "Europe/Berlin"),
            (format!("{GOOD}feedback: {{from: x}}\n"), "c.yaml:5:18", "is no moment", "Europe/Berlin"),
            (
                format!("{GOOD}due: 2026-12-15T12:00:00Z\nfeedback: {{from: 2026-12-01T12:00:00Z}}\n"),
                "c.yaml:6:18",
                "before all is due at 2026-12-15 12:00 UTC",
                "handed in",
            ),
            (format!("{GOOD}late: {{perDay: 10}}\n"), "c.yaml:5:1", "nothing can be late", "add `due`"),
            (late("perDay: 0"), "c.yaml:6:16", "1 to 100", ""),
            (late("grace: 15x"), "c.yaml:6:15", "no length of time", "15m"),
            (late("until: 3mo"), "c.yaml:6:15", "no fixed length", "7d"),
            (late("grace: 2d, until: 1d"), "c.yaml:6:26", "longer than that", "due time"),
            (late("refuse: true, perDay: 10"), "c.yaml:6:22", "says nothing", "remove `perDay`"),
        ] {
            let (line, advice) = told(&text);
            assert!(line.starts_with(&format!("{place}: ")), "{line} is not at {place}");
            assert!(line.contains(words) && advice.contains(help), "{line} / {advice}");
        }
    }
}
