//! A paper as a file: YAML that reads again as the same paper.

use std::fmt::Write;

use super::model::{Paper, Task};

/// The text of the file. `remarks`, one a line, stand at its head.
pub fn write(paper: &Paper, remarks: &[String]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for remark in remarks {
        let _ = writeln!(text, "# {}", remark.replace(|c: char| c.is_control(), " "));
    }
    let _ = writeln!(text, "apiVersion: satrain.dev/paper/v1");
    let _ = writeln!(text, "title: {}", quoted(&paper.title));
    let _ = writeln!(text, "minutes: {}\npass: {}\ntasks:", paper.minutes, paper.pass);
    for task in &paper.tasks {
        for (i, line) in lines(task).into_iter().enumerate() {
            let _ = writeln!(text, "  {} {line}", if i == 0 { '-' } else { ' ' });
        }
    }
    text
}

fn lines(task: &Task) -> Vec<String> {
    let params: Vec<String> = task.params.iter().map(|(n, v)| format!("{}: {}", key(n), quoted(v))).collect();
    [
        task.scenario.as_ref().map(|id| format!("scenario: {}", key(id))),
        task.question.as_ref().map(|id| format!("question: {}", key(id))),
        task.weight.map(|weight| format!("weight: {weight}")),
        task.seed.map(|seed| format!("seed: {seed}")),
        (!params.is_empty()).then(|| format!("params: {{{}}}", params.join(", "))),
        task.alone.then(|| "alone: true".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A name as it is, unless YAML could take it for something else.
pub(crate) fn key(name: &str) -> String {
    let starts = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .contains(&name.to_ascii_lowercase().as_str());
    if starts && plain && !word { name.to_owned() } else { quoted(name) }
}

/// In double quotes: JSON's escapes are YAML's, too.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::PaperVersion;
    use super::super::read::read;
    use super::*;

    fn a_task() -> impl Strategy<Value = Task> {
        let lab = (
            "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?",
            any::<Option<u64>>(),
            prop::collection::btree_map("[a-z][A-Za-z0-9]{0,6}", "[ -~äß…]{0,12}", 0..3),
            any::<bool>(),
        );
        let lab = lab.prop_map(|(id, seed, params, alone)| Task {
            scenario: Some(id),
            seed,
            params,
            alone,
            ..Task::default()
        });
        let question = ("[a-z][a-z0-9-]{0,8}", any::<Option<u64>>());
        let question = question.prop_map(|(id, seed)| Task { question: Some(id), seed, ..Task::default() });
        prop_oneof![lab, question]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_again_and_is_equal(
            title in "[!-~äß…][ -~äß…]{0,40}[!-~]",
            minutes in 1u32..=600,
            pass in 1u32..=100,
            tasks in prop::collection::vec(a_task(), 1..8),
            weighted in any::<bool>(),
        ) {
            let mut paper = Paper { api_version: PaperVersion::V1, title, minutes, pass, tasks };
            // No question is asked twice.
            for (number, task) in paper.tasks.iter_mut().enumerate() {
                task.question = task.question.take().map(|id| format!("{id}{number}"));
            }
            if weighted {
                let count = paper.tasks.len();
                let weights = super::super::shares::shares(100, &vec![1; count]);
                paper.tasks.iter_mut().zip(weights).for_each(|(task, weight)| task.weight = Some(weight));
            }
            let text = write(&paper, &["a remark".to_owned()]);
            let again = read("p.yaml", &text).map_err(|e| TestCaseError::fail(format!("{}\n{text}", e.one_line())))?;
            prop_assert_eq!(again.paper(), &paper);
        }
    }
}
