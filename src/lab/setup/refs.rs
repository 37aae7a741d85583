//! How objects are called in messages.

use kube::api::DynamicObject;

use super::kinds::Kind;

/// `Pod production/myapp`, `ClusterRole view`.
pub fn describe(kind: &Kind, object: &DynamicObject) -> String {
    let name = object.metadata.name.as_deref().unwrap_or("(without a name)");
    match object.metadata.namespace.as_deref().filter(|_| kind.namespaced) {
        Some(namespace) => format!("{} {namespace}/{name}", kind.resource.kind),
        None => format!("{} {name}", kind.resource.kind),
    }
}
