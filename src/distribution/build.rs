//! Builds the distribution into the store.
//!
//! In: [`BuildOptions`]. Out: [`Built`], in its place and checked. One builder at a time; what a killed one
//! left is swept by the next; nothing is visible before it is complete.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::compile::{Workshop, compiler_memory};
use super::error::{Error, Result};
use super::go::Go;
use super::import_graph::ImportGraph;
use super::install::{self, Policy, apt_install};
use super::manifest::{FILE, Manifest, SCHEMA};
use super::module::Module;
use super::prerequisites::{BuildFacts, apt_packages, effective_go, missing};
use super::probe::Probe;
use super::recipe::{COMPILES, POD_SANDBOX, Place, build_key, go_arch, source_digest};
use super::space;
use super::store::Store;
use super::{Distribution, KUBE_COMPONENTS, NODE_COMPONENTS, PROGRAMS, images};
use crate::event::Events;
use crate::host::{OsRelease, SearchPath};

/// What to build, where, and what is allowed.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The sources.
    pub module: Module,
    /// Where it goes.
    pub store: Store,
    /// Where programs are looked for.
    pub search_path: SearchPath,
    /// The Linux distribution.
    pub os: OsRelease,
    /// Whether missing packages may be installed.
    pub install: Policy,
    /// Packages compiled at the same time; as many as there are CPUs when `None`.
    pub jobs: Option<usize>,
    /// Bytes of memory available: with plenty, go's compiler collects garbage less often.
    pub memory_available: u64,
    /// Build even if it is there.
    pub force: bool,
}

/// The result of [`build`].
#[derive(Debug)]
pub struct Built {
    /// The distribution.
    pub distribution: Distribution,
    /// It was there already.
    pub up_to_date: bool,
}

/// Builds the distribution, unless it is there.
///
/// # Errors
/// See [`Error`]; [`Error::Prerequisites`] names everything that is missing at once.
pub fn build(options: &BuildOptions, events: &Events, cancel: &CancellationToken) -> Result<Built> {
    let started = Instant::now();
    let store = &options.store;
    let source = source_digest(&options.module);
    let lock = store.lock("building the distribution", events, cancel)?;
    store.sweep(&lock);
    if let Some(distribution) = up_to_date(options, &source, cancel) {
        return Ok(Built { distribution, up_to_date: true });
    }
    let (facts, go, busybox) = prerequisites(options, events, cancel)?;
    let compiler = effective_go(&go, facts.needed_go).unwrap_or(go.version);
    let staging = store.staging(&lock)?;
    let mut shop = workshop(options, &go, staging.path(), (events, cancel))?;
    let mut manifest = compile_all(&mut shop, options, &source)?;
    manifest.go = compiler.to_string();
    events.step("Building the lab images");
    manifest.images = images::make(&mut shop, &busybox)?;
    events.done(format!("{} images", manifest.images.len()));
    finish(&shop.out(), manifest)?;
    events.step("Writing it to disk");
    let distribution = store.install(&lock, &shop.out(), &build_key(&source, compiler))?;
    let seconds = started.elapsed().as_secs_f64();
    events.done(format!("Kubernetes {} is built, {seconds:.1} s in total", distribution.manifest.kubernetes));
    Ok(Built { distribution, up_to_date: false })
}

/// The distribution made from these sources by the Go that would compile now; by any Go where there is none.
fn up_to_date(options: &BuildOptions, source: &str, cancel: &CancellationToken) -> Option<Distribution> {
    if options.force {
        return None;
    }
    let needed = super::go_version::GoVersion::of_go_mod(&options.module.go_mod())?;
    let go = options
        .search_path
        .find_all("go")
        .filter_map(|program| Go::ask(&program, cancel).ok())
        .find_map(|go| effective_go(&go, needed));
    match go {
        Some(version) => Distribution::open(&options.store.path(&build_key(source, version))).ok(),
        None => options.store.find(source),
    }
}

