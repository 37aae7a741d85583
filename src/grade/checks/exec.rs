//! `exec`: does a program in the Pod still do its work.
//!
//! Each live Pod is asked. The program's word counts only if its container is what setup made (`pods::tampered`), and,
//! where the author names what the program asks the API for, if the API server's audit log has those requests of that
//! Pod. A program that is not there fails: images do not lose programs by themselves.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckSpec, Expression, Extent, next_step};
use crate::grade::context::JudgeContext;
use crate::grade::observation::{ApiRequest, Gap, Observation};
use crate::grade::pods::{Scope, Selected, first_container, full_name, models, not_a_witness, tampered};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecSpec {
    /// `pod/NAME`, `deployment/NAME` … (each live Pod is asked).
    pub workload: String,
    /// Its namespace.
    pub namespace: String,
    /// The container; left out: the Pod's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The exit code that is asked for (0 by default).
    #[serde(default)]
    pub exit_code: i32,
    /// A regular expression that the output must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// Paths of the API that the program asks for, with their queries: the API server's audit log must have each of them,
    /// asked by this Pod meanwhile and answered with 2xx. Where there is no audit log, the program's word is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audited: Vec<String>,
}

/// For so many seconds a program may be busy with its own start.
const STARTING: i64 = 3;

/// How programs may end.
const EXIT_CODES: std::ops::RangeInclusive<i32> = 0..=255;

/// How a shell says that there is no such program, or that it cannot be run.
const NO_PROGRAM: [i32; 2] = [126, 127];

impl ExecSpec {
    fn pods(&self) -> Selected<'_> {
        let Self { workload, namespace, .. } = self;
        Selected { workload, selector: None, namespace, except: &[] }
    }

    fn probe(&self, pod: &Pod) -> Probe {
        Probe::Exec {
            namespace: self.namespace.clone(),
            pod: pod.metadata.name.clone().unwrap_or_default(),
            container: self.container.clone().or_else(|| first_container(pod)),
            command: self.command.clone(),
            audited: self.audited.clone(),
        }
    }

    /// The first path that the API server did not answer this Pod well, by its audit log.
    fn unconfirmed(&self, pod: &Pod, audit: Option<&Vec<ApiRequest>>) -> Option<&str> {
        let audit = audit?;
        let confirmed = |path: &&String| {
            audit
                .iter()
                .any(|request| request.uri == **path && request.code / 100 == 2 && is_of(pod, request))
        };
        self.audited.iter().find(|path| !confirmed(path)).map(String::as_str)
    }

    fn look_in(&self, pod: &Pod) -> String {
        let container = self.container.clone().or_else(|| first_container(pod));
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        next_step::program(&self.namespace, name, container.as_deref(), &self.command)
    }

    /// Whether the container began so lately that its program may not listen or know anything yet: without a readiness
    /// probe a Pod is Ready before that.
    fn is_starting(&self, pod: &Pod, now: Timestamp) -> bool {
        let name = self.container.clone().or_else(|| first_container(pod));
        let statuses = pod.status.iter().flat_map(|s| s.container_statuses.iter().flatten());
        let began = statuses
            .filter(|s| Some(&s.name) == name.as_ref())
            .find_map(|s| s.state.as_ref()?.running.as_ref()?.started_at.as_ref().map(|at| at.0));
        began.is_some_and(|began| now.as_second() - began.as_second() < STARTING)
    }
}

impl CheckSpec for ExecSpec {
    fn containers(&self) -> Vec<&str> {
        self.container.as_deref().into_iter().collect()
    }

