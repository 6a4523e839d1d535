//! Adding, changing and removing members, and freeing them from the directory.

use axum::http::Method;
use chrono::NaiveDate;

use super::{SOURCE, USER, words};
use crate::domain::invitations::is_address;
use crate::domain::listed;
use crate::domain::members::{self, Added, MemberChange, NewMember, Removal, Several, Via, Whom};
use crate::domain::standing::{self, Name};
use crate::rest::answer::Answer;
use crate::rest::entities;
use crate::rest::error::Refusal;
use crate::rest::params::{Names, Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;
use crate::types::{Patch, SourceKind};

/// The calls for groups and for projects, and those that only groups have.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let both = [SourceKind::Group, SourceKind::Project].into_iter().flat_map(of);
    both.chain(overrides()).collect()
}

fn of(kind: SourceKind) -> [Endpoint; 3] {
    let (folder, noun) = words(kind);
    let one = format!("/{folder}/{{id}}/members/{{user_id}}");
    [
        Endpoint::write(
            Method::POST,
            format!("/{folder}/{{id}}/members"),
            format!("Add a member to a {noun}, or several"),
            Shape::one::<entities::Member>().or::<entities::Several>(),
            move |call| add(call, kind),
        ),
        Endpoint::write(
            Method::PUT,
            one.clone(),
            format!("Change a direct member of a {noun}"),
            Shape::one::<entities::Member>(),
            move |call| edit(call, kind),
        ),
        Endpoint::write(
            Method::DELETE,
            one,
            format!("Remove a direct member from a {noun}"),
            Shape::nothing(),
            move |call| remove(call, kind),
        ),
    ]
}

fn overrides() -> [Endpoint; 2] {
    let path = "/groups/{id}/members/{user_id}/override";
    [
        Endpoint::write(
            Method::POST,
            path,
            "Free the level of a group's member from LDAP",
            Shape::one::<entities::Member>(),
            set_override,
        ),
        Endpoint::write(
            Method::DELETE,
            path,
            "Bind the level of a group's member to LDAP again",
            Shape::one::<entities::Member>(),
            unset_override,
        ),
    ]
}

const LEVEL: &str = "The level: 5 in top-level groups, 10, 15, 20, 30, 40 or 50.";
pub(in crate::rest) const EXPIRES_AT: &str = "The day from which on the membership no longer counts; blank for none.";
pub(in crate::rest) const ROLE: &str = "Number of a custom role whose base level is the level; blank for none.";

/// A level that is there and blank is a number that is no level: the row does not validate.
const NO_LEVEL: i64 = 0;

struct Add {
    source: Name,
    whom: Whose,
    new: NewMember,
}

/// Who is named, by what.
enum Whose {
    Ids(Names),
    Usernames(Names),
}

impl Params for Add {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let access_level = reader.required_integer("access_level", LEVEL);
        let ids = reader.names("user_id", "Number of the user, or several with commas between.");
        let usernames = reader.names("username", "Name of the user, or several with commas between.");
        let either = ["user_id", "username"];
        reader.mutually_exclusive(&either);
        reader.at_least_one_of(&either);
        let expires_at = reader.date_patch("expires_at", EXPIRES_AT);
        let invite_source = reader.text("invite_source", "What the user was added with; recorded only.");
        let member_role_id = reader.integer("member_role_id", ROLE);
        let whom = match (ids, usernames) {
            (_, Some(names)) => Whose::Usernames(names),
            (Some(ids), None) => Whose::Ids(ids),
            (None, None) => Whose::Ids(Names::Several(Vec::new())),
        };
        let invite_source = invite_source.filter(|text| !text.is_empty());
        Self {
            source,
            whom,
            new: NewMember {
                access_level: access_level.unwrap_or(NO_LEVEL),
                expires_at: given(expires_at),
                member_role_id,
                invite_source: Some(invite_source.unwrap_or_else(|| "members-api".to_owned())),
                via: Via::Members,
            },
        }
    }
}

fn given(day: Patch<NaiveDate>) -> Option<NaiveDate> {
    day.value().copied()
}

