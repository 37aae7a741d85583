//! Items as written, answers as typed, marks, and the embedded bank.

use super::answer::{Answer, read};
use super::judge::judge;
use super::model::{Item, Task};
use super::proof::differences;
use super::{Bank, gift, named, session, shuffle};

fn bank(item: &str) -> crate::scenario::Result<Bank> {
    let text = format!("apiVersion: satrain.dev/quiz/v1\ntopic: test\ntitle: A test\nitems:\n{item}");
    Bank::read([("test.yaml", text.as_str())].into_iter())
}

fn item(rest: &str) -> Item {
    let head = "  - id: one\n    difficulty: easy\n    parts: [problem]\n    question: What?\n";
    bank(&format!("{head}{rest}")).unwrap_or_else(|e| panic!("{}", e.one_line())).topics[0].items[0].clone()
}

fn refusal(rest: &str) -> String {
    let head = "  - id: one\n    difficulty: easy\n    parts: [problem]\n    question: What?\n";
    bank(&format!("{head}{rest}")).unwrap_err().one_line()
}

const MULTIPLE: &str = "    multiple:\n      options:\n        - {text: A, right: true, why: a}\n        - {text: B, why: b}\n        - {text: C, right: true, why: c}\n";

#[test]
fn the_embedded_bank_is_sound_and_covers_the_module() {
    let bank = Bank::builtin().unwrap_or_else(|e| panic!("{}", e.one_line()));
    assert!(bank.items().count() >= 60, "{}", bank.items().count());
    for part in &crate::scenario::module().parts {
        let asked = bank.items().any(|(_, item)| item.parts.contains(&part.id));
        assert!(asked || part.id.starts_with("exam-"), "no item is about {}", part.id);
    }
}

#[test]
fn a_choice_is_right_as_a_whole() {
    let item = item(MULTIPLE);
    let task = item.task().unwrap();
    let mark = |typed: &str| judge(&item, &read(&task, &[2, 0, 1], typed).unwrap());
    assert!(mark("a b").full() && mark("BA").full() && mark("b, a").full());
    assert!(!mark("a").full() && !mark("a b c").full());
    // What was chosen comes first, then what was not and is right.
    let remarks = mark("c").remarks;
    assert_eq!(remarks.iter().map(|r| r.why.as_str()).collect::<Vec<_>>(), ["b", "a", "c"]);
    assert!(read(&task, &[2, 0, 1], "d").unwrap_err().contains("a to c"));
    assert!(read(&task, &[2, 0, 1], "").is_err() && read(&task, &[2, 0, 1], "a a").is_err());
}

#[test]
fn steps_and_pairs_are_read_as_they_are_shown() {
    let ordering = item("    ordering:\n      steps: [{text: A}, {text: B}, {text: C}]\n");
    let task = ordering.task().unwrap();
    assert_eq!(read(&task, &[2, 0, 1], "b c a"), Ok(Answer::Order(vec![0, 1, 2])));
    assert!(judge(&ordering, &Answer::Order(vec![0, 1, 2])).full());
    assert!(!judge(&ordering, &Answer::Order(vec![0, 2, 1])).full());
    assert!(read(&task, &[2, 0, 1], "a b").is_err());
    let matching = item(
        "    matching:\n      pairs: [{left: A, right: x}, {left: B, right: y}, {left: C, right: z}]\n      extra: [w]\n",
    );
    let task = matching.task().unwrap();
    assert_eq!(read(&task, &[3, 2, 1, 0], "1d 3b, 2-c"), Ok(Answer::Pairs(vec![0, 1, 2])));
    assert!(
        judge(&matching, &Answer::Pairs(vec![0, 1, 2])).full()
            && !judge(&matching, &Answer::Pairs(vec![0, 1, 3])).full()
    );
    assert!(read(&task, &[3, 2, 1, 0], "1d 2c").is_err() && read(&task, &[3, 2, 1, 0], "4a 1a 2b").is_err());
}

