//! What the policy judges and the rules look at, read behind the lock: who acts, where, and on whom. A fixed number of statements.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use crate::db::Lock;
use crate::domain::journal::{Grant, Scene, Subject};
use crate::domain::policy::{self, Hand, Place, Target};
use crate::domain::standing::{self, Name, Standing};
use crate::domain::{Actor, Ctx, Error, Result, Thing, hierarchy, invitations, notices};
use crate::types::{
    AccessLevel, GroupId, MemberId, MemberRoleId, MemberState, NamespaceId, Permissions, Source, SourceKind, UserId,
    UserState, UserType, Words, fold,
};

/// A group or project that is about to change, and who changes it.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Facts {
    pub(in crate::domain) standing: Standing,
    pub(in crate::domain) hand: Hand,
    pub(in crate::domain) place: Place,
    pub(in crate::domain) today: NaiveDate,
    /// Domains that the addresses of new members must have; empty for any.
    pub(in crate::domain) allowed_email_domains: Vec<String>,
    /// Seats at most.
    pub(in crate::domain) seat_cap: Option<u64>,
}

/// Somebody who is to become, be or no longer be a member.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::domain) struct Person {
    pub(in crate::domain) user_id: UserId,
    pub(in crate::domain) username: String,
    username_key: String,
    pub(in crate::domain) name: String,
    pub(in crate::domain) email_norm: String,
    public_email_norm: Option<String>,
    pub(in crate::domain) user_type: UserType,
    pub(in crate::domain) state: UserState,
    row_id: Option<MemberId>,
    row_level: Option<AccessLevel>,
    row_state: Option<MemberState>,
    row_requested: bool,
    row_live: bool,
    row_expires_at: Option<NaiveDate>,
    row_role_id: Option<MemberRoleId>,
    row_role_name: Option<String>,
    row_ldap: Option<bool>,
    row_override: Option<bool>,
    row_created_by_id: Option<UserId>,
    row_updated_at: Option<DateTime<Utc>>,
    last_owner: bool,
    /// Whether a bot has a row anywhere.
    pub(in crate::domain) bot_elsewhere: bool,
    inherited_level: Option<AccessLevel>,
    inherited_from: Option<String>,
    inherited_role: Option<String>,
    inherited_role_id: Option<MemberRoleId>,
}

/// The row that a person has there, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub(in crate::domain) struct Held {
    pub(in crate::domain) id: MemberId,
    pub(in crate::domain) level: AccessLevel,
    pub(in crate::domain) state: MemberState,
    /// An access request.
    pub(in crate::domain) requested: bool,
    /// Counts as a membership, if only a waiting or a minimal one.
    pub(in crate::domain) live: bool,
    pub(in crate::domain) expires_at: Option<NaiveDate>,
    pub(in crate::domain) role: Option<(MemberRoleId, String)>,
    pub(in crate::domain) ldap: bool,
    pub(in crate::domain) overridden: bool,
    pub(in crate::domain) created_by: Option<UserId>,
    pub(in crate::domain) updated_at: DateTime<Utc>,
}

/// The highest row that a person has above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Inherited {
    pub(in crate::domain) level: AccessLevel,
    /// The name of the role: `Developer`, or the custom role's.
    pub(in crate::domain) role: String,
    /// The name of the group.
    pub(in crate::domain) group: String,
}

/// A custom role that is to be given.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::domain) struct RoleFacts {
    pub(in crate::domain) id: MemberRoleId,
    pub(in crate::domain) group_id: GroupId,
    pub(in crate::domain) name: String,
    pub(in crate::domain) base_access_level: AccessLevel,
    pub(in crate::domain) permissions: Permissions,
}

/// How somebody is named who is to become a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Whom {
    /// By number.
    Id(i64),
    /// By user name, whatever the case.
    Username(String),
    /// By the primary or the public address, whatever the case.
    Email(String),
}

