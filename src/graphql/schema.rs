//! The schema put together.

use async_graphql::{SDLExportOptions, SchemaBuilder};

use super::idempotent::idempotent;
use super::mutations::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use super::types::{InvitationInterface, User};

/// What the graph answers.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, to be finished; what its resolvers need comes with each request.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation::default(), Subscription)
        .directive(idempotent)
        .enable_subscription_in_federation()
        // No field answers these interfaces, but documents written for GitLab have fragments on it.
        .register_output_type::<User>()
        .register_output_type::<InvitationInterface>()
}

/// The schema as it is served.
pub fn schema() -> Schema {
    builder().finish()
}

/// The schema's own text, as `schema.graphql` keeps it.
pub fn sdl() -> String {
    schema().sdl_with_options(SDLExportOptions::new().use_space_ident())
}

#[cfg(test)]
mod tests;
