//! Who may hear: asked again with every read of the log, and every now and then while nothing happens.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::log::Entry;
use super::{Event, Place};
use crate::domain::standing::{self, Standing};
use crate::domain::tokens::{self, Shower};
use crate::domain::{Actor, Caller, Ctx, Error, Result, Thing, members, seats};
use crate::types::Source;

/// For how long what was found out lets events out.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// The pause before a right is asked about again that was said to be lost.
const PAUSE: Duration = Duration::from_millis(100);

/// How many users are asked about at once.
const AT_ONCE: usize = 4;

/// What somebody follows, and so must be allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Right {
    pub(super) who: Shower,
    pub(super) source: Source,
    pub(super) need: Need,
}

/// What following takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Need {
    /// The right to list the members.
    Members,
    /// The right to see the seats.
    Seats,
}

impl Need {
    fn allows(self, ctx: &Ctx, home: &Standing) -> bool {
        match (self, home) {
            (Self::Members, home) => members::may_list(ctx, home.of()).is_ok(),
            (Self::Seats, Standing::Group(group)) => seats::require_owner(ctx, group).is_ok(),
            (Self::Seats, Standing::Project(_)) => false,
        }
    }
}

/// Of which of the rights it is known whether they are lost. One statement for all tokens, at most two for each user.
pub(super) async fn lost(ctx: &Ctx, rights: Vec<Right>) -> Result<Vec<(Right, bool)>> {
    let mut by_shower: HashMap<Shower, Vec<Right>> = HashMap::new();
    for right in rights {
        by_shower.entry(right.who).or_default().push(right);
    }
    let (showers, rights): (Vec<_>, Vec<_>) = by_shower.into_iter().unzip();
    let callers = tokens::again(&ctx.app, &showers).await?;
    let asked = callers.into_iter().zip(rights);
    let asked = asked.map(|(caller, rights)| lost_of(ctx, caller, rights));
    let told: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(told.into_iter().flatten().collect())
}

async fn lost_of(ctx: &Ctx, caller: Option<Caller>, rights: Vec<Right>) -> Result<Vec<(Right, bool)>> {
    let Some(caller) = caller else {
        return Ok(rights.into_iter().map(|right| (right, true)).collect());
    };
    let ctx = as_caller(ctx, caller);
    let homes = standing::several(&ctx, rights.iter().map(|right| right.source)).await?;
    let is_lost = |right: &Right| {
        let home = homes.get(&right.source);
        !home.is_some_and(|home| right.need.allows(&ctx, home))
    };
    Ok(rights.into_iter().map(|right| (right, is_lost(&right))).collect())
}

fn as_caller(ctx: &Ctx, caller: Caller) -> Ctx {
    ctx.acting_as(Actor::User(Arc::new(caller)))
}

/// Looks again at a right that is said to be lost; when it is there, it is a while before anybody asks again.
///
/// # Errors
/// `NotFound` when it is lost.
pub(super) async fn doubt(ctx: &Ctx, right: Right) -> Result<()> {
    Sight::look(ctx, right, [].iter()).await?;
    tokio::time::sleep(PAUSE).await;
    Ok(())
}

/// What a follower may see, as of a moment ago.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// The follower, as looked up then.
    pub(super) ctx: Ctx,
    homes: HashMap<Source, Standing>,
    managed: HashSet<Source>,
    since: Instant,
}

impl Sight {
    /// Looks who the follower is by now, and what of the entries is theirs to see. Four statements at most.
    ///
    /// # Errors
    /// `NotFound` when the follower may no longer follow.
    pub(super) async fn look(ctx: &Ctx, right: Right, entries: impl Iterator<Item = &Entry> + Clone) -> Result<Self> {
        let since = Instant::now();
        let caller = tokens::again(&ctx.app, &[right.who]).await?.pop().flatten();
        let ctx = as_caller(ctx, caller.ok_or(REFUSAL)?);
        let sources = entries.clone().map(Entry::source).chain([right.source]);
        let mut homes = standing::several(&ctx, sources.collect::<HashSet<_>>()).await?;
        homes.retain(|_, home| members::may_list(&ctx, home.of()).is_ok());
        if !homes
            .get(&right.source)
            .is_some_and(|home| right.need.allows(&ctx, home))
        {
            return Err(REFUSAL);
        }
        let private: HashSet<_> = entries.filter(|entry| entry.is_private()).map(Entry::source).collect();
        let of: Vec<_> = private
            .iter()
            .filter_map(|source| homes.get(source).map(Standing::of))
            .collect();
        let managed = members::managed(&ctx, &of).await?;
        Ok(Self {
            ctx,
            homes,
            managed,
            since,
        })
    }

    /// Whether it was so long ago that it must be asked again.
    pub(super) fn is_stale(&self) -> bool {
        self.since.elapsed() > GOOD_FOR
    }

    /// The entry as an event for the follower of `place.source`; none of what is not theirs to see.
    pub(super) fn show(&self, entry: &Entry, place: Place) -> Option<Event> {
        let source = entry.source();
        if entry.is_private() && !self.managed.contains(&source) {
            return None;
        }
        Some(Event {
            kind: entry.kind()?,
            place,
            occurred_at: entry.created_at,
            actor: entry.actor_id,
            home: self.homes.get(&source)?.clone(),
            user: entry.user_id,
            member: entry.member_id,
            before: entry.level("access_level_before"),
            after: entry.level("access_level_after"),
        })
    }
}

/// What is said to whoever may not, or no longer, follow.
const REFUSAL: Error = Error::NotFound(Thing::Anything);
