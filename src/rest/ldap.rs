//! Links of groups with people of a directory.

use axum::http::{Method, StatusCode};

use super::answer::Answer;
use super::entities::LdapLink;
use super::error::Refusal;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::ldap::{self, NewLink, Which};
use crate::domain::standing::Name;
use crate::domain::{Error, Fault, Thing};
use crate::types::AccessLevel;

/// The calls for groups.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/groups/{id}/ldap_group_links";
    let unlinking = |below: &str, summary: &str| (format!("{all}{below}"), summary.to_owned());
    let (by_cn, by_cn_summary) = unlinking("/{cn}", "Remove a link by its name, whichever directory it names");
    let (by_both, by_both_summary) = unlinking("/{provider}/{cn}", "Remove a link by its directory and its name");
    vec![
        Endpoint::get(
            all,
            "List the directory links of a group",
            Shape::whole_list::<LdapLink>(),
            list,
        )
        .signed_in(),
        Endpoint::write(
            Method::POST,
            all,
            "Link a group with a group of a directory, or with a filter",
            Shape::one::<LdapLink>(),
            link,
        ),
        Endpoint::write(
            Method::DELETE,
            all,
            "Remove a link by its directory, and its name or filter",
            Shape::nothing(),
            unlink,
        ),
        Endpoint::write(Method::DELETE, by_cn, by_cn_summary, Shape::nothing(), unlink_cn),
        Endpoint::write(
            Method::DELETE,
            by_both,
            by_both_summary,
            Shape::nothing(),
            unlink_provider,
        ),
        Endpoint::write(
            Method::POST,
            "/groups/{id}/ldap_sync",
            "Have a group synchronised with its directory",
            Shape::one::<i32>(),
            sync,
        )
        .accepting(),
    ]
}

const GROUP: &str = "Number or full path, `/` written `%2F`.";
const CN: &str = "Common name of a group of the directory.";
const FILTER: &str = "An LDAP filter in brackets.";
const PROVIDER: &str = "Name of the directory, such as `ldapmain`.";

struct OfGroup {
    group: Name,
}

impl Params for OfGroup {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(GROUP),
        }
    }
}

async fn list(call: Call<OfGroup>) -> Result<Answer, Refusal> {
    let links = ldap::links(&call.ctx, &call.params.group).await?;
    if links.is_empty() {
        return Err(Error::NotFound(Thing::LdapLinks).into());
    }
    let links: Vec<_> = links.into_iter().map(LdapLink::from).collect();
    Answer::ok(&links)
}

struct Make {
    group: Name,
    new: NewLink,
}

impl Params for Make {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let (cn, filter) = (reader.text("cn", CN), reader.text("filter", FILTER));
        let level = "The level that the people get: 5, 10, 15, 20, 30, 40 or 50.";
        let access_level = reader.required_level("group_access", &AccessLevel::STORED, level);
        let provider = reader.required_text("provider", PROVIDER);
        let role = "Number of a custom role whose base level is the level.";
        let member_role_id = reader.integer("member_role_id", role);
        reader.exactly_one_of(&["cn", "filter"]);
        Self {
            group,
            new: NewLink {
                provider,
                cn,
                filter,
                // A level at fault is told before it is used.
                access_level: access_level.unwrap_or(AccessLevel::NoAccess),
                member_role_id,
            },
        }
    }
}

async fn link(call: Call<Make>) -> Result<Answer, Refusal> {
    let Make { group, new } = &call.params;
    match ldap::link(&call.ctx, group, new).await {
        Ok(link) => Answer::created(&LdapLink::from(link)),
        // Of several faults GitLab tells the first, as a conflict.
        Err(Error::Faulty(faults)) => {
            let first = faults.first().map(Fault::sentence).unwrap_or_default();
            Err(Error::Conflict(first).into())
        }
        Err(error) => Err(error.into()),
    }
}

struct Unlink {
    group: Name,
    which: Which,
}

impl Params for Unlink {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let (cn, filter) = (reader.text("cn", CN), reader.text("filter", FILTER));
        let provider = reader.required_text("provider", PROVIDER);
        reader.exactly_one_of(&["cn", "filter"]);
        let which = match filter {
            Some(filter) => Which::Filter { provider, filter },
            None => Which::Cn {
                provider: Some(provider),
                cn: cn.unwrap_or_default(),
            },
        };
        Self { group, which }
    }
}

struct UnlinkCn(Unlink);

impl Params for UnlinkCn {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let cn = reader.text("cn", CN).unwrap_or_default();
        let which = Which::Cn { provider: None, cn };
        Self(Unlink { group, which })
    }
}

struct UnlinkProvider(Unlink);

impl Params for UnlinkProvider {
    fn read(reader: &mut Reader) -> Self {
        let group = reader.source(GROUP);
        let provider = reader.text("provider", PROVIDER);
        let cn = reader.text("cn", CN).unwrap_or_default();
        let which = Which::Cn { provider, cn };
        Self(Unlink { group, which })
    }
}

async fn unlink(call: Call<Unlink>) -> Result<Answer, Refusal> {
    let Unlink { group, which } = &call.params;
    ldap::unlink(&call.ctx, group, which).await?;
    Ok(Answer::done())
}

async fn unlink_cn(call: Call<UnlinkCn>) -> Result<Answer, Refusal> {
    let (UnlinkCn(params), call) = call.take();
    unlink(call.with(params)).await
}

async fn unlink_provider(call: Call<UnlinkProvider>) -> Result<Answer, Refusal> {
    let (UnlinkProvider(params), call) = call.take();
    unlink(call.with(params)).await
}

async fn sync(call: Call<OfGroup>) -> Result<Answer, Refusal> {
    ldap::request(&call.ctx, &call.params.group).await?;
    Answer::accepted(&StatusCode::ACCEPTED.as_u16())
}
