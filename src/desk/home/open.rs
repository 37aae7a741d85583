//! Edge: shows the home screen until something is chosen.

use std::io;
use std::path::Path;

use super::screen::Screen;
use crate::desk::open::{Line, open as open_face};
use crate::home::Choice;

/// Shows the choices, and gives the one that was taken; None: none was. Standard input and output are the terminal; `satrain`
/// is this program, for the guardian.
///
/// # Errors
/// When the terminal cannot be had.
pub async fn open(satrain: &Path, choices: Vec<Choice>) -> io::Result<Option<Choice>> {
    let feed = Box::new(|line: Line<(), ()>| {
        let mut asked = line.asked;
        // It tells nothing; its news stay open until the screen is left.
        let news = line.news;
        let run = async move {
            while asked.recv().await.is_some() {}
            drop(news);
        };
        Box::pin(run) as _
    });
    let was = open_face(satrain, None, feed, |size| Screen::new(choices, size)).await?;
    Ok(was.face.into_chosen())
}
