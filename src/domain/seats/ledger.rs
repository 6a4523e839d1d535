//! Keeping the summary: `seats`, and how many there are in `seat_counters`, in the transaction of whatever changes them.
//!
//! What a write touches is noted as it is journalled ([`Touched`]); at the end of its transaction the seats of the touched people are
//! taken out and counted anew, in every top-level group where they can have any. Each such group's ledger is locked first, after every other lock and
//! lowest number first: two writers of two hierarchies that are linked come one after the other here, and the second sees what the first did.
//!
//! A group whose ledger is not complete has no seats yet and needs none; [`keep`] makes them when somebody asks.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::FromQueryResult;

use super::feeds;
use super::rows::{self, COLUMNS, People};
use crate::db::{Conn, Lock, Sql, Touched, WriteTx};
use crate::domain::{Actor, Ctx, Result};
use crate::types::{AccessLevel, GroupId, MemberState, MembershipType, NamespaceId, SourceKind, UserId};

/// Brings the seats up to date with what the transaction has touched so far. Three statements where a membership changed, and at most four more.
pub(in crate::domain) async fn settle(tx: &WriteTx) -> Result<()> {
    let touched = tx.take_touched();
    if touched.is_empty() {
        return Ok(());
    }
    let change = Change::of(touched);
    let kept = change.lock(tx).await?;
    if kept.is_empty() {
        return Ok(());
    }
    for (root, invited) in &change.links {
        if kept.contains(root) {
            feeds::note(tx.conn(), *root, Some(*invited)).await?;
        }
    }
    let kept: Vec<_> = kept.into_iter().collect();
    recount(tx, &kept, &change.people()).await
}

/// What a transaction touched, sorted.
#[derive(Debug, Default)]
struct Change {
    roots: BTreeSet<NamespaceId>,
    groups: BTreeSet<i64>,
    users: BTreeSet<UserId>,
    links: BTreeSet<(NamespaceId, GroupId)>,
    accounts: BTreeSet<UserId>,
    owners: bool,
}

impl Change {
    fn of(touched: Vec<Touched>) -> Self {
        let mut change = Self::default();
        for touched in touched {
            change.add(touched);
        }
        change
    }

    fn add(&mut self, touched: Touched) {
        match touched {
            Touched::Member {
                root,
                source,
                user,
                owner,
            } => {
                self.roots.insert(root);
                if source.kind() == SourceKind::Group {
                    self.groups.insert(source.id());
                }
                self.users.insert(user);
                self.owners |= owner;
            }
            Touched::Link { root, invited, owner } => {
                self.roots.insert(root);
                self.links.insert((root, invited));
                self.owners |= owner;
            }
            Touched::Account(user) => {
                self.accounts.insert(user);
            }
        }
    }

    /// Locks the ledgers of the top-level groups in which this can matter; answers those that are kept.
    async fn lock(&self, tx: &WriteTx) -> Result<BTreeSet<NamespaceId>> {
        let own: BTreeSet<_> = self.roots.iter().copied().filter(|root| root.is_group()).collect();
        let mut ledgers = self.ledgers(tx, &own).await?;
        let missing: Vec<_> = own.iter().filter(|root| !ledgers.contains_key(root)).collect();
        if !missing.is_empty() {
            // So that whoever makes the seats waits for the end of this.
            let mut sql = tx.conn().sql();
            let missing = sql.any_of("n.id", missing.into_iter().map(|root| root.0));
            sql.push(format!(
                "INSERT INTO seat_ledgers (root_id, complete) SELECT n.id, FALSE FROM namespaces n WHERE {missing} ON CONFLICT (root_id) DO NOTHING"
            ));
            sql.run().await?;
            ledgers = self.ledgers(tx, &own).await?;
        }
        Ok(ledgers
            .into_iter()
            .filter_map(|(root, complete)| complete.then_some(root))
            .collect())
    }

