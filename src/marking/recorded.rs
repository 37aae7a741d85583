//! Pure: an attempt of a bundle that holds no script, judged by the recording that the learner's own machine made.
//!
//! In: the attempt, and the scenario of the class with the learner's values. Out: a mark, or why it earns nothing. The checks are always
//! those of the class, and never those of the recording.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::job::Key;
use super::keep::Kept;
use super::mark::{Mark, Seconds};
use super::regrade::{Regraded, regrade};
use crate::bundle::Attempt;
use crate::grade::verdict::Outcome;
use crate::result::recording::Recording;
use crate::scenario::model::ParamKind;
use crate::scenario::{BoundScenario, Loaded};

/// Judges it at `now`.
pub(super) fn judged(
    attempt: &Attempt,
    (loaded, bound): (&Loaded, &BoundScenario),
    now: Timestamp,
) -> Result<(Key, Kept), String> {
    let recording = Recording::read(attempt.recording.as_bytes())
        .map_err(|e| format!("its recording cannot be read: {e}"))?;
    let result = recording.result();
    if result.scenario.id != bound.scenario.id {
        let said = result.scenario.id.escape_debug().to_string();
        return Err(format!("its recording is of another scenario, `{said}`"));
    }
    if !result.is_own_work() {
        return Err("a solution was shown or played in this attempt, and its script was not handed in".into());
    }
    if let Some(why) = other_values(recording.values(), bound) {
        return Err(why);
    }
    let key = Key::of_recording(&attempt.recording, bound);
    let mark = Mark {
        schema: Mark::SCHEMA.into(),
        key: key.to_string(),
        result,
        played: None,
        judged_from: None,
        by_own_recording: true,
        ended: None,
        thrown_away: None,
        graded_at: now,
        seconds: Seconds::default(),
    };
    let judged = match regrade(&mark, recording, None, loaded, &bound.values, now) {
        Regraded::Judged(judged) => *judged,
        Regraded::ToPlay(why) => {
            return Err(format!("its recording does not say what it earns: {}", why.join("; ")));
        }
    };
    let mark = Mark { judged_from: None, ..judged.mark };
    if let Some(check) = mark.result.checks.iter().find(|check| check.verdict == Outcome::Unknown) {
        return Err(format!("`{}` could not be graded on the learner's machine: {}", check.id, check.why));
    }
    let recording = judged.recording.to_bytes().map_err(|e| format!("its recording cannot be kept: {e}"))?;
    Ok((key, Kept { mark, recording, transcript: attempt.history.clone().unwrap_or_default(), script: None }))
}

/// Why the recording is of another variant. An attempt may have had Namespaces of its own.
fn other_values(recorded: &BTreeMap<String, String>, bound: &BoundScenario) -> Option<String> {
    let params = &bound.scenario.params;
    let counts = |name: &str| params.get(name).is_some_and(|param| param.kind != ParamKind::Namespace);
    bound.values.iter().filter(|(name, _)| counts(name)).find_map(|(name, value)| {
        let was = recorded.get(name)?;
        let is_other = was != value;
        let was = was.escape_debug();
        is_other
            .then(|| format!("it was played with `{name}` = `{was}`, but this learner plays with `{value}`"))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::{Binding, Catalog, bind};

    fn attempt(case: &str) -> Attempt {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/scenario-2/{case}.json"));
        let text = std::fs::read_to_string(path).unwrap();
        // As if the learner had worked in a shell.
        let from = text.find(",\"solution\":{").unwrap();
        let to = from + text[from..].find('}').unwrap();
        let recording = format!("{}{}", &text[..from], &text[to + 1..]);
        let result = Recording::read(recording.as_bytes()).unwrap().result();
        Attempt {
            scenario: "scenario-2".into(),
            digest: result.scenario.digest,
            values: result.params,
            finished_at: result.finished,
            percent: 100,
            recording,
            script: None,
            history: Some("kubectl get pods\n".into()),
            requests: Vec::new(),
        }
    }

    /// The scenario with the digest and the values that the recording names.
    fn as_recorded(attempt: &Attempt) -> (Loaded, BoundScenario) {
        let mut loaded = Catalog::one(&[], "scenario-2").unwrap();
        loaded.digest.clone_from(&attempt.digest);
        // The recordings are older than the guards.
        loaded.scenario.guards.clear();
        let bound =
            bind(&loaded, &Binding::from_values(&loaded.scenario, attempt.values.clone()).unwrap()).unwrap();
        (loaded, bound)
    }

    fn judge(attempt: &Attempt) -> Result<(Key, Kept), String> {
        let (loaded, bound) = as_recorded(attempt);
        judged(attempt, (&loaded, &bound), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_recording_decides_and_not_what_the_learner_says() {
        let (key, kept) = judge(&attempt("unsolved")).unwrap();
        assert!(kept.mark.by_own_recording && kept.mark.result.score.percent < 100);
        assert_eq!((kept.mark.key.as_str(), kept.transcript.as_str()), (key.as_str(), "kubectl get pods\n"));
    }

    #[test]
    fn a_played_solution_and_another_variant_earn_nothing() {
        let mut played = attempt("unsolved");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenario-2/reference@1.json");
        played.recording = std::fs::read_to_string(path).unwrap();
        let why = judge(&played).unwrap_err();
        assert!(why.contains("a solution was shown or played"), "{why}");
        let other = attempt("unsolved");
        let (loaded, mut bound) = as_recorded(&other);
        let names = bound.scenario.params.clone();
        let name = names.iter().find(|(_, p)| p.kind == ParamKind::Name).unwrap().0;
        bound.values.insert(name.clone(), "somebody-elses".into());
        let why = judged(&other, (&loaded, &bound), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(why.contains("this learner plays with `somebody-elses`"), "{why}");
    }

    #[test]
    fn another_scenario_and_no_recording_earn_nothing() {
        let mut one = attempt("unsolved");
        let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenario-3/unsolved.json");
        one.recording = std::fs::read_to_string(other).unwrap();
        assert!(judge(&one).unwrap_err().contains("another scenario"));
        one.recording = "{}".into();
        assert!(judge(&one).unwrap_err().contains("cannot be read"));
    }
}
