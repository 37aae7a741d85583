//! Pure: what somebody typed, as an answer to an item.

use super::model::Task;

/// An answer; options, steps, pairs and points are counted from 0 in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The chosen options, or ticked points.
    Chosen(Vec<usize>),
    /// The steps in order.
    Order(Vec<usize>),
    /// For each left side the right side: of pair n, or n - number of pairs of the further ones.
    Pairs(Vec<usize>),
    /// A number or a few words.
    Text(String),
    /// Lines, counted from 1.
    Lines(Vec<u32>),
    /// What the API server said of a mended manifest: for each check what is wrong, if something is.
    Checked(Vec<Option<String>>),
}

/// An answer as somebody would type it; the inverse of [`read`].
pub fn typed(task: &Task<'_>, shown: &[usize], answer: &Answer) -> String {
    let place = |i: &usize| shown.iter().position(|s| s == i).map_or('?', letter).to_string();
    let joined = |parts: Vec<String>| parts.join(" ");
    match answer {
        Answer::Chosen(all) | Answer::Order(all) => joined(all.iter().map(place).collect()),
        Answer::Pairs(all) => {
            let pair = |(n, i): (usize, &usize)| format!("{}{}", n + 1, place(i));
            joined(all.iter().enumerate().map(pair).collect())
        }
        Answer::Text(text) => match task {
            Task::Number(number) => {
                format!("{text} {}", number.unit.as_deref().unwrap_or_default()).trim().to_owned()
            }
            _ => text.clone(),
        },
        Answer::Lines(all) => all.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        Answer::Checked(_) => String::new(),
    }
}

/// The letter of the option that is shown at place `n`: a, b, c …
pub fn letter(n: usize) -> char {
    u8::try_from(n).ok().and_then(|n| b'a'.checked_add(n)).map_or('?', char::from)
}

/// Reads what was typed. `shown`: which option, step or right side stands at each place.
///
/// # Errors
/// When it is no answer to such an item, with how one looks.
pub fn read(task: &Task<'_>, shown: &[usize], typed: &str) -> Result<Answer, String> {
    let typed = typed.trim();
    match task {
        Task::Single(_) | Task::Predict(_) => match letters(typed, shown)?.as_slice() {
            [one] => Ok(Answer::Chosen(vec![*one])),
            _ => Err(format!("enter one letter, such as `{}`", letter(0))),
        },
        Task::Multiple(_) => match letters(typed, shown)? {
            chosen if chosen.is_empty() => {
                Err("enter the letters of all correct options, such as `a c`".into())
            }
            chosen => Ok(Answer::Chosen(chosen)),
        },
        // None of the points is an answer too.
        Task::Open(points) => Ok(Answer::Chosen(letters(typed, &(0..points.len()).collect::<Vec<_>>())?)),
        Task::Ordering(steps) => {
            let order = letters(typed, shown)?;
            if order.len() == steps.len() {
                Ok(Answer::Order(order))
            } else {
                Err(format!("enter all {} letters, from first to last, such as `b a c`", steps.len()))
            }
        }
        Task::Matching(matching) => pairs(typed, shown, matching.pairs.len()),
        Task::Number(_) | Task::Short(_) if typed.is_empty() => Err("enter an answer".into()),
        Task::Number(_) | Task::Short(_) => Ok(Answer::Text(typed.to_owned())),
        // Not typed on one line: see `Answer::Checked`.
        Task::Fix(_) => Err("enter a manifest".into()),
        Task::Lines(lines) => line_numbers(typed, lines.text.lines().count()),
    }
}

/// `b`, `a c`, `a, c`, `ac`.
fn letters(typed: &str, shown: &[usize]) -> Result<Vec<usize>, String> {
    let mut chosen = Vec::new();
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != ',') {
        let place = (0..shown.len()).find(|n| letter(*n) == c.to_ascii_lowercase());
        let Some(option) = place.and_then(|n| shown.get(n)) else {
            let last = letter(shown.len().saturating_sub(1));
            return Err(format!("`{}` is not one of a to {last}", c.escape_debug()));
        };
        if chosen.contains(option) {
            return Err(format!("`{c}` appears twice"));
        }
        chosen.push(*option);
    }
    Ok(chosen)
}

/// `1c 2a 3b`: the number of the left side, the letter of the right side.
fn pairs(typed: &str, shown: &[usize], lefts: usize) -> Result<Answer, String> {
    let how = || format!("enter a letter for each number from 1 to {lefts}, such as `1b 2a`");
    let mut found = vec![None; lefts];
    for word in typed.split([' ', ',', '\t']).filter(|w| !w.is_empty()) {
        let at = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(how)?;
        let left: usize = word[..at].parse().map_err(|_| how())?;
        let right = match letters(word[at..].trim_start_matches(['-', '=', ':']), shown)?.as_slice() {
            [one] => *one,
            _ => return Err(how()),
        };
        let place = left.checked_sub(1).and_then(|n| found.get_mut(n)).ok_or_else(how)?;
        if place.replace(right).is_some() {
            return Err(format!("{left} appears twice"));
        }
    }
    found.into_iter().collect::<Option<Vec<_>>>().map(Answer::Pairs).ok_or_else(how)
}

/// `4`, `4 7`, `4, 7`, `4-6`.
fn line_numbers(typed: &str, count: usize) -> Result<Answer, String> {
    let how = || format!("enter line numbers from 1 to {count}, such as `4 7` or `4-6`");
    let mut lines = Vec::new();
    for word in typed.split([' ', ',', '\t']).filter(|w| !w.is_empty()) {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last): (u32, u32) = (first.parse().map_err(|_| how())?, last.parse().map_err(|_| how())?);
        if first == 0 || last < first || usize::try_from(last).map_or(true, |last| last > count) {
            return Err(how());
        }
        lines.extend(first..=last);
    }
    lines.sort_unstable();
    lines.dedup();
    if lines.is_empty() { Err(how()) } else { Ok(Answer::Lines(lines)) }
}