#[test]
fn numbers_have_units_and_words_are_normal() {
    let number = item(
        "    number: {value: 3600, unit: s, units: {min: 60, h: 3600}, why: x, near: [{value: 86400, why: a day}]}\n",
    );
    let mark = |text: &str| judge(&number, &Answer::Text(text.into()));
    for right in ["3600", "3600 s", "60min", "1 h", "1.0 H", "3_600s"] {
        assert!(mark(right).full(), "{right}");
    }
    for wrong in ["3600 h", "1", "an hour", "", "60 minutes", "-3600"] {
        assert!(!mark(wrong).full(), "{wrong}");
    }
    assert_eq!(mark("24 h").remarks[0].why, "a day");
    let short = item("    short: {accept: [\"system:serviceaccount:a:b\"], pattern: 'sa [ab]', why: x}\n");
    let full = |text: &str| judge(&short, &Answer::Text(text.into())).full();
    assert!(full(" `System:ServiceAccount:a:b`. ") && full("SA  b") && !full("sa c") && !full("x sa b"));
}

#[test]
fn lines_are_named_by_number_or_range() {
    let lines = item(
        "    lines:\n      text: |\n        a\n        b\n        c\n      right: [2, 3]\n      why: x\n      near: [{line: 1, why: no}]\n",
    );
    let task = lines.task().unwrap();
    for typed in ["2 3", "3,2", "2-3"] {
        assert!(judge(&lines, &read(&task, &[], typed).unwrap()).full(), "{typed}");
    }
    let mark = judge(&lines, &read(&task, &[], "1-3").unwrap());
    assert!(!mark.full() && mark.remarks[0].why == "no");
    assert!(
        read(&task, &[], "4").is_err() && read(&task, &[], "0").is_err() && read(&task, &[], "3-2").is_err()
    );
}

