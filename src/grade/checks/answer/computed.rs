//! The right answer, computed from the cluster as it was right after setup: what an author writes, and from which items
//! it is taken. What the learner changes later never makes an answer right.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::items;
use super::listed::{DryRun, Listed};
use crate::grade::View;
use crate::grade::cel::{evaluate, holds};
use crate::grade::checks::source::TokenSource;
use crate::grade::checks::{Expression, access, api_kinds};
use crate::grade::context::JudgeContext;
use crate::grade::observation::Gap;

/// An answer computed from the cluster as it was right after setup: the values of a CEL expression over those items that
/// match another. The items come from exactly one of `kind`, `tokens`, `rightsOf` and `dryRuns`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Computed {
    /// Of `kind`: `v1` when left out.
    #[serde(default = "v1")]
    pub api_version: String,
    /// All objects of this kind: `object` in CEL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of `kind`: their namespace; left out, and `namespaces` too: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Of `kind`: their namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Of `kind: Pod`: only Pods in which a container can read an API token, by whatever way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds_token: bool,
    /// Each of these tokens: `token` in CEL, with `name`, `authenticated` and `claims` (null: there was none).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, TokenSource>,
    /// Each single right of this ServiceAccount beyond what every one has: `right` in CEL, with `verb`, `group`,
    /// `resource`, `name` and `namespace` (empty: any).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights_of: Option<Account>,
    /// Each of these objects as the API would admit it: `admitted` in CEL, with `name`, `object` (null: refused) and
    /// `holdsToken`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dry_runs: BTreeMap<String, DryRun>,
    /// Further lists of objects, by the name that they have in CEL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Listed>,
    /// Read for the sake of scenarios and recordings of earlier versions: it is always so.
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    pub at_setup: Option<bool>,
    /// CEL: which items count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    /// CEL: the value to write down (`object.metadata.name`); a list counts as its elements.
    pub value: String,
}

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// Its name.
    pub service_account: String,
    /// Its namespace.
    pub namespace: String,
}

fn v1() -> String {
    "v1".into()
}

/// Where the items come from.
pub(super) enum Source<'a> {
    Objects(Listed),
    Tokens(&'a BTreeMap<String, TokenSource>),
    Rights(&'a Account),
    DryRuns(&'a BTreeMap<String, DryRun>),
}

impl Source<'_> {
    /// The name of one of its items in CEL.
    fn item(&self) -> &'static str {
        match self {
            Self::Objects(_) => "object",
            Self::Tokens(_) => "token",
            Self::Rights(_) => "right",
            Self::DryRuns(_) => "admitted",
        }
    }
}

impl Computed {
    /// Where the items come from; None unless there is exactly one such place.
    pub(super) fn source(&self) -> Option<Source<'_>> {
        let objects = self.kind.as_ref().map(|kind| {
            Source::Objects(Listed {
                api_version: self.api_version.clone(),
                kind: kind.clone(),
                namespace: self.namespace.clone(),
                namespaces: self.namespaces.clone(),
            })
        });
        let tokens = (!self.tokens.is_empty()).then_some(Source::Tokens(&self.tokens));
        let dry_runs = (!self.dry_runs.is_empty()).then_some(Source::DryRuns(&self.dry_runs));
        let mut sources =
            [objects, tokens, self.rights_of.as_ref().map(Source::Rights), dry_runs].into_iter().flatten();
        let one = sources.next();
        if sources.next().is_some() { None } else { one }
    }

    pub(super) fn mistake(&self) -> Option<String> {
        if self.source().is_none() {
            return Some("`computed` needs exactly one of `kind`, `tokens`, `rightsOf` and `dryRuns`".into());
        }
        if let Some(kind) = &self.kind
            && let Some(wrong) = api_kinds::mistake(&self.api_version, kind)
        {
            return Some(wrong);
        }
        if self.holds_token && self.kind.as_deref() != Some("Pod") {
            return Some("`holdsToken` is about `kind: Pod`".into());
        }
        if self.namespace.is_some() && !self.namespaces.is_empty() {
            return Some("`namespace` and `namespaces` exclude each other".into());
        }
        if let Some(wrong) = self.tokens.values().find_map(TokenSource::mistake) {
            return Some(wrong);
        }
        let nameless = self.dry_runs.iter().find(|(_, run)| run.probe().is_none());
        nameless.map(|(name, _)| format!("the object of the dry run `{name}` needs `apiVersion` and `kind`"))
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = Expression<'_>> {
        let variables = || {
            let item = self.source().map(|source| source.item());
            item.into_iter().chain(self.with.keys().map(String::as_str)).collect()
        };
        let filter =
            self.r#where.iter().map(move |filter| Expression::cel("computed/where", filter, variables()));
        filter.chain([Expression::cel("computed/value", &self.value, variables())])
    }

    /// The right values, from what was seen.
    pub(super) fn values(&self, context: &JudgeContext<'_>) -> Result<Vec<Value>, Gap> {
        let then = context.at_setup();
        let with: Vec<_> = self.with.iter().map(|(name, listed)| (name, listed.objects(then))).collect();
        let items = self.items(context, then);
        let mut further = Vec::new();
        for (name, objects) in with {
            further.push((name.as_str(), Value::Array(objects?.into_iter().cloned().collect())));
        }
        let (name, items) = items?;
        let mut values = Vec::new();
        for item in &items {
            let mut variables = vec![(name, item)];
            variables.extend(further.iter().map(|(name, list)| (*name, list)));
            let counts = match &self.r#where {
                Some(filter) => holds(filter, &variables).map_err(|e| context.author_error(e))?,
                None => true,
            };
            if counts {
                match evaluate(&self.value, &variables).map_err(|e| context.author_error(e))? {
                    Value::Array(many) => values.extend(many),
                    one => values.push(one),
                }
            }
        }
        Ok(values)
    }

    /// The items, and their name in CEL.
    fn items(&self, context: &JudgeContext<'_>, then: View<'_>) -> Result<(&'static str, Vec<Value>), Gap> {
        let Some(source) = self.source() else {
            return Err(context.author_error(self.mistake().unwrap_or_default()));
        };
        let items = match &source {
            Source::Objects(listed) if self.holds_token => items::pods_with_token(listed, then)?,
            Source::Objects(listed) => listed.objects(then)?.into_iter().cloned().collect(),
            Source::Tokens(tokens) => items::tokens(tokens, context)?,
            Source::Rights(account) => {
                let Account { service_account, namespace } = account;
                let rights = access::rights_of(namespace, service_account, then)?;
                rights.iter().map(items::right).collect()
            }
            Source::DryRuns(runs) => items::dry_runs(runs, context)?,
        };
        Ok((source.item(), items))
    }
}
