//! Out of the outbox: leased, sent outside of any transaction, marked.
//!
//! A crash between the sending and the mark sends a message twice, and nothing sends it less than once. Any number of replicas deliver at once:
//! a row that one has leased the others pass over.
//!
//! The link of an invitation is made for each try, and its token stands in the letter only: the outbox holds no secret, and of whichever try arrived
//! the link is good.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use super::{Letter, Link, Mailer, NotSent, Notice, Recipient, is_told};
use crate::db::{Dialect, WriteTx};
use crate::domain::invitations::links;
use crate::domain::{Ctx, Error, Lock, Result};
use crate::types::{MemberId, UserId};

/// Messages that are under way at once: one that hangs does not hold up the others.
const BATCH: i64 = 8;

/// How long the sending of one message may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a row is left to whoever leased it, in seconds: four times what a batch can take. After a crash it is due again then.
const LEASE: i64 = 60;

/// The pause after a failure, in seconds: this long after the first, twice as long after each further one, up to the longest.
const FIRST_PAUSE: i64 = 30;
const LONGEST_PAUSE: i64 = 3600;

/// How long a message is tried, in seconds: three days, so that a weekend's outage loses nothing.
const GIVE_UP_AFTER: i64 = 3 * 24 * 3600;

/// How often the mark is tried, and the pause after the first try; each further one is longer by that.
const MARK_TRIES: u32 = 5;
const MARK_PAUSE: Duration = Duration::from_millis(500);

/// How much of a fault is kept, in characters.
const FAULT_LENGTH: usize = 300;

/// One try to deliver one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The row's number.
    pub id: i64,
    /// What kind of notice.
    pub kind: String,
    /// The how manieth try it was, from 1.
    pub count: i32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mailer took it.
    Sent,
    /// Whom it was for is gone or blocked by now, or the invitation was answered; it is done with.
    Untold,
    /// It is tried again later. The text says why, without addresses.
    Failed(String),
    /// It was tried for days, and no more. The text says why, without addresses.
    GivenUp(String),
}

#[derive(FromQueryResult)]
struct Leased {
    id: i64,
    kind: String,
    payload: Value,
    attempts: i32,
    created_at: DateTime<Utc>,
    overdue: bool,
}

/// What a row says, or why it cannot be read.
type Read = std::result::Result<Notice, NotSent>;

#[derive(FromQueryResult)]
struct User {
    id: UserId,
    name: String,
    email: String,
}

/// Whom a letter is for.
struct Addressee {
    name: Option<String>,
    address: String,
    link: Option<Link>,
}

/// Tries to deliver the messages that have been due longest, a few at a time; no attempt means that none is due.
///
/// `random` gives numbers from 0 up to 1: pauses vary, so that a mail server that comes back is not met by everybody at once.
pub async fn deliver(ctx: &Ctx, mailer: &dyn Mailer, random: fn() -> f64) -> Result<Vec<Attempt>> {
    ctx.require_system()?;
    if !is_any_due(ctx).await? {
        return Ok(vec![]);
    }
    let rows = ctx.write(Lock::None, |_, tx| async move { lease(&tx).await }).await?;
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| (read(&row.kind, &row.payload), row))
        .collect();
    let users = users(ctx, rows.iter().filter_map(|(notice, _)| notice.as_ref().ok())).await?;
    let deliveries = rows.into_iter().map(async |(notice, row)| {
        let outcome = match notice {
            Ok(notice) => send(ctx, mailer, notice, &row, &users).await,
            Err(NotSent(why)) => Outcome::Failed(why),
        };
        mark(ctx, row, outcome, random).await
    });
    join_all(deliveries).await.into_iter().collect()
}

/// A look without a write: most of the time there is nothing to do.
async fn is_any_due(ctx: &Ctx) -> Result<bool> {
    let conn = ctx.conn();
    let mut sql = conn.sql();
    let due = due(sql.dialect());
    sql.push(format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE {due} LIMIT 1) AS o"
    ));
    Ok(sql.number().await? > 0)
}

fn due(dialect: &Dialect) -> String {
    let now = dialect.now();
    format!(
        "delivered_at IS NULL AND given_up_at IS NULL AND not_before <= {now} AND (leased_until IS NULL OR leased_until <= {now})"
    )
}

