//! What a computed answer is taken from: lists of objects, and dry runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::grade::View;
use crate::grade::checks::admission;
use crate::grade::observation::Gap;
use crate::grade::probe::{Creator, Probe};

/// An object for a server-side dry run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DryRun {
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object.
    pub object: Value,
}

/// A list of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listed {
    /// `v1` when left out.
    #[serde(default = "v1")]
    pub api_version: String,
    /// Kind of the objects.
    pub kind: String,
    /// Their namespace; left out, and `namespaces` too: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Their namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
}

fn v1() -> String {
    "v1".into()
}

impl Listed {
    /// One list a namespace.
    fn probes(&self) -> Vec<Probe> {
        let list = |namespace| Probe::list(&self.api_version, &self.kind, namespace);
        match self.namespaces.as_slice() {
            [] => vec![list(self.namespace.as_deref())],
            many => many.iter().map(|namespace| list(Some(namespace))).collect(),
        }
    }

    /// The objects, as seen.
    pub(super) fn objects<'a>(&self, seen: View<'a>) -> Result<Vec<&'a Value>, Gap> {
        let lists: Vec<_> = self.probes().iter().map(|probe| seen.objects(probe)).collect();
        let mut all = Vec::new();
        for list in lists {
            all.extend(list?);
        }
        Ok(all)
    }
}

impl DryRun {
    pub(super) fn probe(&self) -> Option<Probe> {
        admission::dry_run(self.namespace.as_deref(), &self.object, Creator::Learner)
    }
}
