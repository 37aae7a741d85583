//! A class on somebody's Kubernetes: Pods grade its hand-ins, and are labs for its learners. The Kubernetes is an embedded cluster, each
//! Pod holds one of its own, and hand-ins go through a real S3 server. Whatever fails, nobody loses a point and nothing is left.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod class_support;
mod lab_support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use class_support::{hand_ins, points};
use lab_support::{Lab, in_turn};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// The node's address in the outer cluster.
const NODE: &str = "10.222.0.1";

/// A Pod that is allowed everything looks at what runs its lab: what it has open, its variables, and its root.
const PEEK: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: peek}
spec:
  hostPID: true
  restartPolicy: Never
  containers:
  - name: peek
    image: busybox
    securityContext: {privileged: true}
    command: [sh, -c, "for way in 'ls /proc/1/fd/' 'cat /proc/1/environ' 'ls /proc/1/root/'; do $way 2>/dev/null || printf 'held '; done"]
"#;

/// The outer cluster, the store, and a class.
struct School {
    outer: Lab,
    root: tempfile::TempDir,
    store: PathBuf,
    port: String,
    wanted: BTreeMap<String, u64>,
}

impl School {
    fn open() -> Option<Self> {
        let outer = Lab::start()?;
        let root = tempfile::tempdir().unwrap();
        let store = root.path().join("s3");
        let status = outer.json(&["cluster", "status"]);
        let components = status["components"].as_array().unwrap();
        let runtime = components.iter().find(|c| c["name"] == "containerd").unwrap()["pid"].to_string();
        let up = script("tests/s3/server", &["up", &store.display().to_string(), &runtime, NODE]);
        assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
        let port = String::from_utf8(up.stdout).unwrap().trim().to_owned();

        let image = root.path().join("image.tar").display().to_string();
        let (code, said) = outer.code(&["cluster", "build-node-image", "--tools", "--export", &image]);
        assert_eq!(code, 0, "{said}");
        let (code, said) = outer.code(&["cluster", "load-image", &image]);
        assert!(code == 0 && said.contains("satrain.local/node-with-tools"), "{said}");
        fs::remove_file(image).unwrap();
        let secret = format!(
            "create secret generic s3 -n default --from-literal=AWS_ENDPOINT_URL=http://{NODE}:{port} \
             --from-literal=AWS_ACCESS_KEY_ID=test --from-literal=AWS_SECRET_ACCESS_KEY=testsecret"
        );
        outer.kubectl(&secret);

        let mut school = Self { outer, root, store, port, wanted: BTreeMap::new() };
        let class = school.at("class");
        let (code, said) =
            school.outer.code(&["class", "new", &class, "--title", "C", "--scenario", "scenario-2"]);
        assert_eq!(code, 0, "{said}");
        school.wanted = hand_ins(Path::new(&school.at("hand-ins")));
        let roster: String = school.wanted.keys().map(|learner| format!("{learner},{learner}\n")).collect();
        fs::write(Path::new(&class).join("roster.csv"), format!("id,name\n{roster}")).unwrap();
        Some(school)
    }

    fn at(&self, name: &str) -> String {
        self.root.path().join(name).display().to_string()
    }

    /// satrain of the instructor, who has a kubeconfig of the outer cluster and the keys of the store.
    fn satrain(&self, arguments: &[&str]) -> Command {
        let kubeconfig = self.outer.state().join("clusters/satrain/learner.kubeconfig");
        let mut command = self.outer.command();
        command
            .args(arguments)
            .env("SATRAIN_STATE", self.at("instructor"))
            .env("KUBECONFIG", kubeconfig)
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "testsecret");
        command
    }

    /// Grades by two Pods.
    fn grade(&self, more: &[&str]) -> Command {
        let (class, files) = (self.at("class"), self.at("hand-ins"));
        let begin = ["grade", &class, &files, "--on", "kubernetes", "--shards", "2", "--context", "satrain"];
        self.satrain(&[&begin, more].concat())
    }

    /// Everything of satrain's on the outer cluster.
    fn left(&self) -> String {
        self.outer.kubectl(
            "get jobs,pods,statefulsets,services,secrets -A -o name -l app.kubernetes.io/managed-by=satrain",
        )
    }

    fn marks(&self) -> usize {
        fs::read_dir(self.root.path().join("class/results/marks")).map_or(0, |all| all.flatten().count())
    }
}

impl Drop for School {
    fn drop(&mut self) {
        script("tests/s3/server", &["down", &self.store.display().to_string()]);
    }
}

