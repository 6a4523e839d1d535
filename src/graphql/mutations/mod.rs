//! Where every change begins: one file a subject, as in the domain.
//!
//! A mutation calls one function of the domain and says what became of it. What the client can mend is data in its payload; what nobody can mend by
//! another input, above all a missing right, is an error.

mod access_request;
mod bulk;
mod group;
mod input;
mod invitation;
mod invite;
mod ldap;
mod member;
mod member_role;
mod pending;
mod personal_access_token;
mod project;
mod seat;
mod share;
mod told;
mod user;

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container_serial};
use async_graphql::{
    Context, ContextSelectionSet, MergedObject, ObjectType, OutputType, Positioned, ServerResult, Value,
};

pub(in crate::graphql) use input::{InviteeInput, MemberSourceInput, day, role};
pub(in crate::graphql) use member::whose;
pub use told::{UserError, UserErrorCode};

/// Everything that can be changed. The fields of one document are done one after another, each whole or not at all.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
struct Fields(
    invite::Invite,
    member::Members,
    bulk::Bulk,
    invitation::Invitations,
    share::Shares,
    access_request::AccessRequests,
    pending::Pending,
    member_role::MemberRoles,
    user::Users,
    seat::Seats,
    ldap::Ldap,
    group::Groups,
    project::Projects,
    personal_access_token::PersonalAccessTokens,
);

/// The root of all mutations: its fields, of which none takes the answers of the others along when it fails. What was done before stands, and must be
/// told.
#[derive(Debug, Default)]
pub struct Mutation(Fields);

impl ContainerType for Mutation {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        Box::pin(self.0.resolve_field(ctx)).await.or_else(|error| {
            ctx.add_error(error);
            Ok(Some(Value::Null))
        })
    }
}

impl OutputType for Mutation {
    fn type_name() -> Cow<'static, str> {
        Fields::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Fields::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container_serial(ctx, self).await
    }
}

impl ObjectType for Mutation {}
