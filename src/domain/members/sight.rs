//! What of a member this actor may see: addresses, identities, and the names of bots from elsewhere.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::FromQueryResult;

use super::{Member, Of, SamlIdentity};
use crate::domain::users::hide_bot_names;
use crate::domain::{Ctx, Page, Result, standing};
use crate::types::{AccessLevel, GroupId, NamespaceId, Source, UserId};

/// Takes out of each page what the actor may not see, and adds the identities that the actor may.
pub(super) async fn veil(ctx: &Ctx, sources: &[Of<'_>], pages: &mut [Page<Member>]) -> Result<()> {
    let owned = owned_roots(ctx, sources, pages).await?;
    for member in pages
        .iter_mut()
        .flat_map(|page| &mut page.items)
        .map(|(_, member)| member)
    {
        let of_the_house = member
            .user
            .enterprise_group_id
            .is_some_and(|group| NamespaceId::of_group(group) == member.source_root && owned.contains(&group));
        if !ctx.actor.is_admin() && !of_the_house {
            member.user.email = None;
        }
        if let Some(creator) = &mut member.created_by {
            creator.email = None;
        }
    }
    // A bot whose row lies on the asked source itself is seen there.
    let mut from_elsewhere = Vec::new();
    for (of, page) in sources.iter().zip(pages.iter_mut()) {
        let members = page.items.iter_mut().map(|(_, member)| member);
        from_elsewhere.extend(
            members
                .filter(|member| member.source != of.source())
                .map(|member| &mut member.user),
        );
    }
    hide_bot_names(ctx, from_elsewhere.into_iter()).await?;
    add_identities(ctx, pages).await
}

/// The top-level groups that own somebody on the pages, and that the actor is an owner of.
async fn owned_roots(ctx: &Ctx, sources: &[Of<'_>], pages: &[Page<Member>]) -> Result<HashSet<GroupId>> {
    if ctx.actor.is_admin() {
        return Ok(HashSet::new());
    }
    let mut owned = HashSet::new();
    let mut asked = BTreeSet::new();
    for (of, page) in sources.iter().zip(pages) {
        for (_, member) in &page.items {
            let Some(group) = member.user.enterprise_group_id else {
                continue;
            };
            if NamespaceId::of_group(group) != member.source_root {
                continue;
            }
            match of {
                Of::Group(source) if source.id == group => {
                    if source.level == AccessLevel::Owner {
                        owned.insert(group);
                    }
                }
                _ => {
                    asked.insert(group);
                }
            }
        }
    }
    if !asked.is_empty() {
        let groups = standing::groups(ctx, asked).await?;
        owned.extend(
            groups
                .into_iter()
                .filter(|group| group.level == AccessLevel::Owner)
                .map(|group| group.id),
        );
    }
    Ok(owned)
}

/// Rows of a group that has a SAML provider carry the user's identity there, for its owners.
async fn add_identities(ctx: &Ctx, pages: &mut [Page<Member>]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        user_id: UserId,
        extern_uid: String,
        saml_provider_id: i64,
    }
    let mut providers: HashMap<GroupId, i64> = HashMap::new();
    for (_, member) in pages.iter().flat_map(|page| &page.items) {
        if let (Source::Group(group), Some(provider)) = (member.source, member.saml_provider) {
            providers.insert(group, provider);
        }
    }
    if providers.is_empty() {
        return Ok(());
    }
    let groups = standing::groups(ctx, providers.keys().copied()).await?;
    let owned: HashSet<GroupId> = groups
        .into_iter()
        .filter(|group| group.owned_by(&ctx.actor))
        .map(|group| group.id)
        .collect();
    providers.retain(|group, _| owned.contains(group));
    if providers.is_empty() {
        return Ok(());
    }
    let mut sql = ctx.conn().sql();
    let wanted = sql.any_of("i.saml_provider_id", providers.values().copied());
    let users = pages
        .iter()
        .flat_map(|page| &page.items)
        .map(|(_, member)| member.user.id.0);
    let users = sql.any_of("i.user_id", users);
    sql.push(format!(
        "SELECT i.user_id, i.extern_uid, i.saml_provider_id FROM user_identities i
          WHERE i.provider = 'group_saml' AND {wanted} AND {users} ORDER BY i.id"
    ));
    let rows: Vec<Row> = sql.all().await?;
    for (_, member) in pages.iter_mut().flat_map(|page| &mut page.items) {
        let Source::Group(group) = member.source else { continue };
        let Some(provider) = providers.get(&group) else {
            continue;
        };
        let identity = rows
            .iter()
            .find(|row| row.user_id == member.user.id && row.saml_provider_id == *provider);
        member.saml_identity = Some(identity.map(|row| SamlIdentity {
            extern_uid: row.extern_uid.clone(),
            saml_provider_id: row.saml_provider_id,
        }));
    }
    Ok(())
}
