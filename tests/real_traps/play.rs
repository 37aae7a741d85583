//! Plays every solution and mistake of the trap scenarios, side by side on one cluster, and grades each: once right
//! after the play, and once more with all the patience that its checks have.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use satrain::grade::Grade;
use satrain::grade::verdict::{Outcome, Verdict};
use satrain::lab::attempt::{Attempt, StartOptions};
use satrain::lab::cluster::LabCluster;
use satrain::lab::store::Store;
use satrain::lab::store::record::AttemptId;
use satrain::scenario::{Binding, Loaded, bind, load, with_helpers};

use crate::lab_support::Lab;
use crate::{forge, recorded, steps};

/// How many plays are under way at once.
const AT_ONCE: usize = 10;

/// How long a script may take on a busy machine.
const SCRIPT: Duration = Duration::from_secs(180);

/// How long an answer, or what converges, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Graded once only: its token lives for a minute more, which is what the one look shows.
const ONLY_AT_ONCE: [&str; 1] = ["token-lives/pod-held"];

/// One play and its grades.
pub struct Played {
    scenario: String,
    name: String,
    /// The checks that must not pass.
    fails: BTreeSet<String>,
    outcome: Result<Grades, String>,
    pub seconds: f32,
}

struct Grades {
    at_once: Grade,
    settled: Grade,
    /// What is wrong with what was recorded.
    recorded: Vec<String>,
}

/// Every scenario of `tests/testdata/traps`.
pub fn scenarios() -> Vec<Loaded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/traps");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    folders.map(|path| load(&path).unwrap_or_else(|e| panic!("{}", e.one_line()))).collect()
}

/// Plays everything but the solutions called `unused`.
pub async fn all(lab: &Lab, scenarios: &[Loaded]) -> Vec<Played> {
    let cluster = lab.cluster().await;
    let store = Store::new(lab.state().join("attempts"));
    let plays = scenarios.iter().flat_map(|loaded| {
        let solutions = loaded.scenario.solutions.iter().filter(|s| s.name != "unused");
        let solutions = solutions.map(|s| (s.name.clone(), s.run.clone(), BTreeSet::new()));
        let mistakes = loaded.scenario.mistakes.iter();
        let mistakes = mistakes.map(|m| (m.name.clone(), m.run.clone(), m.fails.iter().cloned().collect()));
        solutions.chain(mistakes).map(move |(name, run, fails)| (loaded, name, run, fails))
    });
    let under_way = plays.map(|(loaded, name, run, fails)| {
        let (cluster, store) = (&cluster, &store);
        async move {
            let began = Instant::now();
            let title = format!("{}/{name}", loaded.scenario.id);
            let outcome = play(cluster, store, loaded, &run, ONLY_AT_ONCE.contains(&title.as_str())).await;
            let seconds = began.elapsed().as_secs_f32();
            Played { scenario: loaded.scenario.id.clone(), name, fails, outcome, seconds }
        }
    });
    let under_way: Vec<_> = under_way.collect();
    futures::stream::iter(under_way).buffer_unordered(AT_ONCE).collect().await
}

async fn play(
    cluster: &LabCluster,
    store: &Store,
    loaded: &Loaded,
    run: &str,
    once: bool,
) -> Result<Grades, String> {
    let id = AttemptId::fresh(&loaded.scenario.id);
    let binding = Binding::defaults(&loaded.scenario).isolated(id.suffix());
    let bound = bind(loaded, &binding).map_err(|e| e.to_string())?;
    let how = StartOptions { id: Some(id), ..StartOptions::default() };
    let attempt = Attempt::begin(store, cluster, bound, how).await.map_err(|e| e.to_string())?;
    let script = with_helpers(&loaded.scenario.helpers, run);
    let said = Arc::new(Mutex::new(Vec::new()));
    let ended =
        attempt.play_quietly(cluster, &script, SCRIPT, said.clone()).await.map_err(|e| e.to_string())?;
    if !ended.well() {
        return Err(format!("its script {ended}: {}", said.lock().unwrap().join(" / ")));
    }
    forge::sign(&attempt.dir.workspace());
    let at_once = attempt.grade_at_once(cluster, PATIENCE).await;
    let settled = if once { at_once.clone() } else { attempt.grade_patiently(cluster, PATIENCE).await };
    let recorded = [&at_once, &settled].map(|grade| recorded::problems(&attempt, grade)).concat();
    Ok(Grades { at_once, settled, recorded })
}

impl Played {
    /// `SCENARIO/PLAY`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.scenario, self.name)
    }

    /// What a check came to.
    pub fn verdict(&self, check: &str, at_once: bool) -> Option<&Verdict> {
        let grades = self.outcome.as_ref().ok()?;
        let grade = if at_once { &grades.at_once } else { &grades.settled };
        grade.results.iter().find(|r| r.id == check).map(|r| &r.verdict)
    }

    /// What is not as the scenario says.
    pub fn problems(&self) -> Vec<String> {
        let grades = match &self.outcome {
            Ok(grades) => grades,
            Err(why) => return vec![format!("{}: {why}", self.title())],
        };
        let mut problems = grades.recorded.clone();
        for result in &grades.settled.results {
            let verdict = &result.verdict;
            let passes = verdict.outcome == Outcome::Pass;
            if passes == self.fails.contains(&result.id) || verdict.outcome == Outcome::Unknown {
                problems.push(format!("{}: {:?}: {}", result.id, verdict.outcome, steps::text(verdict)));
            }
        }
        problems.into_iter().map(|problem| format!("{}: {problem}", self.title())).collect()
    }
}
