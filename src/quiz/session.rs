//! Pure: which items a session asks, and how they are shown.

use super::model::{Item, Quiz, Task};
use super::shuffle;

/// The items of a session: at most `count` of `items`, in an order that the seed decides.
pub fn draw<'a>(items: &[(&'a Quiz, &'a Item)], seed: u64, count: usize) -> Vec<(&'a Quiz, &'a Item)> {
    shuffle::order(seed, "session", items.len()).into_iter().take(count).map(|i| items[i]).collect()
}

/// Which option, step or right side stands at each place; nothing is shuffled without a seed.
pub fn shown(item: &Item, seed: Option<u64>) -> Vec<usize> {
    let task = item.task();
    let count = task.map_or(0, |task| task.lettered().len());
    let disorder = matches!(task, Some(Task::Ordering(_) | Task::Matching(_)));
    match (seed, disorder) {
        (None, _) => (0..count).collect(),
        (Some(seed), false) => shuffle::order(seed, &item.id, count),
        (Some(seed), true) => shuffle::disorder(seed, &item.id, count),
    }
}
