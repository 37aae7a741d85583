//! The file itself: JSON, with each object once, one a line.
//!
//! The baseline and the last pass share most objects, and lists of one kind (in a namespace, in the cluster) too.
//! Lists therefore hold places in one common pool. Only lists are taken apart; any other answer stays as it is.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bounds::{too_much_memory, within_bounds};
use super::error::RecordingError;
use super::{Head, Recording, space};
use crate::grade::observation::{Observation, Observations, Observed};

/// The members of the file, in this order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    // Looked at before everything else.
    #[serde(rename = "schema")]
    _schema: String,
    grade: Head,
    objects: Vec<Value>,
    baseline: Vec<Kept>,
    observations: Vec<Kept>,
}

/// An answer whose list, if it is one, is in the pool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    observed: Observed,
    /// Places in the pool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<usize>,
}

/// Each object once.
#[derive(Debug, Default)]
struct Pool {
    lines: Vec<String>,
    places: HashMap<String, usize>,
}

impl Pool {
    fn place(&mut self, object: &Value) -> usize {
        let line = object.to_string();
        if let Some(place) = self.places.get(&line) {
            return *place;
        }
        self.lines.push(line.clone());
        self.places.insert(line, self.lines.len() - 1);
        self.lines.len() - 1
    }

    fn keep(&mut self, observations: &Observations) -> Vec<Kept> {
        let keep = |observed: &Observed| match &observed.outcome {
            Ok(Observation::Objects { items, version }) => Kept {
                objects: items.iter().map(|item| self.place(item)).collect(),
                observed: Observed {
                    probe: observed.probe.clone(),
                    at: observed.at,
                    outcome: Ok(Observation::Objects { items: Vec::new(), version: version.clone() }),
                },
            },
            _ => Kept { observed: observed.clone(), objects: Vec::new() },
        };
        observations.iter().map(keep).collect()
    }
}

impl Recording {
    /// The file.
    ///
    /// # Errors
    /// When it would be too large to be read again.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordingError> {
        let mut pool = Pool::default();
        let baseline = pool.keep(&self.baseline);
        let observations = pool.keep(&self.observations);
        let mut text = format!(
            "{{\"schema\":{},\n\"grade\":{},\n\"objects\":[\n",
            json(&Self::SCHEMA)?,
            json(&self.head)?
        );
        text += &pool.lines.join(",\n");
        for (name, answers) in [("baseline", baseline), ("observations", observations)] {
            let lines: Vec<String> = answers.iter().map(json).collect::<Result<_, _>>()?;
            text += &format!("],\n\"{name}\":[\n{}", lines.join(",\n"));
        }
        text += "]}\n";
        within_bounds(text.as_bytes())?;
        Ok(text.into_bytes())
    }
}

fn json(value: &impl Serialize) -> Result<String, RecordingError> {
    serde_json::to_string(value).map_err(RecordingError::malformed)
}

impl Wire {
    /// Puts the objects back into their lists, as long as all of them together take less than `room`.
    pub(super) fn unpack(self, mut room: u64) -> Result<Recording, RecordingError> {
        let sizes: Vec<u64> = self.objects.iter().map(space::of_value).collect();
        let mut unpack = |answers: Vec<Kept>| -> Result<Observations, RecordingError> {
            let count = answers.len();
            let mut unpacked = Vec::with_capacity(count);
            for Kept { mut observed, objects } in answers {
                if !objects.is_empty() {
                    let Ok(Observation::Objects { items, .. }) = &mut observed.outcome else {
                        return Err(RecordingError::malformed("an answer that is not a list has objects"));
                    };
                    for place in objects {
                        let (Some(object), Some(size)) = (self.objects.get(place), sizes.get(place)) else {
                            let why = format!("there is no object {place}");
                            return Err(RecordingError::malformed(why));
                        };
                        room = room.checked_sub(*size).ok_or_else(too_much_memory)?;
                        items.push(object.clone());
                    }
                }
                unpacked.push(observed);
            }
            let observations = Observations::from(unpacked);
            match observations.iter().count() == count {
                true => Ok(observations),
                false => Err(RecordingError::malformed("a question is answered twice")),
            }
        };
        let (baseline, observations) = (unpack(self.baseline)?, unpack(self.observations)?);
        Ok(Recording { head: self.grade, baseline, observations })
    }
}
