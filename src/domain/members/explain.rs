//! Why a user has the level that they have: every way that leads there, what each gives, and which one decides.
//!
//! The ways are those of the lists, with those added that have ended; the rows are all that the user has on them. Who is shown what follows
//! `members/all`: of a way that it would not show to the actor nothing is told, unless the level comes that way alone. Then one grant stands for
//! it, without names. Groups that the actor does not see are left out of [`Grant::via`], and of their rows no more is told than in the list.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::choose::{Candidate, Life, ShownRole, given};
use super::rows::{self, Entry, ROW, Row, leg_table, legs};
use super::ways::{self, Way};
use super::{Ignored, Member, Of, Relation, Role, may_list, sentence, sight};
use crate::domain::standing::{self, Group};
use crate::domain::users::{self, User};
use crate::domain::{Ctx, Page, Position, Result, hierarchy};
use crate::types::{AccessLevel, GroupId, MemberRoleId, Source, UserId};

/// Why a user has the level that they have in a group or project.
#[derive(Clone, Debug)]
pub struct Access {
    /// The user.
    pub user: User,
    /// The G-level or P-level; where that is none, minimal access if it is valid there. Administrators' rights are not in it.
    pub level: AccessLevel,
    /// Every way that leads there and that the actor may know of: those that count first, as the lists rank them, then the others, and last
    /// that the user is an administrator.
    pub grants: Vec<Arc<Grant>>,
    /// The day on which the level ends: the last day among the ways that count, none when one of them has no end.
    pub expires_at: Option<NaiveDate>,
    /// All this in one English sentence.
    pub explanation: String,
}

/// One way that leads a user into a group or project.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What makes it.
    pub kind: GrantKind,
    /// What it gives, or would give if it counted.
    pub level: AccessLevel,
    /// The custom role that comes with it.
    pub role: Option<Role>,
    /// The row's own level, when a link lowers it.
    pub capped_from: Option<AccessLevel>,
    /// The groups on the way that the actor sees, from the row's own on; the asked group or project, at its end, is not among them.
    pub via: Vec<Arc<Group>>,
    /// The membership. None for administrators, for a request, and where nothing may be told of it.
    pub member: Option<Arc<Member>>,
    /// The day on which the way ends: that of the row or of a link, whichever comes first.
    pub expires_at: Option<NaiveDate>,
    /// Why it does not count; none when it does.
    pub ignored: Option<Ignored>,
}

/// What makes a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantKind {
    /// A row of the group or project itself.
    Direct,
    /// A row of a group above it.
    Inherited,
    /// A link of the group or one above it; of a project: of its group chain.
    GroupShare,
    /// A link of the project itself.
    ProjectShare,
    /// The project lies in the user's own namespace.
    PersonalNamespace,
    /// The user is an administrator.
    Admin,
}

impl Access {
    /// The grant that the level comes from; none without a level.
    pub fn decided_by(&self) -> Option<&Arc<Grant>> {
        self.grants
            .first()
            .filter(|grant| grant.ignored.is_none() && grant.kind != GrantKind::Admin)
    }
}

