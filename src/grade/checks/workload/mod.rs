//! `workload`: which ServiceAccount live Pods run as, how many are ready, and whether it is still the same app.
//!
//! Templates do not count: only live, admitted Pods do. A Pod in its grace period is still converging. A Job or CronJob has
//! no Pods that live on: `template` judges the Pod that it would make.

mod template;

use std::collections::{BTreeMap, HashMap, HashSet};

use k8s_openapi::api::core::v1::Pod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CheckSpec, next_step};
use crate::grade::View;
use crate::grade::context::JudgeContext;
use crate::grade::fields::text;
use crate::grade::observation::Gap;
use crate::grade::pods::{
    Aspect, Known, PodState, Scope, Selected, Template, app_labels, differences, full_name, is_copy, labels,
    may_be_copy, may_start_script, pod_state, read_pod, scripts_of, starts_by_script, uid,
};
use crate::grade::probe::Probe;
use crate::grade::shared::attempt_of;
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// Which ServiceAccount live Pods run as, how many are ready, and whether it is still the same app. Of a Job or CronJob, which
/// ServiceAccount its template has, and whether that is the same app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadSpec {
    /// `pod/NAME`, `deployment/NAME`, `statefulset/NAME`, `daemonset/NAME`, or `pods` with `selector`. `job/NAME` and
    /// `cronjob/NAME` are judged by the Pod that their template would make now, with `serviceAccount` and `same` only.
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// Label selector, for `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The ServiceAccount that every live Pod must run as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// How many Pods must be ready, at least (1 by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// What must be as at the baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<Aspect>,
    /// No other live Pod may be the same app (an old one kept beside the new one): none of the Namespace that carries
    /// its labels, and none made since the baseline, in any of the attempt's Namespaces, that runs its program, however
    /// that is wrapped, or serves its files.
    #[serde(default)]
    pub alone: bool,
}

impl CheckSpec for WorkloadSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        if let Some(template) = Template::parse(&self.workload) {
            return self.judge_template(&template, context);
        }
        let scope = Scope::of(self.pods(), context)?;
        let at_least = self.at_least.unwrap_or(1) as usize;
        if at_least > 0
            && let Some(nothing) = scope.nothing()
        {
            return Ok(nothing);
        }
        let mut problems: Vec<Evidence> = Vec::new();
        for pod in &scope.live {
            problems.extend(self.service_account_problem(pod));
        }
        if !self.same.is_empty() {
            problems.extend(self.changes(&scope, context)?);
        }
        let mut ending = None;
        if self.alone {
            let (company, first_ending) = self.company(&scope, context)?;
            problems.extend(company);
            ending = first_ending;
        }
        let waits = scope.waits().or(ending.as_ref().filter(|_| problems.is_empty()));
        if scope.ready < at_least && (scope.starting.is_empty() || !scope.broken.is_empty()) {
            let seen = match scope.broken.first() {
                Some(broken) => format!("{} Ready; {broken}", scope.ready),
                None => format!("{} Ready", scope.ready),
            };
            let wanted = format!("at least {at_least} Ready Pod{}", if at_least == 1 { "" } else { "s" });
            let at = format!("Pods of {}", scope.title);
            problems.push(Evidence::expected(Fact::Running, at, wanted, seen));
        }
        if let Some(waits) = waits.filter(|_| scope.broken.is_empty()) {
            return Ok(Verdict::not_yet(waits.clone()).with_all(problems));
        }
        if let Some(first) = problems.first() {
            let pod = scope.live.iter().find(|pod| first.at.starts_with(&format!("Pod {}", full_name(pod))));
            let name = pod.and_then(|pod| pod.metadata.name.as_deref());
            let look =
                name.map_or_else(|| next_step::pods(&self.namespace), |n| next_step::pod(&self.namespace, n));
            return Ok(Verdict::fail(why(first)).with_all(problems).next_step(look));
        }
        if let Some(held) = &scope.held {
            return Ok(held_back(held));
        }
        let pods = scope.live.iter().map(|pod| {
            let runs_as = service_account(pod);
            Evidence::seen(format!("Pod {}", full_name(pod)), runs_as).field(".spec.serviceAccountName")
        });
        let why = format!("{} is as required: {} Pod(s) Ready.", scope.title, scope.ready);
        Ok(Verdict::pass(why).with_all(pods.take(10)))
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::pods(&self.namespace))
    }

    fn mistake(&self) -> Option<String> {
        self.pods().mistake(true).or_else(|| self.template_mistake()).or_else(|| {
            let asks_of_pods = self.service_account.is_some() || !self.same.is_empty() || self.alone;
            (self.at_least == Some(0) && !asks_of_pods)
                .then(|| "with `atLeast: 0` alone nothing is asked: no Pod at all is enough".into())
        })
    }

    fn asks_as_others(&self) -> bool {
        Template::parse(&self.workload).is_some()
    }
}

