//! Tables as Moodle and Canvas export them, and as spreadsheets leave them behind.

use proptest::prelude::*;

use super::*;
use crate::class::Roster;
use crate::handin::assign::{HandIn, assign};
use crate::lms::person::Unmatched;
use crate::lms::person::tests::learner;

fn roster() -> Roster {
    Roster::new([
        learner("al042", "Ada Lovelace", "ada@example.org"),
        learner("0007", "Alan Hopper", ""),
        learner("gk", "Grace \"Amazing\" Kay", "kay@example.org"),
        learner("zz", "Zoë Zuse", "zoe@example.org"),
    ])
}

const MOODLE: &str = "\u{feff}Identifier,\"Full name\",\"ID number\",\"Email address\",Status,Group,Grade,\"Maximum Grade\",\"Grade can be changed\",\"Last modified (submission)\",\"Last modified (grade)\",\"Feedback comments\"
\"Participant 1201\",\"Ada Lovelace\",al042,ada@example.org,\"Submitted for grading\",\"Lab group 3\",,100.00,Yes,\"Friday, 27 November 2026, 5:04 PM\",-,
\"Participant 1202\",\"Alan Hopper\",0007,alan@example.org,\"Submitted for grading - 2 days late\",,40.00,100.00,Yes,\"Saturday, 28 November 2026, 9:00 AM\",\"Sunday, 29 November 2026, 1:00 PM\",\"<p>too \"\"wide\"\",
see Role</p>\"
\"Participant 1203\",\"Eve Stranger\",eve,eve@example.org,\"No submission\",,,100.00,Yes,-,-,
\"Participant 1204\",\"Grace \"\"Amazing\"\" Kay\",,kay@example.org,\"Submitted for grading\",,50.00,100.00,No,-,-,
";

/// German, with a decimal comma and a semicolon, as a spreadsheet saves it.
const GERMAN: &str = "ID;\"Vollständiger Name\";E-Mail-Adresse;Status;Bewertung;Bestwertung;\"Bewertung kann geändert werden\";\"Zuletzt geändert (Abgabe)\";\"Zuletzt geändert (Bewertung)\";\"Feedback als Kommentar\"\r
Teilnehmer/in31;\"Zoë Zuse\";zoe@example.org;\"Zur Bewertung abgegeben\";;20,00;Ja;-;-;\r
Teilnehmer/in32;\"Ada Lovelace\";ada@example.org;\"Zur Bewertung abgegeben\";12,50;20,00;Ja;-;-;gut\r
;;;;;;;;;\r
";

const CANVAS: &str = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Lab 1 (44001),\"Lab 2, RBAC (44002)\",Labs Current Score,Labs Unposted Current Score,Final Grade (2026)
,,,,,,,Manual Posting,,,
    Points Possible,,,,,,10.00,50.00,(read only),(read only),(read only)
\"Lovelace, Ada\",1234,al042,ada@example.org,Monday,,8.50,,85.00,85.00,B
\"Hopper, Alan\",1235,0007,alan@example.org,Monday,ill,EX,N/A,,,
\"=\"\"=Zuse, Zoë\"\"\",1236,,zoe@example.org,Tuesday,,,12.00,24.00,24.00,F
\"Student, Test\",1299,,8f1d0c,Monday,,,,,,
";

fn sheet(text: &str) -> Sheet {
    Sheet::read(text.as_bytes().to_vec()).unwrap()
}

fn entry(learner: &str, mark: Mark) -> Entry {
    Entry { learner: learner.into(), mark: Some(mark), feedback: None }
}

fn fill(text: &str, entries: &[Entry], options: &Options) -> Filled {
    sheet(text).fill(&roster(), entries, options).unwrap()
}

/// The lines that differ.
fn changed(before: &str, after: &[u8]) -> Vec<String> {
    let after = String::from_utf8(after.to_vec()).unwrap();
    assert_eq!(before.split('\n').count(), after.split('\n').count(), "{after}");
    let pairs = before.split('\n').zip(after.split('\n'));
    pairs.filter(|(before, after)| before != after).map(|(_, after)| after.to_owned()).collect()
}

