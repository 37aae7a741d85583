//! Pure: the files of a class that somebody begins, with comments that say what to change.

use std::fmt::Write;

use crate::exam::{yaml_key, yaml_text};

/// The text of a `class.yaml` with these scenarios.
pub(super) fn class(title: &str, scenarios: &[String]) -> String {
    let mut text = String::from(
        "# A class: what its learners play, until when, and how that counts.\n\
         # `satrain class check DIR` says what is wrong here; `satrain schema class` describes each field.\n\
         apiVersion: satrain.dev/class/v1\n",
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "title: {}\n", yaml_text(title));
    text.push_str(
        "# The learners: a CSV file with a column `id`.\n\
         roster: roster.csv\n\n\
         # The pass mark, in per cent.\n\
         pass: 67\n\n\
         # The scenarios, by id: `satrain list` shows all. Weights follow expected time, unless each task has one, such as\n\
         # `weight: 40`; together they are 100. `due` and `hidden` (checks that are not shown before feedback) belong to a task.\n\
         tasks:\n",
    );
    for scenario in scenarios {
        let _ = writeln!(text, "  - scenario: {}", yaml_key(scenario));
    }
    text.push_str(
        "\n# Each learner plays with values of their own, drawn by class.key. Keep that file: without it nobody can tell them.\n\
         variants: true\n\n\
         # Until when hand-ins are on time.\n\
         # due: 2026-12-01 18:00 Europe/Berlin\n\n\
         # What a late one costs: 10 per cent of the task for each begun day, nothing within 15 minutes; refused after a week.\n\
         # `refuse: true` grades nothing late. Needs `due`.\n\
         # late:\n\
         #   grace: 15m\n\
         #   perDay: 10\n\
         #   until: 7d\n\n\
         # Which of a learner's hand-ins counts: last or best.\n\
         counts: last\n\n\
         # When learners may see hidden checks and what was expected; left out: never.\n\
         # feedback:\n\
         #   from: 2026-12-15 12:00 Europe/Berlin\n",
    );
    text
}

/// The text of a roster to be replaced.
pub(super) fn roster() -> String {
    "id,name,email\nlearner-1,First Learner,learner-1@example.org\nlearner-2,Second Learner,learner-2@example.org\n".into()
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::super::roster::Roster;
    use super::*;

    #[test]
    fn what_is_written_reads_again_also_with_all_its_comments() {
        let scenarios = ["scenario-2".to_owned(), "true".to_owned()];
        let text = class("A \"class\": 1 # ü", &scenarios);
        let read_class = read("c.yaml", &text).unwrap_or_else(|e| panic!("{}\n{text}", e.one_line()));
        let class = read_class.class();
        assert_eq!(class.title, "A \"class\": 1 # ü");
        assert_eq!(class.tasks.iter().map(|task| task.scenario.clone()).collect::<Vec<_>>(), scenarios);
        let settings = ["due: ", "late:", "  grace", "  perDay", "  until", "feedback:", "  from"];
        let uncommented = settings.iter().fold(text, |text, field| {
            assert!(text.contains(&format!("# {field}")), "{field}");
            text.replace(&format!("\n# {field}"), &format!("\n{field}"))
        });
        let all = read("c.yaml", &uncommented).unwrap_or_else(|e| panic!("{}\n{uncommented}", e.one_line()));
        assert!(all.feedback.is_some() && all.due[0].is_some() && all.late.per_day == 10);
        assert!(uncommented.lines().all(|line| line.chars().count() <= 130));
        assert_eq!(Roster::read("r.csv", &roster()).unwrap().learners().len(), 2);
    }
}
