//! The verdict of `tokenMount`, over all Pods that are meant.

use std::collections::HashSet;

use super::found::Findings;
use super::words::{at, names, reached};
use super::{TokenExpectation, TokenMountSpec};
use crate::grade::checks::workload::held_back;
use crate::grade::checks::{CheckSpec, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;
use crate::grade::pods::{
    AtSetup, CredentialKind, Needs, Scope, Selected, Stores, Template, refers_to, uid, unknown_field,
    unmounted,
};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact, Verdict};

impl TokenMountSpec {
    fn pods(&self) -> Selected<'_> {
        let Self { workload, namespace, .. } = self;
        Selected { workload, selector: self.selector.as_deref(), namespace, except: &self.except }
    }

    fn list(&self, kind: &str) -> Probe {
        Probe::list("v1", kind, Some(&self.namespace))
    }

    /// What the Pods name, asked for only as far as they name anything.
    fn stores<'a>(&self, needs: Needs, context: &JudgeContext<'a>) -> Result<Stores<'a>, Gap> {
        let listed = |needed: bool, probe: Probe| match needed {
            true => context.seen.objects(&probe),
            false => Ok(&[][..]),
        };
        let secrets = listed(needs.secrets, self.list("Secret"));
        let config_maps = listed(needs.config_maps, self.list("ConfigMap"));
        let claims = listed(needs.claims, self.list("PersistentVolumeClaim"));
        let volumes = listed(needs.claims, Probe::list("v1", "PersistentVolume", None));
        let bundles = Probe::list("certificates.k8s.io/v1", "ClusterTrustBundle", None);
        let bundles = listed(needs.trust_bundles, bundles);
        Ok(Stores {
            secrets: secrets?,
            config_maps: config_maps?,
            claims: claims?,
            volumes: volumes?,
            trust_bundles: bundles?,
            at_setup: self.at_setup(context),
        })
    }

    /// What the same objects held right after setup, as far as it was asked.
    fn at_setup<'a>(&self, context: &JudgeContext<'a>) -> Option<AtSetup<'a>> {
        if context.baseline.is_taking() {
            return None;
        }
        let then = context.at_setup();
        let listed = |kind: &str| then.objects(&self.list(kind)).unwrap_or_default();
        let at = then.at(&self.list("Secret")).or_else(|| then.at(&self.list("ConfigMap")))?;
        Some(AtSetup { at, secrets: listed("Secret"), config_maps: listed("ConfigMap") })
    }

    /// A field of one of these Pods that nobody here knows, so that nothing can be said about what it brings in.
    fn unknown(&self, scope: &Scope, context: &JudgeContext<'_>) -> Result<Option<Gap>, Gap> {
        let field = match &scope.made {
            Some(made) => unknown_field(made),
            None => {
                let live: HashSet<&str> =
                    scope.live.iter().filter_map(|pod| pod.metadata.uid.as_deref()).collect();
                let listed = context.seen.objects(&Probe::pods(&self.namespace))?;
                listed.iter().filter(|pod| live.contains(uid(pod))).find_map(unknown_field)
            }
        };
        Ok(field.map(|field| {
            Gap::lasting(format!(
                "The cluster's Pods have a field that this version of satrain does not know: {field}"
            ))
        }))
    }
}

