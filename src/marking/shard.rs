//! Pure: which part of a class's hand-ins this machine plays, as somebody wrote it or a batch system says it.

use std::str::FromStr;

use crate::shard::{MOST, Shard};

/// The variables by which batch systems tell a task its place in an array: satrain's own job files, an Indexed Job of Kubernetes,
/// an array of Slurm.
pub const ARRAY_JOB: [&str; 4] =
    ["SATRAIN_SHARD_INDEX", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN"];

/// A part as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedShard {
    /// `3/8`.
    This(Shard),
    /// `auto/8`: the batch system says which.
    OfArray {
        /// How many parts there are.
        of: u32,
    },
}

impl FromStr for WantedShard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no part: write `3/8`, or `auto/8` in an array job (at most {MOST} parts)")
        };
        let wanted = match text.strip_prefix("auto/") {
            Some(of) => {
                of.parse().ok().filter(|of| Shard::new(1, *of).is_some()).map(|of| Self::OfArray { of })
            }
            None => text.parse().ok().map(Self::This),
        };
        wanted.ok_or_else(wrong)
    }
}

impl WantedShard {
    /// The part, where a batch system says which by its variables.
    ///
    /// # Errors
    /// In words: that none says it, or that it has more tasks than there are parts.
    pub fn resolved(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let of = match self {
            Self::This(shard) => return Ok(shard),
            Self::OfArray { of } => of,
        };
        let index = array_index(variable).ok_or(
            "no batch system says which part this is (JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID, SATRAIN_SHARD_INDEX)\nWrite it: `--shard 3/8`.",
        )?;
        index.checked_add(1).and_then(|number| Shard::new(number, of)).ok_or_else(|| {
            format!("this is task {index} of an array, counted from 0, and there are {of} parts only\nGive the array as many tasks as parts.")
        })
    }
}

/// The place of this task among those of an array job, counted from 0.
fn array_index(variable: impl Fn(&str) -> Option<String>) -> Option<u32> {
    let number = |name: &str| variable(name)?.trim().parse::<u32>().ok();
    // An Indexed Job of Kubernetes counts from 0, an array of Slurm from where it was told to.
    number("SATRAIN_SHARD_INDEX")
        .or_else(|| number("JOB_COMPLETION_INDEX"))
        .or_else(|| number("SLURM_ARRAY_TASK_ID")?.checked_sub(number("SLURM_ARRAY_TASK_MIN").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marking::Job;
    use crate::marking::Key;
    use crate::scenario::{Binding, Catalog, bind};

    fn keys() -> Vec<Key> {
        let loaded = Catalog::builtin().get("scenario-2").unwrap().clone();
        let bound = bind(&loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        (0..200).map(|n| Job::new(String::new(), format!("true {n}"), bound.clone()).key).collect()
    }

    #[test]
    fn each_job_is_in_one_part_and_the_parts_are_alike() {
        for of in [1, 2, 3, 8] {
            let shards: Vec<Shard> = (1..=of).map(|number| Shard::new(number, of).unwrap()).collect();
            let counts: Vec<usize> = shards
                .iter()
                .map(|shard| keys().iter().filter(|key| shard.holds(key.number())).count())
                .collect();
            assert_eq!(counts.iter().sum::<usize>(), 200);
            assert!(
                keys().iter().all(|key| shards.iter().filter(|shard| shard.holds(key.number())).count() == 1)
            );
            assert!(counts.iter().all(|count| *count > 100 / of as usize), "{counts:?}");
        }
    }

    #[test]
    fn a_part_is_read_or_refused() {
        let this = |number, of| Ok(WantedShard::This(Shard::new(number, of).unwrap()));
        assert_eq!("3/8".parse(), this(3, 8));
        assert_eq!("1/1".parse(), this(1, 1));
        assert_eq!("auto/8".parse(), Ok(WantedShard::OfArray { of: 8 }));
        for wrong in ["", "3", "0/8", "9/8", "3/0", "auto/0", "auto", "3/1001", "-1/8", "3/8/9", "x/8"] {
            let refused = wrong.parse::<WantedShard>().unwrap_err();
            assert!(refused.contains("is no part"), "{refused}");
        }
    }

    #[test]
    fn a_batch_system_says_which_part() {
        let auto = WantedShard::OfArray { of: 3 };
        let asked = |variables: &[(&str, &str)]| {
            let variables: Vec<(String, String)> =
                variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            auto.resolved(|name| variables.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
        };
        assert_eq!(asked(&[("JOB_COMPLETION_INDEX", "0")]), Ok(Shard::new(1, 3).unwrap()));
        assert_eq!(
            asked(&[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_MIN", "1")]),
            Ok(Shard::new(3, 3).unwrap())
        );
        assert_eq!(asked(&[("SLURM_ARRAY_TASK_ID", "2")]), Ok(Shard::new(3, 3).unwrap()));
        assert_eq!(asked(&[("SATRAIN_SHARD_INDEX", "1")]), Ok(Shard::new(2, 3).unwrap()));
        assert!(asked(&[("JOB_COMPLETION_INDEX", "3")]).unwrap_err().contains("3 parts only"));
        assert!(asked(&[("SLURM_ARRAY_TASK_ID", "x")]).unwrap_err().contains("--shard 3/8"));
        assert!(asked(&[]).is_err());
    }
}
