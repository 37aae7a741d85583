//! What can be played without being an exercise: something to set up, without task, checks or solutions.

use std::collections::BTreeMap;

use super::bind::BoundScenario;
use super::folder::Origin;
use super::model::{ApiVersion, Difficulty, Manifests, Param, ParamKind, ProofPlan, Scenario, Setup};

/// A setup with final texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playground {
    /// The first part of its attempts' names.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// How hard that is.
    pub difficulty: Difficulty,
    /// The Namespaces that its manifests make, by the parameters that name them.
    pub namespaces: BTreeMap<String, String>,
    /// The manifests.
    pub manifests: String,
    /// What setup waits for.
    pub ready: Vec<String>,
    /// Files for the workspace.
    pub files: BTreeMap<String, String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl From<Playground> for BoundScenario {
    fn from(playground: Playground) -> Self {
        let Playground { id, title, difficulty, namespaces, manifests, ready, files, origin } = playground;
        let param = |value: &String| Param {
            default: value.clone(),
            variants: Vec::new(),
            kind: ParamKind::Namespace,
        };
        let scenario = Scenario {
            api_version: ApiVersion::V1,
            id,
            title,
            topics: Vec::new(),
            domains: Vec::new(),
            difficulty,
            minutes: 1,
            after: Vec::new(),
            exclusive: false,
            needs: Vec::new(),
            covers: BTreeMap::new(),
            params: namespaces.iter().map(|(name, value)| (name.clone(), param(value))).collect(),
            setup: Setup {
                manifests: Manifests::Inline(manifests.clone()),
                ready,
                ready_within: None,
                files,
                run: String::new(),
            },
            task: String::new(),
            checks: Vec::new(),
            guards: Vec::new(),
            hints: Vec::new(),
            explanation: String::new(),
            helpers: String::new(),
            for_learners: false,
            solutions: Vec::new(),
            mistakes: Vec::new(),
            proof: ProofPlan::default(),
            equivalents: Vec::new(),
        };
        let told = namespaces.keys().cloned().collect();
        Self { scenario, values: namespaces, told, manifests, digest: String::new(), origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::as_variables;

    #[test]
    fn its_namespaces_are_those_of_an_attempt_and_variables_of_its_scripts() {
        let names = [("namespace", "quiz-a"), ("other", "quiz-b")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let bound = BoundScenario::from(Playground {
            id: "quiz".into(),
            title: "t".into(),
            difficulty: Difficulty::Easy,
            namespaces: names.into(),
            manifests: "kind: Namespace".into(),
            ready: vec!["pod/a".into()],
            files: [("text.txt".to_owned(), "x".to_owned())].into(),
            origin: Origin::Builtin("quizzes".into()),
        });
        assert_eq!(bound.namespaces(), ["quiz-a", "quiz-b"]);
        assert_eq!(as_variables(&bound.values)["OTHER"], "quiz-b");
        assert_eq!(bound.scenario.setup.manifests, Manifests::Inline(bound.manifests.clone()));
        assert_eq!((bound.scenario.setup.ready.len(), bound.scenario.setup.files.len()), (1, 1));
    }
}