#[test]
fn moodles_rows_say_who_their_learners_are() {
    let sheet = sheet(MOODLE);
    assert_eq!((sheet.platform(), sheet.rows().len()), (Platform::Moodle, 4));
    let ada = &sheet.rows()[0];
    assert_eq!((ada.line, ada.participant, ada.name.as_deref()), (2, Some(1201), Some("Ada Lovelace")));
    assert_eq!((ada.email.as_deref(), ada.group.as_deref()), (Some("ada@example.org"), Some("Lab group 3")));
    assert_eq!(ada.submitted.as_deref(), Some("Friday, 27 November 2026, 5:04 PM"));
    assert_eq!(sheet.rows()[2].line, 5, "a feedback has a line break");
    assert_eq!(sheet.rows()[1].ids, ["0007", "alan@example.org"]);
}

#[test]
fn only_the_marks_of_a_worksheet_change() {
    let entries = [
        entry("al042", Mark::Percent(87.5)),
        entry("0007", Mark::Points(40.0)),
        entry("gk", Mark::Percent(10.0)),
        entry("zz", Mark::Percent(10.0)),
    ];
    let filled = fill(MOODLE, &entries, &Options::default());
    let rest = ",100.00,Yes,\"Friday, 27 November 2026, 5:04 PM\",-,";
    assert_eq!(
        changed(MOODLE, &filled.bytes),
        [format!(
            "\"Participant 1201\",\"Ada Lovelace\",al042,ada@example.org,\"Submitted for grading\",\"Lab group 3\",87.50{rest}"
        )]
    );
    assert_eq!((filled.changed, filled.same), (vec!["al042".to_owned()], vec!["0007".to_owned()]));
    assert_eq!(filled.kept, [("gk".to_owned(), Kept::Locked)]);
    assert_eq!(filled.without_row, ["zz"]);
    assert_eq!(
        filled.strangers,
        [Stranger { row: "Eve Stranger, 1203 (line 5)".into(), why: Unmatched::Nobody }]
    );
    assert_eq!(filled.column.heading, "Grade");
}

#[test]
fn feedback_is_written_where_it_is_asked_for_and_runs_nowhere() {
    let with = |text: &str| Entry { learner: "al042".into(), mark: None, feedback: Some(text.into()) };
    let options = Options { feedback: true, ..Options::default() };
    let filled = fill(MOODLE, &[with("=HYPERLINK(\"x\")\r\nsee \u{1b}[1mRole")], &options);
    let text = String::from_utf8(filled.bytes).unwrap();
    assert!(text.contains(",-,\"'=HYPERLINK(\"\"x\"\")\nsee [1mRole\"\n\"Participant 1202\""), "{text}");
    assert_eq!(fill(MOODLE, &[with("")], &options).bytes, MOODLE.as_bytes());
    assert!(fill(MOODLE, &[with("x")], &Options::default()).bytes == MOODLE.as_bytes());
}

#[test]
fn a_translated_worksheet_is_told_by_its_cells() {
    let sheet = sheet(GERMAN);
    assert_eq!((sheet.rows().len(), sheet.rows()[0].participant), (2, Some(31)));
    assert_eq!(sheet.rows()[0].blind.as_deref(), Some("Teilnehmer/in"));
    let entries = [entry("zz", Mark::Percent(66.67)), entry("al042", Mark::Percent(62.5))];
    let filled = fill(GERMAN, &entries, &Options::default());
    assert_eq!(filled.column.heading, "Bewertung");
    assert_eq!(
        changed(GERMAN, &filled.bytes),
        ["Teilnehmer/in31;\"Zoë Zuse\";zoe@example.org;\"Zur Bewertung abgegeben\";13,33;20,00;Ja;-;-;\r"]
    );
    assert_eq!(filled.same, ["al042"]);
    let why = sheet.feedback_column(None).unwrap_err().to_string();
    assert!(why.contains("no column is the feedback") && why.contains("Feedback als Kommentar"), "{why}");
    assert_eq!(sheet.feedback_column(Some("feedback als kommentar")).unwrap().index, 9);
}

