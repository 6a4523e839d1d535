//! Lists of who waits: users by number, then invited addresses, one entry each.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use super::{Filter, Pending, Waiting, Who};
use crate::db::Sql;
use crate::domain::members::search::Search;
use crate::domain::members::{self, Of};
use crate::domain::standing::Group;
use crate::domain::{Ctx, Error, Page, Position, Result, Window, users};
use crate::types::{AccessLevel, GroupId, MemberId, MemberRoleId, MemberState, Source, SourceKind, UserId};

/// The columns of [`Row`] but the root.
const COLUMNS: &str = "m.id, m.source_kind, m.source_id, m.user_id, m.invite_email, m.email_norm, m.access_level, m.state, m.member_role_id,
                       m.created_at, m.updated_at, m.expires_at, m.created_by_id";

/// One page of who waits in the hierarchy of a top-level group, for who administers its members.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others, and below the top.
pub async fn page(ctx: &Ctx, group: &Group, window: &Window) -> Result<Page<Pending>> {
    require_hand(ctx, group).await?;
    let pages = read(ctx, &[group.id], &Filter::default(), window).await?;
    Ok(pages.into_iter().next().unwrap_or_else(Page::empty))
}

/// How many there are; counting stops at `limit + 1`.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, group: &Group, limit: u64) -> Result<u64> {
    require_hand(ctx, group).await?;
    let counts = counted(ctx, &[group.id], &Filter::default(), limit).await?;
    Ok(counts.get(&group.id).copied().unwrap_or_default())
}

/// The same page of each of the groups, in their order; none where [`page`] would be refused. Five statements at most, and three for bots among them.
pub async fn pages(
    ctx: &Ctx,
    groups: &[&Group],
    filter: &Filter,
    window: &Window,
) -> Result<Vec<Option<Page<Pending>>>> {
    let open = open(ctx, groups).await?;
    let pages = read(ctx, &open, filter, window).await?;
    let mut found: HashMap<_, _> = open.into_iter().zip(pages).collect();
    Ok(groups.iter().map(|group| found.remove(&group.id)).collect())
}

/// How many wait in each, in their order; none where [`page`] would be refused. No count is higher than `limit + 1`.
pub async fn counts(ctx: &Ctx, groups: &[&Group], filter: &Filter, limit: u64) -> Result<Vec<Option<u64>>> {
    let open = open(ctx, groups).await?;
    let counts = counted(ctx, &open, filter, limit).await?;
    let count = |group: &&Group| {
        let is_open = open.contains(&group.id);
        is_open.then(|| counts.get(&group.id).copied().unwrap_or_default())
    };
    Ok(groups.iter().map(count).collect())
}

async fn require_hand(ctx: &Ctx, group: &Group) -> Result<()> {
    if !ctx.actor.is_admin() {
        ctx.require_caller()?;
    }
    if open(ctx, &[group]).await?.is_empty() {
        return Err(Error::Forbidden(None));
    }
    Ok(())
}

/// Those of the groups in which the actor may see who waits, each once.
async fn open(ctx: &Ctx, groups: &[&Group]) -> Result<Vec<GroupId>> {
    let top: Vec<_> = groups
        .iter()
        .filter(|group| group.is_top_level())
        .map(|group| Of::Group(group))
        .collect();
    let managed = members::managed(ctx, &top).await?;
    let managed: BTreeSet<_> = managed
        .into_iter()
        .filter_map(|source| match source {
            Source::Group(group) => Some(group),
            Source::Project(_) => None,
        })
        .collect();
    Ok(managed.into_iter().collect())
}

/// Two lists, one behind the other, as statements that select `id`, `address` and `place` of rows `m`. Each walks an index of the rows that wait,
/// whatever else there is in the hierarchy.
struct Lists {
    users: String,
    addresses: String,
}

