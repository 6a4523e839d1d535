//! How many seats a top-level group takes.

use std::collections::{BTreeMap, HashMap};

use sea_orm::FromQueryResult;

use super::find::require_owner;
use super::ledger;
use crate::domain::pending::{self, Waiting};
use crate::domain::standing::Group;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, MemberId, MemberState, MembershipType, NamespaceId, UserId};

/// How many seats are taken, by why and with which level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    kinds: Vec<Kind>,
    /// Seats at most.
    pub cap: Option<u64>,
    /// Who waits in the hierarchy.
    pub pending: Waiting,
}

#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
struct Kind {
    root_id: NamespaceId,
    state: MemberState,
    membership_type: MembershipType,
    access_level: AccessLevel,
    users: i64,
}

impl Usage {
    /// Users that take a seat.
    pub fn in_use(&self) -> u64 {
        self.sum(|kind| kind.state == MemberState::Active)
    }

    /// Users that would take a seat, if what waits were active.
    pub fn waiting(&self) -> u64 {
        self.sum(|kind| kind.state == MemberState::Awaiting)
    }

    /// Users that take a seat in each way that somebody does.
    pub fn by_membership_type(&self) -> BTreeMap<MembershipType, u64> {
        self.by(|kind| kind.membership_type)
    }

    /// Users that take a seat with each level that somebody has as their highest.
    pub fn by_access_level(&self) -> BTreeMap<AccessLevel, u64> {
        self.by(|kind| kind.access_level)
    }

    fn by<K: Ord>(&self, key: impl Fn(&Kind) -> K) -> BTreeMap<K, u64> {
        let mut by = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| kind.state == MemberState::Active) {
            *by.entry(key(kind)).or_default() += u64::try_from(kind.users).unwrap_or_default();
        }
        by
    }

    fn sum(&self, which: impl Fn(&Kind) -> bool) -> u64 {
        let users = self.kinds.iter().filter(|kind| which(kind)).map(|kind| kind.users);
        u64::try_from(users.sum::<i64>()).unwrap_or_default()
    }
}

/// The seats of each of the groups and who waits in it, in their order; none of a group that is not at the top, or that the actor does not own. Four
/// statements.
pub async fn usages(ctx: &Ctx, groups: &[&Group]) -> Result<Vec<Option<Usage>>> {
    let owned = |group: &&&Group| require_owner(ctx, group).is_ok();
    let owned: Vec<_> = groups.iter().filter(owned).map(|group| group.id).collect();
    let roots: Vec<_> = owned.iter().copied().map(NamespaceId::of_group).collect();
    let waiting = pending::waiting(ctx, &owned).await?;
    let usages = counted(ctx, &roots).await?;
    let mut found: HashMap<_, _> = owned.into_iter().zip(usages).collect();
    let whole = |group: &&Group| {
        let usage = found.remove(&group.id)?;
        Some(Usage {
            cap: group.seat_cap.and_then(|cap| u64::try_from(cap).ok()),
            pending: waiting.get(&group.id).copied().unwrap_or_default(),
            ..usage
        })
    };
    Ok(groups.iter().map(whole).collect())
}

/// The seats of each of the top-level groups, in their order, whoever asks. Two statements.
pub(in crate::domain) async fn counted(ctx: &Ctx, roots: &[NamespaceId]) -> Result<Vec<Usage>> {
    ledger::keep(ctx, roots).await?;
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("root_id", roots.iter().map(|root| root.0));
    sql.push(format!(
        "SELECT root_id, state, membership_type, access_level, users FROM seat_counters WHERE {which} AND users > 0"
    ));
    let kinds: Vec<Kind> = sql.all().await?;
    let of = |root: &NamespaceId| Usage {
        kinds: kinds.iter().filter(|kind| kind.root_id == *root).cloned().collect(),
        ..Usage::default()
    };
    Ok(roots.iter().map(of).collect())
}

/// The number of billable users of a top-level group. Two statements, whatever their number.
pub(in crate::domain) async fn in_use(ctx: &Ctx, root: NamespaceId) -> Result<u64> {
    let usage = counted(ctx, &[root]).await?.pop().unwrap_or_default();
    Ok(usage.in_use())
}

/// Whether the user has a membership in force anywhere in the hierarchy, whatever its level; not looking at the row `except`.
pub async fn has_active_row(ctx: &Ctx, root: NamespaceId, user: UserId, except: Option<MemberId>) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let live = hierarchy::live(sql.dialect(), "m");
    let (root, user, except) = (
        sql.bind(root.0),
        sql.bind(user.0),
        sql.bind(except.unwrap_or_default().0),
    );
    sql.push(format!(
        "SELECT COUNT(*) FROM members m
          WHERE m.user_id = {user} AND m.id <> {except} AND m.state = 0 AND {live}
            AND CASE m.source_kind
                  WHEN 1 THEN EXISTS (SELECT 1 FROM namespaces n WHERE n.id = m.source_id AND n.root_id = {root})
                  ELSE EXISTS (SELECT 1 FROM projects p WHERE p.id = m.source_id AND p.root_id = {root}) END"
    ));
    Ok(sql.number().await? > 0)
}
