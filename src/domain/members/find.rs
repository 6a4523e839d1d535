//! The finder of members: one for REST, the graph and every single look-up.
//!
//! A page of effective members is a merge: from each source the next rows by user number, then the first of all of them. Its cost does not
//! grow with the group. Orders by level and name, and filters on the chosen entry, go by `ordered`; the others need every candidate and are
//! sorted here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use sea_orm::FromQueryResult;

use super::choose::{Candidate, choose};
use super::rows::{self, Entry, Key, Leg, Row, SortRow, Start};
use super::search::Search;
use super::ways::{self, Way};
use super::{Filter, Member, Of, Order, Relation, Which};
use super::{ordered, ranks, sight};
use crate::domain::standing::{self, Group, Project, Standing};
use crate::domain::{Ctx, Error, Page, Position, Result, Thing, Window, hierarchy};
use crate::types::{AccessLevel, GroupId, MemberId, ProjectId, Source, SourceKind, UserId};

/// A numbered page that so many rows lie before is looked up in the database's own counts first.
const FAR: u64 = 1_000;

/// Sources with no more rows than this are read whole when members are wanted by name.
const FEW: u64 = 2_000;

/// One page of the members of a source.
///
/// # Errors
/// `Unauthenticated` for anonymous callers; `Forbidden` when the actor sees the group only because of a project in it.
pub async fn page(
    ctx: &Ctx,
    of: Of<'_>,
    which: &Which,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Page<Member>> {
    List::open(ctx, &of, which, filter, order).await?.page(window).await
}

/// The members of one source, in an order: what is asked once for a page and for the count of the same list.
pub struct List<'a> {
    ctx: &'a Ctx,
    filter: &'a Filter,
    plan: Option<Plan<'a>>,
    /// How long the list is, when a page has told.
    total: OnceLock<u64>,
    /// From which row on a numbered page is looked up in the database's own counts.
    far: u64,
}

impl<'a> List<'a> {
    /// Finds the ways in.
    ///
    /// # Errors
    /// As [`page`].
    pub async fn open(
        ctx: &'a Ctx,
        of: &'a Of<'a>,
        which: &'a Which,
        filter: &'a Filter,
        order: Order,
    ) -> Result<Self> {
        may_list(ctx, *of)?;
        let plan = Plan::new(ctx, std::slice::from_ref(of), which, filter, order).await?;
        Ok(Self {
            ctx,
            filter,
            plan,
            total: OnceLock::new(),
            far: FAR,
        })
    }

    /// Goes the ways of large groups from these sizes on, instead of the usual ones: a numbered page behind `offset` rows, a page in an order of
    /// more than `rows` rows; `u64::MAX` is never. What is on the page is the same.
    #[must_use]
    pub fn large_from(mut self, offset: u64, rows: u64) -> Self {
        self.far = offset;
        if let Some(plan) = &mut self.plan {
            plan.few = rows;
        }
        self
    }

    /// One page of it.
    pub async fn page(&self, window: &Window) -> Result<Page<Member>> {
        let Some(plan) = &self.plan else {
            return Ok(Page::empty());
        };
        let mut start = Start::of(window);
        if window.offset() >= self.far
            && plan.is_plain(self.filter)
            && plan.key() == Some(Key::User)
            && let Some(place) = ranks::locate(self.ctx, &plan.legs, window.offset()).await?
        {
            let _ = self.total.set(place.total);
            if place.total <= window.offset() {
                return Ok(Page::from_rows(Vec::new(), window));
            }
            start = Start {
                from: place.from,
                skip: window.offset() - place.passed,
            };
        }
        let pages = read(self.ctx, plan, self.filter, window, start).await?;
        Ok(pages.into_iter().next().unwrap_or_else(Page::empty))
    }

    /// How many members there are; counting stops at `limit` + 1.
    pub async fn count(&self, limit: u64) -> Result<u64> {
        let Some(plan) = &self.plan else { return Ok(0) };
        if let Some(total) = self.total.get() {
            return Ok(*total.min(&limit.saturating_add(1)));
        }
        let counts = plan.counts(self.ctx, self.filter, limit).await?;
        Ok(counts.into_iter().next().unwrap_or_default())
    }
}