/// The group or project of that name before anything is locked, and the lock that a change to it needs.
///
/// # Errors
/// `NotFound` when the actor does not see it.
pub(in crate::domain) async fn seen(ctx: &Ctx, kind: SourceKind, name: &Name) -> Result<(Source, Lock)> {
    ctx.require_known()?;
    let standing = standing::find(ctx, kind, name).await?;
    Ok((standing.source(), Lock::Root(standing.root())))
}

impl Facts {
    /// Reads them behind the lock: two statements.
    ///
    /// # Errors
    /// `NotFound` when the actor no longer sees the source; `Forbidden` when the actor's account is closed by now.
    pub(in crate::domain) async fn load(ctx: &Ctx, source: Source) -> Result<Self> {
        let standing = standing::find(ctx, source.kind(), &Name::Id(source.id())).await?;
        let rows = actor_rows(ctx, &standing).await?;
        let first = rows.first().ok_or(Error::NotFound(Thing::Row))?;
        if matches!(ctx.actor, Actor::User(_)) && first.actor_state != Some(UserState::Active) {
            return Err(Error::Forbidden(None));
        }
        let (membership_lock, kind) = match &standing {
            Standing::Group(_) => (false, SourceKind::Group),
            Standing::Project(project) => (project.membership_lock, SourceKind::Project),
        };
        let manages = |row: &&ActorRow| {
            kind == SourceKind::Group
                && row
                    .permissions
                    .as_ref()
                    .is_some_and(|held| held.has("admin_group_member"))
        };
        Ok(Self {
            hand: Hand {
                // The account may have lost its rights since the token was looked at.
                admin: ctx.actor.is_admin() && first.actor_admin != Some(false),
                level: standing.level(),
                manages_to: rows
                    .iter()
                    .filter(manages)
                    .filter_map(|row| row.base_access_level)
                    .max(),
                permissions: rows
                    .iter()
                    .filter_map(|row| row.permissions.clone())
                    .flat_map(|held| held.0)
                    .collect(),
            },
            place: Place {
                kind,
                ldap_synced: first.ldap_synced,
                membership_lock,
            },
            today: first.today,
            allowed_email_domains: first.allowed_email_domains.0.clone(),
            seat_cap: first.seat_cap.and_then(|cap| u64::try_from(cap).ok()),
            standing,
        })
    }

    /// The people of these names, in no order; one statement. Nobody twice.
    pub(in crate::domain) async fn people(&self, ctx: &Ctx, whom: &[Whom]) -> Result<Vec<Person>> {
        let mut named = Named::default();
        for whom in whom {
            match whom {
                Whom::Id(id) => named.numbers.push(*id),
                Whom::Username(name) => named.usernames.push(fold(name)),
                Whom::Email(address) => named.addresses.push(fold(address)),
            }
        }
        people(ctx, &self.standing, named).await
    }

    /// The same person as of now, when what was done to others in the same call may have made a difference: to whether an owner is the last.
    pub(in crate::domain) async fn as_of_now(&self, ctx: &Ctx, person: &Person) -> Result<Person> {
        let is_owner = person.row_level == Some(AccessLevel::Owner) && self.place.kind == SourceKind::Group;
        let again = if is_owner {
            self.people(ctx, &[Whom::Id(person.user_id.0)]).await?.pop()
        } else {
            None
        };
        Ok(again.unwrap_or_else(|| person.clone()))
    }

    /// The member of that number by a direct row that is in force.
    ///
    /// # Errors
    /// `NotFound(Row)`.
    pub(in crate::domain) async fn member(&self, ctx: &Ctx, user: i64) -> Result<(Person, Held)> {
        let person = self.people(ctx, &[Whom::Id(user)]).await?.pop();
        let person = person.ok_or(Error::NotFound(Thing::Row))?;
        match person.membership() {
            Some(held) => Ok((person, held)),
            None if self.is_personal_owner(person.user_id) => Err(self.without_row(ctx, &person)),
            None => Err(Error::NotFound(Thing::Row)),
        }
    }

