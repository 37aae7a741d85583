//! Pure: the mark of a class.

/// The mark in per cent of tasks, each with what it earned in per cent and its weight; rounded down, as the mark of an exam is.
pub fn mark(tasks: &[(u32, u32)]) -> u32 {
    let earned: u64 =
        tasks.iter().map(|(percent, weight)| u64::from(*percent.min(&100)) * u64::from(*weight)).sum();
    let of: u64 = tasks.iter().map(|(_, weight)| u64::from(*weight)).sum();
    earned.checked_div(of).and_then(|mark| u32::try_from(mark).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_weighted_mean_and_only_full_with_everything() {
        assert_eq!(mark(&[(100, 60), (50, 40)]), 80);
        assert_eq!(mark(&[(100, 60), (99, 40)]), 99);
        assert_eq!(mark(&[(100, 33), (100, 33), (100, 34)]), 100);
        assert_eq!(mark(&[(66, 50), (67, 50)]), 66);
        assert_eq!(mark(&[]), 0);
    }
}
