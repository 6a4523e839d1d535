//! The one integration test binary: the product seen from outside, on both databases.

mod migrations;
mod support;