    /// Why nothing can be done to who is a member without a row.
    fn without_row(&self, ctx: &Ctx, person: &Person) -> Error {
        let target = Target {
            level: AccessLevel::Owner,
            user_type: person.user_type,
            is_self: ctx.actor.user_id() == Some(person.user_id),
            last_owner: false,
            ldap: false,
            overridden: false,
            personal_owner: true,
        };
        let verdict = policy::update(&self.hand, &self.place, &target);
        verdict.err().map_or(Error::NotFound(Thing::Row), Error::from)
    }

    /// What the policy looks at of a member.
    pub(in crate::domain) fn target(&self, ctx: &Ctx, person: &Person, held: &Held) -> Target {
        Target {
            level: held.level,
            user_type: person.user_type,
            is_self: ctx.actor.user_id() == Some(person.user_id),
            last_owner: person.last_owner,
            ldap: held.ldap,
            overridden: held.overridden,
            personal_owner: self.is_personal_owner(person.user_id),
        }
    }

    /// Whether the user is a member by owning the namespace.
    pub(in crate::domain) fn is_personal_owner(&self, user: UserId) -> bool {
        matches!(&self.standing, Standing::Project(project) if project.namespace_owner_id == Some(user))
    }

    /// Where it happens, for mail.
    pub(in crate::domain) fn mail_place(&self) -> notices::Place {
        match &self.standing {
            Standing::Group(group) => (&**group).into(),
            Standing::Project(project) => (&**project).into(),
        }
    }

    /// Where it happens, for events.
    pub(in crate::domain) fn scene(&self) -> Scene {
        Scene {
            source: self.standing.source(),
            full_path: self.standing.full_path().to_owned(),
            root: self.standing.root(),
            ancestor_path: self.standing.ancestor_path().clone(),
        }
    }

    /// Whether nothing lies above it.
    pub(in crate::domain) fn is_top_level_group(&self) -> bool {
        matches!(&self.standing, Standing::Group(group) if group.is_top_level())
    }

    /// Whether the address, in lower case, is of a domain that the hierarchy takes.
    pub(in crate::domain) fn admits(&self, address: &str) -> bool {
        let domains = &self.allowed_email_domains;
        let is_in = |domain: &String| address.ends_with(&format!("@{}", fold(domain.trim_start_matches('@'))));
        domains.is_empty() || domains.iter().any(is_in)
    }

    /// `group` or `project`
    pub(in crate::domain) const fn noun(&self) -> &'static str {
        match self.place.kind {
            SourceKind::Group => "group",
            SourceKind::Project => "project",
        }
    }

    /// The custom role of that number, whatever group it belongs to.
    pub(in crate::domain) async fn role(ctx: &Ctx, id: i64) -> Result<Option<RoleFacts>> {
        let mut sql = ctx.conn().sql();
        let id = sql.bind(id);
        sql.push(format!(
            "SELECT r.id, r.group_id, r.name, r.base_access_level, r.permissions FROM member_roles r WHERE r.id = {id}"
        ));
        Ok(sql.one().await?)
    }
}

impl Person {
    /// Whether the address, in lower case, is one of the person's.
    pub(in crate::domain) fn has_address(&self, address: &str) -> bool {
        self.email_norm == address || self.public_email_norm.as_deref() == Some(address)
    }

    /// The row that the person has there.
    pub(in crate::domain) fn held(&self) -> Option<Held> {
        Some(Held {
            id: self.row_id?,
            level: self.row_level?,
            state: self.row_state?,
            requested: self.row_requested,
            live: self.row_live,
            expires_at: self.row_expires_at,
            role: self.row_role_id.zip(self.row_role_name.clone()),
            ldap: self.row_ldap?,
            overridden: self.row_override?,
            created_by: self.row_created_by_id,
            updated_at: self.row_updated_at?,
        })
    }

    /// The row, if it is a membership in force.
    pub(in crate::domain) fn membership(&self) -> Option<Held> {
        self.held().filter(|held| held.live && !held.requested)
    }

