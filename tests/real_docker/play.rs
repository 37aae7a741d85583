//! Three scenarios with one provider, what came out, and the table of all providers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use regex::Regex;
use satrain::scenario::Catalog;
use serde_json::Value;

use crate::machine::Player;

/// One play of a scenario.
#[derive(Debug, Clone)]
pub struct Played {
    pub what: String,
    pub outcome: Outcome,
    took: Duration,
}

/// What must be equal with every provider: points, and each check's verdict and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    percent: u64,
    verdicts: BTreeMap<String, (String, String)>,
}

/// Plays scenario-1 to 3 unsolved, solved and with their first mistake.
pub fn played(player: &Player<'_>) -> Vec<Played> {
    let catalog = Catalog::builtin();
    let mut all = Vec::new();
    for id in ["scenario-1", "scenario-2", "scenario-3"] {
        let mistake = &catalog.get(id).unwrap().scenario.mistakes[0];
        for (solution, percent) in
            [(None, Some(0)), (Some("reference"), Some(100)), (Some(&*mistake.name), None)]
        {
            let mut arguments = vec!["run", id, "--fresh"];
            arguments.extend(solution.iter().flat_map(|name| ["--solution", name]));
            let began = Instant::now();
            let result = player.json(&arguments);
            let took = began.elapsed();
            let outcome = Outcome::of(&result);
            let what = format!("{id} {}", solution.unwrap_or("unsolved"));
            if let Some(percent) = percent {
                assert_eq!(outcome.percent, percent, "{}: {what}: {result:#}", player.name());
            } else {
                let failed: Vec<&String> =
                    outcome.verdicts.iter().filter(|(_, (v, _))| v == "fail").map(|(id, _)| id).collect();
                let mut named: Vec<&String> = mistake.fails.iter().collect();
                named.sort();
                assert_eq!(failed, named, "{}: {what}: {result:#}", player.name());
            }
            all.push(Played { what, outcome, took });
        }
        let (code, said) = player.bare(&["reset", id, "--end"]);
        assert_eq!(code, 0, "{said}");
    }
    all
}

impl Outcome {
    fn of(result: &Value) -> Self {
        let lists =
            ["checks", "guards"].into_iter().flat_map(|list| result[list].as_array().into_iter().flatten());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // A Pod of a Deployment has another name each time.
        let drawn = Regex::new("-[0-9a-f]{8,10}-[0-9a-z]{5}").unwrap();
        // A trial has another name each time.
        let tried = Regex::new("pods \"[^\"]*\" is forbidden").unwrap();
        let why = |c: &Value| {
            let why = text(&c["why"]);
            tried.replace_all(&drawn.replace_all(&why, "-POD"), "pods \"TRIAL\" is forbidden").into_owned()
        };
        let verdicts = lists.map(|c| (text(&c["id"]), (text(&c["verdict"]), why(c)))).collect();
        Self { percent: result["score"]["percent"].as_u64().unwrap(), verdicts }
    }
}

/// One provider's line in the table.
pub struct Row {
    provider: String,
    started: Option<Duration>,
    memory: Option<u64>,
    attempts: Vec<Duration>,
}

impl Row {
    /// The cluster must still run: its memory is asked now.
    pub fn new(player: &Player<'_>, started: Option<Duration>, all: &[Played]) -> Self {
        let memory = started.map(|_| player.json_bare(&["cluster", "status"]));
        let memory = memory
            .and_then(|status| status["memoryBytes"].as_u64().or_else(|| status["memory_bytes"].as_u64()));
        let mut attempts: Vec<Duration> = all.iter().map(|p| p.took).collect();
        attempts.sort();
        Self { provider: player.name().to_owned(), started, memory, attempts }
    }
}

/// All providers, measured in one run.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "\n| provider | start-up | memory | an attempt (median of 9, slowest) |\n| --- | ---: | ---: | ---: |\n",
    );
    for row in rows {
        let seconds = |d: Duration| format!("{:.1} s", d.as_secs_f32());
        let started = row.started.map_or_else(|| "it runs already".to_owned(), seconds);
        let memory = row.memory.map_or_else(|| "-".to_owned(), |b| format!("{} MB", b / 1_000_000));
        let median = row.attempts[row.attempts.len() / 2];
        let slowest = row.attempts[row.attempts.len() - 1];
        let _ = writeln!(
            text,
            "| {} | {started} | {memory} | {}, {} |",
            row.provider,
            seconds(median),
            seconds(slowest)
        );
    }
    text
}
