use std::collections::BTreeMap;

use super::super::bound::{BoundPaper, binding};
use super::super::model::PASS;
use super::super::read::read;
use super::super::write::write;
use super::*;
use crate::scenario::model::ParamKind;
use crate::scenario::{Catalog, candidates as candidates_of};

fn wish(seed: u64) -> Wish {
    Wish { tasks: 6, questions: 2, minutes: None, pass: PASS, topic: None, seed }
}

fn drawn(wish: &Wish) -> Result<Paper, DrawError> {
    draw(Catalog::builtin().entries(), &Bank::builtin().unwrap(), wish)
}

#[test]
fn a_seed_draws_the_same_paper_on_every_machine() {
    let paper = drawn(&wish(42)).unwrap();
    insta::assert_snapshot!(write(&paper, &[]));
}

#[test]
fn the_order_of_the_catalog_makes_no_difference() {
    let (catalog, bank) = (Catalog::builtin(), Bank::builtin().unwrap());
    let mut entries = catalog.entries().to_vec();
    let before = draw(&entries, &bank, &wish(5)).unwrap();
    entries.reverse();
    let mut bank = bank;
    bank.topics.reverse();
    assert_eq!(draw(&entries, &bank, &wish(5)).unwrap(), before);
}

#[test]
fn a_thousand_papers_load_again_are_equal_and_keep_the_rules() {
    let (catalog, bank) = (Catalog::builtin(), Bank::builtin().unwrap());
    for seed in 0..1000 {
        // There are five times as many questions as scenarios: they are drawn with every tenth paper.
        let questions = if seed % 10 == 0 { 2 } else { 0 };
        let paper = draw(catalog.entries(), &bank, &Wish { questions, ..wish(seed) }).unwrap();
        let again = read("drawn", &write(&paper, &["remark".to_owned()])).unwrap();
        assert_eq!(again.paper(), &paper, "seed {seed}");
        rules(&paper, &catalog, &bank, seed);
        if seed % 100 == 0 {
            let bound = BoundPaper::of(&again, &catalog, &bank).unwrap();
            assert_eq!(bound.minutes, bound.tasks.iter().map(|task| task.minutes).sum::<u32>());
        }
    }
}

/// Weights, likeness and names.
fn rules(paper: &Paper, catalog: &Catalog, bank: &Bank, seed: u64) {
    let candidates = paper.tasks.iter().map(|task| match (&task.scenario, &task.question) {
        (Some(id), _) => Candidate::of_scenario(&catalog.get(id).unwrap().scenario),
        (None, id) => {
            let (quiz, item) = bank.items().find(|(_, item)| Some(&item.id) == id.as_ref()).unwrap();
            Candidate::of_question(quiz, item)
        }
    });
    let candidates: Vec<Candidate<'_>> = candidates.collect();
    let weights: Vec<u32> = paper.tasks.iter().map(|task| task.weight.unwrap()).collect();
    assert_eq!(weights.iter().sum::<u32>(), 100);
    for (i, one) in candidates.iter().enumerate() {
        for (k, other) in candidates.iter().enumerate() {
            assert!(one.minutes <= other.minutes || weights[i] >= weights[k], "seed {seed}");
            assert!(i == k || !one.is_like(other), "seed {seed}: {} is like {}", one.id, other.id);
        }
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (i, task) in paper.tasks.iter().enumerate() {
        let Some(id) = &task.scenario else { continue };
        let scenario = &catalog.get(id).unwrap().scenario;
        let values = binding(scenario, task, i + 1).unwrap().resolved(scenario);
        assert!(!task.params.contains_key("cause"), "the paper tells what is wrong");
        for (name, param) in &scenario.params {
            let value = &values[name];
            let varies = candidates_of(param).len() > 1;
            match param.kind {
                ParamKind::Cause => {}
                ParamKind::Namespace => {
                    assert_ne!(value, &param.default);
                    assert!(names.insert(value.clone(), i).is_none(), "seed {seed}: {value} twice");
                }
                ParamKind::Name | ParamKind::Text if varies => {
                    assert_ne!(value, &param.default, "seed {seed}: {id} {name}");
                    let before = names.insert(value.clone(), i);
                    let free = candidates_of(param).into_iter().skip(1).filter(|v| !names.contains_key(*v));
                    assert!(before.is_none() || free.count() == 0, "seed {seed}: {id} has {value}, too");
                }
                ParamKind::Name | ParamKind::Text => {}
            }
        }
    }
}

#[test]
fn a_topic_narrows_and_too_few_are_counted() {
    let on = |topic: &str, tasks: usize, questions: usize| Wish {
        topic: Some(topic.to_owned()),
        tasks,
        questions,
        ..wish(1)
    };
    let paper = drawn(&on("tokens", 3, 1)).unwrap();
    let catalog = Catalog::builtin();
    for task in paper.tasks.iter().filter_map(|task| task.scenario.as_ref()) {
        assert!(catalog.get(task).unwrap().scenario.topics.contains(&"tokens".to_owned()), "{task}");
    }
    let told = |wish: &Wish| drawn(wish).unwrap_err().to_string();
    // Three of the six are about bound and legacy tokens.
    assert_eq!(
        told(&on("tokens", 6, 0)),
        "6 scenarios were asked for, and a paper on `tokens` can have 4 at most\n6 scenarios on `tokens` exist, and no two tasks \
         of a paper are about the same thing. Ask for fewer, or leave `--topic` out."
    );
    assert!(told(&Wish { tasks: 30, questions: 0, ..wish(1) }).contains("21 scenarios exist"));
    assert!(told(&Wish { questions: 33, ..wish(1) }).contains("questions were asked for"));
    assert!(told(&Wish { tasks: 20, questions: 21, ..wish(1) }).starts_with("41 tasks are too many"));
    assert!(told(&on("tokns", 1, 0)).contains("Did you mean `tokens`?"));
}

#[test]
fn who_needs_a_cluster_to_himself_is_marked() {
    let mut loaded = Catalog::builtin().get("scenario-2").unwrap().clone();
    let mut entry = |change: fn(&mut Scenario)| {
        change(&mut loaded.scenario);
        [Entry { id: loaded.scenario.id.clone(), loaded: Ok(loaded.clone()) }]
    };
    let bank = Bank::builtin().unwrap();
    let one = Wish { tasks: 1, questions: 0, ..wish(1) };
    let alone = |entries: &[Entry]| draw(entries, &bank, &one).unwrap().tasks[0].alone;
    assert!(!alone(&entry(|_| {})));
    assert!(alone(&entry(|s| s.exclusive = true)));
    assert!(alone(&entry(|s| {
        s.exclusive = false;
        s.solutions[0].run.push_str("\nkubectl create clusterrole x --verb=get --resource=pods\n");
    })));
}
