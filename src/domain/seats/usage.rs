//! How many seats a top-level group takes.

use sea_orm::FromQueryResult;

use super::ledger;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, MemberId, MemberState, MembershipType, NamespaceId, UserId};

/// How many seats are taken, by why and with which level. Kinds that nobody is of are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    kinds: Vec<Kind>,
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

    /// Users that take a seat in this way.
    pub fn by_membership_type(&self, membership_type: MembershipType) -> u64 {
        self.sum(|kind| kind.state == MemberState::Active && kind.membership_type == membership_type)
    }

    /// Users that take a seat with this as their highest level.
    pub fn by_access_level(&self, level: AccessLevel) -> u64 {
        self.sum(|kind| kind.state == MemberState::Active && kind.access_level == level)
    }

    fn sum(&self, which: impl Fn(&Kind) -> bool) -> u64 {
        let users = self.kinds.iter().filter(|kind| which(kind)).map(|kind| kind.users);
        u64::try_from(users.sum::<i64>()).unwrap_or_default()
    }
}

/// The seats of each of the top-level groups, in their order, whoever asks. Two statements.
pub(super) async fn usages(ctx: &Ctx, roots: &[NamespaceId]) -> Result<Vec<Usage>> {
    ledger::keep(ctx, roots).await?;
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("root_id", roots.iter().map(|root| root.0));
    sql.push(format!(
        "SELECT root_id, state, membership_type, access_level, users FROM seat_counters WHERE {which} AND users > 0"
    ));
    let kinds: Vec<Kind> = sql.all().await?;
    let of = |root: &NamespaceId| Usage {
        kinds: kinds.iter().filter(|kind| kind.root_id == *root).cloned().collect(),
    };
    Ok(roots.iter().map(of).collect())
}

/// The number of billable users of a top-level group. Two statements, whatever their number.
pub(in crate::domain) async fn in_use(ctx: &Ctx, root: NamespaceId) -> Result<u64> {
    let usage = usages(ctx, &[root]).await?.pop().unwrap_or_default();
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
