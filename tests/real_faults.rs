//! Grades through a front that mistreats requests: never a wrong verdict, never a hang.
//!
//! Six attempts on a real cluster (solved, unsolved, mistaken) are graded directly for the truth, then through many
//! seeded plans of faults. SATRAIN_FAULT_PLANS says how many, SATRAIN_FAULT_SEED where the seeds begin; a failure
//! prints the seed and rate of its plan.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod fault_proxy;
mod lab_support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fault_proxy::FaultProxy;
use fault_proxy::plan::{FAULTS, Fault, Plan};
use futures::{StreamExt as _, stream};
use lab_support::Lab;
use satrain::grade::observation::{Observation, Observations};
use satrain::grade::verdict::Outcome::{self, Fail, NotYet, Pass, Unknown};
use satrain::grade::{Baseline, BaselineError, ClusterProber, Grade, GradeRequest, baseline, grade};
use satrain::lab::attempt::{Attempt, StartOptions};
use satrain::lab::cluster::LabCluster;
use satrain::lab::store::Store;
use satrain::lab::store::record::AttemptId;
use satrain::prove::plan::Case;
use satrain::scenario::{Binding, Catalog, bind};

/// One probe's time, where 10 s are usual.
const PROBE: Duration = Duration::from_secs(1);

/// How long a check waits, where 10 s are usual.
const WITHIN: &str = "1s";

/// A grade ends after `WITHIN` and two passes of three probes' time: 7 s. A busy machine may be late; a hang is later.
const HANG: Duration = Duration::from_secs(60);

/// Faults for so many requests of a hundred.
const RATES: [u64; 8] = [5, 5, 10, 10, 20, 35, 60, 100];

/// How many grades run at once.
const AT_ONCE: usize = 16;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// An attempt at rest, with its true outcomes.
struct Played {
    title: String,
    attempt: Attempt,
    truth: Grade,
}

