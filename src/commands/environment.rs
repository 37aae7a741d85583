//! What the environment says: every variable that satrain reads for itself is read here, once, and passed on.
//!
//! In: environment variables and the user's base directories. Out: [`Environment`]. The layers below get
//! values, never names of variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::cluster::docker::KUBECONFIG_MODE;
use crate::distribution::go::usual_places;
use crate::distribution::{LocateOptions, Store};
use crate::host::{HostFacts, SearchPath};
use crate::marking::ARRAY_JOB;
use crate::objects::Variables;
use crate::proxy::Proxies;
use crate::sitting::host::HOST;

/// The variable by which a program knows that it runs in the shell of a desk.
pub const ON_DESK: &str = "SATRAIN_DESK";

/// The variable that stands for `--plain`: shells of an exam are told by it.
pub const PLAIN: &str = "SATRAIN_PLAIN";

/// What variables say in the place of options of the command line. A variable that is empty counts as not set.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `SATRAIN_PLAIN`.
    pub plain: bool,
    /// `SATRAIN_SCENARIOS`.
    pub packs: Vec<PathBuf>,
    /// `SATRAIN_STATE`.
    pub state: Option<PathBuf>,
    /// Whether `TERM` names a terminal that can do more than print lines.
    pub capable_terminal: bool,
}

impl Options {
    /// Reads the variables.
    pub fn read() -> Self {
        Self::of(std::env::var_os)
    }

    fn of(variable: impl Fn(&'static str) -> Option<OsString>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let packs = variable("SATRAIN_SCENARIOS").unwrap_or_default();
        Self {
            plain: variable(PLAIN).is_some_and(|value| !is_no(&value.to_string_lossy())),
            packs: std::env::split_paths(&packs).filter(|path| !path.as_os_str().is_empty()).collect(),
            state: variable("SATRAIN_STATE").map(PathBuf::from),
            capable_terminal: is_capable(variable("TERM")),
        }
    }
}

/// The words that say no.
fn is_no(value: &str) -> bool {
    ["n", "no", "f", "false", "off", "0"].contains(&value.to_ascii_lowercase().as_str())
}

/// Whether `TERM` names a terminal that can do more than print lines.
fn is_capable(term: Option<OsString>) -> bool {
    term.is_some_and(|term| term != "dumb")
}

/// The outer world, as far as it is configured by variables. A variable that is empty counts as not set.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `PATH` as it is.
    pub path: OsString,
    /// What `sudo`, `systemd-run` and a supervisor need of the variables: all others, which may hold credentials, go no further.
    pub passed_on: Vec<(OsString, OsString)>,
    /// `PATH`, and behind it where Go is without being on the `PATH`.
    pub search_path: SearchPath,
    /// Where attempts and clusters are kept.
    pub state: PathBuf,
    /// Where distributions are kept.
    pub cache: PathBuf,
    /// Whether nothing can be kept: neither a variable nor the list of users says where this user's files are.
    pub is_homeless: bool,
    /// `SATRAIN_DISTRIBUTION`.
    pub distribution: Option<PathBuf>,
    /// This program.
    pub executable: Option<PathBuf>,
    /// `VISUAL`, or `EDITOR`.
    pub editor: Option<String>,
    /// `SATRAIN_LAB`: the attempt whose shell this runs in.
    pub lab: Option<String>,
    /// `SATRAIN_DESK`: this runs in the shell of a desk.
    pub on_desk: bool,
    /// `SATRAIN_HOST`: the host of an exam whose shell this runs in.
    pub exam_host: Option<String>,
    /// Whether a terminal may be coloured: `TERM` names one that can be, and there is no `NO_COLOR`.
    pub colours: bool,
    /// Whether `TERM` names a terminal that can do more than print lines.
    pub capable_terminal: bool,
    /// Whether it has more colours than sixteen.
    pub many_colours: bool,
    /// The files of `KUBECONFIG`, or the usual one.
    pub kubeconfigs: Vec<PathBuf>,
    /// `HTTPS_PROXY` and the like.
    pub proxies: Proxies,
    /// Address and credentials of object stores.
    pub stores: Variables,
    /// What batch systems tell a task of an array: see [`crate::marking::WantedShard`].
    pub array_job: BTreeMap<String, String>,
    /// `K3S_KUBECONFIG_MODE`: for the node of a container.
    pub kubeconfig_mode: Option<OsString>,
}

