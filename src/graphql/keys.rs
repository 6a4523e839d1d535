//! What can be loaded together, and which call of the domain finds it.

mod access_requests;
mod invitations;
mod ldap;
mod named;
mod pending;
mod personal_access_tokens;
mod seat_rows;
mod seats;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::loaders::{Key, Loader, Loaders};
use crate::domain::members::{self, Access, Filter, Member, Of, Order, Role, Which};
use crate::domain::shares::{self, Share};
use crate::domain::standing::Standing;
use crate::domain::users::User;
use crate::domain::{Ctx, Error, Page, Result, Window, audit, groups, projects, roles, standing, users};
use crate::types::{AuditEventId, GroupId, MemberId, MemberRoleId, ProjectId, Source, SourceKind, UserId};

pub use access_requests::{RequestCount, RequestOf, RequestPage};
pub use invitations::{InvitationCount, InvitationOf, InvitationPage};
pub use ldap::{LdapLinkCount, LdapLinkPage, LdapStatus};
pub use named::{GroupAt, ProjectAt, UserNamed};
pub use pending::{PendingCount, PendingPage};
pub use seat_rows::{SeatMemberCount, SeatMemberPage, SeatReasons};
pub use seats::{SeatCount, SeatOf, SeatPage, SeatUsageOf};

/// A group or project whose members are asked for. Two are the same when their numbers are.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A group.
    Group(Arc<standing::Group>),
    /// A project.
    Project(Arc<standing::Project>),
}

impl Asked {
    /// What the domain takes.
    pub fn of(&self) -> Of<'_> {
        match self {
            Self::Group(group) => Of::Group(group),
            Self::Project(project) => Of::Project(project),
        }
    }

    /// Its number and kind.
    pub fn source(&self) -> Source {
        self.of().source()
    }
}

impl From<Standing> for Asked {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Group(group) => Self::Group((*group).into()),
            Standing::Project(project) => Self::Project((*project).into()),
        }
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source().hash(state);
    }
}

/// A group whose hierarchy is asked about. Two are the same when their numbers are.
#[derive(Clone, Debug)]
pub struct GroupOf(pub Arc<standing::Group>);

impl PartialEq for GroupOf {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for GroupOf {}

impl Hash for GroupOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

/// Which members, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberList {
    /// By which ways.
    pub which: Which,
    /// Narrowed how.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
}

/// One page of the members of a group or project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberPage {
    /// Whose.
    pub asked: Asked,
    /// Which.
    pub list: Arc<MemberList>,
    /// Which part.
    pub window: Window,
}

/// How many members a group or project has; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberCount {
    /// Whose.
    pub asked: Asked,
    /// Which.
    pub list: Arc<MemberList>,
    /// How far.
    pub limit: u64,
}

/// Why a user has the level that they have in a group or project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessOf {
    /// Where.
    pub asked: Asked,
    /// Whose.
    pub user: UserId,
}

/// How many rows a group has of its own.
#[derive(Clone, Debug)]
pub struct DirectCount(pub Arc<standing::Group>);

/// One page of the rows that a user has in groups or in projects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MembershipPage {
    /// Whose.
    pub user: UserId,
    /// Groups or projects.
    pub kind: SourceKind,
    /// Which part.
    pub window: Window,
}

/// How many such rows a user has; counted to `limit` + 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MembershipCount {
    /// Whose.
    pub user: UserId,
    /// Groups or projects.
    pub kind: SourceKind,
    /// How far.
    pub limit: u64,
}

/// One page of the groups below a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescendantPage {
    /// Below which.
    pub group: GroupId,
    /// Words in the name or path.
    pub search: Option<String>,
    /// Which part.
    pub window: Window,
}

/// How many groups are below a group; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescendantCount {
    /// Below which.
    pub group: GroupId,
    /// Words in the name or path.
    pub search: Option<String>,
    /// How far.
    pub limit: u64,
}

/// One page of the projects in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectPage {
    /// In which.
    pub group: GroupId,
    /// Which of them.
    pub filter: projects::Within,
    /// Which part.
    pub window: Window,
}

/// How many projects are in a group; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectCount {
    /// In which.
    pub group: GroupId,
    /// Which of them.
    pub filter: projects::Within,
    /// How far.
    pub limit: u64,
}

/// One page of the audit events of a group or project; no value where the actor sees none of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuditPage {
    /// Whose.
    pub asked: Asked,
    /// Which of them.
    pub filter: audit::Filter,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuditCount {
    /// Whose.
    pub asked: Asked,
    /// Which of them.
    pub filter: audit::Filter,
    /// How far.
    pub limit: u64,
}

/// One page of the shares of a group or project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharePage {
    /// Whose.
    pub asked: Asked,
    /// Which of them.
    pub list: shares::List,
    /// Which part.
    pub window: Window,
}

