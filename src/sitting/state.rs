//! Pure: how an exam stands, as its journal says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::clock::{Clock, Moment};
use super::entry::{EndedBy, Entry, Event, Opened, Place};
use crate::lab::store::record::{AttemptId, ClusterRef};

/// How an exam stands.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What was opened.
    pub opened: Opened,
    /// When.
    pub opened_at: Timestamp,
    /// More time, each with its reason.
    pub extra: Vec<Extra>,
    /// Each task, in the order of their numbers.
    pub tasks: Vec<TaskState>,
    /// The candidate's notes.
    pub notes: String,
    /// How far it has come.
    pub phase: Phase,
    /// The clock, once it runs.
    pub clock: Option<Clock>,
    /// When it ended, and why.
    pub ended: Option<(Timestamp, EndedBy)>,
    /// Lines of the journal that could not be read.
    pub damaged: usize,
    /// How often a task was graded for the candidate.
    pub checks: u32,
    /// How often it was made to stand still.
    pub pauses: u32,
    /// How long it has stood still.
    paused: Duration,
    /// How much had passed when it was made to stand still.
    still: Option<Duration>,
}

/// How far an exam has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its tasks are being set up; what stays so was interrupted.
    SettingUp,
    /// The clock runs.
    Running,
    /// It has ended and is to be graded.
    Ended,
    /// Its result is there.
    Graded,
    /// It was given up.
    Abandoned,
}

/// More time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// When it was given.
    pub at: Timestamp,
    /// How much.
    pub time: Duration,
    /// Why.
    pub reason: String,
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskState {
    /// What may be known of it.
    pub place: Place,
    /// The attempt that plays it, and where; None: it is a question, or is not set up.
    pub attempt: Option<(AttemptId, ClusterRef)>,
    /// Whether it is flagged.
    pub flagged: bool,
    /// When its text was first shown.
    pub read: Option<Timestamp>,
    /// The stays on its host: from, and until when; None: nobody came back.
    pub stays: Vec<(Timestamp, Option<Timestamp>)>,
    /// What was answered last.
    pub answer: Option<String>,
    /// What it was worth each time when its host was left: when, points, and of how many.
    pub observed: Vec<(Timestamp, u32, u32)>,
}

impl TaskState {
    /// Whether anybody has worked on it, or answered it.
    pub fn touched(&self) -> bool {
        !self.stays.is_empty() || self.answer.is_some()
    }
}

impl State {
    /// From the entries of a journal. None: nothing was opened.
    pub fn of(entries: &[Entry], damaged: usize) -> Option<Self> {
        let mut entries = entries.iter();
        let (opened_at, opened) = entries.find_map(|entry| match &entry.event {
            Event::Opened(opened) => Some((entry.moment.at, opened.clone())),
            _ => None,
        })?;
        let tasks = opened.tasks.iter().map(|place| TaskState {
            place: place.clone(),
            attempt: None,
            flagged: false,
            read: None,
            stays: Vec::new(),
            answer: None,
            observed: Vec::new(),
        });
        let mut state = Self {
            tasks: tasks.collect(),
            opened,
            opened_at,
            extra: Vec::new(),
            notes: String::new(),
            phase: Phase::SettingUp,
            clock: None,
            ended: None,
            damaged,
            checks: 0,
            pauses: 0,
            paused: Duration::ZERO,
            still: None,
        };
        entries.for_each(|entry| state.take(entry));
        Some(state)
    }

    /// Takes one more entry.
    pub fn take(&mut self, entry: &Entry) {
        let at = entry.moment.at;
        if let Some(clock) = self.clock.as_mut().filter(|_| self.ended.is_none()) {
            clock.tell(&entry.moment);
        }
        match &entry.event {
            Event::Opened(_) | Event::Alive | Event::Unknown => {}
            Event::SetUp { task, attempt, cluster } => {
                self.change(*task, |t| t.attempt = Some((attempt.clone(), cluster.clone())));
            }
            Event::Begun if self.clock.is_none() => {
                (self.phase, self.clock) = (Phase::Running, Some(Clock::begin(entry.moment.clone())));
            }
            Event::Begun => {}
            Event::Extra { seconds, reason } => {
                self.extra.push(Extra { at, time: Duration::from_secs(*seconds), reason: reason.clone() });
            }
            Event::Read { task } => self.change(*task, |t| t.read = t.read.or(Some(at))),
            Event::Entered { task } => self.change(*task, |t| t.stays.push((at, None))),
            Event::Left { task } => self.change(*task, |t| {
                if let Some((_, until)) = t.stays.iter_mut().rev().find(|(_, until)| until.is_none()) {
                    *until = Some(at);
                }
            }),
            Event::Flagged { task, set } => self.change(*task, |t| t.flagged = *set),
            Event::Noted { text } => self.notes.clone_from(text),
            Event::Answered { task, text } => {
                self.change(*task, |t| t.answer = Some(text.clone()).filter(|text| !text.is_empty()));
            }
            Event::Observed { task, points, max } => {
                self.change(*task, |t| t.observed.push((at, *points, *max)));
            }
            Event::Checked { .. } => self.checks = self.checks.saturating_add(1),
            Event::Paused { on } => self.pause(*on),
            Event::Ended { by } => {
                if self.ended.is_none() {
                    self.ended = Some((at, *by));
                    self.phase = Phase::Ended;
                }
            }
            Event::Graded => self.phase = Phase::Graded,
            Event::Abandoned { .. } => self.phase = Phase::Abandoned,
        }
    }

