//! `tokenMount`: can any container of the admitted Pods read an API token.
//!
//! Judged by everything that the live, admitted Pods are given, access to their node included; never by an automount
//! flag, which only has its effect when a Pod is admitted.

use std::collections::HashSet;

use k8s_openapi::api::core::v1::Pod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::workload::held_back;
use super::{CheckSpec, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::file_path::FilePath;
use crate::grade::observation::{Gap, Observation};
use crate::grade::pods::{
    AtSetup, Credential, CredentialKind, Needs, Scope, Selected, Stores, credentials, full_name, refers_to,
    uid, unknown_field, unmounted,
};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenMountSpec {
    /// `pod/NAME`, `deployment/NAME` …, or `pods` with `selector`.
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// Label selector, for `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Other workloads (`pod/NAME`, `deployment/NAME` …) the Pods of which are not meant. With it, it is right that no Pod is
    /// left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// What must be found.
    pub expect: TokenExpectation,
}

/// Which token a workload may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TokenExpectation {
    /// None at all, by any way.
    None,
    /// Exactly bound tokens like this one, and no other.
    Bound {
        /// Its audience; left out: the API server's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
        /// Longest lifetime asked for, in seconds.
        #[serde(default, rename = "maxSeconds", skip_serializing_if = "Option::is_none")]
        max_seconds: Option<i64>,
        /// Where it must be readable (absolute path).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
}

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
    fn unknown(&self, pods: &[Pod], context: &JudgeContext<'_>) -> Result<Option<Gap>, Gap> {
        let live: HashSet<&str> = pods.iter().filter_map(|pod| pod.metadata.uid.as_deref()).collect();
        let listed = context.seen.objects(&Probe::pods(&self.namespace))?;
        let mut listed = listed.iter().filter(|pod| live.contains(uid(pod)));
        Ok(listed.find_map(unknown_field).map(|field| {
            Gap::lasting(format!(
                "The cluster's Pods have a field that this version of satrain does not know: {field}"
            ))
        }))
    }
}

impl CheckSpec for TokenMountSpec {
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let scope = Scope::of(self.pods(), context)?;
        if let Some(nothing) = scope.nothing() {
            return Ok(match self.except.is_empty() || scope.waits().is_some() {
                true => nothing,
                false => Verdict::pass("There is no other Pod, so none has an API token."),
            });
        }
        let needs = scope.live.iter().map(refers_to).fold(Needs::default(), Needs::and);
        let stores = self.stores(needs, context)?;
        let mut problems = Vec::new();
        let mut first_kind = None;
        let mut seen = Vec::new();
        for pod in &scope.live {
            let found = credentials(pod, stores);
            match &self.expect {
                TokenExpectation::None => {
                    first_kind = first_kind.or_else(|| found.first().map(|c| c.kind.clone()));
                    problems.extend(found.iter().map(|c| surplus(pod, c)));
                }
                TokenExpectation::Bound { audience, max_seconds, path } => {
                    let wanted = Wanted {
                        audience: audience.as_deref(),
                        max_seconds: *max_seconds,
                        path: path.as_deref().map(FilePath::new),
                    };
                    for credential in &found {
                        if first_kind.is_none() && !wanted.is_wanted(credential, context)? {
                            first_kind = Some(credential.kind.clone());
                        }
                    }
                    problems.extend(wanted.problems(pod, &found, context)?);
                    seen.extend(
                        found.iter().map(|c| Evidence::seen(at(pod), describe(&c.kind)).field(place(c))),
                    );
                }
            }
            seen.extend(unmounted(pod, stores).into_iter().map(|volume| {
                let seen = "has a token volume, but no container mounts it";
                Evidence::seen(at(pod), seen).field(format!("volume {volume}"))
            }));
        }
        if let Some(waits) = scope.replacing.first() {
            return Ok(Verdict::not_yet(waits.clone()).with_all(problems));
        }
        if let Some(first) = problems.first() {
            let why = match &self.expect {
                TokenExpectation::None => reached(first, first_kind.as_ref()),
                TokenExpectation::Bound { .. } if first.fact == Fact::Presence => {
                    format!("{} has no token that a container could read.", first.at)
                }
                TokenExpectation::Bound { .. } if matches!(first_kind, Some(CredentialKind::Changed(_))) => {
                    reached(first, first_kind.as_ref())
                }
                TokenExpectation::Bound { .. } => format!(
                    "{} has a token other than the required one, in {}: {}.",
                    first.at,
                    first.field.as_deref().unwrap_or_default(),
                    first.seen
                ),
            };
            let name =
                scope.live.iter().find(|pod| at(pod) == first.at).and_then(|p| p.metadata.name.clone());
            let verdict = Verdict::fail(why).with_all(problems);
            return Ok(match name {
                Some(name) => verdict.next_step(next_step::object("v1", "Pod", Some(&self.namespace), &name)),
                None => verdict,
            });
        }
        if let Some(held) = &scope.held {
            return Ok(held_back(held));
        }
        if let Some(gap) = self.unknown(&scope.live, context)? {
            return Err(gap);
        }
        if seen.is_empty() {
            seen.extend(scope.live.iter().take(10).map(|pod| {
                Evidence::seen(at(pod), "no API token in any container")
                    .field("volumes, mounts and environment")
            }));
        }
        let why = match &self.expect {
            TokenExpectation::None => format!("No container of {} has an API token.", scope.title),
            TokenExpectation::Bound { .. } => {
                format!("{} has exactly the required bound token.", scope.title)
            }
        };
        Ok(Verdict::pass(why).with_all(seen))
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::pods(&self.namespace))
    }
}

