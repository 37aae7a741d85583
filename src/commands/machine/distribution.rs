//! `satrain distribution build|path|pack|fetch|clean`.
//!
//! In: arguments and the environment. Out: a directory's or an archive's path on the writer, or JSON.
//! Progress goes to the events.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::cluster::embedded::distributions_in_use;
use crate::commands::context::Context;
use crate::commands::environment::Environment;
use crate::distribution::fetch::pins;
use crate::distribution::install::Policy;
use crate::distribution::lab_images;
use crate::distribution::recipe::source_digest;
use crate::distribution::space;
use crate::distribution::{
    BuildOptions, Distribution, Error, FetchOptions, Module, archive, build, fetch, locate,
};
use crate::error::{Exit, Result};
use crate::plural::counted;
use clap::{Args, Subcommand};
use serde_json::json;

/// Arguments of `satrain distribution`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain distribution build\n  satrain distribution fetch URL --sha256 SUM"
)]
pub struct DistributionArgs {
    #[command(subcommand)]
    command: DistributionCommand,
}

#[derive(Debug, Subcommand)]
enum DistributionCommand {
    /// Compile Kubernetes, etcd, containerd and runc from upstream sources (about 7 minutes, once)
    Build(BuildArgs),
    /// Print the directory of the distribution in use
    Path,
    /// Write the distribution as a release archive, with SHA256SUMS
    Pack(PackArgs),
    /// Download a release archive instead of building
    Fetch(FetchArgs),
    /// Remove distributions that nothing uses, and what builds and downloads left
    Clean(CleanArgs),
}

#[derive(Debug, Args)]
struct CleanArgs {
    /// Also remove the one that the next cluster would use
    #[arg(long)]
    all: bool,
}

/// How to build; also for commands that build when there is no distribution.
#[derive(Debug, Clone, Default, Args)]
pub struct BuildArgs {
    /// Build even if it is already built
    #[arg(long)]
    force: bool,
    /// Packages to compile in parallel [default: one per CPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Also install missing Debian packages with sudo, not only as root
    #[arg(long, conflicts_with = "no_install")]
    yes: bool,
    /// Never install packages
    #[arg(long)]
    no_install: bool,
    /// Build from this directory instead of the embedded sources
    #[arg(long, value_name = "DIR")]
    sources: Option<PathBuf>,
    /// Only the lab images, for clusters in Docker: needs Go, no C compiler and no Linux
    #[arg(long, conflicts_with_all = ["force", "yes"])]
    lab_images: bool,
}

