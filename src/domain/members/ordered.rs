//! Pages of orders and filters that look at the entry chosen for a user, read off the indexes all the same.
//!
//! Who could stand next is read in order, a few more than the page has; each of them is chosen as everywhere else, and stays if that is where the
//! entry stands and the filter lets it through. Whoever is somewhere in a range of the order has a row that says so, thus nobody is missed. When too
//! few stay, the next and longer stretch is read: as a rule one is enough.

use std::collections::{BTreeMap, HashMap};

use sea_orm::FromQueryResult;

use super::choose::choose;
use super::conditions;
use super::find::Plan;
use super::rows::{LEG, Leg, ROW, Row, SORTED_BY, SortRow, clamp, leg_table};
use super::{Direction, Filter, Order};
use crate::db::Sql;
use crate::domain::{Ctx, Position, Result, Window, hierarchy};
use crate::types::AccessLevel;

/// Somebody on a page: the place, and all rows.
pub(super) type Placed = (Position, i64, Vec<Row>);

/// What candidates are read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Along {
    /// The users of each source, by number.
    Users,
    /// The users of each source with each level.
    Levels,
    /// All users by name, looked up in the sources.
    Names,
}

fn along(order: Order) -> Option<Along> {
    match order {
        Order::User => Some(Along::Users),
        Order::AccessLevel(_) => Some(Along::Levels),
        Order::Name(_) => Some(Along::Names),
        Order::Row
        | Order::Match
        | Order::Created(_)
        | Order::Updated(_)
        | Order::LastActivity(_)
        | Order::Expires(_) => None,
    }
}

/// Which of the plan's sources are read off the indexes; the others are read as a whole and sorted. By name that pays only where more than a few
/// rows lie, for it passes over everybody who is no member.
pub(super) async fn suits(ctx: &Ctx, plan: &Plan<'_>, window: &Window) -> Result<Vec<bool>> {
    let few = plan.few;
    let along = along(plan.order).filter(|_| window.offset() == 0 && few < u64::MAX);
    let mut suits: Vec<bool> = plan
        .sources
        .iter()
        .map(|of| along.is_some() && of.personal_owner().is_none())
        .collect();
    if along == Some(Along::Names) && suits.contains(&true) {
        for (suits, many) in suits.iter_mut().zip(hold_more_than(ctx, plan, few).await?) {
            *suits &= many;
        }
    }
    Ok(suits)
}

/// Whether more than `few` rows lie on the listed ways into each source.
async fn hold_more_than(ctx: &Ctx, plan: &Plan<'_>, few: u64) -> Result<Vec<bool>> {
    #[derive(FromQueryResult)]
    struct Size {
        src: i64,
        size: i64,
    }
    let mut sql = ctx.conn().sql();
    let table = leg_table(&mut sql, &plan.legs);
    let stop = sql.bind(clamp(few.saturating_add(1)));
    sql.push(format!(
        "WITH leg AS ({table})
         SELECT leg.src, CAST(SUM((
                  SELECT COUNT(*) FROM (
                    SELECT 1 FROM members x WHERE x.source_kind = leg.kind AND x.source_id = leg.id
                       AND x.user_id IS NOT NULL AND x.requested_at IS NULL LIMIT {stop}) AS counted)) AS BIGINT) AS size
           FROM leg WHERE leg.listed = 1 GROUP BY leg.src"
    ));
    let mut many = vec![false; plan.sources.len()];
    for Size { src, size } in sql.all().await? {
        many[usize::try_from(src).unwrap_or_default()] = u64::try_from(size).unwrap_or_default() > few;
    }
    Ok(many)
}

