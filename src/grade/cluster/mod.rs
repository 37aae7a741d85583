//! Answers probes from a real cluster and a real workspace.
//!
//! In: a client and the workspace's folder. Out: observations, cleaned of everything secret. Only reads and access
//! reviews are repeated, when the API is busy or a connection broke; a program in a Pod is run once.

mod exec;
mod list;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::authorization::v1 as authorization;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, PostParams};
use kube::core::{Request, Resource as _};
use kube::{Client, Error};

use super::ask::Ask;
use super::observation::{Observation, Observations, Observed, ProbeFailure};
use super::probe::{Probe, ResourceType};
use super::sanitize::sanitize;
use super::workspace;
use crate::rbac::{AccessAttributes, Subject};
use crate::token::redact;

/// How long one probe may take, its repetitions included.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// The waits before a read is repeated.
const RETRY_AFTER: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1500)];

/// The world of a grade: a cluster and the learner's workspace.
#[derive(Clone)]
pub struct ClusterAsk {
    client: Client,
    workspace: PathBuf,
    timeout: Duration,
}

impl ClusterAsk {
    /// Asks the cluster of `client`, and the files below `workspace`.
    pub fn new(client: Client, workspace: impl Into<PathBuf>) -> Self {
        Self { client, workspace: workspace.into(), timeout: PROBE_TIMEOUT }
    }

    /// The same, with another time limit for each probe.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn answer(&self, probe: &Probe) -> Result<Observation, ProbeFailure> {
        match probe {
            Probe::List { resource, namespace } => {
                retry(|| self.list(resource, namespace.as_deref())).await.map_err(failure)
            }
            Probe::Access { subject, attributes } => {
                retry(|| self.access(subject, attributes)).await.map_err(failure)
            }
            Probe::Exec { namespace, pod, container, command } => {
                exec::exec(&self.client, namespace, pod, container.as_deref(), command).await
            }
            Probe::File { path } => {
                let (root, path) = (self.workspace.clone(), path.clone());
                let read = tokio::task::spawn_blocking(move || workspace::read(&root, &path)).await;
                read.unwrap_or_else(|e| Err(ProbeFailure { message: e.to_string(), transient: false }))
            }
            Probe::DryRunCreate { resource, namespace, object } => {
                self.dry_run(resource, namespace.as_deref(), object).await
            }
        }
    }

    async fn list(&self, resource: &ResourceType, namespace: Option<&str>) -> Result<Observation, Error> {
        let url = DynamicObject::url_path(&api_resource(resource), namespace);
        let request = Request::new(url).list(&ListParams::default()).map_err(Error::BuildRequest)?;
        let text = self.client.request_text(request).await?;
        let resource = resource.clone();
        // Thousands of objects take a while: meanwhile other answers are taken in, and time limits are kept.
        let reading = tokio::task::spawn_blocking(move || list::read(&text, &resource));
        reading.await.map_err(|e| Error::SerdeError(serde::de::Error::custom(e)))?
    }

    async fn access(&self, subject: &Subject, asked: &AccessAttributes) -> Result<Observation, Error> {
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
        let on_resource = asked.path.is_empty();
        let review = authorization::SubjectAccessReview {
            spec: authorization::SubjectAccessReviewSpec {
                user: some(&subject.user),
                groups: Some(subject.groups.clone()),
                resource_attributes: on_resource.then(of_resource),
                non_resource_attributes: (!on_resource).then(of_url),
                ..Default::default()
            },
            ..Default::default()
        };
        let reviews: Api<authorization::SubjectAccessReview> = Api::all(self.client.clone());
        let status = reviews.create(&PostParams::default(), &review).await?.status.ok_or_else(|| {
            Error::SerdeError(serde::de::Error::custom("the access review came back without an answer"))
        })?;
        Ok(Observation::Access { allowed: status.allowed, reason: status.reason.unwrap_or_default() })
    }

    async fn dry_run(
        &self,
        resource: &ResourceType,
        namespace: Option<&str>,
        object: &str,
    ) -> Result<Observation, ProbeFailure> {
        let kind = api_resource(resource);
        let object: DynamicObject = serde_json::from_str(object)
            .map_err(|e| ProbeFailure { message: format!("no object to try: {e}"), transient: false })?;
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        };
        let dry_run = PostParams { dry_run: true, ..PostParams::default() };
        match retry(|| api.create(&dry_run, &object)).await {
            Ok(admitted) => {
                let mut object = serde_json::to_value(admitted).unwrap_or_default();
                sanitize(&kind.api_version, &kind.kind, &mut object);
                Ok(Observation::Admitted { object })
            }
            Err(Error::Api(status))
                if (400..500).contains(&status.code) && ![401, 408, 429].contains(&status.code) =>
            {
                Ok(Observation::Refused { code: status.code, message: redact(&status.message).into_owned() })
            }
            Err(error) => Err(failure(error)),
        }
    }
}

impl Ask for ClusterAsk {
    async fn ask(&self, probe: &Probe) -> Observed {
        let outcome = tokio::time::timeout(self.timeout, self.answer(probe)).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", self.timeout.as_secs_f32());
            Err(ProbeFailure { message, transient: !matches!(probe, Probe::Exec { .. }) })
        });
        Observed { probe: probe.clone(), at: Timestamp::now(), outcome }
    }

    async fn changed(&self, seen: &Observations, at_most: Duration) {
        watch::changed(&self.client, seen, at_most).await;
    }
}

impl std::fmt::Debug for ClusterAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterAsk").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

fn api_resource(resource: &ResourceType) -> ApiResource {
    let gvk = kube::core::GroupVersionKind::gvk(&resource.group, &resource.version, &resource.kind);
    ApiResource::from_gvk_with_plural(&gvk, &resource.plural)
}

/// Repeats an idempotent request while the API is busy or the connection breaks.
async fn retry<T, F>(request: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for wait in RETRY_AFTER {
        match request().await {
            Err(error) if is_transient(&error) => tokio::time::sleep(wait).await,
            settled => return settled,
        }
    }
    request().await
}

fn is_transient(error: &Error) -> bool {
    match error {
        Error::Api(status) => matches!(status.code, 408 | 429 | 500 | 502 | 503 | 504),
        Error::HyperError(_) | Error::Service(_) | Error::ReadEvents(_) => true,
        _ => false,
    }
}

fn failure(error: Error) -> ProbeFailure {
    let transient = is_transient(&error);
    let message = match &error {
        Error::Api(status) if status.code == 404 => {
            "the API has no such kind of object (is the apiVersion right?)".into()
        }
        Error::Api(status) => format!("the API said {}: {}", status.code, status.message),
        other => other.to_string(),
    };
    ProbeFailure { message: redact(&message).into_owned(), transient }
}