/// How many there are; counted to `limit` + 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareCount {
    /// Whose.
    pub asked: Asked,
    /// Which of them.
    pub list: shares::List,
    /// How far.
    pub limit: u64,
}

/// The custom roles that may be given in a group; no value when they are not the actor's to see.
#[derive(Clone, Debug)]
pub struct RolesOf(pub Arc<standing::Group>);

/// A key that is a group: two are the same when their numbers are.
macro_rules! same_by_group {
    ($($key:ident),+) => {$(
        impl PartialEq for $key {
            fn eq(&self, other: &Self) -> bool {
                self.0.id == other.0.id
            }
        }

        impl Eq for $key {}

        impl Hash for $key {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.id.hash(state);
            }
        }
    )+};
}

same_by_group!(DirectCount, RolesOf);

/// Sorts keys by what else than the source they ask for: each lot is one call of the domain.
fn lots<K, L: Eq + Hash>(keys: Vec<K>, lot: impl Fn(&K) -> L) -> HashMap<L, Vec<K>> {
    let mut lots: HashMap<L, Vec<K>> = HashMap::new();
    for key in keys {
        lots.entry(lot(&key)).or_default().push(key);
    }
    lots
}

impl Key for GroupId {
    type Value = Arc<standing::Group>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.groups
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let groups = standing::groups(ctx, keys).await?;
        Ok(groups.into_iter().map(|group| (group.id, Arc::new(group))).collect())
    }
}

impl Key for ProjectId {
    type Value = Arc<standing::Project>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.projects
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let projects = standing::projects(ctx, keys).await?;
        Ok(projects
            .into_iter()
            .map(|project| (project.id, Arc::new(project)))
            .collect())
    }
}

impl Key for UserId {
    type Value = Arc<User>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.users
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let users = users::by_ids(ctx, &keys).await?;
        Ok(users.into_iter().map(|user| (user.id, Arc::new(user))).collect())
    }
}

impl Key for MemberId {
    type Value = Arc<Member>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.members
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let members = members::by_row(ctx, &keys).await?;
        Ok(members
            .into_iter()
            .filter_map(|member| Some((member.id?, Arc::new(member))))
            .collect())
    }
}

impl Key for MemberRoleId {
    type Value = Arc<Role>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.roles
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let roles = roles::by_ids(ctx, &keys).await?;
        Ok(roles.into_iter().map(|role| (role.id, Arc::new(role))).collect())
    }
}

impl Key for RolesOf {
    type Value = Arc<[Arc<Role>]>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.roles_of
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let groups: Vec<_> = keys.iter().map(|key| &*key.0).collect();
        let found = roles::of_groups(ctx, &groups).await?;
        Ok(keys
            .into_iter()
            .zip(found)
            .filter_map(|(key, roles)| Some((key, roles?.into_iter().map(Arc::new).collect())))
            .collect())
    }
}

impl Key for MemberPage {
    type Value = Page<Arc<Member>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.member_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        let keys = listable(ctx, keys, |key| &key.asked)?;
        for ((list, window), keys) in lots(keys, |key| (Arc::clone(&key.list), key.window.clone())) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let pages = members::pages(ctx, &sources, &list.which, &list.filter, list.order, &window).await?;
            found.extend(keys.into_iter().zip(pages.into_iter().map(share)));
        }
        Ok(found)
    }
}

impl Key for MemberCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.member_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        let keys = listable(ctx, keys, |key| &key.asked)?;
        for ((list, limit), keys) in lots(keys, |key| (Arc::clone(&key.list), key.limit)) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let counts = members::counts(ctx, &sources, &list.which, &list.filter, limit).await?;
            found.extend(keys.into_iter().zip(counts));
        }
        Ok(found)
    }
}

impl Key for AccessOf {
    type Value = Arc<Access>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.access
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let asked: Vec<_> = keys.iter().map(|key| (key.asked.of(), key.user)).collect();
        let found = members::explain(ctx, &asked).await?;
        Ok(keys
            .into_iter()
            .zip(found)
            .filter_map(|(key, access)| Some((key, Arc::new(access?))))
            .collect())
    }
}

impl Key for DirectCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.direct_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let groups: Vec<_> = keys.iter().map(|key| &*key.0).collect();
        let mut counts = members::direct_counts(ctx, &groups).await?;
        let count = |key: Self| Some((key.clone(), counts.remove(&key.0.id)?));
        Ok(keys.into_iter().filter_map(count).collect())
    }
}

impl Key for MembershipPage {
    type Value = Page<Arc<Member>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.membership_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((kind, window), keys) in lots(keys, |key| (key.kind, key.window.clone())) {
            let users: Vec<_> = keys.iter().map(|key| key.user).collect();
            let pages = members::of_users(ctx, &users, kind, &window).await?;
            found.extend(keys.into_iter().zip(pages.into_iter().map(share)));
        }
        Ok(found)
    }
}

