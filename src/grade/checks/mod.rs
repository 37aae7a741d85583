//! The kinds of check: one file or folder a kind, each with its spec (what an author writes), its probes and
//! its judge. All pure.

pub mod access;
pub mod admission;
pub mod answer;
pub mod exec;
pub mod legacy_secrets;
pub mod request;
pub mod resource;
pub mod source;
pub mod token;
pub mod token_dead;
pub mod token_mount;
pub mod workload;

mod look;
mod replay;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::observation::{Gap, Observations};
use super::probe::Probe;
use super::verdict::Verdict;

/// What an author writes as the one key that names the kind of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckKind {
    /// Do objects (not) exist with these fields.
    Resource(resource::ResourceSpec),
    /// Which ServiceAccount, how many replicas ready, still the same app as at the baseline.
    Workload(workload::WorkloadSpec),
    /// Can any container read an API token.
    TokenMount(token_mount::TokenMountSpec),
    /// May this subject do this.
    Access(access::AccessSpec),
    /// Is a token that the learner made or a Pod holds the one asked for.
    Token(token::TokenSpec),
    /// Is a token that was captured at setup rejected now.
    TokenDead(token_dead::TokenDeadSpec),
    /// Which service-account-token Secrets are left, and do their captured tokens still work.
    LegacySecrets(legacy_secrets::LegacySecretsSpec),
    /// What does the API answer to a request made with this credential.
    Request(request::RequestSpec),
    /// Would the API admit this object.
    Admission(admission::AdmissionSpec),
    /// Does a program in the Pod still do its work.
    Exec(exec::ExecSpec),
    /// What the learner wrote in `answers/<key>`.
    Answer(answer::AnswerSpec),
}

/// What a check is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What was seen now.
    pub seen: &'a Observations,
    /// What was seen right after setup.
    pub baseline: &'a Observations,
    /// The time of the grade.
    pub now: Timestamp,
    /// Where the check is in the scenario file (0: unknown).
    pub line: u32,
}

impl Context<'_> {
    /// A gap that the scenario's author must close: it names the line.
    pub fn author_error(&self, what: impl std::fmt::Display) -> Gap {
        Gap::author(self.line, what.to_string())
    }
}

impl CheckKind {
    /// What must be asked to judge this, given what is known already. Pure; asked again after each round.
    /// `baseline` is what was seen right after setup; empty while that itself is looked at.
    pub fn probes(&self, seen: &Observations, baseline: &Observations) -> Vec<Probe> {
        match self {
            Self::Resource(spec) => spec.probes(seen),
            Self::Workload(spec) => spec.probes(),
            Self::TokenMount(spec) => spec.probes(seen),
            Self::Access(spec) => spec.probes(seen),
            Self::Token(spec) => spec.probes(seen),
            Self::TokenDead(spec) => spec.probes(seen, baseline),
            Self::LegacySecrets(spec) => spec.probes(seen, baseline),
            Self::Request(spec) => spec.probes(seen),
            Self::Admission(spec) => spec.probes(),
            Self::Exec(spec) => spec.probes(seen),
            Self::Answer(spec) => spec.probes(seen, baseline),
        }
    }

    /// Whether anything that it sees right after setup is kept or must come to rest first: the others ask anew what is
    /// true in each grade.
    pub fn has_a_beginning(&self) -> bool {
        !matches!(self, Self::Exec(_) | Self::Admission(_))
    }

    /// What an author got wrong, as far as the spec alone tells.
    pub fn mistake(&self) -> Option<String> {
        match self {
            Self::Admission(spec) => spec.mistake(),
            Self::Answer(spec) => spec.mistake(),
            Self::Request(spec) => spec.mistake(),
            Self::Token(spec) => spec.mistake(),
            _ => None,
        }
    }

    /// The verdict. What could not be seen is `unknown`.
    pub fn judge(&self, context: &Context<'_>) -> Verdict {
        let verdict = match self {
            Self::Resource(spec) => spec.judge(context),
            Self::Workload(spec) => spec.judge(context),
            Self::TokenMount(spec) => spec.judge(context),
            Self::Access(spec) => spec.judge(context),
            Self::Token(spec) => spec.judge(context),
            Self::TokenDead(spec) => spec.judge(context),
            Self::LegacySecrets(spec) => spec.judge(context),
            Self::Request(spec) => spec.judge(context),
            Self::Admission(spec) => spec.judge(context),
            Self::Exec(spec) => spec.judge(context),
            Self::Answer(spec) => spec.judge(context),
        };
        verdict.unwrap_or_else(Verdict::from).look_or(|| self.look())
    }

    /// Where to look when the verdict does not say it better.
    fn look(&self) -> Option<String> {
        match self {
            Self::Resource(spec) => Some(spec.look()),
            Self::Workload(spec) => Some(look::pods(&spec.namespace)),
            Self::TokenMount(spec) => Some(look::pods(&spec.namespace)),
            Self::Access(spec) => {
                Some(look::rights(&spec.namespace, (&spec.namespace, &spec.service_account)))
            }
            Self::Token(spec) => spec.from.look(),
            Self::TokenDead(spec) => spec.of.look(),
            Self::LegacySecrets(_) => None,
            Self::Request(spec) => spec.look(),
            Self::Admission(spec) => Some(spec.look()),
            Self::Exec(spec) => Some(look::pods(&spec.namespace)),
            Self::Answer(_) => None,
        }
    }
}

/// What was listed right after setup: the baseline, or while that itself is taken, what is seen now.
fn at_setup<'a>(lists: &[Probe], seen: &'a Observations, baseline: &'a Observations) -> &'a Observations {
    if lists.iter().any(|list| baseline.get(list).is_some()) { baseline } else { seen }
}
