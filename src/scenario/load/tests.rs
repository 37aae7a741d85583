use std::fs;
use std::os::unix::fs::symlink;

use crate::scenario::error::ScenarioErrorKind;
use crate::scenario::parse::MAX_FILE_BYTES;
use crate::scenario::testing::{load_str, minimal, shown};
use crate::scenario::{Loaded, load};

/// The error that a change of the sample leads to, as a person sees it.
fn after(good: &str, bad: &str) -> String {
    let text = minimal();
    assert!(text.contains(good), "the sample has no `{good}`");
    shown(&load_str(&text.replacen(good, bad, 1)).map(drop).expect_err("it must be refused"))
}

macro_rules! refused {
    ($($name:ident: $good:expr => $bad:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(after($good, $bad));
        }
    )*};
}

refused! {
    an_unknown_field: "minutes: 5" => "minutes: 5\nminuets: 6";
    an_unknown_field_of_a_kind: "name: web}" => "name: web, nmae: x}";
    an_unknown_field_of_a_check: "within: 5s" => "witin: 5s";
    a_misspelt_kind: "    resource: {kind" => "    resorce: {kind";
    no_kind: "    resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}\n" => "";
    two_kinds: "    within: 5s" => "    access: {serviceAccount: a, namespace: b}";
    a_missing_field: "title: A sample\n" => "";
    a_missing_field_of_a_check: "    points: 60\n" => "";
    a_missing_field_of_a_kind: "kind: ServiceAccount, " => "";
    points_on_a_guard: "    protects: [sa]" => "    points: 5";
    protects_on_a_check: "    within: 5s" => "    protects: [sa]";
    requires_on_a_guard: "    protects: [sa]" => "    requires: [sa]";
    a_circle_of_requirements: "    within: 5s" => "    requires: [role]";
    a_bad_consistently: "    within: 5s" => "    consistently: always";
    a_wrong_type: "minutes: 5" => "minutes: soon";
    a_negative_number: "points: 60" => "points: -60";
    a_list_for_a_text: "title: A sample" => "title: [a, b]";
    a_text_for_a_list: "topics: [rbac]" => "topics: rbac";
    an_empty_text: "title: A sample" => "title:";
    an_unknown_difficulty: "difficulty: easy" => "difficulty: trivial";
    an_unknown_version: "satrain.dev/v1" => "satrain.dev/v9";
    a_duplicate_key: "minutes: 5" => "minutes: 5\nminutes: 6";
    broken_yaml: "hints: [a, b, c]" => "hints: [a, b, c";
    a_tab_as_indentation: "  - id: sa" => "\t- id: sa";
    a_second_document: "# The text of the task." => "---\n# The text of the task.";
    an_unknown_parameter: "The Pod is {{ pod }}." => "The Pod is {{ pood }}.";
    an_unknown_parameter_in_a_flow_value: "name: web}" => "name: \"{{ name }}\"}";
    a_parameter_in_manifests: "      name: {{ pod }}" => "      name: {{ podd }}";
    an_open_tag: "The Pod is {{ pod }}." => "The Pod is {{ pod.";
    a_bad_template: "The Pod is {{ pod }}." => "The Pod is {{ pod pod }}.";
    an_unknown_filter: "The Pod is {{ pod }}." => "The Pod is {{ pod|upper }}.";
    a_template_that_could_double: "The Pod is {{ pod }}." => "{% for a in [pod ~ pod] %}{{ a }}{% endfor %}";
    a_set_statement: "The Pod is {{ pod }}." => "{% set a = pod %}";
    a_template_comment: "The Pod is {{ pod }}." => "The Pod is {# secret #}.";
    an_unknown_check_in_fails: "name: m2, fails: [role]" => "name: m2, fails: [roles]";
    an_unknown_check_in_protects: "protects: [sa]" => "protects: [guard]";
    a_mistake_that_fails_nothing: "name: m2, fails: [role]" => "name: m2, fails: []";
    a_check_id_twice: "  - id: role" => "  - id: sa";
    a_bad_check_id: "  - id: role" => "  - id: Role!";
    an_equivalent_without_a_reason: "mistakes:" => "equivalents:\n  - {mutant: a}\nmistakes:";
    an_equivalent_with_an_empty_reason: "mistakes:" => "equivalents:\n  - {mutant: a, reason: ' '}\nmistakes:";
    an_equivalent_that_is_every_mutant: "mistakes:" => "equivalents:\n  - {mutant: '*', reason: a}\nmistakes:";
    a_name_twice: "name: m2" => "name: reference";
    a_bad_duration: "within: 5s" => "within: 5 seconds";
    a_long_duration: "within: 5s" => "within: 90m";
    another_id_than_the_folder: "id: sample" => "id: example";
    a_bad_parameter_name: "  role: {default" => "  my-role: {default";
    a_parameter_that_is_path: "  role: {default" => "  path: {default";
    a_bad_namespace: "default: production" => "default: Production";
    a_bad_variant: "variants: [payments]" => "variants: [payments, my_space]";
    manifests_of_the_wrong_form: "setup:" => "setup:\n  manifests: {flie: a.yaml}\nx:";
    a_list_of_manifests: "setup:" => "setup:\n  manifests: [a.yaml]\nx:";
    a_workspace_file_outside: "    notes.txt: |" => "    ../notes.txt: |";
    an_escape_sequence: "title: A sample" => "title: \"A \\e[31msample\"";
    no_solutions: "solutions:\n  - {name: reference, run: echo \"$NAMESPACE\"}\n  - {name: other, run: echo \"$ROLE\"}" => "solutions: []";
    no_minutes: "minutes: 5" => "minutes: 0";
}