    async fn ledgers(&self, tx: &WriteTx, own: &BTreeSet<NamespaceId>) -> Result<BTreeMap<NamespaceId, bool>> {
        #[derive(FromQueryResult)]
        struct Ledger {
            root_id: NamespaceId,
            complete: bool,
        }
        let mut sql = tx.conn().sql();
        let dialect = sql.dialect();
        let own = sql.any_of("n.id", own.iter().map(|root| root.0));
        let mut roots = vec![format!("SELECT n.id FROM namespaces n WHERE {own}")];
        if !self.groups.is_empty() {
            let groups = sql.any_of("f.group_id", self.groups.iter().copied());
            roots.push(format!("SELECT f.root_id FROM seat_feeds f WHERE {groups}"));
        }
        if !self.accounts.is_empty() {
            let users = sql.any_of("m.user_id", self.accounts.iter().map(|user| user.0));
            let of = |kind: i32| format!("members m ON m.source_kind = {kind} AND m.requested_at IS NULL AND {users}");
            roots.push(format!(
                "SELECT n.root_id FROM namespaces n JOIN {} AND n.id = m.source_id",
                of(1)
            ));
            roots.push(format!(
                "SELECT p.root_id FROM projects p JOIN {} AND p.id = m.source_id",
                of(2)
            ));
            roots.push(format!(
                "SELECT f.root_id FROM seat_feeds f JOIN {} AND f.group_id = m.source_id",
                of(1)
            ));
        }
        if self.owners {
            // An owner whose time is over counts while there is no other: whose row that is, and where it matters, can change with any owner's.
            let expired = format!(
                "members m ON m.source_kind = 1 AND m.access_level = 50 AND m.expires_at <= {}",
                dialect.today()
            );
            roots.push(format!(
                "SELECT n.root_id FROM namespaces n JOIN {expired} AND n.id = m.source_id"
            ));
            roots.push(format!(
                "SELECT f.root_id FROM seat_feeds f JOIN {expired} AND f.group_id = m.source_id"
            ));
        }
        let roots = roots.join(" UNION ");
        let lock = dialect.for_update("l");
        sql.push(format!(
            "SELECT l.root_id, l.complete FROM seat_ledgers l WHERE l.root_id IN ({roots}) ORDER BY l.root_id{lock}"
        ));
        let found: Vec<Ledger> = sql.all().await?;
        Ok(found
            .into_iter()
            .map(|ledger| (ledger.root_id, ledger.complete))
            .collect())
    }

    fn people(&self) -> Whose {
        Whose {
            users: self.users.union(&self.accounts).map(|user| user.0).collect(),
            invited: self.links.iter().map(|(_, invited)| invited.0).collect(),
            owners: self.owners,
            due: false,
        }
    }
}

/// The people whose seats what was touched can have changed, as a `SELECT` of their numbers; none when nothing was.
pub(super) fn people(sql: &mut Sql<'_>, touched: Vec<Touched>) -> Option<String> {
    let people = Change::of(touched).people().select(sql, &[]);
    (!people.is_empty()).then_some(people)
}

/// Whose seats are counted anew.
#[derive(Debug, Default)]
struct Whose {
    users: Vec<i64>,
    /// Everybody in these groups and above them.
    invited: Vec<i64>,
    /// The owners whose time is over.
    owners: bool,
    /// Everybody one of whose rows or links has ended by now.
    due: bool,
}

impl Whose {
    /// The people as a `SELECT` of their numbers.
    fn select(&self, sql: &mut Sql<'_>, roots: &[NamespaceId]) -> String {
        let dialect = sql.dialect();
        let mut parts = Vec::new();
        if !self.users.is_empty() {
            let users = sql.any_of("u.id", self.users.iter().copied());
            parts.push(format!("SELECT u.id AS user_id FROM users u WHERE {users}"));
        }
        if !self.invited.is_empty() {
            let invited = sql.any_of("h.id", self.invited.iter().copied());
            let up = dialect.path_ids("h.ancestor_path", "up");
            parts.push(format!(
                "SELECT m.user_id FROM namespaces h CROSS JOIN {up} CROSS JOIN members m
                  WHERE {invited} AND m.source_kind = 1 AND m.source_id = up.value AND m.user_id IS NOT NULL AND m.requested_at IS NULL"
            ));
        }
        if self.owners || self.due {
            parts.push(format!(
                "SELECT m.user_id FROM members m
                  WHERE m.expires_at <= {} AND m.source_kind = 1 AND m.access_level = 50 AND m.user_id IS NOT NULL AND m.requested_at IS NULL",
                dialect.today()
            ));
        }
        if self.due {
            let roots = sql.any_of("s.root_id", roots.iter().map(|root| root.0));
            parts.push(format!(
                "SELECT s.user_id FROM seats s WHERE {roots} AND s.recheck_on <= {}",
                dialect.today()
            ));
        }
        parts.join(" UNION ")
    }
}

