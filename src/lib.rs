//! roster: who belongs where, with which access, and who pays for a seat.
//!
//! ```text
//! 6  main, cli            the parts are built and joined
//! 5  server               the router, limits, /-/ pages, shutdown
//! 4  graphql   rest       two thin faces: parse, call, present
//!    world     mail       the third door; delivery
//!    directory            where people of synced groups come from
//! 3  auth                 a token becomes an actor
//! 2  domain               THE rules
//! 1  entity    db         tables, connections, the one door for writes
//! 0  types  clock  config  markup  telemetry
//! ```
//!
//! A floor uses the floors below it; never its neighbours, never upwards. `docs/architecture.md` walks one request through it.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod entity;
pub mod graphql;
pub mod mail;
pub mod markup;
pub mod rest;
pub mod server;
pub mod telemetry;
pub mod types;
pub mod world;
