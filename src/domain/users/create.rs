//! New accounts, made by administrators.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait as _, DbErr, FromQueryResult, SqlErr};

use super::{Details, details, may_administer};
use crate::db::{Lock, WriteTx};
use crate::domain::paths::{self, Height};
use crate::domain::policy::Code;
use crate::domain::{Ctx, Error, Fault, Result, Thing, invitations, journal};
use crate::entity::{namespace, user};
use crate::types::{
    AncestorPath, NamespaceId, NamespaceKind, Secret, UserId, UserState, UserType, Visibility, Words, fold,
};

/// Characters of a password at least, and at most.
const PASSWORD: (usize, usize) = (8, 128);

/// An account that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUser {
    /// The name in paths.
    pub username: String,
    /// The name.
    pub name: String,
    /// The primary address.
    pub email: String,
    /// The address that everybody may see.
    pub public_email: Option<String>,
    /// Whether it is an administrator.
    pub admin: bool,
    /// Whether it is external.
    pub external: bool,
    /// An administrator's note.
    pub note: Option<String>,
    /// What a client believes to be the password: nobody logs in with one, so that it is judged and thrown away.
    pub password: Option<Secret>,
}

/// Makes an account, active and confirmed, with its personal namespace. Its user becomes a member at once wherever one of the addresses is invited, unless
/// the invitation could not be accepted.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for others than administrators; `Taken` when somebody has the address or the name, whatever the case, or a group the
/// path; `Faulty`.
pub async fn create(ctx: &Ctx, new: &NewUser) -> Result<Details> {
    may_administer(ctx)?;
    let new = &NewUser {
        email: new.email.trim().to_owned(),
        public_email: new
            .public_email
            .as_deref()
            .map(|address| address.trim().to_owned())
            .filter(|address| !address.is_empty()),
        ..new.clone()
    };
    let addresses = &addresses(new);
    ctx.write(Lock::None, |ctx, tx| async move {
        // Whoever invites an address holds the hierarchy; what is invited elsewhere from now on is an invitation to somebody who is here.
        let asked = invitations::to_addresses(&ctx, addresses).await?;
        tx.hold_all(asked.iter().map(|asked| asked.root)).await?;
        require_administrator(&ctx).await?;
        refuse_taken(&ctx, new, addresses).await?;
        let faults = faults(&ctx, new).await?;
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        let id = insert(&ctx, &tx, new).await?;
        journal::record_new_account(&ctx, &tx, id, &new.username).await?;
        invitations::accept_all(&ctx, &tx, id, &asked).await?;
        let made = details(&ctx, &[id]).await?.pop();
        made.ok_or(Error::NotFound(Thing::User))
    })
    .await
}

/// The addresses that will be the user's, as they are compared.
fn addresses(new: &NewUser) -> Vec<String> {
    let mut all = vec![fold(&new.email)];
    all.extend(new.public_email.as_deref().map(fold));
    all.dedup();
    all
}

/// The actor may have lost the right since the request was let in.
async fn require_administrator(ctx: &Ctx) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        admin: bool,
        state: UserState,
    }
    let Some(own) = ctx.actor.user_id() else {
        return Ok(());
    };
    let mut sql = ctx.conn().sql();
    let own = sql.bind(own.0);
    sql.push(format!("SELECT admin, state FROM users WHERE id = {own}"));
    let own: Option<Row> = sql.one().await?;
    if own.is_some_and(|own| own.admin && own.state == UserState::Active) {
        Ok(())
    } else {
        Err(Error::Forbidden(None))
    }
}

/// GitLab says this before anything else that is wrong.
async fn refuse_taken(ctx: &Ctx, new: &NewUser, addresses: &[String]) -> Result<()> {
    if is_known(ctx, &addresses[0]).await? {
        return Err(Error::Taken(paths::taken("email")));
    }
    if paths::is_taken(ctx, &new.username).await? {
        return Err(Error::Taken(paths::taken("username")));
    }
    Ok(())
}

/// Whether the address is somebody's, the primary or the public one.
async fn is_known(ctx: &Ctx, address: &str) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let address = sql.bind(address);
    sql.push(format!(
        "SELECT COUNT(*) FROM users WHERE email_norm = {address} OR public_email_norm = {address}"
    ));
    Ok(sql.number().await? > 0)
}

