//! `roster schema`

use super::failure::Failure;
use super::print;
use crate::graphql;

/// Print the schema of the graph, in GraphQL's definition language.
///
/// Example:
///
///     roster schema > schema.graphql
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {}

pub(super) fn run() -> Result<(), Failure> {
    print(&graphql::sdl())
}
