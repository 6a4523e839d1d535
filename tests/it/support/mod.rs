//! What every test stands on: worlds, the evaluator they are judged by, and the product over a database of its own.

mod app;
mod client;
mod database;
pub(crate) mod halves;
mod listener;
mod mailbox;
pub(crate) mod oracle;
mod postgres;
pub(crate) mod random;
pub(crate) mod world;

pub(crate) use app::{EXTERNAL_URL, TestApp, now, on_both_databases, run_on, today};
pub(crate) use client::{Answer, Client};
pub(crate) use database::Kind;
pub(crate) use listener::Listener;
pub(crate) use mailbox::{Mail, Mailbox};
pub(crate) use world::level;