impl CheckSpec for TokenMountSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let template = Template::parse(&self.workload);
        if template.is_some() && context.baseline.is_taking() {
            return Ok(Verdict::pass("The template is tried anew for each grade."));
        }
        let scope = match &template {
            None => Scope::of(self.pods(), context)?,
            Some(template) => match Scope::of_template(template, &self.namespace, context)? {
                Ok(scope) => scope,
                Err(verdict) => return Ok(verdict.next_step(next_step::template(template, &self.namespace))),
            },
        };
        if let Some(nothing) = scope.nothing() {
            return Ok(match self.except.is_empty() || scope.waits().is_some() {
                true => nothing,
                false => Verdict::pass("There is no other Pod, so none has an API token."),
            });
        }
        let needs = scope.live.iter().map(refers_to).fold(Needs::default(), Needs::and);
        let stores = self.stores(needs, context)?;
        let mut findings = Findings::default();
        for pod in &scope.live {
            findings.of(self, pod, stores, context)?;
        }
        let Findings { problems, mut seen } = findings;
        seen.extend(scope.live.iter().flat_map(|pod| {
            unmounted(pod, stores).into_iter().map(|volume| {
                let seen = "has a token volume, but no container mounts it";
                Evidence::seen(at(pod), seen).field(format!("volume {volume}"))
            })
        }));
        let first = problems.first().cloned();
        let problems = problems.into_iter().map(|(problem, _)| problem);
        if let Some(waits) = scope.replacing.first() {
            return Ok(Verdict::not_yet(waits.clone()).with_all(problems));
        }
        if let Some((first, kind)) = first {
            let verdict = Verdict::fail(self.why(&first, kind.as_ref())).with_all(problems);
            let namespace = Some(self.namespace.as_str());
            if let Some(template) = &template {
                return Ok(verdict.next_step(next_step::template(template, &self.namespace)));
            }
            let pod = scope.live.iter().find(|pod| at(pod) == first.at);
            return Ok(match pod.and_then(|pod| pod.metadata.name.as_deref()) {
                Some(name) => verdict.next_step(next_step::object("v1", "Pod", namespace, name)),
                None => verdict,
            });
        }
        if let Some(held) = &scope.held {
            return Ok(held_back(held));
        }
        if let Some(gap) = self.unknown(&scope, context)? {
            return Err(gap);
        }
        if seen.is_empty() {
            let looked_at = if self.containers.is_empty() { "any container" } else { "the containers named" };
            seen.extend(scope.live.iter().take(10).map(|pod| {
                Evidence::seen(at(pod), format!("no API token in {looked_at}"))
                    .field("volumes, mounts and environment")
            }));
        }
        Ok(Verdict::pass(self.as_required(&scope.title)).with_all(seen))
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::pods(&self.namespace))
    }

    fn mistake(&self) -> Option<String> {
        if let Some(wrong) = self.pods().mistake(true) {
            return Some(wrong);
        }
        let twice = |(at, name): (usize, &String)| self.containers[..at].contains(name);
        if self.containers.iter().enumerate().any(twice) {
            return Some("`containers` names one container twice".into());
        }
        self.containers
            .iter()
            .any(|name| name.trim().is_empty())
            .then(|| "`containers` has an empty name".into())
    }

    fn containers(&self) -> Vec<&str> {
        self.containers.iter().map(String::as_str).collect()
    }

    fn asks_as_others(&self) -> bool {
        Template::parse(&self.workload).is_some()
    }
}

impl TokenMountSpec {
    /// What is wrong, in a sentence that does not say what would be right.
    fn why(&self, first: &Evidence, kind: Option<&CredentialKind>) -> String {
        let field = first.field.as_deref();
        if first.fact == Fact::Presence {
            return match (field, self.containers.is_empty()) {
                (None, false) => format!("{} has {}.", first.at, first.seen),
                (Some(container), _) => format!("{} has no token that {container} could read.", first.at),
                (None, true) => format!("{} has no token that a container could read.", first.at),
            };
        }
        let other_token = !matches!(kind, Some(CredentialKind::Changed(_)));
        match &self.expect {
            TokenExpectation::Bound { .. } if other_token => format!(
                "{} has a token other than the required one, in {}: {}.",
                first.at,
                field.unwrap_or_default(),
                first.seen
            ),
            _ => reached(first, kind),
        }
    }

    fn as_required(&self, title: &str) -> String {
        let named = names(&self.containers);
        match (&self.expect, self.containers.is_empty()) {
            (TokenExpectation::None, true) => format!("No container of {title} has an API token."),
            (TokenExpectation::None, false) => format!("{named} of {title} can read no API token."),
            (TokenExpectation::Bound { .. }, true) => {
                format!("{title} has exactly the required bound token.")
            }
            (TokenExpectation::Bound { .. }, false) => {
                format!(
                    "{named} of {title} has exactly the required bound token, and no other container has one."
                )
            }
        }
    }
}