fn script(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

#[test]
fn pods_grade_a_class_and_are_labs_for_its_learners() {
    let Some(school) = School::open() else { return };
    in_turn(
        &school,
        &[
            ("what is not said is refused", refusals),
            ("a namespace that allows no such Pods", a_namespace_that_refuses),
            ("an image that is not there, and Ctrl-C", an_image_that_is_not_there),
            ("a Pod is killed and the store is slow", graded_in_spite_of_faults),
            ("again: nothing is played, everything is there", again),
            ("labs", labs),
        ],
    );
}

fn refusals(school: &School) {
    let refused = |more: &[&str], says: &str| {
        let out = school.grade(more).output().unwrap();
        assert!(out.status.code() == Some(2) && text(&out).contains(says), "{}", text(&out));
    };
    refused(&[], "--store");
    refused(&["--store", "s3://classes/c"], "--privileged-on-any-node");
    refused(&["--store", "/tmp", "--privileged-on-any-node"], "do not see a folder");
    refused(&["--store", "ftp://host/x", "--privileged-on-any-node"], "s3://BUCKET");
    let mut without_keys = school.grade(&["--store", "s3://classes/c", "--privileged-on-any-node"]);
    let out = without_keys.env("AWS_SECRET_ACCESS_KEY", "wrong-key-91").output().unwrap();
    assert!(!out.status.success() && text(&out).contains("the store s3://classes/c"), "{}", text(&out));
    assert!(!text(&out).contains("wrong-key-91"));
    let out =
        school.grade(&["--store", "s3://no-such-bucket/c", "--privileged-on-any-node"]).output().unwrap();
    assert!(!out.status.success() && text(&out).contains("no such bucket"), "{}", text(&out));
    assert_eq!(school.left().trim(), "");
}

fn a_namespace_that_refuses(school: &School) {
    school.outer.kubectl("create namespace strict");
    school.outer.kubectl("label namespace strict pod-security.kubernetes.io/enforce=baseline");
    let out = school
        .grade(&["--store", "s3://classes/c", "--namespace", "strict", "--privileged-on-any-node"])
        .output()
        .unwrap();
    let said = text(&out);
    assert_eq!(out.status.code(), Some(4), "{said}");
    assert!(
        said.contains("privileged") && said.contains("pod-security.kubernetes.io/enforce=privileged"),
        "{said}"
    );
    assert_eq!(school.left().trim(), "");
}

fn an_image_that_is_not_there(school: &School) {
    let mut grade = school.grade(&[
        "--store",
        "s3://classes/c",
        "--store-secret",
        "s3",
        "--privileged-on-any-node",
        "--image",
        "satrain.local/no-such:1",
    ]);
    let began = Instant::now();
    let mut running = grade.spawn().unwrap();
    while !school.left().contains("job.batch/satrain-grade-") || began.elapsed() < Duration::from_secs(6) {
        assert!(began.elapsed() < Duration::from_secs(60), "no Job was made");
        std::thread::sleep(Duration::from_millis(200));
    }
    kill(Pid::from_raw(i32::try_from(running.id()).unwrap()), Signal::SIGINT).unwrap();
    let code = running.wait().unwrap().code();
    let out = running.wait_with_output().unwrap();
    let said = text(&out);
    assert!(code != Some(0) && said.contains("Image"), "{said}");
    assert_eq!(school.left().trim(), "", "{said}");
    assert_eq!(school.marks(), 0);
}

fn graded_in_spite_of_faults(school: &School) {
    let mut grade = school.grade(&[
        "--store",
        "s3://classes/c",
        "--store-secret",
        "s3",
        "--privileged-on-any-node",
        "--output",
        "json",
    ]);
    let began = Instant::now();
    let running = grade.spawn().unwrap();
    while school.marks() == 0 {
        assert!(began.elapsed() < Duration::from_secs(240), "{}", school.left());
        std::thread::sleep(Duration::from_millis(200));
    }
    // What it plays is begun again, and what has a mark is not.
    let pod = school.outer.kubectl("get pods -n default -o name -l app.kubernetes.io/name=satrain-grade --field-selector=status.phase=Running");
    let pod = pod.lines().next().unwrap_or_default().to_owned();
    school.outer.kubectl(&format!("delete -n default {pod} --grace-period=0 --force"));
    // Meanwhile the store gives no answer.
    let server: i32 = fs::read_to_string(school.store.join("cluster.pid")).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(server), Signal::SIGSTOP).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    kill(Pid::from_raw(server), Signal::SIGCONT).unwrap();
    let out = running.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    println!("    killed {pod}, 6 hand-ins in {:.0} s", began.elapsed().as_secs_f32());
    let book: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(points(&book), school.wanted);
    assert_eq!(school.left().trim(), "");
}

