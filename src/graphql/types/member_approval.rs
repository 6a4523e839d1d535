//! Promotions that wait for an administrator.

#![expect(unreachable_code, reason = "what the macro makes of a field that nothing has")]

use std::future::ready;

use async_graphql::{Context, Object};

use super::{AccessLevel, UserCore};
use crate::domain::standing::Group;
use crate::domain::{Error, Page};
use crate::graphql::connection::{Border, Connection, List, Nullable, Paging, connect};
use crate::graphql::loaders::loaders;
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

/// The promotions that wait in a group: none, and null for others than its owners and administrators.
pub(super) async fn list(ctx: &Context<'_>, group: &Group, paging: &Paging) -> Nullable<Connection<MemberApproval>> {
    if !group.owned_by(&loaders(ctx).ctx().actor) {
        return Err(Error::Forbidden(None)).or_null();
    }
    let rows = List {
        sort: "None".to_owned(),
        page: |_| ready(Ok(Page::empty())),
        count: |_| ready(Ok(0)),
    };
    connect(ctx, paging, rows, |approval| approval).await.or_null()
}
