//! Members of groups and projects: rows of their own, inherited ones, and those that come through links.

mod add;
mod choose;
mod conditions;
mod expire;
mod explain;
pub(in crate::domain) mod facts;
mod find;
mod import;
mod managed;
mod of_user;
mod order;
mod ordered;
mod overrides;
mod ranks;
pub(in crate::domain) mod remove;
mod rows;
pub(in crate::domain) mod search;
mod sentence;
mod sight;
pub(in crate::domain) mod store;
mod update;
pub(in crate::domain) mod validate;
mod ways;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use crate::domain::Actor;
use crate::domain::standing::{Group, Project};
use crate::domain::users::User;
use crate::types::{
    AccessLevel, AncestorPath, GroupId, MemberId, MemberRoleId, MemberState, NamespaceId, Permissions, Source, UserId,
};

pub use add::{Added, Became, MOST, NewMember, Problem, Several, Via, add, add_several, once};
pub use expire::expire;
pub use explain::{Access, Grant, GrantKind, explain};
pub use facts::Whom;
pub(in crate::domain) use find::written_one;
pub use find::{List, by_row, count, counts, direct_counts, may_list, page, pages, single, whose};
pub use import::{Imported, NotImported, import};
pub use managed::managed;
pub(in crate::domain) use of_user::whole;
pub use of_user::{counts_of_users, of_users};
pub use order::{Direction, Order};
pub use overrides::set_override;
pub use remove::{Removal, remove, remove_shown};
pub(in crate::domain) use rows::{people, roles};
pub use update::{Changed, MemberChange, update, update_several};

/// A group or project whose members are asked for, as the actor sees it.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// A group's.
    Group(&'a Group),
    /// A project's.
    Project(&'a Project),
}

/// A way in which somebody can be a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// By a row of the group or project itself; for the owner of a personal namespace also without one.
    Direct,
    /// By a row of an ancestor; of a project: of its group or an ancestor of that.
    Inherited,
    /// By a row of a subgroup.
    Descendants,
    /// Through a link of the group or an ancestor; of a project: of its group chain.
    SharedIntoAncestors,
    /// Through a link of the project itself.
    InvitedGroups,
}

/// Which members are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// Rows of the source itself, one entry a row, by row number unless ordered otherwise.
    Direct,
    /// Whoever comes by one of these ways: one entry a user, with the highest level among them.
    By(BTreeSet<Relation>),
}

impl Which {
    /// REST's `members/all`.
    pub fn all() -> Self {
        Self::By(
            [
                Relation::Direct,
                Relation::Inherited,
                Relation::SharedIntoAncestors,
                Relation::InvitedGroups,
            ]
            .into(),
        )
    }
}

/// What narrows a list of members. It applies to the one entry chosen for each user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words in the name or the user name, or the whole public address; blank for all. `"…"` keeps a phrase, a leading `@` is dropped.
    pub search: Option<String>,
    /// Only these users.
    pub users: Option<Vec<i64>>,
    /// Not these users.
    pub not_users: Vec<i64>,
    /// Only these membership rows or these users (the graph's `ids`).
    pub rows_or_users: Option<(Vec<i64>, Vec<i64>)>,
    /// Only users with an identity of the group's own SAML provider; ignored unless the actor may see identities.
    pub with_saml_identity: bool,
    /// Only users whose account the top-level group owns, or only others.
    pub enterprise: Option<bool>,
    /// Only these states.
    pub states: Option<Vec<MemberState>>,
    /// Only these levels.
    pub levels: Option<Vec<AccessLevel>>,
    /// This level or more.
    pub min_level: Option<AccessLevel>,
    /// Only with this custom role.
    pub role: Option<MemberRoleId>,
    /// Only what ends before this day.
    pub expires_before: Option<NaiveDate>,
    /// Only users whose last activity was before this day, or who never had any.
    pub last_activity_before: Option<NaiveDate>,
    /// Only rows with or without the LDAP override.
    pub overridden: Option<bool>,
}

