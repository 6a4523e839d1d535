//! A call that may be sent again: its outcome is stored with the change, and answered again instead of doing it twice.

use std::fmt;

use chrono::TimeDelta;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::prelude::Json;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait as _, DbErr, EntityTrait as _, FromQueryResult};

use super::{Ctx, Error, Result, seats};
use crate::db::{End, Lock, Sql, WriteTx};
use crate::entity::idempotency_key;

/// How long an outcome is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// What a client calls one change, however often it sends it: 1 to 255 visible characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// `None` for a text that is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (is_visible && (1..=255).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}

/// A key is its client's own affair.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// How a call ended that may be sent again.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// The change is done; this answers every repetition.
    Done(Json),
    /// The change is done, and its answer tells a secret, which is stored nowhere.
    Once {
        /// The answer.
        told: Json,
        /// What answers every repetition.
        stored: Json,
    },
    /// Nothing was changed, and nothing is remembered: the next one of the same key may well do it.
    Refused(Json),
}

/// Does `work` in a transaction of its own, unless the caller has done it already under that key: then answers what it ended with. One that runs
/// at the same time is waited for.
///
/// `fingerprint` tells one input from another: a digest of all that the work depends on.
///
/// # Errors
/// `KeyReused` when the key stands for another input; those of the work, which undo all of it and free the key.
pub async fn once<E, F, Fut>(ctx: &Ctx, key: &Key, fingerprint: &[u8], work: F) -> std::result::Result<Json, E>
where
    F: FnOnce(Ctx) -> Fut + Send,
    Fut: Future<Output = std::result::Result<Outcome, E>> + Send,
    E: From<Error> + Send,
{
    let caller = ctx.actor.user_id().map_or(0, |user| user.0);
    let failed = |error: Error| Failed(E::from(error));
    let attempt = |tx: WriteTx| async move {
        if let Some(earlier) = claim(&tx, caller, key, fingerprint).await.map_err(failed)? {
            return Ok((earlier, End::RollBack));
        }
        let (told, stored) = match work(ctx.within(tx.clone())).await.map_err(Failed)? {
            Outcome::Refused(outcome) => return Ok((outcome, End::RollBack)),
            Outcome::Done(outcome) => (outcome.clone(), outcome),
            Outcome::Once { told, stored } => (told, stored),
        };
        seats::settle(&tx).await.map_err(failed)?;
        remember(&tx, caller, key, &stored).await.map_err(failed)?;
        Ok((told, End::Commit))
    };
    let attempted = ctx.app.db.transact_once(Lock::None, attempt).await;
    attempted.map_err(|Failed(error)| error)
}

/// A face's own error, where the database's is one of the domain's.
struct Failed<E>(E);

impl<E: From<Error>> From<DbErr> for Failed<E> {
    fn from(error: DbErr) -> Self {
        Self(Error::from(error).into())
    }
}

/// Takes the key, or answers what it stands for.
async fn claim(tx: &WriteTx, caller: i64, key: &Key, fingerprint: &[u8]) -> Result<Option<Json>> {
    #[derive(FromQueryResult)]
    struct Known {
        fingerprint: Vec<u8>,
        outcome: Json,
    }
    let mut forget = tx.conn().sql();
    let oldest = forget.bind(tx.now() - REMEMBERED);
    let which = this_one(&mut forget, caller, key);
    forget.push(format!(
        "DELETE FROM idempotency_keys WHERE {which} AND created_at <= {oldest}"
    ));
    forget.run().await?;

    // Whoever has the same key at the same time waits here for the end of the first.
    let row = idempotency_key::ActiveModel {
        caller_id: Set(caller),
        key: Set(key.0.clone()),
        fingerprint: Set(fingerprint.to_vec()),
        outcome: Set(Json::Null),
        created_at: Set(tx.now()),
    };
    let columns = [idempotency_key::Column::CallerId, idempotency_key::Column::Key];
    let claimed = idempotency_key::Entity::insert(row)
        .on_conflict(OnConflict::columns(columns).do_nothing().to_owned())
        .exec_without_returning(&tx.conn())
        .await?;
    if claimed > 0 {
        return Ok(None);
    }
    let mut known = tx.conn().sql();
    let which = this_one(&mut known, caller, key);
    known.push(format!(
        "SELECT fingerprint, outcome FROM idempotency_keys WHERE {which}"
    ));
    match known.one::<Known>().await? {
        Some(known) if known.fingerprint == fingerprint => Ok(Some(known.outcome)),
        Some(_) => Err(Error::KeyReused),
        None => Err(Error::Conflict("409 Conflict: Resource lock".to_owned())),
    }
}

async fn remember(tx: &WriteTx, caller: i64, key: &Key, outcome: &Json) -> Result<()> {
    let row = idempotency_key::ActiveModel {
        caller_id: Unchanged(caller),
        key: Unchanged(key.0.clone()),
        outcome: Set(outcome.clone()),
        ..Default::default()
    };
    row.update(&tx.conn()).await?;
    Ok(())
}

/// Forgets what is too old to be asked for; answers how many there were.
///
/// # Errors
/// Those of the database.
pub async fn forget(ctx: &Ctx) -> Result<u64> {
    ctx.write(Lock::None, |_, tx| async move {
        let mut sql = tx.conn().sql();
        let oldest = sql.bind(tx.now() - REMEMBERED);
        sql.push(format!("DELETE FROM idempotency_keys WHERE created_at <= {oldest}"));
        Ok(sql.run().await?)
    })
    .await
}

fn this_one(sql: &mut Sql<'_>, caller: i64, key: &Key) -> String {
    let (caller, key) = (sql.bind(caller), sql.bind(key.0.clone()));
    format!("caller_id = {caller} AND key = {key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_1_to_255_visible_characters() {
        for text in ["a", "3f2a-77", &"x".repeat(255)] {
            assert!(Key::parse(text).is_some(), "{text}");
        }
        for text in ["", "a b", "a\n", "\u{e4}", &"x".repeat(256)] {
            assert!(Key::parse(text).is_none(), "{text}");
        }
    }
}
