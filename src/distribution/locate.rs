//! Finds the distribution to run, or builds it.
//!
//! In: [`LocateOptions`]; the environment was read by the caller. Out: a [`Distribution`] and where it was
//! found. An explicit choice that is wrong is an error, never passed over.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::Distribution;
use super::build::{BuildOptions, build};
use super::error::{Error, Result};
use super::recipe::source_digest;
use super::store::Store;
use crate::event::Events;

/// Where to look, in this order.
#[derive(Debug, Clone)]
pub struct LocateOptions {
    /// The value of `SATRAIN_DISTRIBUTION`: this one or none.
    pub explicit: Option<PathBuf>,
    /// `distribution/` beside the executable, for release archives.
    pub beside: Option<PathBuf>,
    /// The user's store.
    pub store: Store,
    /// [`source_digest`] of the module inside this program: the store may hold others.
    pub source: String,
}

/// Where a distribution was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Named by the user.
    Explicit,
    /// Beside the executable.
    Beside,
    /// In the user's store.
    Store,
}

/// Finds the distribution.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::NotADistribution`] for a place that was meant and is not one.
pub fn locate(options: &LocateOptions) -> Result<(Distribution, Origin)> {
    if let Some(dir) = &options.explicit {
        return Ok((Distribution::open(dir)?, Origin::Explicit));
    }
    if let Some(dir) = options.beside.as_ref().filter(|dir| dir.is_dir()) {
        return Ok((Distribution::open(dir)?, Origin::Beside));
    }
    let distribution = options.store.find(&options.source).ok_or(Error::NotFound)?;
    Ok((distribution, Origin::Store))
}

/// Finds the distribution, or builds it when there is none; `worth_it` may refuse before that takes minutes.
///
/// # Errors
/// As [`locate`] for a wrong explicit choice, else `worth_it`'s, else as [`build`].
pub fn ensure<E: From<Error>>(
    options: &LocateOptions,
    build_options: &BuildOptions,
    worth_it: impl FnOnce() -> std::result::Result<(), E>,
    events: &Events,
    cancel: &CancellationToken,
) -> std::result::Result<Distribution, E> {
    match locate(options) {
        Ok((distribution, _)) => Ok(distribution),
        Err(Error::NotFound) => {
            worth_it()?;
            events.note(
                "satrain compiles the Kubernetes distribution once, from upstream sources: about 7 minutes \
                 on two cores. Later starts take seconds.",
            );
            Ok(build(build_options, events, cancel)?.distribution)
        }
        Err(error) => Err(error.into()),
    }
}

impl LocateOptions {
    /// The usual order: `explicit`, beside `executable`, then `store`.
    pub fn new(explicit: Option<PathBuf>, executable: Option<PathBuf>, store: Store) -> Self {
        let beside = executable.and_then(|file| Some(file.parent()?.join("distribution")));
        Self { explicit, beside, store, source: source_digest(&super::Module::embedded()) }
    }
}
