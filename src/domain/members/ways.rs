//! The ways that lead into a group or project: the sources whose rows make somebody a member there, and what each is worth.
//!
//! One statement for any number of sources: the chains are read off the ancestor paths, only the links must be asked for.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::{Of, Relation, Role};
use crate::db::Sql;
use crate::domain::standing::Opening;
use crate::domain::{Ctx, Result, hierarchy, standing};
use crate::types::{AccessLevel, AncestorPath, GroupId, MemberRoleId, NamespaceId, Permissions, Source, Visibility};

/// One way in.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) relation: Relation,
    /// Where the rows lie.
    pub(super) rows_of: Source,
    pub(super) rows_root: NamespaceId,
    /// The SAML provider of the source that the rows lie on.
    pub(super) saml_provider: Option<i64>,
    /// Rows below this level do not come this way.
    pub(super) min_level: AccessLevel,
    /// The link that it goes through.
    pub(super) link: Option<Link>,
    /// Who comes this way is listed for this actor; the others only raise levels.
    pub(super) listed: bool,
    /// Which of several rows is shown: those of the lowest tier that has any. Of a group all ways are one tier.
    pub(super) tier: u8,
    /// Whether the rows lie on the asked group itself (of a project: on its group), which wins ties.
    pub(super) own: bool,
}

/// The link of a way.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Nobody gets more than this.
    pub(super) cap: AccessLevel,
    pub(super) role: Option<Role>,
    /// Suspended by the project's own group: lists people, gives nothing.
    pub(super) locked: bool,
    /// No longer in force. Only an explanation looks at such ways.
    pub(super) ended: bool,
    /// The day on which it, or the one behind it, no longer counts.
    pub(super) expires_at: Option<NaiveDate>,
    /// Where the way comes in from the group that the rows lie on (or one below that), and where it goes on to the asked source: the shared
    /// group twice, the group that a project is shared with twice, or the two ends of what lies between two links.
    pub(super) between: [GroupId; 2],
    /// Whether the actor sees the invited group; else who made a row is hidden.
    pub(super) group_seen: bool,
}

