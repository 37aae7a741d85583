//! The probes and the verdict of `resource`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde_json::Value;

use super::{Presence, ResourceSpec};
use crate::grade::cel::{Wrong, holds};
use crate::grade::checks::{CheckSpec, Expression, api_kinds, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::fields::{Mismatch, TooLong, at, is_path, mismatches, show, text};
use crate::grade::namespace::not_there;
use crate::grade::observation::Gap;
use crate::grade::pods::{PodState, pod_state};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::rbac::in_other_words;

/// What is said of an object that was there at the baseline.
const GONE: &str = "gone";

/// What is said of an object that an expression cannot be compared with.
const UNREADABLE: &str =
    "something that cannot be compared: fields are missing, or there are too many entries";

impl CheckSpec for ResourceSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let items = context.seen.objects(&self.list());
        let so = format!(", so there is no {} in it to look at", self.kind);
        let no_place = self.namespace.as_ref().map(|n| not_there(n, &so, context.seen));
        let items = items?;
        if let Some(verdict) = no_place.transpose()?.flatten() {
            return Ok(verdict);
        }
        let found: Vec<&Value> = self.named(items).collect();
        match self.expect {
            Presence::Absent => self.judge_absent(&found, context),
            Presence::Exists => self.judge_exists(&found, context),
        }
    }

    fn next_step(&self) -> Option<String> {
        Some(self.look_at_list())
    }

    fn mistake(&self) -> Option<String> {
        if let Some(wrong) = api_kinds::mistake(&self.api_version, &self.kind) {
            return Some(wrong);
        }
        if self.name.is_some() && self.at_least.is_some() {
            return Some("`atLeast` counts objects, and `name` names one: leave one of them out".into());
        }
        let path = self.unchanged.iter().find(|path| !is_path(path))?;
        Some(format!("`{path}` in `unchanged` is no path of a field, as `metadata.labels` is"))
    }

    fn expressions(&self) -> Vec<Expression<'_>> {
        self.cel.iter().map(|cel| Expression::cel("cel", cel, vec!["object", "baseline"])).collect()
    }
}

impl ResourceSpec {
    fn list(&self) -> Probe {
        Probe::list(&self.api_version, &self.kind, self.namespace.as_deref())
    }

    fn named<'a>(&'a self, items: &'a [Value]) -> impl Iterator<Item = &'a Value> {
        items
            .iter()
            .filter(|item| self.name.as_deref().is_none_or(|name| text(item, "/metadata/name") == name))
    }

    fn judge_absent(&self, found: &[&Value], context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let mut still = Vec::new();
        for object in found {
            let problems = self.problems(object, context)?;
            // What cannot be compared may be just what must not be there.
            if problems.iter().all(|problem| problem.seen == UNREADABLE) {
                still.push(*object);
            }
        }
        let Some(first) = still.first() else {
            let place = self.namespace.as_ref().map(|n| format!(" in Namespace {n}")).unwrap_or_default();
            return Ok(Verdict::pass(format!("{} does not exist{place}.", self.title()))
                .with(Evidence::seen(self.list().to_string(), "absent from the full list")));
        };
        if let Some(waits) = still.iter().find_map(|object| deleting(object)) {
            return Ok(Verdict::not_yet(waits));
        }
        let many = if still.len() > 1 { format!(" (and {} more)", still.len() - 1) } else { String::new() };
        let there = |object: &&Value| Evidence::expected(Fact::Presence, title(object), "absent", "present");
        Ok(Verdict::fail(format!("{}{many} still exists, but must not.", title(first)))
            .with_all(still.iter().take(10).map(there))
            .next_step(self.look_at(first)))
    }

    fn judge_exists(&self, found: &[&Value], context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let at_least = match self.name {
            Some(_) => 1,
            None => self.at_least.unwrap_or(1) as usize,
        };
        if found.len() < at_least {
            return Ok(self.too_few(found.len(), at_least, context));
        }
        let mut problems = Vec::new();
        let mut waits = None;
        for object in found {
            waits = waits.or_else(|| deleting(object));
            let mine = self.problems(object, context)?;
            if !mine.is_empty() {
                waits = waits.or_else(|| converging(object, context.now));
            }
            problems.extend(mine);
        }
        if let Some(waits) = waits {
            return Ok(Verdict::not_yet(waits).with_all(problems));
        }
        problems.extend(self.gone(found, context)?);
        if let Some(first) = problems.first() {
            let alike = problems.iter().filter(|p| p.at == first.at && p.fact == first.fact).count();
            let object = found.iter().find(|object| title(object) == first.at);
            let look = object.map_or_else(|| self.look_at_list(), |object| self.look_at(object));
            return Ok(Verdict::fail(why(first, alike)).with_all(problems).next_step(look));
        }
        let passed = match found {
            [] => format!("{} is as required: none exists, and none is required.", self.title()),
            [one] => format!("{} exists as required.", title(one)),
            many => format!("All {} of {} are as required.", many.len(), self.title()),
        };
        Ok(Verdict::pass(passed).with_all(found.iter().take(10).map(|o| {
            let uid = text(o, "/metadata/uid");
            Evidence::seen(
                title(o),
                if uid.is_empty() { "present".into() } else { format!("present (UID {uid})") },
            )
        })))
    }

