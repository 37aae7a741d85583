//! The verdict of `access`.

use serde_json::Value;

use super::AccessSpec;
use super::rights::{MAX_CROSS_CHECKS, compared, everyone, other_name, policy};
use crate::grade::checks::{CheckSpec, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::namespace::not_there;
use crate::grade::observation::{Gap, Observation};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::rbac::{AccessAttributes, Grant, Policy, Right, What, is_cluster_scoped};

/// Longest list of surplus rights in the evidence.
const MAX_LISTED: usize = 40;

/// What came of looking at one part of the spec.
#[derive(Default)]
struct Findings {
    problems: Vec<Evidence>,
    fine: Vec<Evidence>,
    /// The Namespace of the first right that is missing.
    missing_in: Option<String>,
    /// Where the API server and the RBAC objects say different things.
    disagreements: Vec<String>,
}

impl Findings {
    fn misses(&mut self, right: &Right, evidence: Evidence) {
        if let (None, What::Resource { namespace, .. }) = (&self.missing_in, &right.what) {
            self.missing_in.clone_from(namespace);
        }
        self.problems.push(evidence);
    }
}

impl CheckSpec for AccessSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        if self.allowed.is_empty() && self.denied.is_empty() && self.exactly.is_none() {
            return Err(context.author_error("an `access` check needs `allowed`, `denied` or `exactly`"));
        }
        if self.states_too_much() {
            return Err(context.author_error("it lists too many rights: verbs times resources times names"));
        }
        context.seen.ask_for(self.questions());
        let (now, missing) = (policy(context.seen), self.missing_account(context));
        let now = now.as_ref().as_ref().map_err(Gap::clone)?;
        if let Some(verdict) = missing? {
            return Ok(verdict);
        }
        let grants = self.grants(now)?;
        let mut findings = Findings::default();
        for right in self.single(&self.allowed) {
            self.judge_allowed(&right, &grants, context, &mut findings)?;
        }
        for right in self.single(&self.denied) {
            self.judge_denied(&right, &grants, context, &mut findings)?;
        }
        if self.exactly.is_some() {
            self.judge_exactly(&grants, context, &mut findings)?;
        }
        // The authorizer learns of a new binding a moment after the API stored it.
        if let Some(first) = findings.disagreements.first() {
            return Ok(Verdict::unknown_yet(format!(
                "The API server and the RBAC objects disagree about {}: {first}",
                self.title()
            ))
            .with_all(findings.problems));
        }
        let behind = now.aggregation_behind();
        let concerned =
            grants.iter().find(|g| g.chain.role.namespace.is_none() && behind.contains(&g.chain.role.name));
        if let Some(grant) = concerned {
            return Ok(Verdict::not_yet(format!(
                "{} has not aggregated all its rules yet",
                grant.chain.role
            )));
        }
        Ok(self.verdict(findings, now))
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::rights(&self.namespace, (&self.namespace, &self.service_account)))
    }

    fn judged_account(&self) -> Option<(&str, &str)> {
        Some((&self.namespace, &self.service_account))
    }
}

