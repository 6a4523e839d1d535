//! What followers in one process wait for, polled once for all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::FromQueryResult;
use tokio::sync::watch;

use super::board::Board;
use super::sight::{self, Right};
use crate::domain::{Actor, App, Ctx, Door, Origin, Result, seats};
use crate::types::NamespaceId;

/// How often the ends of logs and the counts of seats are read: one statement for all of the former, two for all of the latter.
const LOOK_EVERY: Duration = Duration::from_millis(75);

/// How often it is asked who has lost a right, events or not: one statement for all tokens, and up to two for each user.
const ASK_EVERY: Duration = Duration::from_millis(400);

/// How long the change log is kept when nobody says.
const KEEP: Duration = Duration::from_hours(7 * 24);

/// What the followers of a process have in common. Nothing is read while nobody follows. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Feed {
    /// How long the change log is kept.
    pub(super) keep: Duration,
    heads: Board<NamespaceId, i64>,
    counts: Board<NamespaceId, Count>,
    lost: Board<Right, bool>,
}

/// How many seats were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// When reading began; none before the first time.
    pub(super) at: Option<Instant>,
    pub(super) users: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self::keeping(KEEP)
    }
}

impl Feed {
    /// One over a change log that is kept so long.
    pub fn keeping(keep: Duration) -> Self {
        Self {
            keep,
            heads: Board::default(),
            counts: Board::default(),
            lost: Board::default(),
        }
    }

    /// How many follow something in this process.
    pub fn followers(&self) -> usize {
        self.lost.followers()
    }

    /// The end of the log of a hierarchy, which is at `head` or behind it.
    pub(super) fn head(&self, app: &Arc<App>, root: NamespaceId, head: i64) -> watch::Receiver<i64> {
        let app = Arc::clone(app);
        let look = move |roots| {
            let app = Arc::clone(&app);
            async move { heads(&app, roots).await }
        };
        self.heads.follow(root, head, LOOK_EVERY, look)
    }

    /// How many seats a top-level group takes.
    pub(super) fn count(&self, app: &Arc<App>, root: NamespaceId) -> watch::Receiver<Count> {
        let ctx = system(app);
        let look = move |roots| {
            let ctx = ctx.clone();
            async move { counts(&ctx, roots).await }
        };
        let unknown = Count { at: None, users: 0 };
        self.counts.follow(root, unknown, LOOK_EVERY, look)
    }

    /// Whether a right is lost.
    pub(super) fn lost(&self, app: &Arc<App>, right: Right) -> watch::Receiver<bool> {
        let ctx = system(app);
        let look = move |rights| {
            let ctx = ctx.clone();
            async move { sight::lost(&ctx, rights).await }
        };
        self.lost.follow(right, false, ASK_EVERY, look)
    }
}

fn system(app: &Arc<App>) -> Ctx {
    Ctx::new(Arc::clone(app), Actor::System, Origin::new(Door::System, "live"))
}

async fn heads(app: &App, roots: Vec<NamespaceId>) -> Result<Vec<(NamespaceId, i64)>> {
    #[derive(FromQueryResult)]
    struct Head {
        id: NamespaceId,
        seq: i64,
    }
    let mut sql = app.db.conn().sql();
    let which = sql.any_of("id", roots.iter().map(|root| root.0));
    sql.push(format!("SELECT id, seq FROM namespaces WHERE {which}"));
    let heads: Vec<Head> = sql.all().await?;
    Ok(heads.into_iter().map(|head| (head.id, head.seq)).collect())
}

async fn counts(ctx: &Ctx, roots: Vec<NamespaceId>) -> Result<Vec<(NamespaceId, Count)>> {
    let at = Some(Instant::now());
    let usages = seats::counted(ctx, &roots).await?;
    let counts = usages.iter().map(|usage| Count {
        at,
        users: usage.in_use(),
    });
    Ok(roots.into_iter().zip(counts).collect())
}
