//! Custom roles of top-level groups, for those who administer them.

mod create;
mod delete;
mod find;

pub use super::members::Role;
pub use create::{MOST, NewRole, create};
pub use delete::delete;
pub use find::{by_ids, count, of_group, of_groups, page, whose};

/// What narrows a list of custom roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of these top-level groups.
    pub groups: Option<Vec<i64>>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
}
