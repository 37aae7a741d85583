//! The hosts of an exam: `base`, which has no kubectl, and one for each lab, reached from `base` by `ssh NAME`.
//!
//! A host is a shell with a user of its own, which the API's audit log tells from the others, its own folder, history and
//! prompt. `ssh` and the `kubectl` of `base` are small scripts on the PATH of these shells; nothing of it is a network.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{Result, io};
use super::folder::Folder;
use super::state::State;
use crate::cluster::users::{self, Server};
use crate::fs::make_private;
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::script::ScriptEnv;
use crate::lab::shell;
use crate::printable::shell_quoted;

/// The host where the candidate begins.
pub const BASE: &str = "base";

/// Who works on it.
const CANDIDATE: &str = "candidate";

/// The variable that names the file of alerts.
const ALERT: &str = "SATRAIN_ALERT";

/// Has the next prompt show an alert, once.
const ALERTS: &str = r#"PROMPT_COMMAND='[ -e "$SATRAIN_ALERT" ] && cat "$SATRAIN_ALERT" && rm -f "$SATRAIN_ALERT"'
"#;

/// The variable that names the host whose shell this is.
pub const HOST: &str = "SATRAIN_HOST";

/// The host of a task.
pub fn name(number: usize) -> String {
    format!("sa-{number:02}")
}

/// The user of a host, as the API knows it.
pub fn user(host: &str) -> String {
    format!("satrain:{host}")
}

/// Makes the user of a host on its cluster.
pub async fn make_user(folder: &Folder, lab: &LabCluster, host: &str) -> Result<()> {
    let server =
        Server::of(&lab.kubeconfig).map_err(|e| super::error::SittingError::Cluster(e.to_string()))?;
    let file = kubeconfig(folder, host)?;
    let made = users::administrator(&lab.client, &server, &user(host), &file).await;
    made.map_err(|e| super::error::SittingError::Cluster(e.to_string()))
}

/// The kubeconfig of a host.
pub fn kubeconfig(folder: &Folder, host: &str) -> Result<PathBuf> {
    Ok(folder.host(host)?.join("kubeconfig"))
}

/// What is run on a host.
#[derive(Debug, Clone, Copy)]
pub enum Run<'a> {
    /// A shell for a person.
    Shell,
    /// A shell that reads its commands from the caller's standard input.
    Input,
    /// These words.
    Command(&'a [OsString]),
}

/// What every shell of an exam is told.
#[derive(Debug, Clone)]
pub struct Around {
    /// The exam's folder.
    pub folder: Folder,
    /// This program.
    pub satrain: PathBuf,
    /// The user's state folder.
    pub state: PathBuf,
    /// The caller's PATH.
    pub path: OsString,
    /// The caller's cache folder: a host has another home.
    pub cache: PathBuf,
    /// What else they are told.
    pub variables: Vec<(&'static str, OsString)>,
}

impl Around {
    /// A shell on `base`.
    pub fn base(&self, state: &State) -> Result<Command> {
        let host = self.folder.host(BASE)?;
        let (bin, home) = (host.join("bin"), host.join("home"));
        for folder in [&bin, &home] {
            make_private(folder).map_err(io("making", folder))?;
        }
        let env = ScriptEnv {
            // On this host nothing knows a cluster.
            kubeconfig: "/dev/null".into(),
            kubectl_cache: None,
            bin: bin.clone(),
            path: self.path.clone(),
            workspace: home.clone(),
            variables: [].into(),
            audit_log: None,
        };
        shell::fill_bin(&bin, &self.satrain, &self.satrain)?;
        let hosts: Vec<&str> = state.tasks.iter().filter_map(|task| task.place.host.as_deref()).collect();
        script(&bin.join("kubectl"), &no_kubectl(&hosts))?;
        script(&bin.join("ssh"), &ssh(&self.satrain))?;
        self.shell(&env, &host, &home, BASE)
    }

    /// A shell on the host of an attempt, or what is run there instead.
    pub fn host(&self, lab: &LabCluster, attempt: &Attempt, host: &str, run: Run<'_>) -> Result<Command> {
        let folder = self.folder.host(host)?;
        let kubeconfig = kubeconfig(&self.folder, host)?;
        let moved = Server::of(&lab.kubeconfig).and_then(|server| users::move_to(&server, &kubeconfig));
        moved.map_err(|e| super::error::SittingError::Cluster(e.to_string()))?;
        let cache = Some(folder.join("kubectl-cache"));
        let lab = LabCluster { kubeconfig, kubectl_cache: cache, ..lab.clone() };
        let env = lab.shell_env(&attempt.dir, &attempt.bound)?;
        script(&env.bin.join("ssh"), &no_ssh(host))?;
        let shell = self.shell(&env, &folder, &env.workspace, host)?;
        let mut once = Command::new("bash");
        match run {
            Run::Shell => return Ok(shell),
            // As ssh does: the words are joined by blanks and read by a shell there.
            Run::Command(words) => once.arg("-c").arg(words.join(&OsString::from(" "))),
            Run::Input => &mut once,
        };
        once.current_dir(&env.workspace);
        for (name, value) in shell.get_envs() {
            match value {
                Some(value) => once.env(name, value),
                None => once.env_remove(name),
            };
        }
        Ok(once)
    }

