//! Who takes a seat, as the owners of a top-level group see them.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{BasicUser, Time};
use crate::domain::seats;

/// A user who takes a seat in a top-level group.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct BillableMember {
    #[serde(flatten)]
    user: BasicUser,
    /// The primary address for administrators and for owners of the group that the account belongs to; else the public one.
    email: Option<String>,
    last_activity_on: Option<NaiveDate>,
    /// `group_member`, `project_member`, `group_invite` or `project_invite`: the first that applies.
    #[schema(example = "group_member")]
    membership_type: &'static str,
    /// Whether the user has rows in the group, its subgroups or projects.
    removable: bool,
    /// When the account was made.
    created_at: Time,
    is_last_owner: bool,
    last_login_at: Option<Time>,
}

impl BillableMember {
    pub(in crate::rest) fn new(member: seats::BillableMember, external_url: &str) -> Self {
        let removable = member.is_removable();
        let mut user = member.user;
        Self {
            email: user.email.take(),
            last_activity_on: user.last_activity_on,
            membership_type: member.membership_type.as_str(),
            removable,
            created_at: user.created_at.into(),
            is_last_owner: member.is_last_owner,
            last_login_at: user.last_sign_in_at.map(Time),
            user: BasicUser::new(user, external_url),
        }
    }
}
