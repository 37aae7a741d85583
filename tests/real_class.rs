//! A class on real clusters: hostile hand-ins cost only themselves, also where they attack the cluster; the same marks come out
//! after a kill at any moment; nothing is left. SATRAIN_CLASS=N makes it a class of N learners, and kills five times.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod hostile_support;
mod lab_support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hostile_support::{Host, Worth, hostile};
use lab_support::Lab;
use satrain::scenario::Catalog;
use satrain::scenario::model::Scenario;
use serde_json::Value;

const SCENARIOS: [&str; 3] = ["scenario-1", "scenario-2", "scenario-3"];

/// Hand-ins that attack the cluster, and not the machine.
fn against_the_cluster() -> Vec<(&'static str, String)> {
    let refuses_all = r#"kubectl apply -f - <<'END'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: nobody}
webhooks:
- name: nobody.example.org
  sideEffects: None
  admissionReviewVersions: [v1]
  failurePolicy: Fail
  clientConfig: {url: "https://127.0.0.1:1/"}
  rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"]}]
END"#;
    let never_goes = r#"kubectl apply -f - <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: stays, namespace: default, finalizers: [example.org/never]}
END
kubectl delete configmap stays -n default --wait=false"#;
    let on_the_node = r#"kubectl apply -f - <<'END'
apiVersion: v1
kind: Pod
metadata: {name: node, namespace: default}
spec:
  hostPID: true
  containers:
  - name: node
    image: busybox
    command: [sh, -c, "nsenter -t 1 -m -- setsid sleep 86487 & sleep 3600"]
    securityContext: {privileged: true}
END
kubectl wait --for=condition=Ready pod/node -n default --timeout=20s; sleep 1; kubectl delete pod node -n default --grace-period=0 --force"#;
    // It has the learner's keys, does not end when it is told to, and waits until its ConfigMap is gone: then it gives rights to the
    // accounts of whoever comes next.
    let lives_on = r#"kubectl config view --raw -o jsonpath='{.users[0].user.client-certificate-data}' | base64 -d > c.pem
kubectl config view --raw -o jsonpath='{.users[0].user.client-key-data}' | base64 -d > k.pem
cat > act.sh <<'END'
c() { curl -sk --cert /d/c.pem --key /d/k.pem -o /d/out -w '%{http_code}' -H 'Content-Type: application/json' "$@"; }
api=https://10.222.0.1:443
while [ "$(c $api/api/v1/namespaces/default/configmaps/lives-on)" != 404 ]; do sleep 0.1; done
while :; do
  for n in production shop staging; do
    c -X POST -d '{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"x"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"system:serviceaccounts"}]}' $api/apis/rbac.authorization.k8s.io/v1/namespaces/$n/rolebindings
  done
  sleep 0.1
done
END
kubectl create configmap lives-on -n default --from-file=c.pem --from-file=k.pem --from-file=act.sh
kubectl apply -f - <<'END'
apiVersion: v1
kind: Pod
metadata: {name: lives-on, namespace: default}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 3600
  containers:
  - name: c
    image: docker.io/curlimages/curl:latest
    command: [sh, -c, "trap '' TERM INT; cp -L /cm/* /d/; sh /d/act.sh"]
    volumeMounts: [{name: cm, mountPath: /cm}, {name: d, mountPath: /d}]
  volumes: [{name: cm, configMap: {name: lives-on}}, {name: d, emptyDir: {}}]
END
kubectl wait --for=condition=Ready pod/lives-on -n default --timeout=20s"#;
    let is_too_much_to_bring_back = r#"head -c 700000 /dev/zero | tr '\0' x > big
for n in $(seq 6); do kubectl create configmap "big-$n" -n kube-system --from-file=big; done
kubectl patch node --all --type=json -p '[{"op": "add", "path": "/metadata/finalizers", "value": ["example.org/stays"]}]'
kubectl annotate node --all example.org/a=b"#;
    let many = r#"for n in $(seq 300); do printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: s%s, namespace: default}\n---\n' "$n"; done | kubectl apply -f - >/dev/null"#;
    vec![
        ("refuses everything", refuses_all.to_owned()),
        ("leaves what never goes", never_goes.to_owned()),
        ("leaves a process on the node", on_the_node.to_owned()),
        ("makes many Secrets", many.to_owned()),
        ("leaves a Pod that lives on", lives_on.to_owned()),
        ("is too much to bring back", is_too_much_to_bring_back.to_owned()),
        ("gives everybody all rights", "kubectl create clusterrolebinding all --clusterrole=cluster-admin --group=system:authenticated --group=system:unauthenticated".to_owned()),
        ("deletes all Namespaces and roles", "kubectl delete namespaces --all --wait=false; kubectl delete clusterroles,clusterrolebindings --all --wait=false".to_owned()),
        ("ends the node", "kubectl delete node --all; kubectl delete pods --all -A --grace-period=0 --force".to_owned()),
    ]
}

