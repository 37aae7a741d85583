//! Lint of the setup's manifests: objects that Kubernetes would take, in the scenario's own Namespaces, quick
//! to end, from images that every lab has.

use std::ops::Range;

use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

use super::{Report, Severity};
use crate::grade::checks::api_kinds;
use crate::scenario::{BoundScenario, MANIFESTS, is_dns_subdomain};

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

/// Kinds whose names are DNS subdomains; those of RBAC, for one, are not.
const NAMED_BY_DNS: [&str; 14] = [
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

const MAX_DOCUMENTS: usize = 500;
const MAX_NODES: usize = 500_000;

pub(super) fn lint(report: &mut Report<'_>, bound: &BoundScenario) {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_documents: MAX_DOCUMENTS, max_depth: 64, max_nodes: MAX_NODES },
        strict_booleans: true,
        with_snippet: false,
    };
    let documents: Vec<Value> = match serde_saphyr::from_multiple_with_options(&bound.manifests, options) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.location().and_then(|l| usize::try_from(l.line()).ok()?.checked_sub(1));
            let message = format!("the manifests are not valid YAML: {}", words(&error));
            return Manifest { report, bound, lines: 0..0 }.problem(line, message, "");
        }
    };
    let documents: Vec<Value> = documents.into_iter().filter(|d| !d.is_null()).collect();
    let mut lines = lines_of_documents(&bound.manifests);
    if lines.len() != documents.len() {
        lines.clear();
    }
    let mut seen = std::collections::BTreeSet::new();
    for (n, document) in documents.iter().enumerate() {
        let mut manifest = Manifest { report, bound, lines: lines.get(n).cloned().unwrap_or_default() };
        manifest.object(document, &bound.namespaces());
        let text = |path: &str| text(document, path);
        if !seen.insert([text("/kind"), text("/metadata/namespace"), text("/metadata/name")]) {
            manifest.says_of_it(format!("{} appears twice", title(document)), "");
        }
    }
}

fn words(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            format!("the key `{}` appears twice", key.as_deref().unwrap_or("?"))
        }
        Error::Budget { .. } => {
            format!("they hold too much: {MAX_DOCUMENTS} objects and {MAX_NODES} values are allowed")
        }
        other => DefaultMessageFormatter.format_message(other).into_owned(),
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
    all.filter(|document| lines[document.clone()].iter().any(|line| is_content(line))).collect()
}

/// One object of the manifests, and where it stands.
struct Manifest<'a, 'r> {
    report: &'a mut Report<'r>,
    bound: &'a BoundScenario,
    /// Its own lines among them; none: they are not known.
    lines: Range<usize>,
}