#[test]
fn a_comma_between_cells_and_in_numbers_is_quoted() {
    let options = Options { decimal: Some(Decimal::Comma), ..Options::default() };
    let filled = fill(MOODLE, &[entry("al042", Mark::Percent(87.5))], &options);
    assert!(String::from_utf8(filled.bytes).unwrap().contains(",\"Lab group 3\",\"87,50\",100.00,"));
}

#[test]
fn canvas_has_rows_that_are_no_learners() {
    let sheet = sheet(CANVAS);
    assert_eq!(sheet.platform(), Platform::Canvas);
    let users: Vec<_> = sheet.rows().iter().map(|row| row.user.unwrap()).collect();
    assert_eq!(users, [1234, 1235, 1236]);
    assert_eq!(sheet.rows()[0].ids, ["al042", "ada@example.org"]);
    assert_eq!(sheet.rows()[0].name.as_deref(), Some("Lovelace, Ada"));
}

#[test]
fn only_the_marks_of_one_assignment_change() {
    let entries = [
        entry("al042", Mark::Percent(90.0)),
        entry("0007", Mark::Percent(90.0)),
        entry("zz", Mark::Percent(24.0)),
        entry("gk", Mark::Percent(1.0)),
    ];
    for named in ["44002", "Lab 2, RBAC", "lab 2, rbac (44002)"] {
        let options = Options { column: Some(named.into()), ..Options::default() };
        let filled = fill(CANVAS, &entries, &options);
        assert_eq!(
            changed(CANVAS, &filled.bytes),
            ["\"Lovelace, Ada\",1234,al042,ada@example.org,Monday,,8.50,45.00,85.00,85.00,B"]
        );
        assert_eq!(filled.kept, [("0007".to_owned(), Kept::NotAssigned)]);
        assert_eq!((filled.same, filled.without_row), (vec!["zz".to_owned()], vec!["gk".to_owned()]));
        assert!(filled.strangers.is_empty(), "{:?}", filled.strangers);
    }
    let options = Options { column: Some("44001".into()), ..Options::default() };
    assert_eq!(fill(CANVAS, &entries, &options).kept, [("0007".to_owned(), Kept::Excused)]);
}

#[test]
fn columns_are_not_guessed() {
    let canvas = sheet(CANVAS);
    let why = canvas.score_column(None).unwrap_err();
    assert!(matches!(&why, SheetError::SeveralColumns { there, .. } if there.len() == 2), "{why}");
    let why = canvas.score_column(Some("Final Grade (2026)")).unwrap_err();
    assert_eq!(why, SheetError::ReadOnly("Final Grade (2026)".into()));
    for none in ["Notes", "Lab 3", "Labs Current Score", "Section"] {
        assert!(matches!(canvas.score_column(Some(none)), Err(SheetError::NoColumn { .. })), "{none}");
    }
    assert!(canvas.feedback_column(None).is_err());
}

#[test]
fn a_swedish_gradebook_has_commas_and_translated_words() {
    let text = "LastName,FirstName,ID,SIS Login ID,Section,Labb (7),Uppgifter Final Score\n\
        \"    Points Possible\",,,,,\"10,00\",(läs endast)\nLovelace,Ada,1234,ada@example.org,A,,\n";
    let filled = fill(text, &[entry("al042", Mark::Percent(95.0))], &Options::default());
    assert_eq!(changed(text, &filled.bytes), ["Lovelace,Ada,1234,ada@example.org,A,\"9,50\","]);
}

#[test]
fn marks_that_the_platform_would_drop_are_said() {
    let kept = |mark| fill(MOODLE, &[entry("al042", mark)], &Options::default()).kept;
    let most = 100.0;
    assert_eq!(kept(Mark::Points(101.0)), [("al042".to_owned(), Kept::OutOfRange { mark: 101.0, most })]);
    assert_eq!(kept(Mark::Percent(-1.0)).len(), 1);
    assert_eq!(kept(Mark::Points(f64::NAN)).len(), 1);
    let extra = Options { column: Some("44001".into()), ..Options::default() };
    assert_eq!(fill(CANVAS, &[entry("al042", Mark::Percent(110.0))], &extra).changed, ["al042"]);
    let short = "Identifier,Full name,Status,Grade\nParticipant 1,Ada Lovelace\n";
    assert_eq!(
        fill(short, &[entry("al042", Mark::Points(1.0))], &Options::default()).kept[0].1,
        Kept::NoCell
    );
    assert_eq!(
        fill(short, &[entry("al042", Mark::Percent(1.0))], &Options::default()).kept[0].1,
        Kept::NoMaximum
    );
}

