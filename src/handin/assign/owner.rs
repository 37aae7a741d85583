//! Whose one hand-in is: what its readings say, held against the table and the roster.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Why;
use crate::class::Roster;
use crate::handin::names::{self, Clue, Kind, Named};
use crate::handin::task::{named_after, task_of};
use crate::lms::LmsRow;
use crate::lms::key::{key, name_keys, same_name};
use crate::lms::person::{People, Unmatched, match_rows};

pub(super) type Owned = (BTreeSet<usize>, String, Named, Option<String>);

/// What is known of the learners.
pub(super) struct Desk<'a> {
    pub(super) people: People<'a>,
    rows: &'a [LmsRow],
    owners: Vec<Result<usize, Unmatched>>,
    participants: BTreeMap<u64, usize>,
    users: BTreeMap<u64, usize>,
    /// The learners of each group in the table.
    groups: BTreeMap<String, BTreeSet<usize>>,
    /// When each learner handed in, as the table says it.
    times: BTreeMap<usize, &'a str>,
}

impl<'a> Desk<'a> {
    pub(super) fn of(roster: &'a Roster, rows: &'a [LmsRow]) -> Self {
        let place: BTreeMap<&str, usize> =
            roster.learners().iter().enumerate().map(|(at, learner)| (learner.id.as_str(), at)).collect();
        let owner = |found: Result<String, Unmatched>| {
            found.and_then(|id| place.get(id.as_str()).copied().ok_or(Unmatched::Nobody))
        };
        let owners: Vec<_> = match_rows(rows, roster).into_iter().map(owner).collect();
        let mut groups: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut times = BTreeMap::new();
        for (row, owner) in rows.iter().zip(&owners) {
            let Ok(owner) = owner else { continue };
            if let Some(group) = row.group.as_deref().map(key).filter(|group| !group.is_empty()) {
                groups.entry(group).or_default().insert(*owner);
            }
            if let Some(time) = &row.submitted {
                times.insert(*owner, time.as_str());
            }
        }
        let numbers = |number: fn(&LmsRow) -> Option<u64>| {
            rows.iter().enumerate().filter_map(|(at, row)| Some((number(row)?, at))).collect()
        };
        Self {
            people: People::of(roster),
            rows,
            owners,
            participants: numbers(|row| row.participant),
            users: numbers(|row| row.user),
            groups,
            times,
        }
    }

    /// The learners of one path, its task, the reading that says so, and the time in the table.
    pub(super) fn one(&self, path: &Path, tasks: &[String], others: &[String]) -> Result<Owned, Why> {
        let readings = names::read(path)?;
        let mut found: Option<(BTreeSet<usize>, &Named)> = None;
        let mut first_why = None;
        for named in &readings {
            match self.owner(named) {
                Ok(owners) => match &found {
                    Some((others, _)) if *others != owners => {
                        return Err(Why::Ambiguous(
                            self.people.ids(&others.union(&owners).copied().collect()),
                        ));
                    }
                    Some(_) => {}
                    None => found = Some((owners, named)),
                },
                // What fits several learners, or a number of somebody else, is not settled by another reading: a name can be
                // changed before the export and back again.
                Err(why @ (Why::Ambiguous(_) | Why::OtherName { .. } | Why::Row { .. })) => return Err(why),
                Err(why) => first_why = first_why.or(Some(why)),
            }
        }
        let Some((owners, named)) = found else {
            return Err(first_why.unwrap_or_else(|| Why::Unknown(said(&readings[0]))));
        };
        let is_user = |named: &&Named| matches!(named.learner, Clue::User { .. });
        if self.users.is_empty() && is_user(&named) && readings.iter().filter(is_user).count() > 1 {
            return Err(Why::SeveralNumbers);
        }
        if named.kind != Kind::File {
            return Err(Why::NoFile);
        }
        if let Some(other) = named_after(&named.file, &named.folders, tasks, others) {
            return Err(Why::OtherTask(other));
        }
        let task = task_of(&named.file, &named.folders, tasks)
            .map_err(|why| Why::Task { learner: self.people.ids(&owners).join(", "), why })?;
        let submitted = owners.first().and_then(|at| self.times.get(at)).map(|time| (*time).to_owned());
        Ok((owners, task, named.clone(), submitted))
    }

