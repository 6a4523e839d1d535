//! Why users take seats: every row that counts, by each way that it counts.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::{Seat, find, ledger, memberships, rows};
use crate::domain::members::{self, Grant, GrantKind, Member, Relation, Role};
use crate::domain::standing::{self, Group, Project, Standing};
use crate::domain::{Ctx, Result};
use crate::types::{AccessLevel, GroupId, MemberId, MemberRoleId, NamespaceId, ProjectId, Source, SourceKind};

/// One reason why a user takes a seat.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Where the way into the hierarchy ends: at the group or project of the row, or at the one that a link shares.
    pub end: Standing,
    /// The row, and what lies between it and there.
    pub grant: Grant,
}

/// Why each user takes a seat in each top-level group, in the order of `seats`: the rows of the hierarchy first, those of groups before those of projects, and
/// then those that come by links, likewise; by number. What waits is no reason. None of a group that is not at the top, or that the actor does not own. Eleven
/// statements at most.
pub async fn reasons(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<Option<Vec<Ground>>>> {
    let mut owned = memberships::tops(ctx, seats).await?;
    owned.retain(|group| find::require_owner(ctx, group).is_ok());
    let owned: HashSet<_> = owned.iter().map(|group| NamespaceId::of_group(group.id)).collect();
    let open: HashSet<_> = seats.iter().filter(|(root, _)| owned.contains(root)).collect();
    let open: Vec<Seat> = open.into_iter().copied().collect();
    let mut found: HashMap<Seat, Vec<Ground>> = open.iter().map(|seat| (*seat, Vec::new())).collect();
    let ways = ways(ctx, &open).await?;
    let parts = Parts::read(ctx, &ways).await?;
    for way in ways {
        let seat = usize::try_from(way.seat).ok().and_then(|seat| open.get(seat));
        if let (Some(seat), Some(ground)) = (seat, parts.ground(&way)) {
            found.entry(*seat).or_default().push(ground);
        }
    }
    Ok(seats.iter().map(|seat| found.remove(seat)).collect())
}

/// A row that counts, and the link by which it does.
#[derive(Debug, FromQueryResult)]
struct Way {
    /// The place of the seat.
    seat: i64,
    id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    access_level: AccessLevel,
    expires_at: Option<NaiveDate>,
    group_share_id: Option<i64>,
    /// The group or project that the link shares.
    shared_group_id: Option<GroupId>,
    project_id: Option<ProjectId>,
    /// The group that it lets in.
    invited_group_id: Option<GroupId>,
    link_level: Option<AccessLevel>,
    link_role_id: Option<MemberRoleId>,
    link_expires_at: Option<NaiveDate>,
}

/// Every way, in order; two statements. A row comes as often as links let it in.
///
/// `CROSS JOIN` holds SQLite to the order as written; PostgreSQL chooses freely.
async fn ways(ctx: &Ctx, seats: &[Seat]) -> Result<Vec<Way>> {
    if seats.is_empty() {
        return Ok(Vec::new());
    }
    let roots: BTreeSet<_> = seats.iter().map(|(root, _)| *root).collect();
    ledger::keep(ctx, &roots.into_iter().collect::<Vec<_>>()).await?;
    let mut sql = ctx.conn().sql();
    let (row, link) = (rows::counting_row(sql.dialect()), rows::counting_link(sql.dialect()));
    let seats = memberships::table(&mut sql, seats);
    let columns = "a.id AS seat, m.id, m.source_kind, m.source_id, m.access_level, m.expires_at";
    let no = "CAST(NULL AS BIGINT)";
    let counted = format!(
        "{seats} AS a CROSS JOIN namespaces root CROSS JOIN users u CROSS JOIN members m LEFT JOIN member_roles r ON r.id = m.member_role_id"
    );
    let counts = format!(
        "root.id = a.root_id AND u.id = a.user_id AND u.state = 'active' AND u.user_type = 'human' AND m.user_id = u.id AND m.state = 0 AND {row}"
    );
    let own = |via: i32, kind: i32, table: &str| {
        format!(
            "SELECT {via} AS via, {columns}, {no} AS group_share_id, {no} AS shared_group_id, {no} AS project_id, {no} AS invited_group_id,
                    CAST(NULL AS INTEGER) AS link_level, {no} AS link_role_id, CAST(NULL AS DATE) AS link_expires_at
               FROM {counted} JOIN {table} s ON s.id = m.source_id AND s.root_id = a.root_id
              WHERE {counts} AND m.source_kind = {kind}"
        )
    };
    let invited = format!(
        "SELECT CASE WHEN f.group_share_id IS NULL THEN 4 ELSE 3 END, {columns}, f.group_share_id, g.shared_group_id, p.project_id,
                COALESCE(g.invited_group_id, p.invited_group_id), f.access_level, COALESCE(g.member_role_id, p.member_role_id), f.expires_at
           FROM {counted}
                JOIN seat_feeds f ON f.root_id = a.root_id AND f.group_id = m.source_id
                LEFT JOIN group_shares g ON g.id = f.group_share_id
                LEFT JOIN project_shares p ON p.id = f.project_share_id
          WHERE {counts} AND m.source_kind = 1 AND {link}"
    );
    let (groups, projects) = (own(1, 1, "namespaces"), own(2, 2, "projects"));
    sql.push(format!(
        "SELECT * FROM ({groups} UNION ALL {projects} UNION ALL {invited}) AS ways ORDER BY seat, via, id, shared_group_id, project_id, invited_group_id"
    ));
    Ok(sql.all().await?)
}

impl Way {
    fn home(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }

    fn end(&self) -> Source {
        match (self.shared_group_id, self.project_id) {
            (Some(group), _) => Source::Group(group),
            (None, Some(project)) => Source::Project(project),
            (None, None) => self.home(),
        }
    }

    /// The groups on the way, from the row's own to the one that is let in.
    fn stations(&self) -> impl Iterator<Item = GroupId> {
        let home = match self.home() {
            Source::Group(group) => Some(group),
            Source::Project(_) => None,
        };
        let link = self.invited_group_id;
        let home = home.filter(|home| link.is_some_and(|invited| invited != *home));
        home.into_iter().chain(link)
    }

    /// What makes it, as lists of members have it.
    const fn kind(&self) -> (GrantKind, Relation) {
        match (self.invited_group_id, self.group_share_id) {
            (None, _) => (GrantKind::Direct, Relation::Direct),
            (Some(_), Some(_)) => (GrantKind::GroupShare, Relation::SharedIntoAncestors),
            (Some(_), None) => (GrantKind::ProjectShare, Relation::InvitedGroups),
        }
    }
}

/// Everything that the ways are made of.
struct Parts {
    groups: HashMap<GroupId, Arc<Group>>,
    projects: HashMap<ProjectId, Project>,
    members: HashMap<MemberId, Member>,
    roles: HashMap<MemberRoleId, Role>,
}

impl Parts {
    /// Reads what the actor sees of them. Eight statements at most.
    async fn read(ctx: &Ctx, ways: &[Way]) -> Result<Self> {
        let ends = || ways.iter().map(Way::end);
        let groups: BTreeSet<_> = ways
            .iter()
            .flat_map(Way::stations)
            .chain(ends().filter_map(|end| match end {
                Source::Group(group) => Some(group),
                Source::Project(_) => None,
            }))
            .collect();
        let projects: BTreeSet<_> = ends()
            .filter_map(|end| match end {
                Source::Project(project) => Some(project),
                Source::Group(_) => None,
            })
            .collect();
        let groups = if groups.is_empty() {
            Vec::new()
        } else {
            standing::groups(ctx, groups).await?
        };
        let projects = if projects.is_empty() {
            Vec::new()
        } else {
            standing::projects(ctx, projects).await?
        };
        let ids: BTreeSet<_> = ways.iter().map(|way| way.id.0).collect();
        let roles = ways.iter().filter_map(|way| way.link_role_id).collect();
        Ok(Self {
            groups: groups.into_iter().map(|group| (group.id, Arc::new(group))).collect(),
            projects: projects.into_iter().map(|project| (project.id, project)).collect(),
            members: members::whole(ctx, ids.into_iter().collect()).await?,
            roles: members::roles(ctx, roles).await?,
        })
    }

    /// None for what has gone meanwhile. Whoever owns the top-level group sees everything in it.
    fn ground(&self, way: &Way) -> Option<Ground> {
        let end = match way.end() {
            Source::Group(group) => Standing::Group(Box::new(Group::clone(self.groups.get(&group)?))),
            Source::Project(project) => Standing::Project(Box::new(self.projects.get(&project)?.clone())),
        };
        let mut member = self.members.get(&way.id)?.clone();
        let (kind, relation) = way.kind();
        member.relation = relation;
        if let (Source::Group(home), true) = (way.home(), kind != GrantKind::Direct)
            && !self.groups.contains_key(&home)
        {
            // Who made a row is told where the row lies.
            member.created_by = None;
        }
        let role = match way.link_level.map(|link| way.access_level.cmp(&link)) {
            Some(Ordering::Greater) => way.link_role_id.and_then(|role| self.roles.get(&role).cloned()),
            Some(Ordering::Equal) if way.link_role_id.is_none() => None,
            _ => member.role.clone(),
        };
        let level = way
            .link_level
            .map_or(way.access_level, |link| link.min(way.access_level));
        let via = way.stations().filter_map(|group| self.groups.get(&group).cloned());
        Some(Ground {
            end,
            grant: Grant {
                kind,
                level,
                role,
                capped_from: (level < way.access_level).then_some(way.access_level),
                via: via.collect(),
                member: Some(Arc::new(member)),
                expires_at: [way.expires_at, way.link_expires_at].into_iter().flatten().min(),
                ignored: None,
            },
        })
    }
}
