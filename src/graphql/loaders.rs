//! Loads that wait for each other: what many fields of one level ask for goes to the domain in one call.
//!
//! A load first lets the request run on until nothing in it moves any more; by then every sibling has named its key. All of it happens in the
//! request's own task, so a request that is given up takes its loads along, and the counter of statements sees them.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll};

use async_graphql::{Context, QueryPathNode, QueryPathSegment, Request};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use futures_util::task::{ArcWake, AtomicWaker};
use tokio::sync::oneshot;

use super::keys::{
    AccessOf, AuditCount, AuditPage, DescendantCount, DescendantPage, DirectCount, GroupAt, InvitationCount,
    InvitationOf, InvitationPage, LdapLinkCount, LdapLinkPage, LdapStatus, MemberCount, MemberPage, MembershipCount,
    MembershipPage, PendingCount, PendingPage, ProjectAt, ProjectCount, ProjectPage, RequestCount, RequestOf,
    RequestPage, RolesOf, SeatCount, SeatMemberCount, SeatMemberPage, SeatOf, SeatPage, SeatReasons, SeatUsageOf,
    ShareCount, SharePage, UserNamed,
};
use crate::domain::{Ctx, Error, Result, Thing, shares};
use crate::types::{
    AuditEventId, GroupId, LdapGroupLinkId, MemberId, MemberRoleId, ProjectId, Secret, TokenId, UserId,
};

/// What is loaded together: a key knows how to find all of its kind in a fixed number of statements.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found under a key; cheap to clone.
    type Value: Clone + Send + Sync + 'static;

    /// Where keys of this kind wait.
    fn loader(loaders: &Loaders) -> &Loader<Self>;

    /// Finds the values of the keys. What is hidden or missing has none.
    fn load(ctx: &Ctx, keys: Vec<Self>) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

type Loaded<K> = Result<Arc<HashMap<K, <K as Key>::Value>>>;

/// What comes of a batch, for everybody who waits for it.
type Outcome<K> = Shared<BoxFuture<'static, Loaded<K>>>;

/// The keys of one kind that wait to be loaded together: for each place in the document a batch of its own, so that how many statements a
/// document takes depends on its text alone, and not on which of its parts happen to meet.
#[derive(Debug)]
pub struct Loader<K: Key>(Arc<Open<K>>);

type Open<K> = Mutex<HashMap<Place, Batch<K>>>;

/// Held until a batch may start.
type Start = oneshot::Sender<Infallible>;

/// A place in the document: the names on the way to a field, hashed, without the positions in lists.
type Place = u64;

#[derive(Debug)]
struct Batch<K: Key> {
    keys: HashSet<K>,
    outcome: Outcome<K>,
}

impl<K: Key> Default for Loader<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Key> Loader<K> {
    /// What comes of the batch that the keys now belong to.
    async fn load(&self, ctx: &Ctx, place: Place, keys: Vec<K>) -> Loaded<K> {
        let (outcome, start) = self.join(ctx, place, keys);
        if let Some(start) = start {
            pause().await;
            drop(start);
        }
        // All siblings wait for the one outcome and so go on together: none is late for what they ask for next, on whichever threads they were woken.
        outcome.await
    }

    /// The batch of that place; it starts when whoever opens it lets go of what comes with it.
    fn join(&self, ctx: &Ctx, place: Place, keys: Vec<K>) -> (Outcome<K>, Option<Start>) {
        let mut open = lock(&self.0);
        if let Some(batch) = open.get_mut(&place) {
            batch.keys.extend(keys);
            return (batch.outcome.clone(), None);
        }
        let (start, started) = oneshot::channel();
        let outcome = self.outcome(ctx.clone(), place, started);
        let batch = Batch {
            keys: keys.into_iter().collect(),
            outcome: outcome.clone(),
        };
        open.insert(place, batch);
        (outcome, Some(start))
    }

    fn outcome(&self, ctx: Ctx, place: Place, started: oneshot::Receiver<Infallible>) -> Outcome<K> {
        let open = Arc::downgrade(&self.0);
        let outcome = async move {
            let Err(_let_go) = started.await;
            // Whoever comes now waits for the next batch.
            let batch = open.upgrade().and_then(|open| lock(&open).remove(&place));
            let keys = batch.map(|batch| batch.keys).unwrap_or_default();
            K::load(&ctx, keys.into_iter().collect()).await.map(Arc::new)
        };
        outcome.boxed().shared()
    }
}

