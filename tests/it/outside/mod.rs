//! The product as others meet it: the built binary, its terminal, a browser, GitLab's clients, an audit.
//!
//! Each test starts a process of its own and ends it, also when it fails. What needs a program of somebody else's is
//! left out where that cannot be had; see `support::halves`.

mod audit;
mod browser;
mod clients;
mod demo;
mod files;
mod guide;
mod inviting;
mod mail;
mod openapi;
pub(crate) mod packages;
pub(crate) mod program;
mod serving;
mod streams;
mod terminal;
mod tools;
