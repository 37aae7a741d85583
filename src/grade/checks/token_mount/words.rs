//! How `tokenMount` tells what it found.

use k8s_openapi::api::core::v1::Pod;

use crate::grade::pods::{Credential, CredentialKind, full_name};
use crate::grade::verdict::{Evidence, Fact};

/// Something that is wrong, and by which credential.
pub(super) type Problem = (Evidence, Option<CredentialKind>);

/// The Pod, in evidence.
pub(super) fn at(pod: &Pod) -> String {
    format!("Pod {}", full_name(pod))
}

/// A credential that must not be there.
pub(super) fn surplus(pod: &Pod, credential: &Credential) -> Problem {
    let problem = Evidence::expected(Fact::Credential, at(pod), "no token", describe(&credential.kind));
    (problem.field(place(credential)), Some(credential.kind.clone()))
}

/// `container web, /data/token`.
pub(super) fn place(credential: &Credential) -> String {
    format!("{}, {}", credential.container, credential.place)
}

/// What a credential is.
pub(super) fn describe(kind: &CredentialKind) -> String {
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
pub(super) fn reached(first: &Evidence, kind: Option<&CredentialKind>) -> String {
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

/// `Container web`, `Containers web, proxy`.
pub(super) fn names(containers: &[String]) -> String {
    let several = if containers.len() == 1 { "" } else { "s" };
    format!("Container{several} {}", containers.join(", "))
}
