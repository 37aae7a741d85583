//! The shape of a bundle, exactly as signed.
//!
//! Every field is known: a bundle with one more is another version, which the envelope's type says before anything is read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counted;
use super::format::{MOST_ANSWERS, MOST_ATTEMPTS, MOST_REQUESTS, MOST_VALUES};
use super::key::PublicKey;

/// What a learner hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// Version of the format.
    pub schema: BundleVersion,
    /// The class it is for: its public id, 16 hexadecimal digits.
    pub class: String,
    /// Whose it is: the id in the roster.
    pub learner: String,
    /// The key that signed it.
    pub public_key: PublicKey,
    /// When it was made, by the learner's clock.
    #[schemars(with = "String")]
    pub submitted_at: Timestamp,
    /// The version of satrain that made it.
    pub satrain: String,
    /// What was played.
    #[serde(deserialize_with = "counted::list::<_, _, MOST_ATTEMPTS>")]
    #[schemars(length(max = MOST_ATTEMPTS))]
    pub attempts: Vec<Attempt>,
    /// What was answered.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "counted::list::<_, _, MOST_ANSWERS>"
    )]
    #[schemars(length(max = MOST_ANSWERS))]
    pub answers: Vec<Answers>,
}

/// Version of the format of bundles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BundleVersion {
    /// The only version so far.
    #[serde(rename = "satrain.dev/bundle/v1")]
    V1,
}

/// One attempt at a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attempt {
    /// The scenario, by id.
    pub scenario: String,
    /// The digest of the scenario as it was played: SHA-256, 64 hexadecimal digits.
    pub digest: String,
    /// The bound parameters.
    #[serde(deserialize_with = "counted::map::<_, _, MOST_VALUES>")]
    pub values: BTreeMap<String, String>,
    /// When it was graded last, by the learner's clock.
    #[schemars(with = "String")]
    pub finished_at: Timestamp,
    /// What the learner's own machine said it earned, in per cent. The recording decides.
    #[schemars(range(max = 100))]
    pub percent: u32,
    /// The text of the recording of the last grade, as its file has it.
    pub recording: String,
    /// The script that was played, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What was typed in the lab shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
    /// What the learner asked the cluster to change.
    #[serde(deserialize_with = "counted::list::<_, _, MOST_REQUESTS>")]
    #[schemars(length(max = MOST_REQUESTS))]
    pub requests: Vec<Request>,
}

/// One request that changes something, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// When the cluster got it.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Kubernetes' verb, such as `create`.
    pub verb: String,
    /// The path of its URI, without the query.
    pub path: String,
    /// Who asked.
    pub user: String,
    /// The HTTP status of the response.
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
}

/// The answers to one quiz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answers {
    /// The quiz, by its topic.
    pub quiz: String,
    /// The text of the file of answers.
    pub file: String,
}
