//! Fakes: tools that stand in for go and the C compiler, a module, a tiny distribution, and an event recorder.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use satrain::distribution::install::Policy;
use satrain::distribution::{BuildOptions, Module, Store};
use satrain::event::{Event, EventSink, Events};
use satrain::host::{Family, OsRelease, SearchPath};
use tempfile::TempDir;

/// A machine of our own: a folder with fake tools, a module and a cache.
pub(crate) struct Machine {
    pub(crate) dir: TempDir,
}

/// Answers like go; `build` writes a program that answers like imagebuild, after `slow` if that file is there.
const GO: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$$ $*" >> "$here/../go-calls"
case "$1 $2" in
"env -json")
  cat <<EOF
{"GOVERSION":"go$(cat "$here/go-version")","GOTOOLCHAIN":"$(cat "$here/go-toolchain")","GOCACHE":"$here/../gocache",
 "GOMODCACHE":"$here/../gomod","GOPROXY":"off","CC":"$here/cc"}
EOF
  ;;
"list -m")
  printf '%s\n' "k8s.io/kubernetes v1.37.2" "go.etcd.io/etcd/server/v3 v3.7.1" \
    "github.com/containerd/containerd/v2 v2.4.2" "github.com/opencontainers/runc v1.5.2" ;;
"list -deps") printf 'a \nb a\nmain b\n' ;;
"build -v")
  if [ -f "$here/broken" ]; then cat "$here/broken" >&2; exit 1; fi
  echo a >&2
  if [ -f "$here/slow" ]; then sleep 300 & echo $! > "$here/../compiler"; wait; fi
  echo main >&2
  while [ "$1" != -o ]; do shift; done
  bin=$2; shift 2
  for package; do
  cat > "$bin${package##*/}" <<'EOF'
#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != --out ]; do shift; done
[ $# -gt 0 ] || exit 0
mkdir -p "$2" && echo '{"imageLayoutVersion":"1.0.0"}' > "$2/oci-layout"
echo '{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"nginx:1"}}]}' > "$2/index.json"
EOF
  chmod +x "$bin${package##*/}"
  done ;;
esac
"#;

/// "Compiles" anything unless the file `no-NAME` says that a source with NAME fails.
const CC: &str = r#"#!/bin/sh
here=$(dirname "$0")
if [ -f "$here/no-libc" ]; then echo "ld: cannot find -lc" >&2; exit 1; fi
for word; do
  case "$word" in *.c) if [ -f "$here/no-seccomp" ] && grep -q seccomp.h "$word"; then
    echo "probe.c:1:10: fatal error: seccomp.h: No such file or directory" >&2; exit 1; fi ;;
  esac
done
while [ $# -gt 0 ] && [ "$1" != -o ]; do shift; done
[ $# -eq 0 ] || { echo program > "$2" && chmod +x "$2"; }
"#;

impl Machine {
    /// Everything a build needs.
    pub(crate) fn new() -> Self {
        let machine = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(machine.tools()).unwrap();
        machine.tool("go", GO);
        machine.tool("cc", CC);
        machine.tool("pkg-config", "#!/bin/sh\n");
        machine.set("go-version", "1.26.8");
        machine.set("go-toolchain", "local");
        fs::write(machine.tools().join("busybox"), static_elf()).unwrap();
        executable(&machine.tools().join("busybox"));
        fs::create_dir_all(machine.sources().join("cmd/labwait")).unwrap();
        fs::write(machine.sources().join("go.mod"), "module x\n\ngo 1.26.6\n").unwrap();
        fs::write(machine.sources().join("cmd/labwait/labwait.c"), "int main;").unwrap();
        machine
    }

    pub(crate) fn tools(&self) -> PathBuf {
        self.dir.path().join("tools")
    }

    pub(crate) fn sources(&self) -> PathBuf {
        self.dir.path().join("sources")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    pub(crate) fn tool(&self, name: &str, script: &str) {
        // Written by another process: a test thread that forks meanwhile would inherit the open file, and the
        // kernel does not execute a file that is open for writing ("text file busy").
        let source = self.dir.path().join(format!("{name}.script"));
        fs::write(&source, script).unwrap();
        let mut install = std::process::Command::new("install");
        assert!(
            install.args(["-m", "755"]).arg(source).arg(self.tools().join(name)).status().unwrap().success()
        );
    }

    /// Sets a file that the fakes look at.
    pub(crate) fn set(&self, name: &str, content: &str) {
        fs::write(self.tools().join(name), content).unwrap();
    }

    pub(crate) fn unset(&self, name: &str) {
        fs::remove_file(self.tools().join(name)).unwrap();
    }

    pub(crate) fn options(&self) -> BuildOptions {
        BuildOptions {
            module: Module::from_dir(&self.sources()).unwrap(),
            store: Store::new(&self.cache()),
            search_path: SearchPath::parse(self.tools().as_os_str()),
            os: OsRelease { name: "Debian 12".into(), family: Family::Debian },
            install: Policy::Never,
            jobs: None,
            memory_available: 0,
            force: false,
        }
    }

    /// How often go was told to build something.
    pub(crate) fn builds(&self) -> usize {
        let calls = fs::read_to_string(self.dir.path().join("go-calls")).unwrap_or_default();
        calls.lines().filter(|call| call.contains(" build -v")).count()
    }
}

pub(crate) fn executable(path: &Path) {
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// The start of a program without an interpreter.
fn static_elf() -> Vec<u8> {
    let mut bytes = vec![0; 120];
    bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    bytes[32] = 64;
    bytes[54] = 56;
    bytes[56] = 1;
    bytes[64] = 1;
    bytes
}

/// A distribution of a few bytes.
pub(crate) fn tiny_distribution(dir: &Path) {
    for folder in ["bin", "images", "path"] {
        fs::create_dir_all(dir.join(folder)).unwrap();
    }
    for name in satrain::distribution::PROGRAMS {
        fs::write(dir.join("bin").join(name), format!("#!/bin/sh\necho {name}\n")).unwrap();
        executable(&dir.join("bin").join(name));
    }
    symlink("../bin/kubectl", dir.join("path/kubectl")).unwrap();
    symlink("satrain-kube", dir.join("bin/kubelet")).unwrap();
    fs::write(dir.join("images/oci-layout"), "{}").unwrap();
    fs::write(dir.join("images/index.json"), "{\"manifests\":[]}").unwrap();
    let manifest = serde_json::json!({
        "schema": "satrain.dev/distribution/v1", "kubernetes": "v1.37.2", "etcd": "v3.7.1", "containerd": "v2.4.2",
        "runc": "v1.5.2", "arch": satrain::distribution::recipe::go_arch(), "images": []
    });
    fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Keeps every event.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Event>>>);

impl EventSink for Recorder {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Recorder {
    pub(crate) fn events(&self) -> Events {
        Events::new(self.clone())
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn text(&self) -> String {
        self.all().iter().map(|event| format!("{event:?}\n")).collect()
    }
}

/// Waits until `condition` holds.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}