impl AccessSpec {
    fn verdict(&self, findings: Findings, now: &Policy) -> Verdict {
        if findings.problems.is_empty() {
            let what = match self.exactly.as_deref() {
                Some([]) => "has no rights beyond those of every ServiceAccount",
                Some(_) => "has exactly the required rights",
                None => "may do what it should, and nothing that it should not",
            };
            return Verdict::pass(format!("{} {what}.", self.title())).with_all(findings.fine);
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
        let dangling = now.dangling_for(&subject).map(|binding| {
            Evidence::seen(
                binding.to_string(),
                format!("names {}, which does not exist, so it grants nothing", binding.role),
            )
        });
        let dangling: Vec<Evidence> = dangling.collect();
        Verdict::fail(why).with_all(findings.problems).with_all(dangling).next_step(look)
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
    ) -> Result<(), Gap> {
        let asked = right.request();
        let by = grants.iter().find(|grant| grant.allows(&asked));
        let allowed = self.ask(&asked, context)?;
        self.compare(right, by, allowed, findings);
        match by {
            Some(grant) if allowed => findings.fine.push(self.granted(right, grant)),
            _ => findings.misses(right, self.missing(right)),
        }
        Ok(())
    }

    fn judge_denied(
        &self,
        right: &Right,
        grants: &[Grant],
        context: &JudgeContext<'_>,
        findings: &mut Findings,
    ) -> Result<(), Gap> {
        let asked = right.request();
        let allowed = self.ask(&asked, context)?;
        self.compare(right, grants.iter().find(|grant| grant.allows(&asked)), allowed, findings);
        // "May not get Secrets" means not a single one: a rule for one name breaks it as well.
        let mut ways = grants.iter().flat_map(|g| g.rights().into_iter().map(move |r| (r, g)));
        let way = ways.find(|(granted, _)| granted.covers(right) || within(granted, right));
        let surplus = |of: &Right, seen: String| {
            Evidence::expected(Fact::SurplusRight, self.title(), "denied", seen).field(of.to_string())
        };
        match way {
            Some((granted, grant)) => {
                findings.problems.push(surplus(&granted, format!("allowed by {}", grant.chain)));
            }
            None if allowed => findings.problems.push(surplus(right, "allowed".into())),
            None => findings.fine.push(Evidence::seen(self.title(), "denied").field(right.to_string())),
        }
        Ok(())
    }

    fn judge_exactly(
        &self,
        grants: &[Grant],
        context: &JudgeContext<'_>,
        findings: &mut Findings,
    ) -> Result<(), Gap> {
        let expected = self.single(self.exactly.as_deref().unwrap_or_default());
        let before = policy(context.at_setup());
        let before = everyone(before.as_ref().as_ref().map_err(Gap::clone)?)?;
        let found = compared(grants, &expected, &before)?;
        let surplus = found.surplus.iter().take(MAX_CROSS_CHECKS);
        context.seen.ask_for(surplus.map(|surplus| self.question(surplus.right.request())));
        for (place, surplus) in found.surplus.iter().enumerate() {
            let asked = surplus.right.request();
            // Only the first ones are asked about; of those an old recording may lack some.
            let is_answered = || context.seen.is_answered(&self.question(asked.clone()));
            if place < MAX_CROSS_CHECKS && is_answered() && !self.ask(&asked, context)? {
                let what = format!("\"{}\" is granted by {}, but denied", surplus.right, surplus.chains[0]);
                findings.disagreements.push(what);
            }
            if findings.problems.len() < MAX_LISTED {
                let chains: Vec<String> = surplus.chains.iter().map(ToString::to_string).collect();
                let seen = format!("allowed by {}", chains.join(" and by "));
                findings.problems.push(
                    Evidence::expected(Fact::SurplusRight, self.title(), "no such right", seen)
                        .field(surplus.right.to_string()),
                );
            }
        }
        for right in &expected {
            let asked = right.request();
            let by = grants.iter().find(|grant| grant.allows(&asked));
            let allowed = self.ask(&asked, context)?;
            self.compare(right, by, allowed, findings);
            match by {
                Some(grant) if !found.missing.contains(right) => {
                    findings.fine.push(self.granted(right, grant))
                }
                _ => findings.misses(right, self.missing(right)),
            }
            if let Some(other) = other_name(right, &expected) {
                let by = grants.iter().find(|grant| grant.allows(&other));
                let allowed = self.ask(&other, context)?;
                self.compare(right, by, allowed, findings);
            }
        }
        if found.surplus.is_empty() {
            findings
                .fine
                .push(Evidence::seen(self.title(), "no rights beyond those of every ServiceAccount"));
        }
        Ok(())
    }

    /// What the API server says.
    fn ask(&self, asked: &AccessAttributes, context: &JudgeContext<'_>) -> Result<bool, Gap> {
        let probe = self.question(asked.clone());
        match context.seen.saw(&probe)? {
            Observation::Access { allowed, .. } => Ok(*allowed),
            _ => Err(Gap::of_another_kind(&probe)),
        }
    }

    fn compare(&self, right: &Right, by: Option<&Grant>, allowed: bool, findings: &mut Findings) {
        match by {
            Some(grant) if !allowed => {
                findings.disagreements.push(format!("\"{right}\" is granted by {}, but denied", grant.chain));
            }
            None if allowed => {
                findings.disagreements.push(format!("\"{right}\" is allowed, but no binding grants it"));
            }
            _ => {}
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

/// Whether `granted` is a part of what `right` forbids: the same on one name, in one Namespace, or one of the many
/// things that its wildcards stand for.
fn within(granted: &Right, right: &Right) -> bool {
    let mut wide = granted.clone();
    if right.verb == "*" {
        wide.verb = "*".into();
    }
    if let (
        What::Resource { group, resource, name, namespace },
        What::Resource { group: group2, resource: resource2, name: name2, namespace: namespace2 },
    ) = (&mut wide.what, &right.what)
    {
        for (mine, theirs) in [(group, group2), (resource, resource2)] {
            if theirs == "*" {
                *mine = "*".into();
            }
        }
        if name2.is_none() {
            *name = None;
        }
        // What is in no Namespace is not granted by what is good for one.
        if namespace2.is_none() && !is_cluster_scoped(group2, resource2) {
            *namespace = None;
        }
    }
    wide.covers(right)
}
