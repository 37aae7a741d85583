//! Hostile scripts, each with its canary. After each, a right script must get through, and nothing is left on the host.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::time::Duration;

use satrain::lab::script::{Ended, Manner};

use crate::world::{World, processes};

/// A script that runs a program in Python, where there is one.
fn python(program: &str) -> String {
    format!("command -v python3 >/dev/null && python3 - <<'END'\n{program}\nEND\n")
}

/// An abstract socket of the host, the hypervisor (vsock), raw packets, and the kernel's cryptography.
const SOCKETS: &str = r"
import socket
for family, kind, address in ((1, 1, '\0NAME'), (40, 1, (2, 1)), (17, 3, ('lo', 0)), (38, 5, ('hash', 'sha256'))):
    try:
        made = socket.socket(family, kind)
        made.connect(address) if family != 38 else made.bind(address)
        print('reached', address)
    except OSError:
        pass
";

const TRACE: &str = r"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, int(os.environ['OTHER'])):
    if libc.ptrace(16, pid, 0, 0) == 0:
        print('traced', pid)
try:
    open('/proc/1/mem', 'rb').read(1)
    print('read')
except OSError:
    pass
";

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whether this test may make control groups, as satrain may.
fn has_groups() -> bool {
    is_root()
        && (Path::new("/sys/fs/cgroup/memory").exists() || Path::new("/sys/fs/cgroup/memory.max").exists())
}

#[test]
fn a_fork_bomb_meets_its_limit() {
    let Some(world) = World::new() else { return };
    // Bounded by itself, too: if no limit held, it would stop at 3000.
    let bomb = "n=0; while ((n < 3000)); do sleep 30 & n=$((n + 1)); done; echo all";
    let played = world.play_for(bomb, Duration::from_secs(20));
    assert!(!played.said.contains(&"all".to_owned()), "{:?}", played.ended);
    assert!(played.text().contains("Resource temporarily unavailable"), "{}", played.text());
    world.is_as_it_was();
}

#[test]
fn a_memory_hog_meets_its_limit() {
    let Some(world) = World::new() else { return };
    // Bounded by itself, too: 3 GiB in one process, and then in files.
    let hog = "head -c 3221225472 /dev/zero | tail -c 3221225472 | wc -c; echo after";
    let played = world.play(hog);
    assert!(!played.text().contains("3221225472"), "{played:?}");
    if has_groups() {
        let many = "for n in 1 2 3; do (head -c 1073741824 /dev/zero | tail -c 1073741824 | (sleep 4; wc -c)) & done; wait";
        assert!(world.play(many).text().matches("1073741824").count() < 3);
    }
    world.is_as_it_was();
}

#[test]
fn endless_output_costs_nobody_anything() {
    let Some(world) = World::new() else { return };
    let played = world.play_for("yes; echo never", Duration::from_secs(3));
    assert!(matches!(played.ended, Ended::TimedOut(_)));
    assert!(played.said.iter().map(String::len).sum::<usize>() < 17 << 20);
    world.is_as_it_was();
}

#[test]
fn a_full_disk_is_its_own() {
    let Some(world) = World::new() else { return };
    let fill = "for n in $(seq 20); do head -c 60000000 /dev/zero > /tmp/$n || echo full; done 2>&1; rm -f /tmp/*\n\
        truncate -s 1T answers/hole || echo no holes; head -c 100000000 /dev/zero > answers/large || echo too large\n\
        ls -s answers | tail -1";
    let played = world.play(fill);
    assert!(played.text().contains("No space left on device"), "{}", played.text());
    assert!(played.text().contains("no holes") && played.text().contains("too large"), "{}", played.text());
    let many =
        world.play("for n in $(seq 70); do mkdir $n; (cd $n; touch $(seq 1000)) || break; done; echo after");
    assert!(
        many.text().contains("No space left on device")
            && many.text().contains("nothing that it wrote there is kept"),
        "{}",
        many.text()
    );
    assert_eq!(world.file("1/1"), None);
    std::fs::remove_file(world.workspace().join("answers/large")).unwrap();
    world.is_as_it_was();
}

#[test]
fn a_workspace_that_is_too_much_is_left_as_it_was() {
    let Some(world) = World::new() else { return };
    let played =
        world.play("echo mine > answers/a; for n in 1 2; do head -c 60000000 /dev/urandom > $n; done");
    assert!(
        played.text().contains("more than 64 MiB") && played.ended == Ended::Code(0),
        "{}",
        played.text()
    );
    assert_eq!((world.file("answers/a"), world.workspace().join("1").exists()), (None, false));
    let deep = world.play("for n in $(seq 200); do mkdir d && cd d || break; done; echo x > x");
    assert!(deep.text().contains("more than 32 deep"), "{}", deep.text());
    std::fs::write(world.workspace().join("large"), vec![1; 65 << 20]).unwrap();
    let refused = world.try_play("true", Manner::AsWritten, Duration::from_secs(20)).unwrap_err().to_string();
    assert!(refused.contains("more than 64 MiB"), "{refused}");
    std::fs::remove_file(world.workspace().join("large")).unwrap();
    world.is_as_it_was();
}