/// Waits until the task at hand has been polled to its end, when all siblings are in, however often whoever waits is polled before.
async fn pause() {
    let end = Arc::new(End::default());
    let waker = futures_util::task::waker(Arc::clone(&end));
    let mut asked = false;
    poll_fn(|cx| {
        end.waiting.register(cx.waker());
        if !asked {
            asked = true;
            // Tokio wakes what yields only then. The yield itself would take any poll for that, so it is asked no more.
            return pin!(tokio::task::yield_now()).poll(&mut task::Context::from_waker(&waker));
        }
        if end.came.load(Ordering::Acquire) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// The end of a poll of the task, and who waits for it.
#[derive(Debug, Default)]
struct End {
    came: AtomicBool,
    waiting: AtomicWaker,
}

impl ArcWake for End {
    fn wake_by_ref(end: &Arc<Self>) {
        end.came.store(true, Ordering::Release);
        end.waiting.wake();
    }
}

/// Nothing that is done under these locks can panic half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who asks, and everything that the request still has to look up.
#[derive(Debug)]
pub struct Loaders {
    /// The process and who is asking.
    ctx: Mutex<Ctx>,
    /// Why the mutation at hand is not even tried.
    refusal: Mutex<Option<Error>>,
    /// Whether the mutation at hand found faults for the client to mend.
    faulty: AtomicBool,
    /// What the mutation at hand tells and nobody stores.
    secret: Mutex<Option<Secret>>,
    pub(super) groups: Loader<GroupId>,
    pub(super) projects: Loader<ProjectId>,
    pub(super) users: Loader<UserId>,
    pub(super) members: Loader<MemberId>,
    pub(super) roles: Loader<MemberRoleId>,
    pub(super) roles_of: Loader<RolesOf>,
    pub(super) member_pages: Loader<MemberPage>,
    pub(super) member_counts: Loader<MemberCount>,
    pub(super) access: Loader<AccessOf>,
    pub(super) direct_counts: Loader<DirectCount>,
    pub(super) membership_pages: Loader<MembershipPage>,
    pub(super) membership_counts: Loader<MembershipCount>,
    pub(super) descendant_pages: Loader<DescendantPage>,
    pub(super) descendant_counts: Loader<DescendantCount>,
    pub(super) project_pages: Loader<ProjectPage>,
    pub(super) project_counts: Loader<ProjectCount>,
    pub(super) audit_events: Loader<AuditEventId>,
    pub(super) audit_pages: Loader<AuditPage>,
    pub(super) audit_counts: Loader<AuditCount>,
    pub(super) invitations: Loader<InvitationOf>,
    pub(super) invitation_pages: Loader<InvitationPage>,
    pub(super) invitation_counts: Loader<InvitationCount>,
    pub(super) shares: Loader<shares::Key>,
    pub(super) share_pages: Loader<SharePage>,
    pub(super) share_counts: Loader<ShareCount>,
    pub(super) seats: Loader<SeatOf>,
    pub(super) seat_pages: Loader<SeatPage>,
    pub(super) seat_counts: Loader<SeatCount>,
    pub(super) seat_usages: Loader<SeatUsageOf>,
    pub(super) seat_reasons: Loader<SeatReasons>,
    pub(super) seat_member_pages: Loader<SeatMemberPage>,
    pub(super) seat_member_counts: Loader<SeatMemberCount>,
    pub(super) ldap_links: Loader<LdapGroupLinkId>,
    pub(super) ldap_link_pages: Loader<LdapLinkPage>,
    pub(super) ldap_link_counts: Loader<LdapLinkCount>,
    pub(super) ldap_statuses: Loader<LdapStatus>,
    pub(super) requests: Loader<RequestOf>,
    pub(super) request_pages: Loader<RequestPage>,
    pub(super) request_counts: Loader<RequestCount>,
    pub(super) pending_pages: Loader<PendingPage>,
    pub(super) pending_counts: Loader<PendingCount>,
    pub(super) tokens: Loader<TokenId>,
    pub(super) users_named: Loader<UserNamed>,
    pub(super) groups_at: Loader<GroupAt>,
    pub(super) projects_at: Loader<ProjectAt>,
}

impl Loaders {
    /// For one request.
    pub fn new(ctx: Ctx) -> Self {
        Self {
            ctx: Mutex::new(ctx),
            refusal: Mutex::default(),
            faulty: AtomicBool::new(false),
            secret: Mutex::default(),
            groups: Loader::default(),
            projects: Loader::default(),
            users: Loader::default(),
            members: Loader::default(),
            roles: Loader::default(),
            roles_of: Loader::default(),
            member_pages: Loader::default(),
            member_counts: Loader::default(),
            access: Loader::default(),
            direct_counts: Loader::default(),
            membership_pages: Loader::default(),
            membership_counts: Loader::default(),
            descendant_pages: Loader::default(),
            descendant_counts: Loader::default(),
            project_pages: Loader::default(),
            project_counts: Loader::default(),
            audit_events: Loader::default(),
            audit_pages: Loader::default(),
            audit_counts: Loader::default(),
            invitations: Loader::default(),
            invitation_pages: Loader::default(),
            invitation_counts: Loader::default(),
            shares: Loader::default(),
            share_pages: Loader::default(),
            share_counts: Loader::default(),
            seats: Loader::default(),
            seat_pages: Loader::default(),
            seat_counts: Loader::default(),
            seat_usages: Loader::default(),
            seat_reasons: Loader::default(),
            seat_member_pages: Loader::default(),
            seat_member_counts: Loader::default(),
            ldap_links: Loader::default(),
            ldap_link_pages: Loader::default(),
            ldap_link_counts: Loader::default(),
            ldap_statuses: Loader::default(),
            requests: Loader::default(),
            request_pages: Loader::default(),
            request_counts: Loader::default(),
            pending_pages: Loader::default(),
            pending_counts: Loader::default(),
            tokens: Loader::default(),
            users_named: Loader::default(),
            groups_at: Loader::default(),
            projects_at: Loader::default(),
        }
    }

    /// The request: outside of any transaction, or inside that of the root field which is being answered.
    pub fn ctx(&self) -> Ctx {
        lock(&self.ctx).clone()
    }

    /// Lets somebody go on asking as they are by now: what is loaded from here on is theirs to see.
    pub(super) fn renew(&self, ctx: Ctx) {
        *lock(&self.ctx) = ctx;
    }

    /// Puts the request into a transaction until the guard is dropped. Mutations run one after another, so that whatever is read meanwhile
    /// belongs to the one root field.
    pub(super) fn enter(&self, inside: Ctx) -> Inside<'_> {
        let outside = std::mem::replace(&mut *lock(&self.ctx), inside);
        Inside {
            loaders: self,
            outside: Some(outside),
        }
    }

    /// Has the mutation at hand answer with this instead of being tried.
    pub(super) fn refuse(&self, refusal: Error) {
        *lock(&self.refusal) = Some(refusal);
    }

    /// What [`Loaders::refuse`] left, once.
    pub(super) fn take_refusal(&self) -> Option<Error> {
        lock(&self.refusal).take()
    }

    /// Notes that the mutation at hand found faults for the client to mend.
    pub(super) fn note_faults(&self) {
        self.faulty.store(true, Ordering::Relaxed);
    }

    /// Notes that the answer of the mutation at hand holds a secret.
    pub(super) fn note_secret(&self, secret: Secret) {
        *lock(&self.secret) = Some(secret);
    }

    /// The secret that the answer holds, once.
    pub(super) fn take_secret(&self) -> Option<Secret> {
        lock(&self.secret).take()
    }

    /// Whether it did, once.
    pub(super) fn take_faults(&self) -> bool {
        self.faulty.swap(false, Ordering::Relaxed)
    }
}

/// A request that is in a transaction for as long as this lives.
#[derive(Debug)]
pub(super) struct Inside<'a> {
    loaders: &'a Loaders,
    outside: Option<Ctx>,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(outside) = self.outside.take() {
            *lock(&self.loaders.ctx) = outside;
        }
    }
}

