//! The recipe with the real Go and the real C compiler, over a module of a few lines.

use std::fs;
use std::path::Path;
use std::process::Command;

use satrain::commands::environment::Environment;
use satrain::distribution::install::Policy;
use satrain::distribution::{BuildOptions, Error, Module, Store, build};
use tokio_util::sync::CancellationToken;

use crate::skip::skip;
use crate::support::Recorder;

const MODULES: [(&str, &str, &str); 4] = [
    ("k8s.io/kubernetes", "v1.37.2", "kubernetes"),
    ("go.etcd.io/etcd/server/v3", "v3.7.1", "etcd"),
    ("github.com/containerd/containerd/v2", "v2.4.2", "containerd"),
    ("github.com/opencontainers/runc", "v1.5.2", "runc"),
];

const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";

const RUNC: &str = "package main\n\n// #cgo pkg-config: libseccomp\n// #include <seccomp.h>\nimport \"C\"\n\n\
    func main() { println(C.seccomp_api_get()) }\n";

const IMAGES: &str = r#"package main

import "os"

func main() {
	dir := os.Args[len(os.Args)-1]
	os.Mkdir(dir, 0o755)
	os.WriteFile(dir+"/oci-layout", []byte("{}"), 0o644)
	os.WriteFile(dir+"/index.json", []byte("{\"manifests\":[]}"), 0o644)
}
"#;

/// A module that has every package of the recipe and needs no network.
fn write_module(dir: &Path) {
    let mut go_mod = "module distro.satrain.dev\n\ngo 1.24\n\n".to_owned();
    for (module, version, folder) in MODULES {
        go_mod += &format!("require {module} {version}\nreplace {module} => ./up/{folder}\n");
        fs::create_dir_all(dir.join("up").join(folder)).unwrap();
        fs::write(dir.join("up").join(folder).join("go.mod"), format!("module {module}\n\ngo 1.24\n"))
            .unwrap();
        let source = if folder == "runc" { RUNC } else { "package x\n" };
        fs::write(dir.join("up").join(folder).join("main.go"), source).unwrap();
    }
    fs::write(dir.join("go.mod"), go_mod).unwrap();
    for (folder, source) in [
        ("cmd/satrain-kube", HELLO),
        ("cmd/satrain-node", HELLO),
        ("cmd/kubectl", HELLO),
        ("cmd/satrain-cni", HELLO),
        ("cmd/containerd-shim-runc-v2", HELLO),
        ("cmd/labapp", HELLO),
        ("cmd/imagebuild", IMAGES),
    ] {
        fs::create_dir_all(dir.join(folder)).unwrap();
        // Unlike any other run's, so that something is compiled even with a warm cache.
        let unique = format!("{source}\nconst _ = {:?}\n", dir.display().to_string());
        fs::write(dir.join(folder).join("main.go"), unique).unwrap();
    }
    for program in ["labwait", "pod-sandbox"] {
        let folder = dir.join("cmd").join(program);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{program}.c")), "int main(void) { return 0; }\n").unwrap();
    }
}

#[test]
fn the_recipe_works_with_the_real_tools() {
    let dir = tempfile::tempdir().unwrap();
    let sources = dir.path().join("sources");
    fs::create_dir(&sources).unwrap();
    write_module(&sources);
    let environment = Environment::read(None);
    let options = BuildOptions {
        module: Module::from_dir(&sources).unwrap(),
        store: Store::new(dir.path()),
        search_path: environment.search_path.clone(),
        os: environment.host().os,
        install: Policy::Never,
        jobs: None,
        memory_available: 0,
        force: false,
    };
    let recorder = Recorder::default();
    let built = match build(&options, &recorder.events(), &CancellationToken::new()) {
        Err(Error::Prerequisites(missing)) => {
            return skip(&missing.to_string());
        }
        other => other.unwrap_or_else(|error| panic!("{error}\n{}", recorder.text())),
    };
    assert_eq!(built.distribution.manifest.containerd, "v2.4.2");
    let ran = Command::new(built.distribution.bin("satrain-kube")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "hello\n");
    let runc = fs::read(built.distribution.bin("runc")).unwrap();
    assert!(satrain::host::elf::is_static(&runc), "runc is static");
    assert!(recorder.text().contains("linking"), "{}", recorder.text());
}
