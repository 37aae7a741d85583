//! The Pod that a Job or CronJob would make now, as the API would admit it.
//!
//! Their Pods end, and an ended Pod says nothing about the next one. So the template is tried: a server-side dry run of a
//! Pod like it, made as the controller of Jobs makes it. What admission adds (a token, above all) is then in the Pod. Nothing
//! is created, and Pods that run already are not looked at.

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Map, Value, json};

use super::listed;
use crate::grade::context::JudgeContext;
use crate::grade::namespace::not_there;
use crate::grade::observation::{Gap, Observation};
use crate::grade::probe::{Creator, Probe, ResourceType};
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::grade::view::View;

/// Where the Pod's template stands in each kind that has one of this sort.
const KINDS: [(&[&str], &str, &str); 2] =
    [(&["job"], "Job", "/spec/template"), (&["cronjob", "cj"], "CronJob", "/spec/jobTemplate/spec/template")];

/// A Job or CronJob, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Template<'a> {
    kind: &'static str,
    path: &'static str,
    name: &'a str,
}

/// What comes of a template.
pub(in crate::grade) enum Made {
    /// The Pod, as it would be admitted, and as the API wrote it.
    Admitted(Box<Pod>, Value),
    /// Why there is none.
    Not(Verdict),
}

impl<'a> Template<'a> {
    /// Reads `job/NAME` or `cronjob/NAME`; None: it is another workload.
    pub(in crate::grade) fn parse(workload: &'a str) -> Option<Self> {
        let (kind, name) = workload.split_once('/').filter(|(_, name)| !name.is_empty())?;
        let kind = kind.to_ascii_lowercase();
        let (_, kind, path) = KINDS.into_iter().find(|(names, ..)| names.contains(&kind.as_str()))?;
        Some(Self { kind, path, name })
    }

    /// As a person says it: `the template of CronJob report`.
    pub(in crate::grade) fn title(&self) -> String {
        format!("the template of {} {}", self.kind, self.name)
    }

    /// `Job` or `CronJob`.
    pub(in crate::grade) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its name.
    pub(in crate::grade) fn name(&self) -> &'a str {
        self.name
    }

    fn list(&self, namespace: &str) -> Probe {
        Probe::list("batch/v1", self.kind, Some(namespace))
    }

    fn find<'s>(&self, namespace: &str, seen: View<'s>) -> Result<Option<&'s Value>, Gap> {
        let all = seen.objects(&self.list(namespace))?;
        Ok(all.iter().find(|o| o.pointer("/metadata/name").and_then(Value::as_str) == Some(self.name)))
    }

    /// The Pod as the template has it right now, or had it; None: there is no such workload. Not admitted: for what admission
    /// has no part in.
    pub(in crate::grade) fn written(&self, namespace: &str, seen: View<'_>) -> Result<Option<Pod>, Gap> {
        let Some(owner) = self.find(namespace, seen)? else { return Ok(None) };
        let mut pod = self.pod(owner);
        self.rename(namespace, &mut pod);
        listed::read(&pod).map(Some)
    }

    /// The Pod as it would be admitted now.
    pub(in crate::grade) fn admitted(
        &self,
        namespace: &str,
        context: &JudgeContext<'_>,
    ) -> Result<Made, Gap> {
        let seen = context.seen;
        seen.ask_for([Probe::namespaces(), self.list(namespace)]);
        let title = format!("{} {namespace}/{}", self.kind, self.name);
        if let Some(verdict) = not_there(namespace, &format!(", so it has no {}", self.kind), seen)? {
            return Ok(Made::Not(verdict));
        }
        let Some(owner) = self.find(namespace, seen)? else {
            let absent = Evidence::expected(Fact::Presence, &title, "present", "absent");
            return Ok(Made::Not(Verdict::fail(format!("{title} does not exist.")).with(absent)));
        };
        if owner.pointer("/metadata/deletionTimestamp").is_some() {
            return Ok(Made::Not(Verdict::not_yet(format!("{title} is being deleted"))));
        }
        let probe = Probe::DryRunCreate {
            resource: ResourceType::of("v1", "Pod"),
            namespace: Some(namespace.to_owned()),
            object: self.pod(owner).to_string(),
            creator: Creator::Job,
        };
        match seen.saw(&probe)? {
            Observation::Admitted { object } => {
                let mut admitted = object.clone();
                self.rename(namespace, &mut admitted);
                Ok(Made::Admitted(Box::new(listed::read(&admitted)?), admitted))
            }
            Observation::Refused { message, .. } => {
                let at = format!("a dry run of a Pod of {title}");
                let refused = Evidence::expected(Fact::DryRun, at, "admitted", "refused");
                let why = format!("{title} could not make a Pod now; the API would refuse it: {message}");
                Ok(Made::Not(Verdict::fail(why).with(refused)))
            }
            _ => Err(Gap::of_another_kind(&probe)),
        }
    }

    /// A Pod of the template: named as its controller names it, with its labels, annotations and spec, and nothing of its
    /// security that a trial would fill in by itself.
    fn pod(&self, owner: &Value) -> Value {
        let part = |path: &str| owner.pointer(&format!("{}{path}", self.path)).cloned();
        let mut metadata = Map::new();
        metadata.insert("generateName".into(), format!("{}-", self.name).into());
        for field in ["labels", "annotations"] {
            metadata.extend(part(&format!("/metadata/{field}")).map(|value| (field.to_owned(), value)));
        }
        let mut spec = part("/spec").unwrap_or_else(|| json!({}));
        for list in ["/initContainers", "/containers"] {
            let containers = spec.pointer_mut(list).and_then(Value::as_array_mut);
            containers.into_iter().flatten().for_each(as_it_is);
        }
        as_it_is(&mut spec);
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    }

    /// Names what has a made-up name, so that it is the same in each grade.
    fn rename(&self, namespace: &str, pod: &mut Value) {
        pod["metadata"]["namespace"] = namespace.into();
        pod["metadata"]["name"] = format!("{}-*", self.name).into();
    }
}

/// A trial hardens what says nothing of its security; a template is judged as it is.
fn as_it_is(part: &mut Value) {
    if let Some(fields) = part.as_object_mut() {
        fields.entry("securityContext").or_insert_with(|| json!({}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jobs_and_cron_jobs_are_judged_by_their_template() {
        assert_eq!(Template::parse("cronjob/report").unwrap().title(), "the template of CronJob report");
        assert_eq!(Template::parse("CJ/report").unwrap().kind(), "CronJob");
        assert_eq!(Template::parse("job/once").unwrap().kind(), "Job");
        for other in ["pods", "deployment/web", "job/", "cronjob"] {
            assert_eq!(Template::parse(other), None);
        }
    }

    #[test]
    fn a_trial_gets_no_security_that_the_template_does_not_have() {
        let template = json!({"metadata": {"labels": {"app": "report"}, "creationTimestamp": null},
            "spec": {"containers": [{"name": "a"}, {"name": "b", "securityContext": {"privileged": true}}]}});
        let owner = json!({"spec": {"jobTemplate": {"spec": {"template": template}}}});
        let pod = Template::parse("cronjob/report").unwrap().pod(&owner);
        assert_eq!(
            pod,
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "report-", "labels": {"app": "report"}}, "spec": {
                "securityContext": {}, "containers": [{"name": "a", "securityContext": {}},
                    {"name": "b", "securityContext": {"privileged": true}}]}})
        );
    }
}
