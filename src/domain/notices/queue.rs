//! Into the outbox, in the transaction of the change.

use serde_json::{Value, json};

use super::{Notice, Recipient, is_told};
use crate::db::{Cell, WriteTx};
use crate::domain::Result;

/// Queues mail with the change that `tx` makes: sent soon after the commit, and never when there is none. One statement however many there are.
///
/// Who gets no mail, such as a blocked user or a bot, is left out here, so that no caller need know; and is asked again at delivery.
pub async fn queue(tx: &WriteTx, notices: &[Notice]) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = notices.iter().map(row).collect();
    let mut sql = tx.conn().sql();
    let now = sql.dialect().now();
    let columns = [("user_id", Cell::Number), ("kind", Cell::Text), ("payload", Cell::Json)];
    let rows = sql.records(&columns, &rows);
    let told = is_told("u");
    sql.push(format!(
        "INSERT INTO outbox (kind, payload, attempts, not_before, created_at)
         SELECT r.kind, r.payload, 0, {now}, {now} FROM {rows} AS r LEFT JOIN users u ON u.id = r.user_id
          WHERE r.user_id IS NULL OR (u.id IS NOT NULL AND {told}) ORDER BY r.place"
    ));
    if sql.run().await? > 0 {
        tx.owe_mail();
    }
    Ok(())
}

/// The cells of a notice's row.
fn row(notice: &Notice) -> Value {
    // Only maps whose keys are no texts cannot be written, and a notice has none.
    let mut stored = serde_json::to_value(notice).unwrap_or_default();
    let payload = stored["payload"].take();
    let user = match notice.recipient() {
        Recipient::User(user) => Some(user),
        Recipient::Invitation(_) => None,
    };
    json!([user, stored["kind"], payload.to_string()])
}
