use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::scenario::testing::minimal;
use crate::scenario::{Catalog, ScenarioErrorKind};

fn add(pack: &Path, id: &str) {
    fs::create_dir_all(pack.join(id)).unwrap();
    fs::write(pack.join(id).join("scenario.yaml"), minimal().replacen("id: sample", &format!("id: {id}"), 1))
        .unwrap();
}

fn with(pack: &Path) -> Catalog {
    Catalog::new(&[pack.to_owned()]).unwrap()
}

#[test]
fn every_embedded_scenario_is_usable() {
    let catalog = Catalog::builtin();
    let broken: Vec<String> =
        catalog.entries().iter().filter_map(|e| e.loaded.as_ref().err()).map(|e| e.one_line()).collect();
    assert_eq!(broken, [] as [&str; 0]);
    assert!(catalog.get("scenario-1").is_ok());
}

/// Fails when a scenario was added without the program being built anew.
#[test]
fn every_folder_of_the_bank_is_embedded() {
    let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for item in bank.read_dir().unwrap() {
        let item = item.unwrap();
        if item.path().is_dir() {
            let id = item.file_name().into_string().unwrap();
            assert!(Catalog::builtin().entries().iter().any(|e| e.id == id), "{id}");
        }
    }
}

#[test]
fn a_pack_adds_to_the_embedded_scenarios() {
    let pack = tempfile::tempdir().unwrap();
    add(pack.path(), "zebra");
    add(pack.path(), "apple");
    fs::create_dir(pack.path().join("no-scenario")).unwrap();
    fs::write(pack.path().join("README.md"), "").unwrap();
    let catalog = with(pack.path());
    let ids: Vec<&str> = catalog.entries().iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids[ids.len() - 2..], ["apple", "zebra"]);
    assert_eq!(ids[0], Catalog::builtin().entries()[0].id);
    assert!(catalog.get("zebra").is_ok());
}

#[test]
fn a_broken_scenario_hides_no_other() {
    let pack = tempfile::tempdir().unwrap();
    add(pack.path(), "good");
    add(pack.path(), "broken");
    add(pack.path(), "Odd_Name");
    fs::write(pack.path().join("broken/scenario.yaml"), "id: [").unwrap();
    let catalog = with(pack.path());
    assert!(catalog.get("good").is_ok());
    let error = catalog.get("broken").unwrap_err();
    assert_eq!(error.kind(), ScenarioErrorKind::Invalid);
    assert!(error.one_line().contains("broken/scenario.yaml:1:"), "{}", error.one_line());
    assert!(catalog.get("Odd_Name").is_err());
}

#[test]
fn a_miss_names_the_nearest_id() {
    let error = Catalog::builtin().get("scenaro-2").unwrap_err();
    assert_eq!(error.kind(), ScenarioErrorKind::NotFound);
    assert!(error.advice().unwrap().contains("`scenario-2`"), "{error:?}");
    assert!(Catalog::builtin().get("../../etc").unwrap_err().advice().unwrap().contains("satrain list"));
}

#[test]
fn a_pack_cannot_replace_an_embedded_scenario() {
    let pack = tempfile::tempdir().unwrap();
    add(pack.path(), "scenario-1");
    let catalog = with(pack.path());
    assert_eq!(catalog.get("scenario-1").unwrap().origin.to_string(), "builtin:scenario-1");
    let second = catalog.entries().iter().filter(|e| e.id == "scenario-1").nth(1).unwrap();
    assert!(second.loaded.as_ref().unwrap_err().to_string().contains("already taken by builtin:scenario-1"));
}

#[test]
fn no_link_leads_out_of_a_pack() {
    let outside = tempfile::tempdir().unwrap();
    add(outside.path(), "elsewhere");
    let pack = tempfile::tempdir().unwrap();
    add(pack.path(), "inside");
    symlink(outside.path().join("elsewhere"), pack.path().join("elsewhere")).unwrap();
    let catalog = with(pack.path());
    assert!(catalog.get("inside").is_ok());
    assert!(catalog.get("elsewhere").unwrap_err().to_string().contains("leads out of the pack"));
    // The pack's own folder may be a link: the person who names it chose it.
    symlink(pack.path(), outside.path().join("pack")).unwrap();
    assert!(with(&outside.path().join("pack")).get("inside").is_ok());
}

#[test]
fn a_pack_that_is_not_there_is_an_error() {
    let error = Catalog::new(&["/nonexistent/pack".into()]).unwrap_err();
    assert_eq!(error.kind(), ScenarioErrorKind::Unreadable);
}
