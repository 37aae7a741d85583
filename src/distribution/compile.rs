//! Runs go in a staging directory, with a log and progress.
//!
//! In: a [`Workshop`] and the recipe's steps. Out: programs. Go's build cache outlives everything here, so a
//! build that was interrupted goes on where it stopped.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio_util::sync::CancellationToken;

use super::child;
use super::error::{Error, Result};
use super::go::{self, Go};
use super::import_graph::{ImportGraph, TEMPLATE};
use super::recipe::{Compile, Place, VERSIONED_MODULES, Versions};
use crate::event::{Event, Events};

/// A staging directory, the tools, and who listens.
#[derive(Debug)]
pub struct Workshop<'a> {
    /// The Go to use.
    pub go: &'a Go,
    /// Staging: `src/` the module, `out/` the distribution, `tools/`, `tmp/`.
    pub staging: &'a Path,
    /// Where all messages go.
    pub log: File,
    /// Its path, for error messages.
    pub log_path: PathBuf,
    /// Packages compiled at the same time; go's default when `None`.
    pub jobs: Option<usize>,
    /// Bytes of memory that one compiler may fill before it collects garbage; go's default when `None`.
    pub memory: Option<u64>,
    /// Modules fetched so far.
    pub fetched: u64,
    /// Who is told.
    pub events: &'a Events,
    /// Who may stop it.
    pub cancel: &'a CancellationToken,
}

