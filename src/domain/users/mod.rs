//! Users, as an actor may see them.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use crate::types::{GroupId, UserId, UserState, UserType};

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
