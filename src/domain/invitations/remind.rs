//! Reminders: an invitation that nobody answers is brought to mind up to three times.
//!
//! Which day is whose is a matter of dates (UTC, by the database's clock), and what was sent is counted in the row, in the transaction that queues
//! the mail, behind the lock of the hierarchy: however often and wherever the pass runs, each reminder goes out once. A day on which no replica ran
//! is over: its reminder is not made up for on the next.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

use crate::db::WriteTx;
use crate::domain::leases::{self, Lease};
use crate::domain::notices::{self, Notice, Place};
use crate::domain::{Ctx, Error, Lock, Result};
use crate::types::{AccessLevel, MemberId, NamespaceId, Source, SourceKind};

/// An invitation without an end is treated as if there were this many days to answer it.
const SPAN: i64 = 14;

/// The days of the reminders where there are [`SPAN`] of them; a shorter time shortens them alike.
const DAYS: [i64; 3] = [2, 5, 10];

/// Rows that go in one transaction: others wait for the hierarchy no longer than that takes.
const BATCH: usize = 100;

/// Queues the reminders that fall on today; answers how many. Whoever invited must still have an account.
///
/// # Errors
/// `Conflict` as soon as another replica has taken over. A hierarchy that is busy does not hold up the others; its error comes at the end.
pub async fn remind(ctx: &Ctx, lease: &Lease) -> Result<u64> {
    ctx.require_system()?;
    let mut due: BTreeMap<NamespaceId, Vec<MemberId>> = BTreeMap::new();
    for row in waiting(ctx, None).await? {
        if row.reminder().is_some() {
            due.entry(row.root_id).or_default().push(row.id);
        }
    }
    let (mut sent, mut outcome) = (0, Ok(()));
    for (root, rows) in &due {
        for batch in rows.chunks(BATCH) {
            match remind_in(ctx, lease, *root, batch).await {
                Ok(reminders) => sent += reminders,
                Err(error @ Error::Conflict(_)) => return Err(error),
                Err(error) => outcome = Err(error),
            }
        }
    }
    outcome.map(|()| sent)
}

async fn remind_in(ctx: &Ctx, lease: &Lease, root: NamespaceId, rows: &[MemberId]) -> Result<u64> {
    ctx.write(Lock::Root(root), |ctx, tx| async move {
        leases::hold(&tx, lease).await?;
        // Some may have been answered, or reminded of, meanwhile.
        let rows = waiting(&ctx, Some(rows)).await?;
        let due = rows.into_iter().filter_map(|row| row.reminder().map(|nth| (row, nth)));
        let due: Vec<(Waiting, u8)> = due.collect();
        if due.is_empty() {
            return Ok(0);
        }
        count(&tx, &due).await?;
        let reminders = due.len() as u64;
        let notices: Vec<_> = due.into_iter().map(|(row, nth)| row.notice(nth)).collect();
        notices::queue(&tx, &notices).await?;
        Ok(reminders)
    })
    .await
}

#[derive(FromQueryResult)]
struct Waiting {
    id: MemberId,
    created_at: DateTime<Utc>,
    expires_at: Option<NaiveDate>,
    reminders_sent: i32,
    today: NaiveDate,
    access_level: AccessLevel,
    role_name: Option<String>,
    inviter: String,
    source_kind: SourceKind,
    source_id: i64,
    full_name: String,
    full_path: String,
    root_id: NamespaceId,
}

/// The invitations that a reminder may be due for, or those of `ids` that still are such.
async fn waiting(ctx: &Ctx, ids: Option<&[MemberId]>) -> Result<Vec<Waiting>> {
    let mut sql = ctx.conn().sql();
    let of_ids = match ids {
        Some(ids) => sql.any_of("m.id", ids.iter().map(|id| id.0)),
        None => "TRUE".to_owned(),
    };
    let (today, first) = (sql.dialect().today(), sql.dialect().days_ago(DAYS[2]));
    let last = DAYS.len();
    let of = |kind: SourceKind, table: &str| {
        format!(
            "SELECT m.id, m.created_at, m.expires_at, m.reminders_sent, {today} AS today, m.access_level, r.name AS role_name, u.name AS inviter,
                    m.source_kind, m.source_id, s.full_name, s.full_path, s.root_id
               FROM members m JOIN {table} s ON s.id = m.source_id JOIN users u ON u.id = m.created_by_id
               LEFT JOIN member_roles r ON r.id = m.member_role_id
              WHERE m.source_kind = {} AND m.user_id IS NULL AND m.invite_email IS NOT NULL AND m.reminders_sent < {last}
                AND m.created_at >= {first} AND m.created_at < {today} AND {of_ids}",
            kind as i32
        )
    };
    let (groups, projects) = (of(SourceKind::Group, "namespaces"), of(SourceKind::Project, "projects"));
    sql.push(format!("{groups} UNION ALL {projects} ORDER BY 1"));
    Ok(sql.all().await?)
}

