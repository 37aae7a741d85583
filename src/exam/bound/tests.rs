use super::super::read::read;
use super::*;

fn bound(tasks: &str) -> Result<BoundPaper> {
    let text = format!("apiVersion: satrain.dev/paper/v1\ntitle: A\nminutes: 20\ntasks:\n{tasks}");
    BoundPaper::of(&read("p.yaml", &text)?, &Catalog::builtin(), &Bank::builtin()?)
}

#[test]
fn a_paper_that_says_little_is_bound_by_rules() {
    let paper =
        bound("  - scenario: scenario-1\n  - scenario: scenario-2\n    params: {namespace: mine}\n").unwrap();
    let values = |i: usize| &paper.tasks[i].lab().unwrap().bound.values;
    assert_eq!(values(0)["namespace"], "production-1");
    assert_eq!(values(0)["otherNamespace"], "staging-1");
    assert_eq!(values(1)["namespace"], "mine");
    assert_eq!(values(1)["pod"], "myapp");
    // 5 and 7 minutes.
    assert_eq!((paper.tasks[0].weight, paper.tasks[1].weight), (42, 58));
}

#[test]
fn what_does_not_fit_is_told_with_its_place_and_what_to_do() {
    let bank = Bank::builtin().unwrap();
    let open = bank.items().find(|(_, item)| item.open.is_some()).map(|(_, item)| item.id.clone()).unwrap();
    for (tasks, place, words, help) in [
        ("  - scenario: scenaro-2\n".to_owned(), "p.yaml:5:15", "no scenario `scenaro-2`", "did you mean"),
        ("  - question: nothing-like-it\n".into(), "p.yaml:5:15", "no question", "satrain quiz"),
        (format!("  - question: {open}\n"), "p.yaml:5:15", "kind `open`", "another question"),
        ("  - {scenario: scenario-2, params: {pods: x}}\n".into(), "p.yaml:5:37", "no parameter `pods`", "did you mean `pod`"),
        ("  - {scenario: scenario-2, params: {pod: A_B}}\n".into(), "p.yaml:5:42", "cannot be `A_B`", ""),
        (
            "  - {scenario: scenario-2, params: {namespace: kube-system}}\n".into(),
            "p.yaml:5:48",
            "the cluster's own",
            "another name",
        ),
        (
            "  - {scenario: diagnose-401, params: {cause: moon}}\n".into(),
            "p.yaml:5:46",
            "no cause",
            "old-secret",
        ),
        (
            "  - {scenario: scenario-1, params: {namespace: a}}\n  - {scenario: scenario-2, params: {namespace: a}}\n"
                .into(),
            "p.yaml:6:48",
            "as one of task 1",
            "another value",
        ),
        (
            "  - {scenario: scenario-1, params: {namespace: a, otherNamespace: a}}\n".into(),
            "p.yaml:5:67",
            "as another one of this task",
            "",
        ),
    ] {
        let error = bound(&tasks).unwrap_err();
        let (line, advice) = (error.one_line(), error.advice().unwrap_or_default().to_owned());
        assert!(line.starts_with(&format!("{place}: ")), "{line} is not at {place}");
        assert!(line.contains(words) && advice.contains(help), "{line} / {advice}");
    }
}

#[test]
fn none_of_the_bank_needs_a_cluster_to_itself() {
    for entry in Catalog::builtin().entries() {
        assert!(!needs_the_cluster(entry.loaded.as_ref().unwrap()), "{}", entry.id);
    }
}

#[test]
fn the_paper_in_the_documents_can_be_played() {
    let text = include_str!("../../../docs/exams.md");
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    let (paper, _) = rest.split_once("```").unwrap();
    let bank = Bank::builtin().unwrap();
    let paper = BoundPaper::of(&read("docs/exams.md", paper).unwrap(), &Catalog::builtin(), &bank).unwrap();
    assert!(paper.tasks.len() > 2 && paper.tasks.iter().any(|task| task.lab().is_none()));
}
