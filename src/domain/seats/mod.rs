//! Seats: who counts as billable in a top-level group.

mod count;
mod find;

pub use count::{count, has_active_row};
pub use find::using;
