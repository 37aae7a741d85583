//! How the module becomes a distribution: which packages, with which flags. Pure data.
//!
//! In: nothing but constants and the versions that go reports. Out: [`Compile`] steps and the digest that
//! names their result. The flags are explained in `distro/README.md`; change both together.

use sha2::{Digest, Sha256};

use super::fetch::pins::Pinned;
use super::go_version::GoVersion;
use super::module::Module;

/// Flags of every `go build` and `go list`; the last matching `-gcflags` holds.
/// No debugging information: the programs are stripped anyway. What Kubernetes runs seldom is compiled without
/// inlining, which saves a sixth of the whole time; what works for each request keeps all optimisations.
const BUILD_FLAGS: &[&str] = &[
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false",
    "-gcflags=k8s.io/...=-dwarf=false -l -d=ssa/prove/off",
    "-gcflags=k8s.io/apimachinery/...=-dwarf=false",
    "-gcflags=k8s.io/apiserver/pkg/endpoints/...=-dwarf=false",
    "-gcflags=k8s.io/apiserver/pkg/registry/...=-dwarf=false",
    "-gcflags=k8s.io/apiserver/pkg/storage/...=-dwarf=false",
    "-gcflags=k8s.io/client-go/rest/...=-dwarf=false",
    "-gcflags=k8s.io/client-go/tools/cache/...=-dwarf=false",
    "-gcflags=k8s.io/client-go/util/...=-dwarf=false",
    "-gcflags=k8s.io/kube-openapi/...=-dwarf=false",
    "-gcflags=k8s.io/klog/...=-dwarf=false",
    "-gcflags=k8s.io/utils/...=-dwarf=false",
];

/// The modules whose versions a manifest names, in the order of [`Versions`]' fields.
pub const VERSIONED_MODULES: [&str; 4] = [
    "k8s.io/kubernetes",
    "go.etcd.io/etcd/server/v3",
    "github.com/containerd/containerd/v2",
    "github.com/opencontainers/runc",
];

/// Where a program goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the distribution's `bin/`.
    Distribution,
    /// Beside it: needed to make the images, then thrown away.
    Tools,
}

/// One `go build`.
#[derive(Debug, Clone, Copy)]
pub struct Compile {
    /// What a learner reads while it runs.
    pub title: &'static str,
    /// What comes out; a program is called after the last element of its package.
    pub programs: &'static [Program],
    /// Build tags.
    pub tags: &'static [&'static str],
    /// Uses the C compiler.
    pub cgo: bool,
    /// Runs on this machine, whatever that is, and not on a node of a cluster.
    pub here: bool,
    /// `-ldflags`, with `{kubernetes}`, `{minor}` and `{containerd}` for versions.
    pub linker_flags: &'static str,
}

/// One program.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The Go package.
    pub package: &'static str,
    /// Where it goes.
    pub place: Place,
}

impl Program {
    /// The program's file name.
    pub fn name(&self) -> &'static str {
        self.package.rsplit('/').next().unwrap_or(self.package)
    }
}

const GO_TAGS: &[&str] = &["grpcnotrace", "no_btrfs", "no_zfs", "no_devmapper", "urfave_cli_no_docs"];
const RUNC_TAGS: &[&str] = &[
    "seccomp",
    "netgo",
    "osusergo",
    "grpcnotrace",
    "no_btrfs",
    "no_zfs",
    "no_devmapper",
    "urfave_cli_no_docs",
];

