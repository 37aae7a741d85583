//! Which live Pods a check is about, and whether they have come to rest.
//!
//! In: a workload as an author writes it (`pod/NAME`, `deployment/NAME`, `pods` with a selector) and what was
//! seen. Out: a [`Scope`]. Templates are never judged: only Pods that the API admitted, or (of a Job or CronJob, see
//! [`Template`]) would admit.

mod controller;
mod copies;
mod credentials;
mod image;
mod known;
mod listed;
mod mounts;
mod program;
mod same;
mod state;
mod template;
mod workload;

pub(in crate::grade) use copies::{is_copy, may_be_copy, may_start_script, scripts_of, starts_by_script};
pub(in crate::grade) use credentials::{
    AtSetup, Credential, CredentialKind, Needs, Onlooker, Stores, credentials, onlookers, refers_to,
    unmounted,
};
pub(in crate::grade) use known::unknown_field;
pub(in crate::grade) use listed::{Known, labels, read as read_pod, uid};
pub(in crate::grade) use program::{models, not_a_witness, tampered};
pub(in crate::grade) use same::{Aspect, app_labels, differences};
pub(in crate::grade) use state::{PodState, pod_state};
use template::Made;
pub(in crate::grade) use template::Template;
use workload::{WorkloadRef, unknown_kind};
pub(crate) use workload::{label_mistake, workload_kinds};

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::context::JudgeContext;
use super::namespace::{NamespaceState, ending, namespace_state};
use super::observation::Gap;
use super::probe::Probe;
use super::verdict::{Evidence, Fact, Verdict};
use super::view::View;

/// The Pods of a workload, sorted by what they can tell.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// As a person says it: `Deployment web`.
    pub(super) title: String,
    live_one: String,
    namespace: String,
    /// Admitted, not being deleted, not ended.
    pub(super) live: Vec<Pod>,
    /// Completed or failed for good.
    pub(super) ended: Vec<Pod>,
    /// Why the set of Pods may still change: one is being deleted, a rollout is under way.
    pub(super) replacing: Vec<String>,
    /// Live Pods that are not Ready yet, and may become so.
    pub(super) starting: Vec<String>,
    /// Settled, and wrong whatever happens: a crash loop, an image that cannot be pulled.
    pub(super) broken: Vec<String>,
    /// Why the Pods say nothing about their source: somebody holds the rollout.
    pub(super) held: Option<String>,
    /// Live Pods that are Ready.
    pub(super) ready: usize,
    /// Why there can be no Pods: the Namespace or the workload is not there.
    pub(super) absent: Option<String>,
    /// The one live Pod as the API wrote it, where it is none yet: a template would make it.
    pub(super) made: Option<Value>,
}

/// Which Pods an author means, in the author's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selected<'a> {
    /// `pod/NAME`, `deployment/NAME` …, or `pods`.
    pub(super) workload: &'a str,
    /// Label selector, for `pods`.
    pub(super) selector: Option<&'a str>,
    /// Their namespace.
    pub(super) namespace: &'a str,
    /// Workloads whose Pods are left out.
    pub(super) except: &'a [String],
}

impl Selected<'_> {
    /// What is wrong with how the Pods are named; `by_template`: whether a Job or CronJob is judged by its template.
    pub(super) fn mistake(&self, by_template: bool) -> Option<String> {
        let Self { workload, selector, namespace: _, except } = *self;
        if by_template && let Some(template) = Template::parse(workload) {
            let kind = template.kind();
            let alone =
                |key: &str| format!("`{key}` says nothing about a {kind}, which is judged by its template");
            return match selector.is_some() {
                true => Some(alone("selector")),
                false => (!except.is_empty()).then(|| alone("except")),
            };
        }
        let kind = workload.split_once('/').map(|(kind, _)| kind);
        if let Some(kind) =
            kind.filter(|kind| !workload_kinds(true).contains(&kind.to_ascii_lowercase().as_str()))
        {
            return Some(unknown_kind(kind, by_template));
        }
        let of = |workload: &str, selector: Option<&str>| WorkloadRef::parse(workload, selector).err();
        of(workload, selector).or_else(|| except.iter().find_map(|other| of(other, None)))
    }
}

impl Scope {
    /// The one Pod that a template would make, as it would be admitted; else why there is none.
    pub(super) fn of_template(
        template: &Template<'_>,
        namespace: &str,
        context: &JudgeContext<'_>,
    ) -> Result<Result<Self, Verdict>, Gap> {
        Ok(match template.admitted(namespace, context)? {
            Made::Admitted(pod, made) => Ok(Self {
                title: template.title(),
                namespace: namespace.to_owned(),
                live: vec![*pod],
                made: Some(made),
                ..Self::default()
            }),
            Made::Not(verdict) => Err(verdict),
        })
    }

    /// The Pods that are meant, as seen now.
    pub(super) fn of(selected: Selected<'_>, context: &JudgeContext<'_>) -> Result<Self, Gap> {
        Self::seen_in(context.seen, selected, context)
    }

