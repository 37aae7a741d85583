//! The probes and the verdict of `admission`.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdmissionExpectation, AdmissionSpec, TokenAtAdmission};
use crate::grade::checks::Context;
use crate::grade::fields::{mismatches, text};
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{NamespaceState, Stores, credentials, namespace_state};
use crate::grade::probe::{Probe, ResourceType};
use crate::grade::verdict::{Evidence, Verdict};

/// How long the API server may take to act on a policy that was just made.
const TAKES_UP: SignedDuration = SignedDuration::from_secs(5);

/// What may change admission, and is read by the API server with a delay.
const POLICIES: [(&str, &str); 2] = [
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
];

impl AdmissionSpec {
    pub(in crate::grade::checks) fn probes(&self) -> Vec<Probe> {
        let mut probes: Vec<Probe> =
            POLICIES.iter().map(|(version, kind)| Probe::list(version, kind, None)).collect();
        probes.push(Probe::namespaces());
        probes.extend(self.attempt(&self.object));
        probes.extend(self.control.as_ref().and_then(|control| self.attempt(control)));
        probes
    }

    /// The dry run of an object; None: it has no kind.
    fn attempt(&self, object: &Value) -> Option<Probe> {
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
        Some(Probe::DryRunCreate { resource, namespace: self.namespace.clone(), object: object.to_string() })
    }

    pub(in crate::grade::checks) fn judge(&self, context: &Context<'_>) -> Result<Verdict, Gap> {
        let message = self.message.as_ref().map(|pattern| Regex::new(pattern)).transpose();
        let message =
            message.map_err(|e| context.author_error(format!("`message` is no regular expression: {e}")))?;
        if let Some(verdict) = self.no_namespace(context)? {
            return Ok(verdict);
        }
        let answer = self.answer(&self.object, context)?;
        let title = format!("a dry run of {}", self.title());
        let wrong = match (self.expect, answer) {
            (AdmissionExpectation::Admitted, Answer::Admitted(object)) => self.differs(object)?,
            (AdmissionExpectation::Admitted, Answer::Refused(why)) => {
                Some(Evidence::expected(title, "admitted", format!("refused: {why}")))
            }
            (AdmissionExpectation::Refused, Answer::Admitted(_)) => {
                Some(Evidence::expected(title, "refused", "admitted"))
            }
            (AdmissionExpectation::Refused, Answer::Refused(why)) => {
                message.filter(|pattern| !pattern.is_match(why)).map(|_| {
                    Evidence::expected(title, "refused for the reason asked for", format!("refused: {why}"))
                })
            }
        };
        if let Some(wrong) = wrong {
            return Ok(match self.just_changed(context)? {
                Some(waits) => Verdict::not_yet(waits).with(wrong),
                None => Verdict::fail(format!("{} would be {}.", self.title(), wrong.seen)).with(wrong),
            });
        }
        if let Some(broken) = self.control_differs(context)? {
            let why = format!("It is so, but for a wrong reason: {} {}.", broken.at, broken.seen);
            return Ok(Verdict::fail(why).with(broken));
        }
        let seen = match self.expect {
            AdmissionExpectation::Admitted => "admitted as required",
            AdmissionExpectation::Refused => "refused as required",
        };
        Ok(Verdict::pass(format!("{} would be {seen}.", self.title()))
            .with(Evidence::seen(format!("a dry run of {}", self.title()), seen)))
    }

    fn title(&self) -> String {
        let place = self.namespace.as_ref().map(|n| format!(" in Namespace {n}")).unwrap_or_default();
        format!("{}{place}", text(&self.object, "/kind"))
    }

    fn no_namespace(&self, context: &Context<'_>) -> Result<Option<Verdict>, Gap> {
        let Some(namespace) = &self.namespace else { return Ok(None) };
        Ok(match namespace_state(namespace, context.seen)? {
            NamespaceState::There => None,
            NamespaceState::Ending => {
                Some(Verdict::not_yet(format!("Namespace {namespace} is being deleted")))
            }
            NamespaceState::Absent => Some(Verdict::fail(format!("Namespace {namespace} does not exist."))),
        })
    }

