//! The shape of a file of quiz items, exactly as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grade::checks::admission::{AdmissionExpectation, TokenAtAdmission};
use crate::scenario::model::Difficulty;

/// A file of items (`quizzes/<topic>.yaml`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quiz {
    /// Version of the format.
    pub api_version: QuizVersion,
    /// Name of the topic: lower-case letters, digits and dashes; the file's stem.
    pub topic: String,
    /// One line.
    pub title: String,
    /// The items, from easy to hard.
    pub items: Vec<Item>,
}

/// Version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum QuizVersion {
    /// The only version so far.
    #[serde(rename = "satrain.dev/quiz/v1")]
    V1,
}

/// One question. Exactly one kind is given: `single`, `multiple` …
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    /// Its name, unique over all topics.
    pub id: String,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// Which parts of the module it is about.
    pub parts: Vec<String>,
    /// What is asked.
    pub question: String,
    /// One option is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single: Option<Choice>,
    /// One option or more is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<Choice>,
    /// One option is what the experiment will show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predict: Option<Choice>,
    /// Steps to be put in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordering: Option<Ordering>,
    /// What belongs to what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<Matching>,
    /// A number, perhaps with a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// Which lines of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    /// A manifest to be mended, judged by the API server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// An open question, whose points the learner ticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
    /// Shown after the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
    /// By which a cluster shows what is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
}

/// Options to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// In any order: they are shuffled.
    pub options: Vec<Choosable>,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choosable {
    /// What it says.
    pub text: String,
    /// Whether it is right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub right: bool,
    /// Why it is right; for a wrong one the belief that leads to it, and why that is false.
    pub why: String,
    /// A regular expression that the experiment's output has in it exactly if this is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// Steps in the right order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ordering {
    /// Each, from first to last.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What it says.
    pub text: String,
    /// A regular expression; those of all steps are found in this order in the experiment's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// Pairs that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Matching {
    /// The pairs.
    pub pairs: Vec<Pair>,
    /// Further right sides that belong to nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
}

/// What belongs together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pair {
    /// This …
    pub left: String,
    /// … and that.
    pub right: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// A regular expression that is found in the experiment's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// A number to be given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Number {
    /// The number, in `unit`.
    pub value: f64,
    /// Its unit; none: a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Further units that may be used, each with how many of `unit` it is.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub units: std::collections::BTreeMap<String, f64>,
    /// How far off an answer may be, in `unit`.
    #[serde(default)]
    pub tolerance: f64,
    /// Why it is this.
    pub why: String,
    /// Wrong numbers that people believe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<NearNumber>,
    /// A regular expression with one group: the number, in `unit`, in the experiment's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// A wrong number, and the belief behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NearNumber {
    /// The number, in the item's unit.
    pub value: f64,
    /// The belief.
    pub why: String,
}

/// A few words to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Short {
    /// What is accepted; the first is shown as the answer.
    pub accept: Vec<String>,
    /// A regular expression for further spellings of the whole answer; case makes no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Why it is this.
    pub why: String,
    /// Wrong answers that people believe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<NearText>,
    /// A regular expression with one group: the answer in the experiment's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// A wrong answer, and the belief behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NearText {
    /// The answer.
    pub text: String,
    /// The belief.
    pub why: String,
}

/// A text of which lines are to be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lines {
    /// The text; the experiment finds it as `text.txt`.
    pub text: String,
    /// The lines, counted from 1.
    pub right: Vec<u32>,
    /// Why these.
    pub why: String,
    /// Lines that people take for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<NearLine>,
}

/// A wrong line, and the belief behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NearLine {
    /// The line.
    pub line: u32,
    /// The belief.
    pub why: String,
}

/// A manifest to be mended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fix {
    /// What is to be mended: one object.
    pub manifest: String,
    /// The Namespace to which it is sent, as a dry run; left out for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What must come of it.
    pub checks: Vec<FixCheck>,
    /// A right one.
    pub answer: String,
    /// Wrong ones that people write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<NearManifest>,
}

