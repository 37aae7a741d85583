//! The command line without a cluster: exit codes, usage, output for programs.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn satrain(state: &Path) -> Command {
    let mut command = Command::cargo_bin("satrain").unwrap();
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", state);
    // A place without a distribution: nothing here may start or build one.
    command.env("SATRAIN_DISTRIBUTION", state.join("none")).env("SATRAIN_STATE", state.join("state"));
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A message as it was before it was broken into lines.
fn on_one_line(bytes: &[u8]) -> String {
    text(bytes).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn list_knows_the_bank_and_fits_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let out = satrain(home.path()).arg("list").assert().code(0).get_output().clone();
    assert!(text(&out.stdout).contains("scenario-2"));
    assert!(text(&out.stdout).lines().all(|l| l.chars().count() <= 80));
    assert!(out.stderr.is_empty());
}

#[test]
fn list_is_json_for_programs() {
    let home = tempfile::tempdir().unwrap();
    let out = satrain(home.path()).args(["list", "--output", "json"]).assert().code(0).get_output().clone();
    let rows: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(rows.as_array().unwrap().iter().any(|r| r["id"] == "scenario-2" && r["usable"] == true));
}

#[test]
fn usage_errors_are_2() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["nonsense"][..],
        &["run"],
        &["run", "scenario-99"],
        &["run", "scenario-2", "--solution", "no-such"],
        &["run", "scenario-2", "--seed", "x"],
        &["run", "scenario-2", "--timeout", "5"],
        &["run", "scenario-2", "--cluster", "embedded", "--context", "x"],
        &["check"],
        &["hint"],
        &["reset"],
        &["shell"],
        &["task"],
        &["check", "scenario-2"],
        &["exam", "draw", "--tasks", "0"],
        &["exam", "draw", "--tasks", "30"],
        &["exam", "draw", "--topic", "tokns"],
        &["exam", "prove"],
        &["exam", "prove", "--seed", "1"],
        &["class"],
        &["class", "new"],
        &["class", "variant", "x"],
        &["class", "variant", "x", "anna", "--all"],
        &["class", "new", "x", "--scenario", "scenaro-2"],
        &["prove", "--jobs", "0"],
        &["prove", "--mutation=scenario-99"],
        &["prove", "scenario-2", "--mutation=scenario-3"],
    ] {
        satrain(home.path()).args(arguments).assert().code(2).stdout("");
    }
}

#[test]
fn without_a_verb_five_lines_say_what_there_is_to_do() {
    let home = tempfile::tempdir().unwrap();
    for options in [&[][..], &["--plain"]] {
        let out = satrain(home.path()).args(options).assert().code(0).get_output().clone();
        let said = text(&out.stdout);
        assert_eq!(said.lines().count(), 5, "{said}");
        for (line, what) in said.lines().zip(["In progress", "Due", "Next", "Exam", "All"]) {
            assert!(line.starts_with(what), "{said}");
        }
        assert!(said.contains("  satrain run ") && out.stderr.is_empty(), "{said}");
    }
    let out = satrain(home.path()).args(["--output", "json"]).assert().code(0).get_output().clone();
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&said["inProgress"], &said["questionsDue"]), (&serde_json::json!([]), &0.into()));
    assert_eq!((&said["next"]["reason"], &said["exam"]), (&"new".into(), &Value::Null));
    assert!(!home.path().join("state").exists(), "looking leaves nothing behind");
    // Help is asked for.
    let help = satrain(home.path()).arg("--help").assert().code(0).get_output().clone();
    assert!(text(&help.stdout).contains("Learn:\n  list "));
}

#[test]
fn a_new_scenario_is_one_that_lint_accepts_and_replaces_nothing() {
    let home = tempfile::tempdir().unwrap();
    let new = |id: &str| {
        let mut command = satrain(home.path());
        command.args(["new", id, "--into"]).arg(home.path().join("pack"));
        command
    };
    let out = new("my-own").assert().code(0).get_output().clone();
    assert!(text(&out.stdout).contains("satrain prove"), "{}", text(&out.stdout));
    let folder = home.path().join("pack/my-own");
    let out = satrain(home.path()).arg("lint").arg(&folder).assert().code(0).get_output().clone();
    assert!(text(&out.stderr).is_empty(), "{}", text(&out.stderr));
    fs::write(folder.join("scenario.yaml"), "mine").unwrap();
    for (id, says) in
        [("my-own", "exists already"), ("My Own", "is not a scenario id"), ("scenario-2", "already")]
    {
        let out = new(id).assert().code(2).get_output().clone();
        assert!(text(&out.stderr).contains(says), "{}", text(&out.stderr));
    }
    assert_eq!(fs::read_to_string(folder.join("scenario.yaml")).unwrap(), "mine");
}

