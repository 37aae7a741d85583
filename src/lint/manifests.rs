//! Lint of the setup's manifests: objects that Kubernetes would take, in the scenario's own Namespaces, quick
//! to end, from images that every lab has.

use std::ops::Range;

use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, MessageFormatter};

use super::{Report, Severity};
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
    let played = &bound.manifests;
    let documents: Vec<Value> = match serde_saphyr::from_multiple_with_options(played, options) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.location().and_then(|l| usize::try_from(l.line()).ok()?.checked_sub(1));
            let words = DefaultMessageFormatter.format_message(&error);
            let message = format!("the manifests are not valid YAML: {words}");
            return Manifest { report, played, lines: 0..0 }.problem(line, message, "");
        }
    };
    let documents: Vec<Value> = documents.into_iter().filter(|d| !d.is_null()).collect();
    let mut lines = lines_of_documents(played);
    if lines.len() != documents.len() {
        lines.clear();
    }
    let mut seen = std::collections::BTreeSet::new();
    for (n, document) in documents.iter().enumerate() {
        let mut manifest = Manifest { report, played, lines: lines.get(n).cloned().unwrap_or_default() };
        manifest.object(document, &bound.namespaces());
        let text = |path: &str| text(document, path);
        if !seen.insert([text("/kind"), text("/metadata/namespace"), text("/metadata/name")]) {
            manifest.says_of_it(format!("{} appears twice", title(document)), "");
        }
    }
}

/// The lines of each document that holds more than comments.
fn lines_of_documents(text: &str) -> Vec<Range<usize>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_end = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim_start() != rest || rest.is_empty())
    };
    let ends = (0..lines.len()).filter(|n| is_end(lines[*n])).chain([lines.len()]);
    let mut begin = 0;
    let all = ends.map(|end| std::mem::replace(&mut begin, end + 1)..end);
    let content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    all.filter(|document| lines[document.clone()].iter().any(content)).collect()
}

/// One object of the manifests, and where it stands.
struct Manifest<'a, 'r> {
    report: &'a mut Report<'r>,
    /// All manifests.
    played: &'a str,
    /// Its own lines among them; none: they are not known.
    lines: Range<usize>,
}

impl Manifest<'_, '_> {
    fn object(&mut self, object: &Value, namespaces: &[String]) {
        for field in ["/apiVersion", "/kind", "/metadata/name"] {
            if text(object, field).is_empty() {
                let message = format!("an object of the manifests has no {}", field[1..].replace('/', "."));
                return self.says_of_it(message, "");
            }
        }
        let name = title(object);
        let kind = text(object, "/kind");
        if let Some(wrong) = api_kinds::mistake(text(object, "/apiVersion"), kind) {
            self.says_of_it(format!("{name}: {wrong}"), "");
        }
        let namespace = text(object, "/metadata/namespace");
        match (CLUSTER_SCOPED.contains(&kind), namespace) {
            (true, _) => {}
            (false, "") => self.says_of_it(
                format!("{name} has no namespace"),
                "write metadata.namespace: the lab never guesses",
            ),
            (false, ns) if namespaces.iter().any(|known| known == ns) => {}
            (false, ns) => self.says_of(
                &["namespace:", ns],
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
            self.pod(&name, spec);
        }
    }

    fn pod(&mut self, name: &str, spec: &Value) {
        let grace = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
        if grace.is_none_or(|seconds| seconds > 1) {
            let message = format!("{name} does not have terminationGracePeriodSeconds 0 or 1");
            self.says_of(
                &["terminationGracePeriodSeconds:"],
                message,
                "labs often wait for their Pods to terminate",
            );
        }
        let lists =
            ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list)?.as_array());
        for container in lists.flatten() {
            let image = text(container, "/image");
            if !is_lab_image(image) {
                let message = format!(
                    "{name} uses the image `{image}`, which a lab without internet access cannot pull"
                );
                self.says_of(&["image:", image], message, &format!("every lab has: {}", IMAGES.join(", ")));
            }
        }
    }

    /// A problem of the object.
    fn says_of_it(&mut self, message: String, help: &str) {
        self.says_of(&["kind:"], message, help);
    }

    /// A problem of that line of the object that has all `words`; of its first line, if none has.
    fn says_of(&mut self, words: &[&str], message: String, help: &str) {
        let mut own = self.played.lines().enumerate().take(self.lines.end).skip(self.lines.start);
        let first = own.clone().find(|(_, line)| !line.trim().is_empty());
        let line = own.find(|(_, line)| words.iter().all(|word| line.contains(word))).or(first);
        self.problem(line.map(|(number, _)| number), message, help);
    }

    /// A problem of a line of the manifests.
    fn problem(&mut self, line: Option<usize>, message: String, help: &str) {
        let loaded = self.report.loaded;
        let error = match line {
            Some(line) => loaded.error_in_manifests(self.played, line, message),
            None => loaded.error_at_key(MANIFESTS, message),
        };
        self.report.add(Severity::Error, if help.is_empty() { error } else { error.help(help) });
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
