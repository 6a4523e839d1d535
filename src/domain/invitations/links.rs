//! The links of invitations. A token is told once, in a mail; the database keeps its digest.

use rand::Rng;
use rand::distr::Alphanumeric;
use sea_orm::FromQueryResult;
use subtle::ConstantTimeEq as _;

use crate::db::WriteTx;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{MemberId, digest};

/// Characters of a token: 190 random bits.
const LENGTH: usize = 32;

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

/// Makes a link to each of the invitations that are pending still; answers their tokens. Earlier links stay good.
pub(in crate::domain) async fn mint(tx: &WriteTx, invitations: &[MemberId]) -> Result<Vec<(MemberId, String)>> {
    #[derive(FromQueryResult)]
    struct Pending {
        id: MemberId,
    }
    let mut minted = Vec::with_capacity(invitations.len());
    for invitation in invitations {
        let token = new_token();
        let mut sql = tx.conn().sql();
        let (digest, now, id) = (sql.bind(digest(&token)), sql.bind(tx.now()), sql.bind(invitation.0));
        sql.push(format!(
            "INSERT INTO invitation_tokens (digest, member_id, created_at)
             SELECT {digest}, m.id, {now} FROM members m WHERE m.id = {id} AND m.user_id IS NULL AND m.invite_email IS NOT NULL
             RETURNING member_id AS id"
        ));
        let pending: Option<Pending> = sql.one().await?;
        minted.extend(pending.map(|pending| (pending.id, token)));
    }
    Ok(minted)
}

/// Makes every link to the invitation worthless.
pub(super) async fn void(tx: &WriteTx, invitation: MemberId) -> Result<()> {
    let mut sql = tx.conn().sql();
    let id = sql.bind(invitation.0);
    sql.push(format!("DELETE FROM invitation_tokens WHERE member_id = {id}"));
    sql.run().await?;
    Ok(())
}

fn new_token() -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(LENGTH);
    random.map(char::from).collect()
}
