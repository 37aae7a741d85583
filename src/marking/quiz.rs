//! Pure: what the learners of a class answered to a quiz, as a gradebook of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::class::gradebook::{self, Gradebook, LeftOut, Standing};
use crate::class::{BoundClass, Roster};
use crate::quiz::answers::{mark, read};
use crate::quiz::model::{Item, Quiz};

/// A file of answers whose learner is known.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The learner's id.
    pub learner: String,
    /// The file, as it is shown.
    pub file: String,
    /// When it was handed in.
    pub submitted: Option<Timestamp>,
    /// Its text, or why there is none.
    pub text: Result<String, String>,
}

/// The gradebook of the quiz `topic`: its questions that were not right take the place of failed checks. Nothing is late.
pub fn quiz_gradebook(
    class: &BoundClass,
    roster: &Roster,
    (topic, items): (&str, &[(&Quiz, &Item)]),
    answered: Vec<Answered>,
    mut left_out: Vec<LeftOut>,
) -> Gradebook {
    let mut by_learner: BTreeMap<String, Vec<gradebook::Work>> = BTreeMap::new();
    for one in answered {
        let read = one.text.and_then(|text| Ok((read(&one.file, &text)?, text)));
        let standing = match read {
            Ok((answers, text)) => {
                let marked = mark(items, &answers);
                for id in &marked.unknown {
                    let why = format!("this quiz has no question `{}`", id.escape_debug());
                    left_out.push(LeftOut { file: one.file.clone(), why });
                }
                for (id, why) in &marked.unread {
                    let why = format!("its answer to `{id}` is none: {}", why.replace('\n', " "));
                    left_out.push(LeftOut { file: one.file.clone(), why });
                }
                Standing::Graded { key: key(topic, &text), percent: marked.percent(), failed: marked.wrong }
            }
            Err(why) => Standing::Refused { why: why.replace('\n', " ") },
        };
        by_learner.entry(one.learner).or_default().push(gradebook::Work {
            file: one.file,
            submitted_at: one.submitted,
            lateness: gradebook::Late::default(),
            standing,
        });
    }
    let rows = roster.learners().iter().map(|learner| {
        let work = by_learner.remove(&learner.id).unwrap_or_default();
        gradebook::row(learner, vec![(topic.to_owned(), 100, work)], class.counts, class.pass)
    });
    Gradebook {
        schema: Gradebook::SCHEMA.into(),
        title: format!("{}: {topic}", class.title),
        pass: class.pass,
        tasks: vec![(topic.to_owned(), 100)],
        rows: rows.collect(),
        left_out,
    }
}

fn key(topic: &str, text: &str) -> String {
    let sum = Sha256::digest(format!("satrain/answers/v1\0{topic}\0{text}"));
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
