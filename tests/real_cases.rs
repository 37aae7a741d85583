//! Whole scripts against the bank's scenarios, on a real cluster: wrong ones that once got points, and right ones that
//! once lost some.
//!
//! `tests/cases/SCENARIO/wrong-NAME.sh` names what must not pass after it in a comment line, `# fails: CHECK, GUARD`;
//! all else passes; with a line `# alone` it is played apart, since it reaches others. After `right-NAME.sh` everything passes. All may call the scenario's helpers, and what is in
//! `helpers.sh`. With SATRAIN_CASES=TEXT, only those whose path contains it; with SATRAIN_CASES_PART=N (1 to 3) a third.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]

mod lab_support;

use std::path::{Path, PathBuf};

use lab_support::Lab;
use satrain::event::Events;
use satrain::lab::store::Store;
use satrain::prove::env::ProofEnv;
use satrain::prove::runner::{Plan, prove};
use satrain::scenario::model::{Mistake, Solution};
use satrain::scenario::{Catalog, Loaded};

/// Of so many parts, SATRAIN_CASES_PART=N plays one; together they are all.
const PARTS: usize = 3;

/// How many are under way at once.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scripts_are_judged_as_a_teacher_would() {
    let scenarios = scenarios();
    let (Some(lab), Some(apart)) = (Lab::start(), Lab::start()) else { return };
    let env = ProofEnv {
        lab: lab.cluster().await,
        apart: Some(apart.cluster().await),
        store: Store::new(lab.state().join("attempts")),
        jobs: AT_ONCE,
        events: Events::silent(),
        record: None,
    };
    let proof = prove(&env, &scenarios, Plan::of_scripts(&scenarios)).await.unwrap();
    let mut wrong = proof.left.clone();
    for scenario in &proof.scenarios {
        for case in &scenario.cases {
            let title = format!("{}/{}", scenario.id, case.case.title());
            println!("{title}: {} % ({:.1} s)", case.percent, case.seconds.total());
            wrong.extend(case.problems.iter().map(|problem| format!("{title}: {problem}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The bank's scenarios that have cases, with these in place of their own solutions and mistakes.
fn scenarios() -> Vec<Loaded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let wanted = std::env::var("SATRAIN_CASES").unwrap_or_default();
    let part: Option<usize> = std::env::var("SATRAIN_CASES_PART").ok().map(|part| part.parse().unwrap());
    let mut number = 0;
    let mut found = Vec::new();
    for folder in entries(&folder) {
        let mut loaded = Catalog::builtin().get(&stem(&folder)).unwrap().clone();
        loaded.scenario.solutions.clear();
        loaded.scenario.mistakes.clear();
        for file in entries(&folder) {
            if stem(&file) == "helpers" {
                loaded.scenario.helpers += &std::fs::read_to_string(file).unwrap();
            } else if file.to_string_lossy().contains(&wanted) {
                number += 1;
                if part.is_none_or(|part| number % PARTS == part % PARTS) {
                    add(&mut loaded, &file);
                }
            }
        }
        if !loaded.scenario.solutions.is_empty() || !loaded.scenario.mistakes.is_empty() {
            found.push(loaded);
        }
    }
    assert!(!found.is_empty(), "no script is called so");
    found
}

fn add(loaded: &mut Loaded, file: &Path) {
    let (name, run) = (stem(file), std::fs::read_to_string(file).unwrap());
    let fails: Vec<String> = run
        .lines()
        .filter_map(|line| line.strip_prefix("# fails: "))
        .flat_map(|names| names.split(", ").map(str::to_owned))
        .collect();
    let known: Vec<&str> = loaded.scenario.expectations().map(|e| e.is.id.as_str()).collect();
    for id in &fails {
        assert!(known.contains(&id.as_str()), "{}: there is no check `{id}`", file.display());
    }
    match (name.split_once('-').unwrap().0, fails.is_empty()) {
        ("right", true) => {
            loaded.scenario.solutions.push(Solution { name, about: String::new(), run });
        }
        ("wrong", false) => loaded.scenario.mistakes.push(Mistake {
            name,
            about: String::new(),
            given: [].into(),
            alone: run.lines().any(|line| line == "# alone"),
            fails,
            run,
        }),
        _ => panic!("{}: a wrong one fails something, a right one nothing", file.display()),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
