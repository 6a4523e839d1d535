//! Following what happens to the members of a group or project.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use super::log::{self, Entry, Which};
use super::sight::{self, Need, Right, Sight};
use super::{Event, Kind, Place};
use crate::domain::standing::{self, Standing};
use crate::domain::tokens::Shower;
use crate::domain::{Ctx, Error, Result, Thing, members};

/// Whoever follows, and where they are in the log.
#[derive(Debug)]
pub struct Follower {
    ctx: Ctx,
    which: Which,
    right: Right,
    /// Everything up to here is read.
    read: i64,
    entries: VecDeque<Entry>,
    sight: Option<Sight>,
    head: watch::Receiver<i64>,
    lost: watch::Receiver<bool>,
}

/// Begins to follow the group or project at `full_path`, and with `below` everything below it: behind the place `after`, or with what happens from now on.
/// Only events of these kinds are told, or of all.
///
/// # Errors
/// `NotFound` or `Forbidden` for whoever may not list the members; `Invalid` when `after` is of another place, ahead of the log, or too old.
pub async fn follow(
    ctx: &Ctx,
    full_path: &str,
    below: bool,
    kinds: Option<Vec<Kind>>,
    after: Option<Place>,
) -> Result<Follower> {
    let caller = ctx.actor.caller().ok_or(Error::NotFound(Thing::Anything))?;
    let home = standing::at_path(ctx, full_path).await?;
    members::may_list(ctx, home.of())?;
    let right = Right {
        who: Shower::of(caller),
        source: home.source(),
        need: Need::Members,
    };
    let which = Which {
        root: home.root(),
        source: home.source(),
        below: match &home {
            Standing::Group(group) if below => Some(group.ancestor_path.clone()),
            Standing::Group(_) | Standing::Project(_) => None,
        },
        kinds: kinds.unwrap_or_else(|| Kind::ALL.to_vec()),
    };
    let extent = log::extent(ctx, which.root).await?;
    let extent = extent.ok_or(Error::NotFound(Thing::Anything))?;
    let read = match after {
        None => extent.head,
        Some(after) if (after.root, after.source) != (which.root, which.source) => {
            return Err(invalid("after is a cursor of another group or project"));
        }
        Some(after) if after.seq > extent.head => {
            return Err(invalid("after is a cursor ahead of everything that has happened"));
        }
        Some(after) if !extent.reaches_back_to(after.seq) => return Err(too_old()),
        Some(after) => after.seq,
    };
    let (app, feed) = (&ctx.app, &ctx.app.live);
    Ok(Follower {
        head: feed.head(app, which.root, extent.head),
        lost: feed.lost(app, right),
        ctx: ctx.clone(),
        which,
        right,
        read,
        entries: VecDeque::new(),
        sight: None,
    })
}

fn invalid(text: &str) -> Error {
    Error::Invalid(text.to_owned())
}

fn too_old() -> Error {
    invalid(
        "The cursor is too old: what happened since is no longer kept. Read the list again and subscribe without after.",
    )
}

impl Follower {
    /// The next event, and whoever follows as they were looked up for it. It waits until there is one.
    ///
    /// # Errors
    /// `NotFound` as soon as the right is lost; nothing comes behind an error.
    pub async fn next(&mut self) -> Result<(Event, Ctx)> {
        loop {
            if let Some(told) = self.told().await? {
                return Ok(told);
            }
            if !self.read_on().await? {
                self.wait().await?;
            }
        }
    }

    /// The first of the entries at hand that the follower may see.
    async fn told(&mut self) -> Result<Option<(Event, Ctx)>> {
        while !self.entries.is_empty() {
            let sight = match self.sight.take() {
                Some(sight) if !sight.is_stale() => sight,
                _ => Sight::look(&self.ctx, self.right, self.entries.iter()).await?,
            };
            let told = self.entries.pop_front().and_then(|entry| {
                let place = Place {
                    root: self.which.root,
                    seq: entry.seq,
                    source: self.which.source,
                };
                sight.show(&entry, place)
            });
            let ctx = sight.ctx.clone();
            self.sight = Some(sight);
            if let Some(event) = told {
                return Ok(Some((event, ctx)));
            }
        }
        Ok(None)
    }

    /// Reads the next entries; false at the end of the log.
    async fn read_on(&mut self) -> Result<bool> {
        let head = *self.head.borrow_and_update();
        if head <= self.read {
            return Ok(false);
        }
        let (entries, end) = log::page(&self.ctx, &self.which, self.read, head).await?;
        // Looked at afterwards: what is there now was there then.
        let extent = log::extent(&self.ctx, self.which.root).await?;
        let extent = extent.ok_or(Error::NotFound(Thing::Anything))?;
        if !extent.reaches_back_to(self.read) {
            return Err(too_old());
        }
        self.read = end;
        self.entries = entries.into();
        // Nothing is told by what was known before it happened.
        self.sight = None;
        Ok(true)
    }

    async fn wait(&mut self) -> Result<()> {
        let is_lost = tokio::select! {
            changed = self.head.changed() => changed.map(|()| false).map_err(|_| broken())?,
            lost = self.lost.wait_for(|lost| *lost) => lost.map(|_| true).map_err(|_| broken())?,
        };
        if is_lost {
            sight::doubt(&self.ctx, self.right).await?;
        }
        Ok(())
    }
}

/// Whoever told what is new is gone.
pub(super) fn broken() -> Error {
    Error::Unavailable(Arc::new(sea_orm::DbErr::Custom("the feed broke off".to_owned())))
}