/// The same page of many sources, in a fixed number of statements. A source whose members the actor may not list gives an empty page.
pub async fn pages(
    ctx: &Ctx,
    sources: &[Of<'_>],
    which: &Which,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Vec<Page<Member>>> {
    let open: Vec<_> = sources
        .iter()
        .copied()
        .filter(|of| may_list(ctx, *of).is_ok())
        .collect();
    let mut found = list(ctx, &open, which, filter, order, window).await?.into_iter();
    Ok(sources
        .iter()
        .map(|of| {
            if may_list(ctx, *of).is_ok() {
                found.next().unwrap_or_else(Page::empty)
            } else {
                Page::empty()
            }
        })
        .collect())
}

/// How many members there are; counting stops at `limit` + 1.
///
/// # Errors
/// As [`page`].
pub async fn count(ctx: &Ctx, of: Of<'_>, which: &Which, filter: &Filter, limit: u64) -> Result<u64> {
    List::open(ctx, &of, which, filter, Order::User)
        .await?
        .count(limit)
        .await
}

/// How many members there are in each of many sources, in a fixed number of statements; no count is higher than `limit` + 1.
///
/// # Errors
/// As [`page`], when the list of any source is refused.
pub async fn counts(ctx: &Ctx, sources: &[Of<'_>], which: &Which, filter: &Filter, limit: u64) -> Result<Vec<u64>> {
    for of in sources {
        may_list(ctx, *of)?;
    }
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let Some(plan) = Plan::new(ctx, sources, which, filter, Order::User).await? else {
        return Ok(vec![0; sources.len()]);
    };
    plan.counts(ctx, filter, limit).await
}

/// How many rows of their own the groups have, for whoever sees the groups; one without any is left out.
pub async fn direct_counts(ctx: &Ctx, groups: &[&Group]) -> Result<HashMap<GroupId, u64>> {
    #[derive(FromQueryResult)]
    struct Count {
        source_id: GroupId,
        total: i64,
    }
    let mut sql = ctx.conn().sql();
    let seen = groups.iter().filter(|group| group.seen_by(&ctx.actor));
    let wanted = sql.any_of("m.source_id", seen.map(|group| group.id.0));
    let live = hierarchy::live(sql.dialect(), "m");
    sql.push(format!(
        "SELECT m.source_id, COUNT(*) AS total FROM members m WHERE m.source_kind = 1 AND {wanted} AND {live} GROUP BY m.source_id"
    ));
    let counts: Vec<Count> = sql.all().await?;
    Ok(counts
        .into_iter()
        .map(|count| (count.source_id, u64::try_from(count.total).unwrap_or_default()))
        .collect())
}

/// The member that a user is in a source.
///
/// # Errors
/// As [`page`]; `NotFound(Row)` when the user has no row of the kind that is looked at.
pub async fn single(ctx: &Ctx, of: Of<'_>, which: &Which, user: i64) -> Result<Member> {
    let filter = Filter {
        users: Some(vec![user]),
        ..Filter::default()
    };
    let page = page(ctx, of, which, &filter, Order::User, &Window::first(1)).await?;
    page.into_rows().pop().ok_or(Error::NotFound(Thing::Row))
}

/// The members by a direct row that these users are right after a change, even when it ends at once; in no order.
pub(in crate::domain) async fn written(ctx: &Ctx, standing: &Standing, users: &[i64]) -> Result<Vec<Member>> {
    let sources = [standing.of()];
    let plan = Plan::new(ctx, &sources, &Which::Direct, &Filter::default(), Order::Row).await?;
    let (Some(plan), false) = (plan, users.is_empty()) else {
        return Ok(Vec::new());
    };
    let rows = rows::written(ctx, &plan.legs, users).await?;
    let members = entries(ctx, &plan, rows)
        .await?
        .into_iter()
        .flat_map(HashMap::into_values);
    let nowhere = |member| (Position { value: None, id: 0 }, member);
    let mut pages = [Page {
        items: members.map(nowhere).collect(),
        ..Page::empty()
    }];
    sight::veil(ctx, &sources, &mut pages).await?;
    Ok(pages.into_iter().flat_map(Page::into_rows).collect())
}

/// The same for one.
///
/// # Errors
/// `NotFound(Row)` when the user has no direct row.
pub(in crate::domain) async fn written_one(ctx: &Ctx, standing: &Standing, user: i64) -> Result<Member> {
    let members = written(ctx, standing, &[user]).await?;
    members.into_iter().next().ok_or(Error::NotFound(Thing::Row))
}

/// The members whose rows have these numbers, of those sources whose members the actor may list; in no order.
pub async fn by_row(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<Member>> {
    #[derive(FromQueryResult)]
    struct Place {
        source_kind: SourceKind,
        source_id: i64,
    }
    let mut sql = ctx.conn().sql();
    let wanted = sql.any_of("m.id", ids.iter().map(|id| id.0));
    sql.push(format!(
        "SELECT DISTINCT m.source_kind, m.source_id FROM members m WHERE m.user_id IS NOT NULL AND {wanted}"
    ));
    let places: Vec<Place> = sql.all().await?;
    let of_kind = |kind| {
        places
            .iter()
            .filter(move |place| place.source_kind == kind)
            .map(|place| place.source_id)
    };
    let groups: Vec<Group> = match of_kind(SourceKind::Group).map(GroupId).collect::<Vec<_>>() {
        ids if ids.is_empty() => Vec::new(),
        ids => standing::groups(ctx, ids).await?,
    };
    let projects: Vec<Project> = match of_kind(SourceKind::Project).map(ProjectId).collect::<Vec<_>>() {
        ids if ids.is_empty() => Vec::new(),
        ids => standing::projects(ctx, ids).await?,
    };
    let sources: Vec<Of<'_>> = groups
        .iter()
        .map(Of::Group)
        .chain(projects.iter().map(Of::Project))
        .collect();
    let filter = Filter {
        rows_or_users: Some((ids.iter().map(|id| id.0).collect(), Vec::new())),
        ..Filter::default()
    };
    let pages = pages(
        ctx,
        &sources,
        &Which::Direct,
        &filter,
        Order::Row,
        &Window::first(ids.len() as u64),
    )
    .await?;
    Ok(pages.into_iter().flat_map(Page::into_rows).collect())
}

/// Where a row is and whose: for a face that names a member by it and then has something done to it, which authorizes itself.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Row)` when there is none, or none of a user.
pub async fn whose(ctx: &Ctx, row: MemberId) -> Result<(Source, UserId)> {
    #[derive(FromQueryResult)]
    struct Place {
        source_kind: SourceKind,
        source_id: i64,
        user_id: UserId,
    }
    ctx.require_caller()?;
    let mut sql = ctx.conn().sql();
    let row = sql.bind(row.0);
    sql.push(format!(
        "SELECT m.source_kind, m.source_id, m.user_id FROM members m WHERE m.id = {row} AND m.user_id IS NOT NULL"
    ));
    match sql.one::<Place>().await? {
        Some(place) => Ok((Source::new(place.source_kind, place.source_id), place.user_id)),
        None => standing::missing(ctx, Thing::Row).await,
    }
}

/// Whether the actor may list the members: that needs a caller who sees the group or project, and more of a group than a project in it.
///
/// # Errors
/// `Unauthenticated`; `Forbidden`.
pub fn may_list(ctx: &Ctx, of: Of<'_>) -> Result<()> {
    ctx.require_caller()
        .map(drop)
        .or_else(|error| if ctx.actor.is_admin() { Ok(()) } else { Err(error) })?;
    match of {
        Of::Group(group) if !group.open_to(&ctx.actor) => Err(Error::Forbidden(None)),
        Of::Project(project) if !project.seen_by(&ctx.actor) => Err(Error::Forbidden(None)),
        Of::Group(_) | Of::Project(_) => Ok(()),
    }
}

/// How one call finds its members.
#[derive(Clone)]
pub(super) struct Plan<'a> {
    pub(super) sources: &'a [Of<'a>],
    which: &'a Which,
    pub(super) ways: Vec<Vec<Way>>,
    pub(super) legs: Vec<Leg>,
    pub(super) search: Option<Search>,
    pub(super) order: Order,
    pub(super) filters_entries: bool,
    /// Sources with no more rows than this are read whole by name; when it is the highest number, all are in every order.
    pub(super) few: u64,
}

impl<'a> Plan<'a> {
    /// `None` when nobody can match.
    async fn new(
        ctx: &Ctx,
        sources: &'a [Of<'a>],
        which: &'a Which,
        filter: &Filter,
        order: Order,
    ) -> Result<Option<Self>> {
        let search = match filter.search.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => match Search::parse(text) {
                Some(search) => Some(search),
                None => return Ok(None),
            },
        };
        let ways = match which {
            Which::Direct => sources.iter().map(|of| direct(*of)).collect(),
            Which::By(relations) => ways::into(ctx, sources, relations).await?,
        };
        let legs = rows::legs(ctx, sources, &ways);
        let filters_entries = matches!(which, Which::By(_)) && filter.looks_at_entry();
        Ok(Some(Self {
            sources,
            which,
            ways,
            legs,
            search,
            order,
            filters_entries,
            few: FEW,
        }))
    }

    /// Whether a page can be read off the indexes.
    fn walks(&self) -> bool {
        self.key().is_some() && !self.filters_entries && self.has_rows_only()
    }

    fn key(&self) -> Option<Key> {
        match (self.which, self.order) {
            (Which::Direct, Order::Row) => Some(Key::Row),
            (_, Order::User) => Some(Key::User),
            _ => None,
        }
    }

    /// Whether it lists everybody by rows that the database has counted.
    fn is_plain(&self, filter: &Filter) -> bool {
        *filter == Filter::default() && self.has_rows_only()
    }

    /// Whether nobody is a member without a row.
    fn has_rows_only(&self) -> bool {
        self.sources.iter().all(|of| of.personal_owner().is_none())
    }

    /// How many there are in each source; no count is higher than `limit` + 1.
    async fn counts(&self, ctx: &Ctx, filter: &Filter, limit: u64) -> Result<Vec<u64>> {
        // One list may be told by what the database has counted.
        if self.sources.len() == 1
            && self.is_plain(filter)
            && let Some(place) = ranks::locate(ctx, &self.legs, 0).await?
        {
            return Ok(vec![place.total.min(limit.saturating_add(1))]);
        }
        if !self.filters_entries && self.has_rows_only() {
            return rows::counts(ctx, &self.legs, self.search.as_ref(), filter, self.sources.len(), limit).await;
        }
        let chosen = self.settle(ctx, filter, Order::User).await?;
        let owners = personal_owners(ctx, self, filter).await?;
        let count = |(src, entries): (usize, Vec<(Position, i64)>)| {
            let apart = |owner: &Member| entries.iter().all(|(_, user)| *user != owner.user.id.0);
            let owner = owners.get(&src).is_some_and(apart);
            (entries.len() as u64 + u64::from(owner)).min(limit.saturating_add(1))
        };
        Ok(chosen.into_iter().enumerate().map(count).collect())
    }

    /// Lists of projects show the level that all ways together give, when all are asked for.
    pub(super) fn effective(&self, of: Of<'_>) -> bool {
        matches!(of, Of::Project(_)) && matches!(self.which, Which::By(_))
    }

    /// Reads all candidates and chooses each user's entry: for each source the places and users of the entries that the filter lets through.
    async fn settle(&self, ctx: &Ctx, filter: &Filter, order: Order) -> Result<Vec<Vec<(Position, i64)>>> {
        let all = rows::all(ctx, &self.legs, self.search.as_ref(), filter).await?;
        let mut by_user: Vec<BTreeMap<i64, Vec<&SortRow>>> = vec![BTreeMap::new(); self.sources.len()];
        for found in &all {
            by_user[found.row.src()]
                .entry(found.row.user_id.0)
                .or_default()
                .push(found);
        }
        Ok(self
            .sources
            .iter()
            .enumerate()
            .map(|(src, of)| {
                let mut places: Vec<_> = by_user[src]
                    .iter()
                    .filter_map(|(user, rows)| {
                        let candidates: Vec<_> =
                            rows.iter().map(|found| found.row.candidate(&self.ways[src])).collect();
                        let (winner, level) = choose(&candidates, self.effective(*of))?;
                        let found = rows[winner];
                        found
                            .row
                            .passes(filter, level)
                            .then(|| (found.place(order, level, self.search.as_ref()), *user))
                    })
                    .collect();
                places.sort_by(|(a, _), (b, _)| order.compare(a, b));
                places
            })
            .collect())
    }
}

