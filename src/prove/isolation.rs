//! Pure: how far a case reaches, told by the text of its script and manifests: whether it must run alone, and whether
//! it only reads.

use std::sync::LazyLock;

use regex::Regex;

use super::plan::Case;
use crate::scenario::model::Scenario;
use crate::scenario::reaches_beyond;

/// Whether a case must run alone: what it does could be seen by others, or clash with them.
pub(super) fn needs_the_cluster(case: &Case, scenario: &Scenario, manifests: &str) -> bool {
    if scenario.proof.together && !scenario.exclusive {
        match case {
            Case::Unsolved { .. } | Case::Solution { .. } => return false,
            Case::Mistake { name } => {
                return scenario.mistakes.iter().any(|m| m.name == *name && m.alone);
            }
            Case::Variation(variation) => return variation.wide,
            // What a mutant reaches is not the author's word, and reset is looked at by itself.
            Case::Reset | Case::Mutant(_) => {}
        }
    }
    // Every setup makes its Namespaces; they are isolated.
    let own = manifests.replace("kind: Namespace", "");
    let hidden = match case {
        Case::Mutant(mutant) => mutant.reaches_out,
        Case::Variation(variation) => variation.wide,
        _ => false,
    };
    let script = whole_script(case, scenario);
    scenario.exclusive
        || hidden
        || reaches_beyond(&own)
        || reaches_beyond(&scenario.setup.run)
        || script.is_some_and(|script| reaches_beyond(&script))
}

/// What a case plays: a script may call any of the helpers.
fn whole_script(case: &Case, scenario: &Scenario) -> Option<String> {
    case.script(scenario).map(|script| format!("{}\n{script}", scenario.helpers))
}

/// What changes nothing on the cluster, as commands of kubectl.
static READS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let verbs = "get|describe|explain|logs|events|version|api-resources|api-versions|auth +can-i|auth +whoami|config +view";
    Regex::new(&format!(r"\bkubectl +({verbs})\b")).ok()
});

/// What may change the cluster, or might start something that does.
static CLIENTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(kubectl|curl|wget|nc|ssh|openssl|python3?|perl|satrain|bash|sh|eval|source|exec)\b|\./")
        .ok()
});

/// Whether a case leaves the cluster as its setup made it. What is not plain to see is taken for a change.
pub(super) fn only_reads(case: &Case, scenario: &Scenario) -> bool {
    match (case, whole_script(case, scenario)) {
        (Case::Reset | Case::Variation(_), _) => false,
        (Case::Mutant(mutant), _) if mutant.reaches_out => false,
        (_, None) => true,
        (_, Some(script)) => reads(&script),
    }
}

fn reads(script: &str) -> bool {
    let Some((reads, clients)) = READS.as_ref().zip(CLIENTS.as_ref()) else { return false };
    !clients.is_match(&reads.replace_all(script, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_only_reads_when_all_that_it_runs_is_known_to() {
        assert!(reads("kubectl get pods -A | grep x > answers/a\nkubectl auth can-i --list --as=x"));
        for script in [
            "kubectl get pods; kubectl delete pod x",
            "kubectl -n a get pods",
            "k=kubectl; $k apply -f x",
            "kubectl auth reconcile -f x",
            "kubectl exec x -- cat token",
            "curl -X DELETE https://api",
            "bash ci/job.sh",
            "./job",
        ] {
            assert!(!reads(script), "{script}");
        }
    }
}
