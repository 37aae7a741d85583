//! Answers probes from a real cluster and a real workspace.
//!
//! In: a client that asks each request once, and the workspace's folder. Out: observations, cleaned of everything
//! secret. What changes nothing is repeated when the API is busy or a connection broke ([`retry`]); a program in a
//! Pod is run once. A probe ends within its time limit, whatever the API does.

mod audit;
mod authenticate;
mod exchange;
mod exec;
mod fault;
mod list;
mod retry;
mod tokens;
mod trial;
mod unseen;
mod watch;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::authorization::v1 as authorization;
use kube::Client;
use kube::api::{ApiResource, PostParams};
use serde_json::{Value, json};
use tokio::time::Instant;

use self::exchange::create;
use self::fault::Fault;
use self::retry::retry;
use self::tokens::{Captured, Found};
use self::unseen::Unseen;
use super::observation::{Observation, Observations, Observed, ProbeFailure};
use super::probe::{Creator, Probe, ResourceType};
use super::prober::Prober;
use super::sanitize::{Salt, sanitize};
use super::shared::{ATTEMPT, attempt_of, note_whether_it_may_join};
use super::token_ref::{TokenFacts, TokenRef};
use super::vault::Vault;
use super::workspace;
use crate::rbac::{AccessAttributes, Subject};
use crate::token::redact;

/// How long one probe may take, its repetitions included.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// How many probes' time a whole pass may take: what hangs does not keep others waiting, except those that must come
/// after it (Deployments, their ReplicaSets, their Pods).
const PROBES_IN_A_ROW: u32 = 3;

/// Whether a Namespace is an attempt's, as satrain wrote it down before it made it.
pub type Attempts = Arc<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// How soon whoever has time looks again: after a change, and after a watch that broke.
const LEISURE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));

/// The world of a grade: a cluster and the learner's workspace.
#[derive(Clone)]
pub struct ClusterProber {
    /// For what lasts: watches, programs in Pods.
    client: Client,
    /// For short questions.
    questions: Client,
    bare: Option<Client>,
    audit_log: Option<PathBuf>,
    learner: Option<String>,
    attempts: Option<Attempts>,
    captured: Captured,
    workspace: PathBuf,
    timeout: Duration,
    salt: Salt,
}

impl ClusterProber {
    /// Asks the cluster of `client`, and the files below `workspace`.
    pub fn new(client: Client, workspace: impl Into<PathBuf>) -> Self {
        let captured = Captured::Taken(Arc::default());
        let (workspace, timeout, salt) = (workspace.into(), PROBE_TIMEOUT, Salt::default());
        let (bare, audit_log, learner, attempts) = (None, None, None, None);
        let questions = client.clone();
        Self { client, questions, bare, audit_log, learner, attempts, captured, workspace, timeout, salt }
    }

    /// The same, with a client of the same credential that is made for many short questions at once.
    pub fn with_questions(mut self, questions: Client) -> Self {
        self.questions = questions;
        self
    }

    /// The same, with a client that has no credential of its own: for requests with somebody else's.
    pub fn with_bare(mut self, bare: Client) -> Self {
        self.bare = Some(bare);
        self
    }

    /// The same, with the API server's audit log where there is one: the witness of what Pods ask for.
    pub fn with_audit_log(mut self, log: Option<PathBuf>) -> Self {
        self.audit_log = log;
        self
    }

    /// The same, where the learner is another user than the client's: objects are tried as that one.
    pub fn with_learner(mut self, user: Option<&str>) -> Self {
        self.learner = user.map(str::to_owned);
        self
    }

    /// The same on a cluster of which all attempts are known: a Namespace that says to be of another attempt, and is
    /// of none, is the learner's.
    pub fn with_attempts(mut self, attempts: Option<Attempts>) -> Self {
        self.attempts = attempts;
        self
    }

    /// The same, with the tokens that were captured at setup.
    pub fn with_captured(mut self, vault: Vault) -> Self {
        self.captured = Captured::Taken(Arc::new(vault));
        self
    }

