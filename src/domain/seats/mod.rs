//! Seats: who counts as billable in a top-level group.

mod find;

pub use find::using;