/// The one way of a direct list.
fn direct(of: Of<'_>) -> Vec<Way> {
    let mut ways = ways::chain(of);
    ways.retain(|way| way.relation == Relation::Direct);
    for way in &mut ways {
        way.min_level = AccessLevel::MinimalAccess;
    }
    ways
}

async fn list(
    ctx: &Ctx,
    sources: &[Of<'_>],
    which: &Which,
    filter: &Filter,
    order: Order,
    window: &Window,
) -> Result<Vec<Page<Member>>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let Some(plan) = Plan::new(ctx, sources, which, filter, order).await? else {
        return Ok(sources.iter().map(|_| Page::empty()).collect());
    };
    read(ctx, &plan, filter, window, Start::of(window)).await
}

/// One page of each source; of a list that is read off the indexes it begins at `start`.
async fn read(ctx: &Ctx, plan: &Plan<'_>, filter: &Filter, window: &Window, start: Start) -> Result<Vec<Page<Member>>> {
    let mut pages = match plan.key() {
        Some(key) if plan.walks() => walk(ctx, plan, key, filter, window, start).await?,
        _ => ordered(ctx, plan, filter, window).await?,
    };
    sight::veil(ctx, plan.sources, &mut pages).await?;
    Ok(pages)
}

/// A page read off the indexes.
async fn walk(
    ctx: &Ctx,
    plan: &Plan<'_>,
    key: Key,
    filter: &Filter,
    window: &Window,
    start: Start,
) -> Result<Vec<Page<Member>>> {
    let rows = rows::walk(ctx, &plan.legs, plan.search.as_ref(), filter, key, window, start).await?;
    let mut entries = entries(ctx, plan, rows).await?;
    Ok(entries
        .iter_mut()
        .map(|entries| {
            let mut rows: Vec<_> = std::mem::take(entries)
                .into_values()
                .map(|member| {
                    let id = match key {
                        Key::Row => member.id.map_or(0, |id| id.0),
                        Key::User => member.user.id.0,
                    };
                    (Position { value: None, id }, member)
                })
                .collect();
            rows.sort_by_key(|(place, _)| place.id);
            if window.is_backward() {
                rows.reverse();
            }
            Page::from_rows(rows, window)
        })
        .collect())
}

