//! Kubeconfigs of other people, without a cluster: proxies, and what goes wrong before the first answer.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// satrain with that home, a PATH with a kubectl that does nothing, and no terminal. Out: exit code, all that it says.
fn satrain(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String) {
    let bin = home.join("bin");
    fs::create_dir_all(&bin).unwrap();
    program(&bin.join("kubectl"), "exit 0");
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    command.env_clear().env("HOME", home).env("SATRAIN_STATE", home.join("state"));
    command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    command.env("KUBECONFIG", home.join("config")).envs(variables.iter().copied()).args(arguments);
    let out = command.stdin(Stdio::null()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    // Lines are broken for the eye.
    (
        out.status.code().unwrap_or(-1),
        said.replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

fn program(file: &Path, text: &str) {
    fs::write(file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn write_kubeconfig(home: &Path, user: &Value) {
    // Nobody listens there.
    let cluster = json!({"server": "https://127.0.0.1:9", "insecure-skip-tls-verify": true});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "u"}}],
    });
    fs::write(home.join("config"), config.to_string()).unwrap();
}

const ADOPT: [&str; 6] = ["cluster", "adopt", "--context", "lab", "--yes", "x"];

#[test]
fn a_cluster_of_this_machine_is_sought_without_a_proxy() {
    let home = tempfile::tempdir().unwrap();
    write_kubeconfig(home.path(), &json!({"token": "none"}));
    let plain = satrain(home.path(), &[], &ADOPT);
    assert!(plain.0 == 4 && plain.1.contains("identifying the cluster"), "{plain:?}");
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        for value in ["http://proxy.corp.example:3128", "proxy.corp.example:3128", "socks5h://p", "no proxy"]
        {
            for no in ["", "127.0.0.1,localhost,.svc", "corp.example,", "a b"] {
                let behind = satrain(home.path(), &[(name, value), ("NO_PROXY", no)], &ADOPT);
                assert_eq!(behind, plain, "{name}={value} NO_PROXY={no}");
            }
        }
    }
}

#[test]
fn a_download_from_this_machine_needs_no_proxy() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.tar.gz", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let sum = "0".repeat(64);
    let fetch = ["distribution", "fetch", &url, "--sha256", &sum, "--attempts", "1"];
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
        let (_, said) = satrain(home.path(), &[(name, "http://127.0.0.1:9")], &fetch);
        assert!(said.contains("the server says 404"), "{name}: {said}");
    }
}
