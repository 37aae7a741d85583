//! The learners of a class.
//!
//! In: the untrusted text of a CSV file with a column `id`. Out: a [`Roster`], or the first error with its place. Never: files.

use std::collections::BTreeMap;

use super::table::{Row, Table};
use crate::plural::counted;
use crate::scenario::{Result, did_you_mean, unknown};

/// The most learners of a class.
const MOST: usize = 5000;
/// The longest id, in characters.
const LONGEST_ID: usize = 64;

/// Somebody who takes part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learner {
    /// By which hand-ins and marks name them; exactly as the roster has it, with leading zeros.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// What the other columns say, by the names of the columns.
    pub more: BTreeMap<String, String>,
}

/// All learners of a class, with ids that differ by more than case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    learners: Vec<Learner>,
    places: BTreeMap<String, usize>,
}

impl Roster {
    /// Reads the text of the file `name`.
    ///
    /// # Errors
    /// When it is no CSV with a column `id`, or breaks another rule; with its place.
    pub fn read(name: &str, text: &str) -> Result<Self> {
        let table = Table::read(name, text, "id", MOST)?;
        let columns = Columns::of(&table)?;
        let mut roster = Self::default();
        for row in &table.rows {
            let learner = columns.learner(&table, row)?;
            if let Some(before) = roster.find(&learner.id) {
                let message = match before.id == learner.id {
                    true => format!("the id `{}` appears twice", learner.id),
                    false => format!("the ids `{}` and `{}` differ by case only", before.id, learner.id),
                };
                return Err(table
                    .error(row, columns.id, message)
                    .help("give each learner one line and one id"));
            }
            roster.places.insert(folded(&learner.id), roster.learners.len());
            roster.learners.push(learner);
        }
        match roster.learners.is_empty() {
            true => Err(table
                .error_in_header(columns.id, "there are no learners")
                .help("add a line for each learner below the header")),
            false => Ok(roster),
        }
    }

    /// These learners, whose ids differ.
    #[cfg(test)]
    pub(crate) fn new(learners: impl IntoIterator<Item = Learner>) -> Self {
        let learners: Vec<Learner> = learners.into_iter().collect();
        let places = learners.iter().enumerate().map(|(at, learner)| (folded(&learner.id), at)).collect();
        Self { learners, places }
    }

    /// The learners, in the order of the file.
    pub fn learners(&self) -> &[Learner] {
        &self.learners
    }

    /// The learner with this id, in whatever case it is written.
    pub fn find(&self, id: &str) -> Option<&Learner> {
        self.places.get(&folded(id.trim())).and_then(|at| self.learners.get(*at))
    }

    /// The same.
    ///
    /// # Errors
    /// When there is none (with the nearest id).
    pub fn named(&self, id: &str) -> Result<&Learner> {
        let known = || self.learners.iter().map(|learner| learner.id.as_str()).collect::<Vec<_>>();
        let found = self.find(id);
        found.ok_or_else(|| {
            let error = unknown("learner", id, &known());
            match error.advice() {
                Some(_) => error,
                None => error.help(format!("the roster has {}", counted(self.learners.len(), "learner"))),
            }
        })
    }
}

/// Where the columns are.
struct Columns {
    id: usize,
    name: Option<usize>,
    email: Option<usize>,
}

impl Columns {
    /// The columns that mean something, in any case; each name stands once.
    fn of(table: &Table<'_>) -> Result<Self> {
        let names: Vec<String> = table.columns().iter().map(|name| name.to_lowercase()).collect();
        for (column, name) in names.iter().enumerate() {
            if !name.is_empty() && names.iter().take(column).any(|before| before == name) {
                return Err(table.error_in_header(column, format!("the column `{name}` appears twice")));
            }
        }
        let column = |name: &str| names.iter().position(|n| n == name);
        let Some(id) = column("id") else {
            let shown: Vec<&str> =
                table.columns().iter().map(String::as_str).filter(|n| !n.is_empty()).collect();
            let near = did_you_mean("id", shown.iter().copied()).map(|near| format!(", such as `{near}`,"));
            return Err(table.error_in_header(0, "there is no column `id`").help(format!(
                "rename the column that tells learners apart{} to `id`; there are: {}",
                near.unwrap_or_default(),
                shown.join(", ")
            )));
        };
        Ok(Self { id, name: column("name"), email: column("email") })
    }

    fn learner(&self, table: &Table<'_>, row: &Row) -> Result<Learner> {
        let field = |column: usize| row.fields.get(column).map(String::as_str).unwrap_or_default();
        let id = field(self.id);
        if let Some((message, help)) = trouble(id) {
            return Err(table.error(row, self.id, message).help(help));
        }
        let said = |column: Option<usize>| column.map(field).filter(|s| !s.is_empty()).map(str::to_owned);
        let mut more = BTreeMap::new();
        for (column, name) in table.columns().iter().enumerate() {
            if [Some(self.id), self.name, self.email].contains(&Some(column)) {
                continue;
            }
            if name.is_empty() && !field(column).is_empty() {
                return Err(table
                    .error(row, column, "the column of this field has no name")
                    .help("name the column in the first line"));
            }
            if !name.is_empty() {
                more.insert(name.clone(), field(column).to_owned());
            }
        }
        Ok(Learner { id: id.to_owned(), name: said(self.name), email: said(self.email), more })
    }
}

