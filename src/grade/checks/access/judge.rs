//! The verdict of `access`.

use serde_json::Value;

use super::AccessSpec;
use super::rights::{MAX_CROSS_CHECKS, other_name, policy};
use crate::grade::checks::{CheckSpec, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::namespace::not_there;
use crate::grade::observation::{Gap, Observation};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::rbac::{
    AccessAttributes, Diff, Grant, Policy, Right, Surplus, TooMuch, What, diff, everyone, rights_beside,
};

/// Longest list of surplus rights in the evidence.
const MAX_LISTED: usize = 40;

/// Longest list of bindings that grant nothing.
const MAX_DANGLING: usize = 10;

const ASKS_NOTHING: &str = "an `access` check needs `allowed`, `denied` or `exactly`";
const STATES_TOO_MUCH: &str = "it lists too many rights: verbs times resources times names";

/// What came of looking at the spec.
#[derive(Default)]
struct Findings {
    /// What is wrong, by the API server and the RBAC objects both.
    problems: Vec<Evidence>,
    fine: Vec<Evidence>,
    /// The Namespace of the first right that is missing.
    missing_in: Option<String>,
    /// Where the API server and the RBAC objects say different things.
    disagreements: Vec<String>,
    /// What the API server did not answer.
    gaps: Vec<Gap>,
}

impl Findings {
    fn misses(&mut self, right: &Right, evidence: Evidence) {
        if let (None, What::Resource { namespace, .. }) = (&self.missing_in, &right.what) {
            self.missing_in.clone_from(namespace);
        }
        self.problems.push(evidence);
    }

    /// Whether a right is there: granted by `by`, and allowed by the API server. None: nothing can be said.
    fn agreed(&mut self, right: &Right, by: Option<&Grant>, allowed: Result<bool, Gap>) -> Option<bool> {
        match (by, allowed) {
            (_, Err(gap)) => self.gaps.push(gap),
            (Some(grant), Ok(false)) => {
                self.disagreements.push(format!("\"{right}\" is granted by {}, but denied", grant.chain));
            }
            (None, Ok(true)) => {
                self.disagreements.push(format!("\"{right}\" is allowed, but no binding grants it"));
            }
            (_, Ok(allowed)) => return Some(allowed),
        }
        None
    }
}

impl CheckSpec for AccessSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        if self.asks_nothing() {
            return Err(context.author_error(ASKS_NOTHING));
        }
        if self.states_too_much() {
            return Err(context.author_error(STATES_TOO_MUCH));
        }
        context.seen.ask_for(self.questions());
        let (now, missing) = (policy(context.seen), self.missing_account(context));
        let now = now.as_ref().as_ref().map_err(Gap::clone)?;
        if let Some(verdict) = missing? {
            return Ok(verdict);
        }
        let grants = match now.grants(&self.subject()) {
            Ok(grants) => grants,
            Err(too_much) => return Ok(self.too_much(&too_much)),
        };
        let mut findings = Findings::default();
        for right in self.single(&self.allowed) {
            self.judge_allowed(&right, &grants, context, &mut findings);
        }
        for right in self.single(&self.denied) {
            self.judge_denied(&right, &grants, context, &mut findings);
        }
        if let Some(exactly) = &self.exactly {
            let expected = self.single(exactly);
            let found = diff(&grants, &expected, everyone());
            if !found.whole && found.surplus.is_empty() {
                return Ok(self.too_much(&TooMuch::to_compare()));
            }
            self.judge_surplus(&found, context, &mut findings);
            self.judge_expected(&expected, &found, &grants, context, &mut findings);
            if found.surplus.is_empty() {
                let none = "no rights beyond those of every ServiceAccount";
                findings.fine.push(Evidence::seen(self.title(), none));
            }
        }
        if let Some(role) = now.aggregation_behind(&self.subject()) {
            return Ok(Verdict::not_yet(format!("{role} has not aggregated all its rules yet")));
        }
        self.verdict(findings, now)
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::rights(&self.namespace, (&self.namespace, &self.service_account)))
    }

    fn mistake(&self) -> Option<String> {
        if self.asks_nothing() {
            return Some(ASKS_NOTHING.into());
        }
        if self.states_too_much() {
            return Some(STATES_TOO_MUCH.into());
        }
        if let Some(list) = self.empty_right() {
            return Some(format!("a right of `{list}` is none: it needs `verbs`, and `resources` or `urls`"));
        }
        let right = self.contradiction()?;
        Some(format!("\"{right}\" must be denied and allowed: no answer passes"))
    }

    fn judged_account(&self) -> Option<(&str, &str)> {
        Some((&self.namespace, &self.service_account))
    }
}