/// The loaders as one field of the document uses them.
#[derive(Clone, Copy, Debug)]
pub struct Loads<'a> {
    loaders: &'a Loaders,
    place: Place,
}

impl Deref for Loads<'_> {
    type Target = Loaders;

    fn deref(&self) -> &Loaders {
        self.loaders
    }
}

impl Loads<'_> {
    /// What is found under one key; none when it is hidden or missing.
    pub async fn one<K: Key>(self, key: K) -> Result<Option<K::Value>> {
        let found = K::loader(self.loaders)
            .load(&self.loaders.ctx(), self.place, vec![key.clone()])
            .await?;
        Ok(found.get(&key).cloned())
    }

    /// What is found under one key.
    ///
    /// # Errors
    /// `NotFound` when it is hidden or missing.
    pub async fn find<K: Key>(self, key: K) -> Result<K::Value> {
        self.one(key).await?.ok_or(Error::NotFound(Thing::Row))
    }
}

/// Gives a request what its resolvers need.
pub fn equip(request: Request, ctx: Ctx) -> Request {
    request.data(Loaders::new(ctx))
}

/// What [`equip`] put into the request, for the field at hand.
pub(super) fn loaders<'a>(ctx: &Context<'a>) -> Loads<'a> {
    let mut hasher = DefaultHasher::new();
    let mut node = ctx.path_node.as_ref();
    while let Some(QueryPathNode { parent, segment }) = node {
        if let QueryPathSegment::Name(name) = segment {
            name.hash(&mut hasher);
        }
        node = *parent;
    }
    Loads {
        loaders: ctx.data_unchecked(),
        place: hasher.finish(),
    }
}
