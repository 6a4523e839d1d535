//! One run: the directory is read to its end, and only then the group is changed, in one transaction.

use super::apply::apply;
use super::claim::{Claim, fail, give_back};
use super::links::of_group;
use super::{Asked, Link, Report};
use crate::db::Lock;
use crate::domain::{Ctx, Result};
use crate::types::{SyncState, normal_dn};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The members are those whom the directory names.
    Done(Report),
    /// The directory could not be read: why. Nobody was changed.
    Failed(String),
    /// The links were changed meanwhile, and it waits to be run once more.
    Again,
}

/// What a directory said to the links of a group.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The name of the directory.
    pub(super) provider: String,
    /// Every link that was read, with the normal forms of the distinguished names that it names.
    pub(super) named: Vec<(Link, Vec<String>)>,
}

/// Makes the members of a group those whom the directory names.
///
/// Links of a directory that this process does not know are passed over, and so are the people known to it alone.
///
/// # Errors
/// `Conflict` when the claim was lost; those of the database. Either way nobody was changed.
pub async fn sync(ctx: &Ctx, claim: &Claim) -> Result<Outcome> {
    ctx.require_system()?;
    let links = of_group(ctx, claim.group).await?;
    if links.is_empty() {
        return without_links(ctx, claim).await;
    }
    let reading = match read(ctx, links).await {
        Ok(reading) => reading,
        Err(reason) => {
            fail(ctx, claim, &reason).await?;
            return Ok(Outcome::Failed(reason));
        }
    };
    let applied = ctx.write(Lock::Root(claim.root), |ctx, tx| {
        let reading = &reading;
        async move { apply(&ctx, &tx, claim, reading).await }
    });
    if let Some(report) = applied.await? {
        return Ok(Outcome::Done(report));
    }
    give_back(ctx, claim).await?;
    Ok(Outcome::Again)
}

/// A group without links is not synced any more.
async fn without_links(ctx: &Ctx, claim: &Claim) -> Result<Outcome> {
    let ended = ctx.write(Lock::Root(claim.root), |_, tx| async move {
        claim.end(&tx, SyncState::Ready, None).await
    });
    ended.await?;
    Ok(Outcome::Done(Report::default()))
}

/// Asks the directory for everybody, or says why that is not possible.
async fn read(ctx: &Ctx, links: Vec<Link>) -> std::result::Result<Reading, String> {
    let directory = ctx.app.directory.as_ref();
    let directory = directory.ok_or_else(|| "No directory is set up".to_owned())?;
    let provider = directory.provider().to_owned();
    let known: Vec<_> = links.into_iter().filter(|link| link.provider == provider).collect();
    if known.is_empty() {
        return Err(format!("No link names the directory {provider}, and there is no other"));
    }
    let people = directory.people(known.iter().map(asked).collect()).await;
    let people = people.map_err(|unread| unread.to_string())?;
    if people.len() != known.len() {
        return Err("The directory left questions open".to_owned());
    }
    let normal = |people: Vec<String>| people.iter().map(|name| normal_dn(name)).collect();
    let named = known.into_iter().zip(people.into_iter().map(normal)).collect();
    Ok(Reading { provider, named })
}

fn asked(link: &Link) -> Asked {
    match &link.filter {
        Some(filter) => Asked::Filter(filter.clone()),
        None => Asked::Cn(link.cn.clone().unwrap_or_default()),
    }
}

impl Reading {
    /// Whether the links are those that were read: what they named may be another thing otherwise.
    pub(super) fn is_of(&self, links: &[Link]) -> bool {
        let known = links.iter().filter(|link| link.provider == self.provider);
        known
            .map(Link::terms)
            .eq(self.named.iter().map(|(link, _)| link.terms()))
    }
}
