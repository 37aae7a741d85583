//! Collects [`BuildFacts`]: the edge where a build's prerequisites meet the machine.
//!
//! In: the module, the store and a search path. Out: facts. Compiles two tiny C programs in a temporary
//! directory; changes nothing else.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::child;
use super::error::{Error, Result};
use super::go::Go;
use super::go_version::GoVersion;
use super::module::Module;
use super::module_cache::{cached, requirements};
use super::prerequisites::{BuildFacts, Check, Modules, effective_go};
use super::space::{BUILD_CACHE, DISTRIBUTION, MODULE_CACHE, Room};
use super::store::Store;
use crate::host::{Family, OsRelease, SearchPath, disk, elf};

/// A program that includes a header of libseccomp and is linked statically with it.
const SECCOMP_C: &str = "#include <seccomp.h>\nint main(void) { return seccomp_api_get() == 0; }\n";
const NOT_INSTALLED: &str = "is not installed";
const PLAIN_C: &str = "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n";

/// What to look at, and with which tools.
#[derive(Debug)]
pub struct Probe<'a> {
    /// The module to build.
    pub module: &'a Module,
    /// Where the result goes.
    pub store: &'a Store,
    /// Where programs are looked for.
    pub search_path: &'a SearchPath,
    /// The Linux distribution.
    pub os: &'a OsRelease,
    /// Ends the programs that the probe starts.
    pub cancel: &'a CancellationToken,
}

