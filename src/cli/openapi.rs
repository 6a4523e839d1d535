//! `roster openapi`

use super::failure::Failure;
use super::print;
use crate::rest;

/// Print the OpenAPI 3.1 document of the REST shim.
///
/// A running server shows the same at /api/v4/openapi.json.
///
/// Example:
///
///     roster openapi > openapi.json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {}

pub(super) fn run() -> Result<(), Failure> {
    print(&format!("{}\n", rest::openapi()))
}