    /// The same right after setup: tokens that checks will want later are captured into `vault`.
    pub fn capturing(mut self, vault: Arc<Mutex<Vault>>) -> Self {
        self.captured = Captured::Taking(vault);
        self
    }

    /// The same, with another time limit for each probe.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same, with the salt of an attempt: what is to be compared must have the same one.
    pub fn with_salt(mut self, salt: Salt) -> Self {
        self.salt = salt;
        self
    }

    /// Returns when a list that `seen` holds changed, and after `at_most` at the latest: for whoever has time.
    pub async fn list_changed(&self, seen: &Observations, at_most: Duration) {
        let pace = watch::Pace { debounce: LEISURE.0, broken: LEISURE.1 };
        watch::list_changed(&self.client, seen, pace, at_most).await;
    }

    async fn answer(&self, probe: &Probe, until: Instant) -> Result<Observation, Unseen> {
        match probe {
            Probe::List { resource, namespace } => {
                let listed = self.list(resource, namespace.as_deref(), until).await;
                Ok(listed.or_else(|fault| none_of_a_younger_kind(resource, fault))?)
            }
            Probe::Shared { resource, namespace, metadata_only } => {
                let shared = self.shared(resource, namespace.as_deref(), *metadata_only, until).await;
                Ok(shared.or_else(hidden)?)
            }
            Probe::Access { subject, attributes } => {
                Ok(retry(until, || self.access(subject, attributes)).await?)
            }
            Probe::Exec { namespace, pod, container, command, audited } => {
                let log = self.audit_log.as_deref().filter(|_| !audited.is_empty());
                let log = (log.map(audit::Tail::open).transpose()?, audited.as_slice());
                exec::exec(&self.client, (namespace, pod), container.as_deref(), command, log).await
            }
            Probe::File { path } => {
                let (root, path) = (self.workspace.clone(), path.clone());
                let read = tokio::task::spawn_blocking(move || workspace::read(&root, &path)).await;
                Ok(read.map_err(|e| Unseen::failed(e.to_string(), false))??)
            }
            Probe::Token { token } => Ok(match self.find(token, until).await? {
                Ok(token) => Observation::Token(TokenFacts::of(token.reveal())),
                Err(why) => Observation::NoToken { why },
            }),
            Probe::TokenReview { token, audiences } => match self.find(token, until).await? {
                Ok(token) => {
                    Ok(retry(until, || authenticate::review(&self.questions, &token, audiences)).await?)
                }
                Err(why) => Ok(Observation::NoToken { why }),
            },
            Probe::Request { token, path } => self.request(token.as_ref(), path, until).await,
            Probe::ApiAudiences => Ok(retry(until, || authenticate::api_audiences(&self.questions)).await?),
            Probe::DryRunCreate { resource, namespace, object, creator } => {
                let namespace = namespace.as_deref();
                let tried = retry(until, || self.dry_run(resource, namespace, object, *creator)).await;
                Ok(tried.or_else(trial::refused)?)
            }
        }
    }

    async fn find(&self, token: &TokenRef, until: Instant) -> Result<Found, Unseen> {
        self.captured.find(&self.client, &self.workspace, token, until).await
    }

    async fn request(
        &self,
        token: Option<&TokenRef>,
        path: &str,
        until: Instant,
    ) -> Result<Observation, Unseen> {
        let bare = self.bare.as_ref();
        let bare = bare.ok_or_else(|| Unseen::failed("there is no client without a credential", false))?;
        let token = match token {
            None => None,
            Some(wanted) => match self.find(wanted, until).await? {
                Ok(token) => Some(token),
                Err(why) => return Ok(Observation::NoToken { why }),
            },
        };
        Ok(retry(until, || authenticate::request(bare, token.as_ref(), path)).await?)
    }

