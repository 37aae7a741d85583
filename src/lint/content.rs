//! Lint of what a scenario consists of: points, requirements, hints, checks, parameters, and that its plays are enough.

use std::collections::{BTreeMap, BTreeSet};

use super::{Report, Severity};
use crate::grade::checks::CheckKind;
use crate::scenario::BoundScenario;
use crate::scenario::Catalog;
use crate::scenario::Origin;
use crate::scenario::candidates;
use crate::scenario::env_name;
use crate::scenario::is_clusters_own;
use crate::scenario::model::{Need, Param, ParamKind, Scenario};
use crate::scenario::template;
use crate::scenario::{escape, strings};
use crate::scenario::{module, module_beside};

const POINTS: u32 = 100;
const HINTS: usize = 3;
const SOLUTIONS: usize = 2;
const MISTAKES: usize = 5;

pub(super) fn lint(report: &mut Report<'_>) {
    let loaded = report.loaded;
    let s = &loaded.scenario;
    points(report, s);
    texts(report, s);
    if matches!(loaded.origin, Origin::Folder(_)) && Catalog::is_builtin(&s.id) {
        let message = format!("satrain has a scenario `{}` of its own, which a pack cannot replace", s.id);
        report.warning("/id", message, "rename the folder and the id");
    }
    if s.for_learners {
        let message =
            "this is a copy for learners: it has no solutions and no mistakes that could prove its checks";
        report.warning("/forLearners", message, "lint and prove the scenario that it was made from");
    } else {
        plays(report, s);
        params(report, s);
    }
    covers(report, s);
    if s.setup.run.contains("SATRAIN_AUDIT_LOG") && !s.needs.contains(&Need::AuditLog) {
        let help = "write `needs: [auditLog]`: not every cluster has one that can be read";
        report.error("/setup/run", "the script reads the audit log, but the scenario does not say so", help);
    }
}

/// The solutions and mistakes that a proof plays.
fn plays(report: &mut Report<'_>, s: &Scenario) {
    if s.solutions.first().is_some_and(|first| first.name != "reference") {
        report.error("/solutions/0/name", "the first solution is not named `reference`", "rename it");
    }
    if s.solutions.len() < SOLUTIONS {
        let help = "add a different one, if the task allows it: it shows that the checks judge the outcome";
        report.warning("/solutions", "there is only one solution", help);
    }
    if s.mistakes.len() < MISTAKES {
        let message = format!("{} mistakes, at least {MISTAKES} are required", s.mistakes.len());
        let help = match s.mistakes.is_empty() {
            true => "think of what learners really do; each check and guard needs a mistake that fails it",
            false => "think of what learners really do",
        };
        report.error("/mistakes", message, help);
    }
    killed(report, s);
}

fn points(report: &mut Report<'_>, s: &Scenario) {
    let sum: u64 = s.checks.iter().map(|check| u64::from(check.points)).sum();
    if sum != u64::from(POINTS) {
        let message = format!("the points add up to {sum}, not to {POINTS}");
        report.error("/checks", message, "give each check its share of 100");
    }
    for (i, check) in s.checks.iter().enumerate() {
        if check.points == 0 {
            let message = format!("the check `{}` is worth nothing", check.id);
            report.error(&format!("/checks/{i}/points"), message, "make it a guard, or give it points");
        }
    }
}

fn texts(report: &mut Report<'_>, s: &Scenario) {
    if s.task.trim().is_empty() {
        report.error("/task", "the task is empty", "say what the situation is and what to change");
    }
    if s.explanation.trim().is_empty() {
        let help = "say why it matters, what an attacker gains, and which command is worth remembering";
        report.error("/explanation", "there is no explanation", help);
    }
    if s.topics.is_empty() {
        report.error("/topics", "there is no topic", "name what it trains");
    }
    if s.hints.len() < HINTS {
        let message = format!("{} hints, at least {HINTS} are required", s.hints.len());
        report.error("/hints", message, "from a nudge to nearly the command");
    }
    for (i, hint) in s.hints.iter().enumerate() {
        if hint.trim().is_empty() {
            report.error(&format!("/hints/{i}"), "the hint is empty", "");
        }
    }
}

