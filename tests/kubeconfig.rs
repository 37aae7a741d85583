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

/// The values that nobody may read: two credentials on stdout, one word on stderr, an argument, a variable.
const SECRETS: [&str; 5] =
    ["k8s-aws-v1.bm90", "eyJzdWIi", "said-on-stderr", "an-argument", "hvs.not-a-real-token"];

/// A user whose plugin is that script, between what must stay secret.
fn plugin(home: &Path, script: &str, more: &Value) -> Value {
    let printed =
        "echo '{\"token\": \"k8s-aws-v1.bm90\"}'; echo '{\"t\": \"eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln\"}'";
    program(&home.join("login"), &format!("{printed}; echo said-on-stderr >&2\n{script}"));
    let mut exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "args": ["an-argument"],
        "env": [{"name": "VAULT_TOKEN", "value": "hvs.not-a-real-token"}], "interactiveMode": "IfAvailable",
    });
    exec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"exec": exec})
}

#[test]
fn a_failing_credential_plugin_is_named_and_nothing_that_it_said() {
    let home = tempfile::tempdir().unwrap();
    for (script, more, told) in [
        ("exit 3", json!({}), "failed with exit code 3"),
        ("kill -9 $$", json!({}), "was ended by signal 9"),
        ("exit 0", json!({}), "printed no ExecCredential"),
        ("exit 3", json!({"interactiveMode": "Always"}), "needs a terminal"),
        (
            "exit 3",
            json!({"command": "./none", "installHint": "It comes with the laptop."}),
            "with the laptop",
        ),
    ] {
        write_kubeconfig(home.path(), &plugin(home.path(), script, &more));
        for verbose in [&[][..], &["-v"], &["-v", "-v"], &["--output", "json"]] {
            let (code, said) =
                satrain(home.path(), &[("RUST_BACKTRACE", "1")], &[verbose, &ADOPT[..]].concat());
            assert!(
                code == 4 && said.contains(told) && said.contains("plugin"),
                "{script} {more}: {code} {said}"
            );
            for secret in SECRETS {
                assert!(!said.contains(secret), "{script} {verbose:?}: {secret} is told: {said}");
            }
        }
    }
    write_kubeconfig(
        home.path(),
        &json!({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/false"}}}),
    );
    let (code, said) = satrain(home.path(), &[], &ADOPT);
    assert!(code == 4 && said.contains("`gcp` was removed"), "{code} {said}");
}

#[test]
fn a_plugin_hears_that_nobody_is_there_and_gets_what_kubectl_gives_it() {
    let home = tempfile::tempdir().unwrap();
    let heard = home.path().join("heard");
    let script = format!(
        "echo \"$KUBERNETES_EXEC_INFO $1 $VAULT_TOKEN\" >> {}; read line && echo typed >> {0}; exit 3",
        heard.display()
    );
    write_kubeconfig(home.path(), &plugin(home.path(), &script, &json!({"provideClusterInfo": true})));
    satrain(home.path(), &[], &ADOPT);
    let heard = fs::read_to_string(heard).unwrap();
    assert_eq!(heard.lines().count(), 1, "it is asked once, and nothing is typed: {heard}");
    let (info, rest) = heard.trim().rsplit_once("} ").unwrap();
    assert_eq!(rest, "an-argument hvs.not-a-real-token");
    let info: Value = serde_json::from_str(&format!("{info}}}")).unwrap();
    assert_eq!((&info["kind"], &info["spec"]["interactive"]), (&json!("ExecCredential"), &json!(false)));
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(info["spec"]["cluster"]["server"], "https://127.0.0.1:9");
}