    async fn list(
        &self,
        resource: &ResourceType,
        namespace: Option<&str>,
        until: Instant,
    ) -> Result<Observation, Fault> {
        let kind = &api_resource(resource);
        // Pods are listed on the connection that a program in one of them may need next.
        let client = if kind.kind == "Pod" { &self.client } else { &self.questions };
        let part = async |params| retry(until, || list::one_part(client, kind, namespace, &params)).await;
        let list::Listed { mut items, version } = list::list(kind, namespace, part).await?;
        for item in &mut items {
            sanitize(&kind.api_version, &kind.kind, item, &self.salt);
            self.without_a_false_label(resource, item);
        }
        Ok(Observation::Objects { items, version })
    }

    /// What all of a cluster share.
    async fn shared(
        &self,
        resource: &ResourceType,
        namespace: Option<&str>,
        metadata_only: bool,
        until: Instant,
    ) -> Result<Observation, Fault> {
        let kind = &api_resource(resource);
        let part = async |params| {
            retry(until, || list::shared_part(&self.questions, kind, namespace, metadata_only, &params)).await
        };
        let list::Listed { mut items, version } = list::list(kind, namespace, part).await?;
        for item in &mut items {
            sanitize(&kind.api_version, &kind.kind, item, &self.salt);
            without_status(&kind.kind, item);
            self.without_a_false_label(resource, item);
            if kind.kind == "Node" {
                // Where satrain knows all attempts it made the cluster, with all of its nodes.
                note_whether_it_may_join(item, self.attempts.is_none());
            }
        }
        Ok(Observation::Objects { items, version })
    }

    /// Takes the label of an attempt from a Namespace that is not that attempt's: the learner may set labels.
    fn without_a_false_label(&self, resource: &ResourceType, item: &mut Value) {
        let Some(attempts) = self.attempts.as_ref().filter(|_| is_namespace(resource)) else { return };
        let name = item.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        if attempt_of(item).is_none_or(|attempt| attempts(name, attempt)) {
            return;
        }
        if let Some(labels) = item.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.remove(ATTEMPT);
        }
    }

    async fn access(&self, subject: &Subject, asked: &AccessAttributes) -> Result<Observation, Fault> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let of_resource = || authorization::ResourceAttributes {
            verb: some(&asked.verb),
            group: some(&asked.group),
            resource: some(&asked.resource),
            subresource: some(&asked.subresource),
            name: some(&asked.name),
            namespace: some(&asked.namespace),
            ..Default::default()
        };
        let of_url =
            || authorization::NonResourceAttributes { verb: some(&asked.verb), path: some(&asked.path) };
        let on_resource = !asked.resource.is_empty();
        let spec = authorization::SubjectAccessReviewSpec {
            user: some(&subject.user),
            groups: Some(subject.groups.clone()),
            resource_attributes: on_resource.then(of_resource),
            non_resource_attributes: (!on_resource).then(of_url),
            ..Default::default()
        };
        let kind = ApiResource::erase::<authorization::SubjectAccessReview>(&());
        let review = json!({"apiVersion": kind.api_version, "kind": kind.kind, "spec": spec});
        let answer = create(&self.questions, &kind, None, &PostParams::default(), &review).await?;
        // Read plainly: a typed review takes a missing answer for "denied".
        let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool);
        let reason = answer.pointer("/status/reason").and_then(Value::as_str).unwrap_or_default().to_owned();
        match allowed {
            Some(allowed) => Ok(Observation::Access { allowed, reason }),
            None => Err(Fault::Malformed("the access review came back without an answer".into())),
        }
    }

    async fn dry_run(
        &self,
        resource: &ResourceType,
        namespace: Option<&str>,
        object: &str,
        creator: Creator,
    ) -> Result<Observation, Fault> {
        let kind = api_resource(resource);
        let who = (creator, self.learner.as_deref());
        let mut object = trial::dry_run(&self.questions, &kind, namespace, object, who).await?;
        sanitize(&kind.api_version, &kind.kind, &mut object, &self.salt);
        Ok(Observation::Admitted { object })
    }
}