/// A page of an order or a filter that looks at the entry chosen for a user.
async fn ordered(ctx: &Ctx, plan: &Plan<'_>, filter: &Filter, window: &Window) -> Result<Vec<Page<Member>>> {
    let suits = ordered::suits(ctx, plan, window).await?;
    if !suits.contains(&true) {
        return sorted(ctx, plan, filter, window).await;
    }
    let mut pages = if suits.contains(&false) {
        let mut others = plan.clone();
        others.legs.retain(|leg| !suits[leg.src]);
        sorted(ctx, &others, filter, window).await?
    } else {
        suits.iter().map(|_| Page::empty()).collect()
    };
    let mut found = ordered::read(ctx, plan, filter, window, &suits).await?;
    let rows = found
        .iter_mut()
        .flatten()
        .flat_map(|(.., rows)| std::mem::take(rows))
        .collect();
    let mut entries = entries(ctx, plan, rows).await?;
    for (src, placed) in found.into_iter().enumerate().filter(|(src, _)| suits[*src]) {
        let members = placed
            .into_iter()
            .filter_map(|(place, user, _)| entries[src].remove(&user).map(|member| (place, member)))
            .collect();
        pages[src] = Page::from_rows(members, window);
    }
    Ok(pages)
}

/// A page cut out of all entries, for orders that no index has.
async fn sorted(ctx: &Ctx, plan: &Plan<'_>, filter: &Filter, window: &Window) -> Result<Vec<Page<Member>>> {
    let chosen = plan.settle(ctx, filter, plan.order).await?;
    let mut owners = personal_owners(ctx, plan, filter).await?;
    let pages: Vec<Page<i64>> = chosen
        .into_iter()
        .enumerate()
        .map(|(src, mut places)| {
            if let Some(owner) = owners.get(&src) {
                places.retain(|(_, user)| *user != owner.user.id.0);
                places.push((owner.place(plan.order, plan.search.as_ref()), owner.user.id.0));
                places.sort_by(|(a, _), (b, _)| plan.order.compare(a, b));
            }
            Page::cut(places, window, |a, b| plan.order.compare(a, b))
        })
        .collect();
    let users: Vec<(usize, i64)> = pages
        .iter()
        .enumerate()
        .flat_map(|(src, page)| page.items.iter().map(move |(_, user)| (src, *user)))
        .collect();
    let rows = if users.is_empty() {
        Vec::new()
    } else {
        rows::of_users(ctx, &plan.legs, &users).await?
    };
    let mut entries = entries(ctx, plan, rows).await?;
    Ok(pages
        .into_iter()
        .enumerate()
        .map(|(src, page)| Page {
            has_next: page.has_next,
            has_previous: page.has_previous,
            items: page
                .items
                .into_iter()
                .filter_map(|(place, user)| {
                    let owner = owners.get(&src).is_some_and(|owner| owner.user.id.0 == user);
                    let member = if owner {
                        owners.remove(&src)
                    } else {
                        entries[src].remove(&user)
                    };
                    member.map(|member| (place, member))
                })
                .collect(),
        })
        .collect())
}

