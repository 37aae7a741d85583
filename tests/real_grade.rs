//! Grades on a real cluster: waited for by watch, with programs really run, beside how long it took.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic and talk"
)]

mod lab_support;

use std::time::Instant;

use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use kube::api::{Api, DeleteParams, PostParams};

use lab_support::Lab;
use satrain::grade::expectation::Check;
use satrain::grade::observation::Observations;
use satrain::grade::verdict::Outcome::{self, Fail, NotYet, Pass};
use satrain::grade::{Baseline, ClusterProber, Grade, GradeRequest, baseline, grade};
use serde_json::{Value, json};

fn check(id: &str, kind: Value) -> Check {
    let mut check = json!({"id": id, "points": 25, "requirement": id});
    check.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    serde_json::from_value(check).unwrap()
}

fn pod(account: &str, grace: i64) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "myapp", "labels": {"app": "myapp"}},
        "spec": {
            "serviceAccountName": account,
            "terminationGracePeriodSeconds": grace,
            "containers": [{
                "name": "web", "image": "satrain.local/lab:1", "imagePullPolicy": "Never",
                "command": ["sh", "-c", "sleep 3600"],
            }],
        },
    }))
    .unwrap()
}

fn outcomes(grade: &Grade) -> Vec<Outcome> {
    grade.results.iter().map(|r| r.verdict.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_is_recreated_without_its_token() {
    let Some(lab) = Lab::start() else { return };
    let client = lab.grader().await;
    let ns = format!("satrain-g{}", std::process::id());
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace = serde_json::from_value(json!({"metadata": {"name": ns}})).unwrap();
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &ns);
    for (name, automount) in [("before", true), ("after", false)] {
        let account = json!({"metadata": {"name": name}, "automountServiceAccountToken": automount});
        accounts.create(&PostParams::default(), &serde_json::from_value(account).unwrap()).await.unwrap();
    }
    let pods: Api<Pod> = Api::namespaced(client.clone(), &ns);
    pods.create(&PostParams::default(), &pod("before", 2)).await.unwrap();

    let myapp = |rest: Value| {
        let mut spec = json!({"workload": "pod/myapp", "namespace": ns});
        spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        spec
    };
    let checks = [
        check(
            "account",
            json!({"workload": myapp(json!({"serviceAccount": "after", "same": ["image", "command", "volumes"]}))}),
        ),
        check("no-token", json!({"tokenMount": myapp(json!({"expect": "none"}))})),
        check("no-rights", json!({"access": {"serviceAccount": "after", "namespace": ns, "exactly": []}})),
        check(
            "works",
            json!({"exec": myapp(json!({"command": ["sh", "-c", "echo fine"], "stdout": "^fine"}))}),
        ),
        check("no-tool", json!({"exec": myapp(json!({"command": ["no-such-program"]}))})),
        check("fails", json!({"exec": myapp(json!({"command": ["sh", "-c", "echo why >&2; exit 3"]}))})),
    ];
    let workspace = tempfile::tempdir().unwrap();
    let ask = ClusterProber::new(client.clone(), workspace.path());
    let before: Observations = baseline(&ask, &checks, &[]).await.unwrap();
    let request = GradeRequest { checks: &checks, guards: &[], baseline: Baseline::Taken(&before) };

    let begun = Instant::now();
    let unsolved = grade(&ask, &request).await;
    eprintln!("a lab of a new container was graded in {:?}", begun.elapsed());
    for result in &unsolved.results {
        eprintln!("{:?} {}: {}", result.verdict.outcome, result.id, result.verdict.why);
    }
    assert_eq!(outcomes(&unsolved), [Fail, Fail, Pass, Pass, Fail, Fail]);
    let begun = Instant::now();
    let again = grade(&ask, &request).await;
    eprintln!("and once more, settled, in {:?}", begun.elapsed());
    assert_eq!(outcomes(&again), outcomes(&unsolved));

    pods.delete("myapp", &DeleteParams::default()).await.unwrap();
    let recreate = async {
        kube::runtime::wait::await_condition(pods.clone(), "myapp", |pod: Option<&Pod>| pod.is_none())
            .await
            .unwrap();
        pods.create(&PostParams::default(), &pod("after", 0)).await.unwrap();
        Instant::now()
    };
    let begun = Instant::now();
    let (solved, created) = tokio::join!(grade(&ask, &request), recreate);
    eprintln!(
        "graded {:?} after the deletion, {:?} after the new Pod was made",
        begun.elapsed(),
        created.elapsed()
    );
    let waited = outcomes(&solved);
    assert!(waited[0] == Pass || waited[0] == Fail || waited[0] == NotYet);
    let solved = grade(&ask, &request).await;
    assert_eq!(outcomes(&solved), [Pass, Pass, Pass, Pass, Fail, Fail], "{:#?}", solved.results);
    let saved = serde_json::to_string(&solved).unwrap();
    assert!(!saved.contains("eyJ"), "a token was kept");
    namespaces.delete(&ns, &DeleteParams::default()).await.unwrap();
}
