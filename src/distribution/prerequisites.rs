//! What a build needs and what of it is missing: pure rules, all judged at once.
//!
//! In: [`BuildFacts`], collected by `probe`. Out: [`Finding`]s, each with its cure. Asks nothing, installs
//! nothing.

use std::path::PathBuf;

use super::findings::{Finding, Missing};
use super::go::Go;
use super::go_version::{FIRST_WITH_TOOLCHAINS, GoVersion};
use super::packages::{self, Tool};
use super::space::{Room, human, shortages};
use crate::host::{Family, OsRelease};

/// What is known before a build.
#[derive(Debug, Clone)]
pub struct BuildFacts {
    /// The Linux distribution.
    pub os: OsRelease,
    /// Packages can be installed without sudo.
    pub root: bool,
    /// The version in `go.mod`.
    pub needed_go: GoVersion,
    /// The newest Go that answers.
    pub go: Option<Go>,
    /// Why a Go that is there does not answer.
    pub go_trouble: Option<String>,
    /// apt's version of golang-go, where there is apt.
    pub packaged_go: Option<GoVersion>,
    /// The C compiler.
    pub cc: Check,
    /// pkg-config.
    pub pkg_config: Check,
    /// libseccomp.
    pub libseccomp: Check,
    /// A static busybox.
    pub busybox: Option<PathBuf>,
    /// The directories a build fills.
    pub rooms: Vec<Room>,
    /// The modules' sources.
    pub modules: Modules,
}

/// The outcome of trying something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It works.
    Works,
    /// It does not; a clause that says how.
    Fails(String),
    /// Could not be tried, because something else is missing.
    NotTried,
}

/// Whether the modules' sources can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modules {
    /// All in the module cache.
    Cached,
    /// Some have to be fetched, and the proxy answers.
    Reachable,
    /// Some have to be fetched, and the proxy does not answer.
    Unreachable(String),
    /// Could not be tried, because Go is missing.
    NotTried,
}

/// The Go that would compile: the one installed, or the newer one that it fetches by itself.
pub fn effective_go(go: &Go, needed: GoVersion) -> Option<GoVersion> {
    if go.version >= needed {
        return Some(go.version);
    }
    (go.fetches_toolchains && go.version >= FIRST_WITH_TOOLCHAINS).then_some(needed)
}

/// Judges the facts: what is missing, nothing when a build can begin.
pub fn missing(facts: &BuildFacts) -> Option<Missing> {
    let mut findings: Vec<Finding> = go(facts).into_iter().collect();
    findings.extend(check(facts, Tool::CCompiler, &facts.cc, "C compiler"));
    findings.extend(check(facts, Tool::PkgConfig, &facts.pkg_config, "pkg-config"));
    findings.extend(check(facts, Tool::Libseccomp, &facts.libseccomp, "libseccomp"));
    if facts.busybox.is_none() {
        let problem = "no statically linked busybox (for the lab images)".into();
        findings.push(Finding { problem, cure: install(facts, Tool::Busybox), tool: Some(Tool::Busybox) });
    }
    findings.extend(disk(facts));
    findings.extend(network(facts));
    let tools: Vec<Tool> = findings.iter().filter_map(|finding| finding.tool).collect();
    let command = packages::command(&tools, facts.os.family, facts.root);
    (!findings.is_empty()).then_some(Missing { findings, command })
}

/// The same for the lab images alone.
pub fn missing_for_lab_images(facts: &BuildFacts) -> Option<Missing> {
    let findings: Vec<Finding> = go(facts).into_iter().chain(network(facts)).collect();
    (!findings.is_empty()).then_some(Missing { findings, command: None })
}

/// The packages that would cure `missing`, on Debian and its like only.
pub fn apt_packages(missing: &Missing, family: Family) -> Vec<&'static str> {
    if family != Family::Debian {
        return Vec::new();
    }
    let tools = missing.findings.iter().filter_map(|finding| finding.tool);
    tools.flat_map(|tool| packages::names(tool, family)).copied().collect()
}

