use std::process::Command;

use super::*;
use crate::scenario::{Binding, Catalog, bind};

fn bound(id: &str) -> BoundScenario {
    let catalog = Catalog::builtin();
    let loaded = catalog.get(id).unwrap();
    bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap()
}

/// A variation whose script is `script`.
fn variation(name: &str, attack: bool, script: &'static str) -> Variation {
    library::parse(name.into(), attack, script).unwrap()
}

#[test]
fn the_library_is_large_enough_and_every_script_does_something() {
    let all = library().unwrap();
    assert!(all.iter().filter(|v| v.attack).count() >= 40);
    assert!(all.iter().filter(|v| !v.attack).count() >= 30);
    for v in all {
        assert!(["before", "play", "after"].iter().any(|f| v.defines(f)), "{} defines no function", v.name);
        assert!(v.about.ends_with('.'), "{}: its first line is no sentence", v.name);
        assert!(!v.attack || !v.defines("undo") || v.defines("after"), "{} takes back nothing", v.name);
        let unique = all.iter().filter(|other| other.name == v.name).count();
        assert_eq!(unique, 1, "{} exists twice", v.name);
    }
}

#[test]
fn every_variation_may_fit_some_scenario_of_the_bank() {
    let catalog = Catalog::builtin();
    let bank: Vec<BoundScenario> = catalog.entries().iter().map(|e| bound(&e.id)).collect();
    for v in library().unwrap() {
        let fitting = bank.iter().filter(|bound| v.misfit(bound, &facts(bound)).is_none()).count();
        assert!(fitting > 0, "{} fits nowhere", v.name);
    }
}

#[test]
fn what_is_graded_is_told_in_a_line_each() {
    let facts = facts(&bound("scenario-2"));
    assert!(facts.contains(&"tokenMount production pod/myapp - none".to_owned()), "{facts:#?}");
    assert!(facts.contains(&"access production myapp-sa exactly".to_owned()));
    let same = |fact: &String| {
        fact.starts_with("workload production pod/myapp - image,") && fact.ends_with(" alone")
    };
    assert!(facts.iter().any(same));
    let exec = "exec production pod/myapp - curl -sS -f -m 5 http://127.0.0.1:8080/";
    assert!(facts.contains(&exec.to_owned()));
    let facts = self::facts(&bound("audit-default-sa"));
    assert!(facts.contains(&"answer pods-on-default set Pod".to_owned()), "{facts:#?}");
}

#[test]
fn a_header_says_when_a_variation_fits_and_how_far_it_reaches() {
    let v = variation(
        "x",
        true,
        "# Does it.\n# fact: ^tokenMount \n# reach: cluster\n\nafter() {\n:\n}\nundo() {\n:\n}\n",
    );
    assert!(v.wide && v.can_be_undone() && v.about == "Does it.");
    let bound = bound("scenario-2");
    assert_eq!(v.misfit(&bound, &facts(&bound)), None);
    assert!(v.misfit(&bound, &[]).is_some());
    let other = variation("y", false, "# Does it.\n# solution: kubectl frobnicate\n\nbefore() {\n:\n}\n");
    assert!(other.misfit(&bound, &facts(&bound)).is_some() && !other.only_adds());
    assert!(library::parse("z".into(), true, "# Does it.\n# reach: moon\n").is_err());
    assert!(library::parse("z".into(), true, "after() { :; }\n").is_err());
}

/// What composed scripts told, and what is in the file `played`, where the reference solution is `reference`.
fn played(variations: &[&Variation], part: Part, reference: &str) -> (Vec<String>, String) {
    let mut bound = bound("scenario-2");
    bound.scenario.solutions[0].run = reference.to_owned();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("composed");
    std::fs::write(&script, compose(&bound, variations, part)).unwrap();
    let bash = Command::new("bash")
        .args(["-euo", "pipefail"])
        .arg(&script)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let lines = String::from_utf8(bash.stdout).unwrap().lines().map(str::to_owned).collect();
    (lines, std::fs::read_to_string(folder.path().join("played")).unwrap_or_default())
}

const NOTE: &str = "echo reference >> played\n";

#[test]
fn the_reference_solution_is_played_between_what_comes_before_and_after() {
    let one = variation(
        "one",
        false,
        "# A.\nbefore() {\necho before >> played\n}\nafter() {\necho after >> played\n}\n",
    );
    let two = variation("two", false, "# B.\nafter() {\necho two >> played\n}\n");
    let (said, file) = played(&[&one, &two], Part::Whole, NOTE);
    assert_eq!(file, "before\nreference\nafter\ntwo\n");
    assert_eq!((told(&said, "one"), told(&said, "two")), (Told::Done, Told::Done));
    assert_eq!(played(&[&two], Part::After, NOTE).1, "two\n");
    assert_eq!(played(&[&two], Part::Undo, NOTE).1, "");
    assert_eq!(played(&[], Part::Whole, NOTE).1, "reference\n");
}

#[test]
fn a_variation_says_that_it_does_not_fit_or_had_no_effect() {
    let misfit = variation("misfit", true, "# A.\nbefore() {\nskip \"no such Pod\"\n}\n");
    let (said, file) = played(&[&misfit], Part::Whole, NOTE);
    assert_eq!((told(&said, "misfit"), file.as_str()), (Told::Misfit("no such Pod".into()), ""));
    let void = variation("void", true, "# A.\nafter() {\nno_effect \"still refused\"\n}\n");
    let other = variation("void-too", true, "# A.\nafter() {\nfalse\necho never >> played\n}\n");
    let (said, file) = played(&[&void, &other], Part::Whole, NOTE);
    assert_eq!(file, "reference\n");
    assert!(matches!(told(&said, "void"), Told::Failed(why) if why.contains("still refused")), "{said:?}");
    assert!(matches!(told(&said, "void-too"), Told::Failed(_)), "{said:?}");
    assert!(matches!(told(&[], "void"), Told::Failed(_)));
}

#[test]
fn a_program_in_front_of_kubectl_is_for_the_reference_solution_only() {
    let v = variation(
        "front",
        false,
        "# A.\nbefore() {\necho 'echo shim \"$@\" >> played' | shim_kubectl\n}\n\
        after() {\nkubectl get x\n}\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("kubectl");
    std::fs::write(&real, "#!/bin/sh\necho real \"$@\" >> played\n").unwrap();
    let mut mode = std::fs::metadata(&real).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&real, mode).unwrap();
    let mut bound = bound("scenario-2");
    bound.scenario.solutions[0].run = "kubectl apply -f x\n".into();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &compose(&bound, &[&v], Part::Whole)]);
    assert!(bash.current_dir(folder.path()).env("PATH", path).output().unwrap().status.success());
    let file = std::fs::read_to_string(folder.path().join("played")).unwrap();
    assert_eq!(file, "shim apply -f x\nreal get x\n");
}