/// One entry a user out of the rows of some users, for each source.
async fn entries(ctx: &Ctx, plan: &Plan<'_>, rows: Vec<Row>) -> Result<Vec<HashMap<i64, Member>>> {
    let mut by_user: BTreeMap<(usize, i64), Vec<Row>> = BTreeMap::new();
    for row in rows {
        by_user.entry((row.src(), row.user_id.0)).or_default().push(row);
    }
    let chosen: Vec<(usize, Entry)> = by_user
        .into_iter()
        .filter_map(|((src, _), mut rows)| {
            let candidates: Vec<Candidate<'_>> = rows.iter().map(|row| row.candidate(&plan.ways[src])).collect();
            let (winner, level) = choose(&candidates, plan.effective(plan.sources[src]))?;
            let shown = candidates[winner].role();
            let row = rows.swap_remove(winner);
            Some((src, Entry { row, shown, level }))
        })
        .collect();
    let mut members: Vec<HashMap<i64, Member>> = plan.sources.iter().map(|_| HashMap::new()).collect();
    if chosen.is_empty() {
        return Ok(members);
    }
    let people = rows::people(
        ctx,
        chosen
            .iter()
            .flat_map(|(_, entry)| entry.people())
            .collect::<BTreeSet<_>>(),
    )
    .await?;
    let roles = rows::roles(ctx, chosen.iter().filter_map(|(_, entry)| entry.role_id()).collect()).await?;
    for (src, entry) in chosen {
        let way = &plan.ways[src][entry.row.way()];
        let user = entry.row.user_id.0;
        if let Some(member) = entry.into_member(ctx, plan.sources[src], way, &people, &roles) {
            members[src].insert(user, member);
        }
    }
    Ok(members)
}

