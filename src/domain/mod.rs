//! THE rules: who may see and do what, and what membership means. Knows nothing of HTTP, JSON bodies or GraphQL.
//!
//! A folder is a noun, a file is a verb. Every public function authorizes itself, so that no door can forget to.

pub mod access_requests;
pub mod audit;
pub mod error;
pub mod groups;
pub mod hierarchy;
pub mod invitations;
pub mod journal;
mod keyset;
pub mod ldap;
pub mod leases;
pub mod live;
pub mod members;
pub mod namespaces;
pub mod notices;
pub mod page;
pub mod paths;
pub mod pending;
pub mod policy;
pub mod projects;
mod removal;
pub mod retries;
pub mod roles;
pub mod seats;
pub mod shares;
pub mod standing;
pub mod tokens;
pub mod users;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::task::JoinError;
use tracing::Instrument as _;

use crate::db::{Conn, Counter, Db, End, Lock, WriteTx};
use crate::types::{Scope, Scopes, TokenId, UserId};

pub use error::{Error, Fault, NotAccepted, Optional, Result, Thing, listed};
pub use page::{Page, Position, Window};

/// What the whole process shares.
#[derive(Clone, Debug)]
pub struct App {
    /// The database; it carries the clock.
    pub db: Db,
    /// Where clients reach this service, without a slash at the end: `https://roster.example`.
    pub external_url: String,
    /// How many addresses may be invited in one hierarchy on one day, UTC; none for any number.
    pub invites_per_day: Option<NonZeroU32>,
    /// The directory that members of synced groups come from; none where nothing is synchronised.
    pub directory: Option<Arc<dyn ldap::Directory>>,
    /// What followers in this process wait for.
    pub live: live::Feed,
}

/// Runs work to its end, even when whoever waits for it goes away: a change must not stop half-way. It still counts as that request's, in the log
/// and in the number of its statements.
///
/// # Errors
/// When the work panicked.
pub async fn to_the_end<F>(work: F) -> std::result::Result<F::Output, JoinError>
where
    F: Future<Output: Send> + Send + 'static,
{
    let work = work.in_current_span();
    match Counter::current() {
        Some(counter) => tokio::spawn(async move { counter.scope(work).await }).await,
        None => tokio::spawn(work).await,
    }
}

/// Who is asking.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody who said who they are.
    Anonymous,
    /// A user with a token.
    User(Arc<Caller>),
    /// roster itself: a periodic job, the command line.
    System,
}

/// A signed-in user, and what the token lets them do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user; with sudo the one who is acted as.
    pub id: UserId,
    /// The user's name in paths.
    pub username: String,
    /// The user's name.
    pub name: String,
    /// The user's primary address.
    pub email: String,
    /// Whether the user is an administrator.
    pub admin: bool,
    /// Whether the user is external, and so sees nothing that is internal.
    pub external: bool,
    /// The token that was shown.
    pub token: TokenId,
    /// What the token is for.
    pub scopes: Scopes,
    /// Whether an administrator acts as this user.
    pub sudo: bool,
}

impl Actor {
    /// The signed-in user.
    pub fn caller(&self) -> Option<&Caller> {
        match self {
            Self::User(caller) => Some(caller),
            Self::Anonymous | Self::System => None,
        }
    }

    /// The signed-in user's number.
    pub fn user_id(&self) -> Option<UserId> {
        self.caller().map(|caller| caller.id)
    }

    /// Whether everything is open: an administrator, or roster itself.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => caller.admin,
            Self::System => true,
        }
    }

    /// Whether things that are internal are open.
    pub fn sees_internal(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => !caller.external,
            Self::System => true,
        }
    }

    /// Whether the token was given `scope`; roster itself needs none.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => caller.scopes.has(scope),
            Self::System => true,
        }
    }
}

/// By which part of the product something was asked for, as audit events keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The REST shim.
    Rest,
    /// The graph.
    Graphql,
    /// The command line.
    Cli,
    /// A page for people.
    Page,
    /// A periodic job.
    System,
}

impl Door {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Graphql => "graphql",
            Self::Cli => "cli",
            Self::Page => "page",
            Self::System => "system",
        }
    }
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// By which part of the product.
    pub door: Door,
    /// The number of the request, as in its log line.
    pub request_id: Arc<str>,
    /// The address of whoever sent it.
    pub ip_address: Option<IpAddr>,
}

