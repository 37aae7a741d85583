//! What is wrong with one Pod, over all of its containers together or container by container.

use k8s_openapi::api::core::v1::Pod;

use super::TokenMountSpec;
use super::wanted::Wanted;
use super::words::{Problem, at, describe, place, surplus};
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;
use crate::grade::pods::{Credential, Onlooker, Stores, credentials, onlookers};
use crate::grade::verdict::{Evidence, Fact};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong.
    pub(super) problems: Vec<Problem>,
    /// What was seen besides.
    pub(super) seen: Vec<Evidence>,
}

impl Findings {
    /// Adds what one Pod has.
    pub(super) fn of(
        &mut self,
        spec: &TokenMountSpec,
        pod: &Pod,
        stores: Stores<'_>,
        context: &JudgeContext<'_>,
    ) -> Result<(), Gap> {
        let found = credentials(pod, stores);
        let wanted = Wanted::of(&spec.expect);
        if let Some(wanted) = &wanted {
            self.see(pod, &found);
            if spec.containers.is_empty() {
                let all: Vec<&Credential> = found.iter().collect();
                self.problems.extend(wanted.problems(pod, &all, None, context)?);
            }
        } else if spec.containers.is_empty() {
            self.problems.extend(found.iter().map(|c| surplus(pod, c)));
        }
        if spec.containers.is_empty() {
            return Ok(());
        }
        let containers = onlookers(pod);
        for name in spec.containers.iter().filter(|name| !containers.iter().any(|c| c.name == **name)) {
            let seen = format!("no container {name}");
            let missing = Evidence::expected(Fact::Presence, at(pod), format!("a container {name}"), seen);
            self.problems.push((missing, None));
        }
        for container in &containers {
            let named = spec.containers.contains(&container.name);
            match &wanted {
                Some(wanted) if named => {
                    let own: Vec<&Credential> = own(&found, container).collect();
                    let problems = wanted.problems(pod, &own, Some(container), context)?;
                    problems.into_iter().for_each(|problem| self.add(problem));
                }
                None if !named => {}
                _ => {
                    own(&found, container).for_each(|c| self.add(surplus(pod, c)));
                    through(&found, container)
                        .for_each(|(c, way)| self.add(looked_at(pod, container, c, way)));
                }
            }
        }
        Ok(())
    }

    /// What is given to every container is told once.
    fn add(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn see(&mut self, pod: &Pod, found: &[Credential]) {
        let seen = found.iter().map(|c| Evidence::seen(at(pod), describe(&c.kind)).field(place(c)));
        self.seen.extend(seen);
    }
}

/// What one container is given.
fn own<'a>(found: &'a [Credential], container: &'a Onlooker) -> impl Iterator<Item = &'a Credential> {
    found.iter().filter(|c| c.reader.as_ref().is_none_or(|reader| *reader == container.name))
}

/// What one container can read of what others are given, and by which field.
fn through<'a>(
    found: &'a [Credential],
    container: &'a Onlooker,
) -> impl Iterator<Item = (&'a Credential, &'static str)> {
    found.iter().filter_map(|c| Some((c, container.sees(c.reader.as_deref()?)?)))
}

fn looked_at(pod: &Pod, container: &Onlooker, credential: &Credential, way: &str) -> Problem {
    let seen = describe(&credential.kind);
    let field = format!("{}, by {way} from {}", container.title, place(credential));
    let problem = Evidence::expected(Fact::Credential, at(pod), "no token", seen).field(field);
    (problem, Some(credential.kind.clone()))
}