impl Manifest<'_, '_> {
    fn object(&mut self, object: &Value, namespaces: &[String]) {
        if !object.is_object() {
            return self.says_of_it("a document of the manifests is no object".into(), "");
        }
        if text(object, "/kind") == "List" {
            let help = "write each object as a document of its own, after a line `---`";
            return self.says_of_it("the manifests hold a List".into(), help);
        }
        for field in ["/apiVersion", "/kind", "/metadata/name"] {
            let called = field[1..].replace('/', ".");
            let (message, help) = match object.pointer(field) {
                Some(Value::String(text)) if !text.is_empty() => continue,
                Some(Value::Bool(_) | Value::Number(_)) => {
                    (format!("{called} is no text"), "put it in quotes")
                }
                _ => (format!("an object of the manifests has no {called}"), ""),
            };
            let key = called.rsplit('.').next().unwrap_or_default();
            return self.says_of(&[&format!("{key}:")], message, help);
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
        if NAMED_BY_DNS.contains(&kind) && !is_dns_subdomain(text(object, "/metadata/name")) {
            let help = "it has lower-case letters, digits, `-` and `.`, at most 253 characters";
            self.says_of(&["name:"], format!("{name}: Kubernetes does not take this name"), help);
        }
        self.texts(&name, object);
        self.subjects(&name, object);
        self.selector(&name, object);
        let template = match kind {
            "Pod" => object.pointer("/spec"),
            "CronJob" => object.pointer("/spec/jobTemplate/spec/template/spec"),
            _ => object.pointer("/spec/template/spec"),
        };
        if let Some(spec) = template {
            self.pod(&name, spec);
        }
    }

    /// Values that Kubernetes wants as text and YAML reads as something else.
    fn texts(&mut self, name: &str, object: &Value) {
        let of_all = ["/metadata/labels", "/metadata/annotations", "/spec/template/metadata/labels"];
        let of_data = match text(object, "/kind") {
            "ConfigMap" => ["/data", "/binaryData"].as_slice(),
            "Secret" => &["/data", "/stringData"],
            _ => &[],
        };
        for map in of_all.iter().chain(of_data) {
            let entries = object.pointer(map).and_then(Value::as_object).into_iter().flatten();
            for (key, _) in entries.filter(|(_, value)| value.is_boolean() || value.is_number()) {
                let message = format!("{name}: `{key}` of {} is no text", map[1..].replace('/', "."));
                self.says_of(&[&format!("{key}:")], message, "put it in quotes");
            }
        }
    }

    fn subjects(&mut self, name: &str, object: &Value) {
        let subjects = object.get("subjects").and_then(Value::as_array).into_iter().flatten();
        for subject in subjects {
            if text(subject, "/kind") == "ServiceAccount" && text(subject, "/namespace").is_empty() {
                let account = text(subject, "/name");
                let message =
                    format!("{name}: its subject, the ServiceAccount `{account}`, has no namespace");
                self.says_of(&["name:", account], message, "write the namespace of the subject");
            }
        }
    }

    fn selector(&mut self, name: &str, object: &Value) {
        let selected = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        let Some(template) = object.pointer("/spec/template") else { return };
        for (key, value) in selected.into_iter().flatten() {
            let label = template.pointer("/metadata/labels").and_then(|labels| labels.get(key));
            if label != Some(value) {
                let message =
                    format!("{name} selects Pods by `{key}`, and its template has another value or none");
                let help = "give the template the labels of spec.selector.matchLabels";
                return self.says_of(&["matchLabels:"], message, help);
            }
        }
    }

    fn pod(&mut self, name: &str, spec: &Value) {
        let grace = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
        if grace.is_none_or(|seconds| seconds > 1) {
            let message = format!("{name} does not have terminationGracePeriodSeconds 0 or 1");
            let key = if grace.is_none() { "containers:" } else { "terminationGracePeriodSeconds:" };
            self.says_of(&[key], message, "labs often wait for their Pods to terminate");
        }
        let lists =
            ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list)?.as_array());
        for container in lists.flatten() {
            let image = text(container, "/image");
            if image.is_empty() {
                let called = text(container, "/name");
                let message = format!("{name}: its container `{called}` has no image");
                self.says_of(&["name:", called], message, "");
            } else if !is_lab_image(image) {
                let message = format!(
                    "{name} uses the image `{image}`, which a lab without internet access cannot pull"
                );
                let help = format!("every lab has: {}", IMAGES.join(", "));
                self.says_of(&["image:", image], message, &help);
            }
        }
    }

    /// A problem of the object.
    fn says_of_it(&mut self, message: String, help: &str) {
        self.says_of(&["kind:"], message, help);
    }

    /// A problem of that line of the object that has all `words`; of its first line, if none has.
    fn says_of(&mut self, words: &[&str], message: String, help: &str) {
        let played = self.bound.manifests.lines().enumerate();
        let mut own = played.take(self.lines.end).skip(self.lines.start).filter(|(_, line)| is_content(line));
        let first = own.clone().next();
        let line = own.find(|(_, line)| words.iter().all(|word| line.contains(word))).or(first);
        self.problem(line.map(|(number, _)| number), message, help);
    }

    /// A problem of a line of the manifests.
    fn problem(&mut self, line: Option<usize>, message: String, help: &str) {
        let loaded = self.report.loaded;
        let error = match line {
            Some(line) => loaded.error_in_manifests(&self.bound.values, line, message),
            None => loaded.error_at_key(MANIFESTS, message),
        };
        self.report.add(Severity::Error, if help.is_empty() { error } else { error.help(help) });
    }
}

fn is_content(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
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