/// The ways into each of `sources`, in their order.
pub(super) async fn into(ctx: &Ctx, sources: &[Of<'_>], wanted: &BTreeSet<Relation>) -> Result<Vec<Vec<Way>>> {
    let mut ways = if wanted
        .iter()
        .any(|relation| matches!(relation, Relation::SharedIntoAncestors | Relation::InvitedGroups))
    {
        chains_and_links(ctx, sources, Links::InForce).await?
    } else {
        chains(sources)
    };
    if wanted.contains(&Relation::Descendants) {
        for (index, way) in below(ctx, sources).await? {
            ways[index].push(way);
        }
    }
    for ways in &mut ways {
        ways.retain(|way| wanted.contains(&way.relation));
    }
    Ok(ways)
}

/// Every way that leads into each of `sources` or that once did, in an order that is the same every time.
pub(super) async fn ever_into(ctx: &Ctx, sources: &[Of<'_>]) -> Result<Vec<Vec<Way>>> {
    chains_and_links(ctx, sources, Links::All).await
}

fn chains(sources: &[Of<'_>]) -> Vec<Vec<Way>> {
    sources.iter().map(|of| chain(*of)).collect()
}

async fn chains_and_links(ctx: &Ctx, sources: &[Of<'_>], which: Links) -> Result<Vec<Vec<Way>>> {
    let mut links = links_into(ctx, sources, which).await?;
    links.sort_by_key(LinkRow::place);
    let seen = groups_seen(ctx, sources, &links).await?;
    let mut ways = chains(sources);
    for link in &links {
        let index = usize::try_from(link.src).unwrap_or_default();
        if let Some(of) = sources.get(index) {
            ways[index].extend(through(ctx, *of, link, &seen));
        }
    }
    Ok(ways)
}

/// The source's own rows, and those of everything above it.
pub(super) fn chain(of: Of<'_>) -> Vec<Way> {
    let way = |relation, rows_of, min_level, tier, own| Way {
        relation,
        rows_of,
        rows_root: of.root(),
        saml_provider: of
            .root_saml_provider()
            .filter(|_| rows_of == Source::Group(GroupId(of.root().0))),
        min_level,
        link: None,
        listed: true,
        tier,
        own,
    };
    match of {
        Of::Group(group) => {
            let own_minimum = if group.is_top_level() {
                AccessLevel::MinimalAccess
            } else {
                AccessLevel::Guest
            };
            let inherited = group.ancestor_path.groups().filter(|id| *id != group.id);
            std::iter::once(way(Relation::Direct, Source::Group(group.id), own_minimum, 2, true))
                .chain(inherited.map(|id| way(Relation::Inherited, Source::Group(id), AccessLevel::Guest, 2, false)))
                .collect()
        }
        Of::Project(project) => {
            let groups: Vec<_> = project
                .group_id()
                .map(|_| project.ancestor_path.groups().collect())
                .unwrap_or_default();
            let inherited = groups.into_iter().map(|id| {
                let own = Some(id) == project.group_id();
                way(Relation::Inherited, Source::Group(id), AccessLevel::Guest, 2, own)
            });
            std::iter::once(way(
                Relation::Direct,
                Source::Project(project.id),
                AccessLevel::MinimalAccess,
                1,
                false,
            ))
            .chain(inherited)
            .collect()
        }
    }
}

/// The subgroups of the groups among `sources` whose members the actor may list, each a way of its own.
async fn below(ctx: &Ctx, sources: &[Of<'_>]) -> Result<Vec<(usize, Way)>> {
    #[derive(FromQueryResult)]
    struct Subgroup {
        src: i64,
        id: GroupId,
        root_id: NamespaceId,
    }
    let groups: Vec<_> = (0_i64..)
        .zip(sources)
        .filter_map(|(src, of)| match of {
            Of::Group(group) => Some(vec![Some(src), Some(group.id.0)]),
            Of::Project(_) => None,
        })
        .collect();
    let mut sql = ctx.conn().sql();
    let table = sql.table(&["src", "group_id"], &groups);
    let within = sql.dialect().within("n.ancestor_path", "g.ancestor_path");
    sql.push(format!(
        "SELECT a.src, n.id, n.root_id FROM {table} AS a
           JOIN namespaces g ON g.id = a.group_id JOIN namespaces n ON {within} AND n.id <> g.id"
    ));
    let mut subgroups: Vec<Subgroup> = sql.all().await?;
    let insider = |src: i64| match usize::try_from(src).ok().and_then(|src| sources.get(src)) {
        Some(Of::Group(group)) => ctx.actor.is_admin() || group.level.grants(),
        _ => false,
    };
    // A level in the group is one in everything below it; others see only what is open to them.
    let asked: BTreeSet<GroupId> = subgroups
        .iter()
        .filter(|subgroup| !insider(subgroup.src))
        .map(|subgroup| subgroup.id)
        .collect();
    if !asked.is_empty() {
        let seen = standing::groups(ctx, asked).await?;
        let open: HashSet<GroupId> = seen
            .into_iter()
            .filter(|group| group.open_to(&ctx.actor))
            .map(|group| group.id)
            .collect();
        subgroups.retain(|subgroup| insider(subgroup.src) || open.contains(&subgroup.id));
    }
    Ok(subgroups
        .into_iter()
        .map(|subgroup| {
            let way = Way {
                relation: Relation::Descendants,
                rows_of: Source::Group(subgroup.id),
                rows_root: subgroup.root_id,
                saml_provider: None,
                min_level: AccessLevel::Guest,
                link: None,
                listed: true,
                tier: 2,
                own: false,
            };
            (usize::try_from(subgroup.src).unwrap_or_default(), way)
        })
        .collect())
}

#[derive(Debug, FromQueryResult)]
struct LinkRow {
    src: i64,
    kind: i32,
    access_level: AccessLevel,
    expires_at: Option<NaiveDate>,
    inner_expires_at: Option<NaiveDate>,
    in_force: bool,
    from_id: GroupId,
    to_id: GroupId,
    invited_path: AncestorPath,
    invited_visibility: Visibility,
    invited_root: NamespaceId,
    invited_id: GroupId,
    invited_saml_provider: Option<i64>,
    role_id: Option<MemberRoleId>,
    role_group_id: Option<GroupId>,
    role_name: Option<String>,
    role_description: Option<String>,
    role_base: Option<AccessLevel>,
    role_permissions: Option<Permissions>,
    role_created_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// A link of the source's chain, to direct members of a group.
const GROUP_LINK: i32 = 1;
/// A link of the project itself, to a group and everybody inherited into it.
const PROJECT_LINK: i32 = 2;
/// What the invited group of a project link is itself shared with: gives the project, is not listed.
const NESTED_LINK: i32 = 3;

/// Which links are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    InForce,
    /// Those that have ended, too.
    All,
}

async fn links_into(ctx: &Ctx, sources: &[Of<'_>], which: Links) -> Result<Vec<LinkRow>> {
    let mut sql = ctx.conn().sql();
    let statement = select_links(&mut sql, sources, which);
    sql.push(statement);
    Ok(sql.all().await?)
}

fn select_links(sql: &mut Sql<'_>, sources: &[Of<'_>], which: Links) -> String {
    let mut chains = Vec::new();
    let mut projects = Vec::new();
    for (src, of) in (0_i64..).zip(sources) {
        if let Of::Project(project) = of {
            projects.push(vec![Some(src), Some(project.id.0)]);
        }
        if of.personal_owner().is_none() {
            chains.extend(of.ancestor_path().groups().map(|group| vec![Some(src), Some(group.0)]));
        }
    }
    let dialect = sql.dialect();
    let chains = sql.table(&["src", "group_id"], &chains);
    let projects = sql.table(&["src", "project_id"], &projects);
    let (live_s, live_t) = (hierarchy::live_link(dialect, "s"), hierarchy::live_link(dialect, "t"));
    let only = |live: &str| match which {
        Links::InForce => format!("AND {live}"),
        Links::All => String::new(),
    };
    let (only_s, only_t) = (only(&live_s), only(&live_t));
    let outer = format!(
        "s.expires_at, s.expires_at AS inner_expires_at, CASE WHEN {live_s} THEN TRUE ELSE FALSE END AS in_force"
    );
    let both = format!("s.expires_at, t.expires_at, CASE WHEN {live_s} AND {live_t} THEN TRUE ELSE FALSE END");
    let capped = dialect.least("s.access_level", "t.access_level");
    let up = dialect.path_ids("n.ancestor_path", "up");
    let role = "r.id AS role_id, r.group_id AS role_group_id, r.name AS role_name, r.description AS role_description,
                r.base_access_level AS role_base, r.permissions AS role_permissions, r.created_at AS role_created_at";
    let invited = |alias: &str| {
        format!(
            "{alias}.id AS invited_id, {alias}.ancestor_path AS invited_path, {alias}.visibility AS invited_visibility,
             {alias}.root_id AS invited_root,
             CASE WHEN {alias}.parent_id IS NULL THEN {alias}.saml_provider_id END AS invited_saml_provider"
        )
    };
    let (invited_n, invited_h) = (invited("n"), invited("h"));
    format!(
        "SELECT c.src, {GROUP_LINK} AS kind, s.access_level, {outer}, s.shared_group_id AS from_id, s.shared_group_id AS to_id, {invited_n}, {role}
           FROM {chains} AS c
           JOIN group_shares s ON s.shared_group_id = c.group_id {only_s}
           JOIN namespaces n ON n.id = s.invited_group_id
           LEFT JOIN member_roles r ON r.id = s.member_role_id
         UNION ALL
         SELECT p.src, {PROJECT_LINK}, s.access_level, {outer}, n.id, n.id, {invited_n}, {role}
           FROM {projects} AS p
           JOIN project_shares s ON s.project_id = p.project_id {only_s}
           JOIN namespaces n ON n.id = s.invited_group_id
           LEFT JOIN member_roles r ON r.id = s.member_role_id
         UNION ALL
         SELECT p.src, {NESTED_LINK}, {capped}, {both}, t.shared_group_id, n.id, {invited_h}, {role}
           FROM {projects} AS p
           JOIN project_shares s ON s.project_id = p.project_id {only_s}
           JOIN namespaces n ON n.id = s.invited_group_id
           JOIN group_shares t ON t.shared_group_id IN (SELECT up.value FROM {up}) {only_t}
           JOIN namespaces h ON h.id = t.invited_group_id
           LEFT JOIN member_roles r ON r.id = t.member_role_id"
    )
}

/// Which of the groups that are not public, and that links lead to, the actor sees.
async fn groups_seen(ctx: &Ctx, sources: &[Of<'_>], links: &[LinkRow]) -> Result<HashMap<GroupId, Opening>> {
    let all_owned = sources.iter().all(|of| match of {
        Of::Group(group) => group.owned_by(&ctx.actor),
        Of::Project(project) => project.owned_by(&ctx.actor) && project.group_insider(&ctx.actor),
    });
    // An owner sees everybody, and who let them in.
    if all_owned {
        return Ok(HashMap::new());
    }
    let asked: BTreeSet<GroupId> = links
        .iter()
        .filter(|link| link.kind != NESTED_LINK)
        .flat_map(|link| match link.kind {
            PROJECT_LINK => link.invited_path.groups().collect(),
            _ if link.invited_visibility == Visibility::Public => Vec::new(),
            _ => vec![link.invited_id],
        })
        .collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    standing::groups_open_by_any_row(ctx, asked).await
}

/// The ways that one link opens.
fn through(ctx: &Ctx, of: Of<'_>, row: &LinkRow, seen: &HashMap<GroupId, Opening>) -> Vec<Way> {
    let (insider, own_insider, owner, locked) = match of {
        Of::Group(group) => (group.insider(&ctx.actor), false, group.owned_by(&ctx.actor), false),
        Of::Project(project) => (
            project.group_insider(&ctx.actor),
            ctx.actor.is_admin() || project.level.grants(),
            project.owned_by(&ctx.actor),
            project.share_with_group_lock,
        ),
    };
    let group_seen = owner || row.invited_visibility == Visibility::Public || seen.contains_key(&row.invited_id);
    let way = |relation, group: GroupId, listed, tier, locked, role| Way {
        relation,
        rows_of: Source::Group(group),
        rows_root: row.invited_root,
        saml_provider: row.invited_saml_provider.filter(|_| group == row.invited_id),
        min_level: AccessLevel::Guest,
        link: Some(Link {
            cap: row.access_level,
            role,
            locked,
            ended: !row.in_force,
            expires_at: row.expires_at.into_iter().chain(row.inner_expires_at).min(),
            between: [row.from_id, row.to_id],
            group_seen,
        }),
        listed,
        tier,
        own: false,
    };
    match row.kind {
        GROUP_LINK => {
            let open = insider || row.invited_visibility == Visibility::Public || seen.contains_key(&row.invited_id);
            vec![way(
                Relation::SharedIntoAncestors,
                row.invited_id,
                open,
                2,
                false,
                row.role(),
            )]
        }
        PROJECT_LINK => row
            .invited_path
            .groups()
            .map(|group| {
                way(
                    Relation::InvitedGroups,
                    group,
                    // Here a minimal row opens nothing.
                    own_insider || seen.get(&group) == Some(&Opening::Seen),
                    3,
                    locked,
                    None,
                )
            })
            .collect(),
        _ => vec![way(Relation::InvitedGroups, row.invited_id, false, 3, locked, None)],
    }
}

impl LinkRow {
    /// Where it stands among all links.
    fn place(&self) -> (i64, i32, GroupId, GroupId, GroupId) {
        (self.src, self.kind, self.to_id, self.from_id, self.invited_id)
    }

    fn role(&self) -> Option<Role> {
        Some(Role {
            id: self.role_id?,
            group_id: self.role_group_id?,
            name: self.role_name.clone()?,
            description: self.role_description.clone(),
            base_access_level: self.role_base?,
            permissions: self.role_permissions.clone()?,
            created_at: self.role_created_at?,
        })
    }
}