    fn too_few(&self, seen: usize, at_least: usize, context: &JudgeContext<'_>) -> Verdict {
        let place = self.namespace.as_ref().map(|n| format!(" in Namespace {n}")).unwrap_or_default();
        let Some(name) = &self.name else {
            let why = match seen {
                0 => format!("There is no {}{place}, fewer than required.", self.kind),
                1 => format!("There is one {}{place}, fewer than required.", self.kind),
                _ => format!("There are {seen} objects of kind {}{place}, fewer than required.", self.kind),
            };
            return Verdict::fail(why).with(Evidence::expected(
                Fact::Field,
                self.list().to_string(),
                format!("{at_least} or more"),
                seen.to_string(),
            ));
        };
        let everywhere = Probe::list(&self.api_version, &self.kind, None);
        let elsewhere: Vec<&str> = match (&self.namespace, context.seen.objects(&everywhere)) {
            (Some(_), Ok(items)) => self.named(items).map(|o| text(o, "/metadata/namespace")).collect(),
            _ => Vec::new(),
        };
        let hint = match elsewhere.as_slice() {
            [] => String::new(),
            places => format!(" One of that name is in {}, which does not count here.", places.join(", ")),
        };
        Verdict::fail(format!("{} {name} does not exist{place}.{hint}", self.kind)).with(Evidence::expected(
            Fact::Presence,
            format!(
                "{} {}{name}",
                self.kind,
                self.namespace.as_ref().map(|n| format!("{n}/")).unwrap_or_default()
            ),
            "present",
            "absent",
        ))
    }

