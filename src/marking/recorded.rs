//! Pure: an attempt of a bundle that holds no script, judged by the recording that the learner's own machine made.
//!
//! In: the attempt, and the scenario of the class with the learner's values. Out: a mark, or why it earns nothing. The checks are always
//! those of the class, and never those of the recording.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::job::Key;
use super::keep::Kept;
use super::mark::{Mark, Seconds};
use crate::bundle::Attempt;
use crate::grade::verdict::Outcome;
use crate::printable::printable;
use crate::result::recording::Recording;
use crate::scenario::model::ParamKind;
use crate::scenario::{Binding, BoundScenario, Loaded, bind};

/// Judges what `learner` handed in at `now`.
pub(super) fn judged(
    attempt: &Attempt,
    (learner, loaded, bound): (&str, &Loaded, &BoundScenario),
    now: Timestamp,
) -> Result<(Key, Kept), String> {
    let recording = Recording::read(attempt.recording.as_bytes())
        .map_err(|e| format!("its recording cannot be read: {e}"))?;
    let about = recording.about_what();
    if about.scenario.id != bound.scenario.id {
        let said = about.scenario.id.escape_debug().to_string();
        return Err(format!("its recording is of another scenario, `{said}`"));
    }
    if about.scenario.digest != bound.digest {
        return Err("its recording is of another version of the scenario: hand in the script".into());
    }
    if about.solution.is_some() || about.solution_shown {
        return Err("a solution was shown or played in this attempt, and its script was not handed in".into());
    }
    let played = as_played(recording.values(), (loaded, bound))?;
    let again = recording.judged_by(&played);
    if !again.lacks.is_empty() {
        let told: Vec<String> =
            again.lacks.into_iter().map(|lack| format!("`{}`: {}", lack.check, lack.why)).collect();
        return Err(format!("its recording does not say what it earns: {}", told.join("; ")));
    }
    if let Some(check) = again.result.checks.iter().find(|check| check.verdict == Outcome::Unknown) {
        return Err(format!("`{}` could not be graded on the learner's machine: {}", check.id, check.why));
    }
    let transcript = attempt.history.clone().unwrap_or_default();
    let key = Key::of_recording((learner, &attempt.recording, &transcript), bound);
    let mark = Mark {
        schema: Mark::SCHEMA.into(),
        key: key.to_string(),
        result: again.result,
        played: None,
        judged_from: None,
        by_own_recording: true,
        ended: None,
        thrown_away: None,
        graded_at: now,
        seconds: Seconds::default(),
    };
    let recording = recording.rebound(&played).to_bytes();
    let recording = recording.map_err(|e| format!("its recording cannot be kept: {e}"))?;
    let transcript = printable(&transcript).into_owned();
    Ok((key, Kept { mark, recording, transcript, script: None }))
}

/// The scenario with the values of the recording, which are those of the learner. Only Namespaces may have a suffix, all of them the same, as
/// attempts give them. What is to be found out is always that of the class.
fn as_played(
    recorded: &BTreeMap<String, String>,
    (loaded, bound): (&Loaded, &BoundScenario),
) -> Result<BoundScenario, String> {
    let kind = |name: &str| bound.scenario.params.get(name).map(|param| param.kind);
    let namespace = recorded.iter().find(|(name, _)| kind(name) == Some(ParamKind::Namespace));
    let suffix = namespace
        .filter(|(name, was)| bound.values.get(*name) != Some(*was))
        .and_then(|(_, was)| was.rsplit('-').next());
    let binding = Binding::from_values(&loaded.scenario, bound.values.clone()).map_err(|e| e.one_line())?;
    let binding = match suffix {
        Some(suffix) => binding.isolated(suffix),
        None => binding,
    };
    let played = bind(loaded, &binding).map_err(|e| e.one_line())?;
    for (name, was) in recorded.iter().filter(|(name, _)| kind(name) != Some(ParamKind::Cause)) {
        if played.values.get(name) != Some(was) {
            let (name, was) = (name.escape_debug(), was.escape_debug());
            let value = bound.values.get(&name.to_string()).map(String::as_str).unwrap_or_default();
            return Err(format!(
                "it was played with `{name}` = `{was}`, but this learner plays with `{value}`"
            ));
        }
    }
    Ok(played)
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
        judged(attempt, ("anna", &loaded, &bound), Timestamp::UNIX_EPOCH)
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
        let why = judged(&other, ("anna", &loaded, &bound), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(why.contains("this learner plays with `somebody-elses`"), "{why}");
    }

    #[test]
    fn namespaces_may_have_a_suffix_and_nothing_else() {
        let one = attempt("unsolved");
        let (loaded, mut bound) = as_recorded(&one);
        let namespace = one.values["namespace"].clone();
        let (base, suffix) = namespace.rsplit_once('-').unwrap();
        bound.values.insert("namespace".into(), base.to_owned());
        let judge = |bound: &BoundScenario| judged(&one, ("anna", &loaded, bound), Timestamp::UNIX_EPOCH);
        assert!(judge(&bound).is_ok(), "{base} {suffix}");
        bound.values.insert("namespace".into(), "somewhere-else".into());
        assert!(judge(&bound).unwrap_err().contains("somewhere-else"));
        // The same recording of two learners is two marks.
        let (loaded, bound) = as_recorded(&one);
        let of = |learner| judged(&one, (learner, &loaded, &bound), Timestamp::UNIX_EPOCH).unwrap().0;
        assert_ne!(of("anna"), of("ben"));
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