    /// The Pods that were meant right after setup.
    pub(super) fn at_setup(selected: Selected<'_>, context: &JudgeContext<'_>) -> Result<Self, Gap> {
        Self::seen_in(context.at_setup(), selected, context)
    }

    fn seen_in(seen: View<'_>, selected: Selected<'_>, context: &JudgeContext<'_>) -> Result<Self, Gap> {
        let Selected { workload, selector, namespace, except } = selected;
        let workload = WorkloadRef::parse(workload, selector).map_err(|e| context.author_error(e))?;
        let except: Result<Vec<_>, _> = except.iter().map(|other| WorkloadRef::parse(other, None)).collect();
        let except = except.map_err(|e| context.author_error(e))?;
        seen.ask_for(workload.lists(namespace));
        seen.ask_for(except.iter().flat_map(|other| other.lists(namespace)));
        let (title, live_one) = (workload.title(), workload.live_one());
        let mut scope = Self { title, live_one, namespace: namespace.to_owned(), ..Self::default() };
        let now = context.now;
        match namespace_state(namespace, seen)? {
            NamespaceState::There => {}
            NamespaceState::Ending => scope.replacing.push(ending(namespace)),
            NamespaceState::Absent => {
                scope.absent = Some(format!("Namespace {namespace} does not exist"));
                return Ok(scope);
            }
        }
        let pods = seen.objects(&Probe::pods(namespace))?;
        let mut mine = controller::select(&workload, namespace, pods, seen, now, &mut scope)?;
        for other in &except {
            let others = controller::select(other, namespace, pods, seen, now, &mut Self::default())?;
            mine.retain(|pod| !others.iter().any(|other| other.metadata.uid == pod.metadata.uid));
        }
        for pod in mine {
            match pod_state(&pod, now) {
                PodState::Terminating => {
                    scope.replacing.push(format!("Pod {} is being deleted", full_name(&pod)));
                }
                PodState::Ended(_) => scope.ended.push(pod),
                PodState::Starting(how) => {
                    scope.starting.push(format!("Pod {} {how}", full_name(&pod)));
                    scope.live.push(pod);
                }
                // One that lingers is as much there as any other.
                PodState::Broken(how) | PodState::Lingering(how) => {
                    scope.broken.push(format!("Pod {} {how}", full_name(&pod)));
                    scope.live.push(pod);
                }
                PodState::Ready => {
                    scope.ready += 1;
                    scope.live.push(pod);
                }
            }
        }
        Ok(scope)
    }

    /// Whether all live Pods are there to stay and Ready.
    pub(super) fn is_at_rest(&self) -> bool {
        self.waits().is_none() && self.broken.is_empty()
    }

    /// What may still change by itself.
    pub(super) fn waits(&self) -> Option<&String> {
        self.replacing.first().or(self.starting.first())
    }

    /// The live Pods, once all are there to stay and Ready: what a program in them says is not looked at before. Else the
    /// verdict; `so` says what follows from a Pod that is broken.
    pub(super) fn settled(&self, so: &str) -> Result<&[Pod], Verdict> {
        if let Some(nothing) = self.nothing() {
            return Err(nothing);
        }
        if let Some(broken) = self.broken.first() {
            return Err(Verdict::fail(format!("{broken}, so {so}.")));
        }
        match self.waits() {
            Some(waits) => Err(Verdict::not_yet(waits.clone())),
            None => Ok(&self.live),
        }
    }

    /// Why there is nothing to judge, when there is no live Pod.
    pub(super) fn nothing(&self) -> Option<Verdict> {
        if !self.live.is_empty() {
            return None;
        }
        if let Some(waits) = self.replacing.first() {
            return Some(Verdict::not_yet(waits.clone()));
        }
        if let Some(absent) = &self.absent {
            return Some(Verdict::fail(format!("{absent}, so it has no Pods.")));
        }
        if let Some(broken) = self.broken.first() {
            return Some(Verdict::fail(format!("{broken}.")));
        }
        let ended = self
            .ended
            .first()
            .map(|pod| format!(" (Pod {} has ended, and an ended Pod does no work)", full_name(pod)));
        let why = format!(
            "There is no {} in Namespace {}{}, so there is nothing to check.",
            self.live_one,
            self.namespace,
            ended.unwrap_or_default()
        );
        Some(Verdict::fail(why).with(Evidence::expected(
            Fact::Presence,
            format!("Pods of Namespace {}", self.namespace),
            format!("a {}", self.live_one),
            "none",
        )))
    }
}

/// `namespace/name`.
pub(super) fn full_name(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    format!(
        "{}/{}",
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default()
    )
}

/// The name of the container that `kubectl exec` takes when none is named.
pub(super) fn first_container(pod: &Pod) -> Option<String> {
    pod.spec.as_ref()?.containers.first().map(|container| container.name.clone())
}

/// Whether there is something to run a program in.
pub(super) fn is_running(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Running")
}
/// Whether a capability is one of `names`, in whichever way it is written.
fn is_capability_of(capability: &str, names: &[&str]) -> bool {
    names.contains(&capability.to_uppercase().trim_start_matches("CAP_"))
}
