//! The same questions, asked with kubectl as a shell script would: one call after the other, equal ones once.
//!
//! In: the checks of a grade, or its probes. Out: command lines, and how long all of them take. Nothing is judged:
//! of what kubectl answers, only that it answered is looked at.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use satrain::cluster::ClusterInfo;
use satrain::grade::checks::CheckKind;
use satrain::grade::checks::access::{AccessSpec, StatedRights};
use satrain::grade::expectation::Check;
use satrain::grade::probe::Probe;
use satrain::rbac::AccessAttributes;

use super::Outcome;

/// The cluster's kubectl, with the grader's credentials.
#[derive(Debug)]
pub(super) struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Kubectl {
    /// `home` keeps kubectl's cache of what kinds there are, so that it asks for them once and not each time.
    pub(super) fn new(info: &ClusterInfo, home: PathBuf) -> Self {
        Self { program: info.kubectl.clone(), kubeconfig: info.grader_kubeconfig.clone(), home }
    }

    /// Asks everything and gives the time it took.
    pub(super) fn ask_all(&self, questions: &[Vec<String>]) -> Outcome<Duration> {
        let begun = Instant::now();
        for question in questions {
            self.ask(question)?;
        }
        Ok(begun.elapsed())
    }

    fn ask(&self, question: &[String]) -> Outcome<()> {
        let output = Command::new(&self.program)
            .args(question)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", &self.home)
            .stdin(Stdio::null())
            .output()?;
        // `auth can-i` says no by exit code 1, and nothing on stderr but warnings.
        let no = output.status.code() == Some(1) && output.stdout.starts_with(b"no");
        if output.status.success() || no {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("kubectl {}: {}", question.join(" "), said.trim()).into())
    }
}

/// What a shell script asks for these checks: the one object, the selected Pods, each right, the list of rights.
pub(super) fn of_checks(checks: &[Check]) -> Outcome<Vec<Vec<String>>> {
    let mut calls = BTreeSet::new();
    for check in checks {
        match &check.kind {
            CheckKind::Resource(spec) => {
                let (group, version) = spec.api_version.split_once('/').unwrap_or(("", &spec.api_version));
                let kind = kind_argument(&spec.kind.to_lowercase(), version, group);
                calls.insert(get(&kind, spec.namespace.as_deref(), spec.name.as_deref().into_iter()));
            }
            CheckKind::Workload(spec) => {
                calls.insert(workload(&spec.workload, &spec.namespace, spec.selector.as_deref()));
            }
            CheckKind::TokenMount(spec) => {
                calls.insert(workload(&spec.workload, &spec.namespace, spec.selector.as_deref()));
            }
            CheckKind::Access(spec) => calls.extend(access(spec)),
            CheckKind::Exec(spec) => {
                let (_, pod) = spec.workload.split_once('/').ok_or("exec in something that is no Pod")?;
                calls.insert(exec(&spec.namespace, pod, &spec.command));
            }
            other => {
                return Err(format!("how a shell script asks this is not written down: {other:?}").into());
            }
        }
    }
    Ok(calls.into_iter().collect())
}

/// Each probe in kubectl's words: the whole list where satrain takes the whole list.
pub(super) fn of_probes(probes: &[Probe]) -> Outcome<Vec<Vec<String>>> {
    let mut calls = Vec::new();
    for probe in probes {
        calls.push(match probe {
            Probe::List { resource, namespace } => {
                let kind = kind_argument(&resource.plural, &resource.version, &resource.group);
                get(&kind, namespace.as_deref(), [].into_iter())
            }
            Probe::Access { subject, attributes } => {
                let mut call = can_i(attributes, &subject.user);
                call.extend(subject.groups.iter().map(|group| format!("--as-group={group}")));
                call
            }
            Probe::Exec { namespace, pod, command, .. } => exec(namespace, pod, command),
            other => return Err(format!("kubectl cannot ask for {other}").into()),
        });
    }
    Ok(calls)
}

fn kind_argument(kind: &str, version: &str, group: &str) -> String {
    if group.is_empty() { kind.into() } else { format!("{kind}.{version}.{group}") }
}

fn get<'a>(kind: &str, namespace: Option<&str>, more: impl Iterator<Item = &'a str>) -> Vec<String> {
    let place = namespace.map_or("--all-namespaces".into(), |namespace| format!("--namespace={namespace}"));
    let call = ["get".into(), kind.to_owned(), place, "--output=json".into()];
    call.into_iter().chain(more.map(str::to_owned)).collect()
}

fn workload(workload: &str, namespace: &str, selector: Option<&str>) -> Vec<String> {
    let selector = selector.map(|selector| format!("--selector={selector}"));
    let (kind, name) = workload.split_once('/').map_or((workload, None), |(kind, name)| (kind, Some(name)));
    get(kind, Some(namespace), name.into_iter().chain(selector.as_deref()))
}

fn exec(namespace: &str, pod: &str, command: &[String]) -> Vec<String> {
    let namespace = format!("--namespace={namespace}");
    let call = ["exec", pod, &namespace, "--"].into_iter().map(str::to_owned);
    call.chain(command.iter().cloned()).collect()
}

fn access(spec: &AccessSpec) -> Vec<Vec<String>> {
    let user = format!("system:serviceaccount:{}:{}", spec.namespace, spec.service_account);
    let single = spec.allowed.iter().chain(&spec.denied).flat_map(|right| requests(right, &spec.namespace));
    let mut calls: Vec<_> = single.map(|request| can_i(&request, &user)).collect();
    if spec.exactly.is_some() {
        let namespace = format!("--namespace={}", spec.namespace);
        calls.push(vec!["auth".into(), "can-i".into(), "--list".into(), namespace, format!("--as={user}")]);
    }
    calls
}

/// Each verb on each resource and name.
fn requests(right: &StatedRights, home: &str) -> Vec<AccessAttributes> {
    let names: Vec<String> = if right.names.is_empty() { vec![String::new()] } else { right.names.clone() };
    let mut requests = Vec::new();
    for verb in &right.verbs {
        for resource in &right.resources {
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            requests.extend(names.iter().map(|name| AccessAttributes {
                verb: verb.clone(),
                group: right.group.clone(),
                resource: resource.into(),
                subresource: subresource.into(),
                name: name.clone(),
                namespace: right.namespace.clone().unwrap_or_else(|| home.into()),
                path: String::new(),
            }));
        }
    }
    requests
}

fn can_i(asked: &AccessAttributes, user: &str) -> Vec<String> {
    let mut resource = asked.resource.clone();
    if !asked.group.is_empty() {
        resource = format!("{resource}.{}", asked.group);
    }
    if !asked.name.is_empty() {
        resource = format!("{resource}/{}", asked.name);
    }
    let mut call = vec!["auth".into(), "can-i".into(), asked.verb.clone(), resource, format!("--as={user}")];
    if !asked.subresource.is_empty() {
        call.push(format!("--subresource={}", asked.subresource));
    }
    if !asked.namespace.is_empty() {
        call.push(format!("--namespace={}", asked.namespace));
    }
    call
}