/// The owners of personal namespaces, who are members of the projects in them without a row; by the place of the source.
async fn personal_owners(ctx: &Ctx, plan: &Plan<'_>, filter: &Filter) -> Result<HashMap<usize, Member>> {
    let wanted = match plan.which {
        Which::Direct => true,
        Which::By(relations) => relations.contains(&Relation::Direct),
    };
    let owned: Vec<(usize, &Project)> = plan
        .sources
        .iter()
        .enumerate()
        .filter_map(|(src, of)| match of {
            Of::Project(project) if wanted && project.namespace_owner_id.is_some() => Some((src, *project)),
            _ => None,
        })
        .collect();
    if owned.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: BTreeSet<i64> = owned
        .iter()
        .filter_map(|(_, project)| project.namespace_owner_id)
        .map(|id| id.0)
        .collect();
    let users = rows::users(ctx, ids, plan.search.as_ref(), filter).await?;
    Ok(owned
        .into_iter()
        .filter_map(|(src, project)| {
            let user = users
                .iter()
                .find(|user| Some(user.id) == project.namespace_owner_id)?
                .clone();
            let member = Member::personal_owner(project, user);
            member.passes(filter).then_some((src, member))
        })
        .collect())
}

impl Filter {
    /// Whether it looks at the entry that is chosen for a user, and not only at the user.
    fn looks_at_entry(&self) -> bool {
        self.rows_or_users.is_some()
            || self.states.is_some()
            || self.levels.is_some()
            || self.min_level.is_some()
            || self.role.is_some()
            || self.expires_before.is_some()
            || self.overridden.is_some()
    }
}

impl Member {
    /// The owner of the personal namespace that a project lies in.
    pub(super) fn personal_owner(project: &Project, user: crate::domain::users::User) -> Self {
        Self {
            id: None,
            source: Source::Project(project.id),
            source_root: project.root_id,
            relation: Relation::Direct,
            user,
            access_level: AccessLevel::Owner,
            state: crate::types::MemberState::Active,
            created_at: project.created_at,
            updated_at: project.created_at,
            expires_at: None,
            created_by: None,
            role: None,
            ldap: false,
            overridden: false,
            invite_email: None,
            saml_provider: None,
            saml_identity: None,
        }
    }

    fn passes(&self, filter: &Filter) -> bool {
        filter.states.as_ref().is_none_or(|states| states.contains(&self.state))
            && filter
                .levels
                .as_ref()
                .is_none_or(|levels| levels.contains(&self.access_level))
            && filter.min_level.is_none_or(|level| self.access_level >= level)
            && filter.role.is_none()
            && filter.expires_before.is_none()
            && filter.overridden != Some(true)
            && filter
                .rows_or_users
                .as_ref()
                .is_none_or(|(_, users)| users.contains(&self.user.id.0))
    }
}
