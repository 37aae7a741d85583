//! A class graded by a real Slurm, in parts: the marks are those of the scripts, also after a job was cancelled half-way.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod class_support;
mod lab_support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use class_support::{hand_ins, points};
use lab_support::Lab;

/// A Slurm of one machine, ended when dropped.
struct Slurm {
    dir: PathBuf,
    conf: String,
}

impl Slurm {
    fn up(dir: PathBuf) -> Self {
        let out = script("up", &dir);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        Self { dir, conf: String::from_utf8(out.stdout).unwrap().trim().to_owned() }
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env("SLURM_CONF", &self.conf);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let out = self.command(program, arguments).output().unwrap();
        assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        let _ = script("down", &self.dir);
    }
}

fn script(verb: &str, dir: &Path) -> Output {
    Command::new("tests/slurm/slurm").arg(verb).arg(dir).output().unwrap()
}

#[test]
fn an_array_of_slurm_grades_a_class_and_goes_on_where_it_was_cancelled() {
    let Some(lab) = Lab::idle() else { return };
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).display().to_string();
    let slurm = Slurm::up(root.path().join("slurm"));
    let (class, files, job) = (at("class"), at("hand-ins"), at("job.sh"));
    assert_eq!(lab.code(&["class", "new", &class, "--title", "C", "--scenario", "scenario-2"]).0, 0);
    let wanted = hand_ins(Path::new(&files));
    let roster: String = wanted.keys().map(|learner| format!("{learner},{learner}\n")).collect();
    fs::write(Path::new(&class).join("roster.csv"), format!("id,name\n{roster}")).unwrap();

    let (code, text) = lab.code(&["grade", &class, &files, "--on", "slurm", "--shards", "2"]);
    assert_eq!(code, 0, "{text}");
    fs::write(&job, text).unwrap();
    let log = at("part-%a.log");
    let export = format!("--export=ALL,SATRAIN_DISTRIBUTION={}", lab.distribution().display());
    let submit = ["--parsable", "--output", &log, &export, &job];
    let collected = || -> (i32, BTreeMap<String, u64>) {
        let out = lab.run(&["grade", &class, &files, "--collect", "--output", "json"]);
        (out.status.code().unwrap(), points(&serde_json::from_slice(&out.stdout).unwrap()))
    };

    // One is cancelled when it has its first mark: what is there counts, what is missing costs nobody a point.
    let id = slurm.run("sbatch", &submit).trim().to_owned();
    let marks =
        || fs::read_dir(Path::new(&class).join("results/marks")).map_or(0, |all| all.flatten().count());
    let began = Instant::now();
    while marks() == 0 {
        assert!(began.elapsed() < Duration::from_secs(180), "{}", logs(root.path()));
        std::thread::sleep(Duration::from_millis(100));
    }
    slurm.run("scancel", &[&id]);
    while !slurm.run("squeue", &["--noheader"]).trim().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(240), "the cancelled job does not end");
        std::thread::sleep(Duration::from_millis(200));
    }
    let (code, some) = collected();
    println!("  cancelled with {} of 6 marks", some.len());
    assert!(some.iter().all(|(learner, points)| wanted[learner] == *points), "{some:?}");
    assert_eq!(code, if some.len() == wanted.len() { 0 } else { 5 });

    // The rest by another way: hand-ins and marks are in a store, and the nodes never see the class.
    let store = at("store");
    let on = ["grade", &class, &files, "--on", "slurm", "--shards", "2", "--store", &store];
    let out = lab.run(&on);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success() && text.contains("class play") && !text.contains(&class), "{text}");
    fs::write(&job, text).unwrap();
    let waits = [&["--wait"], &submit[..]].concat();
    slurm.run("sbatch", &waits);
    let before = collected().1;
    assert_eq!(before, some, "marks of the store were not taken yet");
    let collect = ["grade", &class, &files, "--collect", "--store", &store, "--output", "json"];
    let out = lab.run(&collect);
    let all = points(&serde_json::from_slice(&out.stdout).unwrap());
    assert_eq!((out.status.code(), &all), (Some(0), &wanted), "{}", logs(root.path()));
    println!("  {:.0} s in all", began.elapsed().as_secs_f32());
}

/// What the parts said.
fn logs(root: &Path) -> String {
    let files = [1, 2].map(|part| root.join(format!("part-{part}.log")));
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect::<Vec<_>>().join("\n")
}
