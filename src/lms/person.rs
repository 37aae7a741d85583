//! Pure: which learner of the roster a row of another system's table is. Two learners of one name are never told apart by it.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{key, name_keys, same_name};
use super::row::LmsRow;
use crate::class::{Learner, Roster};

/// Why a row is nobody of the roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmatched {
    /// Neither an id, an email address nor a name is one of the roster.
    #[error("nobody in the roster has its id, email address or name")]
    Nobody,
    /// It fits several learners.
    #[error("it fits several learners: {}", .0.join(", "))]
    Several(Vec<String>),
    /// Several rows fit this learner.
    #[error("another row also fits the learner {0}")]
    Twice(String),
}

/// Headings of roster columns that hold ids or login names of a learning platform.
const ID_COLUMNS: [&str; 8] =
    ["sisuserid", "sisloginid", "idnumber", "studentid", "login", "loginid", "username", "integrationid"];
/// Headings of roster columns that hold Canvas's number of the user: a roster may be Canvas's own export.
const USER_COLUMNS: [&str; 4] = ["id", "canvasid", "canvasuserid", "canvasuser"];
/// Headings of roster columns that hold Moodle's number of the participant.
const PARTICIPANT_COLUMNS: [&str; 3] = ["identifier", "participant", "participantnumber"];

/// The learners of a roster, found by what other systems know of them.
pub(crate) struct People<'a> {
    learners: &'a [Learner],
    ids: BTreeMap<String, BTreeSet<usize>>,
    users: BTreeMap<u64, BTreeSet<usize>>,
    participants: BTreeMap<u64, BTreeSet<usize>>,
    names: BTreeMap<String, BTreeSet<usize>>,
    groups: BTreeMap<String, BTreeSet<usize>>,
}

impl<'a> People<'a> {
    pub(crate) fn of(roster: &'a Roster) -> Self {
        let learners = roster.learners();
        let mut people = Self {
            learners,
            ids: BTreeMap::new(),
            users: BTreeMap::new(),
            participants: BTreeMap::new(),
            names: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        for (at, learner) in learners.iter().enumerate() {
            let mut put = |id: &str| {
                if !id.trim().is_empty() {
                    people.ids.entry(id.trim().to_lowercase()).or_default().insert(at);
                }
            };
            put(&learner.id);
            learner.email.iter().for_each(|email| put(email));
            for (heading, value) in &learner.more {
                let heading = key(heading);
                if ID_COLUMNS.contains(&heading.as_str()) {
                    put(value);
                }
                let numbers = [
                    (&USER_COLUMNS[..], &mut people.users, value.trim().parse().ok()),
                    (&PARTICIPANT_COLUMNS[..], &mut people.participants, trailing_number(value)),
                ];
                for (columns, map, number) in numbers {
                    if let Some(number) = number.filter(|_| columns.contains(&heading.as_str())) {
                        map.entry(number).or_default().insert(at);
                    }
                }
                if heading == "group" && !key(value).is_empty() {
                    people.groups.entry(key(value)).or_default().insert(at);
                }
            }
            for name in learner.name.iter().flat_map(|name| name_keys(name)) {
                people.names.entry(name).or_default().insert(at);
            }
        }
        people
    }

    pub(crate) fn learner(&self, at: usize) -> &'a Learner {
        &self.learners[at]
    }

    /// Learners with this id, email address or login name. The same spelling counts for more than one in another case.
    pub(crate) fn by_id(&self, text: &str) -> BTreeSet<usize> {
        let found = self.ids.get(&text.trim().to_lowercase()).cloned().unwrap_or_default();
        let exact = found.iter().copied().find(|at| self.learners[*at].id == text.trim());
        exact.map_or(found, |at| [at].into())
    }

    /// Learners of whom the roster knows Canvas's number; else the one whose id it is, if the name fits too: the number of a
    /// student may be the number of another one's account.
    pub(crate) fn by_user(&self, user: u64, name: &str) -> BTreeSet<usize> {
        if let Some(found) = self.users.get(&user) {
            return found.clone();
        }
        let fits = |at: &usize| self.learners[*at].name.as_deref().is_some_and(|own| same_name(own, name));
        self.by_id(&user.to_string()).into_iter().filter(fits).collect()
    }

    pub(crate) fn by_participant(&self, number: u64) -> BTreeSet<usize> {
        self.participants.get(&number).cloned().unwrap_or_default()
    }

    pub(crate) fn by_name(&self, name: &str) -> BTreeSet<usize> {
        self.names.get(&key(name)).cloned().unwrap_or_default()
    }

    pub(crate) fn by_group(&self, name: &str) -> BTreeSet<usize> {
        self.groups.get(&key(name)).cloned().unwrap_or_default()
    }

    pub(crate) fn ids(&self, of: &BTreeSet<usize>) -> Vec<String> {
        of.iter().map(|at| self.learners[*at].id.clone()).collect()
    }

    /// The learners that a row's ids, address and numbers say.
    fn surely(&self, row: &LmsRow) -> BTreeSet<usize> {
        let said = row.ids.iter().chain(&row.email);
        let mut found: BTreeSet<usize> = said.flat_map(|id| self.by_id(id)).collect();
        if let Some(number) = row.participant {
            found.extend(self.by_participant(number));
        }
        if let Some(user) = row.user.filter(|_| found.is_empty()) {
            found.extend(self.by_user(user, row.name.as_deref().unwrap_or_default()));
        }
        found
    }
}