#[test]
fn the_sample_is_loaded_with_lines() {
    let loaded = load_str(&minimal()).unwrap();
    let lines: Vec<u32> = loaded.scenario.checks.iter().map(|check| check.line).collect();
    assert_eq!(lines, [32, 37]);
    assert_eq!(loaded.scenario.guards[0].line, 45);
}

#[test]
fn errors_name_their_place() {
    let error = load_str(&minimal().replacen("minutes: 5", "minutes: soon", 1)).unwrap_err();
    assert_eq!((error.file(), error.line(), error.column()), ("sample/scenario.yaml", 6, 10));
    assert_eq!(error.kind(), ScenarioErrorKind::Invalid);
    assert!(error.one_line().starts_with("sample/scenario.yaml:6:10: "), "{}", error.one_line());
}

#[test]
fn hidden_characters_are_refused() {
    for hidden in ["\u{1b}[2J", "\u{202e}", "\u{7}", "\u{feff}", "\r"] {
        let text = minimal().replacen("A sample", &format!("A {hidden}sample"), 1);
        let error = load_str(&text).unwrap_err();
        assert_eq!(error.line(), 3, "{hidden:?}");
        assert!(!shown(&error).contains(hidden), "{hidden:?} reaches the terminal");
    }
}

#[test]
fn a_tab_in_front_of_a_key_is_named() {
    let shown = after("topics: [rbac]", "\ttopics: [rbac]");
    assert!(shown.contains("line 4 begins with a tab"), "{shown}");
}

/// Each must end soon, in an error and without much memory.
#[test]
fn bombs_are_refused() {
    let laughs: String =
        (1..12).map(|i| format!("l{i}: &l{i} [{}]\n", format!("*l{},", i - 1).repeat(9))).collect();
    let doubled: String = (0..40).map(|i| format!("{{% set a{i} = a ~ a %}}")).collect();
    let bombs = [
        ("billion laughs", format!("l0: &l0 [x,x,x,x,x,x,x,x,x]\n{laughs}")),
        ("depth of flow", format!("id: {}", "[".repeat(100_000))),
        ("depth of blocks", (0..5000).map(|i| format!("{}a:\n", " ".repeat(i.min(100)))).collect()),
        ("merge keys", format!("a: &a {{x: 1}}\n{}", "<<: *a\n".repeat(5000))),
        ("too large", format!("title: {}", "x".repeat(MAX_FILE_BYTES))),
        ("many nodes", format!("topics: [{}]", "a,".repeat(200_000))),
        ("set", minimal().replacen("Do it.", &format!("'{doubled}'"), 1)),
        ("many entries", minimal().replacen("[a, b, c]", &format!("[{}]", "a,".repeat(100)), 1)),
        ("recursive alias", "a: &a [*a]".to_owned()),
        ("not a mapping", "- 1".to_owned()),
        ("empty", String::new()),
        ("null", "---\n".to_owned()),
    ];
    for (name, bomb) in bombs {
        let worked = || nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID.now().unwrap().tv_sec();
        let before = worked();
        let error = load_str(&bomb).map(drop).expect_err(name);
        let message = error.to_string();
        assert!(!message.contains("breach") && !message.contains('{'), "{name}: {message}");
        // Of work: a busy machine makes it wait as well.
        assert!(worked() - before < 10, "{name}: {} s of work: {}", worked() - before, error.one_line());
    }
}

#[test]
fn ten_thousand_lines_keep_their_numbers() {
    let padding = "# a comment\n".repeat(10_000);
    let text = minimal().replacen("# The text of the task.\n", &padding, 1);
    assert_eq!(load_str(&text).unwrap().scenario.checks[0].line, 10_031);
    let error = load_str(&text.replacen("within: 5s", "within: 5x", 1)).unwrap_err();
    assert_eq!(error.line(), 10_034);

    let script = "      true\n".repeat(10_000);
    let text = minimal().replacen(
        "run: 'true'}",
        &format!("run: 'true'}}\n  - name: long\n    fails: [sa]\n    run: |\n{script}"),
        1,
    );
    assert_eq!(load_str(&text).unwrap().scenario.mistakes[1].run.lines().count(), 10_000);
}