impl AccessSpec {
    fn verdict(&self, mut findings: Findings, now: &Policy) -> Result<Verdict, Gap> {
        if findings.problems.is_empty() {
            if !findings.gaps.is_empty() {
                return Err(findings.gaps.swap_remove(0));
            }
            // The authorizer learns of a new binding a moment after the API stored it.
            if let Some(first) = findings.disagreements.first() {
                return Ok(Verdict::unknown_yet(format!(
                    "The API server and the RBAC objects disagree about {}: {first}",
                    self.title()
                )));
            }
            let what = match self.exactly.as_deref() {
                Some([]) => "has no rights beyond those of every ServiceAccount",
                Some(_) => "has exactly the required rights",
                None => "may do what it should, and nothing that it should not",
            };
            return Ok(Verdict::pass(format!("{} {what}.", self.title())).with_all(findings.fine));
        }
        let why = self.why(&findings.problems);
        let look = match findings.problems.iter().all(|p| p.fact == Fact::SurplusRight) {
            true => next_step::bindings(),
            // Where the right is missing, which need not be where the account lives.
            false => {
                let place = findings.missing_in.as_deref().unwrap_or(&self.namespace);
                next_step::rights(place, (&self.namespace, &self.service_account))
            }
        };
        let subject = self.subject();
        let dangling = now.dangling_for(&subject).take(MAX_DANGLING).map(|binding| {
            Evidence::seen(
                binding.to_string(),
                format!("names {}, which does not exist, so it grants nothing", binding.role),
            )
        });
        let dangling: Vec<Evidence> = dangling.collect();
        Ok(Verdict::fail(why).with_all(findings.problems).with_all(dangling).next_step(look))
    }

    /// The account has more than can be looked through. Nothing but what somebody made for it leads there.
    fn too_much(&self, too_much: &TooMuch) -> Verdict {
        let why = format!(
            "The rights of {} cannot be compared: {too_much}. Take back what was added, to be graded.",
            self.title()
        );
        Verdict::fail(why)
            .with(Evidence::seen(self.title(), too_much.to_string()))
            .next_step(next_step::bindings())
    }

    /// Rights of a ServiceAccount that is not there are worth nothing, one way or the other.
    fn missing_account(&self, context: &JudgeContext<'_>) -> Result<Option<Verdict>, Gap> {
        if self.may_be_missing {
            return Ok(None);
        }
        let name = &self.service_account;
        let accounts = context.seen.objects(&self.accounts());
        let so = format!(", so ServiceAccount {name} does not either");
        if let Some(verdict) = not_there(&self.namespace, &so, context.seen)? {
            return Ok(Some(verdict));
        }
        let there =
            accounts?.iter().any(|a| a.pointer("/metadata/name").and_then(Value::as_str) == Some(name));
        Ok((!there).then(|| {
            let at = format!("ServiceAccount {}/{name}", self.namespace);
            Verdict::fail(format!("{at} does not exist, so nothing can use its rights."))
                .with(Evidence::expected(Fact::Presence, at, "present", "absent"))
                .next_step(next_step::list("v1", "ServiceAccount", Some(&self.namespace)))
        }))
    }

    fn judge_allowed(
        &self,
        right: &Right,
        grants: &[Grant],
        context: &JudgeContext<'_>,
        findings: &mut Findings,
    ) {
        let asked = right.request();
        let by = grants.iter().find(|grant| grant.allows(&asked));
        let agreed = findings.agreed(right, by, self.ask(&asked, context));
        match (agreed, by) {
            // "May get ConfigMaps" means each of them: a rule for a request without a name is none for them.
            (Some(true), Some(grant)) if is_for_all(right, grants) => {
                findings.fine.push(self.granted(right, grant));
            }
            (Some(_), _) => findings.misses(right, self.missing(right)),
            (None, _) => {}
        }
    }

    fn judge_denied(
        &self,
        right: &Right,
        grants: &[Grant],
        context: &JudgeContext<'_>,
        findings: &mut Findings,
    ) {
        let asked = right.request();
        let allowed = self.ask(&asked, context);
        let by = grants.iter().find(|grant| grant.allows(&asked));
        let agreed = findings.agreed(right, by, allowed);
        let surplus = |of: &Right, seen: String| {
            Evidence::expected(Fact::SurplusRight, self.title(), "denied", seen).field(of.to_string())
        };
        // "May not get Secrets" means not a single one: a rule for one name breaks it as well.
        let way = grants.iter().find_map(|grant| {
            let part = [grant.within(right)?];
            rights_beside(&part, grants).next().map(|(granted, _)| (granted, &grant.chain))
        });
        match (agreed, way) {
            (None, _) => {}
            (Some(_), Some((granted, chain))) => {
                findings.problems.push(surplus(&granted, format!("allowed by {chain}")));
            }
            (Some(true), None) => findings.problems.push(surplus(right, "allowed".into())),
            (Some(false), None) => {
                findings.fine.push(Evidence::seen(self.title(), "denied").field(right.to_string()));
            }
        }
    }

