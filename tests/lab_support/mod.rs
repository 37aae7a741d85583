//! One real cluster for the tests of attempts: satrain's own, in a state folder of its own, ended when dropped.
//!
//! Needs root and a distribution (SATRAIN_DISTRIBUTION, or one in the user's store). Without, the tests are
//! skipped with a printed reason; where CI=true a skip is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "test support; each test file uses a part"
)]

#[path = "../skip/mod.rs"]
mod skip;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use satrain::cluster::{ClusterInfo, Embedded, EmbeddedOptions, Provider};
use satrain::commands::environment::Environment;
use satrain::distribution::locate;
use satrain::event::Events;
use satrain::lab::cluster::LabCluster;
use satrain::lab::setup::kinds::Kinds;
use satrain::lab::store::record::ClusterRef;
use satrain::paths::Paths;
use serde_json::Value;
pub use skip::skip;

/// What a step shows, and the step.
pub type Step<'a, T> = (&'a str, fn(&T));

/// Takes the steps of a test one after the other, and says how long each took.
pub fn in_turn<T>(with: &T, steps: &[Step<'_, T>]) {
    for (name, step) in steps {
        println!("{name}");
        let began = Instant::now();
        step(with);
        println!("    {:.1} s", began.elapsed().as_secs_f32());
    }
}

pub struct Lab {
    root: tempfile::TempDir,
    distribution: PathBuf,
}

impl Lab {
    /// A running cluster, or None on a machine that cannot have one.
    pub fn start() -> Option<Self> {
        let lab = Self::idle()?;
        let up = lab.run(&["cluster", "up"]);
        assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
        Some(lab)
    }

    /// A state folder and a distribution, without a cluster; None on a machine that cannot have one.
    pub fn idle() -> Option<Self> {
        let skip = |why: &str| {
            skip(why);
            None
        };
        if !nix::unistd::geteuid().is_root() {
            return skip("a real cluster needs root here");
        }
        let Ok((found, _)) = locate(&Environment::read(None).locate_options()) else {
            return skip("there is no distribution; `satrain distribution build` makes one");
        };
        Some(Self { root: tempfile::tempdir().unwrap(), distribution: found.dir })
    }

    /// Another user of the same machine, who knows nothing of this cluster but what a kubeconfig tells.
    pub fn somebody_else(&self) -> Self {
        Self { root: tempfile::tempdir().unwrap(), distribution: self.distribution.clone() }
    }

    pub fn distribution(&self) -> &std::path::Path {
        &self.distribution
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
        command.env("SATRAIN_STATE", self.state()).env("SATRAIN_DISTRIBUTION", &self.distribution);
        command.env_remove("SATRAIN_LAB").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs a verb and gives its exit code, with what it printed for a failing assertion.
    pub fn code(&self, arguments: &[&str]) -> (i32, String) {
        let out = self.run(arguments);
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code().unwrap_or(-1), said)
    }

    /// Runs a verb with `--output json` and gives the document.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.run(&[arguments, &["--output", "json"]].concat());
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)))
    }

    /// kubectl as the learner; its output.
    pub fn kubectl(&self, arguments: &str) -> String {
        self.script(&format!("kubectl {arguments}"))
    }

    /// A bash script as the learner; its output. Indentation is taken away, so that here-documents end.
    pub fn script(&self, text: &str) -> String {
        let env = self.run(&["cluster", "env"]);
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        let script = format!("{}\n{}", String::from_utf8_lossy(&env.stdout), lines.join("\n"));
        let out = Command::new("bash").args(["-c", &script]).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    }

    /// A client with the grader's rights.
    pub async fn grader(&self) -> kube::Client {
        self.info().await.grader_client().await.unwrap()
    }

    async fn info(&self) -> ClusterInfo {
        let paths = Paths { state: self.state(), cache: self.root.path().join("cache") };
        let options = EmbeddedOptions::new(paths, None, env!("CARGO_BIN_EXE_satrain").into());
        Embedded::new(options).unwrap().find().await.unwrap().unwrap()
    }

    /// The cluster as attempts are played on it, for tests that play without the program.
    pub async fn cluster(&self) -> LabCluster {
        let info = self.info().await;
        let client = info.grader_client().await.unwrap();
        LabCluster {
            fingerprint: Some(self.state().join("fingerprints/embedded-satrain.json")),
            bare: info.bare_client().await.unwrap(),
            kinds: Kinds::discover(&client).await.unwrap(),
            prober: info.probing_client().await.unwrap(),
            questions: info.questions_client().await.unwrap(),
            client,
            cluster: ClusterRef {
                name: info.name,
                provider: info.provider,
                version: info.version,
                uid: info.uid,
                context: None,
            },
            capabilities: info.capabilities,
            checkpoints: None,
            kubeconfig: info.learner_kubeconfig,
            kubectl: info.kubectl,
            kubectl_cache: info.kubectl_cache,
            satrain: env!("CARGO_BIN_EXE_satrain").into(),
            path: std::env::var_os("PATH").unwrap_or_default(),
            without_sandbox: false,
            events: Events::silent(),
        }
    }

    /// Every file below the attempts' folder, with its text.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let mut open = vec![self.state().join("attempts")];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => open.push(entry.path()),
                    kind if kind.is_file() => {
                        let text = std::fs::read(entry.path()).unwrap();
                        found.push((entry.path(), String::from_utf8_lossy(&text).into_owned()));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.run(&["cluster", "down"]);
    }
}