impl Played {
    fn request(&self) -> GradeRequest<'_> {
        let scenario = &self.attempt.bound.scenario;
        GradeRequest {
            checks: &scenario.checks,
            guards: &scenario.guards,
            baseline: Baseline::Taken(&self.attempt.baseline),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn faults_never_make_a_wrong_verdict() {
    let Some(lab) = Lab::start() else { return };
    let cluster = lab.cluster().await;
    let store = Store::new(lab.state().join("attempts"));
    let began = Instant::now();
    let cases = [
        ("scenario-2", Case::Unsolved { cause: None }),
        ("scenario-2", Case::Solution { name: "reference".into(), seed: None, cause: None }),
        ("scenario-2", Case::Mistake { name: "old-copy-kept".into() }),
        ("scenario-3", Case::Unsolved { cause: None }),
        ("scenario-3", Case::Solution { name: "reference".into(), seed: None, cause: None }),
        ("scenario-3", Case::Mistake { name: "second-binding".into() }),
    ];
    let played: Vec<Played> =
        stream::iter(cases).map(|(id, case)| play(&cluster, &store, id, case)).buffered(6).collect().await;
    println!("played in {:.1} s", began.elapsed().as_secs_f32());

    for one in &played {
        let front = FaultProxy::start(cluster.client.clone(), Plan::new(0, 0)).await;
        let ask = ask(&front, &one.attempt);
        let got = grade(&ask, &one.request()).await;
        assert_eq!(outcomes(&got), outcomes(&one.truth), "{}: the front itself changes something", one.title);
    }

    let began = Instant::now();
    let (first, plans) = (number("SATRAIN_FAULT_SEED", 1), number("SATRAIN_FAULT_PLANS", 120));
    let met: Mutex<BTreeMap<Fault, usize>> = Mutex::default();
    let tally: Mutex<BTreeMap<u64, [usize; 2]>> = Mutex::default();
    stream::iter(first..first + plans)
        .map(|seed| (seed, &played[(seed % 6) as usize], RATES[(seed / 6 % 8) as usize]))
        .for_each_concurrent(AT_ONCE, |(seed, one, rate)| {
            let (api, met, tally) = (cluster.client.clone(), &met, &tally);
            async move {
                let proxy = FaultProxy::start(api, Plan::new(seed, rate)).await;
                let known = under_faults(one, &proxy).await;
                for (fault, count) in proxy.plan.met() {
                    *met.lock().unwrap().entry(fault).or_default() += count;
                }
                let mut tally = tally.lock().unwrap();
                let [all, certain] = tally.entry(rate).or_default();
                *all += one.truth.results.len();
                *certain += known;
            }
        })
        .await;
    println!("{plans} grades in {:.1} s", began.elapsed().as_secs_f32());
    for (rate, [all, known]) in tally.lock().unwrap().iter() {
        println!("  {rate:>3} % faults: {known} of {all} verdicts are known, and true");
    }
    let met = met.lock().unwrap();
    println!("  {met:?}");
    // A busy machine leaves less time for answers, but never so little that all of this says nothing.
    assert!(plans < 100 || tally.lock().unwrap().range(..=20).all(|(_, [_, known])| *known > 0));
    assert!(plans < 100 || FAULTS.iter().all(|fault| met.contains_key(fault)), "{met:?}");
}

/// Asks the cluster through a front.
fn ask(front: &FaultProxy, attempt: &Attempt) -> ClusterProber {
    ClusterProber::new(front.client(), attempt.dir.workspace()).with_salt(attempt.salt.clone())
}

fn outcomes(grade: &Grade) -> Vec<Outcome> {
    grade.results.iter().map(|r| r.verdict.outcome).collect()
}

/// Plays a case to its end, and grades it directly.
async fn play(cluster: &LabCluster, store: &Store, id: &str, case: Case) -> Played {
    let loaded = Catalog::builtin().get(id).unwrap().clone();
    let binding = Binding::defaults(&loaded.scenario).isolated(AttemptId::fresh(id).suffix());
    let bound = bind(&loaded, &binding).unwrap();
    let title = format!("{id} {}", case.title());
    let script = case.script(&bound.scenario).map(str::to_owned);
    let mut attempt = Attempt::begin(store, cluster, bound, StartOptions::default()).await.unwrap();
    taken_under_faults(&title, cluster, &attempt).await;
    if let Some(script) = script {
        let said = Arc::default();
        let ended = attempt.play_quietly(cluster, &script, Duration::from_secs(120), said).await.unwrap();
        assert!(ended.well(), "{title}: {ended}");
    }
    let truth = attempt.grade_patiently(cluster, Duration::from_secs(60)).await;
    for result in &truth.results {
        let outcome = result.verdict.outcome;
        let expected = match &case {
            Case::Unsolved { .. } if result.guard => vec![Pass],
            Case::Unsolved { .. } => vec![Fail],
            Case::Solution { .. } => vec![Pass],
            _ => vec![Pass, Fail],
        };
        assert!(expected.contains(&outcome), "{title} {}: {:?}", result.id, result.verdict);
    }
    let perfect = truth.results.iter().all(|r| r.verdict.outcome == Pass);
    assert_eq!(perfect, matches!(case, Case::Solution { .. }), "{title}");
    for check in &mut attempt.bound.scenario.checks {
        check.within = Some(WITHIN.parse().unwrap());
    }
    for guard in &mut attempt.bound.scenario.guards {
        guard.within = Some(WITHIN.parse().unwrap());
    }
    Played { title, attempt, truth }
}

/// Grades through faults; how many verdicts are known.
async fn under_faults(one: &Played, proxy: &FaultProxy) -> usize {
    let plan = format!("{}: SATRAIN_FAULT_SEED={} at {} %", one.title, proxy.plan.seed, proxy.plan.rate);
    let ask = ask(proxy, &one.attempt).with_timeout(PROBE);
    let clock = Instant::now();
    let request = one.request();
    let Ok(got) = tokio::time::timeout(HANG, grade(&ask, &request)).await else {
        panic!("{plan}: hangs");
    };
    let took = clock.elapsed();
    for (got, truth) in got.results.iter().zip(&one.truth.results) {
        let (is, was) = (got.verdict.outcome, truth.verdict.outcome);
        let honest = is == was || is == Unknown || (is == NotYet && got.verdict.waits_for.is_some());
        assert!(
            honest,
            "{plan}: {} is {is:?}, but truly {was:?}:\n{:#?}\n{:#?}",
            got.id, got.verdict, truth.verdict
        );
    }
    assert!(!got.score.passed || one.truth.score.passed, "{plan}");
    let saved = serde_json::to_string(&got).unwrap();
    assert!(!saved.contains("eyJ"), "{plan}: a token was kept");
    if std::env::var_os("SATRAIN_FAULT_TALK").is_some() {
        println!("{plan}: {:.1} s", took.as_secs_f32());
        for result in got.results.iter().filter(|r| matches!(r.verdict.outcome, Unknown | NotYet)) {
            println!("    {}: {}", result.id, result.verdict.why);
        }
    }
    let known = |outcome: &Outcome| matches!(outcome, Pass | Fail);
    got.results.iter().filter(|r| known(&r.verdict.outcome)).count()
}

/// A baseline that is taken through faults is the true one, or none.
async fn taken_under_faults(title: &str, cluster: &LabCluster, attempt: &Attempt) {
    let scenario = &attempt.bound.scenario;
    let plan = Plan::new(number("SATRAIN_FAULT_SEED", 1), 15);
    let told = format!("{title}: the baseline with SATRAIN_FAULT_SEED={} at {} %", plan.seed, plan.rate);
    let proxy = FaultProxy::start(cluster.client.clone(), plan).await;
    let ask = ask(&proxy, attempt).with_timeout(PROBE);
    match tokio::time::timeout(HANG * 2, baseline(&ask, &scenario.checks, &scenario.guards)).await {
        Ok(Ok(taken)) => assert_eq!(names(&taken), names(&attempt.baseline), "{told}"),
        Ok(Err(BaselineError::NotSeen(gaps))) => println!("  {told}: none ({})", gaps.join("; ")),
        Ok(Err(error)) => panic!("{told}: {error}"),
        Err(_) => panic!("{told}: hangs"),
    }
}

/// What each list holds. Of namespaced things only the attempt's own: others change meanwhile.
fn names(all: &Observations) -> BTreeMap<String, Vec<String>> {
    let uid = |o: &serde_json::Value| o.pointer("/metadata/uid").and_then(|u| u.as_str()).unwrap().to_owned();
    let of_attempt = all.iter().filter(|o| !o.probe.to_string().starts_with("the cluster's"));
    of_attempt
        .map(|observed| match &observed.outcome {
            Ok(Observation::Objects { items, .. }) => {
                (observed.probe.to_string(), items.iter().map(uid).collect())
            }
            other => panic!("{}: {other:?}", observed.probe),
        })
        .collect()
}