    fn shell(&self, env: &ScriptEnv, folder: &Path, home: &Path, host: &str) -> Result<Command> {
        let startup = format!("{}{ALERTS}", shell::startup(&prompt(host)));
        let mut extra: Vec<(&str, OsString)> = vec![
            (HOST, host.into()),
            (ALERT, alert_file(folder).into()),
            ("HISTFILE", folder.join("history").into()),
            ("HISTCONTROL", "ignoredups".into()),
            ("HOME", home.into()),
            ("XDG_CACHE_HOME", self.cache.clone().into()),
            ("USER", CANDIDATE.into()),
            ("LOGNAME", CANDIDATE.into()),
            ("SATRAIN_STATE", self.state.clone().into()),
        ];
        extra.extend(self.variables.clone());
        Ok(shell::command(env, &extra, &folder.join("shell.rc"), &startup)?)
    }
}

/// The file whose text the next prompt shows, and removes.
pub fn alert_file(host: &Path) -> PathBuf {
    host.join("alert")
}

/// `candidate@sa-03:~$`
fn prompt(host: &str) -> String {
    format!(r"{CANDIDATE}@{}:\w\$ ", shell::plain(host))
}

/// Goes to a host, as ssh would; options are passed over.
fn ssh(satrain: &Path) -> String {
    let satrain = shell_quoted(&satrain.display().to_string()).into_owned();
    format!(
        r#"#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        -[bcDEeFIiJLlmOopQRSWw]) shift; [ $# -gt 0 ] && shift ;;
        -*) shift ;;
        *) break ;;
    esac
done
if [ $# -eq 0 ]; then
    echo 'usage: ssh HOST [COMMAND]' >&2
    exit 255
fi
host=${{1#*@}}
shift
exec {satrain} exam host "$host" -- "$@"
"#
    )
}

/// Refuses to go from a host to another.
fn no_ssh(host: &str) -> String {
    let host = shell::plain(host);
    format!(
        "#!/bin/sh\necho 'ssh: this is {host}; the other hosts are reached from {BASE} only: leave with `exit` first' >&2\nexit 255\n"
    )
}

/// Says where kubectl is.
fn no_kubectl(hosts: &[&str]) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| shell::plain(host)).collect();
    let named = match hosts.as_slice() {
        [] => String::new(),
        [first, ..] => format!("; each task names its host: ssh {first}"),
    };
    format!("#!/bin/sh\necho 'kubectl: not on {BASE}{named}' >&2\nexit 127\n")
}

fn script(path: &Path, text: &str) -> Result<()> {
    // Where `fill_bin` made a link, the text must not go through it.
    if path.is_symlink() {
        fs::remove_file(path).map_err(io("replacing", path))?;
    }
    fs::write(path, text).map_err(io("writing", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io("making executable", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, args: &[&str]) -> (i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("program");
        fs::write(&file, text).unwrap();
        let out = Command::new("sh").arg(&file).args(args).output().unwrap();
        let said = [out.stdout, out.stderr].concat();
        (out.status.code().unwrap(), String::from_utf8(said).unwrap().trim().to_owned())
    }

    #[test]
    fn ssh_takes_the_host_from_among_options_and_a_user() {
        let text = ssh(Path::new("/bin/echo"));
        for args in [
            &["sa-03"][..],
            &["candidate@sa-03"],
            &["-o", "StrictHostKeyChecking=no", "-t", "sa-03"],
            &["-p", "22", "-q", "candidate@sa-03"],
        ] {
            assert_eq!(run(&text, args), (0, "exam host sa-03 --".into()), "{args:?}");
        }
        assert_eq!(run(&text, &["sa-03", "kubectl", "get pods"]).1, "exam host sa-03 -- kubectl get pods");
        assert_eq!(run(&text, &[]).0, 255);
    }

    #[test]
    fn base_says_where_kubectl_is_and_a_host_where_ssh_is() {
        assert_eq!(run(&no_kubectl(&["sa-02"]), &["get", "pods"]).0, 127);
        assert!(run(&no_kubectl(&["sa-02"]), &[]).1.ends_with("ssh sa-02"));
        let (code, said) = run(&no_ssh("sa-02"), &["sa-03"]);
        assert!(code == 255 && said.contains("this is sa-02"), "{said}");
    }

    #[test]
    fn the_prompt_is_that_of_the_exam() {
        assert_eq!(prompt("sa-03"), r"candidate@sa-03:\w\$ ");
    }
}
