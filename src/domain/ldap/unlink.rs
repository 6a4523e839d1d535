//! Taking a directory link of a group away.

use super::Link;
use super::links::of_group;
use crate::domain::journal::{self, DirectoryHappening};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy;
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result, Thing};
use crate::types::{GroupId, LdapGroupLinkId, SourceKind};

/// Which of the links of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of that number.
    Id(LdapGroupLinkId),
    /// The one of that common name; without a provider the oldest, whichever directory it names.
    Cn {
        /// The name of the directory.
        provider: Option<String>,
        /// The common name.
        cn: String,
    },
    /// The one of that filter.
    Filter {
        /// The name of the directory.
        provider: String,
        /// The filter.
        filter: String,
    },
}

/// Takes a link away; answers it as it was. Nobody stops being a member by that before the next synchronisation, and without any link there is none.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for the group; `Forbidden` for others than owners; `NotFound(LdapLink)`.
pub async fn unlink(ctx: &Ctx, name: &Name, which: &Which) -> Result<Link> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_links(&facts.hand)?;
        let links = of_group(&ctx, GroupId(source.id())).await?;
        let link = links.into_iter().find(|link| which.is(link));
        let link = link.ok_or(Error::NotFound(Thing::LdapLink))?;
        let mut sql = tx.conn().sql();
        let id = sql.bind(link.id.0);
        sql.push(format!("DELETE FROM ldap_group_links WHERE id = {id}"));
        sql.run().await?;
        journal::record_directory(&ctx, &tx, &DirectoryHappening::Unlinked(&link), &facts.scene()).await?;
        Ok(link)
    })
    .await
}

impl Which {
    fn is(&self, link: &Link) -> bool {
        match self {
            Self::Id(id) => link.id == *id,
            Self::Cn { provider, cn } => {
                let names = |given: &Option<String>| given.as_ref().is_none_or(|given| *given == link.provider);
                names(provider) && link.cn.as_ref() == Some(cn)
            }
            Self::Filter { provider, filter } => link.provider == *provider && link.filter.as_ref() == Some(filter),
        }
    }
}
