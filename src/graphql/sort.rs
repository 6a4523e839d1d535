//! The orders that are named by a word: `name_asc`, `id_desc`.

use crate::domain::members::Direction;
use crate::domain::{Error, Result, groups, projects};

/// The order of a list of groups; the usual one without a word.
///
/// # Errors
/// `Invalid` for a word that names none.
pub(super) fn group_order(sort: Option<&str>) -> Result<groups::Order> {
    let Some(word) = sort.filter(|sort| !sort.is_empty()) else {
        return Ok(groups::Order::default());
    };
    Ok(match parse(word)? {
        ("id" | "created" | "created_at", direction) => groups::Order::Id(direction),
        ("name", direction) => groups::Order::Name(direction),
        ("path", direction) => groups::Order::Path(direction),
        _ => return Err(unknown(word)),
    })
}

/// The order of a list of projects; the usual one without a word.
///
/// # Errors
/// `Invalid` for a word that names none.
pub(super) fn project_order(sort: Option<&str>) -> Result<projects::Order> {
    let Some(word) = sort.filter(|sort| !sort.is_empty()) else {
        return Ok(projects::Order::default());
    };
    Ok(match parse(word)? {
        ("id" | "created" | "created_at", direction) => projects::Order::Id(direction),
        ("name", direction) => projects::Order::Name(direction),
        ("path", direction) => projects::Order::Path(direction),
        ("updated" | "updated_at" | "last_activity_at" | "latest_activity", direction) => {
            projects::Order::Updated(direction)
        }
        _ => return Err(unknown(word)),
    })
}

fn parse(word: &str) -> Result<(&str, Direction)> {
    match word.rsplit_once('_') {
        Some((field, "asc" | "ASC")) => Ok((field, Direction::Asc)),
        Some((field, "desc" | "DESC")) => Ok((field, Direction::Desc)),
        _ => Err(unknown(word)),
    }
}

fn unknown(word: &str) -> Error {
    Error::Invalid(format!("sort does not know \"{word}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_a_field_and_a_direction() {
        assert_eq!(group_order(None).ok(), Some(groups::Order::Name(Direction::Asc)));
        assert_eq!(
            group_order(Some("path_desc")).ok(),
            Some(groups::Order::Path(Direction::Desc))
        );
        assert_eq!(project_order(None).ok(), Some(projects::Order::Id(Direction::Desc)));
        assert_eq!(
            project_order(Some("created_at_asc")).ok(),
            Some(projects::Order::Id(Direction::Asc))
        );
        assert_eq!(
            project_order(Some("latest_activity_desc")).ok(),
            Some(projects::Order::Updated(Direction::Desc))
        );
    }

    #[test]
    fn a_word_that_names_no_order_is_refused() {
        for word in ["name", "_asc", "name_up", "secret_asc"] {
            assert!(matches!(group_order(Some(word)), Err(Error::Invalid(_))), "{word}");
            assert!(matches!(project_order(Some(word)), Err(Error::Invalid(_))), "{word}");
        }
    }
}