/// Everything a build needs, after installing what may be installed.
fn prerequisites(
    options: &BuildOptions,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(BuildFacts, Go, std::path::PathBuf)> {
    events.step("Checking the build requirements");
    let probe = Probe {
        module: &options.module,
        store: &options.store,
        search_path: &options.search_path,
        os: &options.os,
        cancel,
    };
    let mut facts = probe.facts()?;
    if let Some(lacking) = missing(&facts) {
        let packages = apt_packages(&lacking, facts.os.family);
        let has_sudo = options.search_path.find("sudo").is_some();
        let prefix = install::prefix(options.install, facts.root, has_sudo).filter(|_| !packages.is_empty());
        let Some(prefix) = prefix else { return Err(Error::Prerequisites(lacking)) };
        apt_install(&packages, prefix, &options.search_path, events, cancel)?;
        facts = probe.facts()?;
    }
    match (missing(&facts), facts.go.clone(), facts.busybox.clone()) {
        (None, Some(go), Some(busybox)) => {
            events.done(format!("Go {}, a C compiler, libseccomp, busybox", go.version));
            events.note(space::told(&facts.rooms));
            Ok((facts, go, busybox))
        }
        (lacking, ..) => {
            let none = super::findings::Missing { findings: Vec::new(), command: None };
            Err(Error::Prerequisites(lacking.unwrap_or(none)))
        }
    }
}

fn jobs(options: &BuildOptions) -> usize {
    options.jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1)
}

/// A workshop in `staging`, with its folders and the sources.
pub(super) fn workshop<'a>(
    options: &BuildOptions,
    go: &'a Go,
    staging: &'a Path,
    (events, cancel): (&'a Events, &'a CancellationToken),
) -> Result<Workshop<'a>> {
    let log_path = options.store.log();
    let shop = Workshop {
        go,
        staging,
        log: File::create(&log_path).map_err(Error::io("create", &log_path))?,
        log_path,
        jobs: options.jobs,
        memory: compiler_memory(options.memory_available, jobs(options)),
        fetched: 0,
        events,
        cancel,
    };
    let dirs = [shop.place(Place::Distribution), shop.place(Place::Tools), shop.staging.join("tmp")];
    for dir in dirs {
        std::fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
    }
    options.module.write(&shop.src())?;
    Ok(shop)
}

fn compile_all(shop: &mut Workshop<'_>, options: &BuildOptions, source: &str) -> Result<Manifest> {
    let modules = options.module.go_mod().lines().filter(|line| line.starts_with('\t')).count() as u64;
    let versions = shop.versions()?;
    shop.events.step("Fetching the sources");
    let mut graphs: Vec<ImportGraph> = Vec::new();
    for step in COMPILES {
        graphs.push(shop.import_graph(step, modules)?);
    }
    let packages: u64 = graphs.iter().map(ImportGraph::total).sum();
    shop.events.done(format!("{packages} packages to compile, or fewer if some are cached"));
    for (number, (step, graph)) in COMPILES.iter().zip(graphs).enumerate() {
        let begun = Instant::now();
        shop.events.step(format!("Compiling {} ({} of {})", step.title, number + 1, COMPILES.len()));
        shop.compile(step, &versions, graph)?;
        shop.events.done(format!("{:.1} s", begun.elapsed().as_secs_f64()));
    }
    shop.compile_c(POD_SANDBOX, &shop.place(Place::Distribution).join("pod-sandbox"))?;
    Ok(Manifest {
        schema: SCHEMA.into(),
        kubernetes: versions.kubernetes,
        etcd: versions.etcd,
        containerd: versions.containerd,
        runc: versions.runc,
        arch: go_arch().into(),
        images: Vec::new(),
        source: source.into(),
        go: String::new(),
        sizes: std::collections::BTreeMap::new(),
    })
}

/// The links and the manifest, which makes the directory a distribution.
fn finish(out: &Path, mut manifest: Manifest) -> Result<()> {
    let link = |target: &str, name: String| {
        let path = out.join(name);
        symlink(target, &path).map_err(Error::io("link", &path))
    };
    let path = out.join("path");
    std::fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
    link("../bin/kubectl", "path/kubectl".into())?;
    for name in KUBE_COMPONENTS {
        link("satrain-kube", format!("bin/{name}"))?;
    }
    for name in NODE_COMPONENTS {
        link("satrain-node", format!("bin/{name}"))?;
    }
    for name in PROGRAMS {
        let program = out.join("bin").join(name);
        let size = program.metadata().map_err(Error::io("read", &program))?.len();
        manifest.sizes.insert(format!("bin/{name}"), size);
    }
    let path = out.join(FILE);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| Error::io("write", &path)(std::io::Error::other(error)))?;
    std::fs::write(&path, text + "\n").map_err(Error::io("write", &path))
}
