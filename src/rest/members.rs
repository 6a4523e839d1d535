//! Members of groups and projects.

pub(super) mod change;

use super::answer::Answer;
use super::entities;
use super::error::Refusal;
use super::page::Numbered;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::auth::throttle::Pace;
use crate::domain::members::{self, Filter, Member, Order, Which};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::standing::{self, Name};
use crate::domain::{self, Ctx, seats};
use crate::types::{MemberState, SourceKind};

/// The calls for groups and for projects.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let both = [SourceKind::Group, SourceKind::Project].into_iter().flat_map(of);
    both.chain(change::endpoints()).collect()
}

pub(super) const SOURCE: &str = "Number or full path, `/` written `%2F`.";
const USER: &str = "Number of the user.";

/// The folder of the paths, and the word for one.
pub(super) const fn words(kind: SourceKind) -> (&'static str, &'static str) {
    match kind {
        SourceKind::Group => ("groups", "group"),
        SourceKind::Project => ("projects", "project"),
    }
}

fn of(kind: SourceKind) -> [Endpoint; 4] {
    let (folder, noun) = words(kind);
    [
        Endpoint::get(
            format!("/{folder}/{{id}}/members"),
            format!("List the direct members of a {noun}"),
            Shape::list::<entities::Member>(),
            move |call| list(call, kind, Which::Direct),
        ),
        Endpoint::get(
            format!("/{folder}/{{id}}/members/all"),
            format!("List all members of a {noun}: direct, inherited, and through shares"),
            Shape::list::<entities::Member>(),
            move |call| list(call, kind, Which::all()),
        )
        .counted(Pace::list_effective_members),
        Endpoint::get(
            format!("/{folder}/{{id}}/members/all/{{user_id}}"),
            format!("Get one member of a {noun}: direct, inherited, or through a share"),
            Shape::one::<entities::Member>(),
            move |call| single(call, kind, Which::all()),
        ),
        Endpoint::get(
            format!("/{folder}/{{id}}/members/{{user_id}}"),
            format!("Get one direct member of a {noun}"),
            Shape::one::<entities::Member>(),
            move |call| single(call, kind, Which::Direct),
        ),
    ]
    .map(Endpoint::signed_in)
}

struct List {
    source: Name,
    filter: Filter,
    show_seat_info: bool,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let search = reader.text(
            "query",
            "Words in the name or the user name, or the whole public address.",
        );
        let users = reader.integers("user_ids", "Only these users.");
        let not_users = reader.integers("skip_users", "Not these users.");
        let show_seat_info = reader.flag_or("show_seat_info", false, "Adds `is_using_seat`.");
        let with_saml_identity = reader.flag_or(
            "with_saml_identity",
            false,
            "Only users with an identity at the group's own SAML provider; for those who may see identities, in direct lists of groups.",
        );
        let states = [("awaiting", MemberState::Awaiting), ("active", MemberState::Active)];
        let state = reader.choice(
            "state",
            &states,
            "Only memberships in force, or only those that wait for a seat.",
        );
        Self {
            source,
            filter: Filter {
                search: search.filter(|text| !text.trim().is_empty()),
                users: (!users.is_empty()).then_some(users),
                not_users,
                with_saml_identity,
                states: state.map(|state| vec![state]),
                ..Filter::default()
            },
            show_seat_info,
            page: reader.numbered(),
        }
    }
}

async fn list(mut call: Call<List>, kind: SourceKind, which: Which) -> Result<Answer, Refusal> {
    call.params.filter.with_saml_identity &= which == Which::Direct;
    let (
        ctx,
        List {
            filter, page: numbered, ..
        },
    ) = (&call.ctx, &call.params);
    let source = standing::find(ctx, kind, &call.params.source).await?;
    let order = order(&which, filter);
    let of = source.of();
    let list = members::List::open(ctx, &of, &which, filter, order).await?;
    let page = list.page(&numbered.window()).await?;
    let total = numbered.total(&page, list.count(COUNT_LIMIT)).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let members = present(ctx, page.into_rows(), call.params.show_seat_info).await?;
    Ok(Answer::ok(&members)?.with(headers))
}

struct Single {
    source: Name,
    user: i64,
}

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source(SOURCE),
            user: reader.integer("user_id", USER).unwrap_or_default(),
        }
    }
}

async fn single(call: Call<Single>, kind: SourceKind, which: Which) -> Result<Answer, Refusal> {
    let source = standing::find(&call.ctx, kind, &call.params.source).await?;
    let member = members::single(&call.ctx, source.of(), &which, call.params.user).await?;
    Answer::ok(&entities::Member::new(member, None, &call.ctx.app.external_url))
}

fn order(which: &Which, filter: &Filter) -> Order {
    match which {
        _ if filter.search.is_some() => Order::Match,
        Which::Direct => Order::Row,
        Which::By(_) => Order::User,
    }
}

async fn present(ctx: &Ctx, members: Vec<Member>, show_seat_info: bool) -> domain::Result<Vec<entities::Member>> {
    let pair = |member: &Member| (member.source_root, member.user.id);
    let asked: Vec<_> = members.iter().filter(|_| show_seat_info).map(pair).collect();
    let seats = seats::using(ctx, &asked).await?;
    let entity = |member: Member| {
        let seat = show_seat_info.then(|| seats.contains(&pair(&member)));
        entities::Member::new(member, seat, &ctx.app.external_url)
    };
    Ok(members.into_iter().map(entity).collect())
}
