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
pub(super) struct Args {
    /// As a subgraph of Apollo Federation 2, with the keys of users, groups and projects.
    #[arg(long)]
    federation: bool,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.federation {
        return print(&graphql::federation::sdl());
    }
    print(&graphql::sdl())
}
