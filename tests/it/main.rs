//! The one integration test binary: the product seen from outside, on both databases.

mod listings;
mod migrations;
mod signing_in;
mod support;
