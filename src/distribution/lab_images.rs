//! The lab images alone, for nodes in Docker: on a machine that has no distribution and may be no Linux.
//!
//! In: [`BuildOptions`]. Out: an OCI image layout in the store. Go compiles the labs' programs for Linux; busybox is this
//! machine's, or comes as a package from Debian, with a pinned sum. One builder at a time, as for a distribution.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::build::{BuildOptions, workshop};
use super::error::{Error, Result};
use super::fetch::{self, FetchOptions};
use super::go::Go;
use super::module::Module;
use super::prerequisites::{BuildFacts, missing_for_lab_images};
use super::probe::Probe;
use super::recipe::{BUSYBOX, LAB_IMAGES, source_digest};
use super::store::Store;
use super::{findings, images};
use crate::event::Events;

/// How often a download may fail in a row, and the pause after the first failure.
const PATIENCE: (u32, Duration) = (5, Duration::from_secs(1));

/// The layout of lab images that this version of satrain makes; made first where it is missing.
///
/// # Errors
/// See [`Error`]; [`Error::Prerequisites`] where Go or its module proxy is missing.
pub fn ensure(options: &BuildOptions, events: &Events, cancel: &CancellationToken) -> Result<PathBuf> {
    let BuildOptions { module, store, search_path, os, .. } = options;
    let place = place(store, module);
    if is_layout(&place) {
        return Ok(place);
    }
    let lock = store.lock("making the lab images", events, cancel)?;
    store.sweep(&lock);
    let facts = Probe { module, store, search_path, os, cancel }.facts()?;
    let go = usable_go(&facts)?;
    if is_layout(&place) {
        return Ok(place);
    }
    events.note(
        "satrain makes the lab images once: Go compiles the labs' programs for Linux, in a minute or two.",
    );
    let staging = store.staging(&lock)?;
    let mut shop = workshop(options, &go, staging.path(), (events, cancel))?;
    let versions = shop.versions()?;
    for step in LAB_IMAGES {
        events.step(format!("Compiling {}", step.title));
        let graph = shop.import_graph(step, 0)?;
        shop.compile(step, &versions, graph)?;
        events.done("compiled");
    }
    let made = match facts.busybox.as_deref().filter(|_| cfg!(target_os = "linux")) {
        Some(busybox) => images::pack(&mut shop, busybox, None)?,
        None => {
            let package = busybox_package(store, events, cancel)?;
            let made = images::pack(&mut shop, &named_deb(package.path(), staging.path())?, None)?;
            package.discard();
            made
        }
    };
    events.done(format!("{} images", made.len()));
    let built = shop.out().join("images");
    std::fs::rename(&built, &place).map_err(Error::io("move into place", &built))?;
    Ok(place)
}

/// Where the layout is that this version of satrain makes, there or not.
pub fn place(store: &Store, module: &Module) -> PathBuf {
    store.lab_images(&source_digest(module)[..32])
}

fn is_layout(place: &Path) -> bool {
    images::references(place).is_ok_and(|names| !names.is_empty())
}

/// The Go that compiles.
fn usable_go(facts: &BuildFacts) -> Result<Go> {
    let none = || findings::Missing { findings: Vec::new(), command: None };
    match (missing_for_lab_images(facts), &facts.go) {
        (None, Some(go)) => Ok(go.clone()),
        (missing, _) => Err(Error::Prerequisites(missing.unwrap_or_else(none))),
    }
}

/// Debian's package of busybox, with the right sum.
fn busybox_package(store: &Store, events: &Events, cancel: &CancellationToken) -> Result<fetch::Checked> {
    let package = BUSYBOX.ok_or_else(|| Error::Download {
        url: "https://deb.debian.org".into(),
        why: format!("no busybox is known for {}", std::env::consts::ARCH),
    })?;
    let options = FetchOptions {
        url: package.url.into(),
        sha256: Some(package.sha256.into()),
        store: store.clone(),
        attempts: PATIENCE.0,
        pause: PATIENCE.1,
        source: String::new(),
    };
    fetch::obtain(&options, package.sha256, events, cancel)
}

/// The image builder tells a package by its name.
fn named_deb(package: &Path, dir: &Path) -> Result<PathBuf> {
    let named = dir.join("busybox.deb");
    std::fs::copy(package, &named).map_err(Error::io("copy", package))?;
    Ok(named)
}
