//! A grade's recording is judged again to the same result, and holds no token.

use satrain::grade::token_ref::TokenPlace;
use satrain::grade::{Grade, Token};
use satrain::lab::attempt::Attempt;
use satrain::result::recording::{Recording, replay};

/// What is wrong with the recording of a grade.
pub fn problems(attempt: &Attempt, grade: &Grade) -> Vec<String> {
    let recording = Recording::of(attempt, grade, None);
    let result = recording.result_of(grade);
    let bytes = recording.to_bytes().unwrap();
    let mut problems = Vec::new();
    match replay(&bytes) {
        Ok(again) => {
            let text = |result| serde_json::to_string_pretty(result).unwrap();
            if text(&again) != text(&result) {
                problems.push(format!(
                    "judged again it is otherwise: {}\n--- was: {}",
                    text(&again),
                    text(&result)
                ));
            }
        }
        Err(e) => problems.push(format!("it cannot be judged again: {e}")),
    }
    let kept = [
        ("recording", String::from_utf8(bytes).unwrap()),
        ("baseline", serde_json::to_string(&attempt.baseline).unwrap()),
        ("result", serde_json::to_string(&result).unwrap()),
    ];
    for (what, text) in &kept {
        problems.extend(
            tokens(attempt)
                .iter()
                .filter(|token| holds(text, token))
                .map(|_| format!("a token in the {what}")),
        );
        problems.extend(
            ["eyJ", "ZXlK"].iter().filter(|sign| text.contains(**sign)).map(|s| format!("{s} in the {what}")),
        );
    }
    problems
}

/// Every token of the attempt: those that were captured, and those in the learner's files.
fn tokens(attempt: &Attempt) -> Vec<String> {
    let captured: Vec<(TokenPlace, Token)> = attempt.vault.clone().into();
    let mut all: Vec<String> = captured.iter().map(|(_, token)| token.reveal().to_owned()).collect();
    for entry in std::fs::read_dir(attempt.dir.workspace().join("answers")).unwrap().flatten() {
        all.push(std::fs::read_to_string(entry.path()).unwrap().trim().to_owned());
    }
    all.retain(|text| text.matches('.').count() == 2 && text.starts_with("eyJ"));
    all
}

/// Whether a piece of the token's signature is in the text.
fn holds(text: &str, token: &str) -> bool {
    let signature: Vec<char> = token.rsplit('.').next().unwrap().chars().collect();
    signature.windows(12).any(|piece| text.contains(&piece.iter().collect::<String>()))
}