/// What the spec of a check alone shows to be wrong, with the parameters' values in it.
fn kinds(report: &mut Report<'_>, s: &Scenario) {
    for expected in s.expectations() {
        let kind = &expected.is.kind;
        let pointer = format!("{}/{}", expected.pointer, kind.key());
        if let Some(message) = kind.mistake() {
            report.error(&pointer, message, "docs/checks.md says what each kind of check needs");
        }
        // In a copy for learners nobody can tell: what the learner adds is in the solutions.
        for name in kind.containers().into_iter().filter(|_| !s.for_learners) {
            if !is_named(s, report.loaded.manifests(), name) {
                let message = format!("no manifest and no script names a container `{name}`");
                report.warning(&pointer, message, "is it misspelt?");
            }
        }
    }
}

/// Whether a manifest or a script has a text, or a parameter with that value.
pub(super) fn is_named(s: &Scenario, manifests: &str, name: &str) -> bool {
    let scripts = s.solutions.iter().map(|s| s.run.as_str()).chain(s.mistakes.iter().map(|m| m.run.as_str()));
    let mut texts = scripts.chain([manifests, &s.setup.run, &s.helpers]);
    s.params.values().any(|param| param.default == name) || texts.any(|text| text.contains(name))
}

/// Each check and guard must be able to fail, and a mistake shows it.
fn killed(report: &mut Report<'_>, s: &Scenario) {
    // That there are no mistakes is said once.
    if s.mistakes.is_empty() {
        return;
    }
    let killed: BTreeSet<&String> = s.mistakes.iter().flat_map(|mistake| &mistake.fails).collect();
    for expected in s.expectations() {
        let id = &expected.is.id;
        // Its own tests break the guard that every scenario has.
        let is_everywhere = matches!(expected.is.kind, CheckKind::NothingWider(_));
        if !killed.contains(id) && !is_everywhere {
            let what = if expected.guard { "guard" } else { "check" };
            let message = format!("no mistake fails the {what} `{id}`");
            report.error(
                &format!("{}/id", expected.pointer),
                message,
                "add a mistake that only this one catches",
            );
        }
    }
}

fn params(report: &mut Report<'_>, s: &Scenario) {
    let used = used_params(report);
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, param) in &s.params {
        let pointer = format!("/params/{}", escape(name));
        if !used.contains(name) {
            let message = format!("the parameter `{name}` is never used");
            report.error(&pointer, message, "use it in a text or script, or remove it");
        }
        if param.kind == ParamKind::Cause {
            gives_away(report, s, name);
        }
        if param.kind != ParamKind::Text && candidates(param).len() < 2 {
            let message = format!("the parameter `{name}` has no variants");
            report.error(&pointer, message, "add some, so nobody memorises the names");
        }
        own_namespaces(report, param, &pointer);
        for value in candidates(param) {
            if let Some(other) = owners.insert(value, name) {
                let message = format!("`{name}` and `{other}` can both become `{value}`");
                report.error(&pointer, message, "give them different values: a seed may pick both");
            }
        }
    }
}

/// A lab's Namespace is made for it.
fn own_namespaces(report: &mut Report<'_>, param: &Param, pointer: &str) {
    let variants = param.variants.iter().enumerate();
    let variants = variants.map(|(i, value)| (format!("{pointer}/variants/{i}"), value));
    for (pointer, value) in std::iter::once((format!("{pointer}/default"), &param.default)).chain(variants) {
        if param.kind == ParamKind::Namespace && is_clusters_own(value) {
            let message = format!("the Namespace `{value}` is the cluster's own");
            report.error(&pointer, message, "give it another name: setup makes it, and reset removes it");
        }
    }
}

