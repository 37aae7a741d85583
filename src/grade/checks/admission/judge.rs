//! The probes and the verdict of `admission`.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdmissionExpectation, AdmissionSpec, TokenAtAdmission, tried};
use crate::grade::checks::{CheckSpec, Expression, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::fields::{mismatches, text};
use crate::grade::namespace::not_there;
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{Stores, credentials};
use crate::grade::probe::{Probe, ResourceType};
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// How long the API server may take to act on a policy that was just made.
const TAKES_UP: SignedDuration = SignedDuration::from_secs(5);

/// What may change admission, and is read by the API server with a delay.
const POLICIES: [(&str, &str); 2] = [
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
];

impl CheckSpec for AdmissionSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let message = self.message.as_ref().map(|pattern| Regex::new(pattern)).transpose();
        let message = message
            .map_err(|e| context.author_error(format!("`message` is not a regular expression: {e}")))?;
        let objects = [Some(&self.object), self.control.as_ref()];
        context.seen.ask_for(objects.into_iter().flatten().filter_map(|object| self.attempt(object)));
        if let Some(namespace) = &self.namespace
            && let Some(verdict) = not_there(namespace, "", context.seen)?
        {
            return Ok(verdict);
        }
        let answer = self.answer(&self.object, context)?;
        let title = format!("a dry run of {}", self.title());
        let wrong = match (self.expect, answer) {
            (AdmissionExpectation::Admitted, DryRunAnswer::Admitted(object)) => self.differs(object)?,
            (AdmissionExpectation::Admitted, DryRunAnswer::Refused(why)) => {
                Some(Evidence::expected(Fact::DryRun, title, "admitted", format!("refused: {why}")))
            }
            (AdmissionExpectation::Refused, DryRunAnswer::Admitted(_)) => {
                Some(Evidence::expected(Fact::DryRun, title, "refused", "admitted"))
            }
            (AdmissionExpectation::Refused, DryRunAnswer::Refused(why)) => {
                message.filter(|pattern| !pattern.is_match(why)).map(|_| {
                    Evidence::expected(
                        Fact::DryRun,
                        title,
                        "refused for the required reason",
                        format!("refused: {why}"),
                    )
                })
            }
        };
        let control = if wrong.is_none() { self.control_differs(context)? } else { None };
        let Some(broken) = wrong.as_ref().or(control.as_ref()).cloned() else {
            return Ok(self.as_required());
        };
        if let Some(waits) = just_changed(context, &broken.seen)? {
            return Ok(Verdict::not_yet(waits).with(broken));
        }
        let why = match wrong {
            Some(wrong) => {
                let tried = tried::described(&self.object).map(|what| format!(" Tried with {what}."));
                format!("{}{}", self.why(&wrong), tried.unwrap_or_default())
            }
            None => format!("The result is right, but for the wrong reason: {} {}.", broken.at, broken.seen),
        };
        Ok(Verdict::fail(why).with(broken))
    }

    /// How a learner can ask the same.
    fn next_step(&self) -> Option<String> {
        Some(next_step::dry_run(self.namespace.as_deref()))
    }

    fn mistake(&self) -> Option<String> {
        let nameless = |object: &Value| self.attempt(object).is_none();
        if nameless(&self.object) || self.control.as_ref().is_some_and(nameless) {
            return Some("an object needs `apiVersion` and `kind`".into());
        }
        let refused = self.expect == AdmissionExpectation::Refused;
        if self.control.is_none() && self.needs_control() {
            let why = if refused { "admitted" } else { "given a token" };
            return Some(format!("this `admission` needs a `control` object that is {why}"));
        }
        let of_admitted = self.token.is_some() || self.r#match.is_some();
        if refused && of_admitted {
            return Some(
                "`token` and `match` are about an admitted object, and this one must be refused".into(),
            );
        }
        (!refused && self.message.is_some()).then(|| "`message` goes with `expect: refused`".into())
    }

    /// It is tried anew for every grade.
    fn needs_baseline(&self) -> bool {
        false
    }

    fn expressions(&self) -> Vec<Expression<'_>> {
        self.message.iter().map(|pattern| Expression::regex("message", pattern)).collect()
    }
}

