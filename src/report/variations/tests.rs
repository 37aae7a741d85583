use crate::grade::verdict::Outcome;
use crate::prove::plan::Case;
use crate::prove::proof::{CaseProof, CheckName, Proof, ScenarioProof, Seconds};
use crate::prove::variations::{Cell, Rates};
use crate::report::style::Style;
use crate::report::{junit, matrix};
use crate::result::provenance::ClusterPart;
use crate::variation::Variation;

fn cell(name: &str, attack: bool, cell: Cell, problems: &[&str]) -> CaseProof {
    let variation =
        Variation { name: name.into(), attack, about: "Does something.".into(), ..Variation::default() };
    CaseProof {
        case: Case::Variation(variation),
        verdicts: vec![Outcome::Pass],
        percent: 100,
        problems: problems.iter().map(|p| (*p).to_owned()).collect(),
        at_first: Vec::new(),
        seconds: Seconds { setup: 1.0, ..Seconds::default() },
        fate: None,
        cell: Some(cell),
    }
}

fn scenario(id: &str, cases: Vec<CaseProof>) -> ScenarioProof {
    let checks = vec![CheckName { id: "no-token".into(), guard: false }];
    ScenarioProof { id: id.into(), lint: Vec::new(), checks, cases, mutation: None }
}

fn proof() -> Proof {
    let lost = || Cell::Lost { by: vec!["no-token".into()] };
    let misfit = || Cell::NotApplicable { why: "nothing of the kind is graded".into() };
    let declared = || Cell::Declared { reason: "The volume holds the token of <another> account.".into() };
    let usual = |id: &str| {
        scenario(
            id,
            vec![
                cell("rights-in-the-namespace-for-a-new-account", true, lost(), &[]),
                cell("token-in-a-variable", true, declared(), &[]),
                cell("another-account", false, Cell::Kept, &[]),
                cell("container-renamed", false, misfit(), &[]),
            ],
        )
    };
    let wrong = scenario(
        "secure-namespace",
        vec![
            cell(
                "rights-in-the-namespace-for-a-new-account",
                true,
                Cell::False,
                &["nothing catches it: 100 %"],
            ),
            cell(
                "token-in-a-variable",
                true,
                Cell::Failed,
                &["it did not take effect: no Pod with the change becomes ready"],
            ),
            cell(
                "container-renamed",
                false,
                Cell::False,
                &[
                    "it costs points: 50 %; `pod1-same`: changed, which is far more than one line of eighty columns can hold",
                ],
            ),
        ],
    );
    let mut scenarios: Vec<ScenarioProof> = (1..=20).map(|n| usual(&format!("scenario-{n}"))).collect();
    scenarios.push(wrong);
    let variations = Rates::of(scenarios.iter().flat_map(|s| &s.cases).filter_map(CaseProof::variation));
    Proof {
        schema: Proof::SCHEMA.into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        scenarios,
        mutation: None,
        variations,
        left: Vec::new(),
        started: "2026-01-01T10:00:00Z".parse().unwrap(),
        seconds: 6.0,
        holds: false,
    }
}

fn written(style: &Style) -> String {
    let mut out = Vec::new();
    matrix::write(&mut out, style, &proof()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    text
}

#[test]
fn the_matrix_of_variations_fits_the_terminal() {
    insta::assert_snapshot!(written(&Style::mono()));
}

#[test]
fn in_plain_text_each_variation_is_a_line_with_counts() {
    let text = written(&Style::plain());
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn junit_tells_by_what_an_attack_was_lost_and_skips_what_does_not_fit() {
    let mut proof = proof();
    proof.scenarios.drain(1..20);
    let mut out = Vec::new();
    junit::write(&mut out, &proof).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn the_json_of_a_cell_says_what_became_of_it() {
    let value = serde_json::to_value(proof()).unwrap();
    insta::assert_json_snapshot!((
        &value["variations"],
        &value["scenarios"][20]["cases"][0],
        &value["scenarios"][0]["cases"][0]["cell"]
    ));
    assert_eq!(serde_json::from_value::<Proof>(value).unwrap(), proof());
}
