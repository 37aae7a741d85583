//! A row of the table that a learning platform exported: who a learner is there.

/// What a row says of its learner. Each is as the platform wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LmsRow {
    /// The line of the file where it starts, from 1 on.
    pub line: usize,
    /// Moodle's number of the participant in this assignment.
    pub participant: Option<u64>,
    /// Moodle's word for a participant, which stands for the name where marking is blind.
    pub blind: Option<String>,
    /// Canvas's number of the user.
    pub user: Option<u64>,
    /// The full name.
    pub name: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// Ids and login names: Moodle's ID number and other columns of the user, Canvas's SIS and login ids.
    pub ids: Vec<String>,
    /// The group that hands in together.
    pub group: Option<String>,
    /// When the hand-in was last changed, in the words and the time zone of the platform.
    pub submitted: Option<String>,
}

impl LmsRow {
    /// How a message names the row.
    pub fn called(&self) -> String {
        let number = self.participant.or(self.user).map(|number| number.to_string());
        let name = self.name.clone().filter(|name| !name.trim().is_empty());
        let who = [name, number].into_iter().flatten().collect::<Vec<_>>().join(", ");
        if who.is_empty() { format!("line {}", self.line) } else { format!("{who} (line {})", self.line) }
    }
}
