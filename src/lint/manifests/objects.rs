//! One object of the manifests: what Kubernetes refuses of it, whatever its kind.

use serde_json::Value;

use super::pods::Accounts;
use super::{Manifest, fields, text, title, types, values};
use crate::grade::checks::api_kinds;
use crate::grade::label_mistake;
use crate::scenario::{escape, is_clusters_own, is_dns_subdomain};

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

impl Manifest<'_, '_> {
    pub(super) fn object(&mut self, object: &Value, made: &Accounts) {
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
        let namespaces = self.bound.namespaces();
        match (CLUSTER_SCOPED.contains(&kind), namespace) {
            (true, _) if kind == "Namespace" && is_clusters_own(text(object, "/metadata/name")) => {
                self.says_of(
                    &["name:"],
                    format!("{name} is the cluster's own"),
                    "give the lab a Namespace of its own",
                );
            }
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
        self.fields(&name, object);
        self.labels(&name, object);
        self.data(&name, object);
        self.rules(&name, object);
        self.subjects(&name, object);
        self.selector(&name, object);
        self.pod(&name, object, made);
    }

    /// Fields that no such object has, or with values that none takes.
    fn fields(&mut self, name: &str, object: &Value) {
        let mut wrong = fields::wrong(object);
        if types::of(text(object, "/apiVersion"), text(object, "/kind")).is_some() {
            wrong.extend(values::wrong(object));
        }
        for fields::Wrong { pointer, message, help } in wrong {
            self.says_at(&pointer, format!("{name}: {message}"), help);
        }
    }

    fn labels(&mut self, name: &str, object: &Value) {
        let maps = ["/metadata/labels", "/spec/template/metadata/labels", "/spec/selector/matchLabels"];
        for map in maps {
            for (key, value) in entries(object, map) {
                if let Some(why) = value.as_str().and_then(|value| label_mistake(key, value)) {
                    let help = "a label has letters, digits, `-`, `_` and `.`, at most 63, and a letter or digit at both ends";
                    self.says_at(&format!("{map}/{}", escape(key)), format!("{name}: {why}"), help);
                }
            }
        }
    }

    /// Keys of ConfigMaps and Secrets, which may become files.
    fn data(&mut self, name: &str, object: &Value) {
        if !["ConfigMap", "Secret"].contains(&text(object, "/kind")) {
            return;
        }
        for map in ["/data", "/binaryData", "/stringData"] {
            for (key, _) in entries(object, map).filter(|(key, _)| !is_data_key(key)) {
                let message = format!("{name}: Kubernetes does not take the key `{key}` of {}", &map[1..]);
                let help = "a key has letters, digits, `-`, `_` and `.`, at most 253";
                self.says_at(&format!("{map}/{}", escape(key)), message, help);
            }
        }
    }

    /// Rules of roles that allow nothing.
    fn rules(&mut self, name: &str, object: &Value) {
        if !["Role", "ClusterRole"].contains(&text(object, "/kind")) {
            return;
        }
        let rules = object.get("rules").and_then(Value::as_array).into_iter().flatten();
        for (i, rule) in rules.enumerate() {
            let has =
                |key: &str| rule.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            let lacks = match (has("verbs"), has("nonResourceURLs"), has("resources"), has("apiGroups")) {
                (false, ..) => "verbs",
                (true, true, ..) => continue,
                (true, false, false, _) => "resources",
                (true, false, true, false) => "apiGroups",
                (true, false, true, true) => continue,
            };
            let help = if lacks == "apiGroups" { "the core group is `\"\"`" } else { "" };
            self.says_at(&format!("/rules/{i}"), format!("{name}: a rule has no `{lacks}`"), help);
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
}

fn entries<'a>(object: &'a Value, map: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object.pointer(map).and_then(Value::as_object).into_iter().flatten()
}

fn is_data_key(key: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=253).contains(&key.len()) && key.chars().all(is_plain) && !matches!(key, "." | "..")
}
