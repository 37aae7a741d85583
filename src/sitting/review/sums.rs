//! Pure: points by topic and by domain, against the pass mark.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::sitting::result::{ExamResult, TaskResult};

/// The points of the tasks that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// What they have in common.
    pub name: String,
    /// Earned, in hundredths of a per cent of the whole paper.
    pub earned: u32,
    /// Of how many; 0: none of them counts.
    pub of: u32,
    /// Earned, in per cent of those, rounded down; None: none of them counts.
    pub percent: Option<u32>,
    /// Whether that is the pass mark, or more; None: none of them counts.
    pub reached: Option<bool>,
    /// Their numbers.
    pub tasks: Vec<usize>,
}

/// The sums by what `names` says of each task, by name. A task counts for each of its names.
pub(super) fn by(result: &ExamResult, names: impl Fn(&TaskResult) -> &Vec<String>) -> Vec<Sum> {
    let mut groups: BTreeMap<&str, Vec<&TaskResult>> = BTreeMap::new();
    for task in &result.tasks {
        let once: BTreeSet<&str> = names(task).iter().map(String::as_str).collect();
        for name in once {
            groups.entry(name).or_default().push(task);
        }
    }
    groups.into_iter().map(|(name, tasks)| sum(name, &tasks, result.pass)).collect()
}

fn sum(name: &str, tasks: &[&TaskResult], pass: u32) -> Sum {
    let counts = || tasks.iter().filter(|task| task.of() > 0);
    let earned = counts().map(|task| task.earned).fold(0, u32::saturating_add);
    let of = counts().map(|task| task.of()).fold(0, u32::saturating_add);
    let percent = (u64::from(earned) * 100).checked_div(u64::from(of));
    let percent = percent.map(|percent| u32::try_from(percent).unwrap_or(100));
    Sum {
        name: name.to_owned(),
        earned,
        of,
        percent,
        reached: percent.map(|percent| percent >= pass),
        tasks: tasks.iter().map(|task| task.number).collect(),
    }
}
