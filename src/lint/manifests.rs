//! Lint of the setup's manifests: objects that Kubernetes would take, in the scenario's own Namespaces, quick
//! to end, from images that every lab has.

use serde_json::Value;

use super::Report;
use crate::grade::checks::api_kinds;
use crate::scenario::BoundScenario;
use crate::scenario::MANIFESTS;

/// The images of the lab (see the distribution's image catalogue); any tag.
const IMAGES: [&str; 8] = [
    "satrain.local/lab",
    "nginx",
    "nginxinc/nginx-unprivileged",
    "httpd",
    "busybox",
    "alpine",
    "curlimages/curl",
    "registry.k8s.io/pause",
];

/// Kinds without a Namespace that setups may need.
const CLUSTER_SCOPED: [&str; 8] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "PriorityClass",
    "ClusterTrustBundle",
    "CustomResourceDefinition",
];

const MAX_DOCUMENTS: usize = 500;

pub(super) fn lint(report: &mut Report<'_>, bound: &BoundScenario) {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_documents: MAX_DOCUMENTS, max_depth: 64, max_nodes: 500_000 },
        strict_booleans: true,
        with_snippet: false,
    };
    let documents: Vec<Value> = match serde_saphyr::from_multiple_with_options(&bound.manifests, options) {
        Ok(documents) => documents,
        Err(error) => return problem(report, format!("the manifests are not valid YAML: {error}"), ""),
    };
    let mut seen = std::collections::BTreeSet::new();
    for document in documents.iter().filter(|d| !d.is_null()) {
        object(report, document, &bound.namespaces());
        let text = |path: &str| text(document, path);
        if !seen.insert([text("/kind"), text("/metadata/namespace"), text("/metadata/name")]) {
            problem(report, format!("{} appears twice", title(document)), "");
        }
    }
}

fn object(report: &mut Report<'_>, object: &Value, namespaces: &[String]) {
    for field in ["/apiVersion", "/kind", "/metadata/name"] {
        if text(object, field).is_empty() {
            let message = format!("an object of the manifests has no {}", field[1..].replace('/', "."));
            return problem(report, message, "");
        }
    }
    let name = title(object);
    let kind = text(object, "/kind");
    if let Some(wrong) = api_kinds::mistake(text(object, "/apiVersion"), kind) {
        problem(report, format!("{name}: {wrong}"), "");
    }
    let namespace = text(object, "/metadata/namespace");
    match (CLUSTER_SCOPED.contains(&kind), namespace) {
        (true, _) => {}
        (false, "") => problem(
            report,
            format!("{name} has no namespace"),
            "write metadata.namespace: the lab never guesses",
        ),
        (false, ns) if namespaces.iter().any(|known| known == ns) => {}
        (false, ns) => problem(
            report,
            format!("{name} is in Namespace {ns}, which is not a parameter of kind namespace"),
            "use `{{ namespace }}`: attempts that share a cluster get separate Namespaces",
        ),
    }
    let template = match kind {
        "Pod" => object.pointer("/spec"),
        "CronJob" => object.pointer("/spec/jobTemplate/spec/template/spec"),
        _ => object.pointer("/spec/template/spec"),
    };
    if let Some(spec) = template {
        pod(report, &name, spec);
    }
}

fn pod(report: &mut Report<'_>, name: &str, spec: &Value) {
    let grace = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
    if grace.is_none_or(|seconds| seconds > 1) {
        let help = "labs often wait for their Pods to terminate";
        problem(report, format!("{name} does not have terminationGracePeriodSeconds 0 or 1"), help);
    }
    let lists = ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list)?.as_array());
    for container in lists.flatten() {
        let image = text(container, "/image");
        if !is_lab_image(image) {
            let help = format!("every lab has: {}", IMAGES.join(", "));
            problem(
                report,
                format!("{name} uses the image `{image}`, which a lab without internet access cannot pull"),
                &help,
            );
        }
    }
}

/// `docker.io/library/nginx:1.29` is `nginx`.
fn is_lab_image(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    IMAGES.contains(&name.strip_prefix("library/").unwrap_or(name))
}

fn title(object: &Value) -> String {
    format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"))
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn problem(report: &mut Report<'_>, message: String, help: &str) {
    report.error(MANIFESTS, message, help);
}
