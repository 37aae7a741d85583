//! Pure: what all rows come to, by scenario and by topic.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::rows::{LabRow, QuizAnswer};

/// Of one scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabStats {
    /// Its id.
    pub scenario: String,
    /// How many attempts.
    pub attempts: usize,
    /// How often it was graded.
    pub grades: usize,
    /// The best, in per cent, of whole grades to which no solution was shown.
    pub best: Option<u32>,
    /// Minutes until it was first passed.
    pub minutes: Option<f64>,
    /// The most hints that an attempt took.
    pub hints: u32,
    /// Which checks failed most, and how often: in whole grades to which no solution was shown, nor one played.
    pub failing: Vec<(String, usize)>,
}

/// Of one quiz topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicStats {
    /// Its name.
    pub topic: String,
    /// How many answers.
    pub answers: usize,
    /// How many different items.
    pub items: usize,
    /// Points that the program gave.
    pub points: u32,
    /// Of how many.
    pub of: u32,
    /// Points that the learner ticked.
    pub self_points: u32,
    /// Of how many.
    pub self_of: u32,
    /// Which items went wrong most, and how often.
    pub failing: Vec<(String, usize)>,
}

/// How many checks or items that fail are named.
const NAMED: usize = 3;

/// All scenarios, by name.
pub fn labs(rows: &[LabRow]) -> Vec<LabStats> {
    grouped(rows, |row| &row.scenario).map(|(scenario, rows)| of_scenario(scenario, &rows)).collect()
}

fn of_scenario(scenario: &str, rows: &[&LabRow]) -> LabStats {
    let own = || rows.iter().filter(|r| !r.solution_shown);
    // A grade with something unknown says little of the learner, and a played script nothing.
    let whole = own().filter(|r| r.complete);
    let failed = whole.clone().flat_map(|r| &r.checks).filter(|c| c.verdict == "fail").map(|c| c.id.as_str());
    LabStats {
        scenario: scenario.to_owned(),
        attempts: distinct(rows.iter().map(|r| r.attempt.as_str())),
        grades: rows.len(),
        best: whole.clone().filter(|r| r.max > 0).map(|r| best_of(r)).max(),
        minutes: own().find(|r| r.passed).map(|r| r.minutes),
        hints: rows.iter().map(|r| r.hints).max().unwrap_or(0),
        failing: most(failed),
    }
}

/// In per cent, as the grade said: 100 is only ever a passed one.
fn best_of(row: &LabRow) -> u32 {
    (row.points * 100 / row.max).min(if row.passed { 100 } else { 99 })
}

/// All quiz topics, by name.
pub fn topics(rows: &[QuizAnswer]) -> Vec<TopicStats> {
    grouped(rows, |row| &row.topic).map(|(topic, rows)| of_topic(topic, &rows)).collect()
}

fn of_topic(topic: &str, rows: &[&QuizAnswer]) -> TopicStats {
    let (own, graded): (Vec<&QuizAnswer>, Vec<&QuizAnswer>) = rows.iter().partition(|r| r.self_marked);
    TopicStats {
        topic: topic.to_owned(),
        answers: rows.len(),
        items: distinct(rows.iter().map(|r| r.item.as_str())),
        points: graded.iter().map(|r| r.points).sum(),
        of: graded.iter().map(|r| r.of).sum(),
        self_points: own.iter().map(|r| r.points).sum(),
        self_of: own.iter().map(|r| r.of).sum(),
        failing: most(graded.iter().filter(|r| r.points < r.of).map(|r| r.item.as_str())),
    }
}

/// Rows by a name, in the order of the names.
fn grouped<'a, T>(
    rows: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
) -> impl Iterator<Item = (&'a str, Vec<&'a T>)> {
    let mut of: BTreeMap<&str, Vec<&T>> = BTreeMap::new();
    for row in rows {
        of.entry(name(row)).or_default().push(row);
    }
    of.into_iter()
}

/// How many different names there are.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.collect::<BTreeSet<_>>().len()
}

/// The most frequent, with how often.
fn most<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(NAMED);
    all
}