impl WorkloadSpec {
    fn pods(&self) -> Selected<'_> {
        let Self { workload, namespace, .. } = self;
        Selected { workload, selector: self.selector.as_deref(), namespace, except: &[] }
    }

    fn service_account_problem(&self, pod: &Pod) -> Option<Evidence> {
        let wanted = self.service_account.as_ref()?;
        let runs_as = service_account(pod);
        (runs_as != wanted).then(|| {
            Evidence::expected(Fact::Running, format!("Pod {}", full_name(pod)), wanted, runs_as)
                .field(".spec.serviceAccountName")
        })
    }

    /// Where the live Pods differ from the baseline's.
    fn changes(&self, scope: &Scope, context: &JudgeContext<'_>) -> Result<Vec<Evidence>, Gap> {
        let before = Scope::at_setup(self.pods(), context)?;
        let Some(model) = before.live.first() else {
            return Err(context.author_error(format!(
                "`same` has nothing to compare with: {} had no live Pod after setup",
                scope.title
            )));
        };
        // Pods of several workloads: each is compared with its namesake where there is one.
        let namesakes: HashMap<_, _> = before.live.iter().map(|old| (&old.metadata.name, old)).collect();
        let model_of = |pod: &Pod| namesakes.get(&pod.metadata.name).copied().unwrap_or(model);
        Ok(scope
            .live
            .iter()
            .flat_map(|pod| {
                let model = model_of(pod);
                self.same.iter().flat_map(move |aspect| differences(*aspect, model, pod)).collect::<Vec<_>>()
            })
            .collect())
    }

    /// Other live Pods that are the same app: by their labels, or by what they run; and that one of them is about to end.
    fn company(
        &self,
        scope: &Scope,
        context: &JudgeContext<'_>,
    ) -> Result<(Vec<Evidence>, Option<String>), Gap> {
        let all = others(&self.namespace, context.seen)?;
        let before = Scope::at_setup(self.pods(), context)?;
        let is_app = |pod: &Pod| before.live.iter().any(|model| is_copy(model, pod));
        // The ConfigMaps are asked for only where a Pod may start a script of one.
        let starts_app = |pod: &Pod| -> Result<bool, Gap> {
            let (mounted, space) = (scripts_of(pod), pod.metadata.namespace.as_deref().unwrap_or_default());
            if mounted.is_empty() || !before.live.iter().any(|model| may_start_script(model, pod)) {
                return Ok(false);
            }
            let maps = context.seen.objects(&Probe::list("v1", "ConfigMap", Some(space)))?;
            let maps = maps.iter().filter(|map| mounted.contains(&text(map, "/metadata/name")));
            let values =
                maps.flat_map(|map| map.get("data").and_then(Value::as_object).into_iter().flatten());
            let scripts: Vec<&str> = values.filter_map(|(_, script)| script.as_str()).collect();
            Ok(before.live.iter().any(|model| starts_by_script(model, pod, &scripts)))
        };
        let may_be_app = |item: &Value| before.live.iter().any(|model| may_be_copy(model, item));
        let mut then = Vec::new();
        for item in others(&self.namespace, context.at_setup())? {
            if may_be_app(item) && is_app(&read_pod(item)?) {
                then.push(item);
            }
        }
        let known = Known::of(then)?;
        let mine: HashSet<&str> =
            scope.live.iter().chain(&scope.ended).filter_map(|pod| pod.metadata.uid.as_deref()).collect();
        let models: Vec<_> = scope.live.iter().map(app_labels).filter(|l| !l.is_empty()).collect();
        let (mut company, mut ending) = (Vec::new(), None);
        for item in all.into_iter().filter(|item| !mine.contains(uid(item))) {
            let labels: BTreeMap<&str, &str> = labels(item)?.collect();
            let has = |(key, value): (&String, &String)| labels.get(key.as_str()) == Some(&value.as_str());
            let here = text(item, "/metadata/namespace") == self.namespace;
            let same_labels = here && models.iter().any(|model| model.iter().all(has));
            if !same_labels && (!may_be_app(item) || known.has(item)?) {
                continue;
            }
            let pod = read_pod(item)?;
            let told = if same_labels {
                "still running as well; it has the labels of the same application"
            } else if is_app(&pod) || starts_app(&pod)? {
                "still running as well; it runs the same application"
            } else {
                continue;
            };
            match pod_state(&pod, context.now) {
                PodState::Ended(_) => {}
                PodState::Terminating => {
                    ending = ending.or(Some(format!("Pod {} is being deleted", full_name(&pod))));
                }
                _ => {
                    let at = format!("Pod {}", full_name(&pod));
                    company.push(Evidence::expected(Fact::Presence, at, "gone", told));
                }
            }
        }
        Ok((company, ending))
    }
}