/// Why each user has the level that they have in each group or project, in the order of `asked`. None where there is no such user, and where the
/// actor neither may list the members nor is that user.
pub async fn explain(ctx: &Ctx, asked: &[(Of<'_>, UserId)]) -> Result<Vec<Option<Access>>> {
    let open: Vec<(Of<'_>, UserId)> = asked
        .iter()
        .copied()
        .filter(|(of, user)| ctx.actor.user_id() == Some(*user) || may_list(ctx, *of).is_ok())
        .collect();
    if open.is_empty() {
        return Ok(asked.iter().map(|_| None).collect());
    }
    let wanted: Vec<UserId> = open
        .iter()
        .map(|(_, user)| *user)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let users: HashMap<UserId, User> = users::by_ids(ctx, &wanted)
        .await?
        .into_iter()
        .map(|user| (user.id, user))
        .collect();
    let found = Found::read(ctx, &open).await?;
    let mut answers: HashMap<(Source, UserId), Access> = found.answers(ctx, &users).await?;
    Ok(asked
        .iter()
        .map(|(of, user)| answers.remove(&(of.source(), *user)))
        .collect())
}

/// A row of a user by a way, with what is true of it today.
#[derive(Clone, Debug, FromQueryResult)]
struct AnyRow {
    #[sea_orm(nested)]
    row: Row,
    live: bool,
    requested: bool,
    /// Its day has come, although it may go on counting.
    ended: bool,
}

/// Everything that was read about the pairs of a source and a user.
struct Found<'a> {
    sources: Vec<Of<'a>>,
    ways: Vec<Vec<Way>>,
    /// By the place of the source.
    pairs: Vec<(usize, UserId)>,
    rows: BTreeMap<(usize, UserId), Vec<AnyRow>>,
    /// The groups on the ways that the actor sees.
    groups: HashMap<GroupId, Arc<Group>>,
}

impl<'a> Found<'a> {
    async fn read(ctx: &Ctx, asked: &[(Of<'a>, UserId)]) -> Result<Self> {
        let mut places: HashMap<Source, usize> = HashMap::new();
        let mut sources = Vec::new();
        let mut pairs = BTreeSet::new();
        for (of, user) in asked {
            let place = *places.entry(of.source()).or_insert_with(|| {
                sources.push(*of);
                sources.len() - 1
            });
            pairs.insert((place, *user));
        }
        let ways = ways::ever_into(ctx, &sources).await?;
        let pairs: Vec<_> = pairs.into_iter().collect();
        let mut rows: BTreeMap<_, Vec<AnyRow>> = BTreeMap::new();
        for found in any_rows(ctx, &sources, &ways, &pairs).await? {
            rows.entry((found.row.src(), found.row.user_id))
                .or_default()
                .push(found);
        }
        let mut found = Self {
            sources,
            ways,
            pairs,
            rows,
            groups: HashMap::new(),
        };
        found.groups = found.groups_on_the_way(ctx).await?;
        Ok(found)
    }

    async fn groups_on_the_way(&self, ctx: &Ctx) -> Result<HashMap<GroupId, Arc<Group>>> {
        let on_the_way = |(&(src, _), rows): (&(usize, UserId), &Vec<AnyRow>)| -> Vec<GroupId> {
            let of = self.sources[src];
            let ways = rows.iter().map(|found| &self.ways[src][found.row.way()]);
            ways.flat_map(|way| stations(of, way)).collect()
        };
        let ids: BTreeSet<GroupId> = self.rows.iter().flat_map(on_the_way).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let groups = standing::groups(ctx, ids).await?;
        Ok(groups.into_iter().map(|group| (group.id, Arc::new(group))).collect())
    }

    async fn answers(&self, ctx: &Ctx, users: &HashMap<UserId, User>) -> Result<HashMap<(Source, UserId), Access>> {
        let drafts: Vec<Draft<'_>> = self
            .pairs
            .iter()
            .filter_map(|(src, user)| {
                let rows = self.rows.get(&(*src, *user)).map_or(&[][..], Vec::as_slice);
                Some(Draft::new(ctx, self, *src, users.get(user)?, rows))
            })
            .collect();
        let shown = || drafts.iter().flat_map(|draft| &draft.lines);
        let people = match shown().flat_map(Line::people).collect::<BTreeSet<_>>() {
            people if people.is_empty() => HashMap::new(),
            people => rows::people(ctx, people).await?,
        };
        let roles = rows::roles(ctx, shown().filter_map(Line::role_id).collect()).await?;
        let sources: Vec<Of<'_>> = drafts.iter().map(|draft| draft.of).collect();
        let mut members: Vec<Page<Member>> = drafts.iter().map(|draft| draft.members(ctx, &people, &roles)).collect();
        sight::veil(ctx, &sources, &mut members).await?;
        Ok(drafts
            .into_iter()
            .zip(members)
            .map(|(draft, members)| {
                let key = (draft.of.source(), draft.user.id);
                (key, draft.finish(ctx, members, &roles))
            })
            .collect())
    }
}

/// Every row of the users on the ways into their sources, whatever has become of it.
async fn any_rows(ctx: &Ctx, sources: &[Of<'_>], ways: &[Vec<Way>], pairs: &[(usize, UserId)]) -> Result<Vec<AnyRow>> {
    let mut sql = ctx.conn().sql();
    let legs = leg_table(&mut sql, &legs(ctx, sources, ways));
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(src, user)| vec![i64::try_from(*src).ok(), Some(user.0)])
        .collect();
    let pairs = sql.table(&["src", "user_id"], &pairs);
    let (live, today) = (hierarchy::live(sql.dialect(), "m"), sql.dialect().today());
    sql.push(format!(
        "WITH leg AS ({legs})
         SELECT {ROW},
                CASE WHEN {live} THEN TRUE ELSE FALSE END AS live,
                CASE WHEN m.requested_at IS NULL THEN FALSE ELSE TRUE END AS requested,
                CASE WHEN m.expires_at <= {today} THEN TRUE ELSE FALSE END AS ended
           FROM {pairs} AS pair CROSS JOIN leg CROSS JOIN members m
          WHERE leg.src = pair.src AND m.source_kind = leg.kind AND m.source_id = leg.id AND m.user_id = pair.user_id"
    ));
    Ok(sql.all().await?)
}

/// The groups on a way, from the one that the rows lie on to the last before the asked source.
fn stations(of: Of<'_>, way: &Way) -> Vec<GroupId> {
    let home = match way.rows_of {
        Source::Group(group) => Some(group),
        Source::Project(_) => None,
    };
    let between = way.link.iter().flat_map(|link| link.between);
    let mut stations: Vec<GroupId> = home.into_iter().chain(between).collect();
    stations.dedup();
    if stations.last().is_some_and(|last| of.source() == Source::Group(*last)) {
        stations.pop();
    }
    stations
}

/// An answer before it is dressed with people and roles.
struct Draft<'a> {
    of: Of<'a>,
    user: &'a User,
    level: AccessLevel,
    lines: Vec<Line<'a>>,
    owner: bool,
}

/// A grant before it is dressed.
struct Line<'a> {
    candidate: Candidate<'a>,
    /// None where nothing may be told of the row.
    entry: Option<Entry>,
    via: Vec<Arc<Group>>,
    /// The group that the row lies on, when the actor sees it.
    home: Option<Arc<Group>>,
    /// The last group before the asked source that a link is at, when the actor sees it.
    joint: Option<Arc<Group>>,
    ignored: Option<Ignored>,
    /// The actor may know of the way.
    told: bool,
    /// The actor sees where the row lies.
    home_seen: bool,
    /// The day on which it ends, as it is shown.
    expires_at: Option<NaiveDate>,
    /// The row counts although its day has come: it is that of a last owner.
    outlives: bool,
}

impl<'a> Draft<'a> {
    fn new(ctx: &Ctx, found: &'a Found<'_>, src: usize, user: &'a User, rows: &'a [AnyRow]) -> Self {
        let of = found.sources[src];
        let candidates: Vec<Candidate<'a>> = rows.iter().map(|row| row.candidate(&found.ways[src])).collect();
        let owner = of.personal_owner() == Some(user.id);
        let level = match given(&candidates) {
            _ if owner => AccessLevel::Owner,
            AccessLevel::NoAccess if candidates.iter().any(|candidate| is_valid_minimal(of, candidate)) => {
                AccessLevel::MinimalAccess
            }
            level => level,
        };
        let oneself = ctx.actor.user_id() == Some(user.id);
        let mut lines: Vec<Line<'a>> = rows
            .iter()
            .zip(candidates)
            .map(|(row, candidate)| Line::new(ctx, found, of, row, candidate, level, oneself))
            .collect();
        lines.sort_by(Line::compare);
        // Something must stand for a level that comes only by ways of which nothing may be told.
        let explained = owner || lines.iter().any(|line| line.told && line.ignored.is_none());
        let nameless = lines
            .iter()
            .position(|line| !explained && !line.told && line.ignored.is_none());
        let lines = lines.into_iter().enumerate();
        let lines = lines.filter(|(place, line)| line.told || Some(*place) == nameless);
        Self {
            of,
            user,
            level,
            lines: lines.map(|(_, line)| line).collect(),
            owner,
        }
    }

    /// The memberships that are shown, each with the place of its line.
    fn members(&self, ctx: &Ctx, people: &HashMap<UserId, User>, roles: &HashMap<MemberRoleId, Role>) -> Page<Member> {
        let of_line = |(place, line): (i64, &Line<'_>)| {
            let entry = line.entry.clone()?;
            let member = entry.into_member(ctx, self.of, line.candidate.way, people, roles)?;
            Some((Position { value: None, id: place }, member))
        };
        let mut page = Page::empty();
        page.items = (0..).zip(&self.lines).filter_map(of_line).collect();
        if let (true, Of::Project(project)) = (self.owner, self.of) {
            let owner = Member::personal_owner(project, self.user.clone());
            page.items.push((Position { value: None, id: -1 }, owner));
        }
        page
    }

    fn finish(self, ctx: &Ctx, members: Page<Member>, roles: &HashMap<MemberRoleId, Role>) -> Access {
        let mut members: HashMap<i64, Member> = members
            .items
            .into_iter()
            .map(|(place, member)| (place.id, member))
            .collect();
        let expires_at = self.expires_at();
        let admin = self.user.admin && (ctx.actor.is_admin() || ctx.actor.user_id() == Some(self.user.id));
        let explanation = sentence::explain(&sentence::Facts {
            name: &self.user.name,
            place: self.of.full_path(),
            level: self.level,
            owner: self.owner,
            admin,
            expires_at,
            ways: self.lines.iter().map(|line| line.told_in_words(self.of)).collect(),
        });
        let of_owner = self.owner.then(|| Grant {
            member: members.remove(&-1).map(Arc::new),
            ..Grant::of(GrantKind::PersonalNamespace)
        });
        let of_rows = (0..)
            .zip(self.lines)
            .map(|(place, line)| line.grant(members.remove(&place), roles));
        let of_admin = admin.then(|| Grant::of(GrantKind::Admin));
        Access {
            user: self.user.clone(),
            level: self.level,
            grants: of_owner
                .into_iter()
                .chain(of_rows)
                .chain(of_admin)
                .map(Arc::new)
                .collect(),
            expires_at,
            explanation,
        }
    }

    fn expires_at(&self) -> Option<NaiveDate> {
        let counting = self.lines.iter().filter(|line| line.told && line.ignored.is_none());
        let ends: Option<Vec<NaiveDate>> = counting
            .map(|line| line.expires_at.filter(|_| !line.outlives))
            .collect();
        ends.filter(|_| !self.owner)?.into_iter().max()
    }
}

impl<'a> Line<'a> {
    fn new(
        ctx: &Ctx,
        found: &Found<'_>,
        of: Of<'_>,
        row: &AnyRow,
        candidate: Candidate<'a>,
        level: AccessLevel,
        oneself: bool,
    ) -> Self {
        let way = candidate.way;
        let seen = |id: GroupId| found.groups.get(&id).cloned();
        let home = match way.rows_of {
            Source::Group(group) => seen(group),
            Source::Project(_) => None,
        };
        let home_seen = home.is_some() || way.rows_of == of.source();
        let requested = candidate.life == Life::Requested;
        let may_know = (way.listed || home_seen) && (!requested || decides_on_requests(ctx, of, home.as_deref()));
        let told = oneself || may_know;
        let ignored = match candidate.fault() {
            Some(Ignored::MinimalAccess) if level == AccessLevel::MinimalAccess && is_valid_minimal(of, &candidate) => {
                None
            }
            None if candidate.level() < level => Some(Ignored::LowerLevel),
            fault => fault,
        };
        let (shown, shown_level) = if home_seen {
            (ShownRole::OfRow, candidate.row_level)
        } else {
            (candidate.role(), candidate.level())
        };
        let ends = [candidate.expires_at, way.link.as_ref().and_then(|link| link.expires_at)];
        Self {
            entry: (told && !requested).then(|| Entry {
                row: row.row.clone(),
                shown,
                level: shown_level,
            }),
            via: stations(of, way).into_iter().filter_map(seen).collect(),
            joint: way.link.as_ref().and_then(|link| seen(link.between[1])),
            home,
            ignored,
            told,
            home_seen,
            expires_at: ends.into_iter().flatten().min(),
            outlives: row.live && row.ended,
            candidate,
        }
    }

    /// What counts comes first, in the order of the lists; of that what may be told.
    fn compare(&self, other: &Self) -> Ordering {
        let key = |line: &Self| (line.ignored.is_some(), !line.told);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.candidate.rank(&other.candidate))
    }

    fn people(&self) -> impl Iterator<Item = UserId> {
        self.entry.iter().flat_map(Entry::people)
    }

    fn role_id(&self) -> Option<MemberRoleId> {
        self.candidate.row_role.filter(|_| self.told)
    }

    fn told_in_words(&self, of: Of<'_>) -> sentence::Way<'_> {
        sentence::Way {
            kind: self.kind(),
            home: self
                .home
                .as_ref()
                .map(|group| group.full_path.as_str())
                .filter(|_| self.told),
            joint: self
                .joint
                .as_ref()
                .map(|group| group.full_path.as_str())
                .filter(|_| self.told),
            at_asked: self
                .candidate
                .way
                .link
                .as_ref()
                .is_some_and(|link| of.source() == Source::Group(link.between[1])),
            lowered_from: self.capped_from(),
            ignored: self.ignored,
        }
    }

    fn kind(&self) -> GrantKind {
        match self.candidate.way.relation {
            Relation::Direct => GrantKind::Direct,
            Relation::Inherited | Relation::Descendants => GrantKind::Inherited,
            Relation::SharedIntoAncestors => GrantKind::GroupShare,
            Relation::InvitedGroups => GrantKind::ProjectShare,
        }
    }

    fn capped_from(&self) -> Option<AccessLevel> {
        let row_level = self.candidate.row_level;
        (self.told && self.home_seen && self.candidate.level() < row_level).then_some(row_level)
    }

    fn grant(self, member: Option<Member>, roles: &HashMap<MemberRoleId, Role>) -> Grant {
        let role = match self.candidate.role() {
            ShownRole::OfRow => self.candidate.row_role.and_then(|id| roles.get(&id).cloned()),
            ShownRole::OfLink => self.candidate.way.link.as_ref().and_then(|link| link.role.clone()),
            ShownRole::None => None,
        };
        Grant {
            kind: self.kind(),
            level: self.candidate.level(),
            role: role.filter(|_| self.told),
            capped_from: self.capped_from(),
            expires_at: self.expires_at.filter(|_| self.told),
            ignored: self.ignored,
            member: member.map(Arc::new),
            via: if self.told { self.via } else { Vec::new() },
        }
    }
}

impl Grant {
    /// One that makes an owner for good.
    fn of(kind: GrantKind) -> Self {
        Self {
            kind,
            level: AccessLevel::Owner,
            role: None,
            capped_from: None,
            via: Vec::new(),
            member: None,
            expires_at: None,
            ignored: None,
        }
    }
}

impl AnyRow {
    fn candidate<'w>(&self, ways: &'w [Way]) -> Candidate<'w> {
        let life = match (self.requested, self.live) {
            (true, _) => Life::Requested,
            (false, true) => Life::Live,
            (false, false) => Life::Ended,
        };
        Candidate {
            life,
            ..self.row.candidate(ways)
        }
    }
}

/// Minimal access is one in the very group of the row.
fn is_valid_minimal(of: Of<'_>, candidate: &Candidate<'_>) -> bool {
    candidate.fault() == Some(Ignored::MinimalAccess)
        && matches!(of, Of::Group(_))
        && candidate.way.rows_of == of.source()
        && candidate.way.link.is_none()
}

/// Whether the actor sees who asks for access where the row lies: on the group `home`, else on the asked source itself.
fn decides_on_requests(ctx: &Ctx, of: Of<'_>, home: Option<&Group>) -> bool {
    match (home, of) {
        (Some(group), _) | (None, Of::Group(group)) => group.owned_by(&ctx.actor),
        (None, Of::Project(project)) => project.acting_level(&ctx.actor) >= AccessLevel::Maintainer,
    }
}
