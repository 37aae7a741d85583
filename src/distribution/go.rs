//! The Go tool: finding it, asking it, and telling why it failed.
//!
//! In: a search path. Out: [`Go`] and its answers. go's own settings (proxy, caches, toolchain) are the
//! user's and stay as they are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::child;
use super::error::{Error, Result};
use super::go_version::GoVersion;

/// A Go installation and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    /// The `go` command.
    pub program: PathBuf,
    /// Its own version.
    pub version: GoVersion,
    /// `GOTOOLCHAIN` lets it fetch a newer toolchain.
    pub fetches_toolchains: bool,
    /// `GOCACHE`: compiled packages.
    pub build_cache: PathBuf,
    /// `GOMODCACHE`: sources of modules.
    pub module_cache: PathBuf,
    /// `GOPROXY`.
    pub proxy: String,
    /// `CC`, a command with perhaps arguments.
    pub cc: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct GoEnv {
    goversion: String,
    gotoolchain: String,
    gocache: PathBuf,
    gomodcache: PathBuf,
    goproxy: String,
    cc: String,
}

/// Where Go is without being on the `PATH`: from go.dev's archive, and from Debian's versioned packages,
/// newest first.
pub fn usual_places() -> Vec<PathBuf> {
    let mut versioned: Vec<PathBuf> = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|dir| dir.file_name().is_some_and(|name| name.to_string_lossy().starts_with("go-1.")))
        .map(|dir| dir.join("bin"))
        .collect();
    versioned.sort();
    std::iter::once(PathBuf::from("/usr/local/go/bin")).chain(versioned.into_iter().rev()).collect()
}

impl Go {
    /// Asks the go command at `program` for its settings; the error is a clause for people.
    pub fn ask(program: &Path, cancel: &CancellationToken) -> Result<Self, String> {
        let mut command = Command::new(program);
        // Away from any go.mod: the tool's own version is wanted, not that of the toolchain it would fetch.
        command.current_dir("/").env("GOWORK", "off").env_remove("GOFLAGS");
        command.args(["env", "-json", "GOVERSION", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE", "GOPROXY", "CC"]);
        let mut said = Vec::new();
        let done =
            child::run(command, cancel, Some(Duration::from_secs(30)), |line| said.push(line.to_owned()))
                .map_err(|error| error.to_string())?;
        if !done.status.success() {
            return Err(format!("`{} env` failed: {}", program.display(), said.join("; ")));
        }
        let env: GoEnv = serde_json::from_str(&done.stdout)
            .map_err(|error| format!("`{} env` gave an unexpected answer: {error}", program.display()))?;
        let version = GoVersion::parse(&env.goversion)
            .ok_or_else(|| format!("{} is {:?}, no release", program.display(), env.goversion))?;
        Ok(Self {
            program: program.to_owned(),
            version,
            fetches_toolchains: env.gotoolchain == "auto" || env.gotoolchain.ends_with("+auto"),
            build_cache: env.gocache,
            module_cache: env.gomodcache,
            proxy: env.goproxy,
            cc: env.cc,
        })
    }

    /// A go command to run in `dir`.
    pub fn command(
        &self,
        dir: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
    ) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(dir).args(arguments);
        command
    }
}

/// Why a go command failed, by what it said last.
pub fn failure(step: &str, status: String, said: &str, log: &Path) -> Error {
    let (step, log) = (step.to_owned(), log.to_owned());
    let has = |needles: &[&str]| needles.iter().any(|needle| said.contains(needle));
    if has(&["no space left on device", "disk quota exceeded"]) {
        return Error::DiskFull { path: log.parent().unwrap_or(&log).to_owned() };
    }
    if has(&["signal: killed", "cannot allocate memory"]) {
        return Error::OutOfMemory { step };
    }
    let tail = tail(said, 15);
    let network = has(&[
        "dial tcp",
        "no such host",
        "i/o timeout",
        "TLS handshake",
        "x509: ",
        "module lookup disabled",
    ]) || has(&[
        "proxyconnect",
        "unexpected EOF",
        "Bad Gateway",
        "Service Unavailable",
        "connection reset",
    ]);
    if network {
        return Error::Network { step, tail, log };
    }
    Error::Compile { step, status, tail, log }
}

/// The last `count` lines, indented.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(count);
    lines[from..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_told_by_its_words() {
        let log = Path::new("/c/build.log");
        let of = |said: &str| failure("step", "exit status: 1".into(), said, log);
        assert!(matches!(of("write /x: no space left on device"), Error::DiskFull { .. }));
        assert!(matches!(of("compile: signal: killed"), Error::OutOfMemory { .. }));
        assert!(matches!(of("Get \"https://x\": dial tcp: lookup x: no such host"), Error::Network { .. }));
        assert!(matches!(of("module lookup disabled by GOPROXY=off"), Error::Network { .. }));
        assert!(matches!(of("./main.go:3:1: syntax error"), Error::Compile { .. }));
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail("a\nb\nc", 2), "  b\n  c");
        assert_eq!(tail("", 2), "");
    }
}