/// Notes which reminders were sent.
async fn count(tx: &WriteTx, due: &[(Waiting, u8)]) -> Result<()> {
    let sent: Vec<_> = due
        .iter()
        .map(|(row, nth)| vec![Some(row.id.0), Some(i64::from(*nth))])
        .collect();
    let mut sql = tx.conn().sql();
    let (sent, now) = (sql.table(&["id", "nth"], &sent), sql.bind(tx.now()));
    sql.push(format!(
        "UPDATE members SET reminders_sent = sent.nth, send_count = send_count + 1, last_sent_at = {now}
           FROM {sent} AS sent WHERE members.id = sent.id"
    ));
    Ok(sql.run().await.map(drop)?)
}

impl Waiting {
    /// The how manieth reminder is to be sent today, if one is.
    fn reminder(&self) -> Option<u8> {
        let nth = falls_on(self.created_at.date_naive(), self.expires_at, self.today)?;
        (i32::from(nth) > self.reminders_sent).then_some(nth)
    }

    fn notice(self, nth: u8) -> Notice {
        Notice::InvitationReminder {
            invitation: self.id,
            inviter: self.inviter,
            place: Place {
                source: Source::new(self.source_kind, self.source_id),
                full_name: self.full_name,
                full_path: self.full_path,
            },
            access_level: self.access_level,
            role: self.role_name,
            nth,
            age: (self.today - self.created_at.date_naive()).num_days(),
        }
    }
}

/// Which reminder, from 1, falls on `today`.
fn falls_on(created: NaiveDate, ends: Option<NaiveDate>, today: NaiveDate) -> Option<u8> {
    if ends.is_some_and(|day| day <= today) {
        return None;
    }
    let span = ends.map_or(SPAN, |day| (day - created).num_days().min(SPAN));
    let age = (today - created).num_days();
    let mut nth = 0;
    let mut earlier = 0;
    for day in DAYS.map(|day| (day * span + SPAN - 1) / SPAN) {
        nth += u8::from(day > earlier);
        if day == age {
            return Some(nth).filter(|_| age > 0);
        }
        earlier = day;
    }
    None
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn day(number: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 2, 20).unwrap() + TimeDelta::days(number)
    }

    /// The days on which something is sent, each with the number of its text.
    fn schedule(span: Option<i64>) -> Vec<(i64, u8)> {
        let ends = span.map(day);
        (-3..40)
            .filter_map(|age| falls_on(day(0), ends, day(age)).map(|nth| (age, nth)))
            .collect()
    }

    #[test]
    fn reminders_come_on_the_second_fifth_and_tenth_day_of_fourteen() {
        assert_eq!(schedule(None), [(2, 1), (5, 2), (10, 3)]);
        assert_eq!(schedule(Some(14)), schedule(None));
        assert_eq!(schedule(Some(400)), schedule(None));
    }

    #[test]
    fn a_shorter_time_brings_them_closer_together_and_days_that_coincide_count_once() {
        assert_eq!(schedule(Some(13)), [(2, 1), (5, 2), (10, 3)]);
        assert_eq!(schedule(Some(10)), [(2, 1), (4, 2), (8, 3)]);
        assert_eq!(schedule(Some(7)), [(1, 1), (3, 2), (5, 3)]);
        assert_eq!(schedule(Some(5)), [(1, 1), (2, 2), (4, 3)]);
        assert_eq!(schedule(Some(4)), [(1, 1), (2, 2), (3, 3)]);
    }

    #[test]
    fn nothing_is_sent_on_the_last_day_or_after_it() {
        assert_eq!(schedule(Some(3)), [(1, 1), (2, 2)]);
        assert_eq!(schedule(Some(2)), [(1, 1)]);
        for span in [1, 0, -5] {
            assert_eq!(schedule(Some(span)), [], "{span}");
        }
    }
}