    fn change(&mut self, number: usize, change: impl FnOnce(&mut TaskState)) {
        // A number that no task has is damage, or a newer satrain's.
        if let Some(task) = self.tasks.iter_mut().find(|task| task.place.number == number) {
            change(task);
        }
    }

    fn pause(&mut self, on: bool) {
        let told = self.clock.as_ref().map(Clock::told).unwrap_or_default();
        match (on, self.still) {
            (true, None) => {
                self.still = Some(told);
                self.pauses = self.pauses.saturating_add(1);
            }
            (false, Some(since)) => {
                self.paused += told.saturating_sub(since);
                self.still = None;
            }
            _ => {}
        }
    }

    /// How long it lasts, extra time included.
    pub fn lasts(&self) -> Duration {
        Duration::from_secs(self.opened.seconds) + self.extra.iter().map(|extra| extra.time).sum::<Duration>()
    }

    /// How much of it has passed until `now`; after its end, until then.
    pub fn used(&self, now: &Moment) -> Duration {
        let Some(clock) = &self.clock else { return Duration::ZERO };
        let passed = if self.ended.is_some() { clock.told() } else { clock.passed(now) };
        self.still.unwrap_or(passed).saturating_sub(self.paused).min(self.lasts())
    }

    /// How long it has stood still until now; after its end, until then.
    pub fn stood_still(&self) -> Duration {
        let told = self.clock.as_ref().map(Clock::told).unwrap_or_default();
        self.paused + self.still.map(|since| told.saturating_sub(since)).unwrap_or_default()
    }

    /// How much is left.
    pub fn left(&self, now: &Moment) -> Duration {
        self.lasts().saturating_sub(self.used(now))
    }

    /// Whether its time is over, though nobody has said so yet.
    pub fn is_over(&self, now: &Moment) -> bool {
        self.phase == Phase::Running && self.left(now).is_zero()
    }

    /// What the wall clock says at the deadline, if nobody sets it; None: the clock does not run.
    pub fn deadline(&self, now: &Moment) -> Option<Timestamp> {
        let clock = self.clock.as_ref().filter(|_| self.phase == Phase::Running && self.still.is_none())?;
        Some(clock.wall_at(self.lasts() + self.paused, now))
    }

    /// What the wall clock said at the deadline, for who looks back from the end.
    pub fn deadline_at_end(&self) -> Option<Timestamp> {
        let clock = self.clock.as_ref().filter(|_| self.ended.is_some())?;
        Some(clock.wall_at_told(self.lasts() + self.paused))
    }

    /// Whether the clock stands still.
    pub const fn stands_still(&self) -> bool {
        self.still.is_some()
    }

    /// A task by its number.
    pub fn task(&self, number: usize) -> Option<&TaskState> {
        self.tasks.iter().find(|task| task.place.number == number)
    }

    /// The clusters that it has, each once.
    pub fn clusters(&self) -> Vec<&ClusterRef> {
        let mut by_name: BTreeMap<&str, &ClusterRef> = BTreeMap::new();
        for (_, cluster) in self.tasks.iter().filter_map(|task| task.attempt.as_ref()) {
            by_name.insert(&cluster.name, cluster);
        }
        by_name.into_values().collect()
    }

    /// The names of the clusters that were made for it, or were to be.
    pub fn cluster_names(&self) -> BTreeSet<&str> {
        self.opened.tasks.iter().filter_map(|place| place.cluster.as_deref()).collect()
    }

    /// Whether it is neither graded nor given up.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::SettingUp | Phase::Running | Phase::Ended)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sitting::journal;

    /// A moment of an exam that began at 0, in seconds.
    pub(crate) fn moment(seconds: i64) -> Moment {
        let at = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        Moment { at, boot: "a".into(), up: u64::try_from(1_000 + seconds).unwrap() * 1000 }
    }

    pub(crate) fn opened(tasks: usize) -> Event {
        let tasks = (1..=tasks).map(|number| Place {
            number,
            id: format!("scenario-{number}"),
            title: format!("Title {number}"),
            weight: 10,
            minutes: 5,
            host: Some(format!("sa-{number:02}")),
            cluster: Some("satrain-exam".into()),
        });
        Event::Opened(Opened {
            schema: Opened::SCHEMA.into(),
            id: "2023-11-14-1".into(),
            satrain: "0.1.0".into(),
            title: "A paper".into(),
            seconds: 600,
            pass: 67,
            seed: None,
            practice: false,
            packs: Vec::new(),
            tasks: tasks.collect(),
        })
    }

