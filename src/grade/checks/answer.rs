//! `answer`: what the learner wrote in `answers/<key>`, compared with what the cluster says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerSpec {
    /// The file's name below `answers/`.
    pub key: String,
    /// How the text is read and compared.
    #[serde(default)]
    pub r#as: AnswerForm,
    /// A regular expression that the (trimmed) text must match as a whole; for answers no cluster can compute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The right answer, computed from the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Computed>,
}

/// How an answer is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AnswerForm {
    /// One text; case and white space at the ends do not matter.
    #[default]
    Text,
    /// Words separated by white space or commas, in any order, each once.
    Set,
    /// A number.
    Number,
}

/// An answer computed from a list of objects: the values of a CEL expression over those that match another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Computed {
    /// `v1` when left out.
    #[serde(default = "v1")]
    pub api_version: String,
    /// Kind of the objects.
    pub kind: String,
    /// Their namespace; left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// CEL over `object`: which objects count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    /// CEL over `object`: the value to write down (`object.metadata.name`).
    pub value: String,
}

fn v1() -> String {
    "v1".into()
}
