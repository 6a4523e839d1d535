//! Exchanging a token for a new one.

use chrono::{Days, NaiveDate};

use super::create::{Row, insert, last_day};
use super::find::read;
use super::hold::{hold, require_alive, the_one};
use super::revoke::set_revoked;
use super::{Token, Which};
use crate::db::Lock;
use crate::domain::journal::{self, TokenAct};
use crate::domain::policy::Reason;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::Secret;

/// How long a token lives that another was exchanged for, unless something else is said.
const LIFE: Days = Days::new(7);

/// Takes a token back and makes a new one with its name, description and scopes, which works until `expires_at`, a week without one; answers it with
/// its secret, which nobody can read again. Of two who do so at once one has the token.
///
/// # Errors
/// `Unauthenticated`; `NotFound(Token)`, also when it is somebody else's; `Refused(TokenRevoked)`; `Unprocessable` for a last day that is too far
/// ahead.
pub async fn rotate(ctx: &Ctx, which: Which, expires_at: Option<NaiveDate>) -> Result<(Token, Secret)> {
    let own = ctx.require_caller()?.token;
    let id = which.id(ctx)?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let held = hold(&tx, [id, own]).await?;
        let old = the_one(&ctx, &held, id).map_err(|_| Error::NotFound(Thing::Token))?;
        if old.revoked {
            return Err(Error::Refused(Reason::TokenRevoked));
        }
        require_alive(&ctx, &held)?;
        let expires_at = last_day(&ctx, expires_at, LIFE)?;
        set_revoked(&tx, &[id]).await?;
        let secret = Secret::access_token();
        let row = Row {
            user_id: old.user_id,
            name: old.name.clone(),
            description: old.description.clone(),
            scopes: old.scopes(),
            expires_at,
            rotated_from_id: Some(id),
        };
        let new = insert(&tx, row, &secret).await?;
        let owner = (old.user_id, old.username.as_str());
        journal::record_token(&ctx, &tx, TokenAct::Rotated(new), owner, id).await?;
        let new = read(&ctx, &[new]).await?.pop();
        Ok((new.ok_or(Error::NotFound(Thing::Token))?, secret))
    })
    .await
}