impl Lists {
    /// Of the hierarchy whose topmost number is the expression `root`; none when nobody can match the search.
    fn of(sql: &mut Sql<'_>, root: &str, filter: &Filter) -> Option<Self> {
        let search = match filter.search.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(Search::parse(text)?),
        };
        let (person, address) = match search {
            None => (String::new(), String::new()),
            Some(search) => {
                let person = search.condition(sql, "s");
                (
                    format!(" AND EXISTS (SELECT 1 FROM users s WHERE s.id = m.user_id AND {person})"),
                    format!(" AND {}", search.in_text(sql, "m.email_norm")),
                )
            }
        };
        let today = sql.dialect().today();
        // Said the other way round, the condition on requests would lead SQLite to an index of all members.
        let waits = |alias: &str| {
            let here = lies_in(alias, root);
            format!(
                "{alias}.state = 1 AND {alias}.user_id IS NOT NULL AND NOT ({alias}.requested_at IS NOT NULL)
                 AND ({alias}.expires_at IS NULL OR {alias}.expires_at > {today}) AND {here}"
            )
        };
        let is_invited = |alias: &str| {
            let here = lies_in(alias, root);
            format!("{alias}.user_id IS NULL AND {alias}.invite_email IS NOT NULL AND {here}")
        };
        let (waits, earlier) = (waits("m"), waits("e"));
        let (invited, rival) = (is_invited("m"), is_invited("e"));
        Some(Self {
            users: format!(
                "SELECT m.id, CAST('' AS TEXT) AS address, m.user_id AS place FROM members m
                  WHERE {waits}{person}
                    AND NOT EXISTS (SELECT 1 FROM members e WHERE e.user_id = m.user_id AND e.id < m.id AND {earlier})"
            ),
            addresses: format!(
                "SELECT m.id, m.email_norm AS address, m.id AS place FROM members m
                  WHERE {invited}{address}
                    AND NOT EXISTS (SELECT 1 FROM members e
                                     WHERE e.email_norm = m.email_norm AND (e.state > m.state OR (e.state = m.state AND e.id < m.id)) AND {rival})"
            ),
        })
    }

    /// Only what lies within the window.
    fn bound(self, sql: &mut Sql<'_>, window: &Window) -> Self {
        let (mut users, mut addresses) = (vec![self.users], vec![self.addresses]);
        for (place, comparison) in [(window.after(), '>'), (window.before(), '<')] {
            let Some(place) = place else { continue };
            match &place.value {
                None => {
                    users.push(format!("m.user_id {comparison} {}", sql.bind(place.id)));
                    addresses.extend((comparison == '<').then(|| "FALSE".to_owned()));
                }
                Some(address) => {
                    addresses.push(format!("m.email_norm {comparison} {}", sql.bind(address.as_str())));
                    users.extend((comparison == '>').then(|| "FALSE".to_owned()));
                }
            }
        }
        Self {
            users: users.join(" AND "),
            addresses: addresses.join(" AND "),
        }
    }
}

/// Row `alias` belongs to the hierarchy. Asked row by row, so that no database goes through the hierarchy instead.
fn lies_in(alias: &str, root: &str) -> String {
    format!(
        "CASE {alias}.source_kind
              WHEN 1 THEN EXISTS (SELECT 1 FROM namespaces n WHERE n.id = {alias}.source_id AND n.root_id = {root})
              ELSE EXISTS (SELECT 1 FROM projects p WHERE p.id = {alias}.source_id AND p.root_id = {root}) END"
    )
}

/// The page of each hierarchy, in their order.
async fn read(ctx: &Ctx, roots: &[GroupId], filter: &Filter, window: &Window) -> Result<Vec<Page<Pending>>> {
    let nobody = || vec![Page::empty(); roots.len()];
    if roots.is_empty() {
        return Ok(nobody());
    }
    let mut sql = ctx.conn().sql();
    let asked = table_of(&mut sql, roots);
    let Some(lists) = Lists::of(&mut sql, "r.root_id", filter) else {
        return Ok(nobody());
    };
    let Lists { users, addresses } = lists.bound(&mut sql, window);
    let way = if window.is_backward() { "DESC" } else { "ASC" };
    // One more than asked for tells whether there are more.
    let (limit, offset) = (window.limit().saturating_add(1), window.offset());
    let far = sql.bind_count(limit.saturating_add(offset));
    let (limit, offset) = (sql.bind_count(limit), sql.bind_count(offset));
    let next = format!(
        "SELECT w.id FROM (SELECT * FROM ({users} ORDER BY m.user_id {way} LIMIT {far}) AS users
                           UNION ALL
                           SELECT * FROM ({addresses} ORDER BY m.email_norm {way} LIMIT {far}) AS addresses) AS w
          ORDER BY w.address {way}, w.place {way} LIMIT {limit} OFFSET {offset}"
    );
    let next = sql.dialect().lateral(&next, "id", "pick");
    sql.push(format!(
        "SELECT r.root_id, {COLUMNS} FROM {asked} AS r {next} JOIN members m ON m.id = pick.value"
    ));
    let mut found: HashMap<GroupId, Vec<(Position, Row)>> = HashMap::new();
    for row in sql.all::<Row>().await? {
        found.entry(row.root_id).or_default().push((row.place(), row));
    }
    let page = |root| {
        let mut rows = found.remove(root).unwrap_or_default();
        rows.sort_by(|(a, _), (b, _)| order(a, b));
        if window.is_backward() {
            rows.reverse();
        }
        Page::from_rows(rows, window)
    };
    whole(ctx, roots.iter().map(page).collect()).await
}

