//! Every way to fail, as a learner reads it: plain, and with everything told.
//!
//! Read the snapshots like a learner: short, exact, warm, and no solution in the plain one.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::admission::{admitted, answers, must_be_refused, probe_pod, refused};
use super::fake::Fake;
use super::replay::{an_hour_for_example, baseline, claims, handed_in, old_secret, replayed, token_dead};
use super::support::*;
use super::{containers, templates};
use crate::grade::expectation::Check;
use crate::grade::observation::{Observation, Observations, ProbeFailure};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenPlace, TokenRef};
use crate::grade::{Baseline, CheckResult};
use crate::report::style::Style;
use crate::report::text::write;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::result::provenance::Provenance;
use crate::result::provenance::{ClusterPart, ScenarioPart};

/// Graded cases by their titles.
#[derive(Default)]
struct Cases(Vec<CheckResult>);

impl Cases {
    async fn add(&mut self, title: &str, fake: Fake, check: Check) {
        self.against(title, fake, Baseline::Taking, check).await;
    }

    async fn after(&mut self, title: &str, fake: Fake, before: &Observations, check: Check) {
        self.against(title, fake, Baseline::Taken(before), check).await;
    }

    async fn against(&mut self, title: &str, fake: Fake, before: Baseline<'_>, check: Check) {
        let grade = fake.grade_with(&[within("1s", check)], &[], before).await;
        let result = CheckResult { id: title.into(), requirement: title.into(), ..grade.results[0].clone() };
        self.0.push(result);
    }

