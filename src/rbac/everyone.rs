//! What every ServiceAccount may do on any cluster: the rights that Kubernetes itself gives to the groups which all of
//! them are in.
//!
//! Known beforehand, and never read from a cluster: what a cluster gives to everybody may be what an earlier attempt has
//! left, or a built-in role that somebody edited. The roles are `system:discovery`, `system:basic-user`,
//! `system:public-info-viewer`, `system:service-account-issuer-discovery` and `system:cluster-trust-bundle-discovery`
//! (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`); `tests/real_rbac.rs` compares them with a new cluster.

use std::sync::LazyLock;

use super::right::{Right, What};

/// Paths that everybody may get.
const URLS: [&str; 15] = [
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/",
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/openid/v1/jwks",
    "/openid/v1/jwks/",
    "/readyz",
    "/version",
    "/version/",
];

/// Questions about oneself that everybody may ask, and the certificates that everybody may read.
const RESOURCES: [(&str, &str, &[&str]); 4] = [
    ("authentication.k8s.io", "selfsubjectreviews", &["create"]),
    ("authorization.k8s.io", "selfsubjectaccessreviews", &["create"]),
    ("authorization.k8s.io", "selfsubjectrulesreviews", &["create"]),
    ("certificates.k8s.io", "clustertrustbundles", &["get", "list", "watch"]),
];

static EVERYONE: LazyLock<Vec<Right>> = LazyLock::new(|| {
    let urls = URLS.iter().map(|url| Right { verb: "get".into(), what: What::Url((*url).into()) });
    let resources = RESOURCES.iter().flat_map(|(group, resource, verbs)| {
        verbs.iter().map(|verb| Right {
            verb: (*verb).into(),
            what: What::Resource {
                group: (*group).into(),
                resource: (*resource).into(),
                name: None,
                namespace: None,
            },
        })
    });
    urls.chain(resources).collect()
});

/// The rights that every ServiceAccount has, so that they are no surplus.
pub fn everyone() -> &'static [Right] {
    &EVERYONE
}
