//! From a secret to the caller, and from an administrator to the user acted as.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use super::{Refusal, uses};
use crate::domain::{App, Caller, Result};
use crate::types::{Scope, Scopes, TokenId, UserId, UserState, UserType, digest, fold};

/// The caller whose token this is, in one statement; or why nobody is let in.
pub async fn authenticate(app: &App, secret: &str) -> Result<std::result::Result<Caller, Refusal>> {
    let shown = find(app, secret).await?;
    Ok(shown.map_or(Err(Refusal::Unknown), Shown::into_caller))
}

/// The same for a request that comes from this address: who is let in has used the token.
pub async fn show(app: &App, secret: &str, from: Option<IpAddr>) -> Result<std::result::Result<Caller, Refusal>> {
    let Some(shown) = find(app, secret).await? else {
        return Ok(Err(Refusal::Unknown));
    };
    let last_used_at = shown.last_used_at;
    let caller = shown.into_caller();
    if let Ok(caller) = &caller {
        uses::note(app, caller.token, last_used_at, from);
    }
    Ok(caller)
}

async fn find(app: &App, secret: &str) -> Result<Option<Shown>> {
    let mut sql = app.db.conn().sql();
    let today = sql.dialect().today();
    let digest = sql.bind(digest(secret));
    sql.push(format!(
        "SELECT t.id AS token_id, t.scopes, t.revoked, t.expires_at IS NOT NULL AND t.expires_at <= {today} AS expired, t.last_used_at, {USER}
           FROM personal_access_tokens t JOIN users u ON u.id = t.user_id WHERE t.digest = {digest}"
    ));
    Ok(sql.one().await?)
}

/// Why nobody may be acted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SudoRefusal {
    /// The caller is no administrator.
    NotAdmin,
    /// The token is not for it.
    Scope,
    /// There is no user of that number or name.
    NoSuchUser,
}

/// The user `who` (a number, or a user name whatever the case) as the one for whom an administrator acts.
pub async fn sudo(app: &App, caller: &Caller, who: &str) -> Result<std::result::Result<Caller, SudoRefusal>> {
    if !caller.admin {
        return Ok(Err(SudoRefusal::NotAdmin));
    }
    if !caller.scopes.has(Scope::Sudo) {
        return Ok(Err(SudoRefusal::Scope));
    }
    let mut sql = app.db.conn().sql();
    let which = if is_number(who) {
        // A number too large for the column is nobody's.
        format!("u.id = {}", sql.bind(who.parse::<i64>().unwrap_or(0)))
    } else {
        format!("u.username_key = {}", sql.bind(fold(who)))
    };
    sql.push(format!("SELECT {USER} FROM users u WHERE {which}"));
    let user: Option<Account> = sql.one().await?;
    Ok(user
        .map(|user| user.into_caller(caller.token, caller.scopes.clone(), true))
        .ok_or(SudoRefusal::NoSuchUser))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) const USER: &str = "u.id AS user_id, u.username, u.name, u.email, u.admin, u.external, u.state, u.user_type";

#[derive(Clone, FromQueryResult)]
pub(super) struct Account {
    pub(super) user_id: UserId,
    username: String,
    name: String,
    email: String,
    admin: bool,
    external: bool,
    state: UserState,
    user_type: UserType,
}

#[derive(Clone, FromQueryResult)]
pub(super) struct Shown {
    pub(super) token_id: TokenId,
    scopes: String,
    revoked: bool,
    expired: bool,
    last_used_at: Option<DateTime<Utc>>,
    #[sea_orm(nested)]
    user: Account,
}

impl Shown {
    pub(super) fn into_caller(self) -> std::result::Result<Caller, Refusal> {
        if self.expired {
            return Err(Refusal::Expired);
        }
        if self.revoked {
            return Err(Refusal::Revoked);
        }
        self.user.may_call()?;
        Ok(self.user.into_caller(self.token_id, Scopes::parse(&self.scopes), false))
    }
}

impl Account {
    fn may_call(&self) -> std::result::Result<(), Refusal> {
        if self.user_type == UserType::Ghost {
            return Err(Refusal::Internal);
        }
        match self.state {
            UserState::Active => Ok(()),
            UserState::Blocked | UserState::LdapBlocked | UserState::Banned => Err(Refusal::Blocked),
            UserState::BlockedPendingApproval => Err(Refusal::PendingApproval),
            UserState::Deactivated => Err(Refusal::Deactivated),
        }
    }

    pub(super) fn into_caller(self, token: TokenId, scopes: Scopes, sudo: bool) -> Caller {
        Caller {
            id: self.user_id,
            username: self.username,
            name: self.name,
            email: self.email,
            admin: self.admin,
            external: self.external,
            token,
            scopes,
            sudo,
        }
    }
}