/// The bound token that is asked for.
struct Wanted<'a> {
    audience: Option<&'a str>,
    max_seconds: Option<i64>,
    path: Option<FilePath>,
}

impl Wanted<'_> {
    fn problems(
        &self,
        pod: &Pod,
        found: &[Credential],
        context: &JudgeContext<'_>,
    ) -> Result<Vec<Evidence>, Gap> {
        let mut problems = Vec::new();
        for credential in found {
            if !self.is_wanted(credential, context)? {
                let expected = format!("{} and no other token", self.title());
                let seen = describe(&credential.kind);
                let other = Evidence::expected(Fact::Credential, at(pod), expected, seen);
                problems.push(other.field(place(credential)));
            }
        }
        if found.is_empty() {
            let seen = "no token in any container";
            problems.push(Evidence::expected(Fact::Presence, at(pod), self.title(), seen));
        }
        Ok(problems)
    }

    fn is_wanted(&self, credential: &Credential, context: &JudgeContext<'_>) -> Result<bool, Gap> {
        let CredentialKind::Bound { audience, seconds } = &credential.kind else { return Ok(false) };
        let other = self.max_seconds.is_some_and(|max| *seconds > max)
            || self.path.as_ref().is_some_and(|path| credential.path.as_ref() != Some(path));
        if other {
            return Ok(false);
        }
        match (self.audience, audience) {
            (Some(wanted), Some(asked)) => Ok(wanted == asked),
            (Some(_), None) => Ok(false),
            (None, None) => Ok(true),
            // The API server's audience is its own setting: it is asked for.
            (None, Some(asked)) => match context.seen.saw(&Probe::ApiAudiences)? {
                Observation::Audiences { audiences } => Ok(audiences.contains(asked)),
                _ => Err(Gap::lasting("Could not observe the API server's own audiences")),
            },
        }
    }

    fn title(&self) -> String {
        let mut title = match self.audience {
            Some(audience) => format!("a bound token for audience \"{audience}\""),
            None => "a bound token for the API server".into(),
        };
        if let Some(max) = self.max_seconds {
            title += &format!(" of at most {max} s");
        }
        if let Some(path) = &self.path {
            title += &format!(" at {path}");
        }
        title
    }
}

fn surplus(pod: &Pod, credential: &Credential) -> Evidence {
    Evidence::expected(Fact::Credential, at(pod), "no token", describe(&credential.kind))
        .field(place(credential))
}

fn at(pod: &Pod) -> String {
    format!("Pod {}", full_name(pod))
}

fn place(credential: &Credential) -> String {
    format!("{}, {}", credential.container, credential.place)
}

fn describe(kind: &CredentialKind) -> String {
    match kind {
        CredentialKind::Bound { audience: None, seconds } => {
            format!("a bound token for the API server, requested for {seconds} s")
        }
        CredentialKind::Bound { audience: Some(audience), seconds } => {
            format!("a bound token for audience \"{audience}\", requested for {seconds} s")
        }
        CredentialKind::Legacy(secret) => format!("the long-lived token of Secret {secret}"),
        CredentialKind::Copy(from) => format!("a copy of a token, from {from}"),
        CredentialKind::Certificate(signer) => {
            format!("a certificate of signer {signer}, which the API server accepts")
        }
        CredentialKind::Tokens(how) | CredentialKind::Node(how) => how.clone(),
        CredentialKind::Changed(what) => format!("what {what} held when the container started"),
        CredentialKind::Unseen(what) => format!("{what}, the content of which cannot be inspected"),
    }
}

/// What is wrong with the first credential of Pods that must have none.
fn reached(first: &Evidence, kind: Option<&CredentialKind>) -> String {
    let place = first.place();
    match kind {
        Some(CredentialKind::Node(how)) => format!("{place} gives access to the node: {how}."),
        Some(CredentialKind::Unseen(what)) => {
            format!("{place} may hold a token: the content of {what} cannot be inspected.")
        }
        Some(CredentialKind::Changed(what)) => format!(
            "{place} may hold a token: it is what {what} held when the container started, and that was changed since. Restart \
             the Pod to be graded by what it holds now."
        ),
        _ => format!("A token can be read in {place}: {}.", first.seen),
    }
}
