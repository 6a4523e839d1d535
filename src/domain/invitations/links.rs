//! The links of invitations. A token is told once, in a mail; the database keeps its digest.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;
use subtle::ConstantTimeEq as _;

use crate::db::WriteTx;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{MemberId, Secret, digest};

/// The pending invitation that a token leads to.
///
/// # Errors
/// `NotFound(InvitationLink)` when there is none, or none any more.
pub(super) async fn follow(ctx: &Ctx, token: &str) -> Result<MemberId> {
    #[derive(FromQueryResult)]
    struct Link {
        digest: Vec<u8>,
        member_id: MemberId,
    }
    let shown = digest(token);
    let mut sql = ctx.conn().sql();
    let bound = sql.bind(shown.clone());
    sql.push(format!(
        "SELECT t.digest, t.member_id FROM invitation_tokens t JOIN members m ON m.id = t.member_id
          WHERE t.digest = {bound} AND m.user_id IS NULL AND m.invite_email IS NOT NULL"
    ));
    let link: Option<Link> = sql.one().await?;
    // How long this takes must not tell how much of a guess was right.
    let link = link.filter(|link| bool::from(link.digest.ct_eq(&shown)));
    link.map(|link| link.member_id)
        .ok_or(Error::NotFound(Thing::InvitationLink))
}

/// A link that was just made, and what its mail needs to know.
pub(in crate::domain) struct Minted {
    /// The token. It is told here and never again.
    pub(in crate::domain) token: Secret,
    /// The invited address.
    pub(in crate::domain) address: String,
    /// The day on which invitation and membership end.
    pub(in crate::domain) expires_at: Option<NaiveDate>,
}

/// Makes a link to an invitation, unless it was answered by now, is gone, or is over: whether its last day will do is `on_last_day`. Earlier links
/// stay good.
pub(in crate::domain) async fn mint(tx: &WriteTx, invitation: MemberId, on_last_day: bool) -> Result<Option<Minted>> {
    #[derive(FromQueryResult)]
    struct Pending {
        invite_email: String,
        expires_at: Option<NaiveDate>,
    }
    let token = Secret::random();
    let mut sql = tx.conn().sql();
    let (digest, now, id) = (sql.bind(token.digest()), sql.bind(tx.now()), sql.bind(invitation.0));
    let (today, ends) = (sql.dialect().today(), if on_last_day { ">=" } else { ">" });
    sql.push(format!(
        "INSERT INTO invitation_tokens (digest, member_id, created_at)
         SELECT {digest}, m.id, {now} FROM members m
          WHERE m.id = {id} AND m.user_id IS NULL AND m.invite_email IS NOT NULL AND (m.expires_at IS NULL OR m.expires_at {ends} {today})"
    ));
    if sql.run().await? == 0 {
        return Ok(None);
    }
    let mut sql = tx.conn().sql();
    let id = sql.bind(invitation.0);
    sql.push(format!("SELECT invite_email, expires_at FROM members WHERE id = {id}"));
    let pending: Option<Pending> = sql.one().await?;
    Ok(pending.map(|pending| Minted {
        token,
        address: pending.invite_email,
        expires_at: pending.expires_at,
    }))
}

/// Makes every link to the invitation worthless.
pub(super) async fn void(tx: &WriteTx, invitation: MemberId) -> Result<()> {
    let mut sql = tx.conn().sql();
    let id = sql.bind(invitation.0);
    sql.push(format!("DELETE FROM invitation_tokens WHERE member_id = {id}"));
    sql.run().await?;
    Ok(())
}
