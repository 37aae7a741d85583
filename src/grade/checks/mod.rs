//! The kinds of check: one file or folder a kind, each with its spec (what an author writes) and its
//! judge. All pure.

pub mod access;
pub mod admission;
pub mod answer;
pub mod exec;
pub mod legacy_secrets;
pub mod nothing_wider;
pub mod request;
pub mod resource;
pub mod source;
pub mod token;
pub mod token_dead;
pub mod token_mount;
pub mod workload;

pub(crate) mod api_kinds;
mod next_step;
mod replay;
mod stored_token;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::JudgeContext;
use super::observation::Gap;
use super::verdict::Verdict;

/// What a kind of check is: what it looks at, and what that comes to. Its fields are what an author writes.
pub(in crate::grade) trait CheckSpec {
    /// The verdict, or what could not be seen. What it looks at and is not answered yet is asked next ([`super::View`]): so it
    /// looks at all that it can before it gives up.
    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap>;

    /// Where to look when the verdict does not say it better.
    fn next_step(&self) -> Option<String> {
        None
    }

    /// What an author got wrong, as far as the spec alone tells.
    fn mistake(&self) -> Option<String> {
        None
    }

    /// Whether anything that it sees right after setup is kept or must come to rest first: the others ask anew what is
    /// true in each grade.
    fn needs_baseline(&self) -> bool {
        true
    }

    /// Whether it asks the API as somebody else, which the grader must be allowed to.
    fn asks_as_others(&self) -> bool {
        false
    }

    /// The expressions that an author wrote.
    fn expressions(&self) -> Vec<Expression<'_>> {
        Vec::new()
    }

    /// The containers that it names.
    fn containers(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The ServiceAccount whose rights it judges: namespace and name.
    fn judged_account(&self) -> Option<(&str, &str)> {
        None
    }
}

/// An expression in a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression<'a> {
    /// Where it stands below the kind's key, as in `computed/where`.
    pub field: &'static str,
    /// In which language it is.
    pub language: Language,
    /// The expression itself.
    pub text: &'a str,
    /// The names that it may use.
    pub variables: Vec<&'a str>,
}

/// The language of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// CEL.
    Cel,
    /// Regular expressions.
    Regex(Extent),
}

/// How much of a text a regular expression must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A part of it.
    Part,
    /// All of it; there is no empty text.
    Whole,
}

impl<'a> Expression<'a> {
    fn cel(field: &'static str, text: &'a str, variables: Vec<&'a str>) -> Self {
        Self { field, language: Language::Cel, text, variables }
    }

    fn regex(field: &'static str, text: &'a str, extent: Extent) -> Self {
        Self { field, language: Language::Regex(extent), text, variables: Vec::new() }
    }
}

/// Makes the enum of all kinds, each with the key that an author writes.
macro_rules! check_kinds {
    ($($(#[doc = $doc:literal])* $key:literal => $name:ident($spec:ty),)*) => {
        /// What an author writes as the one key that names the kind of a check.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub enum CheckKind {
            $($(#[doc = $doc])* #[serde(rename = $key)] $name($spec),)*
        }

        impl CheckKind {
            /// The keys of all kinds.
            pub(crate) const KEYS: &[&str] = &[$($key),*];

            /// The key that an author writes.
            pub(crate) fn key(&self) -> &'static str {
                match self { $(Self::$name(_) => $key,)* }
            }

            fn spec(&self) -> &dyn CheckSpec {
                match self { $(Self::$name(spec) => spec,)* }
            }
        }
    };
}

// A new kind: its file, `pub mod` above, one line here, and a row in docs/checks.md.
check_kinds! {
    /// Do objects exist, or not, with these fields.
    "resource" => Resource(resource::ResourceSpec),
    /// Which ServiceAccount live Pods run as, how many of them are ready, and whether it is still the same app as right after
    /// setup; of a Job or CronJob, the same of its template.
    "workload" => Workload(workload::WorkloadSpec),
    /// Can any container, or a named one, read an API token, in whatever way: of live Pods, or of the Pod that the template of a
    /// Job or CronJob would make.
    "tokenMount" => TokenMount(token_mount::TokenMountSpec),
    /// What may a ServiceAccount do: all of this, none of that, or exactly this.
    "access" => Access(access::AccessSpec),
    /// Is a token that the learner made or a Pod holds the one asked for.
    "token" => Token(token::TokenSpec),
    /// Is a token that was captured at setup rejected now.
    "tokenDead" => TokenDead(token_dead::TokenDeadSpec),
    /// Which Secrets with a long-lived token are left, and do the tokens captured from them still work.
    "legacySecrets" => LegacySecrets(legacy_secrets::LegacySecretsSpec),
    /// What does the API answer to a request made with this credential.
    "request" => Request(request::RequestSpec),
    /// Would the API admit this object.
    "admission" => Admission(admission::AdmissionSpec),
    /// Does a program in the Pod still do its work.
    "exec" => Exec(exec::ExecSpec),
    /// Does nobody have more rights, and is nothing else that all of the cluster share another.
    "nothingWider" => NothingWider(nothing_wider::NothingWiderSpec),
    /// What the learner wrote in `answers/<key>`.
    "answer" => Answer(answer::AnswerSpec),
}

impl CheckKind {
    /// Whether anything that it sees right after setup is kept or must come to rest first.
    pub fn needs_baseline(&self) -> bool {
        self.spec().needs_baseline()
    }

    /// Whether it asks the API as somebody else, which the grader must be allowed to.
    pub fn asks_as_others(&self) -> bool {
        self.spec().asks_as_others()
    }

    /// What an author got wrong, as far as the spec alone tells.
    pub fn mistake(&self) -> Option<String> {
        self.spec().mistake()
    }

    /// The expressions that an author wrote.
    pub fn expressions(&self) -> Vec<Expression<'_>> {
        self.spec().expressions()
    }

    /// The containers that it names.
    pub fn containers(&self) -> Vec<&str> {
        self.spec().containers()
    }

    /// The ServiceAccount whose rights it judges: namespace and name.
    pub fn judged_account(&self) -> Option<(&str, &str)> {
        self.spec().judged_account()
    }

    /// The verdict. What could not be seen is `unknown`.
    pub fn judge(&self, context: &JudgeContext<'_>) -> Verdict {
        let spec = self.spec();
        spec.judge(context).unwrap_or_else(Verdict::from).next_step_or(|| spec.next_step())
    }
}

#[cfg(test)]
mod tests {
    use super::CheckKind;

    #[test]
    fn each_kind_has_a_row_in_the_documentation() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
        let page = std::fs::read_to_string(page).unwrap();
        for key in CheckKind::KEYS {
            assert!(page.contains(&format!("\n| `{key}` |")), "docs/checks.md has no row for `{key}`");
        }
    }
}
