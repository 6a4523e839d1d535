//! Where in a long list the row with a given place lies, and how long the list is, without walking there.
//!
//! The database keeps how many members each source has in each block of 1,024 users. Of the largest source the blocks are added up; what lies on the
//! others is enumerated, for somebody who is on several is one member. That is exact, and its cost does not grow with the largest source.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use super::rows::Leg;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, Source};

/// Numbers of users in a block, as a power of two; the migration that fills the blocks has the same.
const BLOCK_BITS: u32 = 10;

/// The sources beside the largest are enumerated when they have no more rows than this together.
const OTHERS: i64 = 5_000;

/// A place in the list of everybody who matches, by number of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located {
    /// How many there are.
    pub(super) total: u64,
    /// The wanted row is one of those with at least this user number;
    pub(super) from: i64,
    /// so many rows lie before that.
    pub(super) passed: u64,
}

/// Where the row lies that `offset` others come before, when nothing narrows the list. `None` when that cannot be told: more than one source is large.
pub(super) async fn locate(ctx: &Ctx, legs: &[Leg], offset: u64) -> Result<Option<Located>> {
    #[derive(FromQueryResult)]
    struct Row {
        others: i64,
        total: i64,
        block: Option<i64>,
        passed: Option<i64>,
    }
    // One source may be reached by several ways.
    let mut sources: BTreeMap<Source, AccessLevel> = BTreeMap::new();
    for leg in legs.iter().filter(|leg| leg.listed) {
        let least = sources.entry(leg.rows_of).or_insert(leg.min_level);
        *least = leg.min_level.min(*least);
    }
    if sources.is_empty() {
        return Ok(Some(Located {
            total: 0,
            from: 0,
            passed: 0,
        }));
    }
    let legs: Vec<_> = sources
        .into_iter()
        .map(|(source, least)| {
            vec![
                Some(source.kind() as i64),
                Some(source.id()),
                Some(i64::from(least.number())),
            ]
        })
        .collect();
    let mut sql = ctx.conn().sql();
    let table = sql.table(&["kind", "id", "min_level"], &legs);
    let offset = sql.bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let (live, today) = (hierarchy::live(sql.dialect(), "m"), sql.dialect().today());
    sql.push(format!(
        "WITH leg AS (SELECT * FROM {table} AS legs),
         big AS (
           SELECT leg.kind, leg.id, leg.min_level FROM leg
            ORDER BY (SELECT SUM(b.members) FROM member_blocks b WHERE b.source_kind = leg.kind AND b.source_id = leg.id) DESC NULLS LAST,
                     leg.kind, leg.id LIMIT 1),
         others AS (
           SELECT m.user_id FROM leg CROSS JOIN big CROSS JOIN members m
            WHERE (leg.kind <> big.kind OR leg.id <> big.id)
              AND m.source_kind = leg.kind AND m.source_id = leg.id AND +m.access_level >= leg.min_level AND {live}
            LIMIT {limit}),
         counted AS (
           SELECT b.block, b.members - CASE WHEN big.min_level > 5 THEN b.minimal ELSE 0 END AS users
             FROM big CROSS JOIN member_blocks b WHERE b.source_kind = big.kind AND b.source_id = big.id
           UNION ALL
           SELECT m.user_id >> {BLOCK_BITS}, -1
             FROM big CROSS JOIN members m
            WHERE m.source_kind = big.kind AND m.source_id = big.id AND m.expires_at IS NOT NULL AND m.expires_at <= {today}
              -- The signs keep SQLite off the indexes that all members are in: few have ended.
              AND +m.user_id IS NOT NULL AND m.requested_at IS NULL AND +m.access_level >= big.min_level AND NOT ({live})
           UNION ALL
           SELECT o.user_id >> {BLOCK_BITS}, 1
             FROM (SELECT DISTINCT others.user_id FROM others) AS o
            -- Not as NOT EXISTS, which PostgreSQL would turn into a walk over the whole large source.
            WHERE (SELECT 1 FROM big CROSS JOIN members m
                    WHERE m.source_kind = big.kind AND m.source_id = big.id AND m.user_id = o.user_id
                      AND m.access_level >= big.min_level AND {live} LIMIT 1) IS NULL),
         blocks AS (SELECT counted.block, SUM(counted.users) AS users FROM counted GROUP BY counted.block),
         sums AS (SELECT blocks.block, blocks.users, SUM(blocks.users) OVER (ORDER BY blocks.block) AS through FROM blocks),
         here AS (
           SELECT sums.block, sums.through - sums.users AS passed FROM sums WHERE sums.through > {offset} ORDER BY sums.block LIMIT 1)
         SELECT (SELECT COUNT(*) FROM others) AS others,
                CAST((SELECT COALESCE(SUM(blocks.users), 0) FROM blocks) AS BIGINT) AS total,
                (SELECT here.block FROM here) AS block,
                CAST((SELECT here.passed FROM here) AS BIGINT) AS passed",
        limit = OTHERS + 1,
    ));
    let Some(row) = sql.one::<Row>().await?.filter(|row| row.others <= OTHERS) else {
        return Ok(None);
    };
    let whole = |number: i64| u64::try_from(number).unwrap_or_default();
    let total = whole(row.total);
    Ok(Some(match (row.block, row.passed) {
        (Some(block), Some(passed)) => Located {
            total,
            from: block << BLOCK_BITS,
            passed: whole(passed),
        },
        // Behind the end.
        _ => Located {
            total,
            from: i64::MAX,
            passed: total,
        },
    }))
}
