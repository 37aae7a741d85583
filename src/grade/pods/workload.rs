//! A workload as an author writes it.

use kube::core::{Expression, Selector};

use crate::grade::probe::Probe;

/// A kind whose Pods are looked at: how an author writes it, the usual short form last, and what the API calls it.
type Kind = (&'static [&'static str], &'static str, &'static str);

const KINDS: [Kind; 6] = [
    (&["pod", "po"], "v1", "Pod"),
    (&["deployment", "deploy"], "apps/v1", "Deployment"),
    (&["statefulset", "sts"], "apps/v1", "StatefulSet"),
    (&["daemonset", "ds"], "apps/v1", "DaemonSet"),
    (&["replicaset", "rs"], "apps/v1", "ReplicaSet"),
    (&["job"], "batch/v1", "Job"),
];

/// A kind that is judged by its template alone: it has no Pods of its own.
const BY_TEMPLATE: &[&str] = &["cronjob", "cj"];

/// How an author may write the kinds; `by_template`: where templates are judged.
pub(crate) fn workload_kinds(by_template: bool) -> Vec<&'static str> {
    let more = if by_template { BY_TEMPLATE } else { &[] };
    KINDS.iter().flat_map(|(names, ..)| *names).chain(more).copied().collect()
}

/// That there is no such kind, with those that there are.
pub(super) fn unknown_kind(kind: &str, by_template: bool) -> String {
    let more = if by_template { &BY_TEMPLATE[..1] } else { &[] };
    let known: Vec<&str> = KINDS.iter().map(|(names, ..)| names[0]).chain(more.iter().copied()).collect();
    format!("`{kind}` is not a workload kind; known here: {}", known.join(", "))
}

/// Which Pods an author means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WorkloadRef {
    /// One Pod by name.
    Pod(String),
    /// The Pods of a controller.
    Controller {
        /// `apps/v1` …
        api_version: &'static str,
        /// `Deployment` …
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// All Pods of the namespace that a label selector matches.
    Pods(Selector),
}

impl WorkloadRef {
    /// Reads `pod/NAME`, `deployment/NAME` … or `pods` with a selector.
    pub(crate) fn parse(text: &str, selector: Option<&str>) -> Result<Self, String> {
        if text == "pods" {
            return Ok(Self::Pods(parse_selector(selector.unwrap_or_default())?));
        }
        if selector.is_some() {
            return Err(format!("`selector` goes with `workload: pods`, not with `{text}`"));
        }
        let (kind, name) = text.split_once('/').filter(|(_, name)| !name.is_empty()).ok_or_else(|| {
            format!("`workload: {text}` is neither `pods` nor `KIND/NAME` as in `deployment/web`")
        })?;
        let written = kind.to_ascii_lowercase();
        if BY_TEMPLATE.contains(&written.as_str()) {
            return Err(
                "a CronJob has no Pods that live on; `tokenMount` and `workload` judge its template".into()
            );
        }
        let known = KINDS.into_iter().find(|(names, ..)| names.contains(&written.as_str()));
        let (_, api_version, kind) = known.ok_or_else(|| unknown_kind(kind, false))?;
        if kind == "Pod" {
            return Ok(Self::Pod(name.into()));
        }
        Ok(Self::Controller { api_version, kind, name: name.into() })
    }

    /// What must be listed to find its Pods.
    pub(super) fn lists(&self, namespace: &str) -> Vec<Probe> {
        let mut probes = vec![Probe::namespaces(), Probe::pods(namespace)];
        if let Self::Controller { api_version, kind, .. } = self {
            probes.push(Probe::list(api_version, kind, Some(namespace)));
            if *kind == "Deployment" {
                probes.push(Probe::list("apps/v1", "ReplicaSet", Some(namespace)));
            }
        }
        probes
    }

