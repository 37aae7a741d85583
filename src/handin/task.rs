//! Pure: which task of the class a file is for, from its name, from its folders, or since there is only one.

use super::names::{stem, unnumbered};
use crate::lms::key::key;

/// Why the task is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskUnknown {
    /// No name says one of the class's tasks.
    #[error(
        "neither the file nor a folder is named after a task, and there are several: say which with `--task`"
    )]
    NotSaid,
    /// Names say more than one.
    #[error("its name and its folders say several tasks: {}", .0.join(", "))]
    Several(Vec<String>),
}

/// The task that `file` in `folders` is for, one of `tasks`. The file's name and the folders may not contradict each other.
///
/// # Errors
/// When no task is said, or several are.
pub(super) fn task_of(file: &str, folders: &[String], tasks: &[String]) -> Result<String, TaskUnknown> {
    let mut said: Vec<&String> = said_by(stem(file), tasks);
    for folder in folders {
        said.extend(said_by(folder, tasks));
    }
    said.sort();
    said.dedup();
    match (said.as_slice(), tasks) {
        ([task], _) => Ok((*task).clone()),
        ([], [only]) => Ok(only.clone()),
        ([], _) => Err(TaskUnknown::NotSaid),
        (several, _) => Err(TaskUnknown::Several(several.iter().map(|task| (*task).clone()).collect())),
    }
}

/// The one of `others` that `file` in `folders` is named after, if it is named after none of `tasks`.
pub(super) fn named_after(
    file: &str,
    folders: &[String],
    tasks: &[String],
    others: &[String],
) -> Option<String> {
    let all: Vec<String> = tasks.iter().chain(others).cloned().collect();
    match task_of(file, folders, &all) {
        Ok(said) if !tasks.contains(&said) => Some(said),
        _ => None,
    }
}

/// The tasks that one name says: it is the id of one, also with the number of a later upload; or it contains ids.
fn said_by<'a>(name: &str, tasks: &'a [String]) -> Vec<&'a String> {
    let whole = spelled(name);
    let bare = spelled(unnumbered(name).0);
    for form in [&whole, &bare] {
        if let Some(task) = tasks.iter().find(|task| spelled(task) == *form) {
            return vec![task];
        }
    }
    // `scenario2`; with a hyphen this could be another task: `scenario-1-1` is not `scenario-11`.
    if !whole.contains('-') {
        let same: Vec<_> = tasks.iter().filter(|task| key(task) == key(name)).collect();
        if !same.is_empty() {
            return same;
        }
    }
    let within = |inner: &str, outer: &str| format!("-{outer}-").contains(&format!("-{inner}-"));
    let named: Vec<_> = tasks.iter().filter(|task| within(&spelled(task), &whole)).collect();
    // `rbac-role` also contains `rbac`.
    let longest = |task: &&String| {
        !named.iter().any(|other| other.len() > task.len() && within(&spelled(task), &spelled(other)))
    };
    named.iter().copied().filter(longest).collect()
}

/// A name in lower case, with a hyphen for each blank and underscore.
fn spelled(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '.' | '(' | ')'));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks() -> Vec<String> {
        ["scenario-1", "scenario-2", "scenario-11"].map(str::to_owned).to_vec()
    }

    fn of(path: &str) -> Result<String, TaskUnknown> {
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        let file = parts.pop().unwrap();
        task_of(&file, &parts, &tasks())
    }

    #[test]
    fn the_file_or_its_folder_names_the_task() {
        for path in [
            "scenario-2.sh",
            "Scenario_2.SH",
            "scenario 2.sh",
            "scenario2.sh",
            "scenario-2-1.sh",
            "scenario-2 (3).sh",
            "lab scenario-2 final.sh",
            "al042/scenario-2/solution.sh",
            "scenario-2/al042.sh",
            "scenario-2/scenario-2.sh",
        ] {
            assert_eq!(of(path).as_deref(), Ok("scenario-2"), "{path}");
        }
        assert_eq!(of("scenario-11.sh").as_deref(), Ok("scenario-11"));
        assert_eq!(of("scenario-1-1.sh").as_deref(), Ok("scenario-1"));
        assert_eq!(of("scenario11.sh").as_deref(), Ok("scenario-11"));
    }

    #[test]
    fn what_says_none_or_two_is_not_guessed() {
        assert_eq!(of("solution.sh"), Err(TaskUnknown::NotSaid));
        assert_eq!(of("scenario-3.sh"), Err(TaskUnknown::NotSaid));
        let two = Err(TaskUnknown::Several(vec!["scenario-1".into(), "scenario-2".into()]));
        assert_eq!(of("scenario-1/scenario-2.sh"), two);
        assert_eq!(of("scenario-1 scenario-2.sh"), two);
    }

    #[test]
    fn a_file_for_another_task_is_for_none_of_these() {
        let (wanted, others) =
            (["scenario-2".to_owned()], ["scenario-1".to_owned(), "scenario-11".to_owned()]);
        let after = |file: &str| named_after(file, &[], &wanted, &others);
        assert_eq!(after("scenario-1.sh").as_deref(), Some("scenario-1"));
        assert_eq!(
            (after("scenario-2.sh"), after("solution.sh"), after("scenario-1 scenario-2.sh")),
            (None, None, None)
        );
        assert_eq!(named_after("x.sh", &[], &wanted, &[]), None);
    }

    #[test]
    fn the_only_task_needs_no_name() {
        assert_eq!(task_of("x.sh", &[], &["scenario-1".into()]).as_deref(), Ok("scenario-1"));
        let nested = ["rbac".to_owned(), "rbac-role".to_owned()];
        assert_eq!(task_of("my-rbac-role.sh", &[], &nested).as_deref(), Ok("rbac-role"));
        assert_eq!(task_of("rbac-2.sh", &[], &nested).as_deref(), Ok("rbac"));
        assert!(task_of("x.sh", &[], &[]).is_err());
    }
}
