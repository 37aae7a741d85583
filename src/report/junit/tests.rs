use super::*;
use crate::grade::verdict::Outcome;
use crate::mutate::{Mutant, Operator};
use crate::prove::plan::Case;
use crate::prove::proof::{CaseProof, CheckName, Seconds, Tally};
use crate::report::matrix;
use crate::report::style::Style;
use crate::result::provenance::ClusterPart;

fn case(case: Case, verdicts: &[Outcome], problems: &[&str]) -> CaseProof {
    CaseProof {
        case,
        verdicts: verdicts.to_vec(),
        percent: 0,
        problems: problems.iter().map(|p| (*p).to_owned()).collect(),
        at_first: Vec::new(),
        seconds: Seconds { began: 0.0, setup: 1.0, script: 0.5, grade: 0.1, removal: 0.4 },
        fate: None,
        cell: None,
    }
}

fn mutant(what: &str, fate: Fate, problems: &[&str]) -> CaseProof {
    let mutant = Mutant {
        id: format!("reference/drop-command/{what}"),
        operator: Operator::DropCommand,
        what: format!("omits `{what}`"),
        script: String::new(),
        reaches_out: false,
    };
    CaseProof { fate: Some(fate), ..case(Case::Mutant(mutant), &[Outcome::Pass; 2], problems) }
}

/// The same with mutants: one killed, one that survives, one that is equivalent.
fn mutated() -> Proof {
    let mut proof = proof();
    let reason = "The grade waits by itself until every Pod of the Deployment is the new one.".to_owned();
    let scenario = &mut proof.scenarios[0];
    scenario.cases.extend([
        mutant("kubectl apply -f - <<EOF", Fate::Killed, &[]),
        mutant("kubectl label sa default a=b", Fate::Survived, &["nothing catches it"]),
        mutant(
            "kubectl rollout status deployment \"$APP\" -n \"$NAMESPACE\" --timeout=60s",
            Fate::Equivalent { reason },
            &[],
        ),
    ]);
    scenario.mutation = Tally::of(&scenario.cases);
    proof.mutation = scenario.mutation;
    proof
}

fn proof() -> Proof {
    use Outcome::{Fail, Pass};
    let scenario = ScenarioProof {
        id: "scenario-2".into(),
        lint: Vec::new(),
        checks: ["no-token", "account"]
            .map(|id| CheckName { id: id.into(), guard: id == "account" })
            .to_vec(),
        cases: vec![
            case(Case::Unsolved { cause: None }, &[Fail, Pass], &[]),
            case(Case::Solution { name: "reference".into(), seed: Some(1), cause: None }, &[Pass, Pass], &[]),
            case(
                Case::Mistake { name: "left-on".into() },
                &[Pass, Pass],
                &["`no-token` does not catch <it>"],
            ),
        ],
        mutation: None,
    };
    Proof {
        schema: Proof::SCHEMA.into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        scenarios: vec![scenario],
        mutation: None,
        variations: None,
        left: Vec::new(),
        started: "2026-01-01T10:00:00Z".parse().unwrap(),
        seconds: 6.0,
        holds: false,
    }
}

#[test]
fn a_case_that_does_not_hold_is_a_failure() {
    let mut out = Vec::new();
    write(&mut out, &proof()).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn control_characters_cannot_break_the_document() {
    assert_eq!(escape("a\u{1b}[0m<&\">"), "a?[0m&lt;&amp;&quot;&gt;");
    assert_eq!(escape("a\u{ffff}b"), "a?b");
}

#[test]
fn the_matrix_fits_the_terminal() {
    let mut out = Vec::new();
    matrix::write(&mut out, &Style::mono(), &proof()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn of_several_scenarios_what_failed_is_told_once_more_at_the_end() {
    let mut proof = proof();
    let mut good = proof.scenarios[0].clone();
    good.id = "scenario-3".into();
    good.cases.iter_mut().for_each(|case| case.problems.clear());
    proof.scenarios.push(good);
    let mut out = Vec::new();
    matrix::write(&mut out, &Style::mono(), &proof).unwrap();
    let text = String::from_utf8(out).unwrap();
    let (_, end) = text.split_once("\nFailed\n").unwrap();
    let told = "✘ scenario-2: left-on\n      `no-token` does not catch <it>\n✘ 6 cases of 2 scenarios";
    assert!(end.starts_with(told), "{text}");
}

#[test]
fn a_surviving_mutant_is_a_failure_and_an_equivalent_one_is_skipped() {
    let mut out = Vec::new();
    write(&mut out, &mutated()).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn mutants_are_counted_and_those_that_live_are_listed() {
    let mut out = Vec::new();
    matrix::write(&mut out, &Style::mono(), &mutated()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_json_of_a_mutant_says_what_became_of_it() {
    let proof = serde_json::to_value(mutated()).unwrap();
    insta::assert_json_snapshot!((&proof["mutation"], &proof["scenarios"][0]["cases"][5]));
    assert_eq!(serde_json::from_value::<Proof>(proof).unwrap(), mutated());
}
