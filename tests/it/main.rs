//! The one integration test binary: the product seen from outside, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod agree;
mod conventions;
mod counting;
mod documents;
mod doors;
mod examples;
mod expiry;
mod floors;
mod graph;
mod hostile;
mod invites;
mod ldap;
mod limiting;
mod listings;
mod live;
mod mail;
mod managing;
mod migrations;
mod orders;
mod organisation;
mod outside;
mod policy;
mod races;
mod reminding;
mod rest;
mod sight;
mod signing_in;
mod support;
mod tidying;
mod tokens;
mod users;
mod why;
mod writing;
