//! The probes and the verdict of `admission`.

use k8s_openapi::api::core::v1::Pod;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::patch::merge_patch;
use super::temptations::temptations;
use super::{AdmissionExpectation, AdmissionSpec, By, TokenAtAdmission, policies, tried};
use crate::grade::checks::{CheckSpec, Expression, Extent, api_kinds, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::fields::{mismatches, text};
use crate::grade::namespace::not_there;
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{Stores, credentials};
use crate::grade::probe::{Creator, Probe, ResourceType};
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// One object as one of those create it who do.
struct Trial {
    object: Value,
    creator: Creator,
}

/// What shows that there is another exception.
enum Tempted {
    /// It was tried.
    Admitted(Wrong),
    /// It cannot be.
    Untried(Verdict),
}

/// What is not as asked for: about an object itself, or about its control.
enum Wrong {
    Object(Trial, Evidence),
    Control(Evidence),
}

impl CheckSpec for AdmissionSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let message = self.message.as_ref().map(|pattern| Regex::new(pattern)).transpose();
        let message = message
            .map_err(|e| context.author_error(format!("`message` is not a regular expression: {e}")))?;
        let resource = ResourceType::of(text(&self.object, "/apiVersion"), text(&self.object, "/kind"));
        policies::ask(context.seen);
        if context.baseline.is_taking() {
            // What decides about admission belongs to the beginning; the object is tried anew for every grade.
            return Ok(Verdict::pass("What decides about admission has been noted."));
        }
        context.seen.ask_for(self.trials().iter().chain(&self.controls()).filter_map(|t| self.probe(t)));
        if let Some(namespace) = &self.namespace
            && let Some(verdict) = not_there(namespace, "", context.seen)?
        {
            return Ok(verdict);
        }
        let tempted = self.tempted(&resource, context);
        let wrong = self.wrong(message.as_ref(), context);
        // What only the learner can have caused comes before what could not be seen.
        let may_ask_who = self.by == By::Learner;
        let suspect = || match self.is_about_a_rule() {
            true => policies::circumstance((&resource, self.namespace.as_deref()), may_ask_who, context),
            false => Ok(None),
        };
        let wrong = match wrong {
            Ok(Some(wrong)) => wrong,
            Ok(None) => match (suspect()?, tempted?) {
                (Some(suspect), _) | (None, Some(Tempted::Untried(suspect))) => return Ok(suspect),
                (None, Some(Tempted::Admitted(wrong))) => wrong,
                (None, None) => return Ok(self.as_required()),
            },
            Err(gap) => return suspect()?.ok_or(gap),
        };
        let (Wrong::Object(_, broken) | Wrong::Control(broken)) = &wrong;
        if let Some(waits) = policies::just_changed(context, &broken.seen)? {
            return Ok(Verdict::not_yet(waits).with(broken.clone()));
        }
        let why = match &wrong {
            Wrong::Object(trial, wrong) => format!("{}{}", self.why(wrong), trial.tried()),
            Wrong::Control(broken) => {
                format!("The result is right, but for the wrong reason: {} {}.", broken.at, broken.seen)
            }
        };
        Ok(Verdict::fail(why).with(broken.clone()))
    }

    /// How a learner can ask the same.
    fn next_step(&self) -> Option<String> {
        Some(next_step::dry_run(self.namespace.as_deref()))
    }

    fn mistake(&self) -> Option<String> {
        let all: Vec<Trial> = self.trials().into_iter().chain(self.controls()).collect();
        if all.iter().any(|trial| self.probe(trial).is_none()) {
            return Some("an object needs `apiVersion` and `kind`".into());
        }
        let of_kind = |trial: &Trial| {
            api_kinds::mistake(text(&trial.object, "/apiVersion"), text(&trial.object, "/kind"))
        };
        if let Some(wrong) = all.iter().find_map(of_kind) {
            return Some(wrong);
        }
        if all.iter().any(|trial| !text(&trial.object, "/metadata/name").is_empty()) {
            return Some("an object must have no name: one is made up, so that nobody can foresee it".into());
        }
        if self.by == By::Everybody && all.iter().any(|trial| text(&trial.object, "/kind") != "Pod") {
            return Some("`by: everybody` is about Pods".into());
        }
        let refused = self.expect == AdmissionExpectation::Refused;
        if self.control.is_none() && self.needs_control() {
            let why = if refused { "admitted" } else { "given a token" };
            return Some(format!("this `admission` needs a `control` object that is {why}"));
        }
        if let Some(control) = &self.control {
            let kinds = [control, &self.object].map(|object| text(object, "/kind"));
            if kinds[0] != kinds[1] {
                let [control, object] = kinds;
                return Some(format!(
                    "`control` is of kind {control} and `object` of kind {object}: it says nothing about the reason"
                ));
            }
        }
        let of_admitted = self.token.is_some() || self.r#match.is_some();
        if refused && of_admitted {
            return Some(
                "`token` and `match` are about an admitted object, and this one must be refused".into(),
            );
        }
        if self.no_other_exception && (!refused || text(&self.object, "/kind") != "Pod") {
            return Some("`noOtherException` is about Pods that are refused".into());
        }
        (!refused && self.message.is_some()).then(|| "`message` goes with `expect: refused`".into())
    }

    fn asks_as_others(&self) -> bool {
        self.by == By::Everybody
    }

    fn expressions(&self) -> Vec<Expression<'_>> {
        self.message.iter().map(|pattern| Expression::regex("message", pattern, Extent::Part)).collect()
    }
}

