//! What the core tells whoever watches it: one stream of events, printed by reporters only.
//!
//! In: calls of [`Events::emit`] from any layer below `commands/`. Out: nothing; a reporter decides what is
//! shown. An event never carries a token, a key or a file's secret content.

use std::sync::Arc;

/// One thing that happened while the core was at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step began; shown until the next step or `StepDone`.
    Step(String),
    /// The step in progress advanced: `done` of `total` (0 = unknown) of whatever `unit` names.
    Progress {
        /// How many are done.
        done: u64,
        /// Of how many; 0 when that is not known.
        total: u64,
        /// What is counted.
        unit: &'static str,
        /// What is being worked on.
        detail: String,
    },
    /// The step in progress ended well; `String` says what came out ("ready in 3.1 s").
    StepDone(String),
    /// Something worth knowing that is no step.
    Note(String),
    /// Something that went wrong without stopping the work, and what to do about it.
    Warning(String),
    /// Nothing is under way any more: the work was given up.
    Rest,
}

/// Where events go. Implementations must be cheap and must not block.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: Event);
}

/// A shared, clonable handle to an [`EventSink`].
#[derive(Clone)]
pub struct Events(Arc<dyn EventSink>);

impl Events {
    /// Sends events to `sink`.
    pub fn new(sink: impl EventSink + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Drops every event: for tests and for callers that show nothing.
    pub fn silent() -> Self {
        struct Silent;
        impl EventSink for Silent {
            fn emit(&self, _: Event) {}
        }
        Self::new(Silent)
    }

    /// Sends one event.
    pub fn emit(&self, event: Event) {
        self.0.emit(event);
    }

    /// A step began.
    pub fn step(&self, what: impl Into<String>) {
        self.emit(Event::Step(what.into()));
    }

    /// The step in progress ended well.
    pub fn done(&self, outcome: impl Into<String>) {
        self.emit(Event::StepDone(outcome.into()));
    }

    /// Something worth knowing.
    pub fn note(&self, what: impl Into<String>) {
        self.emit(Event::Note(what.into()));
    }

    /// Nothing is under way any more.
    pub fn rest(&self) {
        self.emit(Event::Rest);
    }

    /// Something that went wrong without stopping the work.
    pub fn warn(&self, what: impl Into<String>) {
        self.emit(Event::Warning(what.into()));
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}
