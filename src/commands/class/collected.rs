//! Marks of other machines, taken from a store into the folder of the class.

use crate::error::{Failure, Result};
use crate::marking::{Job, Marks, Outcomes, Pool};

/// Takes marks that are new in the store. What is in the place of one and is none goes: nobody would play the hand-in otherwise.
pub(super) async fn collect(pool: &Pool, jobs: &[Job], marks: &Marks, outcomes: &mut Outcomes) -> Result<()> {
    let there = pool.marks().await.map_err(Failure::other)?;
    for job in without_outcome(jobs, outcomes).into_iter().filter(|job| there.contains(&job.key)) {
        let Some(kept) = pool.kept(job).await.map_err(Failure::other)? else {
            pool.unmark(&job.key).await.map_err(Failure::other)?;
            continue;
        };
        marks.keep(&job.key, &kept).map_err(|e| Failure::of_file(marks.root(), &e))?;
        outcomes.insert(job.key.clone(), Ok(kept.mark));
    }
    Ok(())
}

/// The jobs of which nothing came yet.
pub(super) fn without_outcome<'a>(jobs: &'a [Job], outcomes: &Outcomes) -> Vec<&'a Job> {
    jobs.iter().filter(|job| !outcomes.contains_key(&job.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marking::Key;
    use crate::objects::{Objects, Variables};
    use crate::scenario::{Binding, Catalog, bind};

    #[tokio::test]
    async fn what_is_no_mark_does_not_stay_in_the_place_of_one() {
        let root = tempfile::tempdir().unwrap();
        let loaded = Catalog::one(&[], "scenario-2").unwrap();
        let bound = bind(&loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        let job = Job::new("anna".into(), "true".into(), bound);
        let place = root.path().join("store/marks");
        std::fs::create_dir_all(&place).unwrap();
        let [file, other] = [job.key.as_str(), &"0".repeat(64)].map(|key| place.join(format!("{key}.json")));
        for file in [&file, &other] {
            std::fs::write(file, "{}").unwrap();
        }
        let url = root.path().join("store").display().to_string();
        let pool = Pool::new(Objects::open(&url, &Variables::default()).unwrap());
        let (marks, mut outcomes) = (Marks::new(root.path().join("results")), Outcomes::new());
        collect(&pool, &[job], &marks, &mut outcomes).await.unwrap();
        assert!(outcomes.is_empty() && !file.exists() && other.exists());
        assert_eq!(
            pool.marks().await.unwrap().into_iter().map(|key: Key| key.to_string()).collect::<Vec<_>>(),
            ["0".repeat(64)]
        );
    }
}
