//! A small world around a sandbox: a workspace, a "cluster" that answers, and canaries.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use satrain::lab::error::LabError;
use satrain::lab::script::{Confinement, Ended, Manner, Script, ScriptEnv, play};

use crate::skip;

pub const SATRAIN: &str = env!("CARGO_BIN_EXE_satrain");

/// How long a script has, unless its test is about that.
const LONG: Duration = Duration::from_secs(60);

pub struct World {
    pub root: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    server: u16,
}

/// How a script ended, and what it said.
#[derive(Debug)]
pub struct Played {
    pub ended: Ended,
    pub said: Vec<String>,
    pub took: Duration,
}

impl Played {
    pub fn text(&self) -> String {
        self.said.join("\n")
    }
}

impl World {
    /// None where there can be no sandbox.
    pub fn new() -> Option<Self> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("workspace/answers")).unwrap();
        std::fs::create_dir(root.path().join("bin")).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        if let Err(why) = runtime.block_on(satrain::sandbox::probe(Path::new(SATRAIN))) {
            assert!(
                !nix::unistd::geteuid().is_root() || std::env::var("CI").as_deref() != Ok("true"),
                "root must have a sandbox: {why}"
            );
            skip::cannot_be_caused(&format!("there is no sandbox here: {why}"));
            return None;
        }
        let server = serve();
        let config = format!(
            r#"{{"current-context":"x","contexts":[{{"name":"x","context":{{"cluster":"c"}}}}],
            "clusters":[{{"name":"c","cluster":{{"server":"http://127.0.0.1:{server}"}}}}]}}"#
        );
        std::fs::write(root.path().join("kubeconfig"), config).unwrap();
        Some(Self { root, runtime, server })
    }

    pub fn workspace(&self) -> PathBuf {
        self.root.path().join("workspace")
    }

    pub fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.workspace().join(name)).ok()
    }

    fn env(&self) -> ScriptEnv {
        let log = self.root.path().join("audit.log");
        ScriptEnv {
            kubeconfig: self.root.path().join("kubeconfig"),
            kubectl_cache: None,
            bin: self.root.path().join("bin"),
            path: std::env::var_os("PATH").unwrap(),
            workspace: self.workspace(),
            variables: BTreeMap::from([
                ("NAMESPACE".to_owned(), "production".to_owned()),
                ("SERVER_PORT".to_owned(), self.server.to_string()),
            ]),
            audit_log: log.exists().then_some(log),
        }
    }

    pub fn play(&self, text: &str) -> Played {
        self.play_for(text, LONG)
    }

    pub fn play_for(&self, text: &str, limit: Duration) -> Played {
        self.try_play(text, Manner::AsWritten, limit).unwrap()
    }

    pub fn try_play(&self, text: &str, manner: Manner, limit: Duration) -> Result<Played, LabError> {
        let file = self.root.path().join("script.sh");
        std::fs::write(&file, text).unwrap();
        let script =
            Script { file: &file, manner, confinement: Confinement::Required, satrain: Path::new(SATRAIN) };
        let (said, began) = (Mutex::new(Vec::new()), Instant::now());
        let tell = |line| said.lock().unwrap().push(line);
        let ended = self.runtime.block_on(play(script, &self.env(), limit, tell))?;
        Ok(Played { ended, said: said.into_inner().unwrap(), took: began.elapsed() })
    }

    /// Plays a script until `begun` is true, and then forgets it.
    pub fn play_and_drop(&self, text: &str, begun: impl Fn() -> bool) {
        let file = self.root.path().join("script.sh");
        std::fs::write(&file, text).unwrap();
        let script = Script {
            file: &file,
            manner: Manner::AsWritten,
            confinement: Confinement::Required,
            satrain: Path::new(SATRAIN),
        };
        let env = self.env();
        self.runtime.block_on(async {
            let wait = async {
                while !begun() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                ended = play(script, &env, LONG, |line| println!("{line}")) => panic!("{ended:?}"),
                () = wait => {}
            }
        });
    }

    /// After whatever was played: a right script reaches its cluster and writes its answer, and nothing is left on the host.
    pub fn is_as_it_was(&self) {
        let right = self.play(
            "exec 3<>/dev/tcp/127.0.0.1/$SERVER_PORT && echo hello >&3 && read answer <&3 && echo \"$answer\" > answers/right",
        );
        assert_eq!(right.ended, Ended::Code(0), "{right:?}");
        assert_eq!(self.file("answers/right").as_deref(), Some("the cluster\n"));
        assert_eq!(groups(), Vec::<PathBuf>::new(), "no control group is left");
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains(" satrain "), "no mount is left: {mounts}");
    }
}

/// Control groups of keepers that this process started and that are gone.
pub fn groups() -> Vec<PathBuf> {
    let parents = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"];
    let entries =
        parents.into_iter().flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten().flatten());
    let is_left = |group: &PathBuf| {
        let name = group.file_name().unwrap().to_string_lossy().into_owned();
        name.strip_prefix("satrain-script-").is_some_and(|keeper| !Path::new("/proc").join(keeper).exists())
    };
    entries.map(|entry| entry.path()).filter(is_left).collect()
}

/// Command lines of the host's processes, by their IDs.
fn lines() -> Vec<(i32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    lines.collect()
}

/// Processes of the host whose command line contains `text`.
pub fn processes(text: &str) -> Vec<String> {
    lines().into_iter().map(|(_, line)| line).filter(|line| line.contains(text)).collect()
}

pub fn pids(is_it: impl Fn(&str) -> bool) -> Vec<i32> {
    lines().into_iter().filter(|(_, line)| is_it(line)).map(|(pid, _)| pid).collect()
}

pub fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok().filter(|pid| *pid > 0)
}

/// Waits until something is so.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The "cluster": whoever connects is answered. Out: its port.
fn serve() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 64]);
            let _ = connection.write_all(b"the cluster\n");
        }
    });
    port
}