fn again(school: &School) {
    // The folder of the class is lost but for what the instructor wrote; the store has the marks.
    fs::remove_dir_all(school.root.path().join("class/results")).unwrap();
    let (class, files) = (school.at("class"), school.at("hand-ins"));
    let collect = ["grade", &class, &files, "--collect", "--store", "s3://classes/c", "--output", "json"];
    let out = school.satrain(&collect).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    assert_eq!(points(&serde_json::from_slice(&out.stdout).unwrap()), school.wanted);
    // Nothing waits any more: a machine that helps has nothing to do.
    let out = school.satrain(&["class", "play", "s3://classes/c"]).output().unwrap();
    assert!(out.status.success() && text(&out).contains("0 of 0 hand-ins"), "{}", text(&out));
}

fn labs(school: &School) {
    let class = school.at("class");
    let two = ["--only", "learner-0", "--only", "learner-1"];
    let there = ["--context", "satrain"];
    let up = [&["class", "up", &class][..], &two, &there, &["--privileged-on-any-node"]].concat();
    let began = Instant::now();
    let out = school.satrain(&up).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    println!("    two labs with a task each in {:.0} s", began.elapsed().as_secs_f32());
    let watch = || -> Value {
        let watch = [&["class", "watch", &class, "--once", "--output", "json"][..], &two, &there].concat();
        serde_json::from_slice(&school.satrain(&watch).output().unwrap().stdout).unwrap()
    };
    let earned = |labs: &Value| -> Vec<u64> {
        let labs = labs.as_array().unwrap();
        labs.iter().map(|lab| lab["points"]["scenario-2"][0].as_u64().unwrap()).collect()
    };
    assert_eq!(earned(&watch()), [0, 0]);

    // The first learner works through a forwarded port; the other's key opens nothing there.
    let labs = watch();
    let pod = labs[0]["pod"].as_str().unwrap().trim_end_matches("-0").to_owned();
    let key = |learner: &str| format!("{class}/labs/{learner}.kubeconfig");
    let solution = fs::read_to_string(format!("{}/learner-0/scenario-2.sh", school.at("hand-ins"))).unwrap();
    let variant =
        school.satrain(&["class", "variant", &class, "learner-0", "--output", "json"]).output().unwrap();
    let variant: Value = serde_json::from_slice(&variant.stdout).unwrap();
    let values = variant[0]["tasks"][0]["values"].as_object().unwrap().clone();
    let set: String = values
        .iter()
        .map(|(name, value)| format!("export {}={}\n", satrain::scenario::env_name(name), value))
        .collect();
    let work = format!(
        "kubectl port-forward -n default service/{pod} 16443:6443 >/dev/null 2>&1 &
        forward=$!
        trap 'kill $forward' EXIT
        for key in {own} {other}; do sed -i s/:6443/:16443/ $key; done
        for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/16443) 2>/dev/null && break; sleep 0.2; done
        kubectl --kubeconfig {other} get ns 2>&1 | grep -q 'signed by unknown authority' && echo refused
        export KUBECONFIG={own}
        kubectl apply -n default -f {peek} >/dev/null
        kubectl wait -n default --for=jsonpath='{{.status.phase}}'=Succeeded pod/peek --timeout=60s >/dev/null
        kubectl logs -n default peek
        kubectl delete -n default pod/peek --now >/dev/null
        {set}
        cd {folder}
        (
        {solution}
        ) >/dev/null && echo solved",
        own = key("learner-0"),
        peek = school.at("peek.yaml"),
        other = key("learner-1"),
        folder = school.root.path().display(),
    );
    fs::write(school.at("peek.yaml"), PEEK).unwrap();
    let file = school.at("work.sh");
    fs::write(&file, work).unwrap();
    let said = school.outer.script(&format!("bash {file}"));
    assert!(said.contains("refused") && said.contains("solved"), "{said}");
    // Root in the lab is nobody in the Pod around it, and on the node.
    assert!(said.contains("held held held") && !said.contains("AWS_"), "{said}");
    assert_eq!(earned(&watch()), [100, 0]);

    let down = [&["class", "down", &class][..], &there].concat();
    let out = school.satrain(&down).output().unwrap();
    assert!(out.status.success(), "{}", text(&out));
    assert_eq!(school.left().trim(), "");
    assert_eq!(fs::read_dir(format!("{class}/labs")).unwrap().count(), 0);
}
