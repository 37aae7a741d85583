//! Pure: one of several parts of a whole, such as a class that three machines grade: `2/3`.

use std::fmt;
use std::str::FromStr;

/// The most parts.
pub const MOST: u32 = 1000;

/// Part `number` of `of`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// Part `number` of `of`; None: there is no such part.
    pub fn new(number: u32, of: u32) -> Option<Self> {
        ((1..=MOST).contains(&of) && (1..=of).contains(&number)).then_some(Self { number, of })
    }

    /// Whether the thing of that number is in it. Numbers that follow each other are in different parts.
    pub fn holds(self, number: u64) -> bool {
        number % u64::from(self.of) == u64::from(self.number - 1)
    }

    /// `base` for the whole, and `base-2-of-3` for a part: a name that no other part has.
    pub fn named(base: &str, shard: Option<Self>) -> String {
        shard.map_or_else(|| base.to_owned(), |Self { number, of }| format!("{base}-{number}-of-{of}"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let part =
            text.split_once('/').and_then(|(number, of)| Self::new(number.parse().ok()?, of.parse().ok()?));
        part.ok_or("write a part as `2/3`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_in_one_part_and_a_part_has_a_name() {
        let parts: Vec<Shard> = (1..=3).map(|number| Shard::new(number, 3).unwrap()).collect();
        for number in 0..10 {
            assert_eq!(parts.iter().filter(|part| part.holds(number)).count(), 1);
        }
        assert_eq!("2/3".parse(), Ok(parts[1]));
        assert_eq!(
            (parts[1].to_string(), Shard::named("lock", Some(parts[1]))),
            ("2/3".into(), "lock-2-of-3".into())
        );
        assert_eq!(Shard::named("lock", None), "lock");
        for wrong in ["", "3", "0/3", "4/3", "1/0", "1/1001", "1/2/3"] {
            wrong.parse::<Shard>().unwrap_err();
        }
    }
}
