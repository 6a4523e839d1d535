//! Tokens that nobody else changes until the end of a transaction.

use sea_orm::FromQueryResult;

use super::find::is_open;
use crate::db::WriteTx;
use crate::domain::{Actor, Ctx, Error, Result, Thing};
use crate::types::{Scopes, TokenId, UserId, UserState};

/// A token that is held, and whose it is.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Held {
    pub(super) id: TokenId,
    pub(super) user_id: UserId,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    scopes: String,
    pub(super) revoked: bool,
    state: UserState,
    admin: bool,
}

impl Held {
    pub(super) fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scopes)
    }
}

/// The tokens of these numbers, lowest first.
pub(super) async fn hold(tx: &WriteTx, ids: impl IntoIterator<Item = TokenId>) -> Result<Vec<Held>> {
    let mut sql = tx.conn().sql();
    let which = sql.any_of("t.id", ids.into_iter().map(|id| id.0));
    let for_update = sql.dialect().for_update("t");
    sql.push(format!(
        "SELECT t.id, t.user_id, u.username, t.name, t.description, t.scopes, t.revoked, u.state, u.admin
           FROM personal_access_tokens t JOIN users u ON u.id = t.user_id WHERE {which} ORDER BY t.id{for_update}"
    ));
    Ok(sql.all().await?)
}

/// The token, if the actor may have to do with it.
///
/// # Errors
/// `NotFound(Token)` when there is none; `Forbidden` when it is somebody else's.
pub(super) fn the_one(ctx: &Ctx, held: &[Held], id: TokenId) -> Result<Held> {
    let found = held.iter().find(|token| token.id == id);
    let found = found.ok_or(Error::NotFound(Thing::Token))?;
    let is_shown = ctx.actor.caller().is_some_and(|caller| caller.token == id);
    if !is_shown && !is_open(&ctx.actor, found.user_id) {
        return Err(Error::Forbidden(None));
    }
    Ok(found.clone())
}

/// Refuses who shows a token that was taken back since the request was let in, or that has lost its rights: it must not live on in a new one.
///
/// # Errors
/// `Unauthenticated`
pub(super) fn require_alive(ctx: &Ctx, held: &[Held]) -> Result<()> {
    let Actor::User(caller) = &ctx.actor else {
        return Ok(());
    };
    let shown = held.iter().find(|token| token.id == caller.token);
    let is_alive = |token: &Held| !token.revoked && token.state == UserState::Active && (token.admin || !caller.admin);
    if shown.is_some_and(is_alive) {
        Ok(())
    } else {
        Err(Error::Unauthenticated)
    }
}