/// Takes the next rows. The try is counted here: a message that brings the process down is one that was tried.
async fn lease(tx: &WriteTx) -> Result<Vec<Leased>> {
    let mut sql = tx.conn().sql();
    let dialect = sql.dialect();
    let (batch, lease, age) = (sql.bind(BATCH), sql.bind(LEASE), sql.bind(-GIVE_UP_AFTER));
    let (due, until, oldest) = (due(dialect), dialect.from_now(&lease), dialect.from_now(&age));
    let skip_locked = if dialect.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    sql.push(format!(
        "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE {due} ORDER BY not_before, id LIMIT {batch} {skip_locked})
         UPDATE outbox SET leased_until = {until}, attempts = attempts + 1 WHERE id IN (SELECT id FROM due)
         RETURNING id, kind, payload, attempts, created_at, created_at <= {oldest} AS overdue"
    ));
    let mut rows = sql.all::<Leased>().await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// What was queued. A row that a newer roster wrote may be none that this one can read; that one will.
fn read(kind: &str, payload: &Value) -> Read {
    serde_json::from_value(json!({"kind": kind, "payload": payload}))
        .map_err(|error| NotSent(format!("the row cannot be read: {error}")))
}

/// The users whom `notices` are for, as far as they still get mail.
async fn users(ctx: &Ctx, notices: impl Iterator<Item = &Notice>) -> Result<HashMap<UserId, User>> {
    let user_of = |notice: &Notice| match notice.recipient() {
        Recipient::User(user) => Some(user.0),
        Recipient::Invitation(_) => None,
    };
    let conn = ctx.conn();
    let mut sql = conn.sql();
    let (of_notices, told) = (sql.any_of("u.id", notices.filter_map(user_of)), is_told("u"));
    sql.push(format!(
        "SELECT u.id, u.name, u.email FROM users u WHERE {of_notices} AND {told}"
    ));
    let rows = sql.all::<User>().await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The address that was invited, with a fresh link; none when there is nothing left to accept.
async fn invited(ctx: &Ctx, invitation: MemberId, notice: &Notice) -> Result<Option<Addressee>> {
    // On the last day one can still accept, but is no longer pressed to.
    let on_last_day = !matches!(notice, Notice::InvitationReminder { .. });
    let minted = ctx.write(Lock::None, |_, tx| async move {
        links::mint(&tx, invitation, on_last_day).await
    });
    Ok(minted.await?.map(|minted| Addressee {
        name: None,
        address: minted.address,
        link: Some(Link {
            token: minted.token,
            expires_at: minted.expires_at,
        }),
    }))
}

async fn send(ctx: &Ctx, mailer: &dyn Mailer, notice: Notice, row: &Leased, users: &HashMap<UserId, User>) -> Outcome {
    let addressee = match notice.recipient() {
        Recipient::User(user) => Ok(users.get(&user).map(|user| Addressee {
            name: Some(user.name.clone()),
            address: user.email.clone(),
            link: None,
        })),
        Recipient::Invitation(invitation) => invited(ctx, invitation, &notice).await,
    };
    let addressee = match addressee {
        Ok(Some(addressee)) => addressee,
        Ok(None) => return Outcome::Untold,
        Err(error) => return Outcome::Failed(format!("no link could be made: {error}")),
    };
    let letter = Letter {
        id: row.id,
        kind: row.kind.clone(),
        notice,
        name: addressee.name,
        address: addressee.address,
        queued_at: row.created_at,
        link: addressee.link,
    };
    // A mailer that panics over one message should not take the others of the batch with it.
    let sending = AssertUnwindSafe(mailer.send(&letter)).catch_unwind();
    match tokio::time::timeout(PATIENCE, sending).await {
        Ok(Ok(Ok(()))) => Outcome::Sent,
        Ok(Ok(Err(NotSent(why)))) => Outcome::Failed(discreet(&why, letter.link.as_ref())),
        Ok(Err(_)) => Outcome::Failed("the mailer panicked".to_owned()),
        Err(_) => Outcome::Failed(format!("it took longer than {PATIENCE:?}")),
    }
}

/// Notes what came of a try, as soon as that is known.
async fn mark(ctx: &Ctx, row: Leased, outcome: Outcome, random: fn() -> f64) -> Result<Attempt> {
    let outcome = match outcome {
        Outcome::Failed(why) if row.overdue => Outcome::GivenUp(why),
        outcome => outcome,
    };
    let attempt = Attempt {
        id: row.id,
        kind: row.kind,
        count: row.attempts,
        outcome,
    };
    let pause = pause(attempt.count, random());
    let noted = &attempt;
    let mut tries = 1;
    // A message without a mark is sent twice: a database that is busy for a moment is waited for.
    loop {
        let marked = ctx.write(Lock::None, |_, tx| async move { note(&tx, noted, pause).await });
        match marked.await {
            Err(Error::Unavailable(_) | Error::Timeout) if tries < MARK_TRIES => {
                tokio::time::sleep(MARK_PAUSE * tries).await;
                tries += 1;
            }
            Err(error) => return Err(error),
            Ok(()) => return Ok(attempt),
        }
    }
}

async fn note(tx: &WriteTx, attempt: &Attempt, pause: i64) -> Result<()> {
    let mut sql = tx.conn().sql();
    let now = sql.dialect().now();
    let id = sql.bind(attempt.id);
    match &attempt.outcome {
        // What a mail said is nobody's business once it is sent. It was, even if the lease ran out meanwhile.
        Outcome::Sent | Outcome::Untold => {
            let why = sql.bind(match attempt.outcome {
                Outcome::Untold => Some("nobody to tell"),
                _ => None,
            });
            sql.push(format!(
                "UPDATE outbox SET delivered_at = {now}, leased_until = NULL, last_error = {why}, payload = '{{}}'
                  WHERE id = {id} AND delivered_at IS NULL"
            ));
        }
        // Whoever leased the row after us has the last word: its number of tries is higher.
        Outcome::Failed(why) | Outcome::GivenUp(why) => {
            let given_up = matches!(attempt.outcome, Outcome::GivenUp(_));
            let given_up = if given_up { now.as_str() } else { "NULL" };
            let (why, pause, count) = (sql.bind(why.as_str()), sql.bind(pause), sql.bind(attempt.count));
            let again = sql.dialect().from_now(&pause);
            sql.push(format!(
                "UPDATE outbox SET not_before = {again}, leased_until = NULL, last_error = {why}, given_up_at = {given_up}
                  WHERE id = {id} AND delivered_at IS NULL AND attempts = {count}"
            ));
        }
    }
    Ok(sql.run().await.map(drop)?)
}

/// Seconds until the next try: doubled with each, and between half and all of that.
fn pause(attempts: i32, random: f64) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 16);
    let longest = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most half an hour"
    )]
    let varied = (longest as f64 / 2.0 * random.clamp(0.0, 1.0)) as i64;
    longest / 2 + varied
}

