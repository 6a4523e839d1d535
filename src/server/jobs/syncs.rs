//! The synchronisation of groups with their directory: every replica takes those that are asked for, one after the other.

use super::{Health, LONGEST_PAUSE, LOOK_EVERY, Stopped, apart, until};
use crate::domain::Ctx;
use crate::domain::ldap::{self, Claim, Outcome};

const JOB: &str = "sync_ldap_groups";

/// Looks once a second for a group that is asked for. One that is under way at the end is left to others.
pub(super) async fn keep_syncing(ctx: Ctx, mut stopped: Stopped) {
    let mut health = Health::of(JOB);
    let mut pause = LOOK_EVERY;
    while !*stopped.borrow() {
        let claimed = {
            let ctx = ctx.clone();
            apart(async move { ldap::claim_next(&ctx).await }).await
        };
        health.note(&claimed);
        pause = match claimed {
            Ok(Some(claim)) => {
                tokio::select! {
                    () = sync(&ctx, &claim) => {}
                    () = until(&mut stopped) => {
                        // What was done is done as a whole or not at all; done, nothing is given back.
                        let _ = ldap::give_back(&ctx, &claim).await;
                    }
                }
                continue;
            }
            Ok(None) => LOOK_EVERY,
            Err(_) => LONGEST_PAUSE.min(pause * 2),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = until(&mut stopped) => {}
        }
    }
}

async fn sync(ctx: &Ctx, claim: &Claim) {
    let outcome = {
        let (ctx, claim) = (ctx.clone(), claim.clone());
        apart(async move { ldap::sync(&ctx, &claim).await }).await
    };
    let group = claim.group.0;
    let word = match outcome {
        Ok(Outcome::Done(report)) => {
            let rows = report.rows();
            if rows > 0 {
                tracing::info!(
                    job = JOB,
                    group.id = group,
                    rows,
                    "group {group} was synchronised: {rows} rows"
                );
            }
            for user in report.spared {
                let user = user.0;
                tracing::warn!(
                    job = JOB,
                    group.id = group,
                    user.id = user,
                    "user {user} stays the last owner of group {group} against the directory"
                );
            }
            "done"
        }
        Ok(Outcome::Failed(error)) => {
            tracing::warn!(
                job = JOB,
                group.id = group,
                error,
                "group {group} was not synchronised: {error}"
            );
            "failed"
        }
        Ok(Outcome::Again) => "again",
        Err(error) => {
            tracing::error!(
                job = JOB,
                group.id = group,
                error,
                "group {group} could not be synchronised: {error}"
            );
            // If not even that can be stored, it counts as failed in an hour.
            let (ctx, claim) = (ctx.clone(), claim.clone());
            let _ = apart(async move { ldap::fail(&ctx, &claim, "The synchronisation broke off").await }).await;
            "failed"
        }
    };
    metrics::counter!("roster_ldap_syncs_total", "outcome" => word).increment(1);
}