#[test]
fn two_learners_of_one_name_get_no_mark_from_a_name() {
    let twins = Roster::new([learner("js1", "John Smith", ""), learner("js2", "John Smith", "")]);
    let text = "Identifier,Full name,Status,Grade,Maximum Grade\nParticipant 1,John Smith,x,,10\n";
    let filled = sheet(text).fill(&twins, &[entry("js1", Mark::Points(1.0))], &Options::default()).unwrap();
    assert_eq!(filled.bytes, text.as_bytes());
    assert_eq!(filled.strangers[0].why, Unmatched::Several(vec!["js1".into(), "js2".into()]));
    assert_eq!(filled.without_row, ["js1"]);
}

#[test]
fn what_is_no_table_is_refused_with_a_word() {
    let why = |bytes: &[u8]| Sheet::read(bytes.to_vec()).unwrap_err();
    let utf16: Vec<u8> = "\u{feff}Student\tID\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(why(&utf16), SheetError::Utf16);
    assert_eq!(why(&utf16[2..]), SheetError::Utf16);
    assert_eq!(why(b"PK\x03\x04 workbook with many bytes\0"), SheetError::NotText);
    assert!(why(b"Student,ID\n\"Ada").to_string().contains("line 2 is never closed"));
    for none in [&b""[..], b"\n\n", b"id,name\ns1,Ada\ns2,Alan\n", b"a1,b,c,d,e\na1,b,c,d,e\na2,b,c,d,e\n"] {
        assert_eq!(why(none), SheetError::Unknown);
    }
    assert!(matches!(why(&vec![b'a'; LARGEST + 1]), SheetError::Cells(CellsError::TooLarge)));
}

#[test]
fn a_file_in_a_windows_code_page_keeps_its_bytes() {
    let latin: Vec<u8> = GERMAN.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let sheet = Sheet::read(latin.clone()).unwrap();
    assert_eq!(sheet.rows()[0].name.as_deref(), Some("Zoë Zuse"));
    let entries = [Entry { learner: "zz".into(), mark: None, feedback: Some("schön → gut".into()) }];
    let options = Options {
        feedback: true,
        feedback_column: Some("Feedback als Kommentar".into()),
        ..Options::default()
    };
    let filled = sheet.fill(&roster(), &entries, &options).unwrap().bytes;
    let start = latin.iter().position(|b| *b == b'\n').unwrap();
    let line = b"\xb6";
    assert!(!filled.contains(&line[0]), "no UTF-8 in a file that is none");
    assert!(filled[start..].windows(11).any(|part| part == b"sch\xf6n ? gut"));
}

#[test]
fn the_rows_of_a_table_say_whose_a_hand_in_is() {
    let file =
        HandIn { relative: "Alan Hopper_1202_assignsubmission_file/a.sh".into(), modified: None, task: None };
    let assigned = assign(&[file], &roster(), Some(sheet(MOODLE).rows()), &["scenario-1".into()], &[]);
    assert_eq!(assigned.given[0].learner, "0007");
    let file = HandIn { relative: "zusezoë_1236_9_a.sh".into(), modified: None, task: None };
    let assigned = assign(&[file], &roster(), Some(sheet(CANVAS).rows()), &["scenario-1".into()], &[]);
    assert_eq!(assigned.given[0].learner, "zz", "{assigned:?}");
}

/// What each learner's row says already.
fn as_it_is(sheet: &Sheet, roster: &Roster, options: &Options) -> Vec<Entry> {
    let scores = sheet.score_column(options.column.as_deref()).unwrap().index;
    let texts = options.feedback.then(|| sheet.feedback_column(None).unwrap().index);
    let owners = crate::lms::person::match_rows(&sheet.rows, roster);
    let rows = owners.into_iter().zip(&sheet.places).filter_map(|(owner, place)| Some((owner.ok()?, *place)));
    rows.map(|(learner, place)| Entry {
        learner,
        mark: number::parse(&sheet.text(place, scores)).map(Mark::Points),
        feedback: texts.map(|column| sheet.text(place, column)),
    })
    .collect()
}

