//! Promotions that wait for an administrator.

#![expect(unreachable_code, reason = "what the macro makes of a field that nothing has")]

use async_graphql::Object;

use super::{AccessLevel, UserCore};
use crate::graphql::scalars::Time;

/// There are none: roster lets whoever may promote do it at once. Documents written for GitLab ask for them all the same.
#[derive(Clone, Copy, Debug)]
pub enum MemberApproval {}

/// A promotion that waits for an administrator. roster has none: who may promote does it at once.
#[Object]
impl MemberApproval {
    /// Who is to be promoted.
    async fn user(&self) -> Option<UserCore> {
        match *self {}
    }

    /// The level before; null for a newcomer.
    async fn old_access_level(&self) -> Option<AccessLevel> {
        match *self {}
    }

    /// The level that was asked for.
    async fn new_access_level(&self) -> Option<AccessLevel> {
        match *self {}
    }

    /// Who asked for it.
    async fn requested_by(&self) -> Option<UserCore> {
        match *self {}
    }

    /// Who decided.
    async fn reviewed_by(&self) -> Option<UserCore> {
        match *self {}
    }

    /// What became of it.
    async fn status(&self) -> Option<String> {
        match *self {}
    }

    /// When it was asked for.
    async fn created_at(&self) -> Option<Time> {
        match *self {}
    }
}
