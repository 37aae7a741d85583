//! `nothingWider`: nothing but what the task asks for became wider than it was right after setup.
//!
//! The guard of every scenario ([`guard`]). Rights are compared by what they mean: who may do more than before, and through
//! which chain. What else all of a cluster share ([`crate::grade::shared`]) must be as it was, where it concerns a Namespace
//! of the attempt or of everybody. What belongs to other attempts is theirs; rights that an `access` with `exactly` judges
//! are judged there. The cluster's own roles and bindings, and those in Namespaces of everybody, must also not be less.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::policy;
use super::{CheckKind, CheckSpec, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::expectation::{Expectation, Guard};
use crate::grade::fields::text;
use crate::grade::observation::{Gap, Observation, Observations};
use crate::grade::shared::{
    Change, How, KINDS, Places, Rules, SharedKind, Whose, attempt_of, changes, is_about_admission,
    is_untouched, may_join,
};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::grade::{Baseline, View};
use crate::rbac::{Binding, Gain, Holder, RoleRef, gains, named_by_bindings};

/// The id of the guard that every scenario has.
pub const ID: &str = "nothing-wider";

/// How many findings are told.
const MAX_LISTED: usize = 40;

/// What only `except` names: whoever may do more, beside ServiceAccounts.
const HOLDERS: [&str; 2] = ["User", "Group"];

/// The label of the roles and bindings that the API server makes.
const BUILT_IN: &str = "kubernetes.io/bootstrapping";

/// How strictly Pod Security is enforced, from nothing on.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// What an author writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NothingWiderSpec {
    /// What the task asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Exception>,
    /// The attempt's Namespaces; left out: those that setup makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// ServiceAccounts whose rights are judged elsewhere; left out: those that an `access` with `exactly` names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<Account>,
}

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "JudgedAccount")]
pub struct Account {
    /// Its Namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What may become wider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// The kind of the objects, or `ServiceAccount`, `User`, `Group`: who may do more.
    pub kind: String,
    /// The one of that name; left out: each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Those in this Namespace; of policies and webhooks, those that concern this Namespace only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl Exception {
    fn is_about(&self, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        self.kind == kind
            && self.name.as_deref().is_none_or(|wanted| wanted == name)
            && self.namespace.as_deref().is_none_or(|wanted| namespace == Some(wanted))
    }
}

/// The guard of a scenario whose author wrote none. Its accounts and Namespaces are still to be filled in.
pub fn guard() -> Guard {
    let requirement = "Nothing else becomes wider: nobody gets rights, and nothing of the cluster changes, that the task does \
                       not ask for.";
    Guard {
        expectation: Expectation {
            id: ID.into(),
            requirement: requirement.into(),
            within: None,
            consistently: None,
            kind: CheckKind::NothingWider(NothingWiderSpec::default()),
            line: 0,
        },
        protects: Vec::new(),
    }
}

/// What of a whole cluster became wider between two looks at it, whatever belongs to attempts apart.
pub fn wider(before: &Observations, now: &Observations, at: Timestamp) -> Verdict {
    let (seen, baseline) = (View::whole(now), Baseline::Taken(before));
    let context = JudgeContext { seen, baseline, now: at, line: 0 };
    NothingWiderSpec::default().judge(&context).unwrap_or_else(Verdict::from)
}

/// What became wider, and where to look.
struct Finding {
    told: String,
    evidence: Evidence,
    next_step: String,
}

impl CheckSpec for NothingWiderSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let (before, now) = (context.at_setup(), context.seen);
        for view in [before, now] {
            view.ask_for(KINDS.iter().map(SharedKind::probe));
        }
        let mut findings = Vec::new();
        // Whoever redirects a group of the API keeps its objects from being seen.
        let mut gap = None;
        let mut take = |found: Result<Vec<Finding>, Gap>| match found {
            Ok(found) => findings.extend(found),
            Err(missed) => drop(gap.get_or_insert(missed)),
        };
        let namespaces = (before.objects(&namespaces()), now.objects(&namespaces()));
        match namespaces {
            (Ok(old), Ok(new)) => {
                let places = Places::new(&self.namespaces, old, new);
                take(self.gained(before, now, &places));
                for kind in &KINDS {
                    take(self.changed(kind, before, now, &places));
                }
            }
            (old, new) => {
                let places = Places::new(&self.namespaces, &[], &[]);
                take(old.and(new).map(|_| Vec::new()));
                take(self.changed(&KINDS[0], before, now, &places));
            }
        }
        match (findings.is_empty(), gap) {
            (true, Some(gap)) => Err(gap),
            (true, None) => Ok(Verdict::pass("Nothing that the task does not ask for became wider.")),
            (false, _) => Ok(verdict(findings)),
        }
    }

    fn mistake(&self) -> Option<String> {
        let known = || KINDS.iter().map(|kind| kind.kind).chain(HOLDERS);
        let unknown = self.except.iter().find(|exception| !known().any(|kind| kind == exception.kind))?;
        let known: Vec<&str> = known().collect();
        Some(format!("`nothingWider` does not look at `{}`; it knows {}", unknown.kind, known.join(", ")))
    }
}