/// A pack's folder `sample` with a manifests file.
fn on_disk(manifests: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let pack = tempfile::tempdir().unwrap();
    let folder = pack.path().join("sample");
    fs::create_dir(&folder).unwrap();
    let text = minimal();
    let (head, tail) = text.split_once("  manifests: |\n").unwrap();
    let (inline, tail) = tail.split_once("  ready:").unwrap();
    fs::write(folder.join("setup.yaml"), inline).unwrap();
    let text = format!("{head}  manifests: {{file: \"{manifests}\"}}\n  ready:{tail}");
    fs::write(folder.join("scenario.yaml"), text).unwrap();
    (pack, folder)
}

fn load_error(folder: &std::path::Path) -> String {
    load(folder).map(drop).unwrap_err().to_string()
}

#[test]
fn manifests_may_be_a_file_beside() {
    let (_pack, folder) = on_disk("setup.yaml");
    let loaded: Loaded = load(&folder).unwrap();
    assert!(loaded.manifests().contains("kind: Pod"));
    assert_eq!(load(&folder.join("scenario.yaml")).unwrap().digest, loaded.digest);

    fs::write(folder.join("setup.yaml"), "name: {{ pood }}\n").unwrap();
    let error = load(&folder).unwrap_err();
    assert!(error.file().ends_with("setup.yaml"), "{}", error.one_line());
    assert_eq!((error.line(), error.column()), (1, 10));
}

#[test]
fn the_digest_covers_every_file() {
    let (_pack, folder) = on_disk("setup.yaml");
    let before = load(&folder).unwrap().digest;
    fs::write(folder.join("setup.yaml"), "a: 1\n").unwrap();
    assert_ne!(load(&folder).unwrap().digest, before);
    assert_eq!(before.len(), 64);
}

#[test]
fn no_path_leads_out_of_the_folder() {
    for path in
        ["../secret.yaml", "/etc/hostname", "a/../../secret.yaml", "..", ".", "", "a\\\\b", "setup.yaml/"]
    {
        let (pack, folder) = on_disk(path);
        fs::write(pack.path().join("secret.yaml"), "secret: yes\n").unwrap();
        assert!(load_error(&folder).starts_with("the manifests file cannot be used"), "{path}");
    }
}

#[test]
fn no_link_leads_out_of_the_folder() {
    let (pack, folder) = on_disk("setup.yaml");
    fs::write(pack.path().join("secret.yaml"), "secret: yes\n").unwrap();
    fs::remove_file(folder.join("setup.yaml")).unwrap();
    symlink("../secret.yaml", folder.join("setup.yaml")).unwrap();
    assert!(load_error(&folder).contains("not inside the scenario's folder"));

    fs::rename(folder.join("scenario.yaml"), pack.path().join("scenario.yaml")).unwrap();
    symlink("../scenario.yaml", folder.join("scenario.yaml")).unwrap();
    assert!(load_error(&folder).contains("not inside the scenario's folder"));
}

#[test]
fn a_link_within_the_folder_is_fine() {
    let (_pack, folder) = on_disk("link.yaml");
    symlink("setup.yaml", folder.join("link.yaml")).unwrap();
    assert!(load(&folder).is_ok());
}

#[test]
fn only_regular_files_of_bounded_size_are_read() {
    let (_pack, folder) = on_disk("setup.yaml");
    let file = folder.join("setup.yaml");
    fs::write(&file, "x".repeat(MAX_FILE_BYTES + 1)).unwrap();
    assert!(load_error(&folder).contains("larger than 1024 KiB"));
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(load_error(&folder).contains("not UTF-8"));
    fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert!(load_error(&folder).contains("not a regular file"));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(load_error(&folder).contains("not a regular file"));
}

#[test]
fn a_folder_without_a_scenario_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let error = load(empty.path()).unwrap_err();
    assert_eq!(error.kind(), ScenarioErrorKind::Unreadable);
    assert!(load(&empty.path().join("nothing")).is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn config() -> ProptestConfig {
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn any_text_is_loaded_or_refused(text in "\\PC{0,400}") {
            let _ = load_str(&text).map_err(|e| shown(&e));
        }

        #[test]
        fn any_change_of_a_scenario_is_loaded_or_refused(
            at in 0.0..1.0_f64,
            len in 0_usize..40,
            new in "[ -~\n]{0,12}",
        ) {
            for text in [minimal(), include_str!("../../../scenarios/scenario-2/scenario.yaml").replace("id: scenario-2", "id: sample")] {
                let start = (text.len() as f64 * at) as usize;
                let end = (start + len).min(text.len());
                prop_assume!(text.is_char_boundary(start) && text.is_char_boundary(end));
                let changed = format!("{}{new}{}", &text[..start], &text[end..]);
                match load_str(&changed) {
                    Ok(loaded) => drop(crate::lint::lint(&loaded)),
                    Err(error) => drop(shown(&error)),
                }
            }
        }
    }
}

#[test]
fn a_file_that_no_workspace_can_hold() {
    for (name, why) in [("answers".to_owned(), "learner's answers"), ("a".repeat(256), "255 bytes")] {
        let said = after("    notes.txt: |", &format!("    {name}: |"));
        assert!(said.contains("not a file name") && said.contains(why), "{said}");
    }
}
