//! New tokens. The secret is told once, here; the database keeps its digest.

use chrono::{Days, NaiveDate};
use sea_orm::{ActiveModelTrait, Set};

use super::Token;
use super::find::read;
use super::hold::{hold, require_alive};
use crate::db::{Lock, WriteTx};
use crate::domain::journal::{self, TokenAct};
use crate::domain::policy::{Code, Reason};
use crate::domain::users::{self, User};
use crate::domain::{Actor, Ctx, Error, Fault, Result, Thing};
use crate::entity::personal_access_token::ActiveModel;
use crate::types::{Scope, Scopes, Secret, TokenId, UserId, Words, fold};

const LONGEST_LIFE: Days = Days::new(365);

/// Characters of a name or a description at most.
const LONGEST_TEXT: usize = 255;

/// What users may give themselves through the interface; everything else comes from an administrator.
pub const OWN_SCOPES: [Scope; 2] = [Scope::K8sProxy, Scope::SelfRotate];
/// What only an administrator's token may hold.
const ADMIN_SCOPES: [Scope; 2] = [Scope::Sudo, Scope::AdminMode];

/// For whom a token is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// For anybody, by an administrator.
    User(UserId),
    /// For oneself, with nothing but [`OWN_SCOPES`], whoever one is.
    Oneself,
    /// For this user, or without one for oneself: by an administrator, or as [`For::Oneself`].
    Whomever(Option<UserId>),
}

/// A token that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// Whose it will be.
    pub owner: For,
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
/// `Unauthenticated`; `Forbidden` for others than administrators who want one for somebody else; `Refused(NoSuchUser)`; `Parameter` for scopes that are
/// unknown or not for this user; `Unprocessable` for a name that is blank or too long, and a last day more than 365 days ahead.
pub async fn create(ctx: &Ctx, new: New) -> Result<(Token, Secret)> {
    let (owner, by_administrator) = authorize(&ctx.actor, new.owner)?;
    let new = &new;
    ctx.write(Lock::None, |ctx, tx| async move {
        let shown = ctx.actor.caller().map(|caller| caller.token);
        require_alive(&ctx, &hold(&tx, shown).await?)?;
        let owner = users::by_ids(&ctx, &[owner]).await?.pop();
        let owner = owner.ok_or(Error::Refused(Reason::NoSuchUser))?;
        let scopes = checked_scopes(by_administrator, &owner, &new.scopes)?;
        check_texts(new)?;
        let secret = Secret::access_token();
        let row = Row {
            user_id: owner.id,
            name: new.name.clone(),
            description: new.description.clone(),
            scopes,
            expires_at: last_day(&ctx, new.expires_at, LONGEST_LIFE)?,
            rotated_from_id: None,
        };
        let id = insert(&tx, row, &secret).await?;
        journal::record_token(&ctx, &tx, TokenAct::Created, (owner.id, &owner.username), id).await?;
        let token = read(&ctx, &[id]).await?.pop();
        Ok((token.ok_or(Error::NotFound(Thing::Token))?, secret))
    })
    .await
}

/// Whose it will be, and whether an administrator makes it.
fn authorize(actor: &Actor, owner: For) -> Result<(UserId, bool)> {
    let own = actor.user_id();
    match owner {
        _ if matches!(actor, Actor::Anonymous) => Err(Error::Unauthenticated),
        For::Oneself => own.map(|own| (own, false)).ok_or(Error::Unauthenticated),
        For::User(user) if actor.is_admin() => Ok((user, true)),
        For::Whomever(user) => match user.or(own) {
            Some(user) if actor.is_admin() || Some(user) == own => Ok((user, actor.is_admin())),
            Some(_) => Err(Error::Forbidden(None)),
            None => Err(Error::Unauthenticated),
        },
        For::User(_) => Err(Error::Forbidden(None)),
    }
}

fn checked_scopes(by_administrator: bool, owner: &User, words: &[String]) -> Result<Scopes> {
    let may_hold = |scope: &Scope| {
        (by_administrator || OWN_SCOPES.contains(scope)) && (owner.admin || !ADMIN_SCOPES.contains(scope))
    };
    let mut scopes = Vec::new();
    for word in words {
        let scope = Scope::from_word(word).filter(may_hold);
        let unknown = || Fault::new("scopes", "does not have a valid value", Code::Invalid);
        let scope = scope.ok_or_else(|| Error::Parameter(unknown()))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        return Err(unprocessable("token_scopes", "can't be blank", Code::Blank));
    }
    Ok(Scopes(scopes))
}

fn check_texts(new: &New) -> Result<()> {
    if new.name.trim().is_empty() {
        return Err(unprocessable("token_name", "can't be blank", Code::Blank));
    }
    let description = new.description.as_deref().unwrap_or_default();
    for (field, text) in [("token_name", new.name.as_str()), ("token_description", description)] {
        if text.chars().count() > LONGEST_TEXT {
            let text = format!("is too long (maximum is {LONGEST_TEXT} characters)");
            return Err(unprocessable(field, text, Code::Invalid));
        }
    }
    Ok(())
}

fn unprocessable(field: &'static str, text: impl Into<String>, code: Code) -> Error {
    Error::Unprocessable(Fault::new(field, text, code))
}

/// The day on which a new token stops working: the one that is wanted, or `life` from today.
pub(super) fn last_day(ctx: &Ctx, wanted: Option<NaiveDate>, life: Days) -> Result<NaiveDate> {
    let today = ctx.app.db.clock().today();
    let ahead = |days| today.checked_add_days(days).unwrap_or(NaiveDate::MAX);
    let limit = ahead(LONGEST_LIFE);
    match wanted {
        Some(day) if day > limit => {
            let text = format!("must be before {}", limit.succ_opt().unwrap_or(limit));
            Err(unprocessable("expiration", text, Code::Invalid))
        }
        Some(day) => Ok(day),
        None => Ok(ahead(life)),
    }
}

/// A token that is to be stored.
pub(super) struct Row {
    pub(super) user_id: UserId,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) scopes: Scopes,
    pub(super) expires_at: NaiveDate,
    pub(super) rotated_from_id: Option<TokenId>,
}

pub(super) async fn insert(tx: &WriteTx, row: Row, secret: &Secret) -> Result<TokenId> {
    let row = ActiveModel {
        user_id: Set(row.user_id),
        name_key: Set(fold(&row.name)),
        name: Set(row.name),
        description: Set(row.description),
        digest: Set(secret.digest()),
        scopes: Set(row.scopes.to_string()),
        revoked: Set(false),
        rotated_from_id: Set(row.rotated_from_id),
        created_at: Set(tx.now()),
        expires_at: Set(Some(row.expires_at)),
        last_used_at: Set(None),
        last_used_ips: Set(Words::default()),
        ..Default::default()
    };
    Ok(row.insert(&tx.conn()).await?.id)
}