/// One kind of seat, as counters know it.
type Kind = (NamespaceId, MemberState, MembershipType, AccessLevel);

#[derive(FromQueryResult)]
struct Row {
    root_id: NamespaceId,
    state: MemberState,
    membership_type: MembershipType,
    access_level: AccessLevel,
}

const RETURNING: &str = "RETURNING root_id, state, membership_type, access_level";

/// Takes the seats of these people out and puts in what they take now. Whoever calls holds the ledgers of `roots`.
async fn recount(tx: &WriteTx, roots: &[NamespaceId], whose: &Whose) -> Result<()> {
    let numbers = || roots.iter().map(|root| root.0);
    let mut counts: BTreeMap<Kind, i64> = BTreeMap::new();
    let mut count = |rows: Vec<Row>, by| {
        for row in rows {
            let kind = (row.root_id, row.state, row.membership_type, row.access_level);
            *counts.entry(kind).or_default() += by;
        }
    };
    // Who is due is known by the seats: those are not taken out before they are read.
    let due = if whose.due {
        Some(due(tx, roots, whose).await?)
    } else {
        None
    };
    let whose = due.as_ref().unwrap_or(whose);

    let mut sql = tx.conn().sql();
    let people = whose.select(&mut sql, roots);
    let which = sql.any_of("root_id", numbers());
    sql.push(format!(
        "DELETE FROM seats WHERE {which} AND user_id IN ({people}) {RETURNING}"
    ));
    count(sql.all().await?, -1);

    let mut sql = tx.conn().sql();
    let people = whose.select(&mut sql, roots);
    let select = rows::select(&mut sql, roots, People::These(&people));
    sql.push(format!("INSERT INTO seats ({COLUMNS}) {select} {RETURNING}"));
    count(sql.all().await?, 1);

    counts.retain(|_, by| *by != 0);
    add(tx.conn(), &counts).await
}

/// The people whose seats are due, by number.
async fn due(tx: &WriteTx, roots: &[NamespaceId], whose: &Whose) -> Result<Whose> {
    #[derive(FromQueryResult)]
    struct Due {
        user_id: UserId,
    }
    let mut sql = tx.conn().sql();
    let people = whose.select(&mut sql, roots);
    sql.push(people);
    let people: Vec<Due> = sql.all().await?;
    Ok(Whose {
        users: people.into_iter().map(|due| due.user_id.0).collect(),
        ..Whose::default()
    })
}

async fn add(conn: Conn<'_>, counts: &BTreeMap<Kind, i64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut sql = conn.sql();
    let rows: Vec<_> = counts
        .iter()
        .map(|((root, state, membership, level), by)| {
            let numbers = [
                root.0,
                i64::from(*state as i32),
                i64::from(*membership as i32),
                i64::from(level.number()),
                *by,
            ];
            numbers.map(Some).to_vec()
        })
        .collect();
    let columns = ["root_id", "state", "membership_type", "access_level", "users"];
    let changed = sql.table(&columns, &rows);
    let columns = columns.join(", ");
    sql.push(format!(
        "INSERT INTO seat_counters ({columns}) SELECT {columns} FROM {changed} AS changed WHERE TRUE
         ON CONFLICT (root_id, state, membership_type, access_level) DO UPDATE SET users = seat_counters.users + excluded.users"
    ));
    sql.run().await?;
    Ok(())
}

/// Sees to it that the seats of these top-level groups are there and count nothing that has ended. One statement when they are.
pub(super) async fn keep(ctx: &Ctx, roots: &[NamespaceId]) -> Result<()> {
    if let Some(tx) = ctx.tx() {
        settle(tx).await?;
    }
    for lacking in lacking(ctx, roots).await? {
        mend(ctx, lacking).await?;
    }
    Ok(())
}

/// The same for all of them.
pub(super) async fn keep_everywhere(ctx: &Ctx) -> Result<()> {
    if let Some(tx) = ctx.tx() {
        settle(tx).await?;
    }
    for lacking in all_lacking(ctx).await? {
        mend(ctx, lacking).await?;
    }
    Ok(())
}

/// A ledger that cannot be read as it is.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Lacking {
    pub(super) root_id: NamespaceId,
    /// Its seats are there; some are due.
    complete: bool,
}