/// Why a row, or a link on the way from it, gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// The row has ended.
    Expired,
    /// The row waits for an owner's approval.
    Awaiting,
    /// The row gives minimal access, which is none here.
    MinimalAccess,
    /// A link on the way has ended.
    ShareExpired,
    /// The project's own group suspends links of its projects.
    ShareLocked,
    /// Another way gives more.
    LowerLevel,
    /// The row only asks for access.
    AccessRequest,
}

/// One member, as the actor may see it.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership row; none for the owner of a personal namespace.
    pub id: Option<MemberId>,
    /// The group or project that the row belongs to; for who comes through a link: the invited group, or one above it.
    pub source: Source,
    /// The topmost group of that source.
    pub source_root: NamespaceId,
    /// The way that the row was reached by.
    pub relation: Relation,
    /// The user. `email` is only there when the actor may see it, and the name of a bot from elsewhere is hidden.
    pub user: User,
    /// The level: effective in effective lists, the row's own in direct ones.
    pub access_level: AccessLevel,
    /// In force or waiting.
    pub state: MemberState,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When the row was last changed.
    pub updated_at: DateTime<Utc>,
    /// Last day plus one: the day on which it no longer counts.
    pub expires_at: Option<NaiveDate>,
    /// Who made it: absent when nobody is recorded or the actor may not see it.
    pub created_by: Option<User>,
    /// The custom role.
    pub role: Option<Role>,
    /// Whether LDAP made the row.
    pub ldap: bool,
    /// Whether the row's level is freed from LDAP.
    pub overridden: bool,
    /// The address of the invitation that it once was; for those who administer the source.
    pub invite_email: Option<String>,
    /// The SAML provider of the source.
    pub saml_provider: Option<i64>,
    /// The identity at the group's SAML provider. Outer none: the actor may not see identities here.
    pub saml_identity: Option<Option<SamlIdentity>>,
}

/// How a user is known at a group's SAML provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlIdentity {
    /// The subject.
    pub extern_uid: String,
    /// The provider's number.
    pub saml_provider_id: i64,
}

impl SamlIdentity {
    /// The word for its kind of provider.
    pub const PROVIDER: &str = "group_saml";
}

/// A custom role.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Role {
    /// Its number.
    pub id: MemberRoleId,
    /// The top-level group it belongs to.
    pub group_id: GroupId,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The level it builds on.
    pub base_access_level: AccessLevel,
    /// What it adds.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Of<'_> {
    /// The source's own number and kind.
    pub fn source(self) -> Source {
        match self {
            Self::Group(group) => Source::Group(group.id),
            Self::Project(project) => Source::Project(project.id),
        }
    }

    /// Whether the actor sees it. Whoever is invited may hold one that they do not.
    pub fn seen_by(self, actor: &Actor) -> bool {
        match self {
            Self::Group(group) => group.seen_by(actor),
            Self::Project(project) => project.seen_by(actor),
        }
    }

    fn full_path(&self) -> &str {
        match self {
            Self::Group(group) => &group.full_path,
            Self::Project(project) => &project.full_path,
        }
    }

    fn ancestor_path(&self) -> &AncestorPath {
        match self {
            Self::Group(group) => &group.ancestor_path,
            Self::Project(project) => &project.ancestor_path,
        }
    }

    fn root(self) -> NamespaceId {
        match self {
            Self::Group(group) => NamespaceId::of_group(group.root_id),
            Self::Project(project) => project.root_id,
        }
    }

    /// The SAML provider of the topmost group.
    fn root_saml_provider(self) -> Option<i64> {
        match self {
            Self::Group(group) => group.root_saml_provider_id,
            Self::Project(project) => project.root_saml_provider_id,
        }
    }

    /// The user who owns the project by its namespace.
    fn personal_owner(self) -> Option<UserId> {
        match self {
            Self::Group(_) => None,
            Self::Project(project) => project.namespace_owner_id,
        }
    }
}