#[test]
fn what_the_cluster_does_not_say_is_found() {
    let predicted = item(
        "    predict:\n      options:\n        - {text: A, right: true, why: a, seen: 'n=1$'}\n        - {text: B, why: b, seen: 'n=2'}\n    experiment: {run: 'true'}\n",
    );
    assert!(differences(&predicted, &["n=1".into(), "end".into()]).is_empty());
    assert!(differences(&predicted, &["n=2".into()])[0].contains("is right, but"));
    assert!(differences(&predicted, &["n=1".into(), "n=2".into()])[0].contains("is wrong, but"));
    let number = item(
        "    number: {value: 3607, unit: s, why: x, seen: 'life=(\\d+)'}\n    experiment: {run: 'true'}\n",
    );
    assert!(differences(&number, &["life=3607".into()]).is_empty());
    assert!(differences(&number, &["life=3600".into()])[0].contains("the cluster says 3600"));
    let steps = item(
        "    ordering:\n      steps: [{text: A, seen: a}, {text: B, seen: b}, {text: C}]\n    experiment: {run: 'true'}\n",
    );
    assert!(
        differences(&steps, &["a".into(), "b".into()]).is_empty()
            && !differences(&steps, &["b".into(), "a".into()]).is_empty()
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_place() {
    for (rest, said) in [
        (
            "    single:\n      options: [{text: A, why: a}, {text: B, why: b}]\n",
            "exactly one option must be right",
        ),
        ("", "does not say what to do"),
        (&format!("{MULTIPLE}    open: {{points: [{{text: a}}, {{text: b}}]}}\n"), "one kind"),
        (
            "    predict:\n      options: [{text: A, right: true, why: a}, {text: B, why: b}]\n",
            "must be shown by an `experiment`",
        ),
        (&format!("{MULTIPLE}    experiment: {{run: 'true'}}\n"), "does not say what would be `seen`"),
        ("    lines: {text: a, right: [2], why: x}\n", "none is 2"),
        ("    short: {accept: [a], why: x, near: [{text: 'A.', why: y}]}\n", "this is a right answer"),
        ("    singel: {}\n", "unknown field"),
    ] {
        let refusal = refusal(rest);
        assert!(refusal.contains(said) && refusal.contains("test.yaml:"), "{refusal}");
    }
    assert!(
        bank("  - {id: one, difficulty: easy, parts: [nothing], question: q}\n")
            .unwrap_err()
            .one_line()
            .contains("no part")
    );
}

#[test]
fn the_same_seed_shows_the_same() {
    let bank = Bank::builtin().unwrap();
    let all = named(&bank, &[]).unwrap();
    let ids = |seed| session::draw(&all, seed, 10).iter().map(|(_, i)| i.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
    assert!((0..50).all(|seed| !shuffle::disorder(seed, "x", 3).is_sorted()));
    let near = bank.topics[0].topic.replacen('a', "aa", 1);
    assert!(named(&bank, &[near]).unwrap_err().advice().is_some_and(|a| a.contains(&bank.topics[0].topic)));
}

#[test]
fn gift_brings_the_same_items_back() {
    let bank = Bank::builtin().unwrap();
    let text = gift::write(&named(&bank, &[]).unwrap());
    let back = gift::read(&text).unwrap_or_else(|e| panic!("{e}"));
    let mut without_commands = bank.topics.clone();
    without_commands.iter_mut().flat_map(|t| &mut t.items).for_each(|item| item.experiment = None);
    assert_eq!(super::fuzz::trimmed(&without_commands), super::fuzz::trimmed(&back));
}

/// A question with such a comment of satrain before it.
fn commented(comment: &str) -> Result<Vec<super::model::Quiz>, gift::GiftError> {
    gift::read(&format!("// satrain: {comment}\n::a:: q {{=x ~y}}\n"))
}

#[test]
fn gift_carries_no_commands() {
    let experiment = r#""experiment":{"manifests":"","run":"touch /tmp/PWN"}"#;
    let options = r#"{"options":[{"right":true,"seen":"a"},{"seen":"b"}]}"#;
    for item in [
        format!(
            r#"{{"title":"t","item":{{"difficulty":"medium","parts":[],{experiment},"predict":{options}}}}}"#
        ),
        format!(
            r#"{{"title":"t","item":{{"difficulty":"medium","parts":[],"single":{options},{experiment}}}}}"#
        ),
        // No comment of satrain's own: the question is read from GIFT alone.
        format!(r#"{{"item":{{"difficulty":"medium","parts":[],{experiment}}}}}"#),
    ] {
        let topics = commented(&item).unwrap_or_else(|e| panic!("{item}: {e}"));
        assert_eq!(topics[0].items[0].experiment, None, "{item}");
        assert!(!gift::write(&[(&topics[0], &topics[0].items[0])]).contains("PWN"));
    }
    let bank = Bank::builtin().unwrap();
    assert!(bank.items().any(|(_, item)| item.experiment.is_some()));
    assert!(!gift::write(&named(&bank, &[]).unwrap()).contains("\"experiment\""));
}

#[test]
fn a_comment_that_satrain_did_not_write_is_refused_by_its_line() {
    for comment in [
        "[1]",
        "5",
        "\"x\"",
        "null",
        "{}",
        r#"{"title":"t"}"#,
        r#"{"title":"t","item":5}"#,
        r#"{"title":"t","item":[]}"#,
        r#"{"title":"t","item":null}"#,
        r#"{"title":5,"item":{}}"#,
        r#"{"title":"t","item":{"single":5}}"#,
        r#"{"title":"t","item":{"single":"s"}}"#,
        r#"{"title":"t","item":{"single":[]}}"#,
        r#"{"title":"t","item":{"single":{"options":[1]}}}"#,
        r#"{"title":"t","item":{"single":{"options":[1,2]}}}"#,
        r#"{"title":"t","item":{"single":{"options":{}}}}"#,
    ] {
        let error = commented(comment).expect_err(comment);
        assert!((1..=2).contains(&error.line) && !error.why.is_empty(), "{comment}: {error}");
    }
}

#[test]
fn questions_that_somebody_wrote_for_moodle_are_read() {
    let text = "// by hand\n$CATEGORY: tokens\n::one::Who\\: am I? {~You =Me#right ~%0%Nobody}\n\nTwo is even. {T}\n\n\
                ::three::How long? {#3600:5}\n\n::four::Which? {\n~%50%a\n~%50%b#why\n~%-100%c\n}\n\n::five::Say it {=yes =indeed}\n\n\
                ::six::Pairs {=a -> 1 =b -> 2 =c -> 3}\n";
    let topics = gift::read(text).unwrap();
    let kinds: Vec<&str> = topics[0].items.iter().map(|i| i.task().unwrap().name()).collect();
    assert_eq!(
        (topics[0].topic.as_str(), kinds),
        ("tokens", vec!["single", "single", "number", "multiple", "short", "matching"])
    );
    let first = &topics[0].items[0];
    assert_eq!(
        (first.question.as_str(), first.single.as_ref().unwrap().options[1].why.as_str()),
        ("Who: am I?", "right")
    );
    assert_eq!(gift::read("::x::Never closed {=a\n").unwrap_err().line, 1);
    assert!(gift::read("Write. {}\n").unwrap_err().why.contains("essay"));
}

#[test]
fn what_cannot_be_meant_is_refused_by_its_line() {
    for (text, why) in [
        ("::a:: What {=4 ~3\n\n::b:: x {=4 ~3}\n", "the answers of this question are not closed"),
        ("::a:: x {=a ~c} y {=b ~d}\n", "a second `{`"),
        ("::a:: x {=a ~b ~b}\n", "\"b\" appears twice"),
        ("::a:: x {=a -> b =a -> c}\n", "the left side \"a\" appears twice"),
        ("::a:: x {~%50%4 ~%500%3 ~x}\n", "`500` is not a weight from -100 to 100"),
        ("::a:: x {~%nan%4 ~3}\n", "`nan` is not a weight"),
        ("::a:: {=a ~b}\n", "no text"),
        ("::a::[html]<script>alert(1)</script> {=a ~b}\n", "no text"),
        ("::a:: x {#nan:1}\n", "`nan` is not a number"),
    ] {
        let error = gift::read(text).expect_err(text);
        assert!(error.line == 1 && error.why.contains(why), "{text}: {error}");
    }
    // Escaped, a brace is text.
    let topics = gift::read("::a:: Which JSON? {=\\{\\} ~\\{a\\}} it is\n").unwrap();
    assert_eq!(topics[0].items[0].single.as_ref().unwrap().options[0].text, "{}");
}

/// The kind of the only question, and its right answers.
fn meant(text: &str) -> (&'static str, Vec<String>) {
    let topics = gift::read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let task = topics[0].items[0].task().unwrap();
    let right = match task {
        Task::Single(options) | Task::Multiple(options) => {
            options.iter().filter(|o| o.right).map(|o| o.text.clone()).collect()
        }
        Task::Short(short) => short.accept.clone(),
        Task::Number(number) => vec![format!("{}:{}", number.value, number.tolerance)],
        Task::Matching(matching) => {
            matching.pairs.iter().map(|p| format!("{} = {}", p.left, p.right)).collect()
        }
        _ => panic!("{text}: {task:?}"),
    };
    (task.name(), right)
}

#[test]
fn answers_are_worth_what_they_are_worth_in_moodle() {
    for (body, kind, right) in [
        ("{=a ~%50%b ~c}", "single", &["a"][..]),
        ("{~%-50%a =b ~%99%c}", "single", &["b"]),
        ("{=%100%%d ~%0%%s}", "single", &["%d"]),
        ("{~%50%a ~%50%b ~%-100%c}", "multiple", &["a", "b"]),
        ("{~%33%a ~%33%b ~%33%c ~d}", "multiple", &["a", "b", "c"]),
        ("{~%100%a ~b}", "multiple", &["a"]),
        ("{=kubectl -> API server ~kubelet}", "single", &["kubectl -> API server"]),
        ("{=a\n  // ~no\n~b}", "single", &["a"]),
        ("{=a =%0%b =%50%c}", "short", &["a"]),
        ("{=a =b =%50%c}", "short", &["a", "b"]),
        ("{=%50%c =%100%a}", "short", &["a"]),
        ("{=TRUE}", "short", &["TRUE"]),
        ("{maybe}", "short", &["maybe"]),
        ("{=C\\:\\temp}", "short", &["C:\\temp"]),
        ("{T#no#yes}", "single", &["True"]),
        ("{false}", "single", &["False"]),
        ("{=a -> 1 =b -> 2}", "matching", &["a = 1", "b = 2"]),
        ("{#5}", "number", &["5:0"]),
        ("{#=5:1 =%50%5:3 =%0%9:0 ~#no}", "number", &["5:1"]),
        ("{#=%50%8:1 =%100%5:1 =%0%*}", "number", &["5:1"]),
        ("{#-5..-1}", "number", &["-3:2"]),
    ] {
        let right = right.iter().map(|r| (*r).to_owned()).collect();
        assert_eq!(meant(&format!("::q:: q {body}\n")), (kind, right), "{body}");
    }
}

#[test]
fn what_is_worth_a_part_is_not_right() {
    let marked = |body: &str, typed: &str| {
        let topics = gift::read(&format!("q {body}\n")).unwrap_or_else(|e| panic!("{body}: {e}"));
        judge(&topics[0].items[0], &Answer::Text(typed.into())).full()
    };
    for (body, typed, full) in [
        ("{=a =b =%50%c}", "B", true),
        ("{=a =b =%50%c}", "c", false),
        ("{=Kub* =%50%K8s =%0%*}", "kubernetes", true),
        ("{=Kub* =%50%K8s =%0%*}", "k8s", false),
        ("{=*net*es.}", "Kubernetes", true),
        ("{=a\\*}", "a*", true),
        ("{=a\\*}", "ab", false),
        ("{=a+ =b*}", "aa", false),
        ("{#=5:1 =%50%5:3}", "6", true),
        ("{#=5:1 =%50%5:3}", "7", false),
        ("{#1.1:0.1}", "1.0", true),
        ("{#1.1:0.1}", "1.2", true),
        ("{#1.1:0.1}", "1.3", false),
        ("{#-5..-1}", "-5", true),
        ("{#-5..-1}", "\u{2212}1", true),
        ("{#-5..-1}", "3", false),
    ] {
        assert_eq!(marked(body, typed), full, "{body} {typed}");
    }
}

#[test]
fn what_satrain_has_no_question_for_is_refused_with_its_place() {
    for (text, line, column, why) in [
        ("q {=a =b ~c}", 1, 7, "this is a second option worth 100 %"),
        ("q {=a\n~%100%b\n~c}", 2, 1, "this is a second option worth 100 %"),
        ("q {=%50%a ~b}", 1, 4, "an option with `=` is worth 100 %, and this one has a weight"),
        ("q {~%50%a ~%30%b ~c}", 1, 4, "the weights above 0 make 80 % together"),
        ("q {~%100%a ~%100%b ~c}", 1, 4, "the weights above 0 make 200 % together"),
        ("q {~a ~b}", 1, 3, "no option is right"),
        ("q {= ~b}", 1, 4, "this option has no text"),
        ("[html]q {\n=a\n~<img src\\=x>}", 3, 1, "this option has no text"),
        ("q {a ~b}", 1, 4, "an option begins with `=` or `~`"),
        ("q {~%500%a ~b}", 1, 6, "`500` is not a weight from -100 to 100"),
        ("q {~%5}", 1, 4, "a weight ends with `%`"),
        ("q {=a = =b}", 1, 7, "this answer has no text"),
        ("q {=%50%a}", 1, 4, "no answer is worth 100 %"),
        ("q {=%50%a* =abc}", 1, 4, "Moodle takes the first answer that fits"),
        ("q {=%50%abc =a*}", 1, 4, "this answer is worth less than 100 %"),
        ("q {=a\u{200b}}", 1, 4, "nobody can type this answer: it has the character \\u{200b}"),
        ("q {=a -> b =c}", 1, 12, "this answer has no `->`"),
        ("q {=a -> b =c ->}", 1, 12, "this pair has nothing behind `->`"),
        ("q {#5..1}", 1, 5, "the range `5..1` ends before it begins\nWrite `1..5`."),
        ("q {#=1 =2}", 1, 8, "this is a second number worth 100 %"),
        ("q {#=%50%2000:5 =2000:1}", 1, 5, "Moodle takes the first answer that fits"),
        ("q {#=%50%1}", 1, 5, "no number is worth 100 %"),
        ("q {#}", 1, 5, "no number is worth 100 %"),
        ("q {#1:-3}", 1, 3, "a number, its tolerance"),
        (
            "// c\n\nq {=a ~b}\n\nGröße {=ü\n\n::c:: {=a ~b}\n",
            5,
            1,
            "the answers of this question are not closed",
        ),
        ("{=a ~b}", 1, 1, "the question has no text"),
    ] {
        let error = gift::read(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.why.starts_with(why), "{text}: {error}");
    }
}

#[test]
fn a_question_of_satrain_keeps_its_kind() {
    let comment = r#"{"title":"t","item":{"difficulty":"medium","parts":[],"multiple":{"options":[{},{}]}}}"#;
    let error = commented(comment).unwrap_err();
    assert_eq!((error.line, error.column), (2, 10));
    assert!(error.why.starts_with("satrain wrote a question with several right options"), "{error}");
}

/// What an export of Moodle looks like: HTML, feedback on both answers of a statement, a description, a name that two have.
#[test]
fn what_moodle_exports_is_read() {
    let topics = gift::read(include_str!("../../tests/testdata/quiz-import/from-moodle.gift")).unwrap();
    let [topic] = &topics[..] else { panic!("{topics:?}") };
    let ids: Vec<&str> = topic.items.iter().map(|item| item.id.as_str()).collect();
    let names = [
        "Who decides",
        "401 or 403",
        "From the log",
        "From the log-2",
        "Ends a token",
        "Shortest",
        "Status",
        "Gap",
    ];
    assert_eq!((topic.topic.as_str(), ids.as_slice()), ("ServiceAccounts", names.as_slice()));
    let item = |n: usize| &topic.items[n];
    let options = |n: usize| {
        let options = &item(n).single.as_ref().unwrap().options;
        options.iter().map(|o| (o.text.as_str(), o.right, o.why.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(
        item(0).question,
        "A ServiceAccount says `automountServiceAccountToken: false`, the Pod says true. Is a token mounted?"
    );
    assert_eq!(
        options(0),
        [
            ("Yes", true, "The Pod has the last word."),
            ("No", false, "The ServiceAccount states a default only.")
        ]
    );
    assert_eq!(item(0).explanation, "Both flags are read when the Pod is admitted.");
    assert_eq!(
        options(1),
        [
            ("True", true, "Right: authentication went well."),
            ("False", false, "It would be a 401 if it did not.")
        ]
    );
    assert_eq!(item(2).question, "Which part of an event names the caller?");
    assert_eq!(item(5).number.as_ref().map(|n| (n.value, n.why.as_str())), Some((600.0, "Ten minutes.")));
    assert!(item(7).question.contains("is let in as") && item(7).question.contains("and then refused"));
}

#[test]
fn what_a_windows_editor_saves_is_read() {
    let topics = gift::read(include_str!("../../tests/testdata/quiz-import/saved-by-notepad.gift")).unwrap();
    assert_eq!((topics[0].topic.as_str(), topics[0].items[0].id.as_str()), ("ServiceAccounts", "One"));
    assert_eq!(topics[0].items[0].question, "Is a token of a Secret bound to a Pod?");
}

#[test]
fn a_description_is_left_out_wherever_it_stands() {
    let text = "Read this first.\nTwo lines.\n\n::a::q {=x ~y}\n\n// a comment\nAnd this.\n\n::b::q {=x ~y}\nThe end.";
    let topics = gift::read(text).unwrap();
    let ids: Vec<&str> = topics[0].items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(gift::read("Only words.\n").unwrap().is_empty());
    assert_eq!(gift::read("words {=a\n\n::b::q {=x ~y\n").unwrap_err().line, 1);
}

/// Each of these took minutes, or grew with the square of its length.
#[test]
fn work_grows_with_the_length_of_the_text() {
    let many = |line: &dyn Fn(usize) -> String| (0..60_000).map(line).collect::<String>();
    assert!(gift::read(&many(&|_| "q {=x\n".into())).is_err());
    assert!(gift::read(&many(&|_| "q {=x \\}\n".into())).is_err());
    let topics = gift::read(&many(&|n| format!("$CATEGORY: c{n}\n::{n}::q {{=x ~y}}\n\n"))).unwrap();
    assert_eq!(topics.len(), 60_000);
    let topics = gift::read(&format!("q {{={}}}", many(&|n| format!("a{n}=%50%b{n}=")) + "c")).unwrap();
    assert_eq!(topics[0].items[0].short.as_ref().unwrap().near.len(), 60_000);
    let topics = gift::read(&format!("q {{#={}5}}", many(&|n| format!("%50%{}=", n + 9)))).unwrap();
    assert_eq!(topics[0].items[0].number.as_ref().unwrap().near.len(), 60_000);
    let why = gift::read(&format!("q {{{}}}", many(&|n| format!("=*{n}")))).unwrap_err().why;
    assert!(why.starts_with("answers with `*` are too long"), "{why}");
    let topics = gift::read(&many(&|_| "::same::q {=x ~y}\n\n".into())).unwrap();
    assert_eq!(topics[0].items.len(), 60_000);
}