#[derive(Debug, Args)]
struct PackArgs {
    /// Where to write the archive
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

#[derive(Debug, Args)]
struct FetchArgs {
    /// URL or file name of the archive [default: the release of this satrain]
    url: Option<String>,
    /// Its SHA-256, from SHA256SUMS
    #[arg(long, value_name = "SUM", requires = "url", value_parser = sum)]
    sha256: Option<String>,
    /// Give up after this many attempts without progress
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
}

fn sum(text: &str) -> std::result::Result<String, String> {
    let text = text.trim();
    match pins::is_sum(text) {
        true => Ok(text.to_owned()),
        false => Err("a SHA-256 has 64 hexadecimal digits".to_owned()),
    }
}

impl BuildArgs {
    /// What the library needs to build.
    ///
    /// # Errors
    /// When the folder of `--sources` cannot be read.
    pub fn options(&self, environment: &Environment) -> std::result::Result<BuildOptions, Error> {
        let host = environment.host();
        let module = match &self.sources {
            Some(dir) => Module::from_dir(dir)?,
            None => Module::embedded(),
        };
        Ok(BuildOptions {
            module,
            store: environment.store(),
            search_path: environment.search_path.clone(),
            os: host.os,
            install: match (self.no_install, self.yes) {
                (true, _) => Policy::Never,
                (_, true) => Policy::WithSudo,
                _ => Policy::AsRoot,
            },
            jobs: self.jobs.map(usize::from),
            memory_available: host.memory_available,
            force: self.force,
        })
    }
}

/// Runs the command. Every error means that there is no distribution, and so no cluster (exit code 4).
pub async fn run(ctx: &Context, args: &DistributionArgs, out: &mut impl Write) -> Result<Exit> {
    tokio::task::block_in_place(|| done(ctx, args, out))?;
    Ok(Exit::Passed)
}

/// Blocks; ends early with [`Error::Cancelled`] when Ctrl-C was pressed.
fn done(ctx: &Context, args: &DistributionArgs, out: &mut dyn Write) -> std::result::Result<(), Error> {
    let Context { environment, events, cancel, json, .. } = ctx;
    let json = *json;
    match &args.command {
        DistributionCommand::Build(args) if args.lab_images => {
            let layout = lab_images::ensure(&args.options(environment)?, events, cancel)?;
            print(json, &json!({"images": layout}), &layout.display(), out)
        }
        DistributionCommand::Build(args) => {
            let built = build(&args.options(environment)?, events, cancel)?;
            if built.up_to_date {
                events.note("already built, nothing to do");
            }
            show(&built.distribution, json, out)
        }
        DistributionCommand::Path => show(&locate(&environment.locate_options())?.0, json, out),
        DistributionCommand::Pack(args) => {
            let (distribution, _) = locate(&environment.locate_options())?;
            let packed = archive::pack(&distribution, &args.into, events, cancel)?;
            let value = json!({"archive": packed.archive, "sha256": packed.sha256, "bytes": packed.bytes});
            print(json, &value, &packed.archive.display(), out)
        }
        DistributionCommand::Fetch(args) => {
            let released = || pins::release().map(|release| release.url.to_owned());
            let options = FetchOptions {
                url: args.url.clone().or_else(released).ok_or(Error::NoRelease)?,
                sha256: args.sha256.clone(),
                store: environment.store(),
                attempts: args.attempts,
                pause: Duration::from_secs(1),
                source: source_digest(&Module::embedded()),
            };
            let fetched = fetch::fetch(&options, events, cancel)?;
            if fetched.up_to_date {
                events.note("already installed, nothing to do");
            }
            show(&fetched.distribution, json, out)
        }
        DistributionCommand::Clean(args) => clean(ctx, args, out),
    }
}

fn clean(ctx: &Context, args: &CleanArgs, out: &mut dyn Write) -> std::result::Result<(), Error> {
    let Context { environment, events, cancel, .. } = ctx;
    let store = environment.store();
    let lock = store.lock("removing distributions", events, cancel)?;
    let mut keep = distributions_in_use(&ctx.paths);
    if !args.all {
        keep.extend(locate(&environment.locate_options()).ok().map(|(found, _)| found.dir));
        keep.push(lab_images::place(&store, &Module::embedded()));
    }
    let (removed, bytes) = store.clean(&lock, &keep);
    let kept: Vec<_> = keep.iter().filter(|dir| dir.starts_with(store.root()) && dir.is_dir()).collect();
    let value = json!({"removed": removed, "bytes": bytes, "kept": kept});
    let text = match removed.len() {
        0 => "nothing to remove".to_owned(),
        count => format!("{} removed, {}", counted(count, "folder"), space::human(bytes)),
    };
    if !ctx.json {
        events.note("what Go keeps of a build is Go's: `go clean -cache -modcache` gives it back");
    }
    print(ctx.json, &value, &text, out)
}

fn show(distribution: &Distribution, json: bool, out: &mut dyn Write) -> std::result::Result<(), Error> {
    let value = json!({"dir": distribution.dir, "manifest": distribution.manifest});
    print(json, &value, &distribution.dir.display(), out)
}

fn print(
    json: bool,
    value: &serde_json::Value,
    text: &dyn std::fmt::Display,
    out: &mut dyn Write,
) -> std::result::Result<(), Error> {
    let written = if json { writeln!(out, "{value:#}") } else { writeln!(out, "{text}") };
    written.map_err(Error::io("write", std::path::Path::new("the output")))
}