/// The folder of somebody who has none: there is nothing in it, and nobody can write there.
const NOWHERE: &str = "/proc/no-home";

/// Variables of a supervisor's starter.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TERM",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SUDO_ASKPASS",
    "RUST_BACKTRACE",
];

/// Where programs are, if no variable says it.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Environment {
    /// Reads the variables. `state` is a folder that was named instead of the usual one.
    pub fn read(state: Option<PathBuf>) -> Self {
        let home = etcetera::choose_base_strategy().ok();
        let usual =
            home.as_ref().map(|home| home.state_dir().unwrap_or_else(|| home.data_dir()).join("satrain"));
        let cache = match (&home, &state) {
            (Some(home), _) => home.cache_dir().join("satrain"),
            (None, Some(state)) => state.join("cache"),
            (None, None) => NOWHERE.into(),
        };
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name| variable(name).and_then(|value| value.into_string().ok());
        let path = variable("PATH").unwrap_or_else(|| PATH.into());
        let capable_terminal = is_capable(variable("TERM"));
        Self {
            search_path: SearchPath::parse(&path).with(usual_places()),
            passed_on: PASSED_ON.iter().filter_map(|name| Some(((*name).into(), variable(name)?))).collect(),
            path,
            is_homeless: home.is_none() && state.is_none(),
            state: state.or(usual).unwrap_or_else(|| NOWHERE.into()),
            cache,
            distribution: variable("SATRAIN_DISTRIBUTION").map(PathBuf::from),
            executable: std::env::current_exe().ok(),
            editor: text("VISUAL").or_else(|| text("EDITOR")),
            lab: text("SATRAIN_LAB"),
            on_desk: variable(ON_DESK).is_some(),
            exam_host: text(HOST),
            colours: capable_terminal && variable("NO_COLOR").is_none(),
            capable_terminal,
            many_colours: text("TERM")
                .is_some_and(|term| term.contains("256color") || term.contains("direct"))
                || variable("COLORTERM").is_some(),
            kubeconfigs: match variable("KUBECONFIG") {
                Some(all) => std::env::split_paths(&all).filter(|p| !p.as_os_str().is_empty()).collect(),
                None => vec![PathBuf::from(variable("HOME").unwrap_or_default()).join(".kube/config")],
            },
            proxies: Proxies::read(|name| std::env::var(name).ok()),
            stores: Variables::read(
                std::env::vars_os()
                    .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
            ),
            array_job: ARRAY_JOB.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect(),
            kubeconfig_mode: variable(KUBECONFIG_MODE),
        }
    }

    /// The user's store of distributions.
    pub fn store(&self) -> Store {
        Store::new(&self.cache)
    }

    /// Where a distribution is looked for.
    pub fn locate_options(&self) -> LocateOptions {
        LocateOptions::new(self.distribution.clone(), self.executable.clone(), self.store())
    }

    /// The machine's facts.
    pub fn host(&self) -> HostFacts {
        HostFacts::collect(std::path::Path::new("/"), &self.search_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Options {
        Options::of(|wanted| {
            variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn an_empty_variable_says_nothing() {
        let said =
            read(&[("SATRAIN_STATE", ""), ("SATRAIN_SCENARIOS", ""), ("SATRAIN_PLAIN", ""), ("TERM", "")]);
        assert_eq!((said.state, said.packs, said.plain, said.capable_terminal), (None, vec![], false, false));
    }

    #[test]
    fn variables_stand_for_options() {
        let said = read(&[("SATRAIN_STATE", "/s"), ("SATRAIN_SCENARIOS", "a::b"), ("SATRAIN_PLAIN", "yes")]);
        assert_eq!((said.state, said.packs), (Some("/s".into()), vec!["a".into(), "b".into()]));
        assert!(said.plain);
        for no in ["0", "no", "FALSE"] {
            assert!(!read(&[("SATRAIN_PLAIN", no)]).plain, "{no}");
        }
        assert!(read(&[("TERM", "xterm")]).capable_terminal && !read(&[("TERM", "dumb")]).capable_terminal);
    }
}
