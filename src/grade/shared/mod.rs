//! What all who use a cluster share, and what decides about more than one Namespace: one list of kinds.
//!
//! In: what was seen of them at two moments. Out: what is new, gone or changed, by what it means. The guard `nothingWider`
//! compares an attempt with its beginning, `lab::clean` a cluster with what it was when it came up. Pure.

mod changes;
mod conditions;
mod essence;
mod namespaces;
mod nodes;
mod reach;

use super::probe::{Probe, ResourceType};

pub use changes::{Change, How, changes, changes_between, is_untouched};
pub use namespaces::ATTEMPT;
pub(super) use namespaces::{Places, Whose, attempt_of};
pub(super) use nodes::{may_join, note_whether_it_may_join};
pub(super) use reach::{Rules, is_about_admission};

/// How a kind is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    /// As checks list it, so that it is asked once.
    Usual,
    /// Without what the cluster itself writes into it.
    Spec,
    /// Only metadata: its objects are large.
    Metadata,
}

/// Which part of an object has a meaning for others than its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All but metadata and status.
    Whole,
    /// The same with its labels: others are made of what carries them.
    Labelled,
    /// The number that the API counts its changes with.
    Generation,
    /// A Node's labels, taints and whether Pods are placed there.
    Placement,
    /// Labels only.
    Labels,
    /// The same as `Whole`, with whether objects that name none of the kind get this one.
    Default,
    /// A bundle of certificates, but for the cluster's own.
    Bundle,
    /// A certificate for somebody who talks to the API.
    Credential,
    /// A Secret with which somebody talks to the API.
    Token,
}

/// A kind of object that several attempts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedKind {
    /// As in `rbac.authorization.k8s.io/v1`.
    pub api_version: &'static str,
    /// As in `ClusterRole`.
    pub kind: &'static str,
    /// The only Namespace that is looked at.
    namespace: Option<&'static str>,
    listing: Listing,
    part: Part,
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";
const FLOW: &str = "flowcontrol.apiserver.k8s.io/v1";
const STORAGE: &str = "storage.k8s.io/v1";

/// Every such kind.
pub const KINDS: [SharedKind; 29] = [
    // First what decides about requests: whoever redirects a group of the API blinds the lists of its kinds.
    spec("apiregistration.k8s.io/v1", "APIService", Part::Whole),
    spec(ADMISSION, "ValidatingAdmissionPolicy", Part::Whole),
    spec(ADMISSION, "ValidatingAdmissionPolicyBinding", Part::Whole),
    spec(ADMISSION, "MutatingAdmissionPolicy", Part::Whole),
    spec(ADMISSION, "MutatingAdmissionPolicyBinding", Part::Whole),
    spec(ADMISSION, "ValidatingWebhookConfiguration", Part::Whole),
    spec(ADMISSION, "MutatingWebhookConfiguration", Part::Whole),
    usual("v1", "Namespace", Part::Labels),
    usual(RBAC, "Role", Part::Labelled),
    usual(RBAC, "ClusterRole", Part::Labelled),
    usual(RBAC, "RoleBinding", Part::Whole),
    usual(RBAC, "ClusterRoleBinding", Part::Whole),
    SharedKind {
        listing: Listing::Metadata,
        ..spec("apiextensions.k8s.io/v1", "CustomResourceDefinition", Part::Generation)
    },
    spec(FLOW, "FlowSchema", Part::Whole),
    spec(FLOW, "PriorityLevelConfiguration", Part::Whole),
    spec("v1", "Node", Part::Placement),
    spec("node.k8s.io/v1", "RuntimeClass", Part::Whole),
    spec("scheduling.k8s.io/v1", "PriorityClass", Part::Whole),
    spec("certificates.k8s.io/v1", "CertificateSigningRequest", Part::Credential),
    SharedKind { namespace: Some("kube-system"), ..spec("v1", "Secret", Part::Token) },
    spec("v1", "ServiceAccount", Part::Whole),
    spec("v1", "LimitRange", Part::Whole),
    spec("v1", "ResourceQuota", Part::Whole),
    spec(STORAGE, "StorageClass", Part::Default),
    spec(STORAGE, "VolumeAttributesClass", Part::Whole),
    spec(STORAGE, "CSIDriver", Part::Whole),
    spec("networking.k8s.io/v1", "IngressClass", Part::Default),
    spec("resource.k8s.io/v1", "DeviceClass", Part::Whole),
    spec("certificates.k8s.io/v1", "ClusterTrustBundle", Part::Bundle),
];

const fn usual(api_version: &'static str, kind: &'static str, part: Part) -> SharedKind {
    SharedKind { api_version, kind, namespace: None, listing: Listing::Usual, part }
}

const fn spec(api_version: &'static str, kind: &'static str, part: Part) -> SharedKind {
    SharedKind { listing: Listing::Spec, ..usual(api_version, kind, part) }
}

impl SharedKind {
    /// What lists it.
    pub fn probe(&self) -> Probe {
        let resource = ResourceType::of(self.api_version, self.kind);
        let namespace = self.namespace.map(str::to_owned);
        match self.listing {
            Listing::Usual => Probe::List { resource, namespace },
            Listing::Spec | Listing::Metadata => {
                Probe::Shared { resource, namespace, metadata_only: self.listing == Listing::Metadata }
            }
        }
    }

    /// Whether its objects decide which requests the API answers.
    pub fn decides_about_requests(&self) -> bool {
        self.kind == "APIService" || is_about_admission(self.kind)
    }

    /// Whether objects of it come by themselves and give nobody anything.
    pub fn comes_by_itself(&self) -> bool {
        matches!(self.kind, "ServiceAccount" | "Namespace")
    }

    /// Whether it is one of those that grant rights: what they mean is told by rights, not by objects.
    pub(super) fn grants(&self) -> bool {
        self.api_version == RBAC
    }
}
