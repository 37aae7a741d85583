//! The tokens that were captured right after setup, for checks that replay them later.
//!
//! The only place where satrain keeps whole tokens. Written to a file that its owner alone can read, beside the
//! attempt's record and outside the learner's workspace; never printed, never part of an observation.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::token_ref::TokenPlace;

/// A whole token. Its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Takes a token's text; white space around it is not part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text, for the one request that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Captured tokens by the place where they were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(TokenPlace, Token)>", into = "Vec<(TokenPlace, Token)>")]
pub struct Vault(BTreeMap<TokenPlace, Token>);

impl Vault {
    /// Keeps a token; a later one of the same place replaces it.
    pub fn keep(&mut self, place: TokenPlace, token: Token) {
        self.0.insert(place, token);
    }

    /// The token that was in `place`.
    pub fn get(&self, place: &TokenPlace) -> Option<&Token> {
        self.0.get(place)
    }

    /// Whether nothing was captured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<(TokenPlace, Token)>> for Vault {
    fn from(all: Vec<(TokenPlace, Token)>) -> Self {
        Self(all.into_iter().collect())
    }
}

impl From<Vault> for Vec<(TokenPlace, Token)> {
    fn from(vault: Vault) -> Self {
        vault.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_survives_its_file_and_its_debug_form_says_nothing() {
        let mut vault = Vault::default();
        vault.keep(TokenPlace::secret("a", "b"), Token::new(" eyJhbGciOi.eyJzdWIi.c2ln\n"));
        let text = serde_json::to_string(&vault).unwrap();
        let read: Vault = serde_json::from_str(&text).unwrap();
        assert_eq!(read.get(&TokenPlace::secret("a", "b")).unwrap().reveal(), "eyJhbGciOi.eyJzdWIi.c2ln");
        assert!(!format!("{read:?}").contains("eyJ"));
    }
}
