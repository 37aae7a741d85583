//! Pure: one hand-in that is to be played, named by everything that decides its mark.

use sha2::{Digest as _, Sha256};

use crate::scenario::BoundScenario;

/// The name of a job: the same script for the same scenario with the same values has the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Of a script for a bound scenario.
    pub fn of(script: &str, bound: &BoundScenario) -> Self {
        Self::named("satrain/mark/v1", &[script], bound)
    }

    /// Of a grade that a learner recorded for a bound scenario, with what they typed. No script has the same name.
    pub fn of_recording((learner, recording, typed): (&str, &str, &str), bound: &BoundScenario) -> Self {
        Self::named("satrain/recorded-mark/v1", &[learner, recording, typed], bound)
    }

    fn named(what: &str, content: &[&str], bound: &BoundScenario) -> Self {
        let mut sum = Sha256::new();
        let mut field = |text: &str| {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text);
        };
        field(what);
        content.iter().for_each(|text| field(text));
        field(&bound.scenario.id);
        field(&bound.digest);
        for (name, value) in &bound.values {
            field(name);
            field(value);
        }
        Self(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The name, 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number that follows from the name alone, and is as good as chance: which machine plays the job is agreed without a word.
    pub fn number(&self) -> u64 {
        u64::from_str_radix(&self.0[..15], 16).unwrap_or_default()
    }

    /// A name as it is written in a file's name; None: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (text.len() == 64 && text.chars().all(is_hex)).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A hand-in to be played.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub key: Key,
    /// Whose it is, for whoever watches.
    pub label: String,
    /// What was handed in.
    pub script: String,
    /// What it is for.
    pub bound: BoundScenario,
}

impl Job {
    /// The job of a script for a bound scenario.
    pub fn new(label: String, script: String, bound: BoundScenario) -> Self {
        Self { key: Key::of(&script, &bound), label, script, bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Binding, Catalog, bind};

    fn bound(id: &str, seed: u64) -> BoundScenario {
        let catalog = Catalog::builtin();
        let loaded = catalog.get(id).unwrap();
        bind(loaded, &Binding::seeded(&loaded.scenario, seed)).unwrap()
    }

    #[test]
    fn a_name_tells_script_scenario_and_values_apart() {
        let (one, other) = (bound("scenario-2", 1), bound("scenario-3", 1));
        let key = Key::of("true", &one);
        assert_eq!(key, Key::of("true", &bound("scenario-2", 1)));
        assert_ne!(key, Key::of("true ", &one));
        assert_ne!(key, Key::of("true", &other));
        let values = (2..50).map(|seed| bound("scenario-2", seed)).find(|b| b.values != one.values).unwrap();
        assert_ne!(key, Key::of("true", &values));
        assert_eq!(Key::parse(key.as_str()).as_ref(), Some(&key));
        assert_eq!(Key::parse("../../etc/passwd"), None);
        assert_ne!(key, Key::of_recording(("", "true", ""), &one));
        let split = |a, b, c| Key::of_recording((a, b, c), &one);
        assert_ne!(split("a", "bc", ""), split("ab", "c", ""));
    }
}