async fn add(call: Call<Add>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, Add { source, whom, new }) = (&call.ctx, &call.params);
    let (several, by_name) = match whom {
        Whose::Ids(Names::One(id)) => return add_one(&call, kind, &by_number(id)).await,
        Whose::Usernames(Names::One(name)) => return add_one(&call, kind, &Whom::Username(name.clone())).await,
        Whose::Ids(Names::Several(ids)) => (ids.iter().map(|id| by_number(id)).collect(), false),
        Whose::Usernames(Names::Several(names)) => (names.iter().cloned().map(Whom::Username).collect(), true),
    };
    let several = members::once(several);
    let tried = members::add_several(ctx, kind, source, &several, new).await?;
    // Numbers of nobody are passed over; of user names, somebody's must be left.
    let nobody = several.is_empty() || (by_name && tried.is_nobody());
    let said = match tried {
        Several::TooMany => {
            entities::Several::refused("Too many users specified (limit is 100)", "too_many_invites_error")
        }
        Several::TooManyToday(most) => entities::Several::over_daily_limit(most),
        Several::Tried(_) if nobody => entities::Several::refused("No users specified.", "blank_invites_error"),
        Several::Tried(added) => match problems(&added) {
            problems if problems.is_empty() => entities::Several::success(),
            problems => entities::Several::error(listed(&problems)),
        },
    };
    Answer::created(&said)
}

async fn add_one(call: &Call<Add>, kind: SourceKind, whom: &Whom) -> Result<Answer, Refusal> {
    let ctx = &call.ctx;
    let member = members::add(ctx, kind, &call.params.source, whom, &call.params.new).await?;
    Answer::created(&entities::Member::new(member, None, &ctx.app.external_url))
}

/// Among several numbers an address can be invited. What else is no number is nobody's.
fn by_number(text: &str) -> Whom {
    match text.parse() {
        Ok(number) => Whom::Id(number),
        Err(_) if is_address(text) => Whom::Email(text.to_owned()),
        Err(_) => Whom::Id(0),
    }
}

/// One part for each who failed: the user's name, and what is wrong.
fn problems(added: &[Added]) -> Vec<String> {
    let of_one = |one: &Added| {
        let problems = one.outcome.as_ref().err()?;
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.clone()).collect();
        Some(format!("{}: {}", one.name, listed(&messages)))
    };
    added.iter().filter_map(of_one).collect()
}

struct Edit {
    source: Name,
    user: i64,
    change: MemberChange,
}

impl Params for Edit {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let user = reader.integer("user_id", USER).unwrap_or_default();
        let access_level = reader.required_integer("access_level", LEVEL);
        Self {
            source,
            user,
            change: MemberChange {
                access_level: Some(access_level.unwrap_or(NO_LEVEL)),
                expires_at: reader.date_patch("expires_at", EXPIRES_AT),
                member_role_id: reader.integer_patch("member_role_id", ROLE),
            },
        }
    }
}

async fn edit(call: Call<Edit>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, Edit { source, user, change }) = (&call.ctx, &call.params);
    let member = members::update(ctx, kind, source, *user, change).await?;
    Answer::ok(&entities::Member::new(member, None, &ctx.app.external_url))
}

struct Remove {
    source: Name,
    user: i64,
    skip_subresources: bool,
}

impl Params for Remove {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let user = reader.integer("user_id", USER).unwrap_or_default();
        let skip_subresources = reader.flag_or(
            "skip_subresources",
            false,
            "Keeps the user's rows in what lies below, and the invitations that the user sent.",
        );
        reader.flag_or(
            "unassign_issuables",
            false,
            "Taken, and without effect: there are no issues here.",
        );
        Self {
            source,
            user,
            skip_subresources,
        }
    }
}

async fn remove(call: Call<Remove>, kind: SourceKind) -> Result<Answer, Refusal> {
    let Remove {
        source,
        user,
        skip_subresources,
    } = call.params;
    let removal = Removal {
        skip_subresources,
        unmodified_since: call.unmodified_since,
    };
    if call.pace.counts_removals() {
        let place = standing::find(&call.ctx, kind, &source).await?;
        call.pace.remove_member(place.source())?;
    }
    members::remove(&call.ctx, kind, &source, user, &removal).await?;
    Ok(Answer::done())
}

async fn set_override(call: Call<super::Single>) -> Result<Answer, Refusal> {
    Answer::created(&overridden(&call, true).await?)
}

async fn unset_override(call: Call<super::Single>) -> Result<Answer, Refusal> {
    Answer::ok(&overridden(&call, false).await?)
}

async fn overridden(call: &Call<super::Single>, overridden: bool) -> Result<entities::Member, Refusal> {
    let (ctx, super::Single { source, user }) = (&call.ctx, &call.params);
    let member = members::set_override(ctx, SourceKind::Group, source, *user, overridden).await?;
    Ok(entities::Member::new(member, None, &ctx.app.external_url))
}