/// The Pods that may be a copy of an app in `namespace`: all of the cluster, without those of other attempts. Where
/// another attempt of the same scenario is under way, a Namespace without an owner may be its learner's.
fn others<'a>(namespace: &str, seen: View<'a>) -> Result<Vec<&'a Value>, Gap> {
    let everywhere = Probe::list("v1", "Pod", None);
    // A recording of an earlier version has only those of the Namespace.
    if !seen.is_answered(&everywhere) {
        return Ok(seen.objects(&Probe::pods(namespace))?.iter().collect());
    }
    let namespaces = seen.objects(&Probe::namespaces())?;
    let named = |name: &str| namespaces.iter().find(|ns| text(ns, "/metadata/name") == name);
    let own = named(namespace);
    let attempt = own.and_then(attempt_of);
    let scenario = |ns: &'a Value| text(ns, "/metadata/labels/satrain.dev~1scenario");
    let theirs = |ns: &&'a Value| attempt_of(ns).is_some_and(|other| Some(other) != attempt);
    let foreign: HashSet<&str> =
        namespaces.iter().filter(theirs).map(|ns| text(ns, "/metadata/name")).collect();
    let twin = namespaces.iter().filter(theirs).any(|ns| scenario(ns) == own.map_or("", scenario));
    let mine = |name: &str| attempt.is_some() && named(name).and_then(attempt_of) == attempt;
    // A Namespace that came after they were listed: whose it is shows at the next grade.
    let pods = seen.objects(&everywhere)?.iter();
    Ok(pods
        .filter(|pod| {
            let name = text(pod, "/metadata/namespace");
            let may_be = named(name).is_some() && !twin && !foreign.contains(name);
            name == namespace || mine(name) || may_be
        })
        .collect())
}

/// The verdict on Pods that are as required, and would be replaced if nobody held their rollout.
pub(super) fn held_back(held: &str) -> Verdict {
    Verdict::fail(format!("{held}: they are replaced as soon as its rollout goes on."))
}

/// Why it is not the workload that is asked for, without what would be right.
fn why(first: &Evidence) -> String {
    let (at, seen) = (&first.at, &first.seen);
    match (first.fact, &first.field) {
        (Fact::Change, Some(field)) => {
            format!("{at} is no longer the original application; changed: {field}.")
        }
        (Fact::Change, None) => format!("{at} has changed since the start: it is {seen}."),
        (Fact::Presence, _) => format!("{at} is {seen}."),
        (_, Some(_)) => format!("{at} runs as ServiceAccount {seen}, which is not the required one."),
        (_, None) => format!("Too few {at} work: {seen}."),
    }
}

fn service_account(pod: &Pod) -> &str {
    let named = pod.spec.as_ref().and_then(|spec| spec.service_account_name.as_deref());
    named.filter(|name| !name.is_empty()).unwrap_or("default")
}
