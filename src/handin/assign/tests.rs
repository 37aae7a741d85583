//! Hand-ins of two systems and of none, given to the learners of a small class.

use super::*;
use crate::lms::person::tests::{learner, with};

fn roster() -> Roster {
    Roster::new([
        learner("al042", "Ada Lovelace", "ada@example.org"),
        with(learner("ah007", "Alan Hopper", "alan@example.org"), "Group", "Team Blue"),
        learner("js1", "John Smith", ""),
        learner("js2", "John Smith", ""),
        with(learner("ob", "Zoë O'Brien", ""), "Group", "Team Blue"),
    ])
}

fn tasks() -> Vec<String> {
    vec!["scenario-1".into(), "scenario-2".into()]
}

fn moodle_rows() -> Vec<LmsRow> {
    let row = |line, participant, name: &str, id: &str, group: &str| LmsRow {
        line,
        participant: Some(participant),
        blind: Some("Participant ".into()),
        name: Some(name.into()),
        ids: vec![id.into()],
        group: Some(group.into()).filter(|group: &String| !group.is_empty()),
        submitted: Some("Friday, 27 November 2026, 5:04 PM".into()),
        ..LmsRow::default()
    };
    vec![
        row(2, 12, "Ada Lovelace", "al042", ""),
        row(3, 13, "Alan Hopper", "ah007", "Lab group 3"),
        row(4, 14, "John Smith", "js2", "Lab group 3"),
        row(5, 15, "Eve Stranger", "eve", ""),
    ]
}

fn canvas_rows() -> Vec<LmsRow> {
    let row = |user, name: &str, id: &str| LmsRow {
        user: Some(user),
        name: Some(name.into()),
        ids: vec![id.into()],
        ..LmsRow::default()
    };
    vec![
        row(1234, "Lovelace, Ada", "al042"),
        row(1235, "Smith, John", "js1"),
        row(1236, "Hopper, Alan", "ah007"),
    ]
}

fn all(paths: &[&str], rows: Option<&[LmsRow]>) -> Assigned {
    let file = |path: &&str| HandIn { relative: path.into(), modified: None, task: None };
    assign(&paths.iter().map(file).collect::<Vec<_>>(), &roster(), rows, &tasks(), &[])
}

