//! Where a thing lies: the ids of its ancestors, and the folding of names.

use std::fmt;

use sea_orm::DeriveValueType;

use super::GroupId;

/// The numbers of a group and all its ancestors, topmost first: `"1/7/19/"`. Every group below begins with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
pub struct AncestorPath(pub String);

impl AncestorPath {
    /// The path of a top-level namespace.
    pub fn root(id: i64) -> Self {
        Self(format!("{id}/"))
    }

    /// The path of a child.
    #[must_use]
    pub fn child(&self, id: i64) -> Self {
        Self(format!("{}{id}/", self.0))
    }

    /// The groups on the path, topmost first, the group itself last.
    pub fn groups(&self) -> impl DoubleEndedIterator<Item = GroupId> + '_ {
        self.0
            .split_terminator('/')
            .filter_map(|id| id.parse().ok().map(GroupId))
    }

    /// Whether `other` is the same group or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The first text behind every path below this one: `"1/7/"` becomes `"1/70"`, as `0` follows `/`.
    pub fn end(&self) -> String {
        format!("{}0", self.0.trim_end_matches('/'))
    }
}

impl fmt::Display for AncestorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form in which names, paths and addresses are compared: Unicode lower case.
///
/// Done here and not by the databases, because SQLite's `lower` knows ASCII only and PostgreSQL's depends on the locale.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_before_the_next_sibling_and_behind_its_children() {
        let path = AncestorPath::root(1).child(7);
        let (child, sibling) = (path.child(99), AncestorPath::root(1).child(70));
        assert!(child.0.as_str() >= path.0.as_str() && child.0 < path.end());
        assert!(sibling.0 >= path.end() || sibling.0 < path.0);
        assert!(path.contains(&child) && !path.contains(&sibling));
    }

    #[test]
    fn the_groups_of_a_path_come_topmost_first() {
        let path = AncestorPath("1/7/19/".to_owned());
        assert_eq!(path.groups().collect::<Vec<_>>(), [GroupId(1), GroupId(7), GroupId(19)]);
    }
}
