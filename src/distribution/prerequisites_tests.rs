//! Table tests of the rules: a machine that can build, and one change at a time.

use super::*;
use crate::distribution::space::{BUILD_CACHE, DISTRIBUTION};

const GB: u64 = 1_000_000_000;

fn version(text: &str) -> GoVersion {
    GoVersion::parse(text).unwrap()
}

fn go(installed: &str, fetches_toolchains: bool) -> Go {
    Go {
        program: "/usr/bin/go".into(),
        version: version(installed),
        fetches_toolchains,
        build_cache: "/c/go-build".into(),
        module_cache: "/c/mod".into(),
        proxy: "https://proxy.golang.org,direct".into(),
        cc: "gcc".into(),
    }
}

fn room(path: &str, moved_by: &'static str, need: u64, free: u64) -> Room {
    Room { path: path.into(), moved_by, need, have: 0, free, device: 1 }
}

fn able() -> BuildFacts {
    BuildFacts {
        os: OsRelease { name: "Debian 13".into(), family: Family::Debian },
        root: true,
        needed_go: version("1.26.6"),
        go: Some(go("1.26.8", false)),
        go_trouble: None,
        packaged_go: None,
        cc: Check::Works,
        pkg_config: Check::Works,
        libseccomp: Check::Works,
        busybox: Some("/bin/busybox".into()),
        rooms: vec![
            room("/c/go-build", "GOCACHE", BUILD_CACHE, 50 * GB),
            room("/c/satrain", "XDG_CACHE_HOME", DISTRIBUTION, 50 * GB),
        ],
        modules: Modules::Cached,
    }
}

type Change = fn(&mut BuildFacts);

#[test]
fn each_lack_is_one_finding_with_its_cure() {
    assert_eq!(missing(&able()), None);
    let cases: &[(Change, &str, &str)] = &[
        (|f| f.go = None, "Go is not installed", "https://go.dev/dl/go1.26.6.linux-"),
        (
            |f| {
                f.go = None;
                f.packaged_go = Some(version("1.24"));
            },
            "Go is not installed",
            "apt-get install -y golang-go",
        ),
        (
            |f| {
                f.go = None;
                f.packaged_go = Some(version("1.19"));
            },
            "Go is not installed",
            "| tar -C /usr/local -xz",
        ),
        (|f| f.go = Some(go("1.19.8", true)), "Go 1.19.8 at /usr/bin/go is too old", "https://go.dev/dl/"),
        (|f| f.go = Some(go("1.24.0", false)), "is too old", "GOTOOLCHAIN=auto"),
        (
            |f| {
                f.go = None;
                f.go_trouble = Some("no GOROOT".into());
            },
            "Go does not work: no GOROOT",
            "reinstall",
        ),
        (|f| f.cc = Check::Fails("gcc is not installed".into()), "C compiler: gcc", "gcc libc6-dev"),
        (|f| f.pkg_config = Check::Fails("no".into()), "pkg-config: no", "pkg-config"),
        (|f| f.libseccomp = Check::Fails("seccomp.h".into()), "libseccomp: seccomp.h", "libseccomp-dev"),
        (|f| f.busybox = None, "busybox", "busybox-static"),
        (|f| f.rooms[0].free = 2 * GB, "2.0 GB free, about 5.0 GB more needed", "GOCACHE, XDG_CACHE_HOME"),
        (|f| f.modules = Modules::Unreachable("timeout".into()), "timeout", "GOPROXY"),
    ];
    for (change, problem, cure) in cases {
        let mut facts = able();
        change(&mut facts);
        let missing = missing(&facts).unwrap();
        assert_eq!(missing.findings.len(), 1, "{problem}: {missing}");
        assert!(missing.findings[0].problem.contains(problem), "{problem}: {missing}");
        assert!(missing.findings[0].cure.contains(cure), "{cure}: {missing}");
    }
}

#[test]
fn a_go_that_fetches_the_right_toolchain_will_do() {
    let mut facts = able();
    facts.go = Some(go("1.21.0", true));
    assert_eq!(missing(&facts), None);
    assert_eq!(effective_go(&go("1.21.0", true), version("1.26.6")), Some(version("1.26.6")));
    assert_eq!(effective_go(&go("1.27.1", true), version("1.26.6")), Some(version("1.27.1")));
    assert_eq!(effective_go(&go("1.20.9", true), version("1.26.6")), None);
}

#[test]
fn all_lacks_come_together_with_one_command() {
    let mut facts = able();
    facts.cc = Check::Fails("gcc is not installed".into());
    facts.busybox = None;
    facts.root = false;
    let found = missing(&facts).unwrap();
    assert_eq!(found.command.as_deref(), Some("sudo apt-get install -y gcc libc6-dev busybox-static"));
    assert_eq!(apt_packages(&found, Family::Debian), ["gcc", "libc6-dev", "busybox-static"]);
    assert!(apt_packages(&found, Family::Fedora).is_empty());
    assert!(found.to_string().contains("all packages at once: sudo apt-get"));
}

#[test]
fn an_unknown_linux_is_told_what_to_look_for() {
    let mut facts = able();
    facts.os = OsRelease { name: "NixOS".into(), family: Family::Other };
    facts.libseccomp = Check::Fails("no".into());
    let found = missing(&facts).unwrap();
    assert_eq!(found.command, None);
    assert!(
        found.findings[0].cure.contains("libseccomp.a") && found.findings[0].cure.contains("NixOS"),
        "{found}"
    );
}