impl AdmissionSpec {
    fn needs_control(&self) -> bool {
        self.expect == AdmissionExpectation::Refused || self.token == Some(TokenAtAdmission::None)
    }

    fn attempt(&self, object: &Value) -> Option<Probe> {
        dry_run(self.namespace.as_deref(), object)
    }

    fn as_required(&self) -> Verdict {
        let seen = match self.expect {
            AdmissionExpectation::Admitted => "admitted as required",
            AdmissionExpectation::Refused => "refused as required",
        };
        Verdict::pass(format!("{} would be {seen}.", self.title()))
            .with(Evidence::seen(format!("a dry run of {}", self.title()), seen))
    }

    /// Why it is not as asked for, without what would be.
    fn why(&self, wrong: &Evidence) -> String {
        let (title, seen) = (self.title(), &wrong.seen);
        match (wrong.fact, self.expect) {
            (Fact::Field, _) => format!("A {title} would be admitted, but not with the required fields."),
            (_, AdmissionExpectation::Refused) if seen != "admitted" => {
                format!("A {title} would be {seen}; that is not the required reason.")
            }
            (_, AdmissionExpectation::Refused) => format!("A {title} would be admitted, but must not be."),
            (_, AdmissionExpectation::Admitted) => format!("A {title} would be {seen}."),
        }
    }

    fn title(&self) -> String {
        let place = self.namespace.as_ref().map(|n| format!(" in Namespace {n}")).unwrap_or_default();
        format!("{}{place}", text(&self.object, "/kind"))
    }

    /// What shows that the answer is about the rule and not about something else.
    fn control_title(&self) -> String {
        let must = if self.token.is_some() { "be given a token" } else { "be admitted" };
        format!("the control, which must {must},")
    }

    fn answer<'a>(&self, object: &Value, context: &JudgeContext<'a>) -> Result<DryRunAnswer<'a>, Gap> {
        let probe = self
            .attempt(object)
            .ok_or_else(|| context.author_error("an object needs `apiVersion` and `kind`"))?;
        match context.seen.saw(&probe)? {
            Observation::Admitted { object } => Ok(DryRunAnswer::Admitted(object)),
            Observation::Refused { code: 404, message } => {
                Err(context.author_error(format!("no such kind: {message}")))
            }
            Observation::Refused { code: 409, message } => {
                Err(context.author_error(format!("do not name the object: {message}")))
            }
            Observation::Refused { message, .. } => Ok(DryRunAnswer::Refused(message)),
            _ => Err(Gap::of_another_kind(&probe)),
        }
    }

    /// What is not as asked for about an admitted object.
    fn differs(&self, object: &Value) -> Result<Option<Evidence>, Gap> {
        let title = format!("a dry run of {}", self.title());
        let found = match &self.r#match {
            None => Vec::new(),
            Some(pattern) => mismatches(pattern, object)
                .map_err(|e| Gap::lasting(format!("Could not compare {title}: {e}")))?,
        };
        if let Some(first) = found.into_iter().next() {
            let differs = Evidence::expected(Fact::Field, title, first.expected, first.seen);
            return Ok(Some(differs.field(first.path)));
        }
        let Some(wanted) = self.token else { return Ok(None) };
        let found = holds_token(object)?;
        Ok(match (wanted, found) {
            (TokenAtAdmission::None, Some(place)) => {
                Some(Evidence::expected(Fact::DryRun, title, "no token", format!("given a token at {place}")))
            }
            (TokenAtAdmission::Given, None) => {
                Some(Evidence::expected(Fact::DryRun, title, "a token", "given no token"))
            }
            _ => None,
        })
    }

    /// What is not as it should be about the control object.
    fn control_differs(&self, context: &JudgeContext<'_>) -> Result<Option<Evidence>, Gap> {
        let Some(control) = &self.control else {
            return match self.needs_control() {
                true => Err(context.author_error("this `admission` needs a `control` object")),
                false => Ok(None),
            };
        };
        let at = self.control_title();
        Ok(match self.answer(control, context)? {
            DryRunAnswer::Refused(why) => {
                Some(Evidence::expected(Fact::DryRun, at, "admitted", format!("is refused too: {why}")))
            }
            DryRunAnswer::Admitted(object)
                if self.token == Some(TokenAtAdmission::None) && holds_token(object)?.is_none() =>
            {
                Some(Evidence::expected(Fact::DryRun, at, "given a token", "is given no token either"))
            }
            DryRunAnswer::Admitted(_) => None,
        })
    }
}

