//! Chance that is the same everywhere: a lot for each name, drawn by a seed.
//!
//! A lot is the first eight bytes, as a big-endian number, of SHA-256 over `satrain/paper/v1`, the seed, a purpose and a name,
//! each on a line of its own. It depends on nothing else: not on the order of files, nor on a library's random generator.

use sha2::{Digest, Sha256};

/// The lot of `name` for a purpose.
pub(super) fn lot(seed: u64, purpose: &str, name: &str) -> u64 {
    let hash = Sha256::digest(format!("satrain/paper/v1\n{seed}\n{purpose}\n{name}"));
    hash.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte))
}

/// The numbers `0..names.len()` in the order of the names' lots.
pub(super) fn order(seed: u64, purpose: &str, names: &[&str]) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..names.len()).collect();
    numbers.sort_by_cached_key(|i| (lot(seed, purpose, names[*i]), names[*i]));
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_the_same_on_every_machine() {
        // By `printf 'satrain/paper/v1\n7\ntasks\nscenario-2' | sha256sum`.
        assert_eq!(format!("{:016x}", lot(7, "tasks", "scenario-2")), "33cacc13a73c33d8");
        assert_ne!(lot(7, "tasks", "scenario-2"), lot(8, "tasks", "scenario-2"));
        assert_eq!(order(1, "x", &["a", "b", "c"]).len(), 3);
    }

    #[test]
    fn the_order_of_names_makes_no_difference() {
        let (one, other) = (["a", "b", "c", "d"], ["d", "b", "a", "c"]);
        let named = |names: &[&'static str]| -> Vec<&str> {
            order(3, "x", names).into_iter().map(|i| names[i]).collect()
        };
        assert_eq!(named(&one), named(&other));
    }
}
