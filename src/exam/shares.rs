//! Pure: a whole number divided by shares, in whole numbers: by largest remainder.

use std::cmp::Reverse;

/// `total` divided in proportion to `sizes`: each gets its share rounded down, and what is left goes to the largest remainders,
/// where these are equal to the one that `first` puts first. Nothing has a size: nobody gets anything.
pub(super) fn apportion(total: u32, sizes: &[u32], first: impl Fn(usize) -> u64) -> Vec<u32> {
    let sum: u64 = sizes.iter().map(|size| u64::from(*size)).sum();
    if sum == 0 {
        return vec![0; sizes.len()];
    }
    let exact = |size: &u32| u64::from(*size) * u64::from(total);
    let mut parts: Vec<u32> =
        sizes.iter().map(|size| u32::try_from(exact(size) / sum).unwrap_or(total)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|i| (Reverse(exact(&sizes[*i]) % sum), first(*i), *i));
    let left = total.saturating_sub(parts.iter().sum());
    for i in order.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        parts[i] += 1;
    }
    parts
}

/// The same, but everybody gets at least one where there is enough: taken from the largest.
pub(crate) fn shares(total: u32, sizes: &[u32]) -> Vec<u32> {
    let mut parts = apportion(total, sizes, |_| 0);
    while let Some(none) = parts.iter().position(|part| *part == 0) {
        // The first of the largest.
        let largest = (0..parts.len()).max_by_key(|i| (parts[*i], Reverse(*i)));
        match largest.filter(|i| parts[*i] > 1) {
            Some(largest) => parts[largest] -= 1,
            None => break,
        }
        parts[none] = 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remainders_decide_and_ties_go_to_the_first() {
        assert_eq!(apportion(10, &[1, 1, 1], |_| 0), [4, 3, 3]);
        assert_eq!(apportion(10, &[1, 1, 1], |i| 2 - i as u64), [3, 3, 4]);
        assert_eq!(apportion(6, &[6, 5, 4, 2, 2, 2], |_| 0), [2, 1, 1, 1, 1, 0]);
        assert_eq!(apportion(3, &[0, 0], |_| 0), [0, 0]);
        assert_eq!(shares(100, &[5, 1000]), [1, 99]);
        assert_eq!(shares(2, &[5, 5, 5]), [1, 1, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_within_one_of_the_exact_share(
            total in 1u32..1000,
            sizes in prop::collection::vec(0u32..10_000, 1..50),
        ) {
            let sum: u64 = sizes.iter().map(|size| u64::from(*size)).sum();
            prop_assume!(sum > 0);
            let parts = apportion(total, &sizes, |_| 0);
            prop_assert_eq!(parts.iter().sum::<u32>(), total);
            for (size, part) in sizes.iter().zip(&parts) {
                let exact = u64::from(*size) * u64::from(total);
                prop_assert!(u64::from(*part) >= exact / sum && u64::from(*part) <= exact / sum + 1);
            }
        }

        #[test]
        fn everybody_gets_something(sizes in prop::collection::vec(1u32..600, 1..40)) {
            let parts = shares(100, &sizes);
            prop_assert_eq!(parts.iter().sum::<u32>(), 100);
            prop_assert!(parts.iter().all(|part| *part > 0));
            // Who takes longer is never worth less.
            for (a, x) in sizes.iter().zip(&parts) {
                for (b, y) in sizes.iter().zip(&parts) {
                    prop_assert!(a <= b || x + 1 >= *y, "{} minutes {}, {} minutes {}", a, x, b, y);
                }
            }
        }
    }
}
