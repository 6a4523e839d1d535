//! Opening and shutting accounts.

use sea_orm::FromQueryResult;

use super::{User, find, may_administer};
use crate::db::{Lock, WriteTx};
use crate::domain::policy::{self, Account, AccountReason, Act, Reason};
use crate::domain::{Ctx, Error, Result, Thing, journal};
use crate::types::{UserId, UserState, UserType};

/// Whoever used the account on one of so many days before today is not put to sleep.
const QUIET_DAYS: i64 = 90;

/// Does it to the account of that number, whose tokens stop or begin to work at once; its memberships stay. Answers whether that changed anything.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators; `NotFound(User)`; `Refused` with `Account`.
pub async fn change_state(ctx: &Ctx, user: UserId, act: Act) -> Result<bool> {
    may_administer(ctx)?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let row = lock(&ctx, &tx, user).await?;
        apply(&ctx, &tx, &row, act).await
    })
    .await
}

/// Gives the account of that number a state; answers the user as it then is.
///
/// # Errors
/// As [`change_state`].
pub async fn set_state(ctx: &Ctx, user: UserId, state: UserState) -> Result<User> {
    may_administer(ctx)?;
    ctx.write(Lock::None, |ctx, tx| async move {
        let row = lock(&ctx, &tx, user).await?;
        let act = policy::act_towards(row.state, state)?;
        let is_changed = apply(&ctx, &tx, &row, act).await?;
        if !is_changed && row.state != state {
            return Err(Error::Refused(Reason::Account(AccountReason::ShutAlready)));
        }
        let user = find::by_ids(&ctx, &[user]).await?.pop();
        user.ok_or(Error::NotFound(Thing::User))
    })
    .await
}

#[derive(FromQueryResult)]
struct Row {
    id: UserId,
    username: String,
    state: UserState,
    user_type: UserType,
    admin: bool,
    active_lately: bool,
}

/// The account, held alone until the end of the transaction together with the actor's own. Whoever makes a membership holds its user through the
/// foreign key, and so comes before this or after it: no seat is counted by a state that is about to change. Two administrators who shut each other
/// out come one after the other.
///
/// # Errors
/// `Forbidden` when the actor's account has lost its rights by now; `NotFound(User)`.
async fn lock(ctx: &Ctx, tx: &WriteTx, user: UserId) -> Result<Row> {
    let own = ctx.actor.user_id();
    let mut sql = tx.conn().sql();
    let dialect = sql.dialect();
    let (quiet_since, for_update) = (dialect.days_ago(QUIET_DAYS), dialect.for_update("u"));
    let which = sql.any_of("u.id", [Some(user), own].into_iter().flatten().map(|id| id.0));
    sql.push(format!(
        "SELECT u.id, u.username, u.state, u.user_type, u.admin,
                COALESCE(u.last_activity_on > {quiet_since}, FALSE) OR COALESCE(u.last_sign_in_at >= {quiet_since}, FALSE) AS active_lately
           FROM users u WHERE {which} ORDER BY u.id{for_update}"
    ));
    let rows: Vec<Row> = sql.all().await?;
    let may_act = |row: &Row| row.admin && row.state == UserState::Active;
    if own.is_some_and(|own| !rows.iter().any(|row| row.id == own && may_act(row))) {
        return Err(Error::Forbidden(None));
    }
    let found = rows.into_iter().find(|row| row.id == user);
    found.ok_or(Error::NotFound(Thing::User))
}

async fn apply(ctx: &Ctx, tx: &WriteTx, row: &Row, act: Act) -> Result<bool> {
    let account = Account {
        state: row.state,
        user_type: row.user_type,
        is_self: ctx.actor.user_id() == Some(row.id),
        active_lately: row.active_lately,
    };
    let Some(state) = policy::change_account(&account, act)? else {
        return Ok(false);
    };
    let mut sql = tx.conn().sql();
    let (id, word, now) = (sql.bind(row.id.0), sql.bind(state.as_str()), sql.bind(tx.now()));
    sql.push(format!(
        "UPDATE users SET state = {word}, updated_at = {now} WHERE id = {id}"
    ));
    sql.run().await?;
    journal::record_account(ctx, tx, act, (row.id, &row.username), (row.state, state)).await?;
    Ok(true)
}