impl AdmissionSpec {
    fn needs_control(&self) -> bool {
        self.expect == AdmissionExpectation::Refused || self.token == Some(TokenAtAdmission::None)
    }

    /// Whether a rule of the learner's shows in the answer; what is only admitted as ever shows none.
    fn is_about_a_rule(&self) -> bool {
        self.needs_control() || self.r#match.is_some()
    }

    /// The object and its variants, by each who creates it.
    fn trials(&self) -> Vec<Trial> {
        let variants = self.variants.values().map(|patch| {
            let mut object = self.object.clone();
            merge_patch(&mut object, patch);
            object
        });
        let objects = std::iter::once(self.object.clone()).chain(variants);
        objects.flat_map(|object| self.by_each(&object)).collect()
    }

    fn controls(&self) -> Vec<Trial> {
        self.control.iter().flat_map(|control| self.by_each(control)).collect()
    }

    fn by_each(&self, object: &Value) -> Vec<Trial> {
        let creators: &[Creator] = match self.by {
            By::Learner => &[Creator::Learner],
            By::Everybody => &Creator::ALL,
        };
        creators.iter().map(|creator| Trial { object: object.clone(), creator: *creator }).collect()
    }

    fn probe(&self, trial: &Trial) -> Option<Probe> {
        dry_run(self.namespace.as_deref(), &trial.object, trial.creator)
    }

    /// Whether something that a policy names is an exception.
    fn tempted(&self, resource: &ResourceType, context: &JudgeContext<'_>) -> Result<Option<Tempted>, Gap> {
        if !self.no_other_exception {
            return Ok(None);
        }
        let (named, untried) = policies::named((resource, self.namespace.as_deref()), context)?;
        if let Some(verdict) = untried {
            return Ok(Some(Tempted::Untried(verdict)));
        }
        let Some(forms) = temptations(&self.object, self.control.as_ref(), &named) else {
            let why = "The policies compare with so many labels and texts that they cannot all be tried.";
            return Ok(Some(Tempted::Untried(Verdict::fail(why))));
        };
        let trials: Vec<Trial> =
            forms.into_iter().map(|object| Trial { object, creator: Creator::Learner }).collect();
        context.seen.ask_for(trials.iter().filter_map(|trial| self.probe(trial)));
        let mut gap = None;
        for trial in trials {
            match self.answer(&trial, context) {
                Ok(DryRunAnswer::Admitted(_)) => {
                    let title = format!("a dry run of {}", self.title());
                    let seen = Evidence::expected(Fact::DryRun, title, "refused", "admitted");
                    return Ok(Some(Tempted::Admitted(Wrong::Object(trial, seen))));
                }
                // Whatever refuses it.
                Ok(DryRunAnswer::Refused(_)) => {}
                Err(unseen) => gap = gap.or(Some(unseen)),
            }
        }
        gap.map_or(Ok(None), Err)
    }

