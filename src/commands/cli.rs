//! The command line: the options that all verbs share, and how help is laid out. Parsing only.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, ValueEnum};

use super::environment::Options;
use super::{Command, GROUPS};

/// Learn and train Kubernetes ServiceAccount security on a real cluster.
#[derive(Debug, Parser)]
#[command(name = "satrain", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 passed, 1 not passed, 2 usage, 3 scenario invalid, 4 cluster unavailable, \
                        5 could not be graded in full, or a file or the output could not be read or written."
)]
pub struct Cli {
    /// What all verbs share.
    #[command(flatten)]
    pub global: Global,
    /// The verb; none: home.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every verb. What variables say of them is added by [`parse`]: clap would take an empty one for a mistake, and name
/// the options of the others in its usage lines.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Output format: `text` or `json`
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Text, value_name = "FORM")]
    #[arg(hide_possible_values = true)]
    pub output: Output,
    /// Show only warnings on stderr, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log details to stderr (`-vv` for more)
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Plain ASCII output without colour [env: SATRAIN_PLAIN]
    #[arg(long, global = true)]
    pub plain: bool,
    /// Directory with more scenarios (repeatable) [env: SATRAIN_SCENARIOS]
    #[arg(long = "scenarios", global = true, value_name = "DIR", value_delimiter = ':')]
    pub packs: Vec<PathBuf>,
    /// Play scripts without a sandbox: those of packs and of `--solution FILE` can then do whatever you can on this machine
    #[arg(long, global = true)]
    pub no_sandbox: bool,
    /// Directory for attempts, results and clusters [default: the user's state directory] [env: SATRAIN_STATE]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Parses the process's arguments; prints help or what is wrong with them, and ends the process, as clap does.
pub fn parse() -> Cli {
    read(std::env::args_os())
}

/// The same for these words; the first is the program.
pub(super) fn read(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Cli {
    let (words, options) = (words.into_iter().map(Into::into).collect::<Vec<OsString>>(), Options::read());
    let colours = match options.plain || !options.capable_terminal || asks_for_plain(&words) {
        true => ColorChoice::Never,
        false => ColorChoice::Auto,
    };
    let matches = command().color(colours).get_matches_from(words);
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.global.add(options);
    cli
}

/// Whether the words ask for plain output; they may have mistakes, which are told plainly then.
fn asks_for_plain(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "--plain")
}

impl Global {
    /// Adds what variables say. The command line has the last word.
    fn add(&mut self, options: Options) {
        self.plain |= options.plain;
        if self.packs.is_empty() {
            self.packs = options.packs;
        }
        if self.state.is_none() {
            self.state = options.state;
        }
    }
}

/// The command line, with its verbs in groups.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{}\nOptions:\n{{options}}{{after-help}}",
        groups(&command)
    );
    command.help_template(template).subcommand_help_heading("Verbs")
}

/// The visible verbs with what they do, under a heading each group.
fn groups(command: &clap::Command) -> String {
    let width = command.get_subcommands().map(|verb| verb.get_name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (heading, verbs) in GROUPS {
        let _ = writeln!(text, "\n{heading}:");
        for name in verbs {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {name:<width$}  {about}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use clap::FromArgMatches;

    use super::super::environment::Options;
    use super::{Cli, GROUPS, asks_for_plain, command};

    #[test]
    fn the_command_line_has_the_last_word() {
        let said = |words: &[&str]| {
            let matches = command().try_get_matches_from([&["satrain", "list"][..], words].concat()).unwrap();
            let mut global = Cli::from_arg_matches(&matches).unwrap().global;
            global.add(Options {
                plain: true,
                packs: vec!["a".into()],
                state: Some("b".into()),
                capable_terminal: true,
            });
            (global.plain, global.packs, global.state)
        };
        let path = PathBuf::from;
        assert_eq!(said(&[]), (true, vec![path("a")], Some(path("b"))));
        assert_eq!(
            said(&["--scenarios", "c:d", "--state", "e"]),
            (true, vec![path("c"), path("d")], Some(path("e")))
        );
    }

    #[test]
    fn plain_is_seen_before_anything_is_parsed() {
        let asks = |words: &[&str]| asks_for_plain(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(asks(&["satrain", "nonsense", "--plain"]));
        assert!(!asks(&["satrain", "run", "--", "--plain"]));
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn help_shows_every_verb_that_is_not_hidden_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
        let command = command();
        let visible = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut visible: Vec<&str> = visible.map(clap::Command::get_name).collect();
        grouped.sort_unstable();
        visible.sort_unstable();
        assert_eq!(grouped, visible);
    }
}