fn namespaces() -> crate::grade::probe::Probe {
    crate::grade::probe::Probe::namespaces()
}

fn verdict(findings: Vec<Finding>) -> Verdict {
    let more = match findings.len() {
        0 | 1 => String::new(),
        many => format!(" ({} more)", many - 1),
    };
    let first = findings.first().map(|f| (f.told.clone(), f.next_step.clone())).unwrap_or_default();
    let evidence = findings.into_iter().take(MAX_LISTED).map(|finding| finding.evidence);
    Verdict::fail(format!("Something else became wider: {}{more}. Take it back to be graded.", first.0))
        .with_all(evidence)
        .next_step(first.1)
}

impl NothingWiderSpec {
    /// Who may do more.
    fn gained(&self, before: View<'_>, now: View<'_>, places: &Places<'_>) -> Result<Vec<Finding>, Gap> {
        if untouched(before, now)? {
            return Ok(Vec::new());
        }
        let (old, new) = (policy(before), policy(now));
        let old = old.as_ref().as_ref().map_err(Gap::clone)?;
        let new = match new.as_ref() {
            Ok(new) => new,
            // They were readable at setup: somebody has made them so.
            Err(_) if all_listed(now) => return Ok(vec![unreadable()]),
            Err(gap) => return Err(gap.clone()),
        };
        let known = named_by_bindings(old);
        let counts = |binding: &Binding, holder: &Holder| self.counts(binding, holder, places, &known);
        let gained = gains(old, new, counts, |role| self.stays(role, before, places));
        let Ok(gained) = gained else { return Ok(vec![unreadable()]) };
        Ok(gained.into_iter().filter(|gain| self.matters(&gain.holder, places)).map(of_gain).collect())
    }

    /// Whether what a binding grants to somebody is good for anything that this attempt shares or owns. What somebody
    /// may do in a new Namespace counts for all but those who came with it; `known` are those whom bindings named at setup.
    fn counts(
        &self,
        binding: &Binding,
        holder: &Holder,
        places: &Places<'_>,
        known: &BTreeSet<Holder>,
    ) -> bool {
        let namespace = binding.namespace.as_deref();
        let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        let here = namespace.is_none_or(|n| match places.whose(n) {
            Whose::Own | Whose::Shared => true,
            Whose::Others => false,
            Whose::New => match holder {
                Holder::Account(home, _) | Holder::Accounts(home) => places.whose(home) != Whose::New,
                Holder::User(name) | Holder::Group(name) => {
                    name.starts_with("system:") || known.contains(holder)
                }
                Holder::Role(_) => false,
            },
        });
        here && !self.except.iter().any(|e| e.is_about(kind, namespace, &binding.name))
    }

    /// Whether a role is everybody's, so that who is bound to it later gets more: not one of this attempt's, nor of another.
    fn stays(&self, role: &RoleRef, before: View<'_>, places: &Places<'_>) -> bool {
        let kind = if role.namespace.is_some() { "Role" } else { "ClusterRole" };
        if self.except.iter().any(|e| e.is_about(kind, role.namespace.as_deref(), &role.name)) {
            return false;
        }
        match &role.namespace {
            Some(namespace) => places.whose(namespace) == Whose::Shared,
            None => !made_by_an_attempt(&role.name, before),
        }
    }

    fn matters(&self, holder: &Holder, places: &Places<'_>) -> bool {
        let excepted = |kind: &str, namespace: Option<&str>, name: &str| {
            self.except.iter().any(|e| e.is_about(kind, namespace, name))
        };
        match holder {
            Holder::Account(namespace, name) => {
                let judged = self.judged.iter().any(|a| a.namespace == *namespace && a.name == *name);
                let theirs = places.whose(namespace) == Whose::Others;
                !judged && !theirs && !excepted("ServiceAccount", Some(namespace), name)
            }
            Holder::Accounts(namespace) => {
                let name = format!("system:serviceaccounts:{namespace}");
                places.whose(namespace) != Whose::Others && !excepted("Group", None, &name)
            }
            Holder::User(name) => !excepted("User", None, name),
            Holder::Group(name) => !excepted("Group", None, name),
            Holder::Role(_) => true,
        }
    }