    /// The report, as of a learner who saw the first of three hints.
    fn told(&self, explain: bool) -> String {
        let about = Provenance {
            attempt: "all-bcdfgh".into(),
            scenario: ScenarioPart {
                id: "all".into(),
                title: "Every way to fail".into(),
                digest: "0".into(),
            },
            params: [].into(),
            cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
            started: Timestamp::UNIX_EPOCH,
            hints: 1,
            solution_shown: false,
            solution: None,
        };
        let result = ResultV1::new(about, &self.0, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let after = Closing { hints_left: 2, coach: true, explain, ..Closing::default() };
        let mut out = Vec::new();
        write(&mut out, &Style::mono(), &result, after).unwrap();
        let text = String::from_utf8(out).unwrap();
        let wide = |line: &&str| line.chars().count() > 80 && line.contains(' ');
        assert_eq!(text.lines().find(wide), None);
        text
    }
}

fn resource(spec: Value) -> Check {
    let all = json!({"kind": "ServiceAccount", "namespace": NS});
    check(json!({"resource": with(all, spec)}))
}

fn workload(spec: Value) -> Check {
    check(json!({"workload": with(json!({"workload": "pod/myapp", "namespace": NS}), spec)}))
}

fn token_mount(expect: Value) -> Check {
    check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": expect}}))
}

fn access(spec: Value) -> Check {
    check(json!({"access": with(json!({"serviceAccount": "reader", "namespace": NS}), spec)}))
}

fn exec(spec: Value) -> Check {
    let all = json!({"workload": "pod/myapp", "namespace": NS, "command": ["curl", "-sS", "http://127.0.0.1:8080/"]});
    check(json!({"exec": with(all, spec)}))
}

fn answer(spec: Value) -> Check {
    check(json!({"answer": with(json!({"key": "found"}), spec)}))
}

fn ended(code: i32, stdout: &str, stderr: &str) -> Fake {
    let exec =
        Observation::Exec { code, stdout: stdout.into(), stderr: stderr.into(), cut: false, audit: None };
    let mut fake = Fake::of([pod("myapp")]);
    fake.exec = Ok(exec);
    fake
}

fn wrote(text: &str) -> Fake {
    let mut fake = Fake::of([account("a"), account("b")]);
    fake.files.insert("answers/found".into(), text.into());
    fake
}

async fn resources(cases: &mut Cases) {
    let off = json!({"name": "app", "match": {"automountServiceAccountToken": false}});
    let labelled = json!({"match": {"metadata": {"labels": {"team": "platform"}}}});
    cases.add("resource: missing", Fake::of([]), resource(off.clone())).await;
    let elsewhere = with(account("app"), json!({"metadata": {"namespace": "staging"}}));
    cases.add("resource: in another Namespace", Fake::of([elsewhere]), resource(off.clone())).await;
    cases.add("resource: a field", Fake::of([account("app")]), resource(off.clone())).await;
    cases
        .add("resource: two fields", Fake::of([account("app")]), resource(with(off.clone(), labelled)))
        .await;
    let cel = resource(json!({"name": "app", "cel": "has(object.secrets) && size(object.secrets) == 1"}));
    cases.add("resource: an expression", Fake::of([account("app")]), cel).await;
    let bad = resource(json!({"name": "app", "cel": "object.nope == 1"}));
    cases.add("resource: a mistake of the author", Fake::of([account("app")]), bad).await;
    let absent = resource(json!({"kind": "Secret", "name": "old", "expect": "absent"}));
    cases.add("resource: still there", Fake::of([secret("old", "Opaque", json!({}))]), absent).await;
    let two = resource(json!({"atLeast": 2}));
    cases.add("resource: too few", Fake::of([account("app")]), two).await;
    let nowhere = resource(json!({"namespace": "nowhere", "name": "app"}));
    cases.add("resource: no Namespace", Fake::of([]), nowhere).await;
    cases.add("resource: being deleted", Fake::of([terminating(account("app"))]), resource(off)).await;
    let mut silent = Fake::of([]);
    let why = ProbeFailure { message: "the API said 403: forbidden".into(), transient: false };
    silent.scripted.insert(Probe::list("v1", "ServiceAccount", Some(NS)), Err(why));
    cases.add("resource: the API refuses", silent, resource(json!({"name": "app"}))).await;

    let kept = resource(json!({"name": "app", "unchanged": ["secrets"], "recreated": false}));
    let before = with(account("app"), json!({"secrets": [{"name": "login"}]}));
    let baseline = Fake::of([before.clone()]).baseline(&kept).await;
    cases.after("resource: changed", Fake::of([account("app")]), &baseline, kept.clone()).await;
    let anew = with(before.clone(), json!({"metadata": {"uid": "2"}}));
    cases.after("resource: made anew", Fake::of([anew]), &baseline, kept).await;
    let made = resource(json!({"name": "app", "recreated": true}));
    cases.after("resource: not made anew", Fake::of([before]), &baseline, made).await;
}

async fn workloads(cases: &mut Cases) {
    let runs_as = workload(json!({"serviceAccount": "myapp-sa"}));
    cases.add("workload: another account", Fake::of([pod("myapp")]), runs_as.clone()).await;
    cases.add("workload: no Pod", Fake::of([]), runs_as.clone()).await;
    let gone = workload(json!({"workload": "deployment/web"}));
    cases.add("workload: no Deployment", Fake::of([]), gone).await;
    let two = workload(json!({"workload": "pods", "selector": "app=web", "atLeast": 2}));
    cases.add("workload: too few Ready", Fake::of([pod("myapp")]), two).await;
    let going = terminating(pod("myapp"));
    cases.add("workload: being deleted", Fake::of([going]), runs_as).await;
    let same = workload(json!({"same": ["image", "command"], "alone": true}));
    let before = Fake::of([pod("myapp")]).baseline(&same).await;
    let sleeps =
        json!({"spec": {"containers": [{"name": "web", "image": "nginx", "command": ["sleep", "1d"]}]}});
    let asleep = with(pod("myapp"), sleeps);
    cases.after("workload: another command", Fake::of([asleep]), &before, same.clone()).await;
    let copy = with(pod("copy"), json!({"metadata": {"uid": "2"}}));
    cases.after("workload: a copy beside", Fake::of([pod("myapp"), copy]), &before, same).await;
    cases.add("tokenMount: a token", Fake::of([pod_with_token("myapp")]), token_mount(json!("none"))).await;
    let spec = |spec: Value| Fake::of([with(pod("myapp"), json!({"spec": spec}))]);
    cases.add("tokenMount: the node", spec(json!({"hostNetwork": true})), token_mount(json!("none"))).await;
    let image = json!({"volumes": [{"name": "v", "image": {"reference": "i"}}], "containers": [
        {"name": "web", "image": "nginx", "volumeMounts": [{"name": "v", "mountPath": "/data"}]}]});
    cases.add("tokenMount: content from elsewhere", spec(image), token_mount(json!("none"))).await;
    cases.add("tokenMount: no Pod", Fake::of([]), token_mount(json!("none"))).await;
    let bound = token_mount(json!({"bound": {"audience": "vault.example.com", "maxSeconds": 900}}));
    cases.add("tokenMount: another token", Fake::of([pod_with_token("myapp")]), bound.clone()).await;
    cases.add("tokenMount: no token", Fake::of([pod("myapp")]), bound).await;
    let proxy = |holders: &[&str]| Fake::of([containers::three(holders)]);
    let only = containers::of(json!(["sidecar"]), json!({"bound": {}}));
    cases.add("tokenMount: in another container", proxy(&["app", "sidecar"]), only.clone()).await;
    cases.add("tokenMount: not in the container", proxy(&[]), only).await;
    let absent = containers::of(json!(["proxy"]), json!("none"));
    cases.add("tokenMount: no such container", proxy(&[]), absent).await;
    let refused =
        templates::refused("pods \"report-\" is forbidden: violates PodSecurity \"restricted:latest\"");
    let none = templates::token_mount(json!("none"));
    let later = Observations::default();
    cases.after("tokenMount: a template that is refused", refused, &later, none).await;
    let works = exec(json!({"stdout": "^Welcome to the shop$"}));
    cases.add("exec: an error", ended(22, "", "curl: (22) the server said 404\n"), works.clone()).await;
    cases.add("exec: another output", ended(0, "Hello\n", ""), works.clone()).await;
    cases.add("exec: no such program", ended(127, "", "sh: curl: not found\n"), works).await;
}

async fn rights(cases: &mut Cases) {
    let one = json!([{"verbs": ["get"], "resources": ["configmaps"], "names": ["app-config"]}]);
    let bound = |rules: Value| {
        [
            account("reader"),
            role("Role", "reads", rules),
            binding("RoleBinding", "reader-reads", "Role/reads", to_account("reader")),
        ]
    };
    let exactly = access(json!({"exactly": one}));
    cases.add("access: no account", Fake::of([]), exactly.clone()).await;
    cases.add("access: missing", Fake::of([account("reader")]), exactly.clone()).await;
    let wide = Fake::of(bound(rule(&["get"], &["configmaps"], &[])));
    cases.add("access: too wide", wide, exactly.clone()).await;
    let many = Fake::of(bound(rule(&["list", "watch"], &["secrets"], &[])));
    cases.add("access: other rights", many, exactly).await;
    let denied = access(json!({"denied": [{"verbs": ["get"], "resources": ["secrets"]}]}));
    let reads = Fake::of(bound(rule(&["get"], &["secrets"], &["login"])));
    cases.add("access: what must be denied", reads, denied).await;
    let dangling = binding("RoleBinding", "reader-reads", "Role/gone", to_account("reader"));
    let allowed = access(json!({"allowed": one}));
    cases.add("access: a binding to nothing", Fake::of([account("reader"), dangling]), allowed).await;
    let empty = access(json!({}));
    cases.add("access: a mistake of the author", Fake::of([account("reader")]), empty).await;
}

async fn written(cases: &mut Cases) {
    let computed =
        json!({"computed": {"kind": "ServiceAccount", "namespace": NS, "value": "object.metadata.name"}});
    let set = answer(with(computed, json!({"as": "set"})));
    cases.add("answer: nothing", wrote(""), set.clone()).await;
    cases.add("answer: another set", wrote("a, c"), set).await;
    let count = json!({"kind": "ServiceAccount", "namespace": NS, "value": "1"});
    let number = answer(json!({"as": "number", "computed": count}));
    cases.add("answer: another number", wrote("7"), number.clone()).await;
    cases.add("answer: no number", wrote("many"), number).await;
    let text = answer(json!({"computed": {
        "kind": "ServiceAccount", "namespace": NS, "where": "object.metadata.name == 'b'", "value": "object.metadata.name",
    }}));
    cases.add("answer: another text", wrote("a"), text).await;
    cases.add("answer: another form", wrote("a"), answer(json!({"pattern": "expired"}))).await;
}

async fn tokens(cases: &mut Cases) {
    let example = "api.example.com";
    let mut none = Fake::of([]);
    let token = TokenRef::now(TokenPlace::File { path: "answers/token".into() });
    let nothing = Observation::NoToken { why: "there is no such file".into() };
    let review = Probe::TokenReview { token, audiences: vec![example.into()] };
    none.scripted.insert(review, Ok(nothing));
    cases.add("token: none", none, an_hour_for_example()).await;
    let rejected = handed_in(claims(Some(3600), "vault"), false, &[]);
    cases.add("token: not accepted", rejected, an_hour_for_example()).await;
    let long = handed_in(claims(Some(86400), example), true, &[example]);
    cases.add("token: another lifetime", long, an_hour_for_example()).await;
    let mut theirs = claims(Some(3600), example);
    theirs.sub = Some(format!("system:serviceaccount:{NS}:default"));
    let theirs = handed_in(theirs, true, &[example]);
    cases.add("token: another account", theirs, an_hour_for_example()).await;

    let before = baseline(&token_dead()).await;
    let mut alive = Fake::of([account("ci"), old_secret()]);
    replayed(&mut alive, true);
    cases.after("tokenDead: alive", alive, &before, token_dead()).await;
    let mut dying = Fake::of([account("ci")]);
    replayed(&mut dying, true);
    cases.after("tokenDead: not yet", dying, &before, token_dead()).await;
    let left = check(json!({"legacySecrets": {"namespace": NS}}));
    let before = baseline(&left).await;
    let mut still = Fake::of([account("ci"), old_secret()]);
    replayed(&mut still, true);
    cases.after("legacySecrets: left", still, &before, left).await;

    let path = "/api/v1/namespaces";
    let mut nobody = Fake::of([]);
    let said = Observation::Response { status: 403, message: "forbidden".into() };
    nobody.scripted.insert(Probe::Request { token: None, path: path.into() }, Ok(said));
    let request = check(json!({"request": {"with": "nobody", "path": path, "status": 401}}));
    cases.add("request: another status", nobody, request).await;
}

async fn admissions(cases: &mut Cases) {
    let before = Observations::default();
    let shop = || admitted(pod("x"));
    cases.after("admission: admitted", answers(shop(), shop(), []), &before, must_be_refused()).await;
    let quota = answers(refused("exceeded quota"), shop(), []);
    cases.after("admission: another reason", quota, &before, must_be_refused()).await;
    let nothing = answers(refused("no token here"), refused("no token here"), []);
    cases.after("admission: nothing is admitted", nothing, &before, must_be_refused()).await;
    let spec = json!({"namespace": NS, "object": probe_pod(true), "expect": "admitted", "control": probe_pod(false)});
    let must_be = |more: Value| check(json!({"admission": with(spec.clone(), more)}));
    let no = answers(refused("not allowed"), shop(), []);
    cases.after("admission: refused", no, &before, must_be(json!({}))).await;
    let given = answers(admitted(pod_with_token("x")), admitted(pod_with_token("x")), []);
    cases.after("admission: given a token", given, &before, must_be(json!({"token": "none"}))).await;
    let field = must_be(json!({"match": {"spec": {"serviceAccountName": "reader"}}}));
    cases.after("admission: a field", answers(shop(), shop(), []), &before, field).await;
}

async fn all_but_admission() -> Cases {
    let mut cases = Cases::default();
    resources(&mut cases).await;
    workloads(&mut cases).await;
    rights(&mut cases).await;
    written(&mut cases).await;
    tokens(&mut cases).await;
    cases
}

#[tokio::test(start_paused = true)]
async fn every_way_to_fail_is_told_without_the_solution_and_with_it() {
    let mut cases = all_but_admission().await;
    admissions(&mut cases).await;
    let (plain, explained) = (cases.told(false), cases.told(true));
    insta::assert_snapshot!("plain", plain);
    insta::assert_snapshot!("explained", explained);
}

#[tokio::test(start_paused = true)]
async fn whoever_fails_is_told_where_to_look() {
    let cases = all_but_admission().await;
    let silent: Vec<_> =
        cases.0.iter().filter(|c| c.verdict.next_step.is_none() && c.id != "tokenDead: not yet").collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
