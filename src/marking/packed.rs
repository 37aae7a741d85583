//! Pure: a job as data, `satrain.dev/packed-job/v1`: all that another machine needs to play a hand-in, and nothing about whose it is.
//!
//! In: a job and the files of its scenario, or the bytes of a packed job from anywhere. Out: the same job, by the same name.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::job::{Job, Key};
use crate::scenario::{Binding, Loaded, bind, load_texts};

/// A hand-in to be played elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackedJob {
    schema: String,
    key: String,
    script: String,
    /// How long it may take, in seconds.
    limit: u64,
    /// The scenario's id.
    id: String,
    /// Its files.
    scenario: BTreeMap<String, String>,
    /// The value of each parameter.
    values: BTreeMap<String, String>,
}

impl PackedJob {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/packed-job/v1";
    /// The longest packed job that is read, in bytes.
    pub const LONGEST: u64 = 8 << 20;
    /// The longest time for a script, in seconds.
    pub const MOST_SECONDS: u64 = 3600;

    /// Packs a job of the scenario `loaded`.
    pub fn new(job: &Job, loaded: &Loaded, limit: Duration) -> Self {
        Self {
            schema: Self::SCHEMA.into(),
            key: job.key.to_string(),
            script: job.script.clone(),
            limit: limit.as_secs(),
            id: loaded.scenario.id.clone(),
            scenario: loaded.texts(),
            values: job.bound.values.clone(),
        }
    }

    /// As it is written.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The job in `bytes` that has the name `key`, and how long its script may take.
    ///
    /// # Errors
    /// In words, when it is none, or is not the one of that name.
    pub fn unpacked(bytes: &[u8], key: &Key) -> Result<(Job, Duration), String> {
        let packed: Self = serde_json::from_slice(bytes).map_err(|e| format!("it is no packed job: {e}"))?;
        if packed.schema != Self::SCHEMA {
            return Err(format!("its format is not {}", Self::SCHEMA));
        }
        let loaded = load_texts(&packed.id, &packed.scenario).map_err(|e| format!("its scenario: {e}"))?;
        let binding =
            Binding::from_values(&loaded.scenario, packed.values).map_err(|e| format!("its values: {e}"))?;
        let bound = bind(&loaded, &binding).map_err(|e| format!("its scenario: {e}"))?;
        let job = Job::new(format!("hand-in {:.12}", key.as_str()), packed.script, bound);
        if job.key != *key {
            return Err("it is another hand-in than its name says".into());
        }
        Ok((job, Duration::from_secs(packed.limit.clamp(1, Self::MOST_SECONDS))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    #[test]
    fn each_scenario_arrives_as_it_was_sent() {
        for entry in Catalog::builtin().entries() {
            let Ok(loaded) = &entry.loaded else { panic!("{}", entry.id) };
            let bound = bind(loaded, &Binding::seeded(&loaded.scenario, 7)).unwrap();
            let job = Job::new("Ada".into(), "kubectl get pods\n".into(), bound);
            let packed = PackedJob::new(&job, loaded, Duration::from_secs(90));
            let bytes = packed.to_bytes();
            assert!(!String::from_utf8_lossy(&bytes).contains("Ada"), "nobody's name is sent");
            let (again, limit) = PackedJob::unpacked(&bytes, &job.key).unwrap();
            assert_eq!((again.key, again.script, limit.as_secs()), (job.key, job.script, 90));
            assert_eq!(again.bound.scenario, job.bound.scenario);
            assert_eq!(again.bound.setup_digest(), job.bound.setup_digest());
        }
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let catalog = Catalog::builtin();
        let loaded = catalog.get("scenario-2").unwrap();
        let bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        let job = Job::new(String::new(), "true\n".into(), bound);
        let packed = PackedJob::new(&job, loaded, Duration::from_secs(90));
        let after = |change: &dyn Fn(&mut PackedJob)| {
            let mut changed = packed.clone();
            change(&mut changed);
            PackedJob::unpacked(&changed.to_bytes(), &job.key).map(drop).unwrap_err()
        };
        assert!(after(&|p| p.script = "false\n".into()).contains("another hand-in"));
        assert!(after(&|p| p.scenario.clear()).contains("scenario.yaml"));
        assert!(after(&|p| p.schema = "v9".into()).contains("format"));
        assert!(after(&|p| drop(p.values.insert("namespace".into(), "../x".into()))).contains("values"));
        assert!(PackedJob::unpacked(b"{}", &job.key).map(drop).unwrap_err().contains("no packed job"));
    }
}
