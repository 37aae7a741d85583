//! The scenarios of a topic, for commands that choose among all.

use std::collections::BTreeSet;

use clap::Args;

use crate::error::{Failure, Result};
use crate::scenario::Entry;

/// Which scenarios are meant.
#[derive(Debug, Args)]
pub(super) struct TopicArgs {
    /// Only scenarios with this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

impl TopicArgs {
    /// Those of `entries` that are meant. A topic that none has is a mistake.
    pub(super) fn choose(&self, entries: &[Entry]) -> Result<Vec<Entry>> {
        let Some(topic) = &self.topic else { return Ok(entries.to_vec()) };
        let chosen: Vec<Entry> = entries.iter().filter(|e| topics(e).contains(topic)).cloned().collect();
        if chosen.is_empty() {
            let known: BTreeSet<&str> = entries.iter().flat_map(topics).map(String::as_str).collect();
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(format!("no scenario has the topic `{topic}`\nTopics: {known}")));
        }
        Ok(chosen)
    }
}

fn topics(entry: &Entry) -> &[String] {
    entry.loaded.as_ref().map(|loaded| loaded.scenario.topics.as_slice()).unwrap_or_default()
}