    /// The learners whom one reading says: several where a group handed in together.
    fn owner(&self, named: &Named) -> Result<BTreeSet<usize>, Why> {
        match &named.learner {
            Clue::Participant { name, number } => self.participant(name, *number),
            Clue::User { name, user, .. } => self.user(name, *user),
            Clue::Anonymous { code, .. } => Err(Why::Anonymous(code.clone())),
            Clue::Id { parts } => {
                let found: BTreeSet<usize> = parts.iter().flat_map(|part| self.people.by_id(part)).collect();
                self.single(found, || said(named))
            }
        }
    }

    fn participant(&self, name: &str, number: Option<u64>) -> Result<BTreeSet<usize>, Why> {
        let row = number.and_then(|number| self.participants.get(&number));
        if let Some(at) = row
            && self.is_of(&self.rows[*at], name)
        {
            return self.of_row(*at);
        }
        // The number may be a group's.
        let group = self.group(name);
        if !group.is_empty() {
            return Ok(group);
        }
        match (row, number) {
            (Some(at), _) => Err(Why::OtherName {
                table: self.rows[*at].name.clone().unwrap_or_default(),
                said: name.to_owned(),
            }),
            (None, Some(number)) if !self.participants.is_empty() => Err(Why::NoRow(number)),
            (None, number) => {
                let known = number.map(|number| self.people.by_participant(number)).unwrap_or_default();
                let found = if known.is_empty() { self.by_moodle_name(name) } else { known };
                self.single(found, || name.to_owned())
            }
        }
    }

    /// Before 2022 Moodle put the name of a group before that of the learner, with a hyphen between.
    fn by_moodle_name(&self, name: &str) -> BTreeSet<usize> {
        let whole = self.people.by_name(name);
        if !whole.is_empty() {
            return whole;
        }
        name.match_indices('-').flat_map(|(at, _)| self.people.by_name(&name[at + 1..])).collect()
    }

    /// Whether a row of Moodle's table has this name, or stands for somebody whose name is hidden.
    fn is_of(&self, row: &LmsRow, name: &str) -> bool {
        let Some(own) = &row.name else { return true };
        let behind_group = || {
            let keys = name_keys(own);
            name.match_indices('-').any(|(at, _)| keys.contains(&key(&name[at + 1..])))
        };
        let blind = row.blind.as_deref().is_some_and(|word| !key(word).is_empty() && key(word) == key(name));
        blind || same_name(own, name) || behind_group()
    }

    fn user(&self, name: &str, user: u64) -> Result<BTreeSet<usize>, Why> {
        if let Some(at) = self.users.get(&user) {
            let owner = self.of_row(*at);
            let row = &self.rows[*at];
            if row.name.as_deref().is_none_or(|own| same_name(own, name)) {
                return owner;
            }
            // A group's hand-in carries the group's name and the number of one of them.
            let group = self.group(name);
            return match owner {
                Ok(owner) if owner.is_subset(&group) => Ok(group),
                Err(why) if row.name.is_none() => Err(why),
                _ => {
                    Err(Why::OtherName { table: row.name.clone().unwrap_or_default(), said: name.to_owned() })
                }
            };
        }
        if !self.users.is_empty() {
            return Err(Why::NoRow(user));
        }
        let known = self.people.by_user(user, name);
        let found = if known.is_empty() { self.people.by_name(name) } else { known };
        let found =
            if found.is_empty() { self.group(name) } else { return self.single(found, || name.to_owned()) };
        if found.is_empty() { Err(Why::Unknown(format!("{name} ({user})"))) } else { Ok(found) }
    }

    /// The learners of a group, by the table or by the roster.
    fn group(&self, name: &str) -> BTreeSet<usize> {
        self.groups.get(&key(name)).cloned().unwrap_or_else(|| self.people.by_group(name))
    }

    fn of_row(&self, at: usize) -> Result<BTreeSet<usize>, Why> {
        match &self.owners[at] {
            Ok(owner) => Ok([*owner].into()),
            Err(why) => Err(Why::Row { row: self.rows[at].called(), why: why.clone() }),
        }
    }

    fn single(&self, found: BTreeSet<usize>, said: impl Fn() -> String) -> Result<BTreeSet<usize>, Why> {
        match found.len() {
            0 => Err(Why::Unknown(said())),
            1 => Ok(found),
            _ => Err(Why::Ambiguous(self.people.ids(&found))),
        }
    }
}

/// What a reading says of the learner, for a message.
fn said(named: &Named) -> String {
    match &named.learner {
        Clue::Participant { name, .. } | Clue::User { name, .. } => name.clone(),
        Clue::Anonymous { code, .. } => code.clone(),
        Clue::Id { parts } => match (named.folders.is_empty(), parts.last()) {
            (true, Some(stem)) => stem.clone(),
            _ => named.folders.join("/"),
        },
    }
}
