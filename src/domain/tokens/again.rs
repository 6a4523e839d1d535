//! Whoever showed a token a while ago, looked up again.

use std::collections::HashMap;

use super::authenticate::{Account, Shown, USER};
use crate::domain::{App, Caller, Result};
use crate::types::{Scope, TokenId, UserId};

/// Who showed which token, and as whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shower {
    token: TokenId,
    user: UserId,
    sudo: bool,
}

impl Shower {
    /// What it takes to find the caller again.
    pub fn of(caller: &Caller) -> Self {
        Self {
            token: caller.token,
            user: caller.id,
            sudo: caller.sudo,
        }
    }
}

/// The callers as they are by now, in their order; none for one who would not be let in any more. One statement for all, two when administrators act as
/// others among them.
pub(in crate::domain) async fn again(app: &App, showers: &[Shower]) -> Result<Vec<Option<Caller>>> {
    let mut sql = app.db.conn().sql();
    let today = sql.dialect().today();
    let which = sql.any_of("t.id", showers.iter().map(|shower| shower.token.0));
    sql.push(format!(
        "SELECT t.id AS token_id, t.scopes, t.revoked, t.expires_at IS NOT NULL AND t.expires_at <= {today} AS expired, t.last_used_at, {USER}
           FROM personal_access_tokens t JOIN users u ON u.id = t.user_id WHERE {which}"
    ));
    let shown: Vec<Shown> = sql.all().await?;
    let shown: HashMap<_, _> = shown.into_iter().map(|shown| (shown.token_id, shown)).collect();
    let acted_as = acted_as(app, showers).await?;
    let again = |shower: &Shower| {
        let caller = shown.get(&shower.token)?.clone().into_caller().ok()?;
        if !shower.sudo {
            return (caller.id == shower.user).then_some(caller);
        }
        let user = acted_as.get(&shower.user)?.clone();
        let may = caller.admin && caller.scopes.has(Scope::Sudo);
        may.then(|| user.into_caller(caller.token, caller.scopes, true))
    };
    Ok(showers.iter().map(again).collect())
}

async fn acted_as(app: &App, showers: &[Shower]) -> Result<HashMap<UserId, Account>> {
    let users: Vec<_> = showers
        .iter()
        .filter(|shower| shower.sudo)
        .map(|shower| shower.user.0)
        .collect();
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = app.db.conn().sql();
    let which = sql.any_of("u.id", users);
    sql.push(format!("SELECT {USER} FROM users u WHERE {which}"));
    let users: Vec<Account> = sql.all().await?;
    Ok(users.into_iter().map(|user| (user.user_id, user)).collect())
}