impl Workshop<'_> {
    /// The module's sources.
    pub fn src(&self) -> PathBuf {
        self.staging.join("src")
    }

    /// The distribution that grows here.
    pub fn out(&self) -> PathBuf {
        self.staging.join("out")
    }

    /// Where a program goes.
    pub fn place(&self, place: Place) -> PathBuf {
        match place {
            Place::Distribution => self.out().join("bin"),
            Place::Tools => self.staging.join("tools"),
        }
    }

    /// The versions of the modules that a manifest names.
    ///
    /// # Errors
    /// When go fails or does not know a module.
    pub fn versions(&mut self) -> Result<Versions> {
        let mut command = self.go.command(&self.src(), ["list", "-m", "-f", "{{.Path}} {{.Version}}"]);
        command.args(VERSIONED_MODULES).env("GOFLAGS", "-mod=readonly").env("GOWORK", "off");
        let answer = self.run(command, "reading the modules' versions", |_, _| {})?;
        Versions::parse(&answer).ok_or_else(|| Error::GoAnswer { command: "go list -m".into(), answer })
    }

    /// Fetches what is missing of a step's sources and returns its import graph.
    ///
    /// # Errors
    /// When a module cannot be fetched, or go fails.
    pub fn import_graph(&mut self, step: &Compile, modules: u64) -> Result<ImportGraph> {
        let mut command = self.go.command(&self.src(), ["list", "-deps", "-f", TEMPLATE]);
        command.args(step.package_flags()).args(packages(step)).envs(step.environment());
        let mut done = self.fetched;
        let answer =
            self.run(command, &format!("fetching the sources of {}", step.title), |events, line| {
                if let Some(module) = line.strip_prefix("go: downloading ") {
                    done += 1;
                    let total = modules.max(done);
                    events.emit(Event::Progress { done, total, unit: "modules", detail: module.to_owned() });
                }
            })?;
        self.fetched = done;
        Ok(ImportGraph::parse(&answer))
    }

    /// Compiles a step's programs and puts each in its place.
    ///
    /// # Errors
    /// When go fails; [`go::failure`] tells why.
    pub fn compile(&mut self, step: &Compile, versions: &Versions, mut graph: ImportGraph) -> Result<()> {
        let bin = self.staging.join("bin");
        std::fs::create_dir_all(&bin).map_err(Error::io("create", &bin))?;
        let mut command = self.go.command(&self.src(), ["build", "-v"]);
        command.args(step.package_flags()).arg(format!("-ldflags={}", step.linker(versions)));
        if let Some(jobs) = self.jobs {
            command.arg(format!("-p={jobs}"));
        }
        // An empty last element: the slash tells go that it is a directory.
        command.arg("-o").arg(bin.join("")).args(packages(step)).envs(step.environment());
        let (total, detail) = (graph.total(), "checking what is already compiled".to_owned());
        self.events.emit(Event::Progress { done: 0, total, unit: "packages", detail });
        self.run(command, &format!("compiling {}", step.title), |events, line| {
            if graph.begin(line) {
                let program = step
                    .programs
                    .iter()
                    .find(|program| line.ends_with(program.package.trim_start_matches('.')));
                let detail =
                    program.map_or_else(|| line.to_owned(), |program| format!("linking {}", program.name()));
                let (done, total) = (graph.done(), graph.total());
                events.emit(Event::Progress { done, total, unit: "packages", detail });
            }
        })?;
        for program in step.programs {
            let (from, to) = (bin.join(program.name()), self.place(program.place).join(program.name()));
            std::fs::rename(&from, &to).map_err(Error::io("move into place", &from))?;
        }
        Ok(())
    }

    /// Compiles a program in C, with `arguments` as the recipe has them.
    ///
    /// # Errors
    /// When the C compiler fails.
    pub fn compile_c(&mut self, arguments: &[&str], program: &Path) -> Result<()> {
        let mut words = self.go.cc.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("gcc"));
        command.current_dir(self.src()).args(words).args(arguments).arg("-o").arg(program);
        let name = program.file_name().unwrap_or_default().display();
        self.run(command, &format!("compiling {name}"), |_, _| {})?;
        Ok(())
    }

    /// Runs a command to its end: its messages into the log, its output returned.
    ///
    /// # Errors
    /// What [`go::failure`] reads from the messages.
    pub fn run(
        &mut self,
        mut command: Command,
        step: &str,
        mut on_line: impl FnMut(&Events, &str),
    ) -> Result<String> {
        command.env("GOTMPDIR", self.staging.join("tmp")).env("TMPDIR", self.staging.join("tmp"));
        command.env_remove("GOEXPERIMENT").env_remove("GOAMD64").env_remove("GOARM64");
        if let Some(memory) = self.memory {
            command.env("GOGC", "1000").env("GOMEMLIMIT", memory.to_string());
        }
        let Self { log, events, cancel, .. } = self;
        let _ = writeln!(log, "# {step}: {command:?}");
        let mut said = String::new();
        let done = child::run(command, cancel, None, |line| {
            let _ = writeln!(log, "{line}");
            on_line(events, line);
            // Names of packages and downloads are progress, not messages.
            let quiet = line.starts_with("go: downloading ") || !line.contains([' ', ':']);
            if !quiet {
                said.push_str(line);
                said.push('\n');
            }
        })?;
        if done.status.success() {
            return Ok(done.stdout);
        }
        Err(go::failure(step, done.status.to_string(), &said, &self.log_path))
    }
}

fn packages(step: &Compile) -> impl Iterator<Item = &'static str> {
    step.programs.iter().map(|program| program.package)
}

/// How much memory each of `jobs` compilers may fill: with GOGC=1000 go's compiler is a sixth faster where
/// there is a gigabyte for each (distro/README.md has the measurements), and up to three are used.
pub fn compiler_memory(available: u64, jobs: usize) -> Option<u64> {
    const GIB: u64 = 1 << 30;
    let each = available / (jobs as u64 + 1);
    (each >= GIB).then(|| each.min(3 * GIB))
}

#[cfg(test)]
mod tests {
    use super::compiler_memory;

    #[test]
    fn compilers_share_the_memory() {
        const GIB: u64 = 1 << 30;
        assert_eq!(compiler_memory(0, 2), None);
        assert_eq!(compiler_memory(4 * GIB, 8), None);
        assert_eq!(compiler_memory(6 * GIB, 2), Some(2 * GIB));
        assert_eq!(compiler_memory(64 * GIB, 4), Some(3 * GIB));
    }
}
