//! Which kinds the cluster knows: asked once, then looked up.

use std::time::{Duration, Instant};

use kube::api::{Api, ApiResource, DynamicObject};
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Client, core::GroupVersionKind};

use crate::lab::error::{LabError, Result, api};

/// A kind of object that the cluster serves.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Group, version, kind and plural.
    pub resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether its objects can be listed and deleted.
    pub removable: bool,
}

/// Every kind of the cluster in its preferred version.
#[derive(Clone)]
pub struct Kinds {
    preferred: Vec<Kind>,
    discovery: std::sync::Arc<Discovery>,
}

impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kinds({})", self.preferred.len())
    }
}

impl Kind {
    /// Access to objects of this kind, in `namespace` where the kind has one (all namespaces for None).
    pub fn api(&self, client: &Client, namespace: Option<&str>) -> Api<DynamicObject> {
        match namespace.filter(|_| self.namespaced) {
            Some(ns) => Api::namespaced_with(client.clone(), ns, &self.resource),
            None => Api::all_with(client.clone(), &self.resource),
        }
    }
}

/// How long an API server that does not answer is waited for. The supervisor has a killed one back after four seconds.
const COMES_BACK: Duration = Duration::from_secs(30);

/// How often it is asked meanwhile.
const AGAIN: Duration = Duration::from_millis(250);

impl Kinds {
    /// Asks a cluster whose API server is kept running by somebody: one that does not answer is waited for. `waits` is called once
    /// before the wait.
    pub async fn discover_patiently(client: &Client, waits: impl FnOnce()) -> Result<Self> {
        let first = match Self::discover(client).await {
            Err(error) if error.is_unreached() => error,
            asked => return asked,
        };
        waits();
        let until = Instant::now() + COMES_BACK;
        while Instant::now() < until {
            tokio::time::sleep(AGAIN).await;
            // It answers before it knows all that it is asked.
            let request = http::Request::get("/readyz").body(Vec::new()).unwrap_or_default();
            if client.request_text(request).await.is_ok() {
                return Self::discover(client).await;
            }
        }
        Err(first)
    }

    /// Asks the cluster (two requests).
    pub async fn discover(client: &Client) -> Result<Self> {
        let discovery = Discovery::new(client.clone())
            .run_aggregated()
            .await
            .map_err(api("asking the cluster which kinds it knows"))?;
        let mut preferred: Vec<Kind> = Vec::new();
        for group in discovery.groups() {
            for (resource, capabilities) in group.recommended_resources() {
                preferred.push(Kind {
                    namespaced: capabilities.scope == Scope::Namespaced,
                    removable: capabilities.supports_operation(verbs::LIST)
                        && capabilities.supports_operation(verbs::DELETE),
                    resource,
                });
            }
        }
        preferred.sort_by(|a, b| {
            (&a.resource.group, &a.resource.plural).cmp(&(&b.resource.group, &b.resource.plural))
        });
        Ok(Self { preferred, discovery: discovery.into() })
    }

    /// Every kind that can be listed and deleted.
    pub fn removable(&self) -> impl Iterator<Item = &Kind> {
        self.preferred.iter().filter(|k| k.removable)
    }

    /// The kind of a manifest.
    pub fn of_manifest(&self, api_version: &str, kind: &str) -> Result<Kind> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let gvk = GroupVersionKind::gvk(group, version, kind);
        let (resource, capabilities) = self
            .discovery
            .resolve_gvk(&gvk)
            .ok_or_else(|| LabError::UnknownKind { kind: kind.into(), api_version: api_version.into() })?;
        Ok(Kind {
            namespaced: capabilities.scope == Scope::Namespaced,
            removable: capabilities.supports_operation(verbs::DELETE),
            resource,
        })
    }

    /// The kind that a person calls `name`: its kind or its plural, in any case; core kinds win.
    pub fn named(&self, name: &str) -> Option<&Kind> {
        let matches = |k: &&Kind| {
            k.resource.kind.eq_ignore_ascii_case(name) || k.resource.plural.eq_ignore_ascii_case(name)
        };
        self.preferred.iter().find(matches)
    }
}
