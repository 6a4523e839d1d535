//! graphql
mod documents;
pub mod engine;
pub mod error;
pub mod http;
pub mod limits;
mod scan;
mod shape;
mod variables;