#[test]
fn a_case_that_a_proof_does_not_have_is_refused_before_a_cluster_is_started() {
    let home = tempfile::tempdir().unwrap();
    let mut command = satrain(home.path());
    let out =
        command.args(["prove", "scenario-2", "--case", "no-such"]).assert().code(2).get_output().clone();
    assert!(text(&out.stderr).contains("no case of this proof is called `no-such`"), "{}", text(&out.stderr));
}

#[test]
fn a_mistyped_id_is_answered_with_the_nearest() {
    let home = tempfile::tempdir().unwrap();
    let out = satrain(home.path()).args(["run", "scenaro-2"]).assert().code(2).get_output().clone();
    assert!(text(&out.stderr).contains("scenario-2"), "{}", text(&out.stderr));
}

#[test]
fn an_unknown_solution_is_answered_with_those_there_are() {
    let home = tempfile::tempdir().unwrap();
    let out = satrain(home.path())
        .args(["run", "scenario-2", "--solution", "x"])
        .assert()
        .code(2)
        .get_output()
        .clone();
    assert!(text(&out.stderr).contains("reference"));
}

#[test]
fn a_broken_scenario_is_3() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("scenario.yaml");
    fs::write(&file, "apiVersion: satrain.dev/v1\nid: [\n").unwrap();
    for verb in ["run", "lint"] {
        satrain(home.path()).arg(verb).arg(&file).assert().code(3);
    }
}

/// Before anything is looked for, a distribution too.
#[test]
fn a_scenario_of_somebody_else_is_2_until_it_is_allowed() {
    let home = tempfile::tempdir().unwrap();
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/minimal-pack/read-one-config");
    let run = |more: &[&str]| {
        let mut command = satrain(home.path());
        command.args(["run", pack]).args(more).output().unwrap()
    };
    let refused = run(&[]);
    let said = text(&refused.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.contains("is not satrain's own") && said.contains("--trust") && said.contains("runs "),
        "{said}"
    );
    assert_eq!(run(&["--trust"]).status.code(), Some(4), "it goes on, to the distribution that is not there");
    assert_eq!(run(&[]).status.code(), Some(4), "it is remembered");
}

#[test]
fn a_state_folder_that_is_a_file_is_2() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    for state in [file.clone(), file.join("in-it")] {
        let out = satrain(home.path()).arg("--state").arg(&state).arg("history").output().unwrap();
        assert_eq!(out.status.code(), Some(2));
        assert!(text(&out.stderr).contains("--state"), "{}", text(&out.stderr));
    }
}

#[test]
fn without_a_cluster_there_are_no_logs() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["logs"][..], &["logs", "kubelet"], &["logs", "-o", "json"], &["env"]] {
        let out = satrain(home.path()).arg("cluster").args(arguments).assert().code(4).stdout("");
        let said = text(&out.get_output().stderr);
        assert!(said.contains("cluster `satrain` is not running"), "{said}");
    }
}