    /// The highest row above.
    pub(in crate::domain) fn inherited(&self) -> Option<Inherited> {
        let level = self.inherited_level?;
        Some(Inherited {
            level,
            role: self.inherited_role.clone().unwrap_or_else(|| level.label().to_owned()),
            group: self.inherited_from.clone()?,
        })
    }

    /// What the highest row above gives.
    pub(in crate::domain) fn inherited_grant(&self) -> Option<(AccessLevel, Option<(MemberRoleId, String)>)> {
        let role = self.inherited_role_id.zip(self.inherited_role.clone());
        Some((self.inherited_level?, role))
    }

    /// The row as events tell of it.
    pub(in crate::domain) fn subject(&self, row: MemberId, grant: Grant) -> Subject {
        Subject {
            row,
            user: Some((self.user_id, self.name.clone())),
            grant,
        }
    }
}

impl Held {
    /// What the row gives.
    pub(in crate::domain) fn grant(&self) -> Grant {
        Grant {
            level: self.level,
            role: self.role.clone(),
            expires_at: self.expires_at,
        }
    }
}

/// One row a custom role of the actor, and one without any.
#[derive(FromQueryResult)]
struct ActorRow {
    today: NaiveDate,
    allowed_email_domains: Words,
    seat_cap: Option<i64>,
    ldap_synced: bool,
    actor_admin: Option<bool>,
    actor_state: Option<UserState>,
    permissions: Option<Permissions>,
    base_access_level: Option<AccessLevel>,
}

async fn actor_rows(ctx: &Ctx, standing: &Standing) -> Result<Vec<ActorRow>> {
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let (today, grants) = (dialect.today(), hierarchy::grants(dialect, "m"));
    let mut sources: Vec<Vec<Option<i64>>> = groups_of(standing)
        .into_iter()
        .map(|group| vec![Some(SourceKind::Group as i64), Some(group.0)])
        .collect();
    if let Source::Project(project) = standing.source() {
        sources.push(vec![Some(SourceKind::Project as i64), Some(project.0)]);
    }
    let sources = sql.table(&["kind", "id"], &sources);
    let (root, actor) = (
        sql.bind(standing.root().0),
        sql.bind(ctx.actor.user_id().map(|user| user.0)),
    );
    let group = sql.bind(match standing.source() {
        Source::Group(group) => group.0,
        Source::Project(_) => 0,
    });
    sql.push(format!(
        "SELECT {today} AS today, root.allowed_email_domains, root.seat_cap,
                EXISTS (SELECT 1 FROM ldap_group_links l WHERE l.group_id = {group}) AS ldap_synced,
                a.admin AS actor_admin, a.state AS actor_state, held.permissions, held.base_access_level
           FROM namespaces root
           LEFT JOIN users a ON a.id = {actor}
           LEFT JOIN (SELECT m.user_id, r.permissions, r.base_access_level
                        FROM members m JOIN member_roles r ON r.id = m.member_role_id
                       WHERE EXISTS (SELECT 1 FROM {sources} AS s WHERE s.kind = m.source_kind AND s.id = m.source_id) AND {grants}) AS held
                  ON held.user_id = a.id
          WHERE root.id = {root}"
    ));
    Ok(sql.all().await?)
}

/// The groups whose members come down to it, itself included.
fn groups_of(standing: &Standing) -> Vec<GroupId> {
    match standing {
        Standing::Group(group) => group.ancestor_path.groups().collect(),
        Standing::Project(project) if project.group_id().is_some() => project.ancestor_path.groups().collect(),
        Standing::Project(_) => Vec::new(),
    }
}

/// Whom a call names, by kind of name.
#[derive(Default)]
struct Named {
    numbers: Vec<i64>,
    usernames: Vec<String>,
    addresses: Vec<String>,
}

