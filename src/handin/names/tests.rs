//! Names as the exporters write them, and names as nobody should.

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

fn first(path: &str) -> Named {
    read(Path::new(path)).unwrap().swap_remove(0)
}

fn participant(name: &str, number: impl Into<Option<u64>>) -> Clue {
    Clue::Participant { name: name.into(), number: number.into() }
}

fn user(name: &str, user: u64, attachment: impl Into<Option<u64>>) -> Clue {
    Clue::User { name: name.into(), user, attachment: attachment.into() }
}

#[test]
fn moodle_writes_a_folder_for_each_participant() {
    for folder in ["Ada Lovelace_657717_assignsubmission_file", "Ada Lovelace_657717_assignsubmission_file_"]
    {
        let named = first(&format!("{folder}/solution.sh"));
        assert_eq!(named.system, System::Moodle);
        assert_eq!(named.learner, participant("Ada Lovelace", 657_717));
        assert_eq!((named.file.as_str(), named.kind, named.late), ("solution.sh", Kind::File, false));
        assert!(named.folders.is_empty());
        let deep = first(&format!("scenario-1/{folder}/my lab/scenario-2.sh"));
        assert_eq!(deep.learner, participant("Ada Lovelace", 657_717));
        assert_eq!(deep.folders, ["scenario-1", "my lab"]);
    }
}

#[test]
fn moodle_writes_one_file_for_each_where_folders_are_off() {
    let named = first("Yamada Taro_123001_assignsubmission_file_scenario-1_final.sh");
    assert_eq!(named.learner, participant("Yamada Taro", 123_001));
    assert_eq!(named.file, "scenario-1_final.sh");
    let text = first("山田 太郎_123023_assignsubmission_onlinetext_onlinetext.html");
    assert_eq!((text.learner, text.kind), (participant("山田 太郎", 123_023), Kind::Text));
}

#[test]
fn moodle_texts_lie_in_folders_too() {
    let named = first("Ada Lovelace_12_assignsubmission_onlinetext/onlinetext.html");
    assert_eq!((named.kind, named.file.as_str()), (Kind::Text, "onlinetext.html"));
    let picture = first("Ada Lovelace_12_assignsubmission_onlinetext_/shot.png");
    assert_eq!(picture.kind, Kind::File);
}

#[test]
fn moodle_names_groups_and_hides_the_blind() {
    assert_eq!(first("Participant_34_assignsubmission_file/a.sh").learner, participant("Participant", 34));
    assert_eq!(
        first("Group A_57_assignsubmission_file/a.sh").learner,
        participant("Group A", 57),
        "a group and its number"
    );
    assert_eq!(
        first("Default group_assignsubmission_file/a.sh").learner,
        participant("Default group", None),
        "learners without a group"
    );
    assert_eq!(
        first("Group A-Ada Lovelace_12_assignsubmission_file_/a.sh").learner,
        participant("Group A-Ada Lovelace", 12),
        "before 2022"
    );
}

#[test]
fn a_learner_of_moodle_cannot_write_another_ones_sign() {
    let inner = "Mallory_7_assignsubmission_file/Ada Lovelace_12_assignsubmission_file/a.sh";
    let readings = read(Path::new(inner)).unwrap();
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0].learner, participant("Mallory", 7));
    let flat = "Mallory_7_assignsubmission_file_Ada Lovelace_12_assignsubmission_file_a.sh";
    assert_eq!(first(flat).learner, participant("Mallory", 7));
}

#[test]
fn canvas_writes_the_name_the_user_and_the_upload() {
    let named = first("lovelaceada_1234_56789_scenario-1.sh");
    assert_eq!(named.system, System::Canvas);
    assert_eq!(named.learner, user("lovelaceada", 1234, 56_789));
    assert_eq!((named.file.as_str(), named.late, named.sequence), ("scenario-1.sh", false, Some(1)));
    let late = first("lovelaceada_LATE_1234_56790_solution-2.sh");
    assert_eq!(late.learner, user("lovelaceada", 1234, 56_790));
    assert_eq!((late.late, late.sequence, late.attachment()), (true, Some(2), Some(56_790)));
    assert!(first("lovelaceada_late_1234_56790_a.sh").late, "older releases");
    assert_eq!(first("lovelace-ada-k_1_2_a.sh").learner, user("lovelace-ada-k", 1, 2), "the oldest");
    assert_eq!(first("山田太郎_15_16_my_file.sh").file, "my_file.sh");
}