fn quoted(text: &str, delimiter: char, quotes: bool) -> String {
    String::from_utf8(crate::lms::cells::written(text.as_bytes(), delimiter as u8, quotes)).unwrap()
}

proptest! {
    #[test]
    fn filling_with_what_is_there_changes_nothing(
        marks in proptest::collection::vec("|[0-9]{1,2}|[0-9]{1,2}[.,][0-9]{1,3}|x", 4),
        texts in proptest::collection::vec("[ =+a-z\",;\n\té\u{202e}]{0,12}", 4),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t')],
        quotes in any::<bool>(), mark in any::<bool>(), crlf in any::<bool>(), last in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let line = |cells: &[&str]| cells.iter().map(|cell| quoted(cell, delimiter, quotes)).collect::<Vec<_>>().join(&delimiter.to_string());
        let mut lines = vec![line(&["Identifier", "Full name", "ID number", "Status", "Grade", "Maximum Grade", "Feedback comments"])];
        for (n, learner) in roster().learners().iter().enumerate() {
            let name = learner.name.as_deref().unwrap();
            lines.push(line(&[&format!("Participant {n}"), name, &learner.id, "", &marks[n], "100.00", &texts[n]]));
        }
        let mark = if mark { "\u{feff}" } else { "" };
        let text = format!("{mark}{}{}", lines.join(end), if last { end } else { "" });
        let sheet = sheet(&text);
        prop_assert_eq!(sheet.rows().len(), 4);
        let options = Options { feedback: true, ..Options::default() };
        let entries = as_it_is(&sheet, &roster(), &options);
        let filled = sheet.fill(&roster(), &entries, &options).unwrap();
        prop_assert!(filled.bytes == text.as_bytes());
        prop_assert!(filled.changed.is_empty() && filled.kept.is_empty(), "{:?}", filled.kept);
    }

    #[test]
    fn what_is_filled_is_read_again_and_the_rest_is_the_same(
        share in 0u32..=10_000, text in "[ =+a-z\",;\n0-9é]{0,20}", at in 0usize..4, german in any::<bool>(),
    ) {
        let share = f64::from(share) / 100.0;
        let (source, feedback) = if german { (GERMAN, "Feedback als Kommentar") } else { (MOODLE, "Feedback comments") };
        let options = Options { feedback: true, feedback_column: Some(feedback.into()), ..Options::default() };
        let id = roster().learners()[at].id.clone();
        let entries = [Entry { learner: id, mark: Some(Mark::Percent(share)), feedback: Some(text.clone()) }];
        let before = sheet(source);
        let filled = before.fill(&roster(), &entries, &options).unwrap();
        let after = Sheet::read(filled.bytes.clone()).unwrap();
        prop_assert_eq!(after.records.len(), before.records.len());
        let people = |sheet: &Sheet| {
            let rows = sheet.rows().iter().cloned();
            rows.map(|row| LmsRow { line: 0, ..row }).collect::<Vec<_>>()
        };
        prop_assert_eq!(people(&after), people(&before));
        let columns = [before.score_column(None).unwrap().index, before.feedback_column(Some(feedback)).unwrap().index];
        for record in 0..before.records.len() {
            for column in 0..before.records[record].cells.len() {
                if !columns.contains(&column) {
                    prop_assert_eq!(before.text(record, column), after.text(record, column));
                }
            }
        }
        // Once more changes nothing.
        prop_assert!(after.fill(&roster(), &entries, &options).unwrap().bytes == filled.bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        head in prop_oneof![Just(""), Just("Student,ID,Lab (1)\n"), Just("Identifier,Grade,Maximum Grade,x\n")],
        bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'1'), any::<u8>()], 0..120),
    ) {
        let all = [head.as_bytes(), &bytes].concat();
        if let Ok(sheet) = Sheet::read(all) {
            let entries: Vec<Entry> = roster().learners().iter().map(|learner| entry(&learner.id, Mark::Percent(50.0))).collect();
            let _ = sheet.fill(&roster(), &entries, &Options::default());
        }
    }
}