#[test]
fn no_file_of_the_host_is_there() {
    let Some(world) = World::new() else { return };
    let secret = world.root.path().join("secret");
    std::fs::write(&secret, "canary").unwrap();
    symlink(&secret, world.workspace().join("own-link")).unwrap();
    let path = secret.display();
    let played = world.play(&format!(
        "cat {path} own-link /proc/1/root{path} /proc/*/cwd/../secret 2>&1; ls -a / /root /tmp /home /etc /run /sys /var 2>&1; cat /etc/shadow /proc/1/environ /proc/kcore 2>&1 | head -c 300\n\
         find / -xdev -name 'secret*' 2>/dev/null; mount; readlink /proc/1/cwd /proc/1/exe; ls /proc/1/fd; true"
    ));
    assert_eq!(played.ended, Ended::Code(0));
    let said = played.text();
    assert!(!said.contains("canary") && !said.contains("satrain-script"), "{said}");
    for gone in ["shadow", ".ssh", "docker.sock"] {
        assert!(!said.lines().any(|line| line == gone), "{said}");
    }
    assert_eq!(std::fs::read_link(world.workspace().join("own-link")).unwrap(), secret);
    world.is_as_it_was();
}

#[test]
fn nothing_of_the_system_can_be_changed() {
    let Some(world) = World::new() else { return };
    let tries = [
        "touch /usr/satrain-canary",
        "echo x > /usr/bin/satrain-canary",
        "touch /satrain-canary",
        "touch /etc/satrain-canary",
        "echo 1 > /proc/sys/vm/overcommit_memory",
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
        "echo lab2 > /proc/sys/kernel/hostname",
        "echo b > /proc/sysrq-trigger",
        "hostname other",
        "mount -t tmpfs none /tmp",
        "mount -o remount,rw /usr",
        "mount --bind /tmp /workspace",
        "umount /proc",
        "mknod /tmp/disk b 254 0",
        "mknod /tmp/null c 1 3",
        "chroot / true",
        "unshare --user true",
        "unshare --user --map-root-user true",
        "unshare --mount true",
        "nsenter --target 1 --all true",
        "chown 0 /tmp",
        "su -c true",
        "sudo -n true",
        "ip link add type dummy",
        "date --set 2030-01-01",
        "dmesg",
        "kill -9 1; sleep 0.2; false",
    ];
    let script: String =
        tries.iter().map(|line| format!("( {line} ) >/dev/null 2>&1 && echo '{line}'\n")).collect();
    let played = world.play(&format!(
        "{script}grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; cat /proc/self/oom_score_adj"
    ));
    let none = "0000000000000000";
    let rights = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map(|set| format!("{set}:\t{none}"));
    let expected: Vec<String> =
        rights.into_iter().chain(["NoNewPrivs:\t1".into(), "Seccomp:\t2".into(), "800".into()]).collect();
    assert_eq!(played.said, expected);
    for canary in ["/usr/satrain-canary", "/usr/bin/satrain-canary", "/satrain-canary", "/etc/satrain-canary"]
    {
        assert!(!Path::new(canary).exists(), "{canary}");
    }
    world.is_as_it_was();
}

#[test]
fn nothing_of_the_host_can_be_reached() {
    let Some(world) = World::new() else { return };
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let name = format!("satrain-canary-{}", std::process::id());
    let hidden = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let socket = UnixListener::bind(world.root.path().join("socket")).unwrap();
    for waits in [&hidden, &socket] {
        waits.set_nonblocking(true).unwrap();
    }
    listener.set_nonblocking(true).unwrap();
    let mut script = format!(
        "for host in 127.0.0.1 ::1 localhost 169.254.169.254 10.0.0.1 1.1.1.1; do (exec 3<>/dev/tcp/$host/{port}) 2>/dev/null && echo reached $host; done\n"
    );
    script += &python(&SOCKETS.replace("NAME", &name));
    script += &format!("grep -c {name} /proc/net/unix; grep -vc -e lo: -e '|' /proc/net/dev; true");
    let played = world.play(&script);
    assert_eq!(played.said, ["0", "0"]);
    assert!(listener.accept().is_err() && hidden.accept().is_err() && socket.accept().is_err());
    world.is_as_it_was();
}

