//! Pure: which cells of the matrix are played.

use crate::scenario::BoundScenario;
use crate::variation::{Variation, facts, library};

use super::sample;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All cells.
    All,
    /// So many cells, the same each time, of all variations and all scenarios.
    Sample(usize),
    /// These variations, in every scenario.
    Named(Vec<String>),
}

/// A cell that is asked for: the variation, and why it cannot fit, if that can be told from the scenario file.
pub(in crate::prove) type Chosen = (Variation, Option<&'static str>);

impl Choice {
    /// The cells of each scenario, in the library's order.
    pub(in crate::prove) fn of(&self, scenarios: &[BoundScenario]) -> Vec<Vec<Chosen>> {
        let all = library().unwrap_or_default();
        let asked = |v: &&Variation| match self {
            Self::Named(names) => names.contains(&v.name),
            _ => true,
        };
        let cells = |bound: &BoundScenario| -> Vec<Chosen> {
            let facts = facts(bound);
            all.iter().filter(asked).map(|v| (v.clone(), v.misfit(bound, &facts))).collect()
        };
        let mut matrix: Vec<Vec<Chosen>> = scenarios.iter().map(cells).collect();
        if let Self::Sample(size) = self {
            let fits: Vec<Vec<bool>> =
                matrix.iter().map(|row| row.iter().map(|(_, misfit)| misfit.is_none()).collect()).collect();
            let costs: Vec<u32> = scenarios.iter().map(|b| crate::prove::plan::pods(&b.manifests)).collect();
            let kept = sample::sample(&fits, &costs, *size);
            for (row, kept) in matrix.iter_mut().zip(kept) {
                let mut kept = kept.into_iter();
                row.retain(|_| kept.next().unwrap_or_default());
            }
        }
        matrix
    }
}