/// `learner task` of one path, or why it is nobody's.
fn one(path: &str, rows: Option<&[LmsRow]>) -> String {
    let assigned = all(&[path], rows);
    match assigned.left.first() {
        Some(left) => left.why.to_string(),
        None => {
            let owners = assigned.given.iter().map(|given| format!("{} {}", given.learner, given.task));
            owners.collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn plain_files_belong_to_the_id_in_their_path() {
    for path in ["al042/scenario-2.sh", "scenario-2/al042.sh", "class/AL042/scenario-2/solution.sh"] {
        assert_eq!(one(path, None), "al042 scenario-2", "{path}");
    }
    assert_eq!(one("nobody/scenario-1.sh", None), "nobody in the roster is nobody");
    assert_eq!(
        one("al042.sh", None),
        "it is al042's, but neither the file nor a folder is named after a task, and there are several: say which with `--task`"
    );
    assert_eq!(one("js1/js2/scenario-1.sh", None), "it may belong to js1, js2");
}

#[test]
fn moodle_folders_belong_to_the_number_in_the_table() {
    let rows = moodle_rows();
    let of = |path: &str| one(path, Some(&rows));
    assert_eq!(of("Ada Lovelace_12_assignsubmission_file/scenario-1.sh"), "al042 scenario-1");
    assert_eq!(of("John Smith_14_assignsubmission_file_/scenario-1.sh"), "js2 scenario-1");
    assert_eq!(of("Participant_14_assignsubmission_file/scenario-1.sh"), "js2 scenario-1");
    assert_eq!(of("Lab group 3-John Smith_14_assignsubmission_file_scenario-1.sh"), "js2 scenario-1");
    assert_eq!(
        of("Eve Stranger_15_assignsubmission_file/scenario-1.sh"),
        "its row in the table is Eve Stranger, 15 (line 5): nobody in the roster has its id, email address or name"
    );
    assert!(of("Ada Lovelace_99_assignsubmission_file/scenario-1.sh").contains("no row with the number 99"));
    assert_eq!(
        of("Mallory_12_assignsubmission_file/scenario-1.sh"),
        "its number belongs to Ada Lovelace in the table, but its name says Mallory"
    );
    let text = "Ada Lovelace_12_assignsubmission_onlinetext/onlinetext.html";
    assert!(of(text).contains("typed into the platform"));
}

#[test]
fn a_group_hands_in_for_all_of_it() {
    let rows = moodle_rows();
    let path = "Lab group 3_14_assignsubmission_file/scenario-1.sh";
    assert_eq!(one(path, Some(&rows)), "ah007 scenario-1, js2 scenario-1");
    assert_eq!(all(&[path], Some(&rows)).given[0].attempts[0].together_with, ["js2"]);
    assert_eq!(one("teamblue_55_9_scenario-2.sh", None), "ah007 scenario-2, ob scenario-2");
    let canvas = canvas_rows();
    assert_eq!(one("teamblue_1236_9_scenario-2.sh", Some(&canvas)), "ah007 scenario-2, ob scenario-2");
    assert!(one("teamblue_1234_9_scenario-2.sh", Some(&canvas)).contains("its name says teamblue"));
}

#[test]
fn without_a_table_only_a_name_of_one_learner_counts() {
    assert_eq!(one("Zoe\u{308} OBrien_3_assignsubmission_file/scenario-1.sh", None), "ob scenario-1");
    assert_eq!(one("Group A-Ada Lovelace_3_assignsubmission_file/scenario-1.sh", None), "al042 scenario-1");
    assert_eq!(one("John Smith_3_assignsubmission_file/scenario-1.sh", None), "it may belong to js1, js2");
    assert_eq!(one("lovelaceada_LATE_77_78_scenario-1.sh", None), "al042 scenario-1");
    assert_eq!(one("smithjohn_77_78_scenario-1.sh", None), "it may belong to js1, js2");
}

#[test]
fn canvas_files_belong_to_the_user_in_the_table() {
    let rows = canvas_rows();
    assert_eq!(one("smithjohn_1235_88_scenario-1.sh", Some(&rows)), "js1 scenario-1");
    assert_eq!(one("lovelaceada_LATE_1234_88_scenario-2-1.sh", Some(&rows)), "al042 scenario-2");
    assert!(one("anon_aB3dE_88_scenario-1.sh", Some(&rows)).contains("anonymously as aB3dE"));
}

#[test]
fn a_name_with_numbers_steals_nobodys_hand_in() {
    let mut rows = canvas_rows();
    rows.push(LmsRow {
        user: Some(9999),
        name: Some("Lovelace, Ada_1234".into()),
        ids: vec!["ob".into()],
        ..LmsRow::default()
    });
    let stolen = "lovelaceada_1234_9999_555_scenario-1.sh";
    assert_eq!(one(stolen, Some(&rows)), "it may belong to al042, ob");
    // Nor does it when the name was changed back before the table was exported, nor without a table.
    let back = rows.len() - 1;
    rows[back].name = Some("Mallory".into());
    assert_eq!(
        one(stolen, Some(&rows)),
        "its number belongs to Mallory in the table, but its name says lovelaceada_1234"
    );
    rows[back].ids.clear();
    assert!(one(stolen, Some(&rows)).starts_with("its number belongs to Mallory"));
    assert!(one(stolen, None).contains("more than two numbers"));
    // Somebody else's file that only looks so is still the learner's own.
    assert_eq!(one("lovelaceada_1234_55_2026_scenario-1.sh", Some(&rows)), "al042 scenario-1");
}

#[test]
fn a_folder_of_a_learner_is_not_overruled_by_names_within() {
    let forged = "al042/John Smith_14_assignsubmission_file/scenario-1.sh";
    assert_eq!(one(forged, Some(&moodle_rows())), "it may belong to al042, js2");
    let forged = "al042/hopperalan_1236_9_scenario-1.sh";
    assert_eq!(one(forged, Some(&canvas_rows())), "it may belong to al042, ah007");
}

#[test]
fn all_attempts_are_kept_the_earliest_first() {
    let rows = canvas_rows();
    let paths = [
        "lovelaceada_1234_30_scenario-1-2.sh",
        "lovelaceada_1234_9_scenario-1.sh",
        "lovelaceada_1234_20_scenario-1-1.sh",
        "lovelaceada_1234_21_scenario-2.sh",
    ];
    let assigned = all(&paths, Some(&rows));
    let order: Vec<usize> = assigned.given[0].attempts.iter().map(|attempt| attempt.hand_in).collect();
    assert_eq!((order, assigned.given.len()), (vec![1, 2, 0], 2));

    let at = |relative: &str, second: i64| HandIn {
        relative: relative.into(),
        modified: Some(Timestamp::from_second(second).unwrap()),
        task: None,
    };
    let files =
        [at("al042/b/scenario-1.sh", 50), at("al042/a/scenario-1.sh", 60), at("al042/scenario-1.sh", 40)];
    let assigned = assign(&files, &roster(), None, &tasks(), &[]);
    let order: Vec<usize> = assigned.given[0].attempts.iter().map(|attempt| attempt.hand_in).collect();
    assert_eq!(order, [2, 0, 1]);
}

#[test]
fn the_table_says_when_it_was_handed_in() {
    let rows = moodle_rows();
    let assigned = all(&["Ada Lovelace_12_assignsubmission_file/scenario-1.sh"], Some(&rows));
    let attempt = &assigned.given[0].attempts[0];
    assert_eq!(attempt.submitted.as_deref(), Some("Friday, 27 November 2026, 5:04 PM"));
}

#[test]
fn without_a_table_a_second_account_of_the_same_name_is_not_believed() {
    let paths = [
        "Ada Lovelace_12_assignsubmission_file/scenario-1.sh",
        "Ada Lovelace_99_assignsubmission_file/scenario-1.sh",
        "Ada Lovelace_12_assignsubmission_file/scenario-2.sh",
    ];
    let assigned = all(&paths, None);
    assert_eq!(assigned.left.len(), 2);
    assert_eq!(
        assigned.left[0].why.to_string(),
        "several accounts are called like al042 (numbers 12, 99): add the table that the platform exports"
    );
    assert_eq!((assigned.given.len(), assigned.given[0].task.as_str()), (1, "scenario-2"));
}

#[test]
fn a_large_class_of_hostile_names_takes_no_time() {
    let hyphens = "a-".repeat(120);
    let rows: Vec<LmsRow> = (0..3000)
        .map(|n| LmsRow { participant: Some(n), name: Some(format!("Learner {n}")), ..LmsRow::default() })
        .collect();
    let files: Vec<HandIn> = (0..5000)
        .map(|n| HandIn {
            relative: format!("{hyphens}_{n}_assignsubmission_file/scenario-1.sh").into(),
            modified: None,
            task: None,
        })
        .collect();
    let start = std::time::Instant::now();
    let assigned = assign(&files, &roster(), Some(&rows), &tasks(), &[]);
    assert_eq!(assigned.left.len(), 5000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