fn go(facts: &BuildFacts) -> Option<Finding> {
    let needed = facts.needed_go;
    let problem = match &facts.go {
        Some(go) => {
            if effective_go(go, needed).is_some() {
                return None;
            }
            format!("Go {} at {} is too old, {needed} or newer is needed", go.version, go.program.display())
        }
        None => match &facts.go_trouble {
            Some(trouble) => format!("Go does not work: {trouble}"),
            None => format!("Go is not installed ({needed} or newer is needed)"),
        },
    };
    if facts.go_trouble.is_some() && facts.go.is_none() {
        return Some(Finding {
            problem,
            cure: "repair or reinstall it: https://go.dev/doc/install".into(),
            tool: None,
        });
    }
    if let Some(go) = facts.go.as_ref().filter(|go| go.version >= FIRST_WITH_TOOLCHAINS) {
        // A Go that could fetch what is needed but is told not to.
        debug_assert!(!go.fetches_toolchains);
        let cure = format!(
            "let it fetch the newer one: GOTOOLCHAIN=auto satrain distribution build; or install Go {needed}: \
             https://go.dev/dl/"
        );
        return Some(Finding { problem, cure, tool: None });
    }
    let family = facts.os.family;
    // On Debian the packaged Go is known; elsewhere it is assumed to be recent enough to fetch the rest.
    let package_helps = match family {
        Family::Debian => facts.packaged_go.is_some_and(|version| version >= FIRST_WITH_TOOLCHAINS),
        Family::Other => false,
        _ => facts.go.is_none(),
    };
    if package_helps {
        return Some(Finding { problem, cure: install(facts, Tool::Go), tool: Some(Tool::Go) });
    }
    let sudo = if facts.root { "" } else { "sudo " };
    let cure = format!(
        "the packaged Go is too old or unknown; install it from go.dev: curl -L \
         https://go.dev/dl/go{needed}.linux-{}.tar.gz | {sudo}tar -C /usr/local -xz (satrain finds it there)",
        super::recipe::go_arch()
    );
    Some(Finding { problem, cure, tool: None })
}

fn check(facts: &BuildFacts, tool: Tool, check: &Check, name: &str) -> Option<Finding> {
    let Check::Fails(how) = check else { return None };
    Some(Finding { problem: format!("{name}: {how}"), cure: install(facts, tool), tool: Some(tool) })
}

fn install(facts: &BuildFacts, tool: Tool) -> String {
    packages::command(&[tool], facts.os.family, facts.root)
        .unwrap_or_else(|| format!("install {} ({})", packages::description(tool), facts.os.name))
}

fn disk(facts: &BuildFacts) -> impl Iterator<Item = Finding> {
    shortages(&facts.rooms).into_iter().map(|short| {
        let paths: Vec<_> = short.rooms.iter().map(|room| room.path.display().to_string()).collect();
        let settings: Vec<_> = short.rooms.iter().map(|room| room.moved_by).collect();
        Finding {
            problem: format!(
                "not enough disk space: {} free, about {} more needed in {}",
                human(short.free),
                human(short.need),
                paths.join(", ")
            ),
            cure: format!("free some, or move it to a larger disk with {}", settings.join(", ")),
            tool: None,
        }
    })
}

fn network(facts: &BuildFacts) -> Option<Finding> {
    let Modules::Unreachable(why) = &facts.modules else { return None };
    Some(Finding {
        problem: format!("cannot reach the Go module proxy: {why}"),
        cure: "connect to the network, or set GOPROXY (`go env -w GOPROXY=…`; a mirror or a file:// folder works) \
               and HTTPS_PROXY if you are behind a proxy"
            .into(),
        tool: None,
    })
}

#[cfg(test)]
#[path = "prerequisites_tests.rs"]
mod tests;
