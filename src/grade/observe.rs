//! Asks all probes of all checks: each distinct one once, many at a time, in rounds until nothing new is asked.

use futures::StreamExt;

use super::ask::Ask;
use super::checks::CheckKind;
use super::observation::Observations;
use super::probe::Probe;

/// A check's probes may depend on earlier answers (a Pod's name, the Secrets it names); no chain is longer.
const MAX_ROUNDS: usize = 4;

/// How many probes are under way at once.
const CONCURRENCY: usize = 16;

/// One pass: asks whatever `kinds` need to be judged, given what was seen at the beginning.
pub async fn observe<'a>(
    ask: &impl Ask,
    kinds: impl IntoIterator<Item = &'a CheckKind>,
    baseline: &Observations,
) -> Observations {
    let kinds: Vec<&CheckKind> = kinds.into_iter().collect();
    let mut seen = Observations::default();
    for _ in 0..MAX_ROUNDS {
        let round = unanswered(&kinds, &seen, baseline);
        if round.is_empty() {
            break;
        }
        let answers: Vec<_> = futures::stream::iter(&round)
            .map(|probe| ask.ask(probe))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        for answer in answers {
            seen.insert(answer);
        }
    }
    seen
}

fn unanswered(kinds: &[&CheckKind], seen: &Observations, baseline: &Observations) -> Vec<Probe> {
    let mut probes: Vec<Probe> = kinds.iter().flat_map(|kind| kind.probes(seen, baseline)).collect();
    probes.sort();
    probes.dedup();
    probes.retain(|probe| seen.get(probe).is_none());
    probes
}
