//! The traps that graders fall into, and the wrong solutions that other trainers accepted, on a real cluster.
//!
//! Each is a step with a name. A step names what it is about: a scenario of `tests/testdata/traps`, one of its plays
//! (a solution or a mistake), and what checks come to after it. All plays run side by side on one cluster, each in
//! namespaces of its own; then every step is told by name. Beside the steps, every play is held to its scenario
//! (solutions pass everything, mistakes fail exactly what they say), and its recording is judged again.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, missing_docs, reason = "tests")]

#[path = "../lab_support/mod.rs"]
mod lab_support;

mod forge;
mod play;
mod recorded;
mod steps;
mod traps;
mod wrong_solutions;

use std::time::Instant;

use lab_support::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn traps_on_a_real_cluster() {
    let Some(lab) = Lab::start() else { return };
    let began = Instant::now();
    let steps = [traps::steps(), wrong_solutions::steps()].concat();
    let scenarios = play::scenarios();
    let played = play::all(&lab, &scenarios).await;
    let mut wrong = steps::unknown_names(&steps, &scenarios);
    for play in &played {
        let (problems, seconds) = (play.problems(), play.seconds);
        println!(
            "played {}: {} ({seconds:.1} s)",
            play.title(),
            if problems.is_empty() { "ok" } else { "WRONG" }
        );
        wrong.extend(problems);
    }
    for step in &steps {
        let problems = step.problems(&played);
        println!("{}: {}", step.name, if problems.is_empty() { "ok" } else { "WRONG" });
        wrong.extend(problems);
    }
    println!("{} steps, {} plays in {:.1} s", steps.len(), played.len(), began.elapsed().as_secs_f32());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