    fn mistake(&self) -> Option<String> {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            return Some("`command` names no program".into());
        }
        if !EXIT_CODES.contains(&self.exit_code) {
            return Some(format!("no program ends with `exitCode: {}`: it is from 0 to 255", self.exit_code));
        }
        self.pods().mistake(false)
    }

    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let output =
            match &self.stdout {
                None => None,
                Some(pattern) => Some(Regex::new(pattern).map_err(|e| {
                    context.author_error(format!("`stdout` is not a regular expression: {e}"))
                })?),
            };
        let scope = Scope::of(self.pods(), context)?;
        let live = match scope.settled("the application cannot do its work") {
            Ok(live) => live,
            Err(verdict) => return Ok(verdict),
        };
        let models = models(self.pods(), context);
        for pod in live {
            if let Some(change) = tampered(pod, self.container.as_deref(), &models) {
                return Ok(not_a_witness(change));
            }
        }
        let mut problems = Vec::new();
        let mut fine = Vec::new();
        let mut young = None;
        let asked: Vec<_> = live.iter().map(|pod| (pod, self.probe(pod))).collect();
        context.seen.ask_for(asked.iter().map(|(_, probe)| probe.clone()));
        for (pod, probe) in asked {
            let Observation::Exec { code, stdout, stderr, cut, audit } = context.seen.saw(&probe)? else {
                return Err(Gap::of_another_kind(&probe));
            };
            if NO_PROGRAM.contains(code) && *code != self.exit_code {
                let gap = Gap::in_lab(format!(
                    "Could not observe {probe}: the container has no such program (exit code {code}): {}",
                    last_line(stderr)
                ));
                return Ok(Verdict::from(gap).next_step(self.look_in(pod)));
            }
            let at = format!("Pod {}", full_name(pod));
            let command = format!("`{}`", self.command.join(" "));
            let before = problems.len();
            if *code != self.exit_code {
                let said = last_line(if stderr.trim().is_empty() { stdout } else { stderr });
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                let (expected, seen) =
                    (format!("exit code {}", self.exit_code), format!("exit code {code}{said}"));
                problems.push(Evidence::expected(Fact::Program, at, expected, seen).field(command));
            } else if *cut && output.is_some() {
                // What does not match the beginning may match the whole, and the other way round.
                return Err(Gap::in_lab(format!("Could not observe all of {probe}: it wrote too much")));
            } else if let Some(pattern) = output.as_ref().filter(|p| !p.is_match(stdout)) {
                let seen = if stdout.trim().is_empty() { "no output".into() } else { last_line(stdout) };
                let expected = format!("output that matches {pattern}");
                problems.push(Evidence::expected(Fact::Program, at, expected, seen).field(command));
            } else if let Some(path) = self.unconfirmed(pod, audit.as_ref()) {
                let expected = format!("{path} asked by this Pod and answered with 2xx");
                let seen = "no such request in the API server's audit log";
                problems.push(Evidence::expected(Fact::Program, at, expected, seen).field(command));
            } else {
                fine.push(Evidence::seen(at.clone(), format!("exit code {code}")).field(command));
                let seen = match audit {
                    Some(_) => "the API server's audit log has its requests",
                    None => "there is no audit log to confirm it",
                };
                fine.extend((!self.audited.is_empty()).then(|| Evidence::seen(at, seen)));
            }
            if problems.len() > before && self.is_starting(pod, context.now) {
                young = Some(format!("the program in Pod {} has only just started", full_name(pod)));
            }
        }
        if let Some(waits) = young {
            return Ok(Verdict::not_yet(waits).with_all(problems));
        }
        Ok(match problems.first() {
            Some(first) => {
                let why = match self.exit_code {
                    0 => format!("The application in {} does not work: {}.", first.at, first.seen),
                    // Asked for something that must not be: to end well is no success.
                    _ => format!(
                        "The program in {} did not give the expected result: {}.",
                        first.at, first.seen
                    ),
                };
                let pod = live.iter().find(|pod| first.at == format!("Pod {}", full_name(pod)));
                let look = pod.map_or_else(|| next_step::pods(&self.namespace), |pod| self.look_in(pod));
                Verdict::fail(why).with_all(problems).next_step(look)
            }
            None => Verdict::pass(format!("The application in {} works.", scope.title)).with_all(fine),
        })
    }

    fn next_step(&self) -> Option<String> {
        Some(next_step::pods(&self.namespace))
    }

    /// A program is asked anew for every grade: at the beginning it may be only starting.
    fn needs_baseline(&self) -> bool {
        false
    }

    fn expressions(&self) -> Vec<Expression<'_>> {
        self.stdout.iter().map(|pattern| Expression::regex("stdout", pattern, Extent::Part)).collect()
    }
}

/// Whether a request was made with the Pod's own credential, or with one that is bound to no Pod, from its address: the last
/// one, which the API server saw itself (those before it are what headers say).
fn is_of(pod: &Pod, request: &ApiRequest) -> bool {
    if let Some(uid) = &request.pod {
        return pod.metadata.uid.as_ref() == Some(uid);
    }
    let own = pod.status.as_ref().and_then(|status| status.pod_ips.as_deref()).unwrap_or_default();
    request.from.last().is_some_and(|last| own.iter().any(|ip| ip.ip == *last))
}

/// The last line with text in it, cut to a sentence's length.
fn last_line(output: &str) -> String {
    let line = output.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(200).collect()
}