    fn answer<'a>(&self, object: &Value, context: &Context<'a>) -> Result<Answer<'a>, Gap> {
        let probe = self
            .attempt(object)
            .ok_or_else(|| context.author_error("an object needs `apiVersion` and `kind`"))?;
        match context.seen.saw(&probe)? {
            Observation::Admitted { object } => Ok(Answer::Admitted(object)),
            Observation::Refused { code: 404, message } => {
                Err(context.author_error(format!("no such kind: {message}")))
            }
            Observation::Refused { code: 409, message } => {
                Err(context.author_error(format!("give the object no name: {message}")))
            }
            Observation::Refused { message, .. } => Ok(Answer::Refused(message)),
            _ => Err(Gap::lasting(format!("Could not see {probe}: the answer is of another kind"))),
        }
    }

    /// What is not as asked for about an admitted object.
    fn differs(&self, object: &Value) -> Result<Option<Evidence>, Gap> {
        let title = format!("a dry run of {}", self.title());
        if let Some(pattern) = &self.r#match
            && let Some(first) = mismatches(pattern, object).into_iter().next()
        {
            let seen = format!("admitted with {} = {}", first.path, first.seen);
            return Ok(Some(Evidence::expected(format!("{title} {}", first.path), first.expected, seen)));
        }
        let Some(wanted) = self.token else { return Ok(None) };
        let found = holds_token(object)?;
        Ok(match (wanted, found) {
            (TokenAtAdmission::None, Some(place)) => {
                Some(Evidence::expected(title, "no token", format!("given a token, at {place}")))
            }
            (TokenAtAdmission::Given, None) => Some(Evidence::expected(title, "a token", "given no token")),
            _ => None,
        })
    }

    /// What is not as it should be about the control object.
    fn control_differs(&self, context: &Context<'_>) -> Result<Option<Evidence>, Gap> {
        let needs_one =
            self.expect == AdmissionExpectation::Refused || self.token == Some(TokenAtAdmission::None);
        let Some(control) = &self.control else {
            return match needs_one {
                true => Err(context.author_error("this `admission` needs a `control` object")),
                false => Ok(None),
            };
        };
        let at = "the control object".to_owned();
        Ok(match self.answer(control, context)? {
            Answer::Refused(why) => {
                Some(Evidence::expected(at, "admitted", format!("is refused too: {why}")))
            }
            Answer::Admitted(object)
                if self.token == Some(TokenAtAdmission::None) && holds_token(object)?.is_none() =>
            {
                Some(Evidence::expected(at, "given a token", "is given no token either"))
            }
            Answer::Admitted(_) => None,
        })
    }

    /// A policy that was made a moment ago may not have been taken up.
    fn just_changed(&self, context: &Context<'_>) -> Result<Option<String>, Gap> {
        for (version, kind) in POLICIES {
            for policy in context.seen.objects(&Probe::list(version, kind, None))? {
                let made: Option<Timestamp> = text(policy, "/metadata/creationTimestamp").parse().ok();
                if made.is_some_and(|made| context.now.duration_since(made) < TAKES_UP) {
                    let name = text(policy, "/metadata/name");
                    return Ok(Some(format!(
                        "{kind} {name} is new, and the API server may not have read it"
                    )));
                }
            }
        }
        Ok(None)
    }
}

enum Answer<'a> {
    Admitted(&'a Value),
    Refused(&'a str),
}

/// Where a container of an admitted Pod would find a token. Secrets are not looked into: what admission adds is
/// projected.
fn holds_token(object: &Value) -> Result<Option<String>, Gap> {
    if text(object, "/kind") != "Pod" {
        return Err(Gap::lasting("`token` is about Pods, and the object is none"));
    }
    let pod = Pod::deserialize(object)
        .map_err(|e| Gap::lasting(format!("The API's answer holds no readable Pod: {e}")))?;
    let found = credentials(&pod, Stores { secrets: &[], config_maps: &[] });
    Ok(found.first().map(|credential| format!("{} {}", credential.container, credential.place)))
}