/// The page and the row behind it of each source that `suits`, in the direction of the window.
pub(super) async fn read(
    ctx: &Ctx,
    plan: &Plan<'_>,
    filter: &Filter,
    window: &Window,
    suits: &[bool],
) -> Result<Vec<Vec<Placed>>> {
    let mut found: Vec<Vec<Placed>> = vec![Vec::new(); plan.sources.len()];
    let Some(along) = along(plan.order) else {
        return Ok(found);
    };
    let wanted = usize::try_from(window.limit().saturating_add(1)).unwrap_or(usize::MAX);
    // Without a filter on entries only levels can turn out otherwise.
    let some_fall_out = plan.filters_entries || along == Along::Levels;
    let stretch = Stretch {
        plan,
        filter,
        along,
        backward: window.is_backward(),
        after: window.after().cloned(),
        before: window.before().cloned(),
        rows: if some_fall_out { wanted + wanted / 2 + 1 } else { wanted },
    };
    let sources: Vec<usize> = (0..plan.sources.len()).filter(|src| suits[*src]).collect();
    let mut unfinished: Vec<(usize, Position)> = Vec::new();
    for (src, (placed, end)) in stretch.read(ctx, &sources).await? {
        found[src] = placed;
        if let Some(end) = end.filter(|_| found[src].len() < wanted) {
            unfinished.push((src, end));
        }
    }
    for (src, mut end) in unfinished {
        let mut next = stretch.clone();
        while found[src].len() < wanted {
            next.rows = next.rows.saturating_mul(8);
            if stretch.backward {
                next.before = Some(end);
            } else {
                next.after = Some(end);
            }
            let Some((placed, further)) = next.read(ctx, &[src]).await?.remove(&src) else {
                break;
            };
            found[src].extend(placed);
            match further {
                Some(further) => end = further,
                None => break,
            }
        }
    }
    for placed in &mut found {
        placed.truncate(wanted);
    }
    Ok(found)
}

/// A part of the order, and how many candidates are read of it at once.
#[derive(Clone)]
struct Stretch<'a> {
    plan: &'a Plan<'a>,
    filter: &'a Filter,
    along: Along,
    backward: bool,
    after: Option<Position>,
    before: Option<Position>,
    rows: usize,
}

/// A row of a candidate.
#[derive(Clone, Debug, FromQueryResult)]
struct Found {
    at_key: i64,
    at_place: i64,
    #[sea_orm(nested)]
    sorted: SortRow,
}

