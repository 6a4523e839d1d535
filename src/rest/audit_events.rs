//! Audit events of a group, of a project, and of the whole instance.

use super::answer::Answer;
use super::entities;
use super::error::Refusal;
use super::page::{self, Numbered};
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::audit::{self, About, Event, Filter};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::standing::{self, Name};
use crate::domain::{self, Page, Window};
use crate::types::SourceKind;

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let shape = Shape::list::<entities::AuditEvent>;
    let everywhere = Endpoint::get(
        "/audit_events",
        "List the audit events of the instance; for administrators",
        shape(),
        everywhere,
    );
    let of = |(kind, folder, noun): (SourceKind, &str, &str)| {
        [
            Endpoint::get(
                format!("/{folder}/{{id}}/audit_events"),
                format!("List the audit events of a {noun}"),
                shape(),
                move |call| list(call, kind),
            ),
            Endpoint::get(
                format!("/{folder}/{{id}}/audit_events/{{audit_event_id}}"),
                format!("Get one audit event of a {noun}"),
                Shape::one::<entities::AuditEvent>(),
                move |call| single(call, kind),
            ),
        ]
    };
    [
        (SourceKind::Group, "groups", "group"),
        (SourceKind::Project, "projects", "project"),
    ]
    .into_iter()
    .flat_map(of)
    .chain([everywhere])
    .map(Endpoint::signed_in)
    .collect()
}

/// The one order of these lists, as cursors name it.
const NEWEST_FIRST: &str = "id desc";

/// Which part of a list is wanted.
struct Part {
    filter: Filter,
    is_keyset: bool,
    cursor: Option<String>,
    page: Numbered,
}

impl Part {
    fn read(reader: &mut Reader) -> Self {
        Self {
            filter: Filter {
                created_after: reader.time("created_after", "Only what happened then or later."),
                created_before: reader.time("created_before", "Only what happened then or earlier."),
                author: None,
            },
            is_keyset: reader.text("pagination", "`keyset` for pages by cursor.").as_deref() == Some("keyset"),
            cursor: reader.text("cursor", "The place that the last page ended at."),
            page: reader.numbered(),
        }
    }

    fn window(&self) -> Result<Window, Refusal> {
        if self.is_keyset {
            page::cursor_window(self.cursor.as_deref(), NEWEST_FIRST, self.page.per_page())
        } else {
            Ok(self.page.window())
        }
    }
}

struct List {
    source: Name,
    part: Part,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source("Number or full path, `/` written `%2F`."),
            part: Part::read(reader),
        }
    }
}

async fn list(call: Call<List>, kind: SourceKind) -> Result<Answer, Refusal> {
    let (ctx, List { source, part }) = (&call.ctx, &call.params);
    let window = part.window()?;
    let source = standing::find(ctx, kind, source).await?;
    let page = audit::page(ctx, source.of(), &part.filter, &window).await?;
    let count = audit::count(ctx, source.of(), &part.filter, COUNT_LIMIT);
    present(&call, part, page, count).await
}

struct Everywhere {
    about: About,
    part: Part,
}

const ENTITY_TYPES: [(&str, &str); 3] = [("Project", "Project"), ("User", "User"), ("Group", "Group")];

impl Params for Everywhere {
    fn read(reader: &mut Reader) -> Self {
        let entity_type = reader.choice(
            "entity_type",
            &ENTITY_TYPES,
            "Only what happened in things of this kind.",
        );
        let entity_id = reader.integer("entity_id", "Only what happened in the one of this number.");
        if entity_id.is_some() {
            reader.require("entity_type");
        }
        Self {
            about: About { entity_type, entity_id },
            part: Part::read(reader),
        }
    }
}

async fn everywhere(call: Call<Everywhere>) -> Result<Answer, Refusal> {
    let (ctx, Everywhere { about, part }) = (&call.ctx, &call.params);
    let window = part.window()?;
    let page = audit::everywhere(ctx, about, &part.filter, &window).await?;
    let count = audit::count_everywhere(ctx, about, &part.filter, COUNT_LIMIT);
    present(&call, part, page, count).await
}

async fn present<P>(
    call: &Call<P>,
    part: &Part,
    page: Page<Event>,
    count: impl Future<Output = domain::Result<u64>>,
) -> Result<Answer, Refusal> {
    let headers = if part.is_keyset {
        page::cursor_headers(&call.address, &page, NEWEST_FIRST, part.page.per_page())
    } else {
        let total = part.page.total(&page, count).await?;
        part.page.headers(&call.address, &page, total)
    };
    let events: Vec<entities::AuditEvent> = page.into_rows().into_iter().map(Into::into).collect();
    Ok(Answer::ok(&events)?.with(headers))
}

struct Single {
    source: Name,
    event: i64,
}

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self {
            source: reader.source("Number or full path, `/` written `%2F`."),
            event: reader
                .integer("audit_event_id", "Number of the event.")
                .unwrap_or_default(),
        }
    }
}

async fn single(call: Call<Single>, kind: SourceKind) -> Result<Answer, Refusal> {
    let source = standing::find(&call.ctx, kind, &call.params.source).await?;
    let event = audit::single(&call.ctx, source.of(), call.params.event).await?;
    Answer::ok(&entities::AuditEvent::from(event))
}