fn is_namespace(resource: &ResourceType) -> bool {
    resource.group.is_empty() && resource.kind == "Namespace"
}

/// What the cluster writes into an object by itself; of a request for a certificate that is whether it was approved.
fn without_status(kind: &str, object: &mut Value) {
    let Some(fields) = object.as_object_mut().filter(|_| kind != "CertificateSigningRequest") else { return };
    fields.remove("status");
    if kind == "Secret" {
        // Of a Secret that all share, its type is enough.
        fields.remove("data");
    }
}

/// Policies that mutate are younger (v1 since 1.36) than some clusters: where the API does not know the kind, nobody has made one.
fn none_of_a_younger_kind(resource: &ResourceType, fault: Fault) -> Result<Observation, Fault> {
    let kinds = ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"];
    let is_younger =
        resource.group == "admissionregistration.k8s.io" && kinds.contains(&resource.kind.as_str());
    match fault {
        Fault::Refused(by) if is_younger && by.genuine && by.code == 404 => {
            Ok(Observation::Objects { items: Vec::new(), version: String::new() })
        }
        fault => Err(fault),
    }
}

/// A kind that is not served, or not for who asks, has no objects that could be compared.
fn hidden(fault: Fault) -> Result<Observation, Fault> {
    match fault {
        Fault::Refused(by) if by.genuine && matches!(by.code, 403..=405) => {
            Ok(Observation::Hidden { why: redact(&by.message).into_owned() })
        }
        fault => Err(fault),
    }
}

impl Prober for ClusterProber {
    async fn ask(&self, probe: &Probe) -> Observed {
        let until = Instant::now() + self.timeout;
        let outcome = match tokio::time::timeout_at(until, self.answer(probe, until)).await {
            Ok(answer) => answer.or_else(Unseen::outcome),
            Err(_) => {
                let message = format!("no answer within {} s", self.timeout.as_secs_f32());
                Err(ProbeFailure { message, transient: probe.is_repeatable() })
            }
        };
        Observed { probe: probe.clone(), at: Timestamp::now(), outcome }
    }

    fn pass_limit(&self) -> Duration {
        self.timeout * PROBES_IN_A_ROW
    }

    async fn changed(&self, seen: &Observations, waited: Duration, at_most: Duration) {
        watch::changed(&self.client, seen, waited, at_most).await;
    }
}

impl std::fmt::Debug for ClusterProber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterProber").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

fn api_resource(resource: &ResourceType) -> ApiResource {
    let gvk = kube::core::GroupVersionKind::gvk(&resource.group, &resource.version, &resource.kind);
    ApiResource::from_gvk_with_plural(&gvk, &resource.plural)
}

#[cfg(test)]
mod tests {
    use super::fault::Refusal;
    use super::*;

    #[test]
    fn only_a_kind_that_the_cluster_is_too_old_for_has_no_objects() {
        let kind = |group: &str, kind: &str| ResourceType {
            group: group.into(),
            version: "v1".into(),
            kind: kind.into(),
            plural: format!("{}s", kind.to_lowercase()),
        };
        let refused = |code: u16, genuine: bool| {
            Fault::Refused(Refusal { code, message: "no".into(), genuine, retry_after: None })
        };
        let (admission, younger) = ("admissionregistration.k8s.io", "MutatingAdmissionPolicy");
        let none = none_of_a_younger_kind(&kind(admission, younger), refused(404, true)).unwrap();
        assert_eq!(none, Observation::Objects { items: Vec::new(), version: String::new() });
        for (group, of_kind, fault) in [
            (admission, "ValidatingAdmissionPolicy", refused(404, true)),
            ("example.org", younger, refused(404, true)),
            (admission, younger, refused(403, true)),
            (admission, younger, refused(404, false)),
            (admission, younger, Fault::Broken("cut".into())),
        ] {
            none_of_a_younger_kind(&kind(group, of_kind), fault).unwrap_err();
        }
    }
}
