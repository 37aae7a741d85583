//! Lint of names that most likely are misspelt: verbs and resources of rights, and other scenarios.

use super::Report;
use crate::grade::checks::CheckKind;
use crate::grade::checks::access::StatedRights;
use crate::rbac::all_resources;
use crate::scenario::{BoundScenario, Catalog, did_you_mean};

/// The verbs that Kubernetes itself asks about, of resources and of URLs. Longer ones have a hyphen or a colon.
const VERBS: [&str; 19] = [
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "head",
    "impersonate",
    "list",
    "options",
    "patch",
    "post",
    "put",
    "sign",
    "update",
    "use",
    "watch",
];

/// Scenarios that are to be passed before.
pub(super) fn lint(report: &mut Report<'_>) {
    let s = &report.loaded.scenario;
    if s.after.is_empty() {
        return;
    }
    let known = Catalog::ids_around(report.loaded);
    for (i, id) in s.after.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
        let message = format!("there is no scenario `{id}`, neither in this pack nor of satrain's own");
        let help = match did_you_mean(id, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "if another pack has it, learners need both".to_owned(),
        };
        report.warning(&format!("/after/{i}"), message, &help);
    }
}

/// Rights that nobody can be asked for.
pub(super) fn lint_bound(report: &mut Report<'_>, bound: &BoundScenario) {
    for expected in bound.scenario.expectations() {
        let CheckKind::Access(access) = &expected.is.kind else { continue };
        let exactly = access.exactly.as_deref().unwrap_or_default();
        let lists = [
            ("allowed", access.allowed.as_slice()),
            ("denied", access.denied.as_slice()),
            ("exactly", exactly),
        ];
        for (list, rights) in lists {
            for (i, right) in rights.iter().enumerate() {
                self::right(report, &format!("{}/access/{list}/{i}", expected.pointer), right);
            }
        }
    }
}

fn right(report: &mut Report<'_>, pointer: &str, right: &StatedRights) {
    for (i, verb) in right.verbs.iter().enumerate().filter(|(_, verb)| !is_verb(verb)) {
        let message = format!("Kubernetes has no verb `{verb}`");
        let near = did_you_mean(verb, VERBS).map(|near| format!("did you mean `{near}`?"));
        report.warning(&format!("{pointer}/verbs/{i}"), message, &near.unwrap_or_default());
    }
    let Some(known) = all_resources(&right.group).filter(|all| !all.is_empty()) else { return };
    for (i, resource) in right.resources.iter().enumerate() {
        let parent = resource.split('/').next().unwrap_or_default();
        if parent == "*" || known.contains(&parent) {
            continue;
        }
        let group: &str =
            if right.group.is_empty() { "the core group" } else { &format!("the group `{}`", right.group) };
        let near = did_you_mean(parent, known.iter().copied());
        let help = near.map_or("name its `group`".to_owned(), |near| format!("did you mean `{near}`?"));
        report.warning(
            &format!("{pointer}/resources/{i}"),
            format!("{group} has no resource `{parent}`"),
            &help,
        );
    }
}

fn is_verb(verb: &str) -> bool {
    verb == "*" || verb.contains(['-', ':']) || VERBS.contains(&verb)
}