/// Why `id` cannot be one, and what to do. Ids become names of files and words of command lines.
fn trouble(id: &str) -> Option<(String, &'static str)> {
    if id.is_empty() {
        return Some(("the learner has no id".into(), "write one, or remove the line"));
    }
    if id.chars().count() > LONGEST_ID {
        return Some((format!("an id has at most {LONGEST_ID} characters"), "shorten it"));
    }
    if id.contains(['/', '\t']) {
        return Some((
            "an id holds no `/` and no tab".into(),
            "ids become names of files: use another character",
        ));
    }
    if id.starts_with(['-', '.']) {
        return Some((
            "an id does not begin with `-` or `.`".into(),
            "ids become names of files: put another character first",
        ));
    }
    if is_shortened(id) {
        return Some((
            format!("`{id}` is a number that a spreadsheet has shortened"),
            "format the column as text, and enter the whole number",
        ));
    }
    None
}

/// Whether it is a number as spreadsheets show long ones: `1.23457E+11`.
fn is_shortened(id: &str) -> bool {
    let Some((digits, power)) = id.split_once("E+") else { return false };
    let are_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    are_digits(power) && are_digits(&digits.replacen(['.', ','], "", 1))
}

/// An id without its case. Some letters have no capital of their own: `ß` is written `SS`.
fn folded(id: &str) -> String {
    id.to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioErrorKind;

    fn read(text: &str) -> Roster {
        Roster::read("roster.csv", text).unwrap_or_else(|e| panic!("{}", e.one_line()))
    }

    #[test]
    fn learners_have_what_the_columns_say() {
        let roster = read("Name;ID;E-Mail;Group;\nMüller, Anna;007;a@x;B;\n;Ben;;;\n");
        let anna = &roster.learners()[0];
        assert_eq!(
            (anna.id.as_str(), anna.name.as_deref(), anna.email.as_deref()),
            ("007", Some("Müller, Anna"), None)
        );
        let more: Vec<(&str, &str)> = anna.more.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(more, [("E-Mail", "a@x"), ("Group", "B")]);
        assert_eq!(
            roster.learners()[1],
            Learner {
                id: "Ben".into(),
                more: [("E-Mail".into(), String::new()), ("Group".into(), String::new())].into(),
                ..Learner::default()
            }
        );
    }

    #[test]
    fn a_learner_is_found_in_any_case_and_a_wrong_id_is_answered() {
        let roster = read("id,email\nAnna,anna@example.org\n7,\n");
        assert_eq!(roster.find(" anna ").unwrap().email.as_deref(), Some("anna@example.org"));
        assert!(roster.find("007").is_none(), "leading zeros count");
        assert_eq!(roster.named("ANNA").unwrap().id, "Anna");
        let error = roster.named("Ann").unwrap_err();
        assert_eq!(
            (error.kind(), error.advice()),
            (ScenarioErrorKind::NotFound, Some("did you mean `Anna`?"))
        );
        assert_eq!(roster.named("xyz").unwrap_err().advice(), Some("the roster has 2 learners"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let long = format!("id\n{}\n", "x".repeat(65));
        for (text, wanted) in [
            ("name,email\na,b\n", "1:1: there is no column `id`"),
            ("id,Name,name\n1,a,b\n", "1:9: the column `name` appears twice"),
            ("id,name\n", "1:1: there are no learners"),
            ("name;id\na;\n", "2:3: the learner has no id"),
            ("name;id\na;7\nb;8\nc;7\n", "4:3: the id `7` appears twice"),
            ("id\nanna\nAnna\n", "3:1: the ids `anna` and `Anna` differ by case only"),
            ("id\na/b\n", "2:1: an id holds no `/`"),
            ("id\n..\n", "2:1: an id does not begin with"),
            ("id\n-x\n", "2:1: an id does not begin with"),
            ("id,n\n1.23457E+11,\n", "2:1: `1.23457E+11` is a number that a spreadsheet has shortened"),
            ("id,\n1,x\n", "2:3: the column of this field has no name"),
            (&long, "2:1: an id has at most 64 characters"),
        ] {
            let error = Roster::read("roster.csv", text).unwrap_err();
            assert!(error.one_line().starts_with(&format!("roster.csv:{wanted}")), "{}", error.one_line());
        }
        let many: String = (0..=MOST).map(|n| format!("{n}\n")).collect();
        let error = Roster::read("roster.csv", &format!("id\n{many}")).unwrap_err();
        assert_eq!(error.one_line(), "roster.csv:5002:1: the file has more than 5000 lines");
    }

    #[test]
    fn only_shortened_numbers_look_like_them() {
        assert!(is_shortened("1,23E+15") && is_shortened("1E+10"));
        assert!(
            !is_shortened("E+1") && !is_shortened("1E+x") && !is_shortened("anna.E+b") && !is_shortened("12")
        );
    }
}