#[test]
fn a_folder_without_a_scenario_is_refused() {
    let home = tempfile::tempdir().unwrap();
    for folder in ["empty", "other"] {
        fs::create_dir(home.path().join(folder)).unwrap();
    }
    fs::write(home.path().join("other/scenario.yml"), "").unwrap();
    for (what, says) in [
        ("empty", "contains no scenario"),
        ("empty", "Name a folder"),
        ("other", "must be called scenario.yaml"),
        ("other/scenario.yml", "is not called scenario.yaml"),
        (".", "must be called scenario.yaml"),
    ] {
        let mut lint = satrain(home.path());
        lint.current_dir(home.path()).args(["lint", what]);
        let out = lint.assert().code(2).stdout("").get_output().clone();
        assert!(on_one_line(&out.stderr).contains(says), "{what}: {}", on_one_line(&out.stderr));
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let home = tempfile::tempdir().unwrap();
    let variables = ["SATRAIN_STATE", "SATRAIN_SCENARIOS", "SATRAIN_PLAIN"];
    satrain(home.path()).envs(variables.map(|name| (name, ""))).arg("list").assert().code(0);
    let out = satrain(home.path()).envs(variables.map(|name| (name, "/"))).arg("new").assert().code(2);
    assert!(text(&out.get_output().stderr).contains("\nUsage: satrain new <ID>\n"));
}

#[test]
fn a_source_of_a_distribution_is_told_without_its_password() {
    let home = tempfile::tempdir().unwrap();
    let sum = "0".repeat(64);
    let fetch = |source: &str, sum: &str| {
        let mut command = satrain(home.path());
        command.args(["distribution", "fetch", source, "--attempts", "1", "--sha256", sum]);
        command
    };
    for (source, says) in [
        ("http://user:pass1@127.0.0.1:1/x", "(1 attempt)"),
        ("ftp://user:pass1@127.0.0.1/x", "does not read ftp://"),
        ("http://user:pass1@127.0.0.1:99999/x", "invalid port number"),
        ("no-such-file", "cannot read no-such-file"),
        ("no-such\nfile", "cannot read no-such\\nfile"),
    ] {
        let out = fetch(source, &sum).assert().code(4).stdout("").get_output().clone();
        let said = on_one_line(&out.stderr);
        assert!(said.contains(says) && !said.contains("pass1"), "{said}");
    }
    let out = fetch("x", "abc").assert().code(2).get_output().clone();
    assert!(text(&out.stderr).contains("a SHA-256 has 64 hexadecimal digits"));
}

#[test]
fn a_state_folder_that_cannot_be_read_is_no_empty_one() {
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("state", home.path().join("state")).unwrap();
    for verb in ["stats", "history", "next", "list", "quiz"] {
        let out = satrain(home.path()).arg(verb).assert().code(5).stdout("").get_output().clone();
        assert!(!out.stderr.is_empty(), "{verb}");
    }
}

#[test]
fn no_distribution_is_4() {
    let home = tempfile::tempdir().unwrap();
    satrain(home.path()).args(["run", "scenario-2"]).assert().code(4);
}

#[test]
fn a_context_that_does_not_exist_is_4() {
    let home = tempfile::tempdir().unwrap();
    satrain(home.path()).args(["run", "scenario-2", "--context", "nowhere"]).assert().code(4);
}

#[test]
fn task_shows_a_scenario_before_it_is_run() {
    let home = tempfile::tempdir().unwrap();
    let out = satrain(home.path()).args(["task", "scenario-2"]).assert().code(0).get_output().clone();
    assert!(text(&out.stdout).contains("production"));
    assert!(text(&out.stdout).lines().all(|l| l.chars().count() <= 80));
}

#[test]
fn schemas_and_completions_are_for_machines() {
    let home = tempfile::tempdir().unwrap();
    for of in ["scenario", "paper", "class", "result"] {
        let out = satrain(home.path()).args(["schema", of]).assert().code(0).get_output().clone();
        let schema: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert!(schema["properties"].is_object());
    }
    let out = satrain(home.path()).args(["completions", "bash"]).assert().code(0).get_output().clone();
    assert!(text(&out.stdout).contains("_satrain"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("satrain");
    let line = format!(
        "{} schema scenario 2>&1 >/dev/full | head -c 200; {} schema | head -c 1",
        program.display(),
        program.display()
    );
    let out = std::process::Command::new("bash")
        .args(["-c", &line])
        .env("SATRAIN_STATE", home.path())
        .output()
        .unwrap();
    assert!(!text(&out.stdout).contains("panicked") && !text(&out.stderr).contains("panicked"));
    assert_eq!(text(&out.stderr), "");
}

#[test]
fn nothing_is_written_by_looking() {
    let home = tempfile::tempdir().unwrap();
    satrain(home.path()).arg("list").assert().code(0);
    satrain(home.path()).args(["task", "scenario-1"]).assert().code(0);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn verbose_shows_what_satrain_itself_does() {
    let home = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| {
        let mut command = satrain(home.path());
        command.env("NO_COLOR", "1").args(["cluster", "status", "--name", "none"]).args(arguments);
        text(&command.assert().code(4).stdout("").get_output().stderr)
    };
    let line = said(&["-v"]);
    assert!(line.contains("satrain::cluster: the cluster was chosen"), "{line}");
    assert!(line.contains("provider=embedded") && line.contains("none"), "{line}");
    assert!(!said(&[]).contains("satrain::cluster"));
}

#[test]
fn a_wait_for_another_satrain_says_for_whom_and_ends_with_the_first_ctrl_c() {
    use std::io::{BufRead, BufReader, Write};
    use std::time::{Duration, Instant};

    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state/prove");
    fs::create_dir_all(&folder).unwrap();
    let mut lock = fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "7 satrain prove other").unwrap();

    let mut waiting = std::process::Command::new(env!("CARGO_BIN_EXE_satrain"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .env("SATRAIN_STATE", home.path().join("state"))
        .args(["prove", "scenario-2"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said = lines.find(|line| line.contains("another satrain is at work"));
    assert!(said.unwrap().contains("process 7 (satrain prove other)"));
    let pid = nix::unistd::Pid::from_raw(waiting.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let begun = Instant::now();
    while waiting.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = waiting.kill();
    assert_eq!(waiting.wait().unwrap().code(), Some(130));
}

#[test]
fn a_drawn_paper_is_a_file_that_names_what_draws_it_again() {
    let home = tempfile::tempdir().unwrap();
    let draw = |arguments: &[&str]| {
        let out =
            satrain(home.path()).args(["exam", "draw"]).args(arguments).assert().code(0).get_output().clone();
        text(&out.stdout)
    };
    let paper = draw(&["--tasks", "3", "--questions", "1", "--topic", "tokens", "--pass", "70"]);
    let first = paper.lines().next().unwrap();
    let command =
        first.strip_prefix("# Drawn by `satrain exam draw ").and_then(|c| c.strip_suffix("`.")).unwrap();
    assert_eq!(draw(&command.split(' ').collect::<Vec<_>>()), paper);
    assert!(paper.contains("pass: 70") && paper.matches("scenario:").count() == 3, "{paper}");
}

#[test]
fn a_paper_that_does_not_fit_is_refused_before_a_cluster_is_started() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("paper.yaml");
    fs::write(
        &file,
        "apiVersion: satrain.dev/paper/v1\ntitle: A\nminutes: 9\ntasks:\n  - scenario: scenaro-2\n",
    )
    .unwrap();
    let out = satrain(home.path()).args(["exam", "prove"]).arg(&file).assert().code(3).get_output().clone();
    let told = text(&out.stderr);
    assert!(told.contains("paper.yaml:5:15") && told.contains("did you mean `scenario-2`"), "{told}");
    satrain(home.path()).args(["exam", "prove", "no-such-file.yaml"]).assert().code(3).stdout("");
}

#[test]
fn a_class_is_made_checked_and_told_to_its_learners() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("security");
    let class = |verb: &str, more: &[&str]| {
        let mut command = satrain(home.path());
        command.args(["class", verb]).arg(&folder).args(more);
        let out = command.assert().code(0).get_output().clone();
        assert!(out.stderr.is_empty(), "{}", text(&out.stderr));
        text(&out.stdout)
    };
    let made = class("new", &["--title", "Security", "--scenario", "scenario-2", "--scenario", "scenario-3"]);
    assert!(made.contains("class.key") && made.contains("satrain class check"), "{made}");
    assert!(class("check", &[]).contains("2 learners, 2 tasks, passed from 67 % on"));
    fs::write(
        folder.join("roster.csv"),
        "\u{feff}Name;ID;Group\r\n\"M\u{fc}ller; Anna\";007;=B\r\n;ben;A\r\n",
    )
    .unwrap();

    let summary: Value = serde_json::from_str(&class("check", &["--output", "json"])).unwrap();
    assert_eq!((&summary["learners"], &summary["tasks"][1]["scenario"]), (&2.into(), &"scenario-3".into()));
    let all: Value = serde_json::from_str(&class("list", &["--output", "json"])).unwrap();
    assert_eq!((&all[0]["learner"], &all[0]["more"]["Group"]), (&"007".into(), &"=B".into()));
    let seed = all[0]["tasks"][0]["seed"].as_u64().unwrap();
    assert_ne!(all[1]["tasks"][0]["seed"].as_u64(), Some(seed));

    let told = class("variant", &["007", "--task", "scenario-2"]);
    assert!(told.contains(&format!("  satrain run scenario-2 --seed {seed}\n")), "{told}");
    let namespace = all[0]["tasks"][0]["values"]["namespace"].as_str().unwrap();
    assert!(told.contains(&format!("namespace={namespace}")) && !told.contains("scenario-3"), "{told}");
    let csv = class("variant", &["--all", "--csv"]);
    assert!(csv.starts_with("id,name,email,Group,task_1,command_1,values_1,due_1,task_2,"), "{csv}");
    assert!(csv.contains(&format!(
        "\r\n007,M\u{fc}ller; Anna,,'=B,scenario-2,satrain run scenario-2 --seed {seed},"
    )));
    assert_eq!(csv, class("variant", &["--all", "--csv"]), "the same each time");
    let key = fs::read_to_string(folder.join("class.key")).unwrap();
    assert!([made, told, csv, all.to_string()].iter().all(|said| !said.contains(key.trim())));
}

#[test]
fn a_folder_of_others_is_refused_before_anything_is_graded() {
    let home = tempfile::tempdir().unwrap();
    let (folder, pages) = (home.path().join("security"), home.path().join("pages"));
    satrain(home.path()).args(["class", "new", "--scenario", "scenario-2"]).arg(&folder).assert().code(0);
    fs::create_dir(home.path().join("hand-ins")).unwrap();
    fs::write(home.path().join("hand-ins/learner-1.sh"), "true\n").unwrap();
    fs::create_dir(&pages).unwrap();
    fs::write(pages.join("index.html"), "mine").unwrap();
    for option in ["--html", "--gradescope"] {
        let mut command = satrain(home.path());
        command.arg("grade").arg(&folder).arg(home.path().join("hand-ins")).arg(option).arg(&pages);
        let said = text(&command.assert().code(2).get_output().stderr).replace('│', " ");
        assert!(said.contains("there are other files in this folder"), "{said}");
    }
    assert_eq!(fs::read_to_string(pages.join("index.html")).unwrap(), "mine");
}

#[test]
fn what_is_wrong_with_a_class_is_told_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("security");
    let class = |verb: &str, more: &[&str], code: i32| {
        let mut command = satrain(home.path());
        command.args(["class", verb]).arg(&folder).args(more).env("NO_COLOR", "1");
        // As one line, without the frame.
        let said = text(&command.assert().code(code).get_output().stderr).replace('│', " ");
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let missing = class("check", &[], 3);
    assert!(missing.contains("no such folder") && missing.contains("satrain class new DIR"), "{missing}");
    class("new", &[], 0);
    let before = fs::read(folder.join("class.key")).unwrap();
    assert!(class("new", &[], 3).contains("there is something already"));
    assert_eq!(fs::read(folder.join("class.key")).unwrap(), before, "nothing is overwritten");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "and nothing is left beside");

    let unknown = class("variant", &["learner-9"], 2);
    assert!(
        unknown.contains("there is no learner `learner-9`") && unknown.contains("did you mean"),
        "{unknown}"
    );
    assert!(class("variant", &["learner-1", "--task", "scenario-9"], 2).contains("there is no task"));
    fs::write(folder.join("roster.csv"), "name;id\nAnna;7\nBen;7\n").unwrap();
    assert!(class("check", &[], 3).contains("roster.csv:3:5"));
    fs::write(folder.join("roster.csv"), "name;id\nAnna;7\nBen;8\n").unwrap();
    let yaml = fs::read_to_string(folder.join("class.yaml")).unwrap();
    fs::write(folder.join("class.yaml"), yaml.replace("pass: 67", "pass: 670")).unwrap();
    let line = 1 + yaml.lines().position(|line| line == "pass: 67").unwrap();
    assert!(class("list", &[], 3).contains(&format!("class.yaml:{line}:7")));
    fs::write(folder.join("class.yaml"), yaml).unwrap();
    fs::remove_file(folder.join("class.key")).unwrap();
    let lost = class("check", &[], 3);
    assert!(lost.contains("class.key") && lost.contains("copy the class.key back"), "{lost}");
}
