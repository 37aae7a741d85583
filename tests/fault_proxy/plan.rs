//! Which request meets which fault: drawn from a seed, so that a plan can be repeated.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is late, but in time.
    Late,
    /// It is later than anybody waits.
    TooLate,
    /// The connection is reset before the answer.
    Reset,
    /// It is reset in the middle of the answer.
    ResetMidway,
    /// The answer stands still in its middle.
    Stalls,
    /// 429 with a `Retry-After` of a second.
    Busy,
    /// 429 with a `Retry-After` of an hour.
    VeryBusy,
    /// 500.
    Broken,
    /// 503, as a page.
    Unavailable,
    /// 200, as a page.
    Page,
    /// Half of the body, with the length of the whole.
    CutWithLength,
    /// Half of the body, with the length of that half.
    CutToLength,
    /// Half of the body in chunks, without the last one.
    CutChunks,
    /// Half of the body, without any length.
    CutWithoutLength,
}

/// All of them.
pub const FAULTS: [Fault; 14] = [
    Fault::Late,
    Fault::TooLate,
    Fault::Reset,
    Fault::ResetMidway,
    Fault::Stalls,
    Fault::Busy,
    Fault::VeryBusy,
    Fault::Broken,
    Fault::Unavailable,
    Fault::Page,
    Fault::CutWithLength,
    Fault::CutToLength,
    Fault::CutChunks,
    Fault::CutWithoutLength,
];

/// Faults for a share of all requests.
#[derive(Debug)]
pub struct Plan {
    pub seed: u64,
    /// How many requests of a hundred.
    pub rate: u64,
    /// How often each request came, so that its repetition is another draw.
    asked: Mutex<BTreeMap<u64, u64>>,
    met: Mutex<BTreeMap<Fault, usize>>,
}

impl Plan {
    pub fn new(seed: u64, rate: u64) -> Self {
        Self { seed, rate, asked: Mutex::default(), met: Mutex::default() }
    }

    /// What becomes of a request. The same for the same request, in whatever order they come.
    pub fn draw(&self, request: &impl Hash) -> Option<Fault> {
        let key = hash(request);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = asked.entry(key).and_modify(|n| *n += 1).or_default();
        let draw = hash(&(self.seed, key, *nth));
        if draw % 100 >= self.rate {
            return None;
        }
        let fault = FAULTS[(draw / 100) as usize % FAULTS.len()];
        *self.met.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        Some(fault)
    }

    /// How often each fault was met.
    pub fn met(&self) -> BTreeMap<Fault, usize> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long something late is late.
pub const LATE: Duration = Duration::from_millis(150);

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
