//! New tokens. The secret is told once, here; the database keeps its digest.

use chrono::{Days, NaiveDate};
use rand::Rng;
use rand::distr::Alphanumeric;
use sea_orm::{ActiveModelTrait, Set};

use super::Token;
use crate::db::{Lock, WriteTx};
use crate::domain::users::{self, User};
use crate::domain::{Actor, Ctx, Error, Result, Thing};
use crate::entity::personal_access_token::{ActiveModel, Model};
use crate::types::{Scope, Scopes, UserId, Words, digest};

const PREFIX: &str = "rst-";
const RANDOM_CHARACTERS: usize = 26;
const LONGEST_LIFE: Days = Days::new(365);

/// What users may give themselves through the interface; everything else comes from an administrator.
const OWN_SCOPES: [Scope; 2] = [Scope::K8sProxy, Scope::SelfRotate];
/// What only an administrator's token may hold.
const ADMIN_SCOPES: [Scope; 2] = [Scope::Sudo, Scope::AdminMode];

/// A token that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// Whose it will be.
    pub user_id: UserId,
    /// What the user calls it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Words for what it is for.
    pub scopes: Vec<String>,
    /// The day on which it stops working; a year ahead when absent.
    pub expires_at: Option<NaiveDate>,
}

/// Makes a token; answers it with its secret, which nobody can read again.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators who want one for somebody else; `NotFound(User)`; `Invalid` for a blank name,
/// scopes that are unknown or not for this user, and a last day more than 365 days ahead.
pub async fn create(ctx: &Ctx, new: New) -> Result<(Token, String)> {
    authorize(&ctx.actor, new.user_id)?;
    let owner = users::by_ids(ctx, &[new.user_id]).await?.pop();
    let owner = owner.ok_or(Error::NotFound(Thing::User))?;
    let scopes = checked_scopes(&ctx.actor, &owner, &new.scopes)?;
    if new.name.trim().is_empty() {
        return Err(Error::Invalid("name can't be blank".to_owned()));
    }
    let expires_at = checked_day(ctx, new.expires_at)?;
    let secret = new_secret();
    let row = ActiveModel {
        user_id: Set(owner.id),
        name: Set(new.name),
        description: Set(new.description),
        digest: Set(digest(&secret)),
        scopes: Set(scopes.to_string()),
        revoked: Set(false),
        rotated_from_id: Set(None),
        expires_at: Set(Some(expires_at)),
        last_used_at: Set(None),
        last_used_ips: Set(Words::default()),
        ..Default::default()
    };
    let stored = ctx
        .app
        .db
        .write(Lock::None, |tx| Box::pin(insert(tx, row.clone())))
        .await?;
    Ok((stored.into(), secret))
}

async fn insert(tx: &WriteTx, mut row: ActiveModel) -> Result<Model> {
    row.created_at = Set(tx.now());
    Ok(row.insert(&tx.conn()).await?)
}

fn authorize(actor: &Actor, owner: UserId) -> Result<()> {
    match actor {
        Actor::Anonymous => Err(Error::Unauthenticated),
        Actor::System => Ok(()),
        Actor::User(caller) if caller.admin || caller.id == owner => Ok(()),
        Actor::User(_) => Err(Error::Forbidden(None)),
    }
}

fn checked_scopes(actor: &Actor, owner: &User, words: &[String]) -> Result<Scopes> {
    let may_hold = |scope: &Scope| {
        (actor.is_admin() || OWN_SCOPES.contains(scope)) && (owner.admin || !ADMIN_SCOPES.contains(scope))
    };
    let scopes: Option<Vec<_>> = words
        .iter()
        .map(|word| Scope::from_word(word).filter(may_hold))
        .collect();
    match scopes {
        Some(scopes) if !scopes.is_empty() => Ok(Scopes(scopes)),
        Some(_) => Err(Error::Invalid("scopes is missing".to_owned())),
        None => Err(Error::Invalid("scopes does not have a valid value".to_owned())),
    }
}

fn checked_day(ctx: &Ctx, wanted: Option<NaiveDate>) -> Result<NaiveDate> {
    let today = ctx.app.db.clock().today();
    let last = today.checked_add_days(LONGEST_LIFE).unwrap_or(NaiveDate::MAX);
    match wanted {
        Some(day) if day > last => Err(Error::Invalid(format!(
            "Expiration date must be before {}",
            last.succ_opt().unwrap_or(last)
        ))),
        Some(day) => Ok(day),
        None => Ok(last),
    }
}

fn new_secret() -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(RANDOM_CHARACTERS);
    PREFIX.chars().chain(random.map(char::from)).collect()
}

impl From<Model> for Token {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            description: row.description,
            scopes: Scopes::parse(&row.scopes),
            revoked: row.revoked,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_ips: row.last_used_ips.0,
        }
    }
}
