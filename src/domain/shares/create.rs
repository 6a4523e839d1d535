//! Sharing a group or project with a group.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::{Invited, find, store};
use crate::db::Lock;
use crate::domain::members::facts::{Facts, RoleFacts};
use crate::domain::members::validate::role_faults;
use crate::domain::policy::{self, Code, Ends, Reason};
use crate::domain::standing::{self, Group, Name, Standing};
use crate::domain::{Ctx, Error, Fault, Optional as _, Result, Thing};
use crate::types::{AccessLevel, NamespaceId, SourceKind, Words, fold};

/// With whom something is shared, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShare {
    /// The number of the group that is let in.
    pub group_id: i64,
    /// The level that nobody gets beyond by the link: guest or more.
    pub access_level: AccessLevel,
    /// The day on which it ends; it may lie in the past.
    pub expires_at: Option<NaiveDate>,
    /// A custom role whose base level is the level.
    pub member_role_id: Option<i64>,
}

/// Gives a group access to a group or project; answers the link as it is stored. A link between the two that has ended is replaced.
///
/// # Errors
/// `NotFound` for what is to be shared; `Forbidden` for who does not maintain the project; `NotFound(Anything)` for who is no owner; `Refused` with
/// `ShareLocked`, `NoSuchGroup`, `NoRoleInGroup`, `OutsideHierarchy`, `WithItself`, `AlreadyShared` or `OutsideDomains`; `Faulty`.
pub async fn create(ctx: &Ctx, kind: SourceKind, name: &Name, new: &NewShare) -> Result<Invited> {
    ctx.require_caller()?;
    let standing = standing::find(ctx, kind, name).await?;
    let (source, root) = (standing.source(), standing.root());
    let invited = standing::group(ctx, &Name::Id(new.group_id)).await.optional()?;
    let lock = match invited {
        Some(invited) => Lock::Roots(root, NamespaceId::of_group(invited.root_id)),
        None => Lock::Root(root),
    };
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        may_share(&facts)?;
        let invited = invited_group(&ctx, &facts, new).await?;
        let terms = Terms::load(&ctx, &facts, &invited).await?;
        policy::share_with(&facts.hand, &terms.ends(&facts, &invited))?;
        if lies_in(&facts.standing, &invited) {
            return Err(Error::Refused(Reason::WithItself(kind)));
        }
        let before = find::between(&ctx, source, invited.id).await?;
        if before.as_ref().is_some_and(|share| !share.has_ended(facts.today)) {
            return Err(Error::Refused(Reason::AlreadyShared(kind)));
        }
        if !terms.takes_addresses() {
            return Err(Error::Refused(Reason::OutsideDomains));
        }
        let role = role(&ctx, &facts, new).await?;
        if let Some(ended) = &before {
            store::clear_expired(&ctx, &tx, &facts, &invited, ended).await?;
        }
        store::create(&ctx, &tx, &facts, &invited, new, role.as_ref()).await?;
        let share = find::between(&ctx, source, invited.id).await?;
        let share = share.ok_or(Error::NotFound(Thing::Link))?;
        Ok(Invited { share, group: invited })
    })
    .await
}

/// Whoever may not share it, though maintaining the project, is told no more than that there is nothing here for them.
fn may_share(facts: &Facts) -> Result<()> {
    let kind = facts.place.kind;
    policy::administer_shares(&facts.hand, kind)?;
    let locked = matches!(&facts.standing, Standing::Project(project) if project.share_with_group_lock);
    match policy::share(&facts.hand, kind, locked).map_err(Error::from) {
        Err(Error::Forbidden(_)) => Err(Error::NotFound(Thing::Anything)),
        verdict => verdict,
    }
}

async fn invited_group(ctx: &Ctx, facts: &Facts, new: &NewShare) -> Result<Group> {
    let found = standing::group(ctx, &Name::Id(new.group_id)).await.optional()?;
    found.ok_or(Error::Refused(Reason::NoSuchGroup(facts.place.kind)))
}

/// A group is the other one, or the project lies in the group.
fn lies_in(standing: &Standing, invited: &Group) -> bool {
    match standing {
        Standing::Group(group) => group.id == invited.id,
        Standing::Project(project) => project.ancestor_path.groups().any(|group| group == invited.id),
    }
}

/// What the two hierarchies say about links between them.
#[derive(FromQueryResult)]
struct Terms {
    kept_inside: bool,
    domains: Words,
    invited_domains: Words,
}

impl Terms {
    async fn load(ctx: &Ctx, facts: &Facts, invited: &Group) -> Result<Self> {
        let mut sql = ctx.conn().sql();
        let (home, other) = (sql.bind(facts.standing.root().0), sql.bind(invited.root_id.0));
        sql.push(format!(
            "SELECT home.prevent_sharing_groups_outside_hierarchy AS kept_inside, home.allowed_email_domains AS domains,
                    other.allowed_email_domains AS invited_domains
               FROM namespaces home CROSS JOIN namespaces other WHERE home.id = {home} AND other.id = {other}"
        ));
        sql.one().await?.ok_or(Error::NotFound(Thing::Group))
    }

    fn ends(&self, facts: &Facts, invited: &Group) -> Ends {
        Ends {
            kind: facts.place.kind,
            level_in_invited: invited.level,
            kept_inside: self.kept_inside,
            inside: facts.standing.root() == NamespaceId::of_group(invited.root_id),
        }
    }

    /// Whether every address that the invited hierarchy takes is one that this one takes.
    fn takes_addresses(&self) -> bool {
        let domain = |word: &String| fold(word.trim_start_matches('@'));
        let own: Vec<String> = self.domains.0.iter().map(domain).collect();
        let theirs = || self.invited_domains.0.iter().map(domain);
        own.is_empty() || (theirs().next().is_some() && theirs().all(|domain| own.contains(&domain)))
    }
}

/// The custom role that is asked for, once the link may be stored with it.
async fn role(ctx: &Ctx, facts: &Facts, new: &NewShare) -> Result<Option<RoleFacts>> {
    let mut faults = Vec::new();
    if !new.access_level.grants() {
        faults.push(Fault::new("group_access", "is not included in the list", Code::Invalid));
    }
    let role = match new.member_role_id {
        Some(id) => Facts::role(ctx, id).await?,
        None => None,
    };
    match &role {
        Some(role) => {
            let level = i64::from(new.access_level.number());
            faults.extend(role_faults(role, level, facts.standing.root()));
        }
        None if new.member_role_id.is_some() => {
            faults.push(Fault::new("member_role", "not found", Code::NotFound));
        }
        None => {}
    }
    if faults.is_empty() {
        Ok(role)
    } else {
        Err(Error::Faulty(faults))
    }
}