/// A mail server names the address that it refuses, and may quote what it was sent; logs and the table should not.
fn discreet(why: &str, link: Option<&Link>) -> String {
    let tells = |word: &str| link.is_some_and(|link| word.contains("/invites/") || word.contains(link.token.reveal()));
    let words: Vec<_> = why
        .split_whitespace()
        .map(|word| match word {
            word if tells(word) => "(link)",
            word if word.contains('@') => "(address)",
            word => word,
        })
        .collect();
    words.join(" ").chars().take(FAULT_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Secret;

    #[test]
    fn pauses_double_up_to_an_hour_and_vary_by_half() {
        assert_eq!([1, 2, 3, 4].map(|attempts| pause(attempts, 1.0)), [30, 60, 120, 240]);
        assert_eq!((pause(1, 0.0), pause(1, 0.5)), (15, 22));
        assert_eq!((pause(8, 1.0), pause(i32::MAX, 1.0)), (3600, 3600));
    }

    #[test]
    fn a_fault_is_kept_without_the_address_it_names_and_the_link_it_quotes() {
        let said = "permanent error (550): 5.1.1 <ann@acme.example>: Recipient\r\n address rejected";
        assert_eq!(
            discreet(said, None),
            "permanent error (550): 5.1.1 (address) Recipient address rejected"
        );
        let token = Secret::random();
        let said = format!(
            "554 spam <https://roster.example/-/invites/{0}> token={0}",
            token.reveal()
        );
        let link = Link {
            token,
            expires_at: None,
        };
        assert_eq!(discreet(&said, Some(&link)), "554 spam (link) (link)");
    }
}
