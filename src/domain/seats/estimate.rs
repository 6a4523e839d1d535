//! GitLab's estimate before people are invited: how many would be billable then.

use std::collections::BTreeSet;

use sea_orm::FromQueryResult;

use super::find::require_owner;
use super::{rows, usage};
use crate::domain::standing::Group;
use crate::domain::{Ctx, Result};
use crate::types::{AccessLevel, MemberRoleId, NamespaceId, fold};

/// Whom one thinks of inviting, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guests {
    /// Users by number.
    pub users: Vec<i64>,
    /// Addresses, of users or of nobody.
    pub addresses: Vec<String>,
    /// A group that would be let in.
    pub group: Option<i64>,
    /// With this level.
    pub level: AccessLevel,
    /// With this custom role.
    pub role: Option<MemberRoleId>,
}

/// What that would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Billable users then.
    pub users: u64,
    /// Whether that is more than there are seats.
    pub over: bool,
    /// Whether it is more than there are seats, and more than there are users now.
    pub further_over: bool,
}

/// How many billable users the top-level group would have with these guests.
///
/// # Errors
/// As [`super::page`].
pub async fn estimate(ctx: &Ctx, group: &Group, guests: &Guests) -> Result<Estimate> {
    require_owner(ctx, group)?;
    let now = usage::in_use(ctx, NamespaceId::of_group(group.id)).await?;
    let users = now + newcomers(ctx, group, guests).await?;
    let over = group
        .seat_cap
        .is_some_and(|cap| i64::try_from(users).is_ok_and(|users| users > cap));
    Ok(Estimate {
        users,
        over,
        further_over: over && users > now,
    })
}

async fn newcomers(ctx: &Ctx, group: &Group, guests: &Guests) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Known {
        email_norm: String,
        public_email_norm: Option<String>,
        comes: bool,
    }
    if !occupies(ctx, group, guests).await? {
        return Ok(0);
    }
    let root = NamespaceId::of_group(group.id);
    let addresses: BTreeSet<_> = guests.addresses.iter().map(|address| fold(address.trim())).collect();
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let list: Vec<_> = addresses.iter().cloned().collect();
    let by_address = sql.any_word("u.email_norm", &list);
    let by_public = sql.any_word("u.public_email_norm", &list);
    let by_number = sql.any_of("u.id", guests.users.iter().copied());
    let (own, invited) = (sql.bind(root.0), sql.bind(guests.group));
    let up = dialect.path_ids("h.ancestor_path", "up");
    let row = rows::counting_row(dialect);
    sql.push(format!(
        "SELECT u.email_norm, u.public_email_norm,
                u.state = 'active' AND u.user_type = 'human'
                AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.root_id = {own} AND s.user_id = u.id AND s.state = 0) AS comes
           FROM users u
          WHERE {by_address} OR {by_public} OR {by_number}
             OR u.id IN (SELECT m.user_id FROM namespaces root CROSS JOIN namespaces h CROSS JOIN {up} CROSS JOIN members m
                           LEFT JOIN member_roles r ON r.id = m.member_role_id
                          WHERE root.id = {own} AND h.id = {invited} AND m.source_kind = 1 AND m.source_id = up.value AND m.state = 0 AND {row})"
    ));
    let known: Vec<Known> = sql.all().await?;
    let is_known = |address: &String| {
        known
            .iter()
            .any(|user| user.email_norm == *address || user.public_email_norm.as_ref() == Some(address))
    };
    let strangers = addresses.iter().filter(|address| !is_known(address)).count();
    let users = known.iter().filter(|user| user.comes).count();
    Ok((strangers + users) as u64)
}

/// Whether somebody takes a seat by that level or role.
async fn occupies(ctx: &Ctx, group: &Group, guests: &Guests) -> Result<bool> {
    if guests.level < AccessLevel::Guest {
        return Ok(false);
    }
    if !group.exclude_guests || guests.level > AccessLevel::Guest {
        return Ok(true);
    }
    let Some(role) = guests.role else {
        return Ok(false);
    };
    let mut sql = ctx.conn().sql();
    let (role, group) = (sql.bind(role.0), sql.bind(group.id.0));
    sql.push(format!(
        "SELECT COUNT(*) FROM member_roles r WHERE r.id = {role} AND r.group_id = {group} AND r.occupies_seat"
    ));
    Ok(sql.number().await? > 0)
}