async fn people(ctx: &Ctx, standing: &Standing, named: Named) -> Result<Vec<Person>> {
    let source = standing.source();
    let mut sql = ctx.conn().sql();
    let dialect = sql.dialect();
    let (live, above_live) = (hierarchy::live(dialect, "m"), hierarchy::live(dialect, "p"));
    let last_owner = hierarchy::last_owner(dialect, "m", "u");
    let mut which = Vec::new();
    if !named.numbers.is_empty() {
        which.push(sql.any_of("u.id", named.numbers));
    }
    if !named.usernames.is_empty() {
        which.push(sql.any_word("u.username_key", &named.usernames));
    }
    if !named.addresses.is_empty() {
        which.push(sql.any_word("u.email_norm", &named.addresses));
        which.push(sql.any_word("u.public_email_norm", &named.addresses));
    }
    if which.is_empty() {
        return Ok(Vec::new());
    }
    let which = which.join(" OR ");
    let above = groups_of(standing)
        .into_iter()
        .filter(|group| source != Source::Group(*group))
        .map(|group| group.0);
    let above = sql.any_of("p.source_id", above);
    let (kind, id) = (sql.bind(source.kind() as i32), sql.bind(source.id()));
    sql.push(format!(
        "SELECT u.id AS user_id, u.username, u.username_key, u.name, u.email_norm, u.public_email_norm, u.user_type, u.state,
                m.id AS row_id, m.access_level AS row_level, m.state AS row_state, m.requested_at IS NOT NULL AS row_requested,
                CASE WHEN m.id IS NOT NULL AND {live} THEN TRUE ELSE FALSE END AS row_live,
                m.expires_at AS row_expires_at, m.member_role_id AS row_role_id, r.name AS row_role_name,
                m.ldap AS row_ldap, m.override AS row_override, m.created_by_id AS row_created_by_id, m.updated_at AS row_updated_at,
                {last_owner} AS last_owner,
                CASE WHEN u.user_type IN ('project_bot', 'group_bot')
                     THEN EXISTS (SELECT 1 FROM members b WHERE b.user_id = u.id AND b.requested_at IS NULL)
                     ELSE FALSE END AS bot_elsewhere,
                h.access_level AS inherited_level, g.name AS inherited_from, q.name AS inherited_role, q.id AS inherited_role_id
           FROM users u
           LEFT JOIN members m ON m.source_kind = {kind} AND m.source_id = {id} AND m.user_id = u.id
           LEFT JOIN member_roles r ON r.id = m.member_role_id
           LEFT JOIN members h ON h.id = (SELECT p.id FROM members p JOIN namespaces n ON n.id = p.source_id
                                           WHERE p.source_kind = 1 AND p.user_id = u.id AND {above} AND {above_live}
                                           ORDER BY p.access_level DESC, LENGTH(n.ancestor_path) DESC LIMIT 1)
           LEFT JOIN namespaces g ON g.id = h.source_id
           LEFT JOIN member_roles q ON q.id = h.member_role_id
          WHERE {which}"
    ));
    Ok(sql.all().await?)
}

impl Whom {
    /// The one of these people whom it names. An address is first of all its who signs in with it.
    pub(in crate::domain) fn among<'a>(&self, people: &'a [Person]) -> Option<&'a Person> {
        let find = |is_named: &dyn Fn(&Person) -> bool| people.iter().find(|person| is_named(person));
        match self {
            Self::Id(id) => find(&|person| person.user_id.0 == *id),
            Self::Username(name) => {
                let name = fold(name);
                find(&|person| person.username_key == name)
            }
            // One spelling with letters that pass for others is nobody's.
            Self::Email(address) if invitations::is_disguised(address) => None,
            Self::Email(address) => {
                let address = fold(address);
                find(&|person| person.email_norm == address)
                    .or_else(|| find(&|person| person.public_email_norm.as_ref() == Some(&address)))
            }
        }
    }
}

impl RoleFacts {
    /// Whether it belongs to the hierarchy of that namespace.
    pub(in crate::domain) fn is_of(&self, root: NamespaceId) -> bool {
        NamespaceId::of_group(self.group_id) == root
    }
}