#[test]
fn canvas_writes_texts_addresses_groups_and_anonymous_learners() {
    let text = first("lovelaceada_1234_text.html");
    assert_eq!((text.learner, text.kind), (user("lovelaceada", 1234, None), Kind::Text));
    let link = first("lovelaceada_LATE_1234_link.html");
    assert_eq!((link.kind, link.late), (Kind::Link, true));
    assert_eq!(first("labgroup3_1234_9_a.sh").learner, user("labgroup3", 1234, 9));
    let anonymous = first("LATE_anon_aB3dE_77_a_b.sh");
    assert_eq!(anonymous.learner, Clue::Anonymous { code: "aB3dE".into(), attachment: Some(77) });
    assert_eq!((anonymous.late, anonymous.file.as_str()), (true, "a_b.sh"));
    assert_eq!(first("anon_aB3dE_text.html").kind, Kind::Text);
}

#[test]
fn numbers_in_a_canvas_name_give_several_readings() {
    let readings = read(Path::new("doejohn_12_9999_555_a.sh")).unwrap();
    let clues: Vec<Clue> = readings.into_iter().map(|named| named.learner).collect();
    assert_eq!(clues[0], user("doejohn", 12, 9999));
    assert_eq!(clues[1], user("doejohn_12", 9999, 555));
}

#[test]
fn plain_names_keep_every_part_that_may_be_an_id() {
    let parts = |path: &str| match first(path).learner {
        Clue::Id { parts } => parts,
        other => panic!("{other:?}"),
    };
    assert_eq!(parts("al042.sh"), ["al042.sh", "al042"]);
    assert_eq!(parts("al042/solution.sh"), ["al042", "solution.sh", "solution"]);
    assert_eq!(parts("lab/al042/scenario-2.sh"), ["lab", "al042", "scenario-2.sh", "scenario-2", "scenario"]);
    assert_eq!(parts("./al042 (1).sh"), ["al042 (1).sh", "al042 (1)", "al042"]);
    assert_eq!(first("al042/.sh").file, ".sh");
}

#[test]
fn a_path_that_leaves_the_folder_is_refused() {
    for path in ["../a.sh", "a/../../b.sh", "/etc/passwd", "a/.."] {
        assert_eq!(read(Path::new(path)), Err(NameError::Outside), "{path}");
    }
    assert_eq!(read(Path::new("")), Err(NameError::Empty));
    assert_eq!(read(Path::new("./.")), Err(NameError::Empty));
    assert_eq!(read(Path::new(&"a/".repeat(3000))), Err(NameError::TooLong));
}

#[test]
fn hostile_characters_match_no_id() {
    let path = PathBuf::from(std::ffi::OsString::from_vec(b"al\x00042\x1b[2J\xff\xe2\x80\xae.sh".to_vec()));
    let named = read(&path).unwrap().swap_remove(0);
    assert_eq!(named.file, "al\u{fffd}042\u{fffd}[2J\u{fffd}\u{fffd}.sh");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn names_almost_like_exports_are_read(
        parts in proptest::collection::vec("[a-z_./0-9 -]{0,9}|_assignsubmission_|_LATE_|anon_|_12_|text.html|file|\\.\\.|é", 0..12),
    ) {
        check(parts.concat().as_bytes())?;
    }

    #[test]
    fn whatever_a_name_holds_moodle_participants_are_found(
        name in "[^_/\\x00-\\x1f]{1,30}", number in any::<u64>(), file in "[A-Za-z0-9_.-]{1,20}",
    ) {
        prop_assume!(name != "." && name != ".." && file != "." && file != "..");
        let path = format!("{name}_{number}_assignsubmission_file/{file}");
        let named = first(&path);
        prop_assert_eq!(named.system, System::Moodle);
        let found = matches!(named.learner, Clue::Participant { number: Some(found), .. } if found == number);
        prop_assert!(found);
        prop_assert_eq!(named.file, file);
    }
}

/// Nothing panics, and no part of a reading is a path.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let path = PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()));
    let Ok(readings) = read(&path) else { return Ok(()) };
    prop_assert!(!readings.is_empty() && readings.len() <= MOST_READINGS + 1);
    for named in readings {
        let parts = match &named.learner {
            Clue::Id { parts } => parts.clone(),
            _ => Vec::new(),
        };
        for text in named.folders.iter().chain(&parts).chain([&named.file]) {
            prop_assert!(!text.contains('/') && text != ".." && text.chars().count() <= LONGEST);
            prop_assert!(!text.contains(crate::lms::text::is_hidden));
        }
    }
    Ok(())
}