/// Every `go build`. The programs without C come from one, so that one links while another compiles.
pub const COMPILES: &[Compile] = &[
    Compile {
        title: "Kubernetes, etcd and containerd",
        programs: &[
            Program { package: "./cmd/satrain-kube", place: Place::Distribution },
            Program { package: "./cmd/satrain-node", place: Place::Distribution },
            Program { package: "./cmd/kubectl", place: Place::Distribution },
            Program { package: "./cmd/satrain-cni", place: Place::Distribution },
            Program { package: "./cmd/containerd-shim-runc-v2", place: Place::Distribution },
            Program { package: "./cmd/labapp", place: Place::Tools },
            Program { package: "./cmd/imagebuild", place: Place::Tools },
        ],
        tags: GO_TAGS,
        cgo: false,
        here: false,
        linker_flags: "-s -w \
            -X k8s.io/component-base/version.gitVersion={kubernetes} \
            -X k8s.io/component-base/version.gitMajor=1 \
            -X k8s.io/component-base/version.gitMinor={minor} \
            -X k8s.io/component-base/version.gitTreeState=clean \
            -X k8s.io/client-go/pkg/version.gitVersion={kubernetes} \
            -X k8s.io/client-go/pkg/version.gitMajor=1 \
            -X k8s.io/client-go/pkg/version.gitMinor={minor} \
            -X k8s.io/client-go/pkg/version.gitTreeState=clean \
            -X github.com/containerd/containerd/v2/version.Version={containerd}",
    },
    Compile {
        title: "runc",
        programs: &[Program { package: "github.com/opencontainers/runc", place: Place::Distribution }],
        tags: RUNC_TAGS,
        cgo: true,
        here: false,
        linker_flags: "-s -w -extldflags -static",
    },
];

/// What makes the lab images alone, on a machine without a distribution: no C, and no need for Linux.
pub const LAB_IMAGES: &[Compile] = &[
    Compile {
        title: "the programs of the labs",
        programs: &[Program { package: "./cmd/labapp", place: Place::Tools }],
        tags: GO_TAGS,
        cgo: false,
        here: false,
        linker_flags: "-s -w",
    },
    Compile {
        title: "the image builder",
        programs: &[Program { package: "./cmd/imagebuild", place: Place::Tools }],
        tags: GO_TAGS,
        cgo: false,
        here: true,
        linker_flags: "-s -w",
    },
];

/// Debian 12's package of a static busybox for this machine's processor. `imagebuild` knows the commands of this version.
pub const BUSYBOX: Option<Pinned> = if cfg!(target_arch = "x86_64") {
    Some(Pinned {
        url: "https://deb.debian.org/debian/pool/main/b/busybox/busybox-static_1.35.0-4%2bdeb12u1%2bb1_amd64.deb",
        sha256: "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744",
    })
} else if cfg!(target_arch = "aarch64") {
    Some(Pinned {
        url: "https://deb.debian.org/debian/pool/main/b/busybox/busybox-static_1.35.0-4%2bdeb12u1%2bb1_arm64.deb",
        sha256: "732c9135564fc71337e0e05fb4da4d11e6c28c1834bce3e405e575afef2a52f5",
    })
} else {
    None
};

/// Arguments of the C compiler for `labwait`, between its name and `-o`.
pub const LABWAIT: &[&str] = &["-Os", "-static", "-s", "-Wl,--build-id=none", "cmd/labwait/labwait.c"];

/// The same for `pod-sandbox`.
pub const POD_SANDBOX: &[&str] =
    &["-Os", "-static", "-s", "-Wl,--build-id=none", "cmd/pod-sandbox/pod-sandbox.c"];

/// The versions in a distribution, as its modules carry them (`v1.37.2`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Kubernetes.
    pub kubernetes: String,
    /// etcd.
    pub etcd: String,
    /// containerd.
    pub containerd: String,
    /// runc.
    pub runc: String,
}

impl Versions {
    /// Reads the answer of `go list -m -f '{{.Path}} {{.Version}}'` for [`VERSIONED_MODULES`].
    pub fn parse(answer: &str) -> Option<Self> {
        let version = |module: &str| {
            let line =
                answer.lines().filter_map(|line| line.split_once(' ')).find(|(path, _)| *path == module);
            line.map(|(_, version)| version.trim().to_owned()).filter(|version| !version.is_empty())
        };
        let [kubernetes, etcd, containerd, runc] = VERSIONED_MODULES.map(version);
        Some(Self { kubernetes: kubernetes?, etcd: etcd?, containerd: containerd?, runc: runc? })
    }
}

