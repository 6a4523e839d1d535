//! Invitations by e-mail.

use axum::http::Method;

use super::answer::Answer;
use super::entities::{self, Invited};
use super::error::Refusal;
use super::members::change::{EXPIRES_AT, ROLE};
use super::members::{SOURCE, words};
use super::page::Numbered;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::Error;
use crate::domain::invitations::{self, Filter, Named, Order, is_address};
use crate::domain::members::{self, MemberChange, NewMember, Several, Via, Whom};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::policy::Reason;
use crate::domain::standing::{self, Name};
use crate::types::{AccessLevel, SourceKind};

/// The calls for groups and for projects.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [SourceKind::Group, SourceKind::Project]
        .into_iter()
        .flat_map(of)
        .collect()
}

fn of(kind: SourceKind) -> [Endpoint; 4] {
    let (folder, noun) = words(kind);
    let all = format!("/{folder}/{{id}}/invitations");
    let one = format!("{all}/{{email}}");
    [
        Endpoint::get(
            all.clone(),
            format!("List the invitations to a {noun} that are not accepted"),
            Shape::list::<entities::Invitation>(),
            move |call| list(call, kind),
        )
        .signed_in(),
        Endpoint::write(
            Method::POST,
            all,
            format!("Invite people to a {noun}; those who have an account become members at once"),
            Shape::one::<Invited>(),
            move |call| invite(call, kind),
        ),
        Endpoint::write(
            Method::PUT,
            one.clone(),
            format!("Change an invitation to a {noun}"),
            Shape::one::<entities::Invitation>(),
            move |call| update(call, kind),
        ),
        Endpoint::write(
            Method::DELETE,
            one,
            format!("Take an invitation to a {noun} back"),
            Shape::nothing(),
            move |call| revoke(call, kind),
        ),
    ]
}

const EMAIL: &str = "The invited address.";
const LEVEL: &str = "The level of the membership.";

struct List {
    source: Name,
    filter: Filter,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            filter: Filter {
                search: reader.text("query", "Only the invitation of this address: the whole of it."),
                state: None,
            },
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, List { source, filter, page }) = (&call.ctx, &call.params);
    let source = standing::find(ctx, kind, source).await?;
    let rows = invitations::page(ctx, source.of(), filter, Order::default(), &page.window()).await?;
    let total = page
        .total(&rows, invitations::count(ctx, source.of(), filter, COUNT_LIMIT))
        .await?;
    let headers = page.headers(&call.address, &rows, total);
    let entities: Vec<_> = rows.into_rows().into_iter().map(entities::Invitation::from).collect();
    Ok(Answer::ok(&entities)?.with(headers))
}

struct Invite {
    source: Name,
    whom: Vec<Whom>,
    new: NewMember,
}

impl Params for Invite {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let access_level = reader.required_level("access_level", &AccessLevel::STORED, LEVEL);
        let addresses = reader.words("email", "Addresses to invite, at most 100 together with the numbers.");
        if !addresses.iter().all(|address| is_address(address)) {
            reader.fault("email contains an invalid email address");
        }
        let numbers = reader.words("user_id", "Numbers of users to make members.");
        let expires_at = reader.date_patch("expires_at", EXPIRES_AT);
        let invite_source = reader.text("invite_source", "What people were invited with; recorded only.");
        let member_role_id = reader.integer("member_role_id", ROLE);
        // What is no number is nobody's.
        let by_number = |text: String| Whom::Id(text.parse().unwrap_or(0));
        let whom = addresses.into_iter().map(Whom::Email);
        let invite_source = invite_source.filter(|text| !text.is_empty());
        Self {
            source,
            whom: whom.chain(numbers.into_iter().map(by_number)).collect(),
            new: NewMember {
                access_level: access_level.map_or(0, |level| level.number().into()),
                expires_at: expires_at.value().copied(),
                member_role_id,
                invite_source: Some(invite_source.unwrap_or_else(|| "invitations-api".to_owned())),
                via: Via::Invitations,
            },
        }
    }
}

async fn invite(call: Call<Invite>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, Invite { source, whom, new }) = (&call.ctx, call.params);
    if whom.is_empty() {
        return Err(Refusal::BadRequest(
            "Must provide either email or user_id as a parameter",
        ));
    }
    let whom = members::once(whom);
    let said = match members::add_several(ctx, kind, &source, &whom, &new).await {
        Ok(Several::TooMany) => Invited::refused(
            format!("Too many users specified (limit is {})", members::MOST),
            "too_many_invites_error",
        ),
        Ok(Several::TooManyToday(most)) => Invited::refused(
            format!("Invite limit of {most} per day exceeded."),
            "too_many_invites_error",
        ),
        Ok(Several::Tried(added)) => Invited::tried(&whom, &added),
        Err(Error::Refused(reason @ Reason::MembershipLocked)) => {
            Invited::refused(reason.text().to_owned(), "membership_locked_error")
        }
        Err(error) => return Err(error.into()),
    };
    Answer::created(&said)
}

fn named(reader: &mut Reader) -> Named {
    Named::Address(reader.text("email", EMAIL).unwrap_or_default())
}

struct Update {
    source: Name,
    email: Named,
    change: MemberChange,
}

impl Params for Update {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let email = named(reader);
        let access_level = reader.listed_level("access_level", &AccessLevel::GRANTING, LEVEL);
        Self {
            source,
            email,
            change: MemberChange {
                access_level: access_level.map(|level| level.number().into()),
                expires_at: reader.date_patch("expires_at", EXPIRES_AT),
                member_role_id: reader.integer_patch("member_role_id", ROLE),
            },
        }
    }
}

async fn update(call: Call<Update>, kind: SourceKind) -> Result<Answer, Refusal> {
    let Update { source, email, change } = &call.params;
    let invitation = invitations::update(&call.ctx, kind, source, email, change).await?;
    Answer::ok(&entities::Invitation::from(invitation))
}

struct Revoke {
    source: Name,
    email: Named,
}

impl Params for Revoke {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            email: named(reader),
        }
    }
}

async fn revoke(call: Call<Revoke>, kind: SourceKind) -> Result<Answer, Refusal> {
    let Revoke { source, email } = &call.params;
    invitations::revoke(&call.ctx, kind, source, email, call.unmodified_since).await?;
    Ok(Answer::done())
}
