//! Pure: numbers with what they count, in the singular and the plural.

use std::fmt::Display;

/// `1 task`, `2 tasks`; of nouns that form their plural with an s.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    let end = if count == N::from(1) { "" } else { "s" };
    format!("{count} {what}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        assert_eq!([0_u32, 1, 2].map(|n| counted(n, "task")), ["0 tasks", "1 task", "2 tasks"]);
        assert_eq!(counted(1_usize, "minute"), "1 minute");
    }
}
