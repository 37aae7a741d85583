//! Table tests of the rules: a machine where all is well, and one change at a time.

use super::*;
use crate::host::{CgroupFacts, CgroupMode, Family, KernelFacts, OsRelease, Support};

const GB: u64 = 1_000_000_000;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// Root on cgroup v2 with a distribution: nothing to say.
fn well() -> Facts {
    Facts {
        host: HostFacts {
            os: OsRelease { name: "Debian 13".into(), family: Family::Debian },
            arch: "x86_64",
            uid: 0,
            user: Some("root".into()),
            capabilities: u64::MAX,
            kernel: KernelFacts {
                release: "6.12.1-amd64".into(),
                overlay: Support::Yes,
                bridge: Support::Module,
                veth: Support::Module,
                seccomp: true,
                namespaces: names(&["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]),
                user_namespaces: true,
                root_user_namespaces: true,
            },
            cgroup: CgroupFacts {
                mode: CgroupMode::V2,
                own: "/".into(),
                controllers: names(&["cpuset", "cpu", "io", "memory", "pids"]),
                writable: true,
            },
            systemd: true,
            systemd_user: true,
            subuids: 65_536,
            subgids: 65_536,
            uidmap_tools: true,
            memory_total: 8 * GB,
            memory_available: 6 * GB,
        },
        distribution: DistributionFact::Present {
            kubernetes: "v1.37.2".into(),
            dir: "/d".into(),
            origin: Origin::Store,
        },
        build: None,
        space: Some(Space { free: 50 * GB, device: 1 }),
        docker: false,
        kind: Some("/bin/kind".into()),
        terminal: Terminal { input: true, output: true, capable: true },
        no_sandbox: None,
    }
}

/// The same as an ordinary user.
fn rootless() -> Facts {
    let mut facts = well();
    facts.host.uid = 1000;
    facts.host.user = Some("ada".into());
    facts.host.capabilities = 0;
    facts
}

fn worst(report: &Report) -> Status {
    report.lines.iter().map(|line| line.status).max().unwrap()
}

type Change = fn(&mut Facts);

/// Each change gives exactly one line that is not ok: of this status, with these words.
fn each_change_gives_one_line(base: fn() -> Facts, cases: &[(Change, Status, &str, &str)]) {
    assert_eq!(worst(&examine(&base())), Status::Ok);
    for (change, status, says, cure) in cases {
        let mut facts = base();
        change(&mut facts);
        let report = examine(&facts);
        let bad: Vec<_> = report.lines.iter().filter(|line| line.status != Status::Ok).collect();
        assert_eq!(bad.len(), 1, "{says}: {bad:?}");
        assert_eq!(bad[0].status, *status, "{says}");
        assert!(bad[0].says.contains(says), "{says}: {}", bad[0].says);
        assert!(bad[0].cure.as_ref().is_some_and(|text| text.contains(cure)), "{cure}: {bad:?}");
        assert_eq!(report.ready, *status != Status::Missing, "{says}");
    }
}

#[test]
fn what_root_may_lack() {
    each_change_gives_one_line(
        well,
        &[
            (|f| f.host.capabilities = 0, Status::Missing, "not allowed to create", "--privileged"),
            (|f| f.host.cgroup.writable = false, Status::Missing, "read-only", "--cgroupns=private"),
            (
                |f| f.host.cgroup.mode = CgroupMode::None,
                Status::Missing,
                "no control groups",
                "mount -t cgroup2",
            ),
            (
                |f| f.host.cgroup.controllers = names(&["cpu", "pids"]),
                Status::Missing,
                "memory",
                "cgroup_enable",
            ),
            (
                |f| f.host.cgroup.mode = CgroupMode::V1,
                Status::Missing,
                "v1, without the controllers cpuacct",
                "boot",
            ),
            (
                |f| f.host.kernel.root_user_namespaces = false,
                Status::Warn,
                "a privileged Pod is root on this machine",
                "max_user_namespaces",
            ),
            (
                |f| f.host.kernel.release = "5.10.0-8".into(),
                Status::Warn,
                "a privileged Pod is root on this machine",
                "newer kernel",
            ),
        ],
    );
}

#[test]
fn what_a_user_may_lack() {
    each_change_gives_one_line(
        rootless,
        &[
            (|f| f.host.cgroup.mode = CgroupMode::V1, Status::Missing, "needs cgroup v2", "sudo"),
            (
                |f| f.host.kernel.user_namespaces = false,
                Status::Missing,
                "user namespaces",
                "apparmor_restrict",
            ),
            (|f| f.host.systemd_user = false, Status::Missing, "no systemd session", "enable-linger"),
            (
                |f| f.host.cgroup.controllers = names(&["memory", "pids"]),
                Status::Missing,
                "cpu are not",
                "Delegate=",
            ),
            (|f| f.host.uidmap_tools = false, Status::Missing, "newuidmap", "apt-get install uidmap"),
            (|f| f.host.subgids = 0, Status::Missing, "fewer than 65536", "usermod --add-subuids"),
            (|f| f.host.kernel.release = "5.10.0-8".into(), Status::Missing, "older than 5.11", "newer"),
        ],
    );
}

#[test]
fn what_the_kernel_and_the_machine_may_lack() {
    each_change_gives_one_line(
        well,
        &[
            (|f| f.host.kernel.overlay = Support::No, Status::Missing, "no overlayfs", "modprobe overlay"),
            (|f| f.host.kernel.veth = Support::Unknown, Status::Warn, "cannot tell", "modprobe veth"),
            (|f| f.host.kernel.seccomp = false, Status::Warn, "no seccomp", "CONFIG_SECCOMP_FILTER"),
            (
                |f| f.host.kernel.namespaces = names(&["mnt", "net", "pid", "uts", "cgroup"]),
                Status::Missing,
                "ipc",
                "CONFIG",
            ),
            (
                |f| f.host.memory_total = GB / 2,
                Status::Missing,
                "memory: 6.0 GB available of 0.5 GB",
                "at least 1 GB",
            ),
            (|f| f.host.memory_available = GB, Status::Warn, "memory: 1.0 GB", "close other"),
            (
                |f| f.space = Some(Space { free: GB / 2, device: 1 }),
                Status::Missing,
                "disk: only 0.5 GB",
                "XDG_CACHE_HOME",
            ),
            (|f| f.space = None, Status::Warn, "unknown", "df -h"),
            (|f| f.terminal.input = false, Status::Warn, "no terminal", "CI"),
            (
                |f| f.no_sandbox = Some("refused".into()),
                Status::Warn,
                "other people are refused",
                "--no-sandbox",
            ),
            (|f| f.terminal.capable = false, Status::Warn, "no colours", "TERM"),
        ],
    );
}

#[test]
fn what_the_distribution_may_lack() {
    each_change_gives_one_line(
        well,
        &[
            (
                |f| f.distribution = DistributionFact::Broken("it is broken".into()),
                Status::Missing,
                "broken",
                "unset",
            ),
            (
                |f| f.distribution = DistributionFact::Absent,
                Status::Missing,
                "not built",
                "distribution build",
            ),
        ],
    );
}

#[test]
fn root_on_cgroup_v1_is_fine() {
    let mut facts = well();
    facts.host.cgroup.mode = CgroupMode::V1;
    facts.host.cgroup.controllers = names(&["pids", "memory", "cpuset", "cpuacct", "cpu", "freezer"]);
    facts.host.kernel.namespaces.retain(|name| name != "cgroup");
    assert_eq!(worst(&examine(&facts)), Status::Ok);
}

#[test]
fn the_report_is_stable_json() {
    let report = examine(&well());
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["schema"], "satrain.dev/doctor/v1");
    assert_eq!(value["ready"], true);
    assert_eq!(
        value["lines"][0],
        serde_json::json!({"topic": "cluster", "status": "ok", "says": "runs as root"})
    );
    let says: Vec<_> = report.lines.iter().map(|line| line.says.as_str()).collect();
    assert!(
        says.iter().any(|s| s.starts_with("Docker does not answer (not needed"))
            && says.contains(&"kind: /bin/kind"),
        "{says:?}"
    );
}
