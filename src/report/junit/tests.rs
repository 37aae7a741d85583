use super::*;
use crate::prove::plan::Case;
use crate::prove::proof::{CaseProof, CheckName, Seconds};
use crate::report::matrix;
use crate::report::result::{ClusterPart, VerdictPart};
use crate::report::style::Style;

fn case(case: Case, verdicts: &[VerdictPart], problems: &[&str]) -> CaseProof {
    CaseProof {
        case,
        verdicts: verdicts.to_vec(),
        percent: 0,
        problems: problems.iter().map(|p| (*p).to_owned()).collect(),
        seconds: Seconds { setup: 1.0, script: 0.5, grade: 0.1, removal: 0.4 },
    }
}

fn proof() -> Proof {
    use VerdictPart::{Fail, Pass};
    let scenario = ScenarioProof {
        id: "scenario-2".into(),
        lint: Vec::new(),
        checks: ["no-token", "account"]
            .map(|id| CheckName { id: id.into(), guard: id == "account" })
            .to_vec(),
        cases: vec![
            case(Case::Unsolved, &[Fail, Pass], &[]),
            case(Case::Solution { name: "reference".into(), seed: Some(1) }, &[Pass, Pass], &[]),
            case(
                Case::Mistake { name: "left-on".into() },
                &[Pass, Pass],
                &["`no-token` does not catch <it>"],
            ),
        ],
    };
    Proof {
        schema: Proof::SCHEMA.into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        scenarios: vec![scenario],
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
}

#[test]
fn the_matrix_fits_the_terminal() {
    let mut out = Vec::new();
    matrix::write(&mut out, &Style::mono(), &proof()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}