impl Probe<'_> {
    /// Looks at everything a build needs.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or when the module names no Go version.
    pub fn facts(&self) -> Result<BuildFacts> {
        let go_mod = self.module.go_mod();
        let needed_go = GoVersion::of_go_mod(&go_mod).ok_or_else(|| Error::GoAnswer {
            command: "the module's go.mod".into(),
            answer: "no go line".into(),
        })?;
        let (go, go_trouble) = self.go(needed_go);
        let cc_name = go.as_ref().map_or("gcc", |go| go.cc.as_str());
        let cc = self.cc(cc_name);
        let pkg_config = match self.search_path.find("pkg-config") {
            Some(_) => Check::Works,
            None => Check::Fails("not installed (runc finds libseccomp with it)".into()),
        };
        let libseccomp = match cc {
            Check::Works => self.libseccomp(cc_name),
            // Without a compiler the header's usual place has to do, so that both are named at once.
            _ if Path::new("/usr/include/seccomp.h").exists() => Check::NotTried,
            _ => Check::Fails("seccomp.h is not installed".into()),
        };
        let facts = BuildFacts {
            os: self.os.clone(),
            root: nix::unistd::geteuid().is_root(),
            needed_go,
            packaged_go: (self.os.family == Family::Debian && go.is_none())
                .then(|| self.packaged_go())
                .flatten(),
            cc,
            pkg_config,
            libseccomp,
            busybox: self.busybox(),
            rooms: self.rooms(go.as_ref()),
            modules: self.modules(go.as_ref(), needed_go, &go_mod),
            go,
            go_trouble,
        };
        if self.cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(facts) }
    }

    /// The first Go that can do it, else the first that answers, else why none does.
    fn go(&self, needed: GoVersion) -> (Option<Go>, Option<String>) {
        let mut usable: Option<Go> = None;
        let mut trouble = None;
        for program in self.search_path.find_all("go") {
            match Go::ask(&program, self.cancel) {
                Ok(go) if effective_go(&go, needed).is_some() => return (Some(go), None),
                Ok(go) => usable = usable.or(Some(go)),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        (usable, trouble)
    }

    fn cc(&self, cc: &str) -> Check {
        match self.compile(cc, PLAIN_C, &[]) {
            Check::Fails(how) if !how.ends_with(NOT_INSTALLED) => {
                Check::Fails(format!("`{cc} -static` cannot make a program: {how}"))
            }
            check => check,
        }
    }

    fn libseccomp(&self, cc: &str) -> Check {
        match self.compile(cc, SECCOMP_C, &["-lseccomp"]) {
            Check::Fails(how) => Check::Fails(format!("headers or static archive missing: {how}")),
            check => check,
        }
    }

    /// Compiles `source` statically; a failure says the compiler's first complaint.
    fn compile(&self, cc: &str, source: &str, libraries: &[&str]) -> Check {
        let mut words = cc.split_whitespace();
        let name = words.next().unwrap_or("gcc");
        let absolute = Path::new(name).is_absolute().then(|| PathBuf::from(name));
        let Some(program) = absolute.or_else(|| self.search_path.find(name)) else {
            return Check::Fails(format!("{name} {NOT_INSTALLED}"));
        };
        let Ok(dir) = tempfile::tempdir() else { return Check::NotTried };
        let file = dir.path().join("probe.c");
        if std::fs::write(&file, source).is_err() {
            return Check::NotTried;
        }
        let mut command = Command::new(program);
        command.args(words).arg("-static").arg(&file).args(libraries).arg("-o").arg(dir.path().join("probe"));
        command.env("LC_ALL", "C");
        let mut complaint = None;
        let done = child::run(command, self.cancel, Some(Duration::from_secs(60)), |line| {
            if complaint.is_none() && (line.contains("error") || line.contains("cannot find")) {
                complaint = Some(line.to_owned());
            }
        });
        match done {
            Ok(done) if done.status.success() => Check::Works,
            Ok(done) => Check::Fails(complaint.unwrap_or_else(|| done.status.to_string())),
            Err(error) => Check::Fails(error.to_string()),
        }
    }

    fn busybox(&self) -> Option<PathBuf> {
        let path = self.search_path;
        path.find_all("busybox.static").chain(path.find_all("busybox")).find(|file| starts_static(file))
    }

    fn rooms(&self, go: Option<&Go>) -> Vec<Room> {
        let room = |path: &Path, moved_by, need| {
            let space = disk::space(path)?;
            // Counting takes a while: only where it matters.
            let tight = space.free < BUILD_CACHE + MODULE_CACHE + DISTRIBUTION;
            let have = if tight && need > DISTRIBUTION { disk::used(path) } else { 0 };
            Some(Room { path: path.to_owned(), moved_by, need, have, free: space.free, device: space.device })
        };
        let own = room(self.store.root(), "XDG_CACHE_HOME", DISTRIBUTION);
        let caches = go.map(|go| {
            [
                room(&go.build_cache, "GOCACHE", BUILD_CACHE),
                room(&go.module_cache, "GOMODCACHE", MODULE_CACHE),
            ]
        });
        caches.into_iter().flatten().chain([own]).flatten().collect()
    }

    /// Asks for one module that is not in the cache: that tries go's own proxy settings.
    fn modules(&self, go: Option<&Go>, needed: GoVersion, go_mod: &str) -> Modules {
        let Some(go) = go.filter(|go| effective_go(go, needed).is_some()) else { return Modules::NotTried };
        let Some(absent) =
            requirements(go_mod).into_iter().find(|requirement| !cached(&go.module_cache, requirement))
        else {
            return Modules::Cached;
        };
        let mut command = go.command(Path::new("/"), ["list", "-m", &format!("{}@{}", absent.0, absent.1)]);
        command.env("GOWORK", "off").env("GOFLAGS", "-mod=mod").env("GOTOOLCHAIN", "local");
        let mut said = String::new();
        match child::run(command, self.cancel, Some(Duration::from_secs(30)), |line| said = line.to_owned()) {
            Ok(done) if done.status.success() => Modules::Reachable,
            Ok(_) if said.is_empty() => Modules::Unreachable("no answer within 30 s".into()),
            Ok(_) => Modules::Unreachable(said),
            Err(error) => Modules::Unreachable(error.to_string()),
        }
    }

    /// apt's version of golang-go.
    fn packaged_go(&self) -> Option<GoVersion> {
        let mut command = Command::new(self.search_path.find("apt-cache")?);
        command.args(["policy", "golang-go"]).env("LC_ALL", "C");
        let done = child::run(command, self.cancel, Some(Duration::from_secs(30)), |_| {}).ok()?;
        candidate(&done.stdout)
    }
}

fn starts_static(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut start));
    read.is_ok() && elf::is_static(&start)
}

/// The candidate that `apt-cache policy` names: `Candidate: 2:1.24~2`.
fn candidate(policy: &str) -> Option<GoVersion> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?.trim();
    GoVersion::parse(version.split_once(':').map_or(version, |(_epoch, version)| version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apts_candidate_has_an_epoch() {
        assert_eq!(
            candidate("golang-go:\n  Installed: (none)\n  Candidate: 2:1.19~1\n"),
            GoVersion::parse("1.19")
        );
        assert_eq!(candidate("golang-go:\n  Candidate: (none)\n"), None);
    }
}
