//! Lint of what setup waits for: objects that there will be, for some time.

use super::Report;
use super::content::is_named;
use crate::grade::checks::api_kinds;
use crate::scenario::{BoundScenario, ReadyEntry};

pub(super) fn lint(report: &mut Report<'_>, bound: &BoundScenario) {
    let setup = &bound.scenario.setup;
    for (i, entry) in setup.ready.iter().enumerate() {
        let pointer = format!("/setup/ready/{i}");
        let Some(ReadyEntry { kind, name, .. }) = ReadyEntry::parse(entry) else {
            let message = format!("setup cannot wait for `{entry}`");
            report.error(&pointer, message, "write `NAMESPACE/KIND/NAME`, as in `{{ namespace }}/pod/web`");
            continue;
        };
        if !is_kind(kind) && !holds_kind(&bound.manifests, kind) {
            let message = format!("setup waits for `{entry}`, and no well-known kind is called `{kind}`");
            report.warning(&pointer, message, "write the kind in full, as in `deployment`");
        } else if !is_named(&bound.scenario, &bound.manifests, name) {
            let message = format!("setup waits for `{entry}`, and no manifest and no script names `{name}`");
            report.warning(&pointer, message, "is it misspelt?");
        }
    }
    if setup.ready_within.is_some_and(|limit| limit.get().is_zero()) {
        let help = "leave it out for two minutes, or write how long it may take";
        report.error("/setup/readyWithin", "setup has no time to become ready", help);
    }
}

/// Whether a well-known kind is called so: as it is, or in the plural, in any case.
fn is_kind(written: &str) -> bool {
    let written = written.to_ascii_lowercase();
    api_kinds::known().map(str::to_ascii_lowercase).any(|kind| {
        let plural = match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if kind.ends_with('s') => format!("{kind}es"),
            None => format!("{kind}s"),
        };
        written == kind || written == plural
    })
}

/// Whether manifests hold an object of a kind, or define kinds of their own.
fn holds_kind(manifests: &str, kind: &str) -> bool {
    let manifests = manifests.to_ascii_lowercase();
    ["customresourcedefinition", &kind.to_ascii_lowercase()]
        .iter()
        .any(|kind| manifests.contains(&format!("kind: {kind}")))
}