impl Origin {
    /// One without an address.
    pub fn new(door: Door, request_id: &str) -> Self {
        Self {
            door,
            request_id: request_id.into(),
            ip_address: None,
        }
    }
}

/// One request: the process, who is asking, and the transaction it is in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// What the process shares.
    pub app: Arc<App>,
    /// Who is asking.
    pub actor: Actor,
    /// Where it came from.
    pub origin: Origin,
    tx: Option<WriteTx>,
}

impl Ctx {
    /// A request that is in no transaction yet.
    pub fn new(app: Arc<App>, actor: Actor, origin: Origin) -> Self {
        Self {
            app,
            actor,
            origin,
            tx: None,
        }
    }

    /// The same request by somebody else.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// A connection to read from: that of the transaction, if the request is in one.
    pub fn conn(&self) -> Conn<'_> {
        match &self.tx {
            Some(tx) => tx.conn(),
            None => self.app.db.conn(),
        }
    }

    /// Runs `work` in a transaction that holds `lock`. A request that is in one already stays in it, and only takes the lock.
    ///
    /// # Errors
    /// Those of the work, which undo all of it; `Unavailable` and `Timeout` when the lock is not to be had.
    pub async fn write<T, F, Fut>(&self, lock: Lock, work: F) -> Result<T>
    where
        F: Fn(Self, WriteTx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        if let Some(tx) = &self.tx {
            tx.hold(lock).await?;
            return work(self.clone(), tx.clone()).await;
        }
        self.transact(lock, End::Commit, work).await
    }

    /// Runs `work` as [`Ctx::write`] does and undoes it whatever comes of it: what would happen, if it did. A request that is in a transaction
    /// already stays in it, and all of that is undone at its end.
    ///
    /// # Errors
    /// As [`Ctx::write`].
    pub async fn rehearse<T, F, Fut>(&self, work: F) -> Result<T>
    where
        F: Fn(Self) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        if let Some(tx) = &self.tx {
            tx.give_up();
            return work(self.clone()).await;
        }
        self.transact(Lock::None, End::RollBack, |ctx, _| work(ctx)).await
    }

    async fn transact<T, F, Fut>(&self, lock: Lock, end: End, work: F) -> Result<T>
    where
        F: Fn(Self, WriteTx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let work = &work;
        let inside = |tx: WriteTx| async move {
            let done = work(self.within(tx.clone()), tx.clone()).await?;
            if end == End::Commit && !tx.is_given_up() {
                seats::settle(&tx).await?;
            }
            Ok(done)
        };
        self.app.db.transact(lock, end, inside).await
    }

    /// The same request inside a transaction.
    fn within(&self, tx: WriteTx) -> Self {
        Self {
            tx: Some(tx),
            ..self.clone()
        }
    }

    /// The transaction that the request is in.
    pub(in crate::domain) fn tx(&self) -> Option<&WriteTx> {
        self.tx.as_ref()
    }

    /// Whether the transaction that the request is in has noted a change.
    pub fn has_changes(&self) -> bool {
        self.tx.as_ref().is_some_and(WriteTx::has_changes)
    }

    /// The refusal of whatever only roster itself does.
    pub fn require_system(&self) -> Result<()> {
        match self.actor {
            Actor::System => Ok(()),
            Actor::Anonymous | Actor::User(_) => Err(Error::Forbidden(None)),
        }
    }

    /// Whether the transaction that the request is in will be undone, for it only rehearses.
    pub fn is_rehearsal(&self) -> bool {
        self.tx.as_ref().is_some_and(WriteTx::is_given_up)
    }

    /// The refusal of callers who did not say who they are.
    pub fn require_known(&self) -> Result<()> {
        match self.actor {
            Actor::Anonymous => Err(Error::Unauthenticated),
            Actor::User(_) | Actor::System => Ok(()),
        }
    }

    /// The refusal of everybody but administrators and roster itself.
    pub fn require_admin(&self) -> Result<()> {
        self.require_known()?;
        if self.actor.is_admin() {
            Ok(())
        } else {
            Err(Error::Forbidden(None))
        }
    }

    /// The signed-in user, or the refusal of a call that needs one.
    pub fn require_caller(&self) -> Result<&Caller> {
        self.actor.caller().ok_or(Error::Unauthenticated)
    }
}
