//! A real terminal: tmux, with a server of its own. Without tmux the tests are left out and say so; in CI that fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::lab_support::skip;

/// A pane with a bash in it.
pub struct Tmux {
    socket: PathBuf,
    folder: tempfile::TempDir,
}

/// What a program may have left of itself on a terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Look {
    stty: String,
    flags: String,
}

impl Tmux {
    /// A pane of this size. None: there is no tmux here.
    pub fn start(columns: u16, rows: u16) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            skip("tmux is not installed (Debian: apt-get install tmux)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let tmux = Self { socket: folder.path().join("socket"), folder };
        let (x, y) = (columns.to_string(), rows.to_string());
        let size = ["-x", x.as_str(), "-y", y.as_str()];
        let bash = [
            "env",
            "-u",
            "NO_COLOR",
            "RUST_BACKTRACE=0",
            "PS1=outside$ ",
            "HISTFILE=",
            "bash",
            "--norc",
            "--noprofile",
        ];
        tmux.tmux(&[&["-f", "/dev/null", "new-session", "-d"], &size[..], &bash[..]].concat());
        tmux.until("outside$");
        Some(tmux)
    }

    /// A folder for what a test writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let out = Command::new("tmux").arg("-S").arg(&self.socket).args(arguments).output().unwrap();
        assert!(out.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        out
    }

    /// Presses keys, by tmux's names: `Enter`, `C-c`, `PageUp`.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys", "-t", ":0.0"], keys].concat());
    }

    /// Types text.
    pub fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-t", ":0.0", "-l", text]);
    }

    /// Types a line.
    pub fn line(&self, text: &str) {
        self.type_text(text);
        self.press(&["Enter"]);
    }

    /// Pastes text, in brackets where the terminal was asked for them.
    pub fn paste(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer", "-p", "-t", ":0.0"]);
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.tmux(&["resize-window", "-t", ":0", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// Closes the terminal under whatever runs in it.
    pub fn close(&self) {
        self.tmux(&["kill-session", "-t", ":0"]);
    }

    /// What is to be seen.
    pub fn text(&self) -> String {
        let out = self.tmux(&["capture-pane", "-p", "-t", ":0.0"]);
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The same, with its colours.
    pub fn coloured(&self) -> String {
        let out = self.tmux(&["capture-pane", "-p", "-e", "-t", ":0.0"]);
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// A fact about the pane, as tmux names it.
    pub fn fact(&self, name: &str) -> String {
        let out = self.tmux(&["display-message", "-p", "-t", ":0.0", name]);
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Waits until the pane shows this.
    pub fn until(&self, what: &str) -> String {
        self.until_so(what, |text| text.contains(what))
    }

    /// Waits until what the pane shows is so.
    pub fn until_so(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let text = self.text();
            if is_so(&text) {
                return text;
            }
            assert!(Instant::now() < end, "no `{what}` within a minute:\n{text}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The terminal, at the prompt of the bash in it.
    pub fn look(&self) -> Look {
        let file = self.folder().join("stty");
        let _ = std::fs::remove_file(&file);
        // Written by the terminal's own shell: what bash does while it waits for a line is not what programs get.
        self.line(&format!("stty -a > {0}.new; mv {0}.new {0}", file.display()));
        let end = Instant::now() + Duration::from_secs(30);
        while !file.exists() {
            assert!(Instant::now() < end, "the shell does not answer:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
        let names = [
            "alternate_on",
            "cursor_flag",
            "keypad_cursor_flag",
            "keypad_flag",
            "mouse_any_flag",
            "wrap_flag",
        ];
        let flags = names.iter().map(|name| format!("{name}={} ", self.fact(&format!("#{{{name}}}"))));
        Look { stty: std::fs::read_to_string(&file).unwrap(), flags: flags.collect() }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}
