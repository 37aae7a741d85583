//! Edge: whoever watches the lab for the desk. In: an attempt that is watched. Out: a board whenever there is a new one.

use std::time::Duration;

use super::board::Board;
use super::open::{Watcher, Watchers};
use super::state::News;
use crate::printable::excerpt;
use crate::session::watching::{Sight, Watching};

/// Between two looks is at least this time, however much happens.
const BREATH: Duration = Duration::from_millis(500);

/// The longest that is said of what went wrong.
const LONGEST: usize = 200;

/// Looks at the lab whenever something may have changed.
pub fn watcher(watching: Watching) -> Watcher {
    Box::new(move |to| Box::pin(watch(watching, to)))
}

async fn watch(mut watching: Watching, Watchers { news, wanted }: Watchers) {
    loop {
        let seen = match watching.look().await {
            Ok(Sight::Lab(look)) => News::Board(Board::of(&look)),
            Ok(Sight::Busy) => News::Unseen("the lab is being set up again".into()),
            Ok(Sight::Ended) => News::AttemptEnded,
            Err(error) => {
                let said = error.to_string();
                News::Unseen(excerpt(said.lines().next().unwrap_or_default(), LONGEST))
            }
        };
        let is_over = matches!(seen, News::AttemptEnded);
        if news.send(seen).await.is_err() || is_over {
            return;
        }
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            () = watching.changed() => {}
            () = wanted.notified() => {}
        }
    }
}
