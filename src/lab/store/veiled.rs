//! Parameters' values as they are written down: not in plain text, so that who looks into an attempt's file does not read by chance what
//! is to be found out. It hides nothing from who looks for it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Values = BTreeMap<String, String>;

pub(super) fn serialize<S: Serializer>(values: &Values, to: S) -> Result<S::Ok, S::Error> {
    // Pairs: in base64 an object would begin as a token does.
    let text = serde_json::to_vec(&Vec::from_iter(values)).map_err(S::Error::custom)?;
    STANDARD.encode(text).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Values, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Veiled(String),
        /// As earlier versions wrote them.
        Plain(Values),
    }
    let broken = |why: String| D::Error::custom(format!("the parameters' values cannot be read: {why}"));
    match Written::deserialize(from)? {
        Written::Plain(values) => Ok(values),
        Written::Veiled(text) => {
            let text = STANDARD.decode(text).map_err(|e| broken(e.to_string()))?;
            let pairs: Vec<(String, String)> =
                serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?;
            Ok(pairs.into_iter().collect())
        }
    }
}
