//! `answer`: what the learner wrote in `answers/<key>`, compared with what the cluster said right after setup.
//!
//! The right answer never appears in a message: a learner may ask for a grade as often as they like.

mod computed;
mod items;
mod listed;
mod words;

use std::collections::BTreeSet;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::source::TokenSource;
use super::{CheckSpec, Expression, Extent};
use crate::grade::context::JudgeContext;
use crate::grade::observation::{Gap, Observation};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Evidence, Fact, Verdict};
use crate::grade::workspace;
pub use computed::Computed;
pub use listed::{DryRun, Listed};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerSpec {
    /// The file's name below `answers/`.
    pub key: String,
    /// How the text is read and compared.
    #[serde(default)]
    pub r#as: AnswerForm,
    /// The namespace of the objects that the answer names: `NAMESPACE/NAME` counts as `NAME`, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
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
    /// One text; case, white space, quotes and the marks of a list do not matter.
    #[default]
    Text,
    /// Words separated by white space, commas or semicolons, in any order, each once.
    Set,
    /// A number; the right one is the sum of the computed values (`value: "1"` counts objects).
    Number,
}

impl CheckSpec for AnswerSpec {
    fn containers(&self) -> Vec<&str> {
        let tokens = self.computed.iter().flat_map(|computed| computed.tokens.values());
        tokens.filter_map(TokenSource::container).collect()
    }

    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        let file = context.seen.saw(&self.file());
        // What is wrong with the key itself shows right after setup, and never only when somebody has written something.
        let key = self.computed.as_ref().map(|computed| self.key_of(computed, context)).transpose();
        let Observation::File { text } = file? else {
            return Err(Gap::of_another_kind(&self.file()));
        };
        let key = key?;
        let pattern = self.pattern.as_ref().map(|p| Regex::new(&format!("(?is)^(?:{p})$"))).transpose();
        let pattern = pattern
            .map_err(|e| context.author_error(format!("`pattern` is not a regular expression: {e}")))?;
        if key.is_none() && pattern.is_none() {
            return Err(context.author_error("an `answer` needs `computed` or `pattern`"));
        }
        let at = format!("answers/{}", self.key);
        let written = text.as_deref().map(words::trimmed).unwrap_or_default();
        if written.is_empty() {
            return Ok(Verdict::fail(format!("There is no answer in {at} yet."))
                .with(Evidence::expected(Fact::Answer, at, "an answer", "nothing"))
                .next_step("`satrain task` says what belongs there."));
        }
        let wrong = key.and_then(|key| self.differs(written, &key)).or_else(|| {
            let pattern = pattern.as_ref()?;
            (!pattern.is_match(written)).then(|| "it does not match".to_owned())
        });
        let shown: String = written.chars().take(200).collect();
        Ok(match wrong {
            Some(wrong) => Verdict::fail(format!("The answer in {at} is wrong: {wrong}."))
                .with(Evidence::expected(Fact::Answer, &at, "the right answer", shown))
                .next_step(format!("`cat {at}` shows your answer, `satrain task` shows the question.")),
            None => Verdict::pass(format!("The answer in {at} is right.")).with(Evidence::seen(at, shown)),
        })
    }

    fn mistake(&self) -> Option<String> {
        if self.key.trim().is_empty() {
            return Some("`key` names no file below `answers/`".into());
        }
        // By itself: below `answers/` an absolute path would be another one.
        if let Some(why) = workspace::leaves(&self.key) {
            return Some(why);
        }
        match (&self.computed, &self.pattern) {
            (None, None) => Some("an `answer` needs `computed` or `pattern`".into()),
            (Some(_), Some(_)) => {
                Some("`computed` and `pattern` exclude each other: one of them says what is right".into())
            }
            (Some(computed), None) => computed.mistake(),
            (None, Some(_)) => None,
        }
    }

    fn expressions(&self) -> Vec<Expression<'_>> {
        let pattern = self.pattern.iter().map(|pattern| Expression::regex("pattern", pattern, Extent::Whole));
        let computed = self.computed.iter().flat_map(Computed::expressions);
        pattern.chain(computed).collect()
    }
}

/// The right answer, as it is compared.
enum Key {
    /// One text, word by word.
    Text(Vec<String>),
    /// Words in any order.
    Set(BTreeSet<String>),
    /// A number.
    Number(f64),
}

impl AnswerSpec {
    fn file(&self) -> Probe {
        Probe::File { path: format!("answers/{}", self.key) }
    }

    fn key_of(&self, computed: &Computed, context: &JudgeContext<'_>) -> Result<Key, Gap> {
        let right = computed.values(context)?;
        Ok(match self.r#as {
            AnswerForm::Text => {
                let [one] = right.as_slice() else {
                    let what =
                        format!("`computed` gives {} values, but the answer is a single value", right.len());
                    return Err(context.author_error(what));
                };
                Key::Text(words::of(&plain(one)))
            }
            AnswerForm::Set => {
                if right.is_empty() {
                    return Err(context.author_error("`computed` gives nothing that could be written down"));
                }
                Key::Set(right.iter().map(|value| plain(value).to_lowercase()).collect())
            }
            AnswerForm::Number => {
                let sum: Option<f64> = right.iter().map(number).sum();
                Key::Number(
                    sum.ok_or_else(|| {
                        context.author_error("`computed` gives something that is not a number")
                    })?,
                )
            }
        })
    }

    /// What is wrong with an answer; None: nothing.
    fn differs(&self, written: &str, key: &Key) -> Option<String> {
        let named = |word: String, is_right: &dyn Fn(&str) -> bool| {
            words::name_alone(&word, self.namespace.as_deref())
                .filter(|name| !is_right(&word) && is_right(name))
                .map_or(word.clone(), str::to_owned)
        };
        match key {
            Key::Text(right) => {
                let words = words::of(written).into_iter();
                let words: Vec<String> =
                    words.map(|w| named(w, &|name| right.iter().any(|r| r == name))).collect();
                (words != *right).then(|| {
                    format!("\"{}\" is not the answer", written.chars().take(80).collect::<String>())
                })
            }
            Key::Set(right) => {
                let words = words::of(written).into_iter();
                let words: BTreeSet<String> = words.map(|w| named(w, &|name| right.contains(name))).collect();
                // How many, and not which: who writes down everything must not be told what to strike out.
                let (missing, surplus) = (right.difference(&words).count(), words.difference(right).count());
                match (missing, surplus) {
                    (0, 0) => None,
                    (missing, 0) => Some(too_few(missing)),
                    (0, surplus) => Some(too_many(surplus)),
                    (missing, surplus) => Some(format!("{}, and {}", too_many(surplus), too_few(missing))),
                }
            }
            Key::Number(right) => match words::of(written).as_slice() {
                [one] => match one.parse::<f64>() {
                    Ok(given) if (given - right).abs() < 1e-9 => None,
                    Ok(given) => Some(format!("{given} is not the answer")),
                    Err(_) => Some("it is not a number".into()),
                },
                _ => Some("it is not a number".into()),
            },
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn too_few(missing: usize) -> String {
    format!("{missing} of the entries {} missing", if missing == 1 { "is" } else { "are" })
}

fn too_many(surplus: usize) -> String {
    format!("{surplus} of your entries {} wrong", if surplus == 1 { "is" } else { "are" })
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