    /// What is there too much. The first rights are asked of the API server, too; when it denies all that it is asked
    /// about, the authorizer has not yet learned of the bindings, and nothing is said.
    fn judge_surplus(&self, found: &Diff, context: &JudgeContext<'_>, findings: &mut Findings) {
        let asked = found.surplus.iter().filter(|s| s.right.can_be_asked()).take(MAX_CROSS_CHECKS);
        let asked: Vec<(&Surplus, AccessAttributes)> = asked.map(|s| (s, s.right.request())).collect();
        context.seen.ask_for(asked.iter().map(|(_, request)| self.question(request.clone())));
        let (mut confirmed, mut refuted) = (0, Vec::new());
        for (surplus, request) in asked {
            // Of these an old recording may lack some.
            if !context.seen.is_answered(&self.question(request.clone())) {
                continue;
            }
            match self.ask(&request, context) {
                Ok(true) => confirmed += 1,
                Ok(false) => {
                    refuted.push(&surplus.right);
                    let chain = &surplus.chains[0];
                    findings
                        .disagreements
                        .push(format!("\"{}\" is granted by {chain}, but denied", surplus.right));
                }
                Err(gap) => {
                    refuted.push(&surplus.right);
                    findings.gaps.push(gap);
                }
            }
        }
        if confirmed == 0 && !refuted.is_empty() {
            return;
        }
        let told = found.surplus.iter().filter(|surplus| !refuted.contains(&&surplus.right));
        findings.problems.extend(told.take(MAX_LISTED).map(|surplus| {
            let chains: Vec<String> = surplus.chains.iter().map(ToString::to_string).collect();
            let seen = format!("allowed by {}", chains.join(" and by "));
            Evidence::expected(Fact::SurplusRight, self.title(), "no such right", seen)
                .field(surplus.right.to_string())
        }));
    }

    /// What must be there, and on the stated names only.
    fn judge_expected(
        &self,
        expected: &[Right],
        found: &Diff,
        grants: &[Grant],
        context: &JudgeContext<'_>,
        findings: &mut Findings,
    ) {
        for right in expected {
            let asked = right.request();
            let by = grants.iter().find(|grant| grant.allows(&asked));
            let agreed = findings.agreed(right, by, self.ask(&asked, context));
            match (agreed, by) {
                (Some(true), Some(grant)) if !found.missing.contains(right) => {
                    findings.fine.push(self.granted(right, grant));
                }
                (Some(_), _) => findings.misses(right, self.missing(right)),
                (None, _) => {}
            }
            if let Some(other) = other_name(right, expected) {
                let by = grants.iter().find(|grant| grant.allows(&other));
                findings.agreed(right, by, self.ask(&other, context));
            }
        }
    }

    /// What the API server says.
    fn ask(&self, asked: &AccessAttributes, context: &JudgeContext<'_>) -> Result<bool, Gap> {
        let probe = self.question(asked.clone());
        match context.seen.saw(&probe)? {
            Observation::Access { allowed, .. } => Ok(*allowed),
            _ => Err(Gap::of_another_kind(&probe)),
        }
    }

    fn missing(&self, right: &Right) -> Evidence {
        Evidence::expected(Fact::MissingRight, self.title(), "allowed", "denied: no binding grants it")
            .field(right.to_string())
    }

    fn granted(&self, right: &Right, by: &Grant) -> Evidence {
        Evidence::seen(self.title(), format!("allowed by {}", by.chain)).field(right.to_string())
    }

    /// Why the rights are not those that are asked for. What is there too much is named; what is missing is not.
    fn why(&self, problems: &[Evidence]) -> String {
        let surplus: Vec<&Evidence> = problems.iter().filter(|p| p.fact == Fact::SurplusRight).collect();
        let missing = problems.len() - surplus.len();
        let may_not = match missing {
            0 => String::new(),
            1 => "lacks a right it must have".into(),
            many => format!("lacks {many} rights it must have"),
        };
        let more = match surplus.len() {
            0 | 1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let right = surplus.first().and_then(|s| s.field.as_deref());
        let may = right.map(|right| format!("has a right it must not have: {right}{more}"));
        let parts: Vec<String> = Some(may_not).filter(|p| !p.is_empty()).into_iter().chain(may).collect();
        format!("{} {}.", self.title(), parts.join(", and "))
    }

    fn title(&self) -> String {
        format!("ServiceAccount {}/{}", self.namespace, self.service_account)
    }
}

/// Whether a right that is there for a request without a name is there for every object, too, where the verb is about
/// objects by name.
fn is_for_all(right: &Right, grants: &[Grant]) -> bool {
    let whole_collection = ["list", "watch", "create", "deletecollection"].contains(&right.verb.as_str());
    match &right.what {
        What::Resource { name: None, .. } if !whole_collection => grants.iter().any(|g| g.covers(right)),
        _ => true,
    }
}
