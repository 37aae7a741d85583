//! Gradescope's `results.json`, which several graders and sites read.
//!
//! In: the marks of one hand-in in plain terms. Out: types that serde writes. Strings and lists are bounded: Gradescope shows
//! them in a page. Source of the format: Gradescope's autograder documentation, "Autograder Specifications", "Output Format".

use serde::Serialize;

/// The longest name or tag, in characters.
const LONGEST_NAME: usize = 200;
/// The longest output of a test or of the whole, in bytes.
const LONGEST_OUTPUT: usize = 16 << 10;
/// The most tests.
const MOST_TESTS: usize = 1000;
/// The most tags of a test.
const MOST_TAGS: usize = 20;

/// Who sees a test or an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The learner, at once.
    #[default]
    Visible,
    /// The instructors only.
    Hidden,
    /// The learner, when the due date is over.
    AfterDueDate,
    /// The learner, when the instructor publishes the grades.
    AfterPublished,
}

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
}

/// How an output is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As it is.
    #[default]
    Text,
    /// As Markdown.
    Md,
}

/// One check of a hand-in, in plain terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What it checks.
    pub name: String,
    /// Its number, such as `2.1`.
    pub number: Option<String>,
    /// Points earned; None where it could not be judged.
    pub points: Option<f64>,
    /// Points that it is worth.
    pub worth: f64,
    /// What the learner is told.
    pub output: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who sees it.
    pub visibility: Visibility,
}

/// A hand-in, in plain terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graded {
    /// Its checks.
    pub checks: Vec<Check>,
    /// The points of the whole where they are not the sum: after a deduction for being late. None: Gradescope sums up.
    pub points: Option<f64>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// What the learner is told of the whole.
    pub output: Option<String>,
    /// Who sees the whole.
    pub visibility: Visibility,
    /// What other programs read: kept as it is.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// Points of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_time: Option<f64>,
    /// Text above the tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How the output is shown.
    pub output_format: Format,
    /// Who sees the whole.
    pub visibility: Visibility,
    /// Who sees what the grader printed: nobody but the instructors.
    pub stdout_visibility: Visibility,
    /// What other programs read.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra_data: serde_json::Map<String, serde_json::Value>,
    /// The checks.
    pub tests: Vec<Test>,
}

/// A check in the document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    /// What it checks.
    pub name: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Points earned.
    pub score: f64,
    /// Points that it is worth.
    pub max_score: f64,
    /// How it went; none where it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What the learner is told.
    pub output: String,
    /// How the output is shown.
    pub output_format: Format,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who sees it.
    pub visibility: Visibility,
}

/// The document of a hand-in.
pub fn results(graded: &Graded) -> Results {
    Results {
        score: graded.points.map(points),
        execution_time: graded.seconds.map(points),
        output: graded.output.as_deref().map(output),
        output_format: Format::Text,
        visibility: graded.visibility,
        stdout_visibility: Visibility::Hidden,
        extra_data: graded.extra.clone(),
        tests: graded.checks.iter().take(MOST_TESTS).map(test).collect(),
    }
}

fn test(check: &Check) -> Test {
    let worth = points(check.worth);
    let score = check.points.map_or(0.0, points).min(worth);
    let status = check.points.map(|_| if score >= worth { Status::Passed } else { Status::Failed });
    Test {
        name: name(&check.name),
        number: check.number.as_deref().map(name),
        score,
        max_score: worth,
        status,
        output: output(&check.output),
        output_format: Format::Text,
        tags: check.tags.iter().take(MOST_TAGS).map(|tag| name(tag)).collect(),
        visibility: check.visibility,
    }
}

/// No negative number, and none that JSON has not.
fn points(number: f64) -> f64 {
    if number.is_finite() { number.max(0.0) } else { 0.0 }
}

fn name(text: &str) -> String {
    text.chars().filter(|c| !super::text::is_hidden(*c)).take(LONGEST_NAME).collect()
}

fn output(text: &str) -> String {
    let first = super::text::cut(text, LONGEST_OUTPUT);
    let shown = |c: &char| matches!(c, '\n' | '\t') || !super::text::is_hidden(*c);
    let kept: String = first.chars().filter(shown).collect();
    if first.len() < text.len() { format!("{kept}\n… (cut)") } else { kept }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check() -> Check {
        Check {
            name: "The Role is narrow\u{1b}[0m".into(),
            number: Some("1.1".into()),
            points: Some(5.0),
            worth: 10.0,
            output: "verbs: \"*\"\n".into(),
            tags: vec!["rbac".into()],
            visibility: Visibility::AfterDueDate,
        }
    }

    #[test]
    fn the_document_has_gradescopes_names() {
        let graded = Graded { checks: vec![check()], seconds: Some(12.5), ..Graded::default() };
        assert_eq!(
            serde_json::to_value(results(&graded)).unwrap(),
            json!({
                "execution_time": 12.5, "output_format": "text", "visibility": "visible", "stdout_visibility": "hidden",
                "tests": [{
                    "name": "The Role is narrow[0m", "number": "1.1", "score": 5.0, "max_score": 10.0, "status": "failed",
                    "output": "verbs: \"*\"\n", "output_format": "text", "tags": ["rbac"], "visibility": "after_due_date",
                }],
            })
        );
    }

    #[test]
    fn what_was_not_judged_has_no_status_and_numbers_are_sane() {
        let odd = Check { points: None, worth: f64::NAN, ..check() };
        let over = Check { points: Some(99.0), ..check() };
        let got = results(&Graded { checks: vec![odd, over], points: Some(-1.0), ..Graded::default() });
        assert_eq!((got.score, got.tests[0].status, got.tests[0].max_score), (Some(0.0), None, 0.0));
        assert_eq!((got.tests[1].score, got.tests[1].status), (10.0, Some(Status::Passed)));
    }

    #[test]
    fn strings_and_lists_are_bounded() {
        let long = Check { output: "é".repeat(100_000), tags: vec!["x".repeat(999); 99], ..check() };
        let got = results(&Graded { checks: vec![long; 2000], ..Graded::default() });
        assert_eq!((got.tests.len(), got.tests[0].tags.len()), (MOST_TESTS, MOST_TAGS));
        assert!(got.tests[0].output.len() <= LONGEST_OUTPUT + 20 && got.tests[0].output.ends_with("(cut)"));
        assert_eq!(got.tests[0].tags[0].len(), LONGEST_NAME);
    }
}
