//! Where every change begins: one file a subject, as in the domain.
//!
//! A mutation calls one function of the domain and says what became of it. What the client can mend is data in its payload; what nobody can mend by
//! another input, above all a missing right, is an error.

mod bulk;
mod input;
mod invite;
mod member;
mod told;

use async_graphql::MergedObject;

pub use told::{UserError, UserErrorCode};

/// Everything that can be changed. The fields of one document are done one after another, each whole or not at all.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(invite::Invite, member::Members, bulk::Bulk);