#[test]
fn no_process_of_the_host_is_seen_or_ended() {
    let Some(world) = World::new() else { return };
    let mut canary = std::process::Command::new("sleep").arg("61.25").spawn().unwrap();
    let pid = canary.id();
    let played = world.play(&format!(
        "kill -9 {pid} 2>/dev/null && echo killed; kill -9 -1 2>/dev/null & sleep 0.3; ls -d /proc/[0-9]* | wc -l; grep -l 61.25 /proc/*/cmdline 2>/dev/null; true"
    ));
    assert!(!played.text().contains("killed") && !played.text().contains("cmdline"), "{played:?}");
    assert!(canary.try_wait().unwrap().is_none(), "the canary lives");
    assert_eq!(processes("sleep 61.25").len(), 1);
    canary.kill().unwrap();
    canary.wait().unwrap();
    let traced = world.play(&format!("sleep 20 & export OTHER=$!\n{}", python(TRACE)));
    assert_eq!(traced.said, Vec::<String>::new());
    world.is_as_it_was();
}

#[test]
fn what_it_plants_in_the_workspace_stays_harmless() {
    let Some(world) = World::new() else { return };
    let outside = world.root.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("canary"), "alive").unwrap();
    let path = outside.display();
    let played = world.play(&format!(
        "rm -rf answers; ln -s {path} answers; ln -s {path}/canary direct; ln -s ../../../../../etc/passwd up; ln -s plain good\n\
         mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")' 2>/dev/null; cp /bin/true setuid; chmod 6755 setuid; mkdir sticky; chmod 3777 sticky\n\
         echo a > plain; ln plain hard; echo x > closed; chmod 0 closed; mkdir shut; echo y > shut/y; chmod 0 shut; echo n > $'new\\nline'"
    ));
    assert_eq!(played.ended, Ended::Code(0), "{played:?}");
    let here = |name: &str| world.workspace().join(name);
    assert_eq!(std::fs::read_to_string(outside.join("canary")).unwrap(), "alive");
    for left_out in ["answers", "direct", "up", "pipe", "sock"] {
        assert!(std::fs::symlink_metadata(here(left_out)).is_err(), "{left_out}");
    }
    let mode = |name: &str| std::fs::metadata(here(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("setuid"), mode("sticky"), mode("plain")), (0o700, 0o700, 0o600));
    assert_eq!(std::fs::metadata(here("setuid")).unwrap().uid(), nix::unistd::geteuid().as_raw());
    assert_eq!((world.file("good").as_deref(), world.file("hard").as_deref()), (Some("a\n"), Some("a\n")));
    assert_eq!(
        (world.file("closed").as_deref(), world.file("shut/y").as_deref()),
        (Some("x\n"), Some("y\n"))
    );
    assert_eq!(world.file("new\nline").as_deref(), Some("n\n"));
    // The next script finds the folder that it expects.
    std::fs::create_dir(here("answers")).unwrap();
    world.is_as_it_was();
}

#[test]
fn a_link_in_the_hosts_workspace_is_not_followed_when_work_is_taken_back() {
    let Some(world) = World::new() else { return };
    let outside = world.root.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("canary"), "alive").unwrap();
    let (answers, marker) = (world.workspace().join("answers"), world.workspace().join("go"));
    std::thread::scope(|scope| {
        let played = scope.spawn(|| world.play("echo overwritten > answers/canary; sleep 2"));
        std::thread::sleep(Duration::from_secs(1));
        // Somebody swaps the folder meanwhile.
        std::fs::remove_dir_all(&answers).unwrap();
        symlink(&outside, &answers).unwrap();
        assert_eq!(played.join().unwrap().ended, Ended::Code(0));
    });
    assert!(!marker.exists());
    assert_eq!(std::fs::read_to_string(outside.join("canary")).unwrap(), "alive");
    assert_eq!(world.file("answers/canary").as_deref(), Some("overwritten\n"));
    world.is_as_it_was();
}

#[test]
fn only_so_many_files_are_open_and_sockets_are_carried() {
    let Some(world) = World::new() else { return };
    assert_eq!(
        world
            .play("ulimit -Hn; ulimit -Sn; ulimit -n 2000 2>&1 | grep -c denied")
            .text()
            .matches("1024")
            .count(),
        2
    );
    // More connections than are carried at once wait, and cost nothing else.
    let many = world.play("for n in $(seq 400); do (exec 3<>/dev/tcp/127.0.0.1/$SERVER_PORT; echo hi >&3; cat <&3 >/dev/null) & done; wait; echo done");
    assert_eq!(many.said.last().map(String::as_str), Some("done"));
    world.is_as_it_was();
}