/// The number at the end of a text.
pub(crate) fn trailing_number(text: &str) -> Option<u64> {
    let text = text.trim();
    let start = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
    text[start..].parse().ok()
}

/// The learner of each row: by its ids and address, else by its name where it is one learner's alone.
pub fn match_rows(rows: &[LmsRow], roster: &Roster) -> Vec<Result<String, Unmatched>> {
    let people = People::of(roster);
    let sure: Vec<_> = rows.iter().map(|row| people.surely(row)).collect();
    let taken: BTreeSet<usize> = sure.iter().filter(|found| found.len() == 1).flatten().copied().collect();
    let candidates: Vec<BTreeSet<usize>> = rows
        .iter()
        .zip(sure)
        .map(|(row, found)| match (&row.name, found.is_empty()) {
            (Some(name), true) => {
                // All of that name count: that one of two has a row of its own does not say that the other one is here.
                let named = people.by_name(name);
                if named.len() == 1 && named.is_subset(&taken) { BTreeSet::new() } else { named }
            }
            _ => found,
        })
        .collect();
    let mut claims: BTreeMap<usize, usize> = BTreeMap::new();
    candidates
        .iter()
        .filter(|found| found.len() == 1)
        .flatten()
        .for_each(|at| *claims.entry(*at).or_default() += 1);
    let decide = |found: &BTreeSet<usize>| match (found.first(), found.len()) {
        (None, _) => Err(Unmatched::Nobody),
        (Some(at), 1) if claims.get(at).is_some_and(|rows| *rows > 1) => {
            Err(Unmatched::Twice(people.learner(*at).id.clone()))
        }
        (Some(at), 1) => Ok(people.learner(*at).id.clone()),
        _ => Err(Unmatched::Several(people.ids(found))),
    };
    candidates.iter().map(decide).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn learner(id: &str, name: &str, email: &str) -> Learner {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Learner { id: id.into(), name: some(name), email: some(email), more: BTreeMap::new() }
    }

    pub(crate) fn with(mut learner: Learner, heading: &str, value: &str) -> Learner {
        learner.more.insert(heading.into(), value.into());
        learner
    }

    fn row(name: &str, ids: &[&str], email: &str) -> LmsRow {
        LmsRow {
            name: Some(name.into()),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            email: Some(email.to_owned()).filter(|email| !email.is_empty()),
            ..LmsRow::default()
        }
    }

    fn roster() -> Roster {
        Roster::new([
            learner("al042", "Ada Lovelace", "ada@example.org"),
            learner("ah007", "Alan Hopper", "Alan@example.org"),
            learner("js1", "John Smith", ""),
            learner("js2", "Smith, John", ""),
            with(learner("gk", "Grace Kay", ""), "ID", "4711"),
        ])
    }

    #[test]
    fn ids_count_first_then_addresses_then_names() {
        let rows = [
            row("Somebody Else", &["AL042"], ""),
            row("", &[], "alan@EXAMPLE.org"),
            row("Kay, Grace", &[], ""),
        ];
        let found = match_rows(&rows, &roster());
        assert_eq!(found, [Ok("al042".into()), Ok("ah007".into()), Ok("gk".into())]);
        let canvas = LmsRow { user: Some(4711), ..LmsRow::default() };
        assert_eq!(match_rows(&[canvas], &roster()), [Ok("gk".into())]);
    }

    #[test]
    fn two_of_one_name_are_never_guessed() {
        let both = Err(Unmatched::Several(vec!["js1".into(), "js2".into()]));
        assert_eq!(match_rows(&[row("John Smith", &[], "")], &roster()), std::slice::from_ref(&both));
        let rows = [row("John Smith", &["js1"], ""), row("John Smith", &[], "")];
        assert_eq!(match_rows(&rows, &roster()), [Ok("js1".into()), both]);
    }

    #[test]
    fn contradictions_and_strangers_are_said() {
        let rows = [row("x", &["al042"], "alan@example.org"), row("Eve", &["eve"], "")];
        let found = match_rows(&rows, &roster());
        assert_eq!(found[0], Err(Unmatched::Several(vec!["al042".into(), "ah007".into()])));
        assert_eq!(found[1], Err(Unmatched::Nobody));
        let twice = [row("", &["al042"], ""), row("", &[], "ada@example.org")];
        assert!(match_rows(&twice, &roster()).iter().all(|r| *r == Err(Unmatched::Twice("al042".into()))));
    }

    #[test]
    fn the_number_of_an_account_is_not_the_number_of_a_student() {
        let numbered = Roster::new([learner("1234", "Ada Lovelace", ""), learner("99", "Alan Hopper", "")]);
        let account = |user, name: &str| LmsRow { user: Some(user), ..row(name, &[], "") };
        assert_eq!(match_rows(&[account(1234, "Hopper, Alan")], &numbered), [Ok("99".into())]);
        assert_eq!(match_rows(&[account(1234, "Lovelace, Ada")], &numbered), [Ok("1234".into())]);
    }
}
