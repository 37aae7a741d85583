//! The guard that every scenario has: nothing but what the task asks for becomes wider.
//!
//! In: a scenario as written. Out: the same with the guard, unless its author wrote one with exceptions, and with what the
//! guard has to know of the scenario: its Namespaces, and the ServiceAccounts whose rights a check judges to the last one.

use super::model::{ParamKind, Scenario};
use crate::grade::checks::CheckKind;
use crate::grade::checks::nothing_wider::{Account, NothingWiderSpec, guard};

/// Adds the guard and fills in what it has to know.
pub(super) fn guard_all(scenario: &mut Scenario) {
    let is_written = scenario.guards.iter().any(|guard| matches!(guard.kind, CheckKind::NothingWider(_)));
    if !is_written {
        scenario.guards.push(guard());
    }
    let namespaces = scenario.params.iter().filter(|(_, param)| param.kind == ParamKind::Namespace);
    let namespaces: Vec<String> = namespaces.map(|(name, _)| format!("{{{{ {name} }}}}")).collect();
    let judged = judged(scenario);
    for guard in &mut scenario.guards {
        let CheckKind::NothingWider(spec) = &mut guard.kind else { continue };
        fill(spec, &namespaces, &judged);
    }
}

fn fill(spec: &mut NothingWiderSpec, namespaces: &[String], judged: &[Account]) {
    if spec.namespaces.is_empty() {
        spec.namespaces = namespaces.to_vec();
    }
    if spec.judged.is_empty() {
        spec.judged = judged.to_vec();
    }
}

fn judged(scenario: &Scenario) -> Vec<Account> {
    let accounts = scenario.expectations().filter_map(|expected| match &expected.is.kind {
        CheckKind::Access(access) if access.exactly.is_some() => {
            Some(Account { namespace: access.namespace.clone(), name: access.service_account.clone() })
        }
        _ => None,
    });
    let mut accounts: Vec<Account> = accounts.collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Binding, Catalog, bind};

    #[test]
    fn each_scenario_of_the_bank_has_it_once_and_it_knows_the_attempts_namespaces() {
        for entry in Catalog::builtin().entries() {
            let loaded = entry.loaded.as_ref().unwrap();
            let bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
            let kinds = bound.scenario.guards.iter().map(|guard| &guard.kind);
            let specs: Vec<&NothingWiderSpec> = kinds
                .filter_map(|kind| match kind {
                    CheckKind::NothingWider(spec) => Some(spec),
                    _ => None,
                })
                .collect();
            let [spec] = specs.as_slice() else { panic!("{}: {specs:?}", loaded.scenario.id) };
            let mut namespaces = spec.namespaces.clone();
            namespaces.sort();
            namespaces.dedup();
            assert_eq!(namespaces, bound.namespaces(), "{}", loaded.scenario.id);
        }
    }

    #[test]
    fn whom_a_check_judges_to_the_last_right_is_judged_there() {
        let loaded = Catalog::builtin().get("incident-response").unwrap().clone();
        let bound = bind(&loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        let judged = judged(&bound.scenario);
        let names: Vec<&str> = judged.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["default", "webapp-sa"]);
    }
}
