//! `request`: what the API answers to a request that is made with a given credential.
//!
//! 401 says that the credential is bad, 403 that it is good and may not do this. No credential at all is the user
//! `system:anonymous`, and usually gets 403 as well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CheckSpec;
use super::source::{Mounted, Places, TokenSource};
use crate::grade::context::JudgeContext;
use crate::grade::observation::{Gap, Observation};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenPlace, TokenRef};
use crate::grade::verdict::{Evidence, Fact, Verdict};

/// What an author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestSpec {
    /// The credential.
    pub with: RequestCredential,
    /// What is asked for (GET): an absolute path of the API, with its query.
    pub path: String,
    /// The HTTP status that is expected: 200, 401, 403 …
    pub status: u16,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RequestCredential {
    /// Nobody: no credential at all.
    Nobody,
    /// The grader, with a token from there.
    Token(TokenSource),
    /// Each live Pod of a workload, from inside, with the token that it holds; needs `sh` and `curl` in the container.
    Inside(Mounted),
}

impl CheckSpec for RequestSpec {
    fn containers(&self) -> Vec<&str> {
        let container = match &self.with {
            RequestCredential::Token(source) => source.container(),
            RequestCredential::Inside(mounted) => mounted.container.as_deref(),
            RequestCredential::Nobody => None,
        };
        container.into_iter().collect()
    }

    fn judge(&self, context: &JudgeContext<'_>) -> Result<Verdict, Gap> {
        if !self.path.starts_with('/') {
            return Err(context.author_error(format!("`path: {}` does not begin with /", self.path)));
        }
        let source = match &self.with {
            RequestCredential::Nobody => {
                return Ok(self.verdict(vec![("nobody".into(), self.answer(&self.direct(None), context)?)]));
            }
            RequestCredential::Token(source) => source.clone(),
            RequestCredential::Inside(mounted) => TokenSource::Mounted(mounted.clone()),
        };
        let places = match source.settled(context)? {
            Places::These(places) => places,
            Places::Nothing(nothing) => return Ok(*nothing),
        };
        context.seen.ask_for(places.iter().map(|place| self.probe(place)));
        let answers: Result<Vec<_>, Gap> = places
            .iter()
            .map(|place| Ok((place.to_string(), self.answer(&self.probe(place), context)?)))
            .collect();
        Ok(self.verdict(answers?))
    }

    fn next_step(&self) -> Option<String> {
        match &self.with {
            RequestCredential::Nobody => None,
            RequestCredential::Token(source) => source.next_step(),
            RequestCredential::Inside(mounted) => Some(super::next_step::pods(&mounted.namespace)),
        }
    }

    fn mistake(&self) -> Option<String> {
        let relative = !self.path.starts_with('/') && !self.path.starts_with("{{");
        let of_path = relative.then(|| format!("`path: {}` does not begin with /", self.path));
        let unknown = !(100..=599).contains(&self.status);
        let of_status = unknown.then(|| format!("`status: {}` is no status of HTTP", self.status));
        of_path.or(of_status).or_else(|| match &self.with {
            RequestCredential::Token(source) => source.mistake(),
            RequestCredential::Inside(mounted) => mounted.mistake(),
            RequestCredential::Nobody => None,
        })
    }
}

impl RequestSpec {
    fn direct(&self, token: Option<TokenRef>) -> Probe {
        Probe::Request { token, path: self.path.clone() }
    }

    fn probe(&self, place: &TokenPlace) -> Probe {
        match (&self.with, place) {
            (RequestCredential::Inside(_), TokenPlace::Pod { namespace, pod, container, path }) => {
                Probe::Exec {
                    namespace: namespace.clone(),
                    pod: pod.clone(),
                    container: container.clone(),
                    command: ["sh", "-c", INSIDE, "sh", path, &self.path].map(str::to_owned).into(),
                    audited: Vec::new(),
                }
            }
            _ => self.direct(Some(TokenRef::now(place.clone()))),
        }
    }

    fn answer(&self, probe: &Probe, context: &JudgeContext<'_>) -> Result<ApiAnswer, Gap> {
        match context.seen.saw(probe)? {
            Observation::Response { status, message } => Ok(ApiAnswer::Status(*status, message.clone())),
            Observation::NoToken { why } => Ok(ApiAnswer::NoToken(why.clone())),
            Observation::Exec { code: NO_TOKEN, .. } => {
                Ok(ApiAnswer::NoToken("the container cannot read it".into()))
            }
            Observation::Exec { code: 0, stdout, .. } if stdout.trim().parse::<u16>().is_ok() => {
                Ok(ApiAnswer::Status(stdout.trim().parse().unwrap_or_default(), String::new()))
            }
            // The image has both programs, and the API answers the grader: it is the container that keeps them apart.
            Observation::Exec { code, stderr, .. } => Err(Gap::in_lab(format!(
                "Could not observe {probe}: exit code {code}: {}",
                stderr.trim().chars().take(200).collect::<String>()
            ))),
            _ => Err(Gap::of_another_kind(probe)),
        }
    }

    fn verdict(&self, answers: Vec<(String, ApiAnswer)>) -> Verdict {
        let (wanted, path) = (format!("HTTP {}", self.status), &self.path);
        let mut fine = Vec::new();
        for (who, answer) in answers {
            let at = format!("GET {path} as {who}");
            let (seen, said) = match answer {
                ApiAnswer::Status(status, _) if status == self.status => {
                    fine.push(Evidence::seen(at, wanted.clone()));
                    continue;
                }
                ApiAnswer::Status(status, message) => {
                    (format!("HTTP {status}: {}", meaning(status)), message)
                }
                ApiAnswer::NoToken(why) => (format!("no token there: {why}"), String::new()),
            };
            let said = if said.is_empty() { said } else { format!(" (the API says: {said})") };
            return Verdict::fail(format!("{at} did not get the required answer: {seen}{said}."))
                .with(Evidence::expected(Fact::Response, at, wanted, seen))
                .next_step(format!(
                    "{} 401 is about who you are, 403 about what you may do.",
                    super::next_step::REVIEW
                ));
        }
        Verdict::pass(format!("The API answers as required: {wanted}.")).with_all(fine)
    }
}

enum ApiAnswer {
    Status(u16, String),
    NoToken(String),
}

/// Exit code of [`INSIDE`] when there is no token to read.
const NO_TOKEN: i32 = 44;

/// Prints the HTTP status of a request from inside a container. The token goes by standard input, since arguments
/// can be read by others; its arguments are the token's file and the path.
const INSIDE: &str = r#"token=$(cat "$1" 2>/dev/null) || exit 44
ca=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt
[ -r "${1%/*}/ca.crt" ] && ca=${1%/*}/ca.crt
if [ -r "$ca" ]; then set -- "$2" --cacert "$ca"; else set -- "$2" -k; fi
path=$1; shift
printf 'Authorization: Bearer %s\n' "$token" |
  curl -sS -o /dev/null -w '%{http_code}' -m 8 -H @- "$@" "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT$path""#;

/// What a status says about the one who asked.
fn meaning(status: u16) -> &'static str {
    match status {
        200..=299 => "the credential is valid and may do this",
        401 => "the credential is rejected",
        403 => "the credential is valid but may not do this",
        404 => "there is no such path or object",
        _ => "neither accepted nor rejected",
    }
}
