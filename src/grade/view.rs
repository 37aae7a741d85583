//! What a judge looks at: the answers so far. What it asks for and is not answered yet is noted, and asked next.
//!
//! So a judge says by reading what it needs, and nothing says it a second time. It should look at all that it can before
//! it gives up at the first gap (`?`): what is noted together is asked together.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::observation::{Gap, Observation, Observations};
use super::probe::Probe;
use crate::rbac::Policy;

/// The probes that have no answer yet.
pub(super) type Unanswered = RefCell<BTreeSet<Probe>>;

/// Observations, as a judge sees them.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    seen: &'a Observations,
    unanswered: Option<&'a Unanswered>,
}

impl<'a> View<'a> {
    /// All that there will ever be.
    pub fn whole(seen: &'a Observations) -> Self {
        Self { seen, unanswered: None }
    }

    /// What is there so far; notes what is not.
    pub(super) fn so_far(seen: &'a Observations, unanswered: &'a Unanswered) -> Self {
        Self { seen, unanswered: Some(unanswered) }
    }

    /// What was seen, or the gap.
    pub(super) fn saw(self, probe: &Probe) -> Result<&'a Observation, Gap> {
        self.is_answered(probe);
        self.seen.saw(probe)
    }

    /// The objects that a list probe saw.
    pub(super) fn objects(self, probe: &Probe) -> Result<&'a [Value], Gap> {
        self.is_answered(probe);
        self.seen.objects(probe)
    }

    /// When that was answered.
    pub(super) fn at(self, probe: &Probe) -> Option<Timestamp> {
        self.seen.get(probe).map(|observed| observed.at)
    }

    /// Whether there is an answer, or a reason why there is none.
    pub(super) fn is_answered(self, probe: &Probe) -> bool {
        let answered = self.seen.get(probe).is_some();
        if let (false, Some(unanswered)) = (answered, self.unanswered) {
            unanswered.borrow_mut().insert(probe.clone());
        }
        answered
    }

    /// Asks for all of these at once, before they are read one by one.
    pub(super) fn ask_for(self, probes: impl IntoIterator<Item = Probe>) {
        for probe in probes {
            self.is_answered(&probe);
        }
    }

    /// What `read` makes of the RBAC objects, made once.
    pub(super) fn policy(self, read: impl FnOnce() -> Result<Policy, Gap>) -> Arc<Result<Policy, Gap>> {
        self.seen.policy(read)
    }
}