/// Those of the top-level groups whose seats are not complete or due.
async fn lacking(ctx: &Ctx, roots: &[NamespaceId]) -> Result<Vec<Lacking>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("n.id", roots.iter().map(|root| root.0));
    let select = select_lacking(&sql);
    sql.push(format!("{select} AND {which}"));
    Ok(sql.all().await?)
}

/// Those of all.
pub(super) async fn all_lacking(ctx: &Ctx) -> Result<Vec<Lacking>> {
    let mut sql = ctx.conn().sql();
    let select = select_lacking(&sql);
    sql.push(format!("{select} ORDER BY n.id"));
    Ok(sql.all().await?)
}

fn select_lacking(sql: &Sql<'_>) -> String {
    let today = sql.dialect().today();
    format!(
        "SELECT n.id AS root_id, COALESCE(l.complete, FALSE) AS complete
           FROM namespaces n LEFT JOIN seat_ledgers l ON l.root_id = n.id
          WHERE n.kind = 'group' AND n.parent_id IS NULL
            AND (l.complete IS NULL OR NOT l.complete OR EXISTS (SELECT 1 FROM seats s WHERE s.root_id = n.id AND s.recheck_on <= {today}))"
    )
}

/// Makes the seats of a group, or counts those anew that are due.
pub(super) async fn mend(ctx: &Ctx, lacking: Lacking) -> Result<()> {
    let root = lacking.root_id;
    let system = ctx.acting_as(Actor::System);
    system
        .write(Lock::None, |_, tx| async move {
            if lacking.complete {
                // Only today has changed: nothing of the hierarchy needs to be held.
                let kept = Change {
                    roots: BTreeSet::from([root]),
                    ..Change::default()
                };
                let kept: Vec<_> = kept.lock(&tx).await?.into_iter().collect();
                let whose = Whose {
                    due: true,
                    ..Whose::default()
                };
                return recount(&tx, &kept, &whose).await;
            }
            make(&tx, root).await
        })
        .await
}

/// Waits until nobody else can change the seats of a group, until the end of the transaction.
pub(super) async fn hold(tx: &WriteTx, root: NamespaceId) -> Result<()> {
    let own = Change {
        roots: BTreeSet::from([root]),
        ..Change::default()
    };
    own.lock(tx).await?;
    Ok(())
}

/// The same for the top-level groups whose seats are about to change with the end of a group or project, and all that owners may matter to.
pub(in crate::domain) async fn hold_for_removal(tx: &WriteTx, roots: &[NamespaceId]) -> Result<()> {
    let all = Change {
        roots: roots.iter().copied().collect(),
        owners: true,
        ..Change::default()
    };
    all.lock(tx).await?;
    Ok(())
}

/// Makes the seats of a group anew, whatever is there.
pub(super) async fn make(tx: &WriteTx, root: NamespaceId) -> Result<()> {
    // Whoever writes where a link into the group comes from, and does not know of the link yet, must have ended before.
    let mut held = Vec::new();
    loop {
        let needed = feeds::hierarchies(tx.conn(), root).await?;
        if needed == held {
            break;
        }
        tx.hold_all(needed.iter().copied()).await?;
        held = needed;
    }
    tx.take_your_time().await?;
    hold(tx, root).await?;
    for table in ["seats", "seat_counters", "seat_feeds"] {
        let mut sql = tx.conn().sql();
        let root = sql.bind(root.0);
        sql.push(format!("DELETE FROM {table} WHERE root_id = {root}"));
        sql.run().await?;
    }
    feeds::note(tx.conn(), root, None).await?;
    let mut sql = tx.conn().sql();
    let select = rows::select(&mut sql, &[root], People::All);
    sql.push(format!("INSERT INTO seats ({COLUMNS}) {select}"));
    sql.run().await?;
    let mut sql = tx.conn().sql();
    let which = sql.bind(root.0);
    sql.push(format!(
        "INSERT INTO seat_counters (root_id, state, membership_type, access_level, users)
         SELECT s.root_id, s.state, s.membership_type, s.access_level, COUNT(*)
           FROM seats s WHERE s.root_id = {which} GROUP BY s.root_id, s.state, s.membership_type, s.access_level"
    ));
    sql.run().await?;
    let mut sql = tx.conn().sql();
    let which = sql.bind(root.0);
    sql.push(format!(
        "UPDATE seat_ledgers SET complete = TRUE WHERE root_id = {which}"
    ));
    sql.run().await?;
    Ok(())
}