/// What a hand-in must be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Exactly(u64),
    /// Not everything, or it could not be graded: the cluster is its own affair.
    NotAll,
}

struct Class {
    folder: PathBuf,
    hand_ins: PathBuf,
    wanted: BTreeMap<String, (String, Wanted)>,
}

/// A solution that does not wait for what another one left, as a learner would hand it in.
fn script(scenario: &Scenario, run: &str) -> String {
    let helpers: String = scenario.helpers.clone();
    format!("set -e\n{helpers}\n{run}\n")
}

/// `learners` learners with one hand-in each: hostile ones, right ones and known mistakes in turn.
fn class(lab: &Lab, root: &Path, learners: usize) -> Class {
    let folder = root.join("class");
    let mut arguments = vec!["class", "new", folder.to_str().unwrap(), "--title", "Everybody"];
    SCENARIOS.iter().for_each(|id| arguments.extend(["--scenario", id]));
    assert_eq!(lab.code(&arguments).0, 0);
    let catalog = Catalog::builtin();
    let hand_ins = root.join("hand-ins");
    let mut wanted = BTreeMap::new();
    let mut roster = "id,name\n".to_owned();
    let mut evil: Vec<(String, String, Wanted)> = hostile()
        .into_iter()
        .map(|hostile| {
            let worth = match hostile.worth {
                Worth::Exactly(worth) => Wanted::Exactly(worth),
                Worth::NotAll => Wanted::NotAll,
                Worth::Refused => Wanted::Exactly(0),
            };
            (hostile.name.to_owned(), hostile.script, worth)
        })
        .chain(
            against_the_cluster().into_iter().map(|(name, script)| (name.to_owned(), script, Wanted::NotAll)),
        )
        .collect();
    evil.reverse();
    for number in 0..learners {
        let id = format!("learner-{number:03}");
        roster.push_str(&format!("{id},Learner {number}\n"));
        // Each hostile one is followed by a right one, sooner or later on the same cluster.
        let (scenario, what, text, worth) = if let (0, Some((name, text, worth))) =
            (number % 2, if number % 2 == 0 { evil.pop() } else { None })
        {
            ("scenario-2", name, text, worth)
        } else {
            let id = SCENARIOS[number / 2 % 3];
            let scenario = &catalog.get(id).unwrap().scenario;
            let right = &scenario.solutions[number / 6 % scenario.solutions.len()];
            (id, format!("right: {}", right.name), script(scenario, &right.run), Wanted::Exactly(100))
        };
        let place = hand_ins.join(&id);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(format!("{scenario}.sh")), text).unwrap();
        wanted.insert(id, (format!("{scenario}, {what}"), worth));
    }
    fs::write(folder.join("roster.csv"), roster).unwrap();
    Class { folder, hand_ins, wanted }
}

