//! Pure: which names a drawn task has: others than the defaults, and others than the tasks before it where there are enough.

use std::collections::{BTreeMap, BTreeSet};

use super::lot::order;
use crate::scenario::model::{ParamKind, Scenario};
use crate::scenario::{Binding, candidates};

/// The values that differ from what `seed` draws. `taken` are the names of the tasks before; those of this one are added.
/// Namespaces are not among them: they carry the number of the task. Nor is what is wrong in a diagnosis: the seed draws it, and
/// the paper does not say it.
pub(super) fn others(
    scenario: &Scenario,
    seed: u64,
    taken: &mut BTreeSet<String>,
) -> BTreeMap<String, String> {
    let drawn = Binding::seeded(scenario, seed).resolved(scenario);
    let mut changed = BTreeMap::new();
    for (name, param) in &scenario.params {
        if !matches!(param.kind, ParamKind::Name | ParamKind::Text) {
            continue;
        }
        let all = candidates(param);
        let lots = order(seed, &format!("names of {} {name}", scenario.id), &all);
        let mut variants = lots.into_iter().map(|i| all[i]).filter(|value| *value != param.default);
        let first = variants.clone().next();
        let value = variants.find(|value| !taken.contains(*value)).or(first).unwrap_or(&param.default);
        taken.insert(value.to_owned());
        if drawn.get(name).is_none_or(|drawn| drawn != value) {
            changed.insert(name.clone(), value.to_owned());
        }
    }
    changed
}
