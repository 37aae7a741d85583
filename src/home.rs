//! Home: what there is to do now, each with the command that does it. Pure.
//!
//! In: what the learner has reached, how many questions are due, and an exam that is under way. Out: choices for a screen, lines
//! for people, and an object for programs.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::cluster::ProviderKind;
use crate::cluster::embedded::DEFAULT_NAME;
use crate::lab::store::record::{ClusterRef, Phase};
use crate::printable::{printable, shell_quoted};
use crate::scenario::Entry;
use crate::scenario::path::Reason;
use crate::session::progress::{Next, Open, Progress};
use crate::sitting::clock::{self, Moment};
use crate::sitting::state::{self, State};

/// What there is to do now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// Attempts that are not passed, the latest first.
    pub in_progress: Vec<InProgress>,
    /// How many questions are to be repeated.
    pub questions_due: usize,
    /// The scenario to play next.
    pub next: Option<Next>,
    /// The exam that is under way.
    pub exam: Option<Exam>,
}

/// An attempt in progress.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InProgress {
    /// Its name.
    pub attempt: String,
    /// The scenario, or the file that it came from.
    pub scenario: String,
    /// The scenario's title, if it is in the catalog.
    pub title: Option<String>,
    /// When it was begun.
    pub started: Timestamp,
    /// What its last grade came to, in per cent.
    pub percent: Option<u32>,
    /// Whether it is set up: if not, its setup or its removal was interrupted.
    pub ready: bool,
    /// What says where it is played, behind `satrain run`.
    #[serde(skip)]
    place: Vec<String>,
}

/// An exam that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exam {
    /// Its name.
    pub id: String,
    /// The paper's title.
    pub title: String,
    /// How much time is left.
    pub seconds_left: u64,
    /// Whether it has ended, or its time is over, and it is to be graded.
    pub ended: bool,
    /// Whether its clock runs.
    pub begun: bool,
    /// Whether it is practice, which closes nothing.
    pub practice: bool,
}

/// Something that can be done with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The key.
    pub key: char,
    /// What it does.
    pub does: String,
    /// The words behind `satrain`.
    pub command: Vec<String>,
}

/// One of the five lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub heading: &'static str,
    /// What to type; empty: nothing.
    pub command: String,
    /// How it stands.
    pub stands: String,
}

impl Choice {
    /// The command as one would type it.
    pub fn typed(&self) -> String {
        shown(&self.command)
    }
}

impl Exam {
    /// The exam, if it is under way.
    pub fn of(state: &State, now: &Moment) -> Option<Self> {
        state.is_open().then(|| Self {
            id: state.opened.id.clone(),
            title: state.opened.title.clone(),
            seconds_left: state.left(now).as_secs(),
            ended: state.phase == state::Phase::Ended || state.is_over(now),
            begun: state.phase != state::Phase::SettingUp,
            practice: state.opened.practice,
        })
    }

    /// Whether labs and questions are closed.
    const fn closes(&self) -> bool {
        self.begun && !self.ended && !self.practice
    }

    fn stands(&self) -> String {
        let title = printable(&self.title);
        match (self.begun, self.ended) {
            (false, _) => format!("{title}: its setup was interrupted"),
            (true, true) => format!("{title}: its time is over, and it is to be graded"),
            (true, false) => {
                format!("{title}: {} left", clock::shown(Duration::from_secs(self.seconds_left)))
            }
        }
    }
}

impl Home {
    /// From what is known.
    pub fn of(progress: &Progress, entries: &[Entry], questions_due: usize, exam: Option<Exam>) -> Self {
        let in_progress = progress.open.iter().rev().map(|open| in_progress(open, entries)).collect();
        Self { in_progress, questions_due, next: progress.next(entries), exam }
    }

