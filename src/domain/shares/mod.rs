//! Links that give a group access to a group or project.

mod find;

use chrono::NaiveDate;

use super::standing::Group;
use crate::types::{AccessLevel, MemberRoleId, ShareId};

pub use find::{of_group, of_projects, projects_open_to};

/// A link in force, to a group that the actor sees.
#[derive(Clone, Debug)]
pub struct Share {
    /// Its number.
    pub id: ShareId,
    /// The group that is let in.
    pub invited: Group,
    /// The level that nobody gets beyond by this link.
    pub access_level: AccessLevel,
    /// The custom role that it gives.
    pub member_role_id: Option<MemberRoleId>,
    /// The day on which it no longer counts.
    pub expires_at: Option<NaiveDate>,
}
