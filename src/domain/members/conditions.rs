//! The filters of a member list as SQL conditions.

use super::Filter;
use super::search::Search;
use crate::db::Sql;
use crate::domain::hierarchy;

/// What a row `alias` of `members` must fulfil; `entries`: also what is asked of the entry itself, where every row is one.
pub(super) fn of_rows(
    sql: &mut Sql<'_>,
    alias: &str,
    search: Option<&Search>,
    filter: &Filter,
    entries: bool,
) -> String {
    let user = format!("{alias}.user_id");
    let mut terms = vec![hierarchy::live(sql.dialect(), alias)];
    terms.extend(of_users(sql, &user, search, filter));
    terms.extend(of_users_of_source(&user, filter));
    if entries {
        terms.extend(of_entries(sql, alias, filter));
    }
    terms.join(" AND ")
}

/// What is asked of the user, whose number is the expression `user`.
pub(super) fn of_users(sql: &mut Sql<'_>, user: &str, search: Option<&Search>, filter: &Filter) -> Vec<String> {
    let mut terms = Vec::new();
    if let Some(users) = &filter.users {
        terms.push(sql.any_of(user, users.iter().copied()));
    }
    if !filter.not_users.is_empty() {
        terms.push(format!("NOT {}", sql.any_of(user, filter.not_users.iter().copied())));
    }
    if let Some(search) = search {
        let matches = search.condition(sql, "s");
        terms.push(format!(
            "EXISTS (SELECT 1 FROM users s WHERE s.id = {user} AND {matches})"
        ));
    }
    if let Some(day) = filter.last_activity_before {
        let day = sql.bind(day);
        terms.push(format!(
            "EXISTS (SELECT 1 FROM users a WHERE a.id = {user} AND (a.last_activity_on IS NULL OR a.last_activity_on < {day}))"
        ));
    }
    terms
}

/// What is asked of the user from the point of view of the asked source; `leg` must be in sight.
fn of_users_of_source(user: &str, filter: &Filter) -> Vec<String> {
    let mut terms = Vec::new();
    if filter.with_saml_identity {
        terms.push(format!(
            "(leg.saml_provider IS NULL OR EXISTS (SELECT 1 FROM user_identities i
               WHERE i.user_id = {user} AND i.provider = 'group_saml' AND i.saml_provider_id = leg.saml_provider))"
        ));
    }
    if let Some(owned) = filter.enterprise {
        let not = if owned { "" } else { "NOT " };
        terms.push(format!(
            "{not}EXISTS (SELECT 1 FROM users e WHERE e.id = {user} AND e.enterprise_group_id = leg.root)"
        ));
    }
    terms
}

/// What is asked of the entry, where every row is one.
fn of_entries(sql: &mut Sql<'_>, alias: &str, filter: &Filter) -> Vec<String> {
    let mut terms = Vec::new();
    if let Some((rows, users)) = &filter.rows_or_users {
        let (rows, users) = (
            sql.any_of(&format!("{alias}.id"), rows.iter().copied()),
            users.iter().copied(),
        );
        let users = sql.any_of(&format!("{alias}.user_id"), users);
        terms.push(format!("({rows} OR {users})"));
    }
    if let Some(states) = &filter.states {
        terms.push(sql.any_of(
            &format!("{alias}.state"),
            states.iter().map(|state| i64::from(*state as i32)),
        ));
    }
    if let Some(levels) = &filter.levels {
        terms.push(sql.any_of(
            &format!("{alias}.access_level"),
            levels.iter().map(|level| i64::from(level.number())),
        ));
    }
    if let Some(level) = filter.min_level {
        let level = sql.bind(level.number());
        terms.push(format!("{alias}.access_level >= {level}"));
    }
    if let Some(role) = filter.role {
        let role = sql.bind(role.0);
        terms.push(format!("{alias}.member_role_id = {role}"));
    }
    if let Some(day) = filter.expires_before {
        let day = sql.bind(day);
        terms.push(format!("{alias}.expires_at < {day}"));
    }
    if let Some(overridden) = filter.overridden {
        terms.push(if overridden {
            format!("{alias}.override")
        } else {
            format!("NOT {alias}.override")
        });
    }
    terms
}
