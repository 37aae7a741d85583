//! A class for tests: what six learners hand in, and what a gradebook says.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "test support")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use satrain::scenario::Catalog;
use serde_json::Value;

/// Six learners: right scripts, and one that does nothing.
pub fn hand_ins(root: &Path) -> BTreeMap<String, u64> {
    let catalog = Catalog::builtin();
    let solution = &catalog.get("scenario-2").unwrap().scenario;
    let right = format!("set -e\n{}\n{}\n", solution.helpers, solution.solutions[0].run);
    let mut wanted = BTreeMap::new();
    for number in 0..6 {
        let learner = format!("learner-{number}");
        let (text, worth) =
            if number == 3 { ("true\n".to_owned(), 0) } else { (format!("{right}# {learner}\n"), 100) };
        fs::create_dir_all(root.join(&learner)).unwrap();
        fs::write(root.join(&learner).join("scenario-2.sh"), text).unwrap();
        wanted.insert(learner, worth);
    }
    wanted
}

/// What each learner earned, by the JSON of a gradebook.
pub fn points(book: &Value) -> BTreeMap<String, u64> {
    let rows = book["rows"].as_array().unwrap();
    let points =
        |row: &Value| Some((row["learner"].as_str()?.to_owned(), row["tasks"][0]["percent"].as_u64()?));
    rows.iter().filter_map(points).collect()
}