    /// As a person says it: `Deployment web`.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Pod(name) => format!("Pod {name}"),
            Self::Controller { kind, name, .. } => format!("{kind} {name}"),
            Self::Pods(selector) if *selector == Selector::default() => "the Namespace".into(),
            Self::Pods(selector) => format!("selector {selector}"),
        }
    }

    /// One of its Pods that works, for a person.
    pub(super) fn live_one(&self) -> String {
        match self {
            Self::Pod(name) => format!("live Pod {name}"),
            other => format!("live Pod of {}", other.title()),
        }
    }
}

/// Reads an equality-based selector: `a=b,c!=d,e,!f`.
fn parse_selector(text: &str) -> Result<Selector, String> {
    let terms = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
    let expressions: Result<Vec<Expression>, String> = terms
        .map(|term| {
            let read = parse_term(term);
            read.map_err(|wrong| format!("`selector: {text}`: {wrong}; write `a=b`, `a!=b`, `a` or `!a`"))
        })
        .collect();
    Ok(expressions?.into_iter().collect())
}

fn parse_term(term: &str) -> Result<Expression, String> {
    let both = |(key, value): (&str, &str)| -> Result<(String, String), String> {
        Ok((label_key(key)?, label_value(value)?))
    };
    if let Some(parts) = term.split_once("!=") {
        let (key, value) = both(parts)?;
        return Ok(Expression::NotEqual(key, value));
    }
    if let Some(parts) = term.split_once("==").or(term.split_once('=')) {
        let (key, value) = both(parts)?;
        return Ok(Expression::Equal(key, value));
    }
    match term.strip_prefix('!') {
        Some(key) => Ok(Expression::DoesNotExist(label_key(key)?)),
        None => Ok(Expression::Exists(label_key(term)?)),
    }
}

/// Why Kubernetes does not take a label.
pub(crate) fn label_mistake(key: &str, value: &str) -> Option<String> {
    label_key(key).and_then(|_| label_value(value)).err()
}

/// `app` or `example.com/app`.
fn label_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_domain = |prefix: &str| {
        prefix.len() <= 253 && prefix.split('.').all(|part| is_label_text(part) && !part.is_empty())
    };
    match !name.is_empty() && is_label_text(name) && prefix.is_none_or(is_domain) {
        true => Ok(key.to_owned()),
        false => Err(format!("`{key}` is not the key of a label")),
    }
}

fn label_value(text: &str) -> Result<String, String> {
    let value = text.trim();
    match is_label_text(value) {
        true => Ok(value.to_owned()),
        false => Err(format!("`{value}` is not the value of a label")),
    }
}

/// Empty, or at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_label_text(text: &str) -> bool {
    let ends = [text.chars().next(), text.chars().last()];
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && ends.into_iter().flatten().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_of_no_known_kind_names_those_that_are() {
        let error = WorkloadRef::parse("cronjobs/report", None).unwrap_err();
        assert_eq!(
            error,
            "`cronjobs` is not a workload kind; known here: pod, deployment, statefulset, daemonset, replicaset, job"
        );
        assert!(WorkloadRef::parse("cronjob/report", None).unwrap_err().contains("no Pods that live on"));
        assert!(WorkloadRef::parse("web", None).unwrap_err().contains("KIND/NAME"));
        assert!(WorkloadRef::parse("pod/web", Some("a=b")).unwrap_err().contains("goes with"));
    }

    #[test]
    fn a_selector_is_read_as_kubernetes_reads_it_or_not_at_all() {
        for good in ["app=web", "a==b, c!=d,e,!f", "example.com/app=", "", "a=b-c_d.e"] {
            WorkloadRef::parse("pods", Some(good)).unwrap();
        }
        for (bad, part) in [
            ("app nightly-report", "`app nightly-report` is not the key of a label"),
            ("app in (a,b)", "is not the key"),
            ("app=a b", "`a b` is not the value of a label"),
            ("app: web", "`app: web` is not the key"),
            ("-a=b", "`-a` is not the key"),
            ("=b", "`` is not the key"),
            ("a=b,,c", "`` is not the key"),
            (",a=b,", "`` is not the key"),
        ] {
            let error = WorkloadRef::parse("pods", Some(bad)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