    /// What can be done, in the order of a screen; labs are opened on the desk.
    pub fn choices(&self) -> Vec<Choice> {
        let choice = |key, does: String, command: Vec<String>| Choice { key, does, command };
        let mut all = Vec::new();
        // Its clock runs, and other commands are closed meanwhile.
        if let Some(exam) = &self.exam {
            all.push(choice('e', format!("Go on with the exam {}", exam.stands()), words("exam")));
            if exam.closes() {
                all.push(choice('s', "Show how you are doing".into(), words("stats")));
                return all;
            }
        }
        // A key each: there are nine digits.
        for (key, open) in ('1'..='9').zip(&self.in_progress) {
            let mut command = open.command();
            let does = match open.ready {
                true => format!("Go on with {}", open.stands()),
                false => format!("Set up again {}", open.stands()),
            };
            if open.ready {
                command.push("--desk".into());
            }
            all.push(choice(key, does, command));
        }
        let due = match self.questions_due {
            0 => ("Answer ten questions: none is due for repetition".into(), words("quiz")),
            1 => ("Repeat the question that is due".into(), words("quiz --due")),
            n => (format!("Repeat {n} questions that are due"), words("quiz --due")),
        };
        all.push(choice('d', due.0, due.1));
        // What is in progress has a key already.
        if let Some(next) = self.next.as_ref().filter(|next| next.reason != Reason::InProgress) {
            let mut command = words("run");
            command.extend([next.id.clone(), "--desk".into()]);
            all.push(choice('n', format!("Play {}", told(next)), command));
        }
        if self.exam.is_none() {
            all.push(choice('e', "Sit an exam: none is under way".into(), words("exam")));
        }
        all.push(choice('l', "Show all scenarios".into(), words("list")));
        all.push(choice('s', "Show how you are doing".into(), words("stats")));
        all
    }

    /// The same in five lines, without a screen.
    pub fn lines(&self) -> [Line; 5] {
        let line = |heading, command: String, stands| Line { heading, command, stands };
        let satrain = |command: &str| format!("satrain {command}");
        let open = match self.in_progress.split_first() {
            None => line("In progress", String::new(), "nothing".into()),
            Some((first, rest)) => {
                let more = match rest.len() {
                    0 => String::new(),
                    n => format!("; {n} more"),
                };
                line("In progress", shown(&first.command()), first.stands() + &more)
            }
        };
        let due = match self.questions_due {
            1 => "1 question".into(),
            n => format!("{n} questions"),
        };
        let next = match &self.next {
            Some(next) => line("Next", satrain(&format!("run {}", next.id)), told(next)),
            None => line("Next", satrain("list"), "you have passed all scenarios".into()),
        };
        let exam = self.exam.as_ref().map_or("none is under way".into(), Exam::stands);
        let closed = self.exam.as_ref().is_some_and(Exam::closes);
        let unless_closed = |open: Line| match closed {
            true => line(open.heading, String::new(), "closed while the exam is under way".into()),
            false => open,
        };
        [
            unless_closed(open),
            unless_closed(line("Due", satrain("quiz --due"), due)),
            unless_closed(next),
            line("Exam", satrain("exam"), exam),
            line("All", satrain("list"), "all scenarios; `satrain --help` shows all commands".into()),
        ]
    }
}

impl InProgress {
    /// What goes on with it.
    fn command(&self) -> Vec<String> {
        match self.ready {
            true => [words("run"), vec![self.scenario.clone()], self.place.clone()].concat(),
            false => vec!["reset".into(), self.attempt.clone()],
        }
    }

    fn stands(&self) -> String {
        let name = match &self.title {
            Some(title) => format!("{}: {}", printable(&self.scenario), printable(title)),
            None => printable(&self.scenario).into_owned(),
        };
        match (self.ready, self.percent) {
            (false, _) => format!("{name} (interrupted)"),
            (true, Some(percent)) => format!("{name} ({percent} %)"),
            (true, None) => name,
        }
    }
}

fn in_progress(open: &Open, entries: &[Entry]) -> InProgress {
    let record = &open.record;
    let entry = entries.iter().find(|entry| entry.id == record.scenario.id);
    let title = entry.and_then(|entry| entry.loaded.as_ref().ok()).map(|l| l.scenario.title.clone());
    let file = record.scenario.path.as_ref().map(|path| path.display().to_string());
    InProgress {
        attempt: record.id.to_string(),
        scenario: file.unwrap_or_else(|| record.scenario.id.clone()),
        title,
        started: record.started,
        percent: open.percent,
        ready: record.phase == Phase::Ready,
        place: place(&record.cluster),
    }
}

/// The options that name a cluster; none for the usual one.
fn place(cluster: &ClusterRef) -> Vec<String> {
    if let Some(context) = &cluster.context {
        return vec!["--context".into(), context.clone()];
    }
    if (cluster.provider, cluster.name.as_str()) == (ProviderKind::Embedded, DEFAULT_NAME) {
        return Vec::new();
    }
    let named = ["--provider", cluster.provider.name(), "--name", &cluster.name];
    named.map(str::to_owned).to_vec()
}

fn told(next: &Next) -> String {
    format!("{}: {} ({} min): {}", next.id, printable(&next.title), next.minutes, next.why())
}