/// What must come of a mended manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixCheck {
    /// In a sentence.
    pub requirement: String,
    /// Whether the API server takes it.
    pub expect: AdmissionExpectation,
    /// Whether a container of the admitted Pod would be given an API token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenAtAdmission>,
    /// Fields that the admitted object must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<serde_json::Value>,
    /// What the API server's message must match, if it refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A wrong manifest, and the belief behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NearManifest {
    /// The manifest.
    pub manifest: String,
    /// The belief.
    pub why: String,
}

/// An open question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Open {
    /// What a full answer says.
    pub points: Vec<Point>,
}

/// A point of a full answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Point {
    /// What it says.
    pub text: String,
}

/// How a cluster shows what is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Experiment {
    /// What is made before, in the Namespaces `{{ namespace }}` and `{{ other }}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manifests: String,
    /// What is waited for: `NAMESPACE/pod/NAME` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ready: Vec<String>,
    /// Bash, as cluster-admin, with `$NAMESPACE` and `$OTHER`; the learner sees it and what it prints.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// Regular expressions that are found in what it prints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<String>,
}

/// What is to be done with an item.
#[derive(Debug, Clone, Copy)]
pub enum Task<'a> {
    /// Choose one option.
    Single(&'a [Choosable]),
    /// Choose all that are right.
    Multiple(&'a [Choosable]),
    /// Say which option the experiment will show.
    Predict(&'a [Choosable]),
    /// Put in order.
    Ordering(&'a [Step]),
    /// Say what belongs together.
    Matching(&'a Matching),
    /// Give a number.
    Number(&'a Number),
    /// Give a few words.
    Short(&'a Short),
    /// Name lines.
    Lines(&'a Lines),
    /// Mend a manifest.
    Fix(&'a Fix),
    /// Write, then tick.
    Open(&'a [Point]),
}

impl Item {
    /// All kinds that are given; exactly one, if the item is sound.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        [
            self.single.as_ref().map(|c| Task::Single(&c.options)),
            self.multiple.as_ref().map(|c| Task::Multiple(&c.options)),
            self.predict.as_ref().map(|c| Task::Predict(&c.options)),
            self.ordering.as_ref().map(|o| Task::Ordering(&o.steps)),
            self.matching.as_ref().map(Task::Matching),
            self.number.as_ref().map(Task::Number),
            self.short.as_ref().map(Task::Short),
            self.lines.as_ref().map(Task::Lines),
            self.fix.as_ref().map(Task::Fix),
            self.open.as_ref().map(|o| Task::Open(&o.points)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What is to be done with it. An item that was loaded has one.
    pub fn task(&self) -> Option<Task<'_>> {
        self.tasks().into_iter().next()
    }
}

impl Task<'_> {
    /// What is chosen from or put in order, by letters, in the order of the file.
    pub fn lettered(&self) -> Vec<&str> {
        match self {
            Self::Single(options) | Self::Multiple(options) | Self::Predict(options) => {
                options.iter().map(|o| o.text.as_str()).collect()
            }
            Self::Ordering(steps) => steps.iter().map(|s| s.text.as_str()).collect(),
            Self::Matching(m) => {
                m.pairs.iter().map(|p| &p.right).chain(&m.extra).map(String::as_str).collect()
            }
            Self::Number(_) | Self::Short(_) | Self::Lines(_) | Self::Fix(_) | Self::Open(_) => Vec::new(),
        }
    }

    /// The name of the kind.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Single(_) => "single",
            Self::Multiple(_) => "multiple",
            Self::Predict(_) => "predict",
            Self::Ordering(_) => "ordering",
            Self::Matching(_) => "matching",
            Self::Number(_) => "number",
            Self::Short(_) => "short",
            Self::Lines(_) => "lines",
            Self::Fix(_) => "fix",
            Self::Open(_) => "open",
        }
    }
}

/// A text with the numbers of its lines.
pub fn numbered(text: &str) -> String {
    text.lines().enumerate().map(|(n, line)| format!("{:>2}  {line}\n", n + 1)).collect()
}
