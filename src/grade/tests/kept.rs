//! What must stay as it was, and expressions over what a learner has made of it.

use serde_json::{Map, Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::BaselineError;
use crate::grade::expectation::Check;
use crate::grade::observation::Observations;
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};

fn accounts(more: Value) -> Check {
    let kept = json!({
        "kind": "ServiceAccount", "namespace": NS, "atLeast": 2, "recreated": false,
        "unchanged": ["automountServiceAccountToken"],
    });
    check(json!({"resource": with(kept, more)}))
}

async fn before(check: &Check) -> Observations {
    Fake::of([account("default"), account("web")]).baseline(check).await
}

#[tokio::test(start_paused = true)]
async fn all_that_were_there_stay_and_others_are_of_no_matter_unless_none_is_to_be_added() {
    let (kept, alone) = (accounts(json!({})), accounts(json!({"noneAdded": true})));
    let then = before(&kept).await;
    let one_more = || Fake::of([account("default"), account("web"), account("mine")]);
    expect(&one_more().grade_after(&then, kept.clone()).await, Pass, "as required");
    expect(&one_more().grade_after(&then, alone).await, Fail, "did not exist then");
    let another_instead = Fake::of([account("default"), account("mine")]);
    expect(&another_instead.grade_after(&then, kept.clone()).await, Fail, "production/web no longer exists");
    let anew = with(account("web"), json!({"metadata": {"uid": "another"}}));
    let anew = Fake::of([account("default"), anew]);
    expect(&anew.grade_after(&then, kept.clone()).await, Fail, "deleted and recreated");
    let flagged = with(account("web"), json!({"automountServiceAccountToken": false}));
    expect(&Fake::of([account("default"), flagged]).grade_after(&then, kept).await, Fail, "has changed");
}

fn by_cel(expect: &str, cel: &str) -> Check {
    check(json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "expect": expect, "cel": cel}}))
}

#[tokio::test(start_paused = true)]
async fn an_expression_that_does_not_fit_what_the_learner_made_fails() {
    let nested = "!has(object.secrets) || object.secrets.all(a, object.secrets.all(b, object.secrets.all(c, a != null)))";
    let wide: Vec<Value> = (0..200).map(|n| json!({"name": format!("s{n}")})).collect();
    let wide = with(account("web"), json!({"secrets": wide}));
    let field = "object.metadata.generation == 1";
    for (cel, made) in [(nested, wide), (field, with(account("web"), json!({"secrets": []})))] {
        let right = with(account("web"), json!({"metadata": {"generation": 1}}));
        let then = Fake::of([right]).baseline(&by_cel("exists", cel)).await;
        let graded = Fake::of([made.clone()]).grade_after(&then, by_cel("exists", cel)).await;
        expect(&graded, Fail, "Take back what you changed about it");
        // Nor does it hide what must not be there.
        let graded = Fake::of([made]).grade_after(&then, by_cel("absent", cel)).await;
        expect(&graded, Fail, "still exists, but must not");
    }
    let noted: Map<String, Value> = (0..500).map(|n| (format!("a{n}"), json!("b"))).collect();
    let noted = with(account("web"), json!({"metadata": {"annotations": noted, "labels": noted}}));
    let then = before(&by_cel("exists", nested)).await;
    expect(&Fake::of([noted]).grade_after(&then, by_cel("exists", nested)).await, Pass, "as required");
    // Over what nobody has touched it is the author's.
    let then = Fake::of([account("web")]).baseline(&accounts(json!({"atLeast": 1}))).await;
    let untouched = Fake::of([account("web")]).grade_after(&then, by_cel("exists", field)).await;
    expect(&untouched, Unknown, "The scenario itself has a mistake");
}

#[tokio::test(start_paused = true)]
async fn a_lab_whose_questions_have_no_answer_is_not_begun() {
    let asked = check(json!({"answer": {"key": "found", "as": "set", "computed": {
        "kind": "Secret", "namespace": NS, "value": "object.metadata.name",
    }}}));
    let error = crate::grade::baseline(&Fake::of([]), &[asked], &[]).await.unwrap_err();
    assert!(matches!(error, BaselineError::Unusable(_)), "{error}");
    assert!(error.to_string().contains("`it` cannot be graded: `computed` gives nothing"), "{error}");
}