/// What is wrong must not show in what everybody reads before they begin.
fn gives_away(report: &mut Report<'_>, s: &Scenario, cause: &str) {
    let names: Vec<&str> = s.params.keys().map(String::as_str).collect();
    let tells = |text: &str| template::check(text, &names).is_ok_and(|used| used.contains(&cause));
    let texts: Vec<String> = std::iter::once(("/task".to_owned(), &s.task))
        .chain(std::iter::once(("/title".to_owned(), &s.title)))
        .chain(requirements(s))
        .chain(s.hints.first().map(|hint| ("/hints/0".to_owned(), hint)))
        .filter(|(_, text)| tells(text))
        .map(|(pointer, _)| pointer)
        .collect();
    for pointer in texts {
        let message = format!("the cause `{cause}` is visible to learners before they find it");
        report.error(&pointer, message, "use it in manifests, scripts, late hints and the explanation only");
    }
}

/// The sentences of the task's list, each with its place.
fn requirements(s: &Scenario) -> impl Iterator<Item = (String, &String)> {
    s.expectations().map(|e| (format!("{}/requirement", e.pointer), &e.is.requirement))
}

/// Which parts of the module it trains, and by which checks.
fn covers(report: &mut Report<'_>, s: &Scenario) {
    let own = match module_beside(report.loaded) {
        Ok(own) => own,
        Err(error) => return report.add(Severity::Error, error),
    };
    let known: Vec<&str> = [Some(module()), own.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|m| &m.parts)
        .map(|p| p.id.as_str())
        .collect();
    for part in s.covers.keys().filter(|part| !known.contains(&part.as_str())) {
        let message = format!("no module has a part `{}`", part.escape_debug());
        let help = "`satrain coverage` lists the parts of satrain's own; a pack may have a `module.yaml` beside its scenarios";
        report.warning(&format!("/covers/{}", escape(part)), message, help);
    }
    // A pack may be about something else.
    if own.is_none() && s.covers.is_empty() && matches!(report.loaded.origin, Origin::Folder(_)) {
        return;
    }
    let trained: BTreeSet<&String> = s.covers.values().flatten().collect();
    for (i, check) in s.checks.iter().enumerate().filter(|(_, check)| !trained.contains(&check.id)) {
        let message = format!("the check `{}` belongs to no part of the module", check.id);
        report.warning(&format!("/checks/{i}/id"), message, "name it in `covers`");
    }
}

fn used_params(report: &Report<'_>) -> BTreeSet<String> {
    let s = &report.loaded.scenario;
    let names: Vec<&str> = s.params.keys().map(String::as_str).collect();
    let rendered = strings::all(s).into_iter().filter(|(pointer, _)| strings::is_rendered(pointer));
    let texts = rendered.map(|(_, text)| text).chain([report.loaded.manifests().to_owned()]);
    let mut used: BTreeSet<String> = texts
        .flat_map(|text| {
            template::check(&text, &names)
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let scripts = s
        .solutions
        .iter()
        .map(|s| &s.run)
        .chain(s.mistakes.iter().map(|m| &m.run))
        .chain([&s.helpers, &s.setup.run]);
    for script in scripts {
        used.extend(
            names.iter().filter(|name| uses_variable(script, &env_name(name))).map(|n| (*n).to_owned()),
        );
    }
    used
}

/// Whether a script reads `$NAME` or `${NAME…}`.
fn uses_variable(script: &str, name: &str) -> bool {
    script.match_indices(name).any(|(at, _)| {
        let before = &script[..at];
        let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
        (before.ends_with('$') || before.ends_with("${")) && !script[at + name.len()..].starts_with(goes_on)
    })
}

/// What shows only once parameters are bound: requirements that are empty or say the same.
pub(super) fn lint_bound(report: &mut Report<'_>, bound: &BoundScenario) {
    let s = &bound.scenario;
    kinds(report, s);
    let mut seen = BTreeSet::new();
    for (pointer, requirement) in requirements(s) {
        let words = requirement.trim();
        if words.is_empty() {
            report.error(
                &pointer,
                "the requirement is empty",
                "say it in one sentence: it is part of the task",
            );
        } else if words.contains('\n') {
            report.error(&pointer, "the requirement has several lines", "write one sentence per requirement");
        } else if !seen.insert(words.to_lowercase()) {
            report.error(&pointer, "the same requirement appears twice", "say what this check adds");
        }
    }
}
