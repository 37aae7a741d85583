//! Behind a company's proxy: a cluster of one's own is reached without it, an adopted one by it, as kubectl does it.
//!
//! The proxy is a small one on this machine that answers CONNECT, whatever the host is called.
#![allow(clippy::unwrap_used, reason = "tests")]

mod lab_support;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use lab_support::Lab;
use serde_json::{Value, json};

/// Nobody listens there: whatever is sent to this proxy fails.
const DEAD: &str = "http://127.0.0.1:9";
const SPELLINGS: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// A name in the API server's certificate that no resolver of this machine knows.
const HOST: &str = "kubernetes.default.svc";

#[test]
fn clusters_behind_a_proxy() {
    let Some(owner) = Lab::idle() else { return };
    own_clusters_are_reached_without_it(&owner);
    adopted_ones_are_reached_by_it(&owner);
}

/// Without a word about proxies but that of the test.
fn clean(mut command: Command) -> Command {
    for name in SPELLINGS.iter().chain(&["NO_PROXY", "no_proxy"]) {
        command.env_remove(name);
    }
    command
}

fn own_clusters_are_reached_without_it(owner: &Lab) {
    let satrain = |arguments: &[&str]| {
        let mut command = clean(owner.command());
        // One of these entries is what kube's own reading of it refuses.
        command.envs(SPELLINGS.map(|name| (name, DEAD))).env("NO_PROXY", "corp.example,").args(arguments);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    satrain(&["cluster", "up"]);
    // Its kubectl runs with the same variables.
    satrain(&["run", "scenario-2", "--solution", "reference"]);
    satrain(&["check"]);
    satrain(&["reset", "--end"]);
}

fn adopted_ones_are_reached_by_it(owner: &Lab) {
    let admin = owner.json(&["cluster", "env"])["grader_kubeconfig"].as_str().unwrap().to_owned();
    let admin: Value = serde_json::from_slice(&std::fs::read(admin).unwrap()).unwrap();
    let mut cluster = admin["clusters"][0]["cluster"].clone();
    let port = cluster["server"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let proxy = Front::start(port);
    cluster["server"] = json!(format!("https://{HOST}:{port}"));

    let learner = owner.somebody_else();
    let kubeconfig = learner.state().join("kubeconfig");
    let write = |cluster: &Value| {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "clusters": [{"name": "a", "cluster": cluster}],
            "users": [{"name": "me", "user": admin["users"][0]["user"]}],
            "contexts": [{"name": "class", "context": {"cluster": "a", "user": "me"}}],
        });
        std::fs::create_dir_all(learner.state()).unwrap();
        std::fs::write(&kubeconfig, config.to_string()).unwrap();
    };
    let path =
        format!("{}:{}", learner.distribution().join("path").display(), std::env::var("PATH").unwrap());
    let satrain = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = clean(learner.command());
        command.args(arguments).env("KUBECONFIG", &kubeconfig).env("PATH", &path);
        let out = command.envs(variables.iter().copied()).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code().unwrap_or(-1), said)
    };
    let uid = owner.kubectl("get namespace kube-system -o jsonpath={.metadata.uid}");
    let adopt = ["cluster", "adopt", "--context", "class", "--yes", uid.trim()];
    let play = ["run", "scenario-2", "--context", "class", "--solution", "reference"];

    write(&cluster);
    let url = format!("http://someone:secret@127.0.0.1:{}", proxy.port);
    let (code, said) = satrain(&[("HTTPS_PROXY", &url)], &adopt);
    assert!(code == 0, "{code} {said}");
    let (code, said) = satrain(&[("https_proxy", &url)], &play);
    assert!(code == 0, "{code} {said}");
    assert!(proxy.asked() > 3, "the solution's kubectl, too, goes by the proxy");
    assert!(!proxy.others(), "only the cluster is asked for");

    // Exempt by its name: the proxy is not asked, and nobody else knows this name.
    let before = proxy.asked();
    for no in [".svc", HOST, "*", &format!("x, {HOST}:{port},")] {
        let (code, said) = satrain(&[("HTTPS_PROXY", &url), ("NO_PROXY", no)], &play);
        assert!(code == 4 && said.contains(HOST), "{no}: {code} {said}");
    }
    assert_eq!(proxy.asked(), before);

    // A proxy that does not answer is named, its password is not.
    let (code, said) = satrain(&[("HTTPS_PROXY", "http://someone:secret@127.0.0.1:9")], &play);
    assert!(code == 4 && said.contains("by the proxy 127.0.0.1:9"), "{code} {said}");
    assert!(!said.contains("secret"), "{said}");

    // The kubeconfig's own comes first.
    cluster["proxy-url"] = json!(url);
    write(&cluster);
    let (code, said) = satrain(&[("HTTPS_PROXY", DEAD), ("NO_PROXY", "*")], &play);
    assert!(code == 0, "{code} {said}");
    assert!(proxy.asked() > before && !proxy.others());
    assert_eq!(satrain(&[], &["reset", "--end"]).0, 0);
}

/// A proxy that leads every CONNECT to one port of this machine, and remembers what was asked for.
struct Front {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Front {
    fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = front.asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = asked.clone();
                std::thread::spawn(move || connect(stream, to, &asked));
            }
        });
        front
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Whether anything but the cluster was asked for.
    fn others(&self) -> bool {
        self.asked.lock().unwrap().iter().any(|line| !line.starts_with(&format!("CONNECT {HOST}:")))
    }
}

fn connect(stream: TcpStream, to: u16, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        head.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    asked.lock().unwrap().push(lines.first()?.clone());
    let mut back = stream.try_clone().ok()?;
    if !lines.iter().any(|line| line.to_ascii_lowercase().starts_with("proxy-authorization: basic ")) {
        return back.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").ok();
    }
    let server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    back.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let mut up = server.try_clone().ok()?;
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut head, &mut up);
        let _ = up.shutdown(std::net::Shutdown::Write);
    });
    let mut down = server;
    let _ = std::io::copy(&mut down, &mut back);
    back.shutdown(std::net::Shutdown::Both).ok()
}