fn shown(command: &[String]) -> String {
    let words = command.iter().map(|word| shell_quoted(word));
    printable(&words.fold("satrain".to_owned(), |line, word| line + " " + &word)).into_owned()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lab::store::record::AttemptRecord;
    use crate::scenario::Catalog;
    use crate::sitting::entry::{EndedBy, Event};
    use crate::sitting::state::tests::{moment, state};

    fn record(scenario: &str, cluster: (&str, &str), phase: &str) -> AttemptRecord {
        let (provider, name) = cluster;
        serde_json::from_value(json!({
            "schema": AttemptRecord::SCHEMA, "id": format!("{scenario}-b4cd01"), "phase": phase,
            "scenario": {"id": scenario, "digest": "d"}, "values": {}, "namespaces": [],
            "cluster": {"name": name, "provider": provider, "version": "v1.37.2", "uid": "u"},
            "started": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    fn home(open: &[(AttemptRecord, Option<u32>)], due: usize, exam: Option<Exam>) -> Home {
        let open = open.iter().cloned().map(|(record, percent)| Open { record, percent }).collect();
        Home::of(&Progress { open, ..Progress::default() }, Catalog::builtin().entries(), due, exam)
    }

    fn typed(home: &Home) -> Vec<(char, String)> {
        home.choices().iter().map(|choice| (choice.key, choice.typed())).collect()
    }

    #[test]
    fn a_new_learner_is_told_where_to_begin() {
        let home = home(&[], 0, None);
        let next = home.next.clone().unwrap();
        let told = typed(&home);
        let keys: String = told.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, "dnels");
        assert_eq!(told[0].1, "satrain quiz");
        assert_eq!(told[1].1, format!("satrain run {} --desk", next.id));
        let lines = home.lines();
        assert_eq!((lines[0].command.as_str(), lines[0].stands.as_str()), ("", "nothing"));
        assert_eq!(lines[2].command, format!("satrain run {}", next.id));
    }

    #[test]
    fn what_is_in_progress_goes_on_where_it_is_the_latest_first() {
        let home = home(
            &[
                (record("scenario-2", ("k3s", "other"), "ready"), None),
                (record("scenario-3", ("embedded", DEFAULT_NAME), "setting-up"), None),
                (record("scenario-4", ("embedded", DEFAULT_NAME), "ready"), Some(40)),
            ],
            3,
            None,
        );
        let told = typed(&home);
        assert_eq!(told[0], ('1', "satrain run scenario-4 --desk".into()));
        assert_eq!(told[1], ('2', "satrain reset scenario-3-b4cd01".into()));
        assert_eq!(told[2], ('3', "satrain run scenario-2 --provider k3s --name other --desk".into()));
        assert_eq!(told[3], ('d', "satrain quiz --due".into()));
        assert!(!told.iter().any(|(key, _)| *key == 'n'), "what is next is in progress: {told:?}");
        let [open, due, next, ..] = home.lines();
        assert_eq!(open.command, "satrain run scenario-4");
        assert!(open.stands.contains("(40 %); 2 more"), "{}", open.stands);
        assert_eq!(due.stands, "3 questions");
        assert!(next.stands.ends_with("it is in progress"), "{}", next.stands);
    }

    #[test]
    fn an_exam_is_under_way_until_it_is_graded_or_given_up() {
        let running = state([]);
        let exam = Exam::of(&running, &moment(60)).unwrap();
        assert_eq!((exam.seconds_left, exam.begun, exam.ended), (540, true, false));
        assert_eq!(exam.stands(), "A paper: 9:00 left");
        assert!(Exam::of(&running, &moment(600)).unwrap().ended);
        let ended = state([(60, Event::Ended { by: EndedBy::Candidate })]);
        assert!(Exam::of(&ended, &moment(70)).unwrap().ended);
        assert_eq!(Exam::of(&state([(60, Event::Graded)]), &moment(70)), None);
        let said = home(&[], 0, Some(exam)).choices();
        assert_eq!(said[0].does, "Go on with the exam A paper: 9:00 left");
        assert_eq!(said.iter().filter(|choice| choice.key == 'e').count(), 1);
    }

    #[test]
    fn somebody_elses_words_are_shown_harmless() {
        let mut hostile = record("scenario-2", ("embedded", DEFAULT_NAME), "ready");
        hostile.scenario.path = Some("/x/\u{1b}]0;a\u{7} b/scenario.yaml".into());
        let home = home(&[(hostile, None)], 0, None);
        let all = home.choices().iter().map(|c| c.typed() + &c.does).collect::<String>();
        let all = all + &home.lines().map(|line| line.command + &line.stands).concat();
        assert!(!all.contains(char::is_control), "{all:?}");
    }
}