/// The dry run of an object; None: it has no kind.
pub(in crate::grade::checks) fn dry_run(namespace: Option<&str>, object: &Value) -> Option<Probe> {
    let (version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    if version.is_empty() || kind.is_empty() {
        return None;
    }
    let mut object = object.clone();
    if text(&object, "/metadata/name").is_empty() {
        object.as_object_mut()?.entry("metadata").or_insert_with(|| json!({}));
        object["metadata"].as_object_mut()?.insert("generateName".into(), "satrain-check-".into());
    }
    let resource = ResourceType::of(version, kind);
    Some(Probe::DryRunCreate {
        resource,
        namespace: namespace.map(str::to_owned),
        object: object.to_string(),
    })
}

/// A policy that was made or changed a moment ago may not have been taken up, and one that is gone may still be in
/// force: then `refusal` names it.
fn just_changed(context: &JudgeContext<'_>, refusal: &str) -> Result<Option<String>, Gap> {
    let listed =
        POLICIES.map(|(version, kind)| (kind, context.seen.objects(&Probe::list(version, kind, None))));
    for (kind, policies) in listed {
        let policies = policies?;
        for policy in policies {
            let times = ["/metadata/creationTimestamp", "/metadata/managedFields/0/time"];
            let changed = times.iter().filter_map(|at| text(policy, at).parse::<Timestamp>().ok()).max();
            if changed.is_some_and(|changed| context.now.duration_since(changed) < TAKES_UP) {
                let name = text(policy, "/metadata/name");
                return Ok(Some(format!(
                    "{kind} {name} is new, and the API server may not have loaded it yet"
                )));
            }
        }
        if let Some(name) = refused_by(kind, refusal)
            && !policies.iter().any(|policy| text(policy, "/metadata/name") == name)
        {
            return Ok(Some(format!("{kind} {name} is gone, but the API server still enforces it")));
        }
    }
    Ok(None)
}

/// The policy or binding that a refusal names: `ValidatingAdmissionPolicy 'A' with binding 'B' denied request: …`
/// (`k8s.io/apiserver` `pkg/admission/plugin/policy/validating`).
fn refused_by<'a>(kind: &str, refusal: &'a str) -> Option<&'a str> {
    let (_, policy) = refusal.split_once("ValidatingAdmissionPolicy '")?;
    let (policy, rest) = policy.split_once("' with binding '")?;
    let (binding, _) = rest.split_once('\'')?;
    Some(if kind.ends_with("Binding") { binding } else { policy })
}

enum DryRunAnswer<'a> {
    Admitted(&'a Value),
    Refused(&'a str),
}

/// Where a container of an admitted Pod would find a token. Secrets are not looked into: what admission adds is
/// projected.
pub(in crate::grade::checks) fn holds_token(object: &Value) -> Result<Option<String>, Gap> {
    if text(object, "/kind") != "Pod" {
        return Err(Gap::lasting("`token` is about Pods, and the object is none"));
    }
    let pod = Pod::deserialize(object)
        .map_err(|e| Gap::lasting(format!("The API's answer contains no readable Pod: {e}")))?;
    let found = credentials(&pod, Stores::default());
    let token = found.iter().find(|credential| credential.kind.is_token());
    Ok(token.map(|credential| format!("{} {}", credential.container, credential.place)))
}
