//! The first face: queries over HTTP. It parses, calls the domain, and dresses what comes back; it decides nothing.

pub mod connection;
mod cursor;
mod deprecated;
mod documents;
pub mod engine;
pub mod error;
pub mod federation;
#[cfg(test)]
mod fuzz;
pub mod http;
mod idempotent;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod loaders;
pub mod mutations;
mod one_field;
pub mod query;
pub mod scalars;
mod scan;
mod schema;
mod service;
mod shape;
mod sort;
pub mod subscription;
mod tour;
pub mod types;
mod variables;

pub use http::Streaming;
pub use loaders::equip;
pub use schema::{Schema, builder, schema, sdl};
pub use service::router;
