//! `workload` of a Job or CronJob: judged by the Pod that its template would make.

use super::{WorkloadSpec, service_account, why};
use crate::grade::checks::next_step;
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;
use crate::grade::pods::{Scope, Template, differences, full_name};
use crate::grade::verdict::{Evidence, Verdict};

impl WorkloadSpec {
    /// What an author asks that no template can answer.
    pub(super) fn template_mistake(&self) -> Option<String> {
        let template = Template::parse(&self.workload)?;
        let key = match (self.at_least, self.alone) {
            (Some(_), _) => "atLeast",
            (None, true) => "alone",
            (None, false) if self.service_account.is_none() && self.same.is_empty() => {
                return Some(format!(
                    "of a {}, say which `serviceAccount` or what is the `same`",
                    template.kind()
                ));
            }
            (None, false) => return None,
        };
        Some(format!(
            "`{key}` says nothing about a {}, which is judged by its template; `serviceAccount` and `same` do",
            template.kind()
        ))
    }

    pub(super) fn judge_template(
        &self,
        template: &Template<'_>,
        context: &JudgeContext<'_>,
    ) -> Result<Verdict, Gap> {
        let before = template.written(&self.namespace, context.at_setup());
        if context.baseline.is_taking() {
            before?;
            return Ok(Verdict::pass("The template has been noted."));
        }
        let now = template.written(&self.namespace, context.seen);
        let scope = match Scope::of_template(template, &self.namespace, context)? {
            Ok(scope) => scope,
            Err(verdict) => return Ok(verdict.next_step(next_step::template(template, &self.namespace))),
        };
        let mut problems: Vec<Evidence> =
            scope.live.iter().filter_map(|pod| self.service_account_problem(pod)).collect();
        if let (false, Some(now)) = (self.same.is_empty(), now?) {
            // What somebody wrote: admission may add something to either.
            let before = before?.ok_or_else(|| {
                let title = template.title();
                context.author_error(format!(
                    "`same` has nothing to compare with: {title} was not there after setup"
                ))
            })?;
            problems.extend(self.same.iter().flat_map(|aspect| differences(*aspect, &before, &now)));
        }
        if let Some(first) = problems.first() {
            let look = next_step::template(template, &self.namespace);
            return Ok(Verdict::fail(why(first)).with_all(problems).next_step(look));
        }
        let pods = scope.live.iter().map(|pod| {
            let runs_as = service_account(pod);
            Evidence::seen(format!("Pod {}", full_name(pod)), runs_as).field(".spec.serviceAccountName")
        });
        Ok(Verdict::pass(format!("{} is as required.", scope.title)).with_all(pods))
    }
}
