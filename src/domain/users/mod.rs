//! Users, as an actor may see them.

mod bots;
mod change_state;
mod create;
mod details;
mod find;
mod memberships;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::members::Direction;
use super::{Ctx, Result, policy};
use crate::types::{GroupId, UserId, UserState, UserType};

pub(super) use bots::hide_names as hide_bot_names;
pub use change_state::{change_state, set_state};
pub use create::{NewUser, create};
pub use details::{Details, Identity, current, details};
pub(in crate::domain) use find::columns_with;
pub use find::{by_ids, by_username, by_usernames, count, get, page, several};
pub use memberships::{Place, count_memberships, memberships};

/// A user. What the actor may not see is not in it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct User {
    /// Number.
    pub id: UserId,
    /// The name in paths.
    pub username: String,
    /// The name.
    pub name: String,
    /// The name as it sorts: folded.
    pub name_key: String,
    /// The address that everybody may see.
    pub public_email: Option<String>,
    /// The primary address; none when the actor may not see it here.
    pub email: Option<String>,
    /// Whether the account may be used.
    pub state: UserState,
    /// What kind of account it is.
    pub user_type: UserType,
    /// Whether it is an administrator.
    pub admin: bool,
    /// Whether it is external.
    pub external: bool,
    /// The top-level group that owns the account.
    pub enterprise_group_id: Option<GroupId>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When the account was last changed.
    pub updated_at: DateTime<Utc>,
    /// The newest log-in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// The newest day with activity.
    pub last_activity_on: Option<NaiveDate>,
}

/// Refuses everybody but administrators.
fn may_administer(ctx: &Ctx) -> Result<()> {
    ctx.require_known()?;
    Ok(policy::administer_accounts(ctx.actor.is_admin())?)
}

/// What narrows a list of users. A truth that is not set narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a filter of its own")]
pub struct Filter {
    /// Only these.
    pub ids: Option<Vec<i64>>,
    /// Only those with these user names, whatever the case.
    pub usernames: Option<Vec<String>>,
    /// A part of the name or the user name (the whole of either when it is shorter than three characters; a leading `@` is dropped), or the
    /// whole public address; for administrators also the whole primary one. Blank for all.
    pub search: Option<String>,
    /// Only those with this public address.
    pub public_email: Option<String>,
    /// Only active accounts that are not internal.
    pub active: bool,
    /// Only blocked ones.
    pub blocked: bool,
    /// Only external ones.
    pub external: bool,
    /// Only people.
    pub humans: bool,
    /// No active ones.
    pub exclude_active: bool,
    /// No external ones.
    pub exclude_external: bool,
    /// No people.
    pub exclude_humans: bool,
    /// No internal ones.
    pub exclude_internal: bool,
    /// No bots of projects.
    pub without_project_bots: bool,
    /// Only administrators; ignored unless one asks.
    pub admins: bool,
    /// Only users in no project; ignored unless an administrator asks.
    pub without_projects: bool,
    /// Only those made then or later; ignored unless an administrator asks.
    pub created_after: Option<DateTime<Utc>>,
    /// Only those made then or earlier; ignored unless an administrator asks.
    pub created_before: Option<DateTime<Utc>>,
    /// Only those known as the second at the provider that is the first; for administrators.
    pub identity: Option<(String, String)>,
}

/// What users are sorted by. Ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The number.
    Id(Direction),
    /// The name, whatever the case.
    Name(Direction),
    /// The user name, whatever the case.
    Username(Direction),
    /// When the account was made.
    Created(Direction),
    /// When the account was last changed.
    Updated(Direction),
    /// How well the user matches the search: public address, user name, name, the rest; then by name, A first.
    Match,
}

impl Default for Order {
    fn default() -> Self {
        Self::Id(Direction::Desc)
    }
}

impl Order {
    /// The word that a cursor carries, so that one of another order can be refused.
    pub fn word(self) -> String {
        format!("{self:?}")
    }
}
