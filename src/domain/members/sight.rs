//! What of a member this actor may see: addresses, identities, and the names of bots from elsewhere.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::FromQueryResult;

use super::{Member, Of, SamlIdentity};
use crate::domain::users::hide_bot_names;
use crate::domain::{Ctx, Page, Result, standing};
use crate::types::{AccessLevel, GroupId, NamespaceId, Source, UserId};

/// Takes out of each page what the actor may not see, and adds the identities that the actor may.
pub(super) async fn veil(ctx: &Ctx, sources: &[Of<'_>], pages: &mut [Page<Member>]) -> Result<()> {
    let known = sources.iter().filter_map(|of| match of {
        Of::Group(group) => Some((group.id, group.level)),
        Of::Project(_) => None,
    });
    let mut members = members_of(pages);
    hide_emails(ctx, &known.collect(), &mut members).await?;
    add_identities(ctx, &mut members).await?;
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
    hide_bot_names(ctx, from_elsewhere.into_iter()).await
}

/// The same for rows that stand in no list of a group or project.
pub(super) async fn veil_alone(ctx: &Ctx, members: &mut [&mut Member]) -> Result<()> {
    hide_emails(ctx, &HashMap::new(), members).await?;
    add_identities(ctx, members).await?;
    hide_bot_names(ctx, members.iter_mut().map(|member| &mut member.user)).await
}

fn members_of(pages: &mut [Page<Member>]) -> Vec<&mut Member> {
    let rows = pages.iter_mut().flat_map(|page| &mut page.items);
    rows.map(|(_, member)| member).collect()
}

/// Leaves the addresses to administrators and, of the accounts that a top-level group owns, to its owners, with rows of its hierarchy.
async fn hide_emails(ctx: &Ctx, known: &HashMap<GroupId, AccessLevel>, members: &mut [&mut Member]) -> Result<()> {
    let owned = owned_houses(ctx, known, members).await?;
    for member in members {
        let of_the_house = house(member).is_some_and(|group| owned.contains(&group));
        if !ctx.actor.is_admin() && !of_the_house {
            member.user.email = None;
        }
        if let Some(creator) = &mut member.created_by {
            creator.email = None;
        }
    }
    Ok(())
}

/// The top-level group that owns the account, when the row is of its hierarchy.
fn house(member: &Member) -> Option<GroupId> {
    let owner = member.user.enterprise_group_id?;
    (NamespaceId::of_group(owner) == member.source_root).then_some(owner)
}

/// The top-level groups that own somebody among the members, and that the actor is an owner of.
async fn owned_houses(
    ctx: &Ctx,
    known: &HashMap<GroupId, AccessLevel>,
    members: &[&mut Member],
) -> Result<HashSet<GroupId>> {
    if ctx.actor.is_admin() {
        return Ok(HashSet::new());
    }
    let houses: BTreeSet<GroupId> = members.iter().filter_map(|member| house(member)).collect();
    let (at_hand, others): (Vec<_>, Vec<_>) = houses.into_iter().partition(|group| known.contains_key(group));
    let is_owned = |group: &GroupId| known.get(group) == Some(&AccessLevel::Owner);
    let mut owned: HashSet<GroupId> = at_hand.into_iter().filter(is_owned).collect();
    if !others.is_empty() {
        let groups = standing::groups(ctx, others).await?.into_iter();
        let groups = groups.filter(|group| group.level == AccessLevel::Owner);
        owned.extend(groups.map(|group| group.id));
    }
    Ok(owned)
}

/// Rows of a group that has a SAML provider carry the user's identity there, for its owners.
async fn add_identities(ctx: &Ctx, members: &mut [&mut Member]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        user_id: UserId,
        extern_uid: String,
        saml_provider_id: i64,
    }
    let mut providers: HashMap<GroupId, i64> = HashMap::new();
    for member in members.iter() {
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
    let users = sql.any_of("i.user_id", members.iter().map(|member| member.user.id.0));
    sql.push(format!(
        "SELECT i.user_id, i.extern_uid, i.saml_provider_id FROM user_identities i
          WHERE i.provider = 'group_saml' AND {wanted} AND {users} ORDER BY i.id"
    ));
    let rows: Vec<Row> = sql.all().await?;
    for member in members {
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
