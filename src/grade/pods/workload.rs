//! A workload as an author writes it.

use kube::core::Selector;

use crate::grade::probe::Probe;

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
        let (api_version, kind) = match kind.to_ascii_lowercase().as_str() {
            "pod" | "po" => return Ok(Self::Pod(name.into())),
            "deployment" | "deploy" => ("apps/v1", "Deployment"),
            "statefulset" | "sts" => ("apps/v1", "StatefulSet"),
            "daemonset" | "ds" => ("apps/v1", "DaemonSet"),
            "replicaset" | "rs" => ("apps/v1", "ReplicaSet"),
            "job" => ("batch/v1", "Job"),
            other => return Err(format!("`{other}` is not a workload kind that satrain can grade")),
        };
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
    use kube::core::Expression;
    let expressions = text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(|term| {
        let both = |(key, value): (&str, &str)| (key.trim().to_owned(), value.trim().to_owned());
        if let Some((key, value)) = term.split_once("!=").map(both) {
            Expression::NotEqual(key, value)
        } else if let Some((key, value)) = term.split_once("==").or(term.split_once('=')).map(both) {
            Expression::Equal(key, value)
        } else if let Some(key) = term.strip_prefix('!') {
            Expression::DoesNotExist(key.trim().to_owned())
        } else {
            Expression::Exists(term.to_owned())
        }
    });
    let expressions: Vec<Expression> = expressions.collect();
    if text.contains('(') {
        return Err(format!("`selector: {text}`: only a=b, a!=b, a and !a are known"));
    }
    Ok(expressions.into_iter().collect())
}
