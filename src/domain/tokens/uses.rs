//! When and from where a token was shown: noted while a request is let in, and written down beside it.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::FromQueryResult;
use serde_json::json;

use crate::db::{Cell, Lock};
use crate::domain::{App, Ctx, Result};
use crate::types::{TokenId, Words};

/// How long nothing is written about a token that is shown all the time.
const OFTEN: TimeDelta = TimeDelta::minutes(1);

/// Addresses that are kept of a token.
const MOST_ADDRESSES: usize = 5;

/// Notes that a token is shown, unless that was written down lately.
pub(super) fn note(app: &App, token: TokenId, last_used_at: Option<DateTime<Utc>>, from: Option<IpAddr>) {
    if is_due(last_used_at, app.db.clock().now()) {
        app.db.note_use(token, from);
    }
}

fn is_due(last_used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_used_at.is_none_or(|last| now - last >= OFTEN)
}

/// Waits until tokens of this process were shown of which [`record_uses`] has something to write.
pub async fn used(app: &App) {
    app.db.uses_noted().await;
}

#[derive(FromQueryResult)]
struct Row {
    id: TokenId,
    last_used_at: Option<DateTime<Utc>>,
    last_used_ips: Words,
}

/// Writes down what was noted, all of it in one transaction; answers how many tokens it was about.
///
/// # Errors
/// `Forbidden` for others than roster itself. What could not be written is forgotten: the next use is noted again.
pub async fn record_uses(ctx: &Ctx) -> Result<u64> {
    ctx.require_system()?;
    let noted = &ctx.app.db.take_uses();
    if noted.is_empty() {
        return Ok(0);
    }
    ctx.write(Lock::None, |_, tx| async move {
        let mut sql = tx.conn().sql();
        let which = sql.any_of("t.id", noted.keys().map(|id| id.0));
        let for_update = sql.dialect().for_update("t");
        sql.push(format!(
            "SELECT t.id, t.last_used_at, t.last_used_ips FROM personal_access_tokens t WHERE {which} ORDER BY t.id{for_update}"
        ));
        let rows: Vec<Row> = sql.all().await?;
        let due = rows.into_iter().filter(|row| is_due(row.last_used_at, tx.now()));
        let due: Vec<_> = due
            .map(|row| {
                let from = noted.get(&row.id).copied().flatten();
                json!([row.id, json!(with(row.last_used_ips, from)).to_string()])
            })
            .collect();
        let mut sql = tx.conn().sql();
        let now = sql.bind(tx.now());
        let seen = sql.records(&[("id", Cell::Number), ("ips", Cell::Json)], &due);
        sql.push(format!(
            "UPDATE personal_access_tokens SET last_used_at = {now}, last_used_ips = seen.ips FROM {seen} AS seen
              WHERE personal_access_tokens.id = seen.id"
        ));
        Ok(sql.run().await?)
    })
    .await
}

/// The addresses with this one before them, each once.
fn with(Words(known): Words, from: Option<IpAddr>) -> Words {
    let from = from.map(|address| address.to_canonical().to_string());
    let rest = known.into_iter().filter(|known| Some(known) != from.as_ref());
    Words(from.clone().into_iter().chain(rest).take(MOST_ADDRESSES).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_address_comes_first_and_five_are_kept() {
        let mut known = Words::default();
        for last in [1, 2, 3, 4, 5, 6, 3] {
            known = with(known, Some(IpAddr::from([10, 0, 0, last])));
        }
        assert_eq!(known.0, ["10.0.0.3", "10.0.0.6", "10.0.0.5", "10.0.0.4", "10.0.0.2"]);
        assert_eq!(with(known.clone(), None), known);
    }
}