impl Stretch<'_> {
    /// Who of each source stands in it, and how far it reaches: to the end of the list when there is nothing.
    async fn read(&self, ctx: &Ctx, sources: &[usize]) -> Result<HashMap<usize, (Vec<Placed>, Option<Position>)>> {
        let legs: Vec<Leg> = self
            .plan
            .legs
            .iter()
            .filter(|leg| sources.contains(&leg.src))
            .cloned()
            .collect();
        let mut by_source: HashMap<usize, Vec<Found>> = HashMap::new();
        if !legs.is_empty() {
            for row in self.select(ctx, &legs).await? {
                by_source.entry(row.sorted.row.src()).or_default().push(row);
            }
        }
        Ok(by_source
            .into_iter()
            .map(|(src, rows)| (src, self.settle(src, rows)))
            .collect())
    }

    fn settle(&self, src: usize, rows: Vec<Found>) -> (Vec<Placed>, Option<Position>) {
        let order = self.plan.order;
        let last = rows.iter().max_by_key(|row| row.at_place);
        let end = last
            .filter(|last| usize::try_from(last.at_place).is_ok_and(|place| place >= self.rows))
            .map(|last| Position {
                value: match self.along {
                    Along::Users => None,
                    Along::Levels => Some(format!("{:02}", last.at_key)),
                    Along::Names => Some(last.sorted.name_key.clone()),
                },
                id: last.sorted.row.user_id.0,
            });
        let mut by_user: BTreeMap<i64, BTreeMap<(usize, i64), SortRow>> = BTreeMap::new();
        for Found { sorted, .. } in rows {
            // A user who was found by two levels is there twice.
            let once = by_user.entry(sorted.row.user_id.0).or_default();
            once.insert((sorted.row.way(), sorted.row.number()), sorted);
        }
        let ways = &self.plan.ways[src];
        let mut placed: Vec<Placed> = by_user
            .into_iter()
            .filter_map(|(user, rows)| {
                let rows: Vec<SortRow> = rows.into_values().collect();
                let candidates: Vec<_> = rows.iter().map(|found| found.row.candidate(ways)).collect();
                let (winner, level) = choose(&candidates, self.plan.effective(self.plan.sources[src]))?;
                let place = rows[winner].place(order, level, self.plan.search.as_ref());
                let wanted = rows[winner].row.passes(self.filter, level) && self.reaches(&place, end.as_ref());
                wanted.then(|| (place, user, rows.into_iter().map(|found| found.row).collect()))
            })
            .collect();
        placed.sort_by(|(a, ..), (b, ..)| order.compare(a, b));
        if self.backward {
            placed.reverse();
        }
        (placed, end)
    }

    /// Whether `place` lies in the stretch, of which everything up to `end` was read.
    fn reaches(&self, place: &Position, end: Option<&Position>) -> bool {
        let order = self.plan.order;
        let read = end.is_none_or(|end| {
            let beyond = order.compare(place, end);
            if self.backward { beyond.is_ge() } else { beyond.is_le() }
        });
        read && self
            .after
            .as_ref()
            .is_none_or(|after| order.compare(place, after).is_gt())
            && self
                .before
                .as_ref()
                .is_none_or(|before| order.compare(place, before).is_lt())
    }

    async fn select(&self, ctx: &Ctx, legs: &[Leg]) -> Result<Vec<Found>> {
        let mut sql = ctx.conn().sql();
        let table = leg_table(&mut sql, legs);
        let rows = sql.bind(clamp(self.rows as u64));
        let candidates = match self.along {
            Along::Users | Along::Levels => self.of_lanes(&mut sql, legs, &rows),
            Along::Names => self.by_name(&mut sql, &rows),
        };
        let live = hierarchy::live(sql.dialect(), "m");
        let (key, tie) = (self.word(self.direction()), self.word(Direction::Asc));
        sql.push(format!(
            "WITH leg AS ({table}),
             page AS (
               SELECT numbered.src, numbered.at_key, numbered.id, numbered.at_place FROM (
                 SELECT once.src, once.at_key, once.id,
                        ROW_NUMBER() OVER (PARTITION BY once.src ORDER BY once.at {key}, once.id {tie}) AS at_place
                   FROM ({candidates}) AS once) AS numbered
                WHERE numbered.at_place <= {rows})
             SELECT page.at_key, page.at_place, {ROW}, {SORTED_BY}
               FROM page CROSS JOIN leg CROSS JOIN members m CROSS JOIN users u
              WHERE leg.src = page.src
                AND m.source_kind = leg.kind AND m.source_id = leg.id AND m.user_id = page.id
                AND m.access_level >= leg.min_level AND {live} AND u.id = page.id"
        ));
        Ok(sql.all().await?)
    }

    fn direction(&self) -> Direction {
        match self.plan.order {
            Order::AccessLevel(direction) | Order::Name(direction) => direction,
            _ => Direction::Asc,
        }
    }

    fn word(&self, direction: Direction) -> &'static str {
        if (direction == Direction::Asc) == self.backward {
            "DESC"
        } else {
            "ASC"
        }
    }

    /// What a row must fulfil for the entry that it stands for to pass the filter.
    fn needs(&self) -> Filter {
        let effective = self.plan.sources.iter().any(|of| self.plan.effective(*of));
        if effective && self.along == Along::Levels {
            // The level may come from another row than the one that is shown.
            return Filter {
                rows_or_users: None,
                states: None,
                levels: None,
                min_level: None,
                role: None,
                expires_before: None,
                overridden: None,
                ..self.filter.clone()
            };
        }
        let lowest = self
            .filter
            .levels
            .as_ref()
            .and_then(|levels| levels.iter().min().copied());
        Filter {
            levels: self.filter.levels.clone().filter(Vec::is_empty),
            // A link makes a level lower, never higher; but in a project it may be another row's.
            min_level: self.filter.min_level.max(lowest).filter(|_| !effective),
            ..self.filter.clone()
        }
    }

    /// The next users of each lane.
    fn of_lanes(&self, sql: &mut Sql<'_>, legs: &[Leg], rows: &str) -> String {
        let lanes: Vec<_> = match self.along {
            Along::Levels => self.level_lanes(legs),
            _ => legs
                .iter()
                .filter(|leg| leg.listed)
                .filter_map(|leg| self.lane(leg, None, 0))
                .collect(),
        };
        let mut columns = LEG.to_vec();
        columns.extend(["level", "at_key", "above", "below"]);
        let table = sql.table(&columns, &lanes);
        let matches = conditions::of_rows(sql, "x", self.plan.search.as_ref(), &self.needs(), true);
        let level = match self.along {
            Along::Levels => "x.access_level = leg.level",
            _ => "+x.access_level >= leg.min_level",
        };
        let tie = self.word(Direction::Asc);
        let next = sql.dialect().lateral(
            &format!(
                "SELECT x.user_id FROM members x
                  WHERE x.source_kind = leg.kind AND x.source_id = leg.id AND {level}
                    AND x.user_id > leg.above AND x.user_id < leg.below AND {matches}
                  ORDER BY x.user_id {tie} LIMIT {rows}"
            ),
            "user_id",
            "pick",
        );
        format!("SELECT DISTINCT leg.src, leg.at_key, leg.at_key AS at, pick.value AS id FROM {table} AS leg {next}")
    }

    /// The users of a leg, all or those with one level, as far as they can stand in the stretch with this key.
    fn lane(&self, leg: &Leg, level: Option<AccessLevel>, key: i64) -> Option<Vec<Option<i64>>> {
        let value = level.map(|_| format!("{key:02}"));
        let order = self.plan.order;
        let end = |bound: &Option<Position>, beyond: fn(std::cmp::Ordering) -> bool, open: i64| match bound {
            None => Some(open),
            Some(bound) if bound.value == value => Some(bound.id),
            Some(bound) => {
                let here = Position {
                    value: value.clone(),
                    id: bound.id,
                };
                beyond(order.compare(&here, bound)).then_some(open)
            }
        };
        let above = end(&self.after, std::cmp::Ordering::is_gt, -1)?;
        let below = end(&self.before, std::cmp::Ordering::is_lt, i64::MAX)?;
        let mut cells = leg.cells();
        cells.extend([
            level.map(|level| i64::from(level.number())),
            Some(key),
            Some(above),
            Some(below),
        ]);
        Some(cells)
    }

    /// A lane for each level of each leg, and each level that such a row can be shown with.
    fn level_lanes(&self, legs: &[Leg]) -> Vec<Vec<Option<i64>>> {
        let mut lanes = Vec::new();
        for leg in legs {
            let way = &self.plan.ways[leg.src][leg.way];
            let effective = self.plan.effective(self.plan.sources[leg.src]);
            if !leg.listed && !effective {
                continue;
            }
            for level in AccessLevel::STORED.into_iter().filter(|level| *level >= leg.min_level) {
                let mut shown = vec![way.link.as_ref().map_or(level, |link| link.cap.min(level))];
                if let Some(link) = way.link.as_ref().filter(|_| effective) {
                    // Who waits is shown with the row's own level; while the link is suspended, with none.
                    shown.push(level);
                    if link.locked {
                        shown.push(AccessLevel::NoAccess);
                    }
                }
                shown.sort_unstable();
                shown.dedup();
                let passes = |level: &AccessLevel| {
                    self.filter.levels.as_ref().is_none_or(|levels| levels.contains(level))
                        && self.filter.min_level.is_none_or(|least| *level >= least)
                };
                let shown = shown.into_iter().filter(passes);
                lanes.extend(shown.filter_map(|shown| self.lane(leg, Some(level), i64::from(shown.number()))));
            }
        }
        lanes
    }

    /// The next users by name who have a listed row. A plain subquery and not EXISTS, which PostgreSQL would turn into a walk over all members.
    fn by_name(&self, sql: &mut Sql<'_>, rows: &str) -> String {
        let matches = conditions::of_rows(sql, "x", self.plan.search.as_ref(), &self.needs(), true);
        let ascending = self.direction() == Direction::Asc;
        let mut range = vec!["TRUE".to_owned()];
        for (bound, reverse) in [(&self.after, false), (&self.before, true)] {
            let Some(bound) = bound else { continue };
            let (value, id) = (sql.bind(bound.value.clone().unwrap_or_default()), sql.bind(bound.id));
            let by_name = if ascending == reverse { '<' } else { '>' };
            let by_id = if reverse { '<' } else { '>' };
            range.push(format!(
                "n.name_key {by_name}= {value} AND (n.name_key {by_name} {value} OR n.id {by_id} {id})"
            ));
        }
        let range = range.join(" AND ");
        let (key, tie) = (self.word(self.direction()), self.word(Direction::Asc));
        let next = sql.dialect().lateral(
            &format!(
                "SELECT n.id FROM users n
                  WHERE {range} AND (
                    SELECT 1 FROM leg CROSS JOIN members x
                     WHERE leg.src = s.src AND leg.listed = 1 AND x.source_kind = leg.kind AND x.source_id = leg.id AND x.user_id = n.id
                       AND x.access_level >= leg.min_level AND {matches} LIMIT 1) = 1
                  ORDER BY n.name_key {key}, n.id {tie} LIMIT {rows}"
            ),
            "id",
            "pick",
        );
        format!(
            "SELECT s.src, CAST(0 AS BIGINT) AS at_key, named.name_key AS at, named.id
               FROM (SELECT DISTINCT leg.src FROM leg) AS s {next} JOIN users named ON named.id = pick.value"
        )
    }
}
