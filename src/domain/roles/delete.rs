//! Removing custom roles.

use super::{Filter, Role, find};
use crate::db::WriteTx;
use crate::domain::journal::{self, RoleHappening};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy::{self, Reason};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{MemberRoleId, SourceKind};

/// Removes the role of that number from the group; answers it as it was. Links that carry it lose it.
///
/// # Errors
/// `NotFound` for the group; `Forbidden` for others than its owners; `NotFound(MemberRole)` for one that the group has not; `Refused` with
/// `RoleInUse` while a membership or an invitation has it.
pub async fn delete(ctx: &Ctx, group: &Name, role: i64) -> Result<Role> {
    let (source, lock) = seen(ctx, SourceKind::Group, group).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_roles(&facts.hand)?;
        let filter = Filter {
            groups: Some(vec![source.id()]),
            ids: Some(vec![role]),
        };
        let role = find::all(&ctx, &filter).await?.pop();
        let role = role.ok_or(Error::NotFound(Thing::MemberRole))?;
        // Whoever gives it holds the same lock.
        if is_held(&ctx, role.id).await? {
            return Err(Error::Refused(Reason::RoleInUse));
        }
        remove(&tx, role.id).await?;
        journal::record_role(&ctx, &tx, RoleHappening::Deleted, &facts.scene(), &role).await?;
        Ok(role)
    })
    .await
}

/// Whether any row has it, be it one that waits, has ended, or is an invitation.
async fn is_held(ctx: &Ctx, role: MemberRoleId) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let role = sql.bind(role.0);
    sql.push(format!(
        "SELECT COUNT(*) FROM members m WHERE m.member_role_id = {role}"
    ));
    Ok(sql.number().await? > 0)
}

async fn remove(tx: &WriteTx, role: MemberRoleId) -> Result<()> {
    let mut sql = tx.conn().sql();
    let role = sql.bind(role.0);
    sql.push(format!("DELETE FROM member_roles WHERE id = {role}"));
    sql.run().await?;
    Ok(())
}