    /// The first thing that is not as asked for. What could not be seen is told only where all else is as it should be.
    fn wrong(&self, message: Option<&Regex>, context: &JudgeContext<'_>) -> Result<Option<Wrong>, Gap> {
        let mut gap = None;
        for trial in self.trials() {
            match self.wrong_about(&trial, message, context) {
                Ok(Some(wrong)) => return Ok(Some(Wrong::Object(trial, wrong))),
                Ok(None) => {}
                Err(unseen) => gap = gap.or(Some(unseen)),
            }
        }
        if self.control.is_none() && self.needs_control() {
            return Err(context.author_error("this `admission` needs a `control` object"));
        }
        for control in self.controls() {
            match self.control_differs(&control, context) {
                Ok(Some(wrong)) => return Ok(Some(Wrong::Control(wrong))),
                Ok(None) => {}
                Err(unseen) => gap = gap.or(Some(unseen)),
            }
        }
        gap.map_or(Ok(None), Err)
    }

    fn wrong_about(
        &self,
        trial: &Trial,
        message: Option<&Regex>,
        context: &JudgeContext<'_>,
    ) -> Result<Option<Evidence>, Gap> {
        let title = format!("a dry run of {}", self.title());
        let seen =
            |expected: &str, seen: String| Evidence::expected(Fact::DryRun, title.as_str(), expected, seen);
        Ok(match (self.expect, self.answer(trial, context)?) {
            (AdmissionExpectation::Admitted, DryRunAnswer::Admitted(object)) => self.differs(object)?,
            (AdmissionExpectation::Admitted, DryRunAnswer::Refused(why)) => {
                Some(seen("admitted", format!("refused: {why}")))
            }
            (AdmissionExpectation::Refused, DryRunAnswer::Admitted(_)) => {
                Some(seen("refused", "admitted".into()))
            }
            (AdmissionExpectation::Refused, DryRunAnswer::Refused(why)) => message
                .filter(|pattern| !pattern.is_match(why))
                .map(|_| seen("refused for the required reason", format!("refused: {why}"))),
        })
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

    fn answer<'a>(&self, trial: &Trial, context: &JudgeContext<'a>) -> Result<DryRunAnswer<'a>, Gap> {
        let probe = self
            .probe(trial)
            .ok_or_else(|| context.author_error("an object needs `apiVersion` and `kind`"))?;
        match context.seen.saw(&probe)? {
            Observation::Admitted { object } => Ok(DryRunAnswer::Admitted(object)),
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
    fn control_differs(&self, control: &Trial, context: &JudgeContext<'_>) -> Result<Option<Evidence>, Gap> {
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

impl Trial {
    /// What was tried, in a sentence, so that a learner can try the same.
    fn tried(&self) -> String {
        let with = tried::described(&self.object).map(|what| format!(" with {what}"));
        let by = self.creator.workload().map(|workload| format!(" as the controller of a {workload}"));
        match (with, by) {
            (None, None) => String::new(),
            (with, by) => format!(" Tried{}{}.", by.unwrap_or_default(), with.unwrap_or_default()),
        }
    }
}

/// The dry run of an object; None: it has no kind.
pub(in crate::grade::checks) fn dry_run(
    namespace: Option<&str>,
    object: &Value,
    creator: Creator,
) -> Option<Probe> {
    let (version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    (!version.is_empty() && !kind.is_empty()).then(|| Probe::DryRunCreate {
        resource: ResourceType::of(version, kind),
        namespace: namespace.map(str::to_owned),
        object: object.to_string(),
        creator,
    })
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