impl Compile {
    /// The flags that choose what is compiled: for `go list` and `go build` alike.
    pub fn package_flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = BUILD_FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("-tags={}", self.tags.join(",")));
        flags
    }

    /// The linker's flags with the versions filled in.
    pub fn linker(&self, versions: &Versions) -> String {
        let minor = versions.kubernetes.split('.').nth(1).unwrap_or_default();
        self.linker_flags
            .replace("{kubernetes}", &versions.kubernetes)
            .replace("{minor}", minor)
            .replace("{containerd}", &versions.containerd)
    }

    /// The environment that changes what comes out.
    pub fn environment(&self) -> [(&'static str, &'static str); 6] {
        [
            ("CGO_ENABLED", if self.cgo { "1" } else { "0" }),
            ("GOOS", if self.here { go_os() } else { "linux" }),
            ("GOARCH", go_arch()),
            ("GOFLAGS", "-mod=readonly"),
            ("GOWORK", "off"),
            ("GO111MODULE", "on"),
        ]
    }
}

/// This machine's architecture, as Go calls it.
pub const fn go_arch() -> &'static str {
    if cfg!(target_arch = "x86_64") {
        "amd64"
    } else if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        std::env::consts::ARCH
    }
}

/// This machine's system, as Go calls it.
pub const fn go_os() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }
}

/// Names what is built: every file of the module, the architecture and every flag; 64 hexadecimal digits.
/// Two satrains with the same digest make the same distribution from the same Go.
pub fn source_digest(module: &Module) -> String {
    let mut sha = Sha256::new();
    let mut part = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    for (name, content) in module.files() {
        part(name.as_bytes());
        part(content);
    }
    for compile in COMPILES {
        part(format!("{compile:?} {:?} {:?}", compile.package_flags(), compile.environment()).as_bytes());
    }
    part(format!("{LABWAIT:?}{POD_SANDBOX:?}").as_bytes());
    hex(&sha.finalize())
}

/// Names one build: the sources and the Go that compiled them; 32 hexadecimal digits, a directory's name.
pub fn build_key(source_digest: &str, go: GoVersion) -> String {
    let mut key = hex(&Sha256::digest(format!("{source_digest} go{go}")));
    key.truncate(32);
    key
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions() -> Versions {
        Versions::parse(
            "k8s.io/kubernetes v1.37.2\ngo.etcd.io/etcd/server/v3 v3.7.1\n\
             github.com/containerd/containerd/v2 v2.4.2\ngithub.com/opencontainers/runc v1.5.2\n",
        )
        .unwrap()
    }

    #[test]
    fn versions_need_all_four_modules() {
        assert_eq!(versions().runc, "v1.5.2");
        assert_eq!(Versions::parse("k8s.io/kubernetes v1.37.2\n"), None);
        assert_eq!(Versions::parse("k8s.io/kubernetes \n"), None);
    }

    #[test]
    fn no_placeholder_is_left_in_the_linkers_flags() {
        for compile in COMPILES {
            let flags = compile.linker(&versions());
            assert!(!flags.contains('{'), "{flags}");
        }
        assert!(COMPILES[0].linker(&versions()).contains("gitMinor=37 "));
    }

    #[test]
    fn the_digest_is_of_the_content() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("go.mod"), "module x").unwrap();
        let first = source_digest(&Module::from_dir(dir.path()).unwrap());
        assert_eq!(first, source_digest(&Module::from_dir(dir.path()).unwrap()));
        std::fs::write(dir.path().join("a_test.go"), "package x").unwrap();
        assert_eq!(first, source_digest(&Module::from_dir(dir.path()).unwrap()));
        std::fs::write(dir.path().join("a.go"), "package x").unwrap();
        assert_ne!(first, source_digest(&Module::from_dir(dir.path()).unwrap()));
    }

    #[test]
    fn another_go_is_another_build() {
        let (old, new) = (GoVersion::parse("1.26.6").unwrap(), GoVersion::parse("1.26.8").unwrap());
        assert_ne!(build_key("s", old), build_key("s", new));
        assert_eq!(build_key("s", new).len(), 32);
    }
}
