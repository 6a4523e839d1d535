//! Inviting an address that is nobody's.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sea_orm::FromQueryResult;

use super::store;
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant};
use crate::domain::members::NewMember;
use crate::domain::members::facts::{Facts, RoleFacts};
use crate::domain::members::validate;
use crate::domain::policy::{self, Code};
use crate::domain::{Ctx, Error, Fault, Result};
use crate::types::{AccessLevel, MemberId, MemberRoleId, MemberState, NamespaceId, Source, SourceKind, UserId};

/// The row that an address has in a group or project: an invitation, or a membership that was one.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::domain) struct Present {
    pub(super) id: MemberId,
    source_kind: SourceKind,
    source_id: i64,
    pub(in crate::domain) email_norm: String,
    pub(super) user_id: Option<UserId>,
    pub(super) access_level: AccessLevel,
    pub(super) state: MemberState,
    pub(super) expires_at: Option<NaiveDate>,
    role_id: Option<MemberRoleId>,
    role_name: Option<String>,
    pub(super) created_by_id: Option<UserId>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Present {
    /// Where it is.
    pub(super) fn source(&self) -> Source {
        Source::new(self.source_kind, self.source_id)
    }

    /// What it gives.
    pub(super) fn grant(&self) -> Grant {
        Grant {
            level: self.access_level,
            role: self.role_id.zip(self.role_name.clone()),
            expires_at: self.expires_at,
        }
    }
}

/// An address as a call names it.
pub(in crate::domain) struct Invited<'a> {
    /// As it was given.
    pub(in crate::domain) given: &'a str,
    /// In lower case.
    pub(in crate::domain) address: &'a str,
    /// Its row, if it has one.
    pub(in crate::domain) present: Option<&'a Present>,
}

/// The rows that these addresses, in lower case, have there; one statement.
pub(in crate::domain) async fn present(
    ctx: &Ctx,
    source: Source,
    addresses: &BTreeSet<String>,
) -> Result<Vec<Present>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let addresses: Vec<_> = addresses.iter().cloned().collect();
    let mut sql = ctx.conn().sql();
    let named = sql.any_word("m.email_norm", &addresses);
    let (kind, id) = (sql.bind(source.kind() as i32), sql.bind(source.id()));
    sql.push(format!(
        "SELECT {COLUMNS} FROM members m LEFT JOIN member_roles r ON r.id = m.member_role_id
          WHERE m.source_kind = {kind} AND m.source_id = {id} AND {named}"
    ));
    Ok(sql.all().await?)
}

/// What [`Present`] reads of a row `m` and its role `r`.
pub(super) const COLUMNS: &str =
    "m.id, m.source_kind, m.source_id, m.email_norm, m.user_id, m.access_level, m.state, m.expires_at,
                                  r.id AS role_id, r.name AS role_name, m.created_by_id, m.updated_at";

/// Invites an address, or changes what it is invited with; a mail goes out only for the first.
///
/// # Errors
/// `Faulty` for an address that is none or was answered, and for a row that breaks rules; `AboveOwn`; `Refused`.
pub(in crate::domain) async fn invite(
    ctx: &Ctx,
    tx: &WriteTx,
    facts: &Facts,
    invited: &Invited<'_>,
    new: &NewMember,
    role: Option<&RoleFacts>,
) -> Result<MemberId> {
    let Invited {
        given,
        address,
        present,
    } = *invited;
    if given.trim().is_empty() {
        return Err(fault("can't be blank", Code::Blank));
    }
    if !super::is_address(given) {
        return Err(fault("is invalid", Code::Invalid));
    }
    policy::invite(&facts.hand, &facts.place)?;
    if present.is_some_and(|present| present.user_id.is_some()) {
        return Err(taken());
    }
    if let Some(present) = present {
        policy::update_invitation(&facts.hand, &facts.place, present.access_level)?;
    }
    let draft = new.draft(facts, role, present.map(|present| present.access_level));
    let faults = validate::faults_of_invitation(facts, address, &draft);
    let wanted = new.wanted(facts, &draft, faults, address)?;
    match present {
        Some(present) => store::change(ctx, tx, facts, present, &wanted).await,
        None => store::create(ctx, tx, facts, address, &wanted).await,
    }
}

/// Somebody came by that address already, or another spelling of it is in the same call.
pub(in crate::domain) fn taken() -> Error {
    Error::Faulty(vec![Fault::new("user", "has already been taken", Code::AlreadyInvited)])
}

fn fault(text: &str, code: Code) -> Error {
    Error::Faulty(vec![Fault::new("invite_email", text, code)])
}

/// How many addresses were invited in the hierarchy today, whatever became of the invitations: taking one back makes no room.
pub(in crate::domain) async fn daily(ctx: &Ctx, root: NamespaceId) -> Result<u64> {
    let today = ctx.app.db.clock().today().and_time(NaiveTime::MIN).and_utc();
    journal::invited_since(ctx, root, today).await
}
