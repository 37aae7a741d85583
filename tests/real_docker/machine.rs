//! The Docker of a test, and those who play with one provider each.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::lab_support::{Lab, skip};

pub struct Machine {
    docker: String,
    kind: PathBuf,
    base: Lab,
    node_image: String,
    /// Those that were there before.
    volumes: BTreeSet<String>,
}

impl Machine {
    /// Docker, kind and a distribution, or None where one of them is missing.
    pub fn find() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let Some(docker) = variable("SATRAIN_TEST_DOCKER") else {
            skip("SATRAIN_TEST_DOCKER names no Docker; `tests/docker/dockerd up DIR` starts one");
            return None;
        };
        let Some(kind) = variable("SATRAIN_TEST_KIND") else {
            skip("SATRAIN_TEST_KIND names no kind program; `tests/docker/kind-node/kind` compiles it");
            return None;
        };
        let base = Lab::idle()?;
        let manifest = std::fs::read(base.distribution().join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let node_image = format!("satrain.local/node:{}", manifest["kubernetes"].as_str().unwrap());
        let mut machine = Self { docker, kind: kind.into(), base, node_image, volumes: BTreeSet::new() };
        machine.remove_containers();
        machine.volumes = machine.volumes_now();
        Some(machine)
    }

    pub fn node_image(&self) -> &str {
        &self.node_image
    }

    pub fn k3s(&self) -> Player<'_> {
        self.player("k3s contract", &["--provider", "k3s", "--image", &self.node_image])
    }

    /// One without a distribution: satrain makes the lab images itself.
    pub fn kind(&self) -> Player<'_> {
        let image = self.node_image.replace("/node:", "/kind-node:");
        let player = self.player("kind", &["--provider", "kind", "--image", &image]);
        Player { cache: Some(self.base.state().join("cache")), ..player }
    }

    pub fn player(&self, name: &str, provider: &[&str]) -> Player<'_> {
        self.player_of(self.base.somebody_else(), name, provider)
    }

    pub fn player_of(&self, lab: Lab, name: &str, provider: &[&str]) -> Player<'_> {
        let provider = provider.iter().map(|&word| word.to_owned()).collect();
        Player { machine: self, lab, name: name.to_owned(), provider, kubeconfig: None, cache: None }
    }

    /// Somebody who knows the owner's cluster by a kubeconfig, and has adopted it.
    pub fn existing(&self, owner: &Lab) -> Player<'_> {
        let info = owner.json(&["cluster", "env"]);
        let text = std::fs::read(info["grader_kubeconfig"].as_str().unwrap()).unwrap();
        let mut config: Value = serde_json::from_slice(&text).unwrap();
        config["contexts"][0]["name"] = json!("class");
        let mut player = self.player_of(owner.somebody_else(), "existing cluster", &["--context", "class"]);
        std::fs::create_dir_all(player.lab.state()).unwrap();
        let file = player.lab.state().join("kubeconfig");
        std::fs::write(&file, config.to_string()).unwrap();
        player.kubeconfig = Some(file);
        let uid = info["uid"].as_str().unwrap();
        let (code, said) = player.bare(&["cluster", "adopt", "--context", "class", "--yes", uid]);
        assert_eq!(code, 0, "{said}");
        player
    }

    /// The docker command; its output.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let out = Command::new("docker").args(arguments).env("DOCKER_HOST", &self.docker).output().unwrap();
        assert!(out.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The names of satrain's containers, running or not.
    pub fn containers(&self) -> Vec<String> {
        let all = self.docker(&["ps", "--all", "--format", "{{.Names}}"]);
        all.lines().filter(|name| name.starts_with("satrain-satrain-")).map(str::to_owned).collect()
    }

    fn volumes_now(&self) -> BTreeSet<String> {
        self.docker(&["volume", "ls", "-q"]).lines().map(str::to_owned).collect()
    }

    /// Neither a container nor a volume is left.
    pub fn nothing_is_left(&self) {
        assert_eq!(self.containers(), Vec::<String>::new());
        assert_eq!(self.volumes_now(), self.volumes);
    }

    /// What a test left that failed half-way.
    fn remove_containers(&self) {
        for name in self.containers() {
            self.docker(&["rm", "--force", "--volumes", &name]);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.remove_containers();
        }
    }
}

/// One who plays with one provider, in a state folder of his own.
pub struct Player<'a> {
    machine: &'a Machine,
    lab: Lab,
    name: String,
    provider: Vec<String>,
    kubeconfig: Option<PathBuf>,
    /// Where satrain keeps what it makes, for one who has no distribution.
    cache: Option<PathBuf>,
}

impl Player<'_> {
    pub fn machine(&self) -> &Machine {
        self.machine
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider as `--provider` names it.
    pub fn kind(&self) -> &str {
        &self.provider[1]
    }

    pub fn is_in_docker(&self) -> bool {
        self.provider.iter().any(|word| word == "--image")
    }

    pub fn runs_already(&self) -> bool {
        self.kubeconfig.is_some()
    }

    /// A verb, with the provider's options.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_bare(arguments);
        command.args(&self.provider);
        command
    }

    fn command_bare(&self, arguments: &[&str]) -> Command {
        let mut path = OsString::from(self.machine.kind.parent().unwrap());
        for more in [self.lab.distribution().join("path").into_os_string(), std::env::var_os("PATH").unwrap()]
        {
            path.push(":");
            path.push(more);
        }
        let mut command = self.lab.command();
        command.args(arguments).env("DOCKER_HOST", &self.machine.docker).env("PATH", path);
        if let Some(file) = &self.kubeconfig {
            command.env("KUBECONFIG", file);
        }
        if let Some(cache) = &self.cache {
            // What Go has compiled stays where it is.
            let go = Command::new("go").args(["env", "GOCACHE"]).output().unwrap();
            let go = String::from_utf8(go.stdout).unwrap();
            command.env_remove("SATRAIN_DISTRIBUTION").env("XDG_CACHE_HOME", cache).env("GOCACHE", go.trim());
        }
        command
    }

    /// Its exit code, and what it printed.
    pub fn satrain(&self, arguments: &[&str]) -> (i32, String) {
        said(self.command(arguments))
    }

    pub fn bare(&self, arguments: &[&str]) -> (i32, String) {
        said(self.command_bare(arguments))
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        document(self.command(&[arguments, &["--output", "json"]].concat()))
    }

    pub fn json_bare(&self, arguments: &[&str]) -> Value {
        document(self.command_bare(&[arguments, &["--output", "json"]].concat()))
    }

    /// Clusters and attempts' namespaces that the state folder still knows.
    pub fn left_in_state(&self) -> Vec<PathBuf> {
        let state = self.lab.state();
        ["clusters", "k3s", "kind"]
            .iter()
            .flat_map(|provider| std::fs::read_dir(state.join(provider)).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect()
    }

    /// Every file with a key is for its owner alone, or in a folder that is.
    pub fn private_files(&self) {
        let dir = self.lab.state().join(self.kind()).join("satrain");
        assert_eq!(mode(&dir), 0o700);
        for file in ["learner.kubeconfig", "grader.kubeconfig"] {
            assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
        }
        assert!(!dir.join("admin.kubeconfig").exists());
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn said(mut command: Command) -> (i32, String) {
    let out = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.code().unwrap_or(-1), said)
}

fn document(mut command: Command) -> Value {
    let out = command.output().unwrap();
    serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|e| panic!("{command:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)))
}
