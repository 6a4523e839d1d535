//! Taking tokens back.

use sea_orm::FromQueryResult;

use super::find::read;
use super::hold::{hold, the_one};
use super::{Token, Which};
use crate::db::{Lock, WriteTx};
use crate::domain::journal::{self, TokenAct};
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{TokenId, UserId, digest};

/// Takes a token back, which does nothing when it was taken back before; answers it as it then is.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Token)`; `Forbidden` when it is somebody else's.
pub async fn revoke(ctx: &Ctx, which: Which) -> Result<Token> {
    ctx.require_caller()?;
    let id = which.id(ctx)?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let held = hold(&tx, [id]).await?;
        let token = the_one(&ctx, &held, id)?;
        if !token.revoked {
            set_revoked(&tx, &[id]).await?;
            let owner = (token.user_id, token.username.as_str());
            journal::record_token(&ctx, &tx, TokenAct::Revoked, owner, id).await?;
        }
        let token = read(&ctx, &[id]).await?.pop();
        token.ok_or(Error::NotFound(Thing::Token))
    })
    .await
}

/// Takes back every token that was rotated out of a revoked one, however often since. Whoever shows a revoked token to rotate it may have stolen it, or
/// was stolen from: either way somebody has the new ones who should not. The secret is the right to do so. Answers how many there were; none when the
/// secret is no revoked token's.
///
/// # Errors
/// Those of the database.
pub async fn revoke_family(ctx: &Ctx, secret: &str) -> Result<u64> {
    let Some(first) = revoked(ctx, secret).await? else {
        return Ok(0);
    };
    ctx.write(Lock::None, |ctx, tx| async move {
        // One that is exchanged at this moment has a heir who is seen only once it is held.
        let mut family = descendants(&tx, first).await?;
        loop {
            let now = descendants(&tx, first).await?;
            if now.len() == family.len() {
                break;
            }
            family = now;
        }
        let alive: Vec<_> = family.into_iter().filter(|token| !token.revoked).collect();
        if alive.is_empty() {
            return Ok(0);
        }
        let ids: Vec<_> = alive.iter().map(|token| token.id).collect();
        set_revoked(&tx, &ids).await?;
        for token in &alive {
            let owner = (token.user_id, token.username.as_str());
            journal::record_token(&ctx, &tx, TokenAct::Revoked, owner, token.id).await?;
        }
        Ok(ids.len() as u64)
    })
    .await
}

/// The revoked token of that secret.
async fn revoked(ctx: &Ctx, secret: &str) -> Result<Option<TokenId>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: TokenId,
    }
    let mut sql = ctx.conn().sql();
    let digest = sql.bind(digest(secret));
    sql.push(format!(
        "SELECT id FROM personal_access_tokens WHERE digest = {digest} AND revoked"
    ));
    Ok(sql.one::<Row>().await?.map(|row| row.id))
}

#[derive(FromQueryResult)]
struct Descendant {
    id: TokenId,
    user_id: UserId,
    username: String,
    revoked: bool,
}

/// All that were rotated out of `first`, held until the end of the transaction. One of them works at most.
async fn descendants(tx: &WriteTx, first: TokenId) -> Result<Vec<Descendant>> {
    let mut sql = tx.conn().sql();
    let first = sql.bind(first.0);
    let for_update = sql.dialect().for_update("t");
    sql.push(format!(
        "SELECT t.id, t.user_id, u.username, t.revoked FROM personal_access_tokens t JOIN users u ON u.id = t.user_id
          WHERE t.id IN (WITH RECURSIVE family(id) AS (
                   SELECT c.id FROM personal_access_tokens c WHERE c.rotated_from_id = {first}
                   UNION SELECT c.id FROM personal_access_tokens c JOIN family f ON c.rotated_from_id = f.id)
                 SELECT id FROM family)
          ORDER BY t.id{for_update}"
    ));
    Ok(sql.all().await?)
}

pub(super) async fn set_revoked(tx: &WriteTx, ids: &[TokenId]) -> Result<()> {
    let mut sql = tx.conn().sql();
    let which = sql.any_of("id", ids.iter().map(|id| id.0));
    sql.push(format!(
        "UPDATE personal_access_tokens SET revoked = TRUE WHERE {which}"
    ));
    sql.run().await?;
    Ok(())
}