    /// What is wrong with one object.
    fn problems(&self, object: &Value, context: &JudgeContext<'_>) -> Result<Vec<Evidence>, Gap> {
        let title = title(object);
        let mut problems: Vec<Evidence> = Vec::new();
        if let Some(pattern) = &self.r#match {
            problems.extend(
                self.differences(pattern, object)
                    .map_err(|e| Gap::lasting(format!("Could not compare {title}: {e}")))?
                    .into_iter()
                    .map(|m| Evidence::expected(Fact::Field, &title, m.expected, m.seen).field(m.path)),
            );
        }
        let before = self.before(object, context);
        if let Some(expression) = &self.cel {
            let baseline = match &before {
                Ok(Some(before)) => (*before).clone(),
                _ => Value::Null,
            };
            let is_as_it_was = &baseline == object;
            let variables = [("object", object), ("baseline", &baseline)];
            let seen = match holds(expression, &variables) {
                Ok(true) => None,
                Ok(false) => Some("not so"),
                // Only who made or changed the object since setup can have caused that.
                Err(Wrong::Values(_)) if !is_as_it_was && !context.baseline.is_taking() => Some(UNREADABLE),
                Err(wrong) => return Err(context.author_error(wrong)),
            };
            if let Some(seen) = seen {
                problems.push(Evidence::expected(Fact::Expression, &title, expression, seen));
            }
        }
        if !self.is_compared() {
            return Ok(problems);
        }
        let Some(before) = before? else {
            // Who asks for what was there does not ask for that alone.
            if self.name.is_some() || self.none_added || self.recreated == Some(true) {
                let seen = "an object that did not exist then";
                problems.push(Evidence::expected(Fact::Change, title, "the original object", seen));
            }
            return Ok(problems);
        };
        for path in &self.unchanged {
            let (then, now) =
                (at(before, path).unwrap_or(&Value::Null), at(object, path).unwrap_or(&Value::Null));
            if then != now && !self.means_the_same(before, object, path) {
                let expected = format!("{} as at the start", show(then));
                let path = if path.starts_with('/') { path.clone() } else { format!(".{path}") };
                problems.push(Evidence::expected(Fact::Change, &title, expected, show(now)).field(path));
            }
        }
        let same = text(before, "/metadata/uid") == text(object, "/metadata/uid");
        match self.recreated {
            Some(true) if same => {
                problems.push(Evidence::expected(Fact::Change, title, "a new object", "the original object"));
            }
            Some(false) if !same => {
                problems.push(Evidence::expected(
                    Fact::Change,
                    title,
                    "the original object",
                    "a new one: it was deleted and recreated",
                ));
            }
            _ => {}
        }
        Ok(problems)
    }

    /// Where the object is not as the pattern says, neither by its words nor by their meaning.
    fn differences(&self, pattern: &Value, object: &Value) -> Result<Vec<Mismatch>, TooLong> {
        let found = mismatches(pattern, object)?;
        if found.is_empty() {
            return Ok(found);
        }
        let namespace = text(object, "/metadata/namespace");
        match (self.meant(pattern, namespace), self.meant(object, namespace)) {
            (Some(pattern), Some(object)) if mismatches(&pattern, &object)?.is_empty() => Ok(Vec::new()),
            _ => Ok(found),
        }
    }

    /// Whether a field that is written otherwise than before says the same.
    fn means_the_same(&self, before: &Value, object: &Value, path: &str) -> bool {
        let namespace = text(object, "/metadata/namespace");
        match (self.meant(before, namespace), self.meant(object, namespace)) {
            (Some(before), Some(object)) => at(&before, path) == at(&object, path),
            _ => false,
        }
    }

    /// What an RBAC object means, whichever way it is written.
    fn meant(&self, object: &Value, namespace: &str) -> Option<Value> {
        let is_rbac = self.api_version.starts_with("rbac.authorization.k8s.io/");
        let namespace = Some(namespace).filter(|n| !n.is_empty());
        if is_rbac { in_other_words(&self.kind, namespace, object) } else { None }
    }

    /// Whether objects are compared with those of the baseline.
    fn is_compared(&self) -> bool {
        !self.unchanged.is_empty() || self.recreated.is_some() || self.none_added
    }

    /// What was there at the baseline and is not there any more, where all of it must be.
    fn gone(&self, found: &[&Value], context: &JudgeContext<'_>) -> Result<Vec<Evidence>, Gap> {
        if self.name.is_some() || self.recreated == Some(true) || !self.is_compared() {
            return Ok(Vec::new());
        }
        let before = context.at_setup().objects(&self.list())?;
        let place = |object: &Value| {
            let part = |path: &str| text(object, path).to_owned();
            (part("/metadata/namespace"), part("/metadata/name"))
        };
        let is_gone = |object: &&Value| !found.iter().any(|there| place(there) == place(object));
        let gone = before.iter().filter(is_gone);
        Ok(gone.map(|o| Evidence::expected(Fact::Change, title(o), "the original object", GONE)).collect())
    }

    /// The object as it was at the baseline.
    fn before<'a>(&self, object: &Value, context: &JudgeContext<'a>) -> Result<Option<&'a Value>, Gap> {
        let same = |path: &str, other: &Value| text(other, path) == text(object, path);
        let items = context.at_setup().objects(&self.list())?;
        Ok(items.iter().find(|o| same("/metadata/name", o) && same("/metadata/namespace", o)))
    }

    fn look_at_list(&self) -> String {
        next_step::list(&self.api_version, &self.kind, self.namespace.as_deref())
    }

    fn look_at(&self, object: &Value) -> String {
        let namespace = Some(text(object, "/metadata/namespace")).filter(|n| !n.is_empty());
        next_step::object(&self.api_version, &self.kind, namespace, text(object, "/metadata/name"))
    }

    fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {name}", self.kind),
            None => format!("Every {}", self.kind),
        }
    }
}

/// Why an object is not right, without what would be right.
fn why(first: &Evidence, alike: usize) -> String {
    let at = &first.at;
    match (first.fact, &first.field) {
        (Fact::Change, Some(field)) => {
            format!("{at} has changed since the start: {field}.")
        }
        (Fact::Change, None) if first.seen == GONE => format!("{at} no longer exists, but it must stay."),
        (Fact::Change, None) => format!("{at} is {}, which is not what the task requires.", first.seen),
        (Fact::Field, _) if alike > 1 => {
            format!("{at} exists, but {alike} of its fields are not as required.")
        }
        (Fact::Field, _) => format!("{at} exists, but one of its fields is not as required."),
        _ if first.seen == UNREADABLE => {
            format!(
                "{at} exists, but with {}. Take back what you changed about it, to be graded.",
                first.seen
            )
        }
        _ => format!("{at} exists, but not as required."),
    }
}

fn title(object: &Value) -> String {
    let namespace = text(object, "/metadata/namespace");
    let slash = if namespace.is_empty() { "" } else { "/" };
    format!("{} {namespace}{slash}{}", text(object, "/kind"), text(object, "/metadata/name"))
}

fn deleting(object: &Value) -> Option<String> {
    object.pointer("/metadata/deletionTimestamp")?;
    Some(format!("{} is being deleted", title(object)))
}

/// Why an object may still change by itself.
fn converging(object: &Value, now: Timestamp) -> Option<String> {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
    if let (Some(wanted), Some(taken_up)) =
        (number("/metadata/generation"), number("/status/observedGeneration"))
        && taken_up < wanted
    {
        return Some(format!("the change to {} has not been processed yet", title(object)));
    }
    if text(object, "/kind") == "Pod" {
        let pod = Pod::deserialize(object).ok()?;
        if let PodState::Starting(how) = pod_state(&pod, now) {
            return Some(format!("{} {how}", title(object)));
        }
    }
    None
}
