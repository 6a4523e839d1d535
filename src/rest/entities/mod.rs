//! The objects of the API as clients see them: fields in GitLab's order, absent and null told apart.

mod group;
mod member;
mod project;
mod share;
mod time;
mod user;
mod version;

pub(super) use group::{Group, GroupDetail, Projects};
pub(super) use member::Member;
pub(super) use project::{Permissions, Project, ProjectDetail, SimpleProject};
pub(super) use share::{GroupShare, ProjectShare};
pub(super) use time::Time;
pub(super) use user::{AdminUser, BasicUser, OwnUser, User, UserDetail};
pub(super) use version::Version;
