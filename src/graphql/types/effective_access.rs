//! Why somebody has the access that they have.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};

use super::{AccessLevel, Group, MemberInterface, MemberSource, UserCore};
use crate::domain::Result;
use crate::domain::members::{Access, Grant, GrantKind, Ignored};
use crate::graphql::connection::{Border, Nullable};
use crate::graphql::keys::{AccessOf, Asked};
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::types::UserId;

/// What makes a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "GrantKind")]
pub enum AccessGrantKind {
    /// A membership of the group or project itself.
    Direct,
    /// A membership of a group above it.
    Inherited,
    /// A membership of a group with which it, or a group above it, is shared.
    GroupShare,
    /// A level in a group with which the project is shared, however the user came by it.
    ProjectShare,
    /// The project lies in the user's own namespace.
    PersonalNamespace,
    /// The user is an administrator. Shown to administrators and to the user in person.
    Admin,
}

/// Why a grant does not count. Of several reasons the one that lies with the membership comes before one that lies with a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Ignored")]
pub enum GrantIgnoredReason {
    /// The membership has ended.
    Expired,
    /// The membership waits for an owner's approval.
    Awaiting,
    /// The membership is minimal access, which gives nothing here.
    MinimalAccess,
    /// A share on the way has ended.
    ShareExpired,
    /// The group of the project suspends the shares of its projects.
    ShareLocked,
    /// Another grant gives more.
    LowerLevel,
    /// It is no membership but a request for one. Shown to who decides on it and to the user in person.
    AccessRequest,
}

/// Why a user has the level that they have in a group or project.
#[derive(Clone, Debug)]
pub struct EffectiveAccess {
    asked: Asked,
    access: Arc<Access>,
}

/// One way that leads a user into a group or project.
#[derive(Clone, Debug)]
pub struct AccessGrant {
    asked: Asked,
    grant: Arc<Grant>,
}

impl AccessGrant {
    /// One that leads to that group or project.
    pub(super) fn to(asked: Asked, grant: Arc<Grant>) -> Self {
        Self { asked, grant }
    }
}

impl EffectiveAccess {
    /// Why the user has the level that they have there.
    pub(super) async fn find(ctx: &Context<'_>, asked: Asked, user: UserId) -> Nullable<Self> {
        let key = AccessOf {
            asked: asked.clone(),
            user,
        };
        let found = loaders(ctx).find(key).await;
        found.map(|access| Self { asked, access }).or_null()
    }

    fn grant(&self, grant: &Arc<Grant>) -> AccessGrant {
        AccessGrant {
            asked: self.asked.clone(),
            grant: Arc::clone(grant),
        }
    }

    fn all_grants(&self) -> Vec<AccessGrant> {
        self.access.grants.iter().map(|grant| self.grant(grant)).collect()
    }
}

/// The grants of a user in a group or project; none when they may not be told.
pub(super) async fn grants(ctx: &Context<'_>, asked: Asked, user: UserId) -> Result<Vec<AccessGrant>> {
    let access = EffectiveAccess::find(ctx, asked, user).await.transpose()?;
    Ok(access.map(|access| access.all_grants()).unwrap_or_default())
}

/// Why a user has the level that they have in a group or project. Seen by who may list the members, and by the user in person. Memberships
/// of groups that the list would not show you are not told; a level that comes by them alone is, by one grant without names.
#[Object]
impl EffectiveAccess {
    /// The user.
    async fn user(&self) -> UserCore {
        self.access.user.clone().into()
    }

    /// The group or project.
    async fn source(&self) -> MemberSource {
        self.asked.clone().into()
    }

    /// The level that all grants together give, also to users whom the list leaves out: of members of groups that an invited group is itself
    /// shared with. Where they give none: minimal access, if the user has it in this very group. That the user is an administrator is not in it.
    async fn access_level(&self) -> AccessLevel {
        let role = self.access.decided_by().and_then(|grant| grant.role.clone());
        AccessLevel::with_role(self.access.level, role)
    }

    /// The grant that the level comes from: of those that give most the one that the member list puts first. Null without a level.
    async fn decided_by(&self) -> Option<AccessGrant> {
        self.access.decided_by().map(|grant| self.grant(grant))
    }

    /// Every way that leads there: those that count first, then those that give nothing.
    async fn grants(&self) -> Vec<AccessGrant> {
        self.all_grants()
    }

    /// The day on which the level ends, UTC, as things are: the last one of the grants that count. Null when one of them has no end, and
    /// without a level.
    async fn expires_at(&self) -> Option<Time> {
        self.access.expires_at.map(Time::Day)
    }

    /// The whole in one English sentence.
    async fn explanation(&self) -> &str {
        &self.access.explanation
    }
}

/// One way that leads a user into a group or project: a membership, and what lies between it and the group or project asked about.
#[Object]
impl AccessGrant {
    /// What makes it.
    async fn kind(&self) -> AccessGrantKind {
        self.grant.kind.into()
    }

    /// What it gives, or would give if it counted. A share gives no more than its own level.
    async fn access_level(&self) -> AccessLevel {
        AccessLevel::with_role(self.grant.level, self.grant.role.clone())
    }

    /// The level of the membership itself, when a share lowers it. Null when none does, and in `effectiveAccess` and `grants` also when you may not see the
    /// group of the membership.
    async fn capped_from(&self) -> Option<AccessLevel> {
        self.grant.capped_from.map(AccessLevel::from)
    }

    /// The way from the group or project of the membership to the one asked about, both included: between them the two ends of each share.
    /// Groups that you may not see are left out.
    async fn via(&self) -> Vec<MemberSource> {
        let groups = self.grant.via.iter().map(|group| Group(Arc::clone(group)).into());
        groups.chain([self.asked.clone().into()]).collect()
    }

    /// The membership. Null for a request for access, for administrators, and when the member list would not show it to you. When you may not
    /// see its group, it is as in that list.
    async fn member(&self) -> Option<MemberInterface> {
        let member = self.grant.member.clone()?;
        Some(MemberInterface::asked(member, self.asked.clone()))
    }

    /// The day on which it ends, UTC: that of the membership or of a share, whichever comes first. Null without an end.
    async fn expires_at(&self) -> Option<Time> {
        self.grant.expires_at.map(Time::Day)
    }

    /// Whether it counts: whether it gives the level that the user has. Of an administrator: beside that level.
    async fn counts(&self) -> bool {
        self.grant.ignored.is_none()
    }

    /// Why it does not count; null when it does.
    async fn ignored_because(&self) -> Option<GrantIgnoredReason> {
        self.grant.ignored.map(GrantIgnoredReason::from)
    }
}
