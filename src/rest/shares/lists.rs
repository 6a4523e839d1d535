//! Lists of the groups that shares join to a group or project.

use crate::domain::groups::Order;
use crate::domain::members::Direction;
use crate::domain::page::COUNT_LIMIT;
use crate::domain::shares::{self, Filter, Linked, Shared};
use crate::domain::standing::{self, Name};
use crate::rest::answer::Answer;
use crate::rest::entities::{Group, ShortGroup};
use crate::rest::error::Refusal;
use crate::rest::groups::{VISIBILITIES, order, present};
use crate::rest::page::Numbered;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;
use crate::types::SourceKind;

/// The calls.
pub(super) fn endpoints() -> [Endpoint; 5] {
    [
        Endpoint::get(
            "/groups/{id}/invited_groups",
            "List the groups that have access to a group",
            Shape::list::<Group>(),
            |call| invited(call, SourceKind::Group),
        ),
        Endpoint::get(
            "/projects/{id}/invited_groups",
            "List the groups that have access to a project",
            Shape::list::<ShortGroup>(),
            |call| invited(call, SourceKind::Project),
        ),
        Endpoint::get(
            "/groups/{id}/groups/shared",
            "List the groups that a group has been given access to",
            Shape::list::<Group>(),
            open_to,
        ),
        Endpoint::get(
            "/projects/{id}/groups",
            "List the groups above a project, and those that it is shared with",
            Shape::list::<ShortGroup>(),
            around,
        ),
        Endpoint::get(
            "/projects/{id}/share_locations",
            "List the groups that a project may be shared with",
            Shape::list::<ShortGroup>(),
            locations,
        ),
    ]
}

const SOURCE: &str = "Number or full path, `/` written `%2F`.";
const SEARCH: &str = "A part of the name or path.";
const LEVEL: &str = "Only groups in which one has this level or more.";

/// Newest number first.
const NEWEST: Order = Order::Id(Direction::Desc);

/// Whose links come down to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Direct,
    Inherited,
}

struct Invited {
    source: Name,
    direct: bool,
    inherited: bool,
    filter: Filter,
    page: Numbered,
}

impl Params for Invited {
    fn read(reader: &mut Reader) -> Self {
        let source = reader.source(SOURCE);
        let relations = reader.choices(
            "relation",
            &[("direct", Relation::Direct), ("inherited", Relation::Inherited)],
            "By shares of its own, or by those of groups above it; both when nothing is said.",
        );
        let by = |relation| relations.is_empty() || relations.contains(&relation);
        Self {
            source,
            direct: by(Relation::Direct),
            inherited: by(Relation::Inherited),
            filter: Filter {
                search: reader.text("search", SEARCH),
                min_access_level: reader.level("min_access_level", LEVEL),
                ..Filter::default()
            },
            page: reader.numbered(),
        }
    }
}

async fn invited(call: Call<Invited>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (params, call) = call.take();
    let source = standing::find(&call.ctx, kind, &params.source).await?;
    let linked = Linked::Into {
        of: source.of(),
        direct: params.direct,
        inherited: params.inherited,
    };
    let form = match kind {
        SourceKind::Group => Form::Whole,
        SourceKind::Project => Form::Short,
    };
    answer(&call, &linked, &params.filter, NEWEST, params.page, form).await
}

struct OpenTo {
    group: Name,
    filter: Filter,
    order: Order,
    page: Numbered,
}

impl Params for OpenTo {
    fn read(reader: &mut Reader) -> Self {
        Self {
            group: reader.source(SOURCE),
            filter: Filter {
                not_ids: reader.integers("skip_groups", "Not these groups."),
                visibility: reader.choice("visibility", &VISIBILITIES, "Only groups of this visibility."),
                search: reader.text("search", SEARCH),
                min_access_level: reader.level("min_access_level", LEVEL),
            },
            order: order(reader),
            page: reader.numbered(),
        }
    }
}

async fn open_to(call: Call<OpenTo>) -> Result<Answer, Refusal> {
    let (params, call) = call.take();
    let group = standing::group(&call.ctx, &params.group).await?;
    let linked = Linked::OpenTo(&group);
    answer(&call, &linked, &params.filter, params.order, params.page, Form::Whole).await
}

struct Around {
    project: Name,
    shared: Option<Shared>,
    filter: Filter,
    page: Numbered,
}

impl Params for Around {
    fn read(reader: &mut Reader) -> Self {
        let project = reader.source(SOURCE);
        let filter = Filter {
            search: reader.text("search", SEARCH),
            not_ids: reader.integers("skip_groups", "Not these groups."),
            ..Filter::default()
        };
        let with_shared = reader.flag_or("with_shared", false, "Also groups that the project is shared with.");
        let visible_only = reader.flag_or("shared_visible_only", false, "Of those only the ones that one sees.");
        let level = "Of those only the ones with a share of this level or more.";
        let min_access_level = reader.level("shared_min_access_level", level);
        Self {
            project,
            shared: with_shared.then_some(Shared {
                visible_only,
                min_access_level,
            }),
            filter,
            page: reader.numbered(),
        }
    }
}

async fn around(call: Call<Around>) -> Result<Answer, Refusal> {
    let (params, call) = call.take();
    let project = standing::project(&call.ctx, &params.project).await?;
    let linked = Linked::Around {
        project: &project,
        shared: params.shared,
    };
    answer(&call, &linked, &params.filter, NEWEST, params.page, Form::Short).await
}

struct Locations {
    project: Name,
    filter: Filter,
    page: Numbered,
}

impl Params for Locations {
    fn read(reader: &mut Reader) -> Self {
        Self {
            project: reader.source(SOURCE),
            filter: Filter {
                search: reader.text("search", "A part of the name or full path."),
                ..Filter::default()
            },
            page: reader.numbered(),
        }
    }
}

async fn locations(call: Call<Locations>) -> Result<Answer, Refusal> {
    let (params, call) = call.take();
    let project = standing::project(&call.ctx, &params.project).await?;
    let linked = Linked::Locations(&project);
    answer(&call, &linked, &params.filter, NEWEST, params.page, Form::Short).await
}

/// How much is shown of each group.
#[derive(Clone, Copy)]
enum Form {
    Whole,
    Short,
}

async fn answer(
    call: &Call<()>,
    linked: &Linked<'_>,
    filter: &Filter,
    order: Order,
    numbered: Numbered,
    form: Form,
) -> Result<Answer, Refusal> {
    let ctx = &call.ctx;
    let page = shares::groups(ctx, linked, filter, order, &numbered.window()).await?;
    let count = shares::count_groups(ctx, linked, filter, COUNT_LIMIT);
    let total = numbered.total(&page, count).await?;
    let headers = numbered.headers(&call.address, &page, total);
    let groups = page.into_rows();
    let answer = match form {
        Form::Whole => Answer::ok(&present(ctx, groups).await?)?,
        Form::Short => {
            let short = |group| ShortGroup::new(group, &ctx.app.external_url);
            Answer::ok(&groups.into_iter().map(short).collect::<Vec<_>>())?
        }
    };
    Ok(answer.with(headers))
}