impl Class {
    fn arguments(&self, how: &[&'static str]) -> Vec<&str> {
        let folder =
            |path: &'_ PathBuf| -> &'static str { Box::leak(path.display().to_string().into_boxed_str()) };
        [&["grade", folder(&self.folder), folder(&self.hand_ins), "--timeout", "25"], how].concat()
    }

    fn marks(&self) -> usize {
        fs::read_dir(self.folder.join("results/marks")).map_or(0, |entries| entries.flatten().count())
    }

    /// Points by learner; None: could not be graded.
    fn points(book: &Value) -> BTreeMap<String, Option<u64>> {
        let rows = book["rows"].as_array().unwrap_or_else(|| panic!("{book:#}"));
        let points = |row: &Value| {
            let tasks = row["tasks"].as_array().unwrap();
            tasks
                .iter()
                .find(|task| !task["work"].as_array().unwrap().is_empty())
                .and_then(|task| task["percent"].as_u64())
        };
        rows.iter().map(|row| (row["learner"].as_str().unwrap().to_owned(), points(row))).collect()
    }
}

#[test]
fn hostile_hand_ins_cost_only_themselves_and_a_kill_costs_nothing() {
    let Some(lab) = Lab::idle() else { return };
    let asked: Option<usize> = std::env::var("SATRAIN_CLASS").ok().and_then(|n| n.parse().ok());
    let (learners, kills) = (asked.unwrap_or(20), if asked.is_some() { 5 } else { 1 });
    let root = tempfile::tempdir().unwrap();
    let class = class(&lab, root.path(), learners);
    let before = Host::look();
    // Two machines play the class, each its part, and do not wait for each other.
    let parts = ["--shard=1/2", "--shard=2/2"];
    let part = |part: &'static str| {
        let mut command = lab.command();
        command.args(class.arguments(&[part, "--jobs=2"])).env("SATRAIN_STATE", root.path().join(part));
        command.spawn().unwrap()
    };

    let began = Instant::now();
    let mut moment = u64::from(std::process::id());
    for _ in 0..kills {
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Some have their marks then, and others are under way.
        let (more, after) = ((moment >> 40) % 4, Duration::from_millis((moment >> 33) % 3000));
        let (had, began) = (class.marks() as u64, Instant::now());
        let mut child = part(parts[0]);
        while (class.marks() as u64) < had + more && began.elapsed() < Duration::from_secs(90) {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        println!("  killed after {after:?}, {} marks", class.marks());
    }
    let kept = class.marks();
    for (child, name) in parts.map(|name| (part(name), name)) {
        let out = child.wait_with_output().unwrap();
        let [said, told] = [&out.stdout, &out.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        assert!(said.starts_with("Part ") && [Some(0), Some(5)].contains(&out.status.code()), "{said}{told}");
        assert!(!told.contains('\u{1b}'), "an escape sequence");
        let clusters = fs::read_dir(root.path().join(name).join("clusters"));
        let left = clusters.map_or(0, |all| all.flatten().filter(|e| e.path().is_dir()).count());
        assert_eq!(left, 0, "{told}");
    }
    let out = lab.run(&class.arguments(&["--collect", "--output", "json"]));
    let book: Value = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)));
    println!(
        "  {learners} hand-ins, {kept} of them before the last kill, {:.0} s",
        began.elapsed().as_secs_f32()
    );
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!said.contains('\u{1b}'), "an escape sequence");
    let points = Class::points(&book);
    let mut wrong = Vec::new();
    for (learner, (what, wanted)) in &class.wanted {
        let got = points.get(learner).copied().flatten();
        println!("    {learner} {what}: {got:?}");
        let holds = match wanted {
            Wanted::Exactly(worth) => got == Some(*worth),
            Wanted::NotAll => got.is_none_or(|percent| percent < 100),
        };
        if !holds {
            wrong.push(format!("{learner}, {what}: {got:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
    assert_eq!(Host::look(), before);
    let clusters = fs::read_dir(lab.state().join("clusters"))
        .map_or(0, |all| all.flatten().filter(|e| e.path().is_dir()).count());
    assert_eq!(clusters, 0, "no cluster is left");

    // Everything has its mark now: the same again, without a cluster.
    let again = Instant::now();
    let twice: Value = lab.json(&class.arguments(&["--jobs=3"]));
    println!("  again: {:.1} s", again.elapsed().as_secs_f32());
    let graded = |points: &BTreeMap<String, Option<u64>>| -> BTreeMap<String, u64> {
        points.iter().filter_map(|(learner, points)| Some((learner.clone(), (*points)?))).collect()
    };
    let (first, second) = (graded(&points), graded(&Class::points(&twice)));
    assert!(
        first.iter().all(|(learner, points)| second.get(learner) == Some(points)),
        "{first:?} {second:?}"
    );
}
