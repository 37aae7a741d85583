//! The same order for the same seed: which items, and in which order their options are shown.
//!
//! In: a seed and a name. Out: permutations. Never: a clock.

use sha2::{Digest, Sha256};

/// The numbers `0..len` in an order that the seed and the name decide.
pub fn order(seed: u64, name: &str, len: usize) -> Vec<usize> {
    let mut keyed: Vec<(Vec<u8>, usize)> =
        (0..len).map(|i| (Sha256::digest(format!("{seed}\n{name}\n{i}").as_bytes()).to_vec(), i)).collect();
    keyed.sort();
    keyed.into_iter().map(|(_, i)| i).collect()
}

/// The same, but never as written where there is a choice: for steps that are to be put in order.
pub fn disorder(seed: u64, name: &str, len: usize) -> Vec<usize> {
    let mut mixed = order(seed, name, len);
    if len > 1 && mixed.is_sorted() {
        mixed.rotate_left(1);
    }
    mixed
}