/// How many wait in each of the top-level groups, whoever asks. One statement.
pub(in crate::domain) async fn waiting(ctx: &Ctx, roots: &[GroupId]) -> Result<HashMap<GroupId, Waiting>> {
    counted_apart(ctx, roots, &Filter::default(), i64::MAX as u64 - 1).await
}

async fn counted(ctx: &Ctx, roots: &[GroupId], filter: &Filter, limit: u64) -> Result<HashMap<GroupId, u64>> {
    let counts = counted_apart(ctx, roots, filter, limit).await?;
    let count = |Waiting { users, addresses }: Waiting| (users + addresses).min(limit.saturating_add(1));
    Ok(counts
        .into_iter()
        .map(|(root, waiting)| (root, count(waiting)))
        .collect())
}

async fn counted_apart(ctx: &Ctx, roots: &[GroupId], filter: &Filter, limit: u64) -> Result<HashMap<GroupId, Waiting>> {
    #[derive(FromQueryResult)]
    struct Count {
        root_id: GroupId,
        users: i64,
        addresses: i64,
    }
    let mut sql = ctx.conn().sql();
    let asked = table_of(&mut sql, roots);
    let lists = Lists::of(&mut sql, "r.root_id", filter);
    let (Some(Lists { users, addresses }), false) = (lists, roots.is_empty()) else {
        return Ok(HashMap::new());
    };
    let far = sql.bind_count(limit.saturating_add(1));
    sql.push(format!(
        "SELECT r.root_id, (SELECT COUNT(*) FROM ({users} LIMIT {far}) AS users) AS users,
                (SELECT COUNT(*) FROM ({addresses} LIMIT {far}) AS addresses) AS addresses
           FROM {asked} AS r"
    ));
    let counts = sql.all::<Count>().await?.into_iter();
    let count = |count: Count| {
        let waiting = Waiting {
            users: u64::try_from(count.users).unwrap_or_default(),
            addresses: u64::try_from(count.addresses).unwrap_or_default(),
        };
        (count.root_id, waiting)
    };
    Ok(counts.map(count).collect())
}

fn table_of(sql: &mut Sql<'_>, roots: &[GroupId]) -> String {
    let roots: Vec<_> = roots.iter().map(|root| vec![Some(root.0)]).collect();
    sql.table(&["root_id"], &roots)
}

/// Users by number, then addresses.
fn order(a: &Position, b: &Position) -> Ordering {
    (&a.value, a.id).cmp(&(&b.value, b.id))
}

/// The pages with their people and roles: two statements, and what it takes to hide the names of bots.
async fn whole(ctx: &Ctx, pages: Vec<Page<Row>>) -> Result<Vec<Page<Pending>>> {
    let rows = || pages.iter().flat_map(|page| &page.items).map(|(_, row)| row);
    let named = rows().flat_map(|row| [row.user_id, row.created_by_id]).flatten();
    let named: Vec<_> = named.collect::<HashSet<_>>().into_iter().collect();
    let people = match named.as_slice() {
        [] => Vec::new(),
        named => users::by_ids(ctx, named).await?,
    };
    let people: HashMap<_, _> = people.into_iter().map(|user| (user.id, user)).collect();
    let roles = members::roles(ctx, rows().filter_map(|row| row.member_role_id).collect()).await?;
    let entry = |row: Row| {
        let who = match row.user_id {
            Some(user) => Who::User(people.get(&user)?.clone()),
            None => Who::Address(row.invite_email?),
        };
        Some(Pending {
            id: row.id,
            source: Source::new(row.source_kind, row.source_id),
            who,
            access_level: row.access_level,
            role: row.member_role_id.and_then(|id| roles.get(&id).cloned()),
            state: row.state,
            created_at: row.created_at,
            updated_at: row.updated_at,
            expires_at: row.expires_at,
            created_by: row.created_by_id.and_then(|id| people.get(&id).cloned()),
        })
    };
    Ok(pages.into_iter().map(|page| page.filter_map(entry)).collect())
}

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    root_id: GroupId,
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    user_id: Option<UserId>,
    invite_email: Option<String>,
    email_norm: Option<String>,
    access_level: AccessLevel,
    state: MemberState,
    member_role_id: Option<MemberRoleId>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    expires_at: Option<NaiveDate>,
    created_by_id: Option<UserId>,
}

impl Row {
    fn place(&self) -> Position {
        match (self.user_id, &self.email_norm) {
            (Some(user), _) => Position {
                value: None,
                id: user.0,
            },
            (None, address) => Position {
                value: address.clone(),
                id: 0,
            },
        }
    }
}
