//! A script's life in its sandbox: what it is given, what it leaves, and how it ends.

use std::time::Duration;

use satrain::lab::script::{Ended, Manner};

use crate::world::{World, groups, parent, pids, processes, until};

#[test]
fn a_script_has_its_workspace_its_parameters_and_the_usual_tools() {
    let Some(world) = World::new() else { return };
    std::fs::write(world.workspace().join("answers/before"), "1\n").unwrap();
    std::fs::write(world.workspace().join("tool"), "#!/bin/bash\necho tool").unwrap();
    world.play("chmod +x tool");
    let played = world.try_play(
        "pwd; echo $NAMESPACE $HOME $KUBECONFIG; cat answers/before; ./tool\n\
         diff <(echo a) <(echo a) && echo same; cat <<< here; echo x > /tmp/x; mktemp -d > /dev/null; stat -c %a answers/before\n\
         id -u; whoami; hostname; echo | awk '{print \"awk\"}'; [ $(nproc) -gt 0 ]; mkdir -p new/deep; echo 2 > new/deep/file; rm answers/before",
        Manner::Strict,
        Duration::from_secs(20),
    );
    let played = played.unwrap();
    assert_eq!(played.ended, Ended::Code(0), "{played:?}");
    let expected = [
        "/workspace",
        "production /home/learner /home/learner/.kube/config",
        "1",
        "tool",
        "same",
        "here",
        "600",
        "1000",
        "learner",
        "lab",
        "awk",
    ];
    assert_eq!(played.said, expected);
    assert_eq!(world.file("new/deep/file").as_deref(), Some("2\n"));
    assert_eq!(world.file("answers/before"), None);
    world.is_as_it_was();
}

#[test]
fn strict_or_as_written_as_without_a_sandbox() {
    let Some(world) = World::new() else { return };
    let short = Duration::from_secs(20);
    let strict = world.try_play("(exit 7) | cat; echo not reached", Manner::Strict, short).unwrap();
    assert_eq!((strict.ended, strict.said.len()), (Ended::Code(7), 0));
    assert_eq!(world.play("false; echo $unset; echo on").said, ["", "on"]);
    let by_its_line = world.play("#!/bin/bash -e\nfalse; echo on");
    assert_eq!((by_its_line.ended, by_its_line.said.len()), (Ended::Code(1), 0));
    assert_eq!(world.play("#!/usr/bin/env cat\nshown").said, ["#!/usr/bin/env cat", "shown"]);
    let error = world.try_play("#!/no/such/program\n", Manner::AsWritten, short).unwrap_err().to_string();
    assert!(error.contains("could not start"), "{error}");
    assert_eq!(world.play("kill -SEGV $$").ended, Ended::Signal(11));
    world.is_as_it_was();
}

#[test]
fn nothing_of_the_callers_environment_is_told() {
    let Some(world) = World::new() else { return };
    let told = world.play("env | sort").text();
    for own in ["CARGO", "SATRAIN", "RUST", "/root", "/tmp"] {
        assert!(!told.contains(own), "{told}");
    }
    assert!(told.contains("LANG=C.UTF-8"), "{told}");
}

#[test]
fn it_ends_with_its_shell_whoever_holds_its_output() {
    let Some(world) = World::new() else { return };
    let mark = format!("satrain-canary-{}", std::process::id());
    let played = world.play(&format!(
        "setsid bash -c 'exec -a {mark}-1 sleep 50' & env -i setsid nohup bash -c 'exec -a {mark}-2 sleep 50' & (trap '' TERM HUP; exec -a {mark}-3 sleep 50) & \n\
         sleep 0.3; echo done"
    ));
    assert_eq!((played.ended, played.said.last().unwrap().as_str()), (Ended::Code(0), "done"));
    assert!(played.took < Duration::from_secs(10), "{:?}", played.took);
    assert_eq!(processes(&format!("{mark}-")), Vec::<String>::new());
    world.is_as_it_was();
}

#[test]
fn an_endless_one_is_stopped_and_what_it_wrote_is_kept() {
    let Some(world) = World::new() else { return };
    let mark = format!("satrain-endless-{}", std::process::id());
    let limit = Duration::from_secs(2);
    let played = world.play_for(&format!("echo half > answers/half; exec -a {mark} sleep 50"), limit);
    assert_eq!(played.ended, Ended::TimedOut(limit));
    assert_eq!(world.file("answers/half").as_deref(), Some("half\n"));
    assert_eq!(processes(&mark), Vec::<String>::new());
    world.is_as_it_was();
}

#[test]
fn it_ends_when_its_keeper_is_killed() {
    let Some(world) = World::new() else { return };
    let mark = format!("satrain-killed-{}", std::process::id());
    let script = format!("setsid bash -c 'exec -a {mark} sleep 50' & wait; sleep 50");
    std::thread::scope(|scope| {
        let played = scope.spawn(|| world.play(&script));
        until("it begins", || processes(&mark).iter().any(|line| line.starts_with(&mark)));
        let sleeper = pids(|line| line.starts_with(&mark))[0];
        // Its ancestors: the shell, process 1, the keeper.
        let keeper = std::iter::successors(Some(sleeper), |pid| parent(*pid)).find(|pid| {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains(satrain::sandbox::VERB) && parent(*pid) == Some(std::process::id().cast_signed())
        });
        let keeper = nix::unistd::Pid::from_raw(keeper.unwrap());
        nix::sys::signal::kill(keeper, nix::sys::signal::Signal::SIGKILL).unwrap();
        assert_eq!(played.join().unwrap().ended, Ended::Signal(9));
    });
    until("it ends", || processes(&mark).is_empty());
    world.is_as_it_was();
}

#[test]
fn it_ends_when_satrain_waits_no_more() {
    let Some(world) = World::new() else { return };
    let mark = format!("satrain-dropped-{}", std::process::id());
    let script = format!(
        "touch answers/never; setsid bash -c 'exec -a {mark} sleep 50' & trap '' TERM HUP INT; wait; sleep 50"
    );
    // As with kill -9, all that the sandbox hears is that its socket is closed.
    world.play_and_drop(&script, || processes(&mark).iter().any(|line| line.starts_with(&mark)));
    until("it ends", || processes(&mark).is_empty());
    assert_eq!(world.file("answers/never"), None, "the workspace is as it was before");
    until("its control groups are removed", || groups().is_empty());
    world.is_as_it_was();
}

#[test]
fn the_audit_log_is_there_and_grows() {
    let Some(world) = World::new() else { return };
    let log = world.root.path().join("audit.log");
    std::fs::write(&log, "one\n").unwrap();
    std::thread::scope(|scope| {
        let played = scope.spawn(|| {
            world.play(
                "until grep -q two \"$SATRAIN_AUDIT_LOG\"; do sleep 0.1; done; cat \"$SATRAIN_AUDIT_LOG\"",
            )
        });
        std::thread::sleep(Duration::from_millis(500));
        std::fs::write(&log, "one\ntwo\n").unwrap();
        assert_eq!(played.join().unwrap().said, ["one", "two"]);
    });
}
