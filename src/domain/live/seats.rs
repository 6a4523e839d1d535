//! Following how many seats a top-level group takes.

use std::time::Instant;

use tokio::sync::watch;

use super::feed::Count;
use super::follow::broken;
use super::sight::{self, Need, Right, Sight};
use crate::domain::standing::{self, Name};
use crate::domain::tokens::Shower;
use crate::domain::{Ctx, Error, Result, Thing, seats};
use crate::types::{NamespaceId, Source};

/// Whoever follows the number, and what they know.
#[derive(Debug)]
pub struct SeatFollower {
    ctx: Ctx,
    right: Right,
    known: u64,
    /// Counts that were begun earlier tell nothing new.
    since: Instant,
    count: watch::Receiver<Count>,
    lost: watch::Receiver<bool>,
}

/// Begins to follow how many seats the top-level group at `full_path` takes.
///
/// # Errors
/// `NotFound`, `NotTopLevel` or `Forbidden` for whoever may not see the number now.
pub async fn follow_seats(ctx: &Ctx, full_path: &str) -> Result<SeatFollower> {
    let caller = ctx.actor.caller().ok_or(Error::NotFound(Thing::Anything))?;
    let group = standing::group(ctx, &Name::Path(full_path.to_owned())).await?;
    seats::require_owner(ctx, &group)?;
    let root = NamespaceId::of_group(group.id);
    let right = Right {
        who: Shower::of(caller),
        source: Source::Group(group.id),
        need: Need::Seats,
    };
    let since = Instant::now();
    let known = seats::in_use(ctx, root).await?;
    let (app, feed) = (&ctx.app, &ctx.app.live);
    Ok(SeatFollower {
        count: feed.count(app, root),
        lost: feed.lost(app, right),
        ctx: ctx.clone(),
        right,
        known,
        since,
    })
}

impl SeatFollower {
    /// The next number that is another than the last one. It waits until there is one.
    ///
    /// # Errors
    /// `NotFound` as soon as the right is lost; nothing comes behind an error.
    pub async fn next(&mut self) -> Result<u64> {
        loop {
            let (known, since) = (self.known, self.since);
            let is_new = |count: &Count| count.at.is_some_and(|at| at > since) && count.users != known;
            let new = tokio::select! {
                count = self.count.wait_for(is_new) => Some(count.map_err(|_| broken())?.users),
                lost = self.lost.wait_for(|lost| *lost) => lost.map(|_| None).map_err(|_| broken())?,
            };
            match new {
                Some(users) => {
                    Sight::look(&self.ctx, self.right, [].iter()).await?;
                    self.known = users;
                    return Ok(users);
                }
                None => sight::doubt(&self.ctx, self.right).await?,
            }
        }
    }
}
