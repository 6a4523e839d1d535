//! What only administrators and the users themselves learn about an account.

use std::collections::HashMap;

use sea_orm::FromQueryResult;

use super::{User, find};
use crate::domain::{Ctx, Error, Result, Thing, hierarchy};
use crate::types::{AccessLevel, NamespaceId, UserId};

/// A user in full.
#[derive(Clone, Debug)]
pub struct Details {
    /// The user, with the primary address.
    pub user: User,
    /// How the user is known elsewhere, in the order in which that was learnt.
    pub identities: Vec<Identity>,
    /// An administrator's note.
    pub note: Option<String>,
    /// The personal namespace.
    pub namespace_id: NamespaceId,
    /// Who made the account.
    pub created_by: Option<User>,
    /// Whether the user takes a seat anywhere: a person, active, with a membership in force that is more than minimal.
    pub using_license_seat: bool,
    /// The highest level of any membership in force, no access without one.
    pub highest_role: AccessLevel,
}

/// How a user is known at a SAML provider or in a directory.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Identity {
    /// `group_saml`, or the name of a directory.
    pub provider: String,
    /// The subject, or the distinguished name.
    pub extern_uid: String,
    /// The number of the SAML provider.
    pub saml_provider_id: Option<i64>,
}

/// The signed-in user.
///
/// # Errors
/// `Unauthenticated` without one.
pub async fn current(ctx: &Ctx) -> Result<Details> {
    let id = ctx.require_caller()?.id;
    let found = details(ctx, &[id]).await?.pop();
    found.ok_or(Error::NotFound(Thing::User))
}

/// The users in full, in the order of `ids`; those that there are not are left out. Three statements.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators who ask for more than themselves.
pub async fn details(ctx: &Ctx, ids: &[UserId]) -> Result<Vec<Details>> {
    if !ctx.actor.is_admin() {
        let own = ctx.require_caller()?.id;
        if ids.iter().any(|id| *id != own) {
            return Err(Error::Forbidden(None));
        }
    }
    let mut accounts = accounts(ctx, ids).await?;
    let mut identities = identities(ctx, ids).await?;
    let makers = accounts.values().filter_map(|account| account.created_by_id);
    let makers = find::by_ids(ctx, &makers.collect::<Vec<_>>()).await?;
    let makers: HashMap<_, _> = makers.into_iter().map(|user| (user.id, user)).collect();
    Ok(ids
        .iter()
        .filter_map(|id| accounts.remove(id))
        .map(|account| Details {
            identities: identities.remove(&account.user.id).unwrap_or_default(),
            namespace_id: NamespaceId::personal(account.user.id),
            created_by: account.created_by_id.and_then(|id| makers.get(&id).cloned()),
            note: account.note,
            using_license_seat: account.using_license_seat,
            highest_role: account.highest_role,
            user: account.user,
        })
        .collect())
}

#[derive(FromQueryResult)]
struct Account {
    #[sea_orm(nested)]
    user: User,
    note: Option<String>,
    created_by_id: Option<UserId>,
    highest_role: AccessLevel,
    using_license_seat: bool,
}

async fn accounts(ctx: &Ctx, ids: &[UserId]) -> Result<HashMap<UserId, Account>> {
    let mut sql = ctx.conn().sql();
    let columns = find::columns(&mut sql, &ctx.actor);
    let which = sql.any_of("u.id", ids.iter().map(|id| id.0));
    let live = hierarchy::live(sql.dialect(), "m");
    let highest =
        format!("SELECT MAX(m.access_level) FROM members m WHERE m.user_id = u.id AND m.state = 0 AND {live}");
    sql.push(format!(
        "SELECT x.*, x.state = 'active' AND x.user_type = 'human' AND x.highest_role > 5 AS using_license_seat
           FROM (SELECT {columns}, u.note, u.created_by_id, COALESCE(({highest}), 0) AS highest_role
                   FROM users u WHERE {which}) AS x"
    ));
    let accounts: Vec<Account> = sql.all().await?;
    Ok(accounts.into_iter().map(|account| (account.user.id, account)).collect())
}

#[derive(FromQueryResult)]
struct Known {
    user_id: UserId,
    #[sea_orm(nested)]
    identity: Identity,
}

async fn identities(ctx: &Ctx, ids: &[UserId]) -> Result<HashMap<UserId, Vec<Identity>>> {
    let mut sql = ctx.conn().sql();
    let which = sql.any_of("user_id", ids.iter().map(|id| id.0));
    sql.push(format!(
        "SELECT user_id, provider, extern_uid, saml_provider_id FROM user_identities WHERE {which} ORDER BY id"
    ));
    let mut identities: HashMap<_, Vec<_>> = HashMap::new();
    for known in sql.all::<Known>().await? {
        identities.entry(known.user_id).or_default().push(known.identity);
    }
    Ok(identities)
}
