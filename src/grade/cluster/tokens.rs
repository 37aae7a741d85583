//! Finds the token that a probe is about: in a file, a Secret, a container, or among those captured at setup.
//!
//! What leaves this folder is facts; the token itself goes into one request and nowhere else.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::GetParams;
use kube::core::{Request, Resource as _};
use serde_json::Value;
use tokio::time::Instant;

use super::exchange::{exchange, must_be};
use super::fault::{Fault, Refusal};
use super::unseen::Unseen;
use super::{exec, retry};
use crate::grade::token_ref::{TokenPlace, TokenRef, When};
use crate::grade::vault::{Token, Vault};
use crate::grade::workspace::{self, Content};

/// The longest text that is taken for a token.
const MAX_TOKEN: usize = 32 * 1024;

/// A token, or why there is none.
pub(super) type Found = Result<Token, String>;

/// The captured tokens: written while setup is looked at, read ever after.
#[derive(Debug, Clone)]
pub(super) enum Captured {
    /// What is asked for as of setup is read now, and kept.
    Taking(Arc<Mutex<Vault>>),
    /// What was taken at setup.
    Taken(Arc<Vault>),
}

impl Captured {
    /// The token of `wanted`, read with `client` and from `root`.
    pub(super) async fn find(
        &self,
        client: &Client,
        root: &Path,
        wanted: &TokenRef,
        until: Instant,
    ) -> Result<Found, Unseen> {
        let place = &wanted.place;
        match (wanted.when, self) {
            (When::Now, _) => read(client, root, place, until).await,
            (When::AtSetup, Self::Taken(vault)) => {
                Ok(vault.get(place).cloned().ok_or_else(|| format!("no token was captured from {place}")))
            }
            (When::AtSetup, Self::Taking(vault)) => {
                // A guard must not live across an await.
                let known = lock(vault).get(place).cloned();
                if let Some(token) = known {
                    return Ok(Ok(token));
                }
                let found = read(client, root, place, until).await?;
                if let Ok(token) = &found {
                    lock(vault).keep(place.clone(), token.clone());
                }
                Ok(found)
            }
        }
    }
}

/// A panic of another probe leaves whole tokens behind, never half ones.
fn lock(vault: &Mutex<Vault>) -> std::sync::MutexGuard<'_, Vault> {
    vault.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(client: &Client, root: &Path, place: &TokenPlace, until: Instant) -> Result<Found, Unseen> {
    let found = match place {
        TokenPlace::File { path } => {
            let (root, path) = (root.to_owned(), path.clone());
            let read = tokio::task::spawn_blocking(move || workspace::read_text(&root, &path)).await;
            match read.map_err(|e| Unseen::failed(e.to_string(), false))?? {
                Content::Text(text) => Ok(text),
                Content::Missing => Err(format!("there is no file {place}")),
                Content::Withheld(why) => Err(why),
            }
        }
        TokenPlace::Secret { namespace, name, key } => {
            of_secret(client, (namespace, name), key, until).await?
        }
        TokenPlace::Pod { namespace, pod, container, path } => {
            let command = ["cat".to_owned(), path.clone()];
            let output = exec::output(client, namespace, pod, container.as_deref(), &command).await;
            match output {
                Err(Unseen::Withheld { why, passing: false }) => Err(why),
                Err(unseen) => return Err(unseen),
                Ok(output) => match output.code {
                    0 if output.cut => {
                        Err(format!("{path} in Pod {namespace}/{pod} is too long for a token"))
                    }
                    0 => Ok(output.stdout),
                    _ => Err(format!("{path} cannot be read in Pod {namespace}/{pod}")),
                },
            }
        }
    };
    Ok(found.and_then(|text| plausible(&text).map(|()| Token::new(&text))))
}

/// A token is one word of bounded length: anything else cannot be sent as one.
fn plausible(text: &str) -> Result<(), String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if text.len() > MAX_TOKEN {
        return Err(format!("it has {} bytes, which is not a token", text.len()));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("it contains something other than one token: several words or lines".into());
    }
    Ok(())
}

async fn of_secret(
    client: &Client,
    (namespace, name): (&str, &str),
    key: &str,
    until: Instant,
) -> Result<Result<String, String>, Unseen> {
    let url = Secret::url_path(&(), Some(namespace));
    let asked = || async {
        let request = Request::new(&url).get(name, &GetParams::default());
        let answer = exchange(client, request.map_err(|e| Fault::Unasked(e.to_string()))?).await?;
        // Something else without the key is not a Secret without it.
        must_be(&answer, "v1", "Secret")?;
        Ok(answer)
    };
    let secret = match retry(until, asked).await {
        Ok(secret) => secret,
        Err(Fault::Refused(Refusal { code: 404, genuine: true, .. })) => {
            return Ok(Err(format!("there is no Secret {namespace}/{name}")));
        }
        Err(fault) => return Err(fault.into()),
    };
    let value = secret.get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
    let text =
        value.map(|encoded| STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()));
    Ok(match text {
        Some(Some(text)) => Ok(text),
        Some(None) => Err(format!("Secret {namespace}/{name} has no text under `{key}`")),
        None => Err(format!("Secret {namespace}/{name} has no key `{key}`")),
    })
}

#[cfg(test)]
mod tests {
    use super::plausible;

    #[test]
    fn a_token_is_one_bounded_word() {
        assert_eq!(plausible(" abc.def.ghi\n"), Ok(()));
        for text in ["", " \n", "two words", "a\nb", "ä", &"a".repeat(40_000)] {
            assert!(plausible(text).is_err(), "{text:.20}");
        }
    }
}
