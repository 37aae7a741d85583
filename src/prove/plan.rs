//! Pure: which cases a scenario's proof has.

use serde::{Deserialize, Serialize};

use crate::mutate::{Mutant, mutants};
use crate::scenario::Binding;
use crate::scenario::model::Scenario;
use crate::variation::Variation;

/// The seed of the variant on which solutions are proved a second time.
const VARIANT: u64 = 1;

/// One thing to prove about a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Case {
    /// Nobody did anything.
    Unsolved {
        /// What is wrong; None: the default, or there is no such parameter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
    /// A solution was played.
    Solution {
        /// Its name.
        name: String,
        /// The variant; None: the defaults.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// What is wrong, unless it is the default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
    /// A mistake was played.
    Mistake {
        /// Its name.
        name: String,
    },
    /// The first solution was played and everything reset.
    Reset,
    /// A solution with one change was played.
    Mutant(Mutant),
    /// The reference solution was played with a variation.
    Variation(Variation),
}

impl Case {
    /// What it is called in reports.
    pub fn title(&self) -> String {
        match self {
            Self::Unsolved { cause } => titled("unsolved", cause.as_deref()),
            Self::Solution { name, seed: None, cause } => titled(name, cause.as_deref()),
            Self::Solution { name, seed: Some(seed), .. } => format!("{name} (seed {seed})"),
            Self::Mistake { name } => name.clone(),
            Self::Reset => "reset".into(),
            Self::Mutant(mutant) => mutant.id.clone(),
            Self::Variation(variation) => variation.name.clone(),
        }
    }

    /// Whether somebody who writes `name` means it: by its title, or as one of the variants of a solution.
    pub fn is_called(&self, name: &str) -> bool {
        let short = match self {
            Self::Solution { name, .. } => Some(name.as_str()),
            Self::Unsolved { .. } => Some("unsolved"),
            _ => None,
        };
        self.title() == name || short == Some(name)
    }

    /// The name of its file: `reference`, `reference@1` (no name holds an `@`).
    pub fn file_stem(&self) -> String {
        match self {
            Self::Solution { name, seed: Some(seed), .. } => format!("{name}@{seed}"),
            Self::Solution { name, cause: Some(cause), .. } => format!("{name}@{cause}"),
            Self::Unsolved { cause: Some(cause) } => format!("unsolved@{cause}"),
            Self::Mutant(mutant) => mutant.id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_"),
            Self::Variation(variation) => format!("variation@{}", variation.name),
            _ => self.title(),
        }
    }

    /// The values of the parameters that it is played with.
    ///
    /// # Errors
    /// When the scenario gives a mistake a value that does not fit.
    pub fn binding(&self, scenario: &Scenario) -> crate::scenario::Result<Binding> {
        let drawn = match self {
            Self::Solution { seed: Some(seed), .. } => Binding::seeded(scenario, *seed),
            _ => Binding::defaults(scenario),
        };
        let drawn =
            if self.is_full(scenario) { drawn } else { drawn.given(scenario, &scenario.proof.given)? };
        match self {
            Self::Solution { cause: Some(cause), .. } | Self::Unsolved { cause: Some(cause) } => {
                let named = scenario.cause().map(|(name, _)| (name.clone(), cause.clone()));
                drawn.given(scenario, &named.into_iter().collect())
            }
            Self::Mistake { name } => match scenario.mistakes.iter().find(|m| m.name == *name) {
                Some(mistake) => drawn.given(scenario, &mistake.given),
                None => Ok(drawn),
            },
            _ => Ok(drawn),
        }
    }

    /// Whether the setup is played in its full form, where a proof has a smaller one.
    fn is_full(&self, scenario: &Scenario) -> bool {
        match self {
            Self::Unsolved { cause: None } => true,
            Self::Solution { name, seed: None, cause: None } => {
                scenario.solutions.first().is_some_and(|first| first.name == *name)
            }
            _ => false,
        }
    }

    /// The script to play, out of the bound scenario.
    pub fn script<'a>(&'a self, scenario: &'a Scenario) -> Option<&'a str> {
        match self {
            Self::Unsolved { .. } => None,
            Self::Solution { name, .. } => {
                scenario.solutions.iter().find(|s| s.name == *name).map(|s| s.run.as_str())
            }
            Self::Mistake { name } => {
                scenario.mistakes.iter().find(|m| m.name == *name).map(|m| m.run.as_str())
            }
            Self::Reset | Self::Variation(_) => scenario.solutions.first().map(|s| s.run.as_str()),
            Self::Mutant(mutant) => Some(&mutant.script),
        }
    }
}

/// All cases of a scenario.
pub fn cases(scenario: &Scenario) -> Vec<Case> {
    let varies = scenario.params.values().any(|p| !p.variants.is_empty());
    let seeds: Vec<Option<u64>> = if varies { vec![None, Some(VARIANT)] } else { vec![None] };
    let solutions = scenario.solutions.iter().flat_map(|s| {
        let of = |seed, cause| Case::Solution { name: s.name.clone(), seed, cause };
        let varied = seeds.iter().map(move |seed| of(*seed, None));
        varied.chain(other_causes(scenario).map(move |cause| of(None, Some(cause))))
    });
    let mistakes = scenario.mistakes.iter().map(|m| Case::Mistake { name: m.name.clone() });
    std::iter::once(None)
        .chain(other_causes(scenario).map(Some))
        .map(|cause| Case::Unsolved { cause })
        .chain(solutions)
        .chain(mistakes)
        .chain(std::iter::once(Case::Reset))
        .collect()
}

/// What may be wrong beside the default: each is a task of its own.
fn other_causes(scenario: &Scenario) -> impl Iterator<Item = String> {
    let cause = scenario.cause().map(|(_, param)| param);
    cause.into_iter().flat_map(|p| p.variants.iter().filter(|v| **v != p.default).cloned())
}

fn titled(name: &str, cause: Option<&str>) -> String {
    cause.map_or_else(|| name.to_owned(), |cause| format!("{name} ({cause})"))
}

/// All mutants of a scenario. One whose solutions cannot be taken apart has none, and lint says so.
pub fn mutant_cases(scenario: &Scenario) -> Vec<Case> {
    mutants(scenario).unwrap_or_default().into_iter().map(Case::Mutant).collect()
}

/// How many Pods a setup makes, roughly: a node has room for about a hundred.
pub fn pods(manifests: &str) -> u32 {
    let mut pods: u32 = 0;
    for document in manifests.split("\n---") {
        let replicas = document
            .lines()
            .find_map(|l| l.trim().strip_prefix("replicas:")?.trim().parse::<u32>().ok())
            .unwrap_or(1);
        let makes = [
            "kind: Pod",
            "kind: Deployment",
            "kind: StatefulSet",
            "kind: DaemonSet",
            "kind: Job",
            "kind: ReplicaSet",
        ];
        if document.lines().any(|l| makes.contains(&l.trim_end())) {
            pods = pods.saturating_add(replicas);
        }
    }
    pods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;
    use crate::scenario::model::ParamKind;

    #[test]
    fn a_large_setup_is_proved_in_full_unsolved_and_with_the_reference_only() {
        let mut scenario = Catalog::builtin().get("scenario-2").unwrap().scenario.clone();
        scenario.proof.given = [("pod".to_owned(), "small".to_owned())].into();
        scenario.mistakes[0].given = [("serviceAccount".to_owned(), "theirs".to_owned())].into();
        let full: Vec<String> = cases(&scenario)
            .into_iter()
            .filter(|case| case.binding(&scenario).unwrap() == Binding::defaults(&scenario))
            .map(|case| case.title())
            .collect();
        assert_eq!(full, ["unsolved", "reference"]);
        let mistake = Case::Mistake { name: scenario.mistakes[0].name.clone() };
        let both =
            [("pod", "small"), ("serviceAccount", "theirs")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let given = Binding::defaults(&scenario).given(&scenario, &both.into()).unwrap();
        assert_eq!(mistake.binding(&scenario).unwrap(), given);
    }

    #[test]
    fn a_case_is_called_by_its_title_or_a_solution_by_its_name() {
        let case = |seed| Case::Solution { name: "reference".into(), seed, cause: None };
        assert!(case(None).is_called("reference") && case(Some(1)).is_called("reference"));
        assert!(case(Some(1)).is_called("reference (seed 1)") && !case(None).is_called("reference (seed 1)"));
        let unsolved = Case::Unsolved { cause: Some("a".into()) };
        assert!(unsolved.is_called("unsolved") && unsolved.is_called("unsolved (a)"));
        assert!(!Case::Mistake { name: "x".into() }.is_called("") && Case::Reset.is_called("reset"));
    }

    #[test]
    fn every_cause_is_proved_unsolved_and_with_each_solution() {
        let mut scenario = Catalog::builtin().get("scenario-2").unwrap().scenario.clone();
        let pod = scenario.params.get_mut("pod").unwrap();
        pod.kind = ParamKind::Cause;
        pod.variants = vec!["other".into()];
        let titles: Vec<String> = cases(&scenario).iter().map(Case::title).collect();
        for title in
            ["unsolved", "unsolved (other)", "reference", "reference (other)", "edited-export (other)"]
        {
            assert!(titles.iter().any(|t| t == title), "{title}: {titles:?}");
        }
        let other = Case::Unsolved { cause: Some("other".into()) };
        assert_ne!(other.binding(&scenario).unwrap(), Binding::defaults(&scenario));
        assert_eq!(other.file_stem(), "unsolved@other");
    }

    #[test]
    fn pods_are_counted_with_their_replicas() {
        let manifests = "kind: Pod\n---\nkind: Deployment\nspec:\n  replicas: 3\n---\nkind: Secret\n";
        assert_eq!(pods(manifests), 4);
    }
}
