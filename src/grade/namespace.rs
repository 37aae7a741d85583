//! Whether a Namespace is there: the positive control for whatever may be missing in it.

use serde_json::Value;

use super::observation::Gap;
use super::probe::Probe;
use super::verdict::{Evidence, Fact, Verdict};
use super::view::View;

/// Whether a Namespace is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamespaceState {
    /// There.
    There,
    /// Being deleted.
    Ending,
    /// Not there.
    Absent,
}

/// Looks a Namespace up.
pub(super) fn namespace_state(namespace: &str, seen: View<'_>) -> Result<NamespaceState, Gap> {
    let found = seen
        .objects(&Probe::namespaces())?
        .iter()
        .find(|ns| ns.pointer("/metadata/name").and_then(Value::as_str) == Some(namespace));
    Ok(match found {
        None => NamespaceState::Absent,
        Some(ns) if ns.pointer("/metadata/deletionTimestamp").is_some() => NamespaceState::Ending,
        Some(_) => NamespaceState::There,
    })
}

/// The verdict on what should be in a Namespace that is not there to stay; None: it is. `so` follows the sentence that
/// it does not exist.
pub(super) fn not_there(namespace: &str, so: &str, seen: View<'_>) -> Result<Option<Verdict>, Gap> {
    Ok(match namespace_state(namespace, seen)? {
        NamespaceState::There => None,
        NamespaceState::Ending => Some(Verdict::not_yet(ending(namespace))),
        NamespaceState::Absent => {
            let at = format!("Namespace {namespace}");
            let why = format!("{at} does not exist{so}.");
            let absent = Evidence::expected(Fact::Presence, at, "present", "absent");
            Some(Verdict::fail(why).with(absent).next_step(SHOWS))
        }
    })
}

/// What is waited for.
pub(super) fn ending(namespace: &str) -> String {
    format!("Namespace {namespace} is being deleted")
}

/// Where to look for it.
const SHOWS: &str = "`kubectl get namespaces` lists what is there.";
