//! Checks and guards with their lines in the scenario file, which they do not carry themselves when written.

use std::ops::{Deref, DerefMut};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::grade::expectation::Expectation;

/// One entry of the list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lined<T> {
    line: u32,
    is: T,
}

pub(super) fn serialize<T: Deref<Target = Expectation> + Serialize, S: Serializer>(
    all: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|is| Lined { line: is.line, is }))
}

pub(super) fn deserialize<'de, T: DerefMut<Target = Expectation> + DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Vec::<Lined<T>>::deserialize(deserializer)?;
    let with_line = |Lined { line, mut is }: Lined<T>| {
        is.line = line;
        is
    };
    Ok(all.into_iter().map(with_line).collect())
}