impl Key for MembershipCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.membership_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((kind, limit), keys) in lots(keys, |key| (key.kind, key.limit)) {
            let users: Vec<_> = keys.iter().map(|key| key.user).collect();
            let counts = members::counts_of_users(ctx, &users, kind, limit).await?;
            found.extend(keys.into_iter().zip(counts));
        }
        Ok(found)
    }
}

impl Key for DescendantPage {
    type Value = Page<Arc<standing::Group>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.descendant_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((search, window), keys) in lots(keys, |key| (key.search.clone(), key.window.clone())) {
            let parents: Vec<_> = keys.iter().map(|key| key.group).collect();
            let pages = groups::descendants(ctx, &parents, search.as_deref(), &window).await?;
            found.extend(keys.into_iter().zip(pages.into_iter().map(share)));
        }
        Ok(found)
    }
}

impl Key for DescendantCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.descendant_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((search, limit), keys) in lots(keys, |key| (key.search.clone(), key.limit)) {
            let parents: Vec<_> = keys.iter().map(|key| key.group).collect();
            let counts = groups::descendant_counts(ctx, &parents, search.as_deref(), limit).await?;
            found.extend(keys.into_iter().zip(counts));
        }
        Ok(found)
    }
}

impl Key for ProjectPage {
    type Value = Page<Arc<standing::Project>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.project_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, window), keys) in lots(keys, |key| (key.filter.clone(), key.window.clone())) {
            let parents: Vec<_> = keys.iter().map(|key| key.group).collect();
            let pages = projects::within(ctx, &parents, &filter, &window).await?;
            found.extend(keys.into_iter().zip(pages.into_iter().map(share)));
        }
        Ok(found)
    }
}

impl Key for ProjectCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.project_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let parents: Vec<_> = keys.iter().map(|key| key.group).collect();
            let counts = projects::counts_within(ctx, &parents, &filter, limit).await?;
            found.extend(keys.into_iter().zip(counts));
        }
        Ok(found)
    }
}

impl Key for AuditEventId {
    type Value = Arc<audit::Event>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.audit_events
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let events = audit::by_ids(ctx, &keys).await?;
        Ok(events.into_iter().map(|event| (event.id, Arc::new(event))).collect())
    }
}

impl Key for AuditPage {
    type Value = Page<Arc<audit::Event>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.audit_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, window), keys) in lots(keys, |key| (key.filter.clone(), key.window.clone())) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let pages = audit::pages(ctx, &sources, &filter, &window).await?;
            let seen = keys.into_iter().zip(pages);
            found.extend(seen.filter_map(|(key, page)| Some((key, share(page?)))));
        }
        Ok(found)
    }
}

impl Key for AuditCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.audit_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((filter, limit), keys) in lots(keys, |key| (key.filter.clone(), key.limit)) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let counts = audit::counts(ctx, &sources, &filter, limit).await?;
            found.extend(
                keys.into_iter()
                    .zip(counts)
                    .filter_map(|(key, count)| Some((key, count?))),
            );
        }
        Ok(found)
    }
}

impl Key for shares::Key {
    type Value = Arc<Share>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.shares
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let shares = shares::by_keys(ctx, &keys).await?;
        Ok(shares.into_iter().map(|share| (share.key(), Arc::new(share))).collect())
    }
}

impl Key for SharePage {
    type Value = Page<Arc<Share>>;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.share_pages
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((list, window), keys) in lots(keys, |key| (key.list.clone(), key.window.clone())) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let pages = shares::pages(ctx, &sources, &list, &window).await?;
            found.extend(keys.into_iter().zip(pages.into_iter().map(share)));
        }
        Ok(found)
    }
}

impl Key for ShareCount {
    type Value = u64;

    fn loader(loaders: &Loaders) -> &Loader<Self> {
        &loaders.share_counts
    }

    async fn load(ctx: &Ctx, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((list, limit), keys) in lots(keys, |key| (key.list.clone(), key.limit)) {
            let sources: Vec<_> = keys.iter().map(|key| key.asked.of()).collect();
            let counts = shares::counts(ctx, &sources, &list, limit).await?;
            found.extend(keys.into_iter().zip(counts));
        }
        Ok(found)
    }
}

/// Those of the keys that ask for lists which the domain gives to this actor.
fn listable<K>(ctx: &Ctx, keys: Vec<K>, asked: impl Fn(&K) -> &Asked) -> Result<Vec<K>> {
    let mut listable = Vec::with_capacity(keys.len());
    for key in keys {
        match members::may_list(ctx, asked(&key).of()) {
            Ok(()) => listable.push(key),
            Err(Error::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listable)
}

fn share<T>(page: Page<T>) -> Page<Arc<T>> {
    page.map(Arc::new)
}
