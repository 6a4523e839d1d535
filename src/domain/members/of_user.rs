//! The rows that users have of their own in groups or in projects.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::rows::{people, roles};
use super::{Direction, Member, Relation, Role, sight};
use crate::db::Sql;
use crate::domain::keyset::{self, Shared, Sort};
use crate::domain::users::User;
use crate::domain::{Ctx, Page, Position, Result, Window, hierarchy, standing};
use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, NamespaceId, Source, SourceKind, UserId};

/// By number of the row.
const SORT: Sort = Sort {
    by: None,
    id: "m.id",
    direction: Direction::Asc,
    ties: Direction::Asc,
};

/// One page of the rows of each of `users` in groups or in projects, oldest first, in the order of `users`: all rows of the actor's own, and
/// to administrators of everybody; of others those in sources whose members the actor may list.
///
/// # Errors
/// `Unauthenticated` for anonymous callers.
pub async fn of_users(ctx: &Ctx, users: &[UserId], kind: SourceKind, window: &Window) -> Result<Vec<Page<Member>>> {
    require_caller(ctx)?;
    let owners = numbers(users);
    let mut sql = ctx.conn().sql();
    let shared = rows_of(&mut sql, ctx, &owners, kind);
    let place = |row: &Numbered| Position {
        value: None,
        id: row.id.0,
    };
    let pages = keyset::pages(sql, &shared, &SORT, window, place).await?;
    let ids = pages
        .iter()
        .flat_map(|page| &page.items)
        .map(|(place, _)| place.id)
        .collect();
    let mut members = whole(ctx, ids).await?;
    Ok(pages
        .into_iter()
        .map(|page| Page {
            has_next: page.has_next,
            has_previous: page.has_previous,
            items: page
                .items
                .into_iter()
                .filter_map(|(place, row)| members.remove(&row.id).map(|member| (place, member)))
                .collect(),
        })
        .collect())
}

/// How many such rows each of `users` has; no count is higher than `limit + 1`.
///
/// # Errors
/// As [`of_users`].
pub async fn counts_of_users(ctx: &Ctx, users: &[UserId], kind: SourceKind, limit: u64) -> Result<Vec<u64>> {
    require_caller(ctx)?;
    let owners = numbers(users);
    let mut sql = ctx.conn().sql();
    let shared = rows_of(&mut sql, ctx, &owners, kind);
    keyset::counts(sql, &shared, limit).await
}

fn require_caller(ctx: &Ctx) -> Result<()> {
    if ctx.actor.is_admin() {
        return Ok(());
    }
    ctx.require_caller().map(drop)
}

fn numbers(users: &[UserId]) -> Vec<i64> {
    users.iter().map(|user| user.0).collect()
}

fn rows_of<'a>(sql: &mut Sql<'_>, ctx: &Ctx, owners: &'a [i64], kind: SourceKind) -> Shared<'a> {
    let live = hierarchy::live(sql.dialect(), "m");
    let open = open_to(sql, ctx, owners, kind);
    Shared {
        owners,
        from: format!(
            "users a JOIN members m ON m.user_id = a.id AND m.source_kind = {} WHERE {live} AND {open}",
            kind as i32
        ),
        columns: "m.id",
    }
}

/// Row `m` is open to the actor.
fn open_to(sql: &mut Sql<'_>, ctx: &Ctx, owners: &[i64], kind: SourceKind) -> String {
    let Some(user) = ctx.actor.user_id().filter(|_| !ctx.actor.is_admin()) else {
        return "TRUE".to_owned();
    };
    let theirs = sql.any_of("r.user_id", owners.iter().copied());
    let sources = format!(
        "SELECT r.source_id FROM members r WHERE r.source_kind = {} AND {theirs}",
        kind as i32
    );
    let seen = match kind {
        SourceKind::Group => {
            let groups = standing::select_groups(sql, &ctx.actor, &format!("n.id IN ({sources})"));
            format!("SELECT seen.id FROM ({groups}) AS seen WHERE NOT seen.through_project")
        }
        SourceKind::Project => {
            let projects = standing::select_projects(sql, &ctx.actor, &format!("p.id IN ({sources})"));
            format!("SELECT seen.id FROM ({projects}) AS seen")
        }
    };
    let user = sql.bind(user.0);
    format!("(m.user_id = {user} OR m.source_id IN ({seen}))")
}

#[derive(FromQueryResult)]
struct Numbered {
    id: MemberId,
}

#[derive(FromQueryResult)]
struct Row {
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    source_root: NamespaceId,
    access_level: AccessLevel,
    state: MemberState,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    expires_at: Option<NaiveDate>,
    ldap: bool,
    overridden: bool,
    invite_email: Option<String>,
    saml_provider: Option<i64>,
    user_id: UserId,
    created_by_id: Option<UserId>,
    member_role_id: Option<MemberRoleId>,
}

/// The rows with everything that an entry shows, by their numbers.
pub(in crate::domain) async fn whole(ctx: &Ctx, ids: Vec<i64>) -> Result<HashMap<MemberId, Member>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = ctx.conn().sql();
    let wanted = sql.any_of("m.id", ids);
    sql.push(format!(
        "SELECT m.id, m.source_kind, m.source_id, COALESCE(n.root_id, p.root_id) AS source_root, m.access_level, m.state, m.created_at,
                m.updated_at, m.expires_at, m.ldap, m.override AS overridden, m.invite_email,
                CASE WHEN n.parent_id IS NULL THEN n.saml_provider_id END AS saml_provider,
                m.user_id, m.created_by_id, m.member_role_id
           FROM members m
           LEFT JOIN namespaces n ON m.source_kind = 1 AND n.id = m.source_id
           LEFT JOIN projects p ON m.source_kind = 2 AND p.id = m.source_id
          WHERE {wanted}"
    ));
    let rows: Vec<Row> = sql.all().await?;
    let shown: BTreeSet<_> = rows
        .iter()
        .flat_map(|row| [Some(row.user_id), row.created_by_id])
        .flatten()
        .collect();
    let people = people(ctx, shown).await?;
    let roles = roles(ctx, rows.iter().filter_map(|row| row.member_role_id).collect()).await?;
    let mut members: Vec<_> = rows
        .into_iter()
        .filter_map(|row| row.into_member(ctx, &people, &roles))
        .collect();
    let mut shown: Vec<_> = members.iter_mut().map(|(_, member)| member).collect();
    sight::veil_alone(ctx, &mut shown).await?;
    Ok(members.into_iter().collect())
}

impl Row {
    /// `None` for a user who has gone meanwhile.
    fn into_member(
        self,
        ctx: &Ctx,
        people: &HashMap<UserId, User>,
        roles: &HashMap<MemberRoleId, Role>,
    ) -> Option<(MemberId, Member)> {
        let member = Member {
            id: Some(self.id),
            source: Source::new(self.source_kind, self.source_id),
            source_root: self.source_root,
            relation: Relation::Direct,
            user: people.get(&self.user_id)?.clone(),
            access_level: self.access_level,
            state: self.state,
            created_at: self.created_at,
            updated_at: self.updated_at,
            expires_at: self.expires_at,
            created_by: self.created_by_id.and_then(|id| people.get(&id).cloned()),
            role: self.member_role_id.and_then(|id| roles.get(&id).cloned()),
            ldap: self.ldap,
            overridden: self.overridden,
            invite_email: self.invite_email.filter(|_| ctx.actor.is_admin()),
            saml_provider: self.saml_provider,
            saml_identity: None,
        };
        Some((self.id, member))
    }
}
