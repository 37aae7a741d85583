//! The file of a question.

use askama::Template;

use super::task::{Asked, Condition, Feedback, Interaction, Right, When};
use super::text::{blocks, identifier, line};
use crate::quiz::model::Item;
use crate::report::prose::Block;

/// What the template asks.
#[derive(Template)]
#[template(path = "qti/item.xml")]
pub(super) struct ItemFile {
    identifier: String,
    title: String,
    question: Vec<Block>,
    asked: Asked,
}

impl ItemFile {
    /// The file of an item; None: nothing is to be done with the item. Options stand as `shown` says.
    pub(super) fn of(item: &Item, shown: &[usize]) -> Option<Self> {
        let asked = Asked::of(item, shown)?;
        let mut question = blocks(&item.question);
        question.extend(asked.about.clone());
        Some(Self { identifier: identifier(&item.id), title: line(&item.id), question, asked })
    }

    /// Whether something is said when an option was chosen.
    fn chosen(&self) -> bool {
        self.said(|when| matches!(when, When::Chosen | When::ChosenOrRight))
    }

    /// Whether something is said when an option is right.
    fn right(&self) -> bool {
        self.said(|when| matches!(when, When::ChosenOrRight))
    }

    fn said(&self, is: impl Fn(&When) -> bool) -> bool {
        self.asked.feedback.iter().any(|feedback| is(&feedback.when))
    }

    /// What is said when something was entered.
    fn entered(&self) -> impl Iterator<Item = (&Feedback, &Condition)> {
        self.asked.feedback.iter().filter_map(|feedback| match &feedback.when {
            When::Entered(condition) => Some((feedback, condition)),
            _ => None,
        })
    }

    /// What everybody is told.
    fn told(&self) -> Option<&Feedback> {
        self.asked.feedback.iter().find(|feedback| matches!(feedback.when, When::Always))
    }
}