    /// What of a kind is not what it was.
    fn changed(
        &self,
        kind: &'static SharedKind,
        before: View<'_>,
        now: View<'_>,
        places: &Places<'_>,
    ) -> Result<Vec<Finding>, Gap> {
        // An attempt or a recording of an earlier version knows fewer kinds.
        if !before.is_answered(&kind.probe()) {
            return Ok(Vec::new());
        }
        let (old, new) = (objects(kind, before), objects(kind, now));
        // What the cluster did not show at setup cannot be compared.
        let Some(old) = old? else { return Ok(Vec::new()) };
        let Some(new) = new? else {
            return Err(Gap::lasting(format!("Could not observe {} any more", kind.probe())));
        };
        let mut found = Vec::new();
        for change in changes(kind, old, new) {
            if self.is_a_finding(&change, before, now, places)? {
                found.push(of_change(&change));
            }
        }
        Ok(found)
    }

    fn is_a_finding(
        &self,
        change: &Change<'_>,
        before: View<'_>,
        now: View<'_>,
        places: &Places<'_>,
    ) -> Result<bool, Gap> {
        let (kind, name) = (change.kind.kind, change.name());
        if kind == "Namespace" {
            return Ok(self.namespace_is_wider(change, places));
        }
        if let Some(namespace) = change.namespace()
            && !(places.is_everybodys(namespace) && is_less(change) && !is_of_an_attempt(change))
        {
            return Ok(false);
        }
        if change.kind.grants() && change.namespace().is_none() && !is_built_in(change) {
            return Ok(false);
        }
        if is_about_admission(kind) {
            let spared: Vec<&str> = self
                .except
                .iter()
                .filter(|e| e.kind == kind && e.name.as_deref().is_none_or(|wanted| wanted == name))
                .filter_map(|e| e.namespace.as_deref())
                .collect();
            // It can only refuse, and in the attempt's own Namespaces that is the learner's affair.
            let refuses = change.how == How::New && kind.starts_with("ValidatingAdmissionPolicy");
            let is_spared =
                |name: &str| spared.contains(&name) || (refuses && places.whose(name) == Whose::Own);
            let labels: Vec<_> =
                places.that_count().filter(|(name, _)| !is_spared(name)).map(|(_, labels)| labels).collect();
            if !Rules::concern(&rules(before)?, &rules(now)?, change, &labels.iter().copied()) {
                return Ok(false);
            }
            return Ok(!self.except.iter().any(|e| e.namespace.is_none() && e.is_about(kind, None, name)));
        }
        // A node that joins is no learner's doing, where some may.
        let joins = kind == "Node" && change.how == How::New && may_join(change.object());
        let unused =
            kind == "ClusterTrustBundle" && change.how == How::New && is_first_of_signer(change, before)?;
        Ok(!joins && !unused && !self.except.iter().any(|e| e.is_about(kind, change.namespace(), name)))
    }

    /// A Namespace of everybody is as it was; in the attempt's own, Pod Security may be stricter.
    fn namespace_is_wider(&self, change: &Change<'_>, places: &Places<'_>) -> bool {
        let excepted = self.except.iter().any(|e| e.is_about("Namespace", None, change.name()));
        let going = |object: Option<&Value>| {
            object.is_some_and(|o| o.pointer("/metadata/deletionTimestamp").is_some())
        };
        match (places.whose(change.name()), change.how) {
            (Whose::Own, How::Changed) => !excepted && enforced(change.now) < enforced(change.before),
            (Whose::Shared, How::Changed | How::Gone) => !excepted && !going(change.before),
            _ => false,
        }
    }
}

/// Whether a change in a Namespace of everybody takes something away from it. That somebody gets more is told by rights.
fn is_less(change: &Change<'_>) -> bool {
    let automounts = |object: Option<&Value>| {
        let flag = object.and_then(|object| object.get("automountServiceAccountToken"));
        flag.and_then(Value::as_bool).unwrap_or(true)
    };
    match (change.kind.kind, change.how) {
        ("ServiceAccount", How::New) => false,
        ("ServiceAccount", How::Changed) => automounts(change.before) != automounts(change.now),
        _ => !(change.kind.grants() && change.how == How::New),
    }
}

/// Whether the setup of an attempt made it.
fn is_of_an_attempt(change: &Change<'_>) -> bool {
    change.before.and_then(attempt_of).is_some()
}

