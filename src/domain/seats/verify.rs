//! Whether the summary says what the rows say, and how it is mended.

use std::collections::BTreeSet;

use sea_orm::FromQueryResult;

use super::ledger;
use super::rows::{self, COLUMNS, People};
use crate::domain::{Ctx, Lock, Result};
use crate::types::{NamespaceId, UserId};

/// What is wrong with the summary of one top-level group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its full path.
    pub full_path: String,
    /// The users whose seat is missing, wrong, or there without a reason; by number.
    pub users: Vec<UserId>,
    /// Whether the counters are not the number of seats.
    pub miscounted: bool,
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many top-level groups were looked at.
    pub groups: u64,
    /// How many seats they take.
    pub seats: u64,
    /// Those whose summary is wrong.
    pub findings: Vec<Finding>,
}

#[derive(FromQueryResult)]
struct Root {
    id: NamespaceId,
    full_path: String,
}

/// Compares the seats of every top-level group with its members and links, and makes those anew that are wrong when `repair` is set. Each group is
/// held while it is looked at.
///
/// # Errors
/// `Forbidden` for anybody but roster itself.
pub async fn verify(ctx: &Ctx, repair: bool) -> Result<Report> {
    ctx.require_system()?;
    keep_all(ctx).await?;
    let mut sql = ctx.conn().sql();
    sql.push("SELECT n.id, n.full_path FROM namespaces n WHERE n.kind = 'group' AND n.parent_id IS NULL ORDER BY n.id");
    let roots: Vec<Root> = sql.all().await?;
    let mut report = Report::default();
    for root in roots {
        let (seats, finding) = check(ctx, &root, repair).await?;
        report.groups += 1;
        report.seats += seats;
        report.findings.extend(finding);
    }
    Ok(report)
}

/// Makes the seats of every top-level group that has none yet, and counts those anew that are due; answers how many groups that were.
///
/// # Errors
/// `Forbidden` for anybody but roster itself.
pub async fn keep_all(ctx: &Ctx) -> Result<u64> {
    ctx.require_system()?;
    let lacking = ledger::all_lacking(ctx).await?;
    let groups = lacking.len() as u64;
    for lacking in lacking {
        ledger::mend(ctx, lacking).await?;
    }
    Ok(groups)
}

async fn check(ctx: &Ctx, root: &Root, repair: bool) -> Result<(u64, Option<Finding>)> {
    ctx.write(Lock::Root(root.id), |ctx, tx| async move {
        tx.take_your_time().await?;
        ledger::hold(&tx, root.id).await?;
        let users = differing(&ctx, root.id).await?;
        let (seats, miscounted) = counted(&ctx, root.id).await?;
        if users.is_empty() && !miscounted {
            return Ok((seats, None));
        }
        if repair {
            ledger::make(&tx, root.id).await?;
        }
        let finding = Finding {
            full_path: root.full_path.clone(),
            users,
            miscounted,
        };
        Ok((seats, Some(finding)))
    })
    .await
}

/// The users about whom the summary and the rows disagree.
async fn differing(ctx: &Ctx, root: NamespaceId) -> Result<Vec<UserId>> {
    #[derive(FromQueryResult)]
    struct Differing {
        user_id: UserId,
    }
    let mut found = BTreeSet::new();
    for summary_first in [true, false] {
        let mut sql = ctx.conn().sql();
        let rows = rows::select(&mut sql, &[root], People::All);
        let rows = format!("SELECT {COLUMNS} FROM ({rows}) AS found");
        let which = sql.bind(root.0);
        let summary = format!("SELECT {COLUMNS} FROM seats WHERE root_id = {which}");
        let (these, those) = if summary_first {
            (summary, rows)
        } else {
            (rows, summary)
        };
        sql.push(format!("SELECT odd.user_id FROM ({these} EXCEPT {those}) AS odd"));
        for row in sql.all::<Differing>().await? {
            found.insert(row.user_id);
        }
    }
    Ok(found.into_iter().collect())
}

/// How many seats are taken, and whether the counters say something else.
async fn counted(ctx: &Ctx, root: NamespaceId) -> Result<(u64, bool)> {
    #[derive(FromQueryResult)]
    struct Counted {
        seats: i64,
        odd: i64,
    }
    let mut sql = ctx.conn().sql();
    let root = sql.bind(root.0);
    let kind = "state, membership_type, access_level";
    sql.push(format!(
        "SELECT (SELECT COUNT(*) FROM seats WHERE root_id = {root} AND state = 0) AS seats,
                (SELECT COUNT(*) FROM (
                   SELECT {kind}, SUM(users) AS users FROM (
                     SELECT {kind}, users FROM seat_counters WHERE root_id = {root}
                     UNION ALL
                     SELECT {kind}, -1 FROM seats WHERE root_id = {root}) AS both_sides
                   GROUP BY {kind} HAVING SUM(users) <> 0) AS odd) AS odd"
    ));
    let Some(Counted { seats, odd }) = sql.one().await? else {
        return Ok((0, false));
    };
    Ok((u64::try_from(seats).unwrap_or_default(), odd > 0))
}
