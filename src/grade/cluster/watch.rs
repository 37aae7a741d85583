//! Waits for a change by watch: of every list that was seen, from the very version that was seen.

use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{BoxStream, StreamExt, select_all};
use kube::api::{Api, DynamicObject, WatchEvent, WatchParams};
use kube::{Client, Error};
use tokio::time::{sleep, timeout};

use super::api_resource;
use crate::grade::observation::{Observation, Observations};
use crate::grade::probe::Probe;

/// After a change, its companions arrive too: they are given a tenth of the time that was waited already, but at least
/// the first of these and at most the second.
const DEBOUNCE: (Duration, Duration) = (Duration::from_millis(80), Duration::from_millis(400));

/// What cannot be watched (a program, an access review) is asked again after half of the time that was waited already,
/// but not sooner than after the first of these and not later than after the second.
const TICK: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(2));

/// When nothing happens, look again after this time all the same: that a Pod is not Ready means something else after
/// half a minute, and nobody tells.
const SILENCE: Duration = Duration::from_secs(5);

/// When a watch breaks (a version too old, a connection lost), look again after this time.
const BROKEN: Duration = Duration::from_millis(500);

/// Returns when a list that `seen` holds changed, when it is time to look again, or when `at_most` is over.
pub(super) async fn changed(client: &Client, seen: &Observations, waited: Duration, at_most: Duration) {
    let unwatched = seen.iter().any(|o| !is_listed(&o.probe) || o.outcome.is_err());
    let nothing_listed = !seen
        .iter()
        .any(|o| matches!((&o.probe, &o.outcome), (Probe::List { .. }, Ok(Observation::Objects { .. }))));
    let pause = if unwatched || nothing_listed { (waited / 2).clamp(TICK.0, TICK.1) } else { SILENCE };
    let pace = Pace { debounce: (waited / 10).clamp(DEBOUNCE.0, DEBOUNCE.1), broken: BROKEN };
    list_changed(client, seen, pace, at_most.min(pause)).await;
}

/// How soon to look again.
pub(super) struct Pace {
    /// After a change.
    pub(super) debounce: Duration,
    /// After a watch broke.
    pub(super) broken: Duration,
}

/// Returns when a list that `seen` holds changed, or when `at_most` is over.
pub(super) async fn list_changed(client: &Client, seen: &Observations, pace: Pace, at_most: Duration) {
    let starts = seen.iter().filter_map(|observed| match (&observed.probe, &observed.outcome) {
        // Without a version the API does not serve the kind.
        (Probe::List { resource, namespace }, Ok(Observation::Objects { version, .. }))
            if !version.is_empty() =>
        {
            let kind = api_resource(resource);
            let api: Api<DynamicObject> = match namespace {
                Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind),
                None => Api::all_with(client.clone(), &kind),
            };
            // One watch that is slow to begin must not hide what the others tell.
            Some(start(api, version.clone(), at_most).flatten_stream().boxed())
        }
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    let first_event = async {
        let mut events = select_all(starts);
        match events.next().await {
            Some(Happened::Change) => sleep(pace.debounce).await,
            Some(Happened::Broken) | None => sleep(pace.broken).await,
        }
    };
    // Over: the caller looks once more, and sees what came of it.
    let _ = timeout(at_most, first_event).await;
}

/// Whether it is watched, or nobody waits for it.
fn is_listed(probe: &Probe) -> bool {
    matches!(probe, Probe::List { .. } | Probe::Shared { .. })
}

enum Happened {
    Change,
    Broken,
}

async fn start(api: Api<DynamicObject>, version: String, at_most: Duration) -> BoxStream<'static, Happened> {
    let seconds = u32::try_from(at_most.as_secs()).unwrap_or(u32::MAX).saturating_add(1).clamp(1, 290);
    let params = WatchParams::default().timeout(seconds);
    match api.watch_metadata(&params, &version).await {
        Err(_) => futures::stream::once(async { Happened::Broken }).boxed(),
        Ok(stream) => stream
            .filter_map(|event: Result<WatchEvent<_>, Error>| async move {
                match event {
                    Ok(WatchEvent::Bookmark(_)) => None,
                    Ok(WatchEvent::Error(_)) | Err(_) => Some(Happened::Broken),
                    Ok(_) => Some(Happened::Change),
                }
            })
            // The API was asked to keep it open for longer than we wait: an end is a broken connection.
            .chain(futures::stream::once(async { Happened::Broken }))
            .boxed(),
    }
}
