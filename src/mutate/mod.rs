//! Mutants of solutions: each a solution with one thing changed for the worse, to see whether the checks notice.
//!
//! In: a scenario as loaded, so that ids do not depend on an attempt's names. Out: [`Mutant`]s, the same in the
//! same order each time. Never: a cluster, a process, running any of it.

mod arguments;
mod data;
mod drop_command;
mod edit;
mod fields;
mod place;
mod script;
mod second_role;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scenario::model::{ParamKind, Scenario};
use crate::scenario::{env_name, with_helpers};
use edit::{Edit, apply};
use script::Script;

/// A solution with one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mutant {
    /// Unique in its scenario: the solution, the operator, and what was changed, as in
    /// `reference/drop-command/make_role/kubectl create role "$ROLE"`.
    pub id: String,
    /// What kind of change.
    pub operator: Operator,
    /// The change in words.
    pub what: String,
    /// The whole script, helpers included.
    #[serde(skip)]
    pub script: String,
    /// Whether it may act outside the attempt's Namespaces in a way that its text does not show.
    #[serde(skip)]
    pub reaches_out: bool,
}

/// What a mutation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// Leaves out a command, or one pass of a loop over words.
    DropCommand,
    /// Widens a verb, a resource or an API group to `*`, or leaves a resource name out.
    Widen,
    /// Names another Namespace.
    SwapNamespace,
    /// Turns true into false and false into true.
    FlipBoolean,
    /// Leaves out an entry of a manifest or patch, an element of a list, or one of several manifests.
    DropField,
    /// Binds a ServiceAccount to one more role.
    SecondRole,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DropCommand => "drop-command",
            Self::Widen => "widen",
            Self::SwapNamespace => "swap-namespace",
            Self::FlipBoolean => "flip-boolean",
            Self::DropField => "drop-field",
            Self::SecondRole => "second-role",
        })
    }
}

/// Why a solution has no mutants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot create mutants of `{solution}`: {why}")]
pub struct Unreadable {
    /// The solution's name.
    pub solution: String,
    /// Its index.
    pub index: usize,
    /// What is in the way.
    pub why: String,
}

/// The longest script that is taken apart, in bytes, and the most mutants of one scenario: packs are untrusted, and
/// each mutant is a script.
const MAX_SCRIPT: usize = 64 << 10;
const MAX_MUTANTS: usize = 1000;

/// A change before it has an id.
struct Draft {
    operator: Operator,
    /// Where, as the last parts of the id.
    subject: String,
    what: String,
    edits: Vec<Edit>,
    reaches_out: bool,
}

/// From where on a script is no bash; None: all of it is.
pub fn unparsable(script: &str) -> Option<String> {
    (script.len() <= MAX_SCRIPT).then(|| Script::parse(script, 0).err()).flatten()
}

/// All mutants of all solutions.
///
/// # Errors
/// When a solution is no bash that can be taken apart, or too much of it.
pub fn mutants(scenario: &Scenario) -> Result<Vec<Mutant>, Unreadable> {
    let namespaces = scenario.params.iter().filter(|(_, p)| p.kind == ParamKind::Namespace);
    let others: Vec<String> = namespaces.map(|(name, _)| env_name(name)).collect();
    let mut found = Vec::new();
    let (mut ids, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for (index, solution) in scenario.solutions.iter().enumerate() {
        let unreadable = |why: String| Unreadable { solution: solution.name.clone(), index, why };
        let text = with_helpers(&scenario.helpers, &solution.run);
        if text.len() > MAX_SCRIPT {
            return Err(unreadable(format!("it is longer than {} KiB", MAX_SCRIPT >> 10)));
        }
        let run_at = text.len() - solution.run.len();
        let script = Script::parse(&text, run_at)
            .map_err(|near| unreadable(format!("its bash cannot be parsed from `{near}` on")))?;
        texts.insert(text.clone());
        for draft in drafts(&script, &others, scenario) {
            let changed = apply(&text, draft.edits);
            // What is no bash any more (a field that took the end of its here-document along) is not a way to solve it.
            if !texts.insert(changed.clone()) || Script::parse(&changed, 0).is_err() {
                continue;
            }
            if found.len() == MAX_MUTANTS {
                return Err(unreadable(format!("the solutions have more than {MAX_MUTANTS} together")));
            }
            let id = unique(&mut ids, format!("{}/{}/{}", solution.name, draft.operator, draft.subject));
            let Draft { operator, what, reaches_out, .. } = draft;
            found.push(Mutant { id, operator, what, script: changed, reaches_out });
        }
    }
    Ok(found)
}

fn drafts(script: &Script<'_>, others: &[String], scenario: &Scenario) -> Vec<Draft> {
    let mut drafts = drop_command::drafts(script);
    drafts.extend(arguments::drafts(script, others));
    drafts.extend(fields::drafts(script, others));
    drafts.extend(second_role::drafts(script, scenario));
    drafts.sort_by_key(|d| d.operator);
    drafts
}

/// Equal ids get a number, in the order of the script.
fn unique(ids: &mut BTreeSet<String>, id: String) -> String {
    let numbered = |n: usize| if n == 1 { id.clone() } else { format!("{id} ({n})") };
    let mut n = 1;
    while !ids.insert(numbered(n)) {
        n += 1;
    }
    numbered(n)
}
