//! Pure: the right answer to a question, and wrong ones, to prove its marks.

use crate::quiz::answer::Answer;
use crate::quiz::judge::judge;
use crate::quiz::model::{Choosable, Item, Task};

/// Whether it is marked without a cluster and without the learner.
pub fn is_marked_alone(item: &Item) -> bool {
    item.task().is_some_and(|task| !matches!(task, Task::Open(_) | Task::Fix(_)))
}

/// The right answer; None: the question has none that could be given.
pub fn right(item: &Item) -> Option<Answer> {
    Some(match item.task()? {
        Task::Single(options) | Task::Multiple(options) | Task::Predict(options) => {
            Answer::Chosen(chosen(options))
        }
        Task::Ordering(steps) => Answer::Order((0..steps.len()).collect()),
        Task::Matching(matching) => Answer::Pairs((0..matching.pairs.len()).collect()),
        Task::Number(number) => Answer::Text(number.value.to_string()),
        Task::Short(short) => Answer::Text(short.accept.first()?.clone()),
        Task::Lines(lines) => Answer::Lines(ordered(lines.right.clone())),
        Task::Fix(_) | Task::Open(_) => return None,
    })
}

/// Wrong answers: those that people give, and the right one with one thing changed.
pub fn wrong(item: &Item) -> Vec<Answer> {
    match item.task() {
        Some(Task::Single(options) | Task::Predict(options)) => {
            let wrong = (0..options.len()).filter(|i| !options[*i].right);
            wrong.map(|i| Answer::Chosen(vec![i])).collect()
        }
        Some(Task::Multiple(options)) => {
            let all = chosen(options);
            let changed = (0..options.len()).map(|i| match all.contains(&i) {
                true => all.iter().copied().filter(|one| *one != i).collect(),
                false => ordered(all.iter().copied().chain([i]).collect()),
            });
            changed.filter(|answer: &Vec<usize>| !answer.is_empty()).map(Answer::Chosen).collect()
        }
        Some(Task::Ordering(steps)) => exchanged(steps.len()).map(Answer::Order).collect(),
        Some(Task::Matching(matching)) => exchanged(matching.pairs.len()).map(Answer::Pairs).collect(),
        Some(Task::Number(number)) => {
            let beyond = number.value + 2.0 * number.tolerance + 1.0;
            let near = number.near.iter().map(|near| near.value);
            near.chain([beyond]).map(|value| Answer::Text(value.to_string())).collect()
        }
        Some(Task::Short(short)) => {
            let near = short.near.iter().map(|near| near.text.clone());
            near.chain(["no answer at all".to_owned()]).map(Answer::Text).collect()
        }
        Some(Task::Lines(lines)) => {
            let right = ordered(lines.right.clone());
            let count = u32::try_from(lines.text.lines().count()).unwrap_or(u32::MAX);
            let changed = (1..=count).map(|line| match right.contains(&line) {
                true => right.iter().copied().filter(|one| *one != line).collect(),
                false => ordered(right.iter().copied().chain([line]).collect()),
            });
            changed.filter(|answer: &Vec<u32>| !answer.is_empty()).map(Answer::Lines).collect()
        }
        Some(Task::Fix(_) | Task::Open(_)) | None => Vec::new(),
    }
}

/// What is wrong with the marks of a question: the right answer must earn all points, a wrong one none.
pub fn problems(item: &Item) -> Vec<String> {
    let Some(right) = right(item) else {
        return vec![format!("`{}` cannot be marked without a cluster", item.id)];
    };
    let mark = judge(item, &right);
    let mut problems = Vec::new();
    if !mark.full() || mark.of == 0 {
        problems.push(format!("the right answer earns {} of {} points", mark.points, mark.of));
    }
    let wrong = wrong(item);
    if wrong.is_empty() {
        problems.push("no answer to it is wrong".into());
    }
    let earns = wrong.into_iter().filter(|answer| judge(item, answer).points > 0);
    problems.extend(earns.map(|answer| format!("a wrong answer earns points: {answer:?}")));
    problems
}

fn chosen(options: &[Choosable]) -> Vec<usize> {
    (0..options.len()).filter(|i| options[*i].right).collect()
}

fn ordered<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

/// The numbers `0..len` with two neighbours exchanged, each pair in turn.
fn exchanged(len: usize) -> impl Iterator<Item = Vec<usize>> {
    (1..len).map(move |i| {
        let mut order: Vec<usize> = (0..len).collect();
        order.swap(i - 1, i);
        order
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiz::Bank;

    #[test]
    fn the_marks_of_all_questions_hold_and_a_wrong_key_is_noticed() {
        let bank = Bank::builtin().unwrap();
        let mut marked = 0;
        for (_, item) in bank.items().filter(|(_, item)| is_marked_alone(item)) {
            assert_eq!(problems(item), Vec::<String>::new(), "{}", item.id);
            marked += 1;
        }
        assert!(marked > 50, "{marked}");
        let single = bank.items().find(|(_, item)| item.single.is_some()).unwrap().1;
        let mut two = single.clone();
        two.single.as_mut().unwrap().options.iter_mut().for_each(|option| option.right = true);
        assert!(!problems(&two).is_empty());
    }
}
