//! Shows events while the core is at work: a moving line on a terminal, plain lines elsewhere, nothing when quiet.
//! Everything goes to stderr; results are not events.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::ascii::ascii;
use super::style::{Mark, Style};
use crate::event::{Event, EventSink};

/// A sink for a person at a terminal.
pub struct Spinner {
    style: Style,
    bar: Mutex<Option<ProgressBar>>,
}

/// A sink for logs and pipes: one line an event, and now and then one for a long step.
pub struct Lines<W> {
    out: Mutex<W>,
    style: Style,
    quiet: bool,
    spoke: Mutex<Instant>,
}

/// How long a log stays silent during a step that advances.
const SILENCE: Duration = Duration::from_secs(30);

impl Spinner {
    /// Draws on stderr.
    pub fn new(style: Style) -> Self {
        Self { style, bar: Mutex::new(None) }
    }

    fn with_bar(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        if let Ok(mut bar) = self.bar.lock() {
            act(&mut bar);
        }
    }
}

impl EventSink for Spinner {
    fn emit(&self, event: Event) {
        self.with_bar(|bar| match event {
            Event::Step(what) => {
                clear(bar);
                let moving = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
                    moving.set_style(style.tick_strings(&["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", " "]));
                }
                moving.set_message(what);
                moving.enable_steady_tick(Duration::from_millis(120));
                *bar = Some(moving);
            }
            Event::Progress { done, total, unit, detail } => {
                if let Some(bar) = bar {
                    bar.set_message(progress_text(done, total, unit, &detail));
                }
            }
            Event::StepDone(outcome) => {
                clear(bar);
                say(&format!("{} {outcome}", self.style.mark(Mark::Good)));
            }
            Event::Note(what) => above(bar.as_ref(), &format!("  {what}")),
            Event::Warning(what) => above(bar.as_ref(), &format!("! {what}")),
            Event::Rest => clear(bar),
        });
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.with_bar(clear);
    }
}

impl<W: Write + Send> Lines<W> {
    /// Writes to `out`; quiet, only warnings.
    pub fn new(out: W, style: Style, quiet: bool) -> Self {
        Self { out: Mutex::new(out), style, quiet, spoke: Mutex::new(Instant::now()) }
    }

    /// Whether something was said within [`SILENCE`]; counts as said from now on.
    fn spoke_just_now(&self, silence: Duration) -> bool {
        let Ok(mut spoke) = self.spoke.lock() else { return true };
        let recent = spoke.elapsed() < silence;
        if !recent {
            *spoke = Instant::now();
        }
        recent
    }
}

impl<W: Write + Send> EventSink for Lines<W> {
    fn emit(&self, event: Event) {
        let line = match event {
            Event::Warning(what) => format!("warning: {what}"),
            _ if self.quiet => return,
            Event::Rest => return,
            Event::Step(what) => format!("{what} …"),
            // `PASS` is for grades.
            Event::StepDone(outcome) if self.style.plain => format!("done    {outcome}"),
            Event::StepDone(outcome) => format!("{} {outcome}", self.style.mark(Mark::Good)),
            Event::Note(what) => format!("  {what}"),
            // A line a percent would drown everything else in a log.
            Event::Progress { .. } if self.spoke_just_now(SILENCE) => return,
            Event::Progress { done, total, unit, detail } => {
                format!("  {}", progress_text(done, total, unit, &detail))
            }
        };
        let line = if self.style.plain { ascii(&line) } else { line };
        if let Ok(mut out) = self.out.lock() {
            // Progress that cannot be shown is no reason to stop.
            let _ = writeln!(out, "{line}");
        }
    }
}

fn progress_text(done: u64, total: u64, unit: &str, detail: &str) -> String {
    match total {
        0 => format!("{done} {unit} {detail}"),
        _ => format!("{done}/{total} {unit} {detail}"),
    }
}

fn clear(bar: &mut Option<ProgressBar>) {
    if let Some(bar) = bar.take() {
        bar.finish_and_clear();
    }
}

fn above(bar: Option<&ProgressBar>, line: &str) {
    match bar {
        Some(bar) => bar.suspend(|| say(line)),
        None => say(line),
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(quiet: bool) -> String {
        let lines = Lines::new(Vec::new(), Style::plain(), quiet);
        lines.emit(Event::Step("setting up".into()));
        lines.emit(Event::Progress { done: 1, total: 2, unit: "files", detail: String::new() });
        lines.emit(Event::StepDone("set up in 0.8 s".into()));
        lines.emit(Event::Warning("low on space".into()));
        String::from_utf8(lines.out.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn a_log_gets_one_line_a_step_and_none_for_progress() {
        assert_eq!(shown(false), "setting up ...\ndone    set up in 0.8 s\nwarning: low on space\n");
    }

    #[test]
    fn a_long_step_is_heard_of_now_and_then() {
        let lines = Lines::new(Vec::new(), Style::plain(), false);
        assert!(lines.spoke_just_now(SILENCE), "it has only begun");
        assert!(!lines.spoke_just_now(Duration::ZERO), "the silence was long enough");
        assert!(lines.spoke_just_now(SILENCE), "and begins anew");
    }

    #[test]
    fn quiet_leaves_warnings() {
        assert_eq!(shown(true), "warning: low on space\n");
    }
}