/// Whether an object was there at setup as one of those that the API server itself makes.
fn is_built_in(change: &Change<'_>) -> bool {
    let labels = change.before.and_then(|object| object.pointer("/metadata/labels"));
    labels.is_some_and(|labels| labels.get(BUILT_IN).is_some_and(|of| of == "rbac-defaults"))
}

/// How strict Pod Security is in a Namespace.
fn enforced(namespace: Option<&Value>) -> u8 {
    let labels = namespace.and_then(|namespace| namespace.pointer("/metadata/labels"));
    match labels.and_then(|labels| labels.get(ENFORCE)).and_then(Value::as_str) {
        Some("restricted") => 2,
        Some("baseline") => 1,
        _ => 0,
    }
}

fn rules(view: View<'_>) -> Result<Rules<'_>, Gap> {
    let kinds = KINDS.iter().filter(|kind| kind.kind.contains("AdmissionPolicy"));
    let lists: Result<Vec<_>, Gap> =
        kinds.map(|kind| Ok((kind.kind, objects(kind, view)?.unwrap_or_default()))).collect();
    Ok(Rules::of(lists?))
}

/// The objects of a kind; None: the cluster does not show them.
fn objects<'a>(kind: &SharedKind, view: View<'a>) -> Result<Option<&'a [Value]>, Gap> {
    let probe = kind.probe();
    match view.saw(&probe)? {
        Observation::Objects { items, .. } => Ok(Some(items)),
        Observation::Hidden { .. } => Ok(None),
        _ => Err(Gap::of_another_kind(&probe)),
    }
}

/// Whether nobody wrote to any role or binding.
fn untouched(before: View<'_>, now: View<'_>) -> Result<bool, Gap> {
    let mut all = true;
    for kind in KINDS.iter().filter(|kind| kind.grants()) {
        let probe = kind.probe();
        all &= is_untouched(before.objects(&probe)?, now.objects(&probe)?);
    }
    Ok(all)
}

fn all_listed(view: View<'_>) -> bool {
    KINDS.iter().filter(|kind| kind.grants()).all(|kind| view.objects(&kind.probe()).is_ok())
}

/// Whether a ClusterRole carried an attempt's label at setup.
fn made_by_an_attempt(name: &str, before: View<'_>) -> bool {
    let Some(kind) = KINDS.iter().find(|kind| kind.kind == "ClusterRole") else { return false };
    let objects = before.objects(&kind.probe()).unwrap_or_default();
    let role = objects.iter().find(|o| o.pointer("/metadata/name").and_then(Value::as_str) == Some(name));
    role.is_some_and(|role| attempt_of(role).is_some())
}

fn of_gain(gain: Gain) -> Finding {
    let chains = gain.chains.join(" and by ");
    let evidence = Evidence::expected(
        Fact::SurplusRight,
        gain.holder.to_string(),
        "no more than at setup",
        format!("allowed by {chains}"),
    )
    .field(gain.right.to_string());
    let told = format!("{} has a new right: {}, by {chains}", gain.holder, gain.right);
    Finding { told, evidence, next_step: next_step::bindings() }
}

fn unreadable() -> Finding {
    let told = "the roles and bindings of the cluster grant so much that it cannot be compared";
    Finding {
        told: told.into(),
        evidence: Evidence::seen("the cluster's roles and bindings", "too many rights to be compared"),
        next_step: next_step::bindings(),
    }
}

/// Whether nobody can trust a new bundle without naming it: there was none of its signer.
fn is_first_of_signer(change: &Change<'_>, before: View<'_>) -> Result<bool, Gap> {
    let signer = |bundle: &Value| text(bundle, "/spec/signerName").to_owned();
    let wanted = signer(change.object());
    let then = objects(change.kind, before)?.unwrap_or_default();
    Ok(!wanted.is_empty() && then.iter().all(|bundle| signer(bundle) != wanted))
}

fn of_change(change: &Change<'_>) -> Finding {
    let (told, seen) = match change.how {
        How::New => ("is new", "new"),
        How::Gone => ("is gone", "gone"),
        How::Changed => ("is not what it was", "changed"),
    };
    let (version, kind) = (change.kind.api_version, change.kind.kind);
    let next_step = match change.now {
        Some(_) => next_step::object(version, kind, change.namespace(), change.name()),
        None => next_step::list(version, kind, change.namespace()),
    };
    let expected = if change.how == How::New { "absent" } else { "as at setup" };
    Finding {
        told: format!("{change} {told}"),
        evidence: Evidence::expected(Fact::Change, change.to_string(), expected, seen),
        next_step,
    }
}