    pub(crate) fn state(events: impl IntoIterator<Item = (i64, Event)>) -> State {
        let begin = [(-10, opened(3)), (0, Event::Begun)];
        let entries: Vec<Entry> =
            begin.into_iter().chain(events).map(|(at, event)| Entry { moment: moment(at), event }).collect();
        State::of(&entries, 0).unwrap()
    }

    #[test]
    fn the_deadline_moves_with_extra_time_only() {
        let plain = state([(60, Event::Alive)]);
        assert_eq!(plain.left(&moment(100)), Duration::from_secs(500));
        assert_eq!(plain.deadline(&moment(100)), Some(moment(600).at));
        assert!(!plain.is_over(&moment(599)) && plain.is_over(&moment(600)));
        let more = state([(60, Event::Extra { seconds: 120, reason: "a fire alarm".into() })]);
        assert_eq!(more.deadline(&moment(100)), Some(moment(720).at));
        assert_eq!(more.extra[0].reason, "a fire alarm");
    }

    #[test]
    fn what_is_paused_does_not_pass() {
        let paused = state([(60, Event::Paused { on: true }), (160, Event::Alive)]);
        assert_eq!(paused.used(&moment(300)), Duration::from_secs(60));
        assert_eq!(paused.deadline(&moment(300)), None);
        let on = state([(60, Event::Paused { on: true }), (160, Event::Paused { on: false })]);
        assert_eq!(on.used(&moment(200)), Duration::from_secs(100));
        assert_eq!(on.deadline(&moment(200)), Some(moment(700).at));
        assert_eq!((on.pauses, on.stood_still()), (1, Duration::from_secs(100)));
        assert_eq!((paused.pauses, paused.stood_still()), (1, Duration::from_secs(100)));
    }

    #[test]
    fn checks_and_pauses_are_counted() {
        let now = state([
            (5, Event::Checked { task: 1 }),
            (6, Event::Checked { task: 99 }),
            (10, Event::Paused { on: true }),
            (11, Event::Paused { on: true }),
            (20, Event::Paused { on: false }),
            (30, Event::Paused { on: true }),
            (35, Event::Ended { by: EndedBy::Candidate }),
        ]);
        assert_eq!((now.checks, now.pauses, now.stood_still()), (2, 2, Duration::from_secs(15)));
    }

    #[test]
    fn what_comes_after_the_end_changes_no_time_and_the_first_end_counts() {
        let ended = state([
            (100, Event::Ended { by: EndedBy::Candidate }),
            (700, Event::Ended { by: EndedBy::Deadline }),
        ]);
        assert_eq!(ended.ended, Some((moment(100).at, EndedBy::Candidate)));
        assert_eq!(ended.used(&moment(9000)), Duration::from_secs(100));
        assert!(!ended.is_over(&moment(9000)) && ended.is_open());
    }

    #[test]
    fn a_task_remembers_who_came_and_went_and_its_last_answer() {
        let now = state([
            (5, Event::Read { task: 2 }),
            (10, Event::Entered { task: 2 }),
            (50, Event::Left { task: 2 }),
            (60, Event::Entered { task: 2 }),
            (70, Event::Flagged { task: 2, set: true }),
            (80, Event::Answered { task: 3, text: "a".into() }),
            (90, Event::Answered { task: 3, text: "b".into() }),
            (90, Event::Flagged { task: 99, set: true }),
        ]);
        let task = now.task(2).unwrap();
        assert_eq!(task.stays, [(moment(10).at, Some(moment(50).at)), (moment(60).at, None)]);
        assert!(task.flagged && task.touched() && !now.task(1).unwrap().touched());
        assert_eq!(now.task(3).unwrap().answer.as_deref(), Some("b"));
    }

    /// Written by the first version that had exams. It is never written anew.
    #[test]
    fn an_older_journal_is_read() {
        let lines = journal::read(include_bytes!("../../tests/testdata/exams/journal-v1.jsonl"));
        assert!(lines.entries.iter().all(|entry| entry.event != Event::Unknown));
        let state = State::of(&lines.entries, lines.damaged).unwrap();
        assert_eq!((state.damaged, state.phase), (0, Phase::Graded));
        assert_eq!((state.opened.seed, state.opened.practice, state.opened.pass), (Some(5), true, 67));
        assert_eq!(state.lasts(), Duration::from_mins(33));
        // From second 6 to second 500, without the 100 of the pause.
        assert_eq!(state.used(&moment(9000)), Duration::from_secs(394));
        assert_eq!(state.ended.map(|(_, by)| by), Some(EndedBy::Candidate));
        assert_eq!((state.checks, state.pauses, state.stood_still()), (0, 1, Duration::from_secs(100)));
        assert_eq!(state.notes, "first 2,\nthen 1");
        let [lab, other, question] = &state.tasks[..] else { panic!("{:?}", state.tasks) };
        assert!(lab.flagged && lab.read.is_some() && lab.stays.len() == 1 && lab.observed[0].1 == 3);
        assert!(!other.flagged && !other.touched() && other.attempt.is_some());
        assert_eq!(question.answer.as_deref(), Some("b c"));
    }
}