/// Everything that is wrong with it, in GitLab's words.
async fn faults(ctx: &Ctx, new: &NewUser) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    faults.extend(address_fault("email", &new.email));
    faults.extend(password_fault(new.password.as_ref()));
    faults.extend(paths::name_fault(&new.name));
    faults.extend(paths::path_fault("username", &new.username, Height::Top));
    if let Some(address) = new
        .public_email
        .as_deref()
        .filter(|address| fold(address) != fold(&new.email))
    {
        faults.extend(address_fault("public_email", address));
        if is_known(ctx, &fold(address)).await? {
            faults.push(paths::taken("public_email"));
        }
    }
    Ok(faults)
}

fn address_fault(field: &'static str, address: &str) -> Option<Fault> {
    if address.is_empty() {
        return Some(Fault::new(field, "can't be blank", Code::Blank));
    }
    (!invitations::is_address(address)).then(|| Fault::new(field, "is invalid", Code::Invalid))
}

fn password_fault(password: Option<&Secret>) -> Option<Fault> {
    let length = password?.reveal().chars().count();
    let (shortest, longest) = PASSWORD;
    let text = match length {
        0 => return Some(Fault::new("password", "can't be blank", Code::Blank)),
        _ if length < shortest => format!("is too short (minimum is {shortest} characters)"),
        _ if length > longest => format!("is too long (maximum is {longest} characters)"),
        _ => return None,
    };
    Some(Fault::new("password", text, Code::Invalid))
}

async fn insert(ctx: &Ctx, tx: &WriteTx, new: &NewUser) -> Result<UserId> {
    let row = user::ActiveModel {
        id: NotSet,
        username: Set(new.username.clone()),
        username_key: Set(fold(&new.username)),
        name: Set(new.name.clone()),
        name_key: Set(fold(&new.name)),
        email: Set(new.email.clone()),
        email_norm: Set(fold(&new.email)),
        public_email: Set(new.public_email.clone()),
        public_email_norm: Set(new.public_email.as_deref().map(fold)),
        state: Set(UserState::Active),
        user_type: Set(UserType::Human),
        admin: Set(new.admin),
        external: Set(new.external),
        note: Set(new.note.clone()),
        created_by_id: Set(ctx.actor.user_id()),
        enterprise_group_id: Set(None),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        last_sign_in_at: Set(None),
        last_activity_on: Set(None),
    };
    let id = row.insert(&tx.conn()).await.map_err(came_second)?.id;
    let home = NamespaceId::personal(id);
    let row = namespace::Model {
        id: home,
        kind: NamespaceKind::User,
        owner_id: Some(id),
        parent_id: None,
        root_id: home,
        ancestor_path: AncestorPath::root(home.0),
        path: new.username.clone(),
        full_path: new.username.clone(),
        full_path_key: fold(&new.username),
        name: new.name.clone(),
        name_key: fold(&new.name),
        full_name: new.name.clone(),
        description: String::new(),
        visibility: Visibility::Public,
        request_access_enabled: false,
        membership_lock: false,
        share_with_group_lock: false,
        prevent_sharing_groups_outside_hierarchy: false,
        allowed_email_domains: Words::default(),
        exclude_guests: false,
        seat_cap: None,
        saml_provider_id: None,
        ldap_sync_state: "ready".to_owned(),
        ldap_sync_error: None,
        ldap_sync_started_at: None,
        ldap_sync_finished_at: None,
        seq: 0,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let row = namespace::ActiveModel::from(row).reset_all();
    row.insert(&tx.conn()).await.map_err(came_second)?;
    Ok(id)
}

/// Somebody else was faster, and has the address or the name.
fn came_second(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(which)) if which.contains("email") => {
            Error::Taken(paths::taken("email"))
        }
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Taken(paths::taken("username")),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_judged_by_its_length_alone() {
        let text = |password: &str| password_fault(Some(&password.to_owned().into())).map(|fault| fault.text);
        assert_eq!(password_fault(None), None);
        assert_eq!(text("").as_deref(), Some("can't be blank"));
        assert_eq!(
            text("1234567").as_deref(),
            Some("is too short (minimum is 8 characters)")
        );
        assert_eq!(text("\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}"), None);
        assert_eq!(text(&"x".repeat(128)), None);
        assert_eq!(
            text(&"x".repeat(129)).as_deref(),
            Some("is too long (maximum is 128 characters)")
        );
    }
}
