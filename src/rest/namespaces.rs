//! Namespaces: groups and personal ones alike.

use super::answer::Answer;
use super::entities::NamespaceDetail;
use super::error::Refusal;
use super::page::Numbered;
use super::params::{Params, Reader};
use super::route::{Call, Endpoint};
use super::shape::Shape;
use crate::domain::namespaces::{self, Filter};
use crate::domain::page::COUNT_LIMIT;
use crate::domain::standing::Name;

/// The calls.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/namespaces",
            "List one's own namespace and those of one's groups",
            Shape::list::<NamespaceDetail>(),
            list,
        )
        .signed_in(),
        Endpoint::get(
            "/namespaces/{id}",
            "Get a namespace",
            Shape::one::<NamespaceDetail>(),
            single,
        )
        .signed_in(),
    ]
}

struct List {
    filter: Filter,
    page: Numbered,
}

impl Params for List {
    fn read(reader: &mut Reader) -> Self {
        Self {
            filter: Filter {
                search: reader.text("search", "A part of the name or the path."),
                owned: reader.flag_or("owned_only", false, "Only one's own and the groups that one owns."),
                top_level: reader.flag_or("top_level_only", false, "Only those that lie in no other."),
                in_full_path: reader.flag_or("full_path_search", false, "Search in the full path, too."),
            },
            page: reader.numbered(),
        }
    }
}

async fn list(call: Call<List>) -> Result<Answer, Refusal> {
    let (ctx, params) = (&call.ctx, &call.params);
    let page = namespaces::page(ctx, &params.filter, &params.page.window()).await?;
    let count = namespaces::count(ctx, &params.filter, COUNT_LIMIT);
    let total = params.page.total(&page, count).await?;
    let headers = params.page.headers(&call.address, &page, total);
    let url = &ctx.app.external_url;
    let entity = |namespace| NamespaceDetail::new(namespace, url);
    let entities: Vec<_> = page.into_rows().into_iter().map(entity).collect();
    Ok(Answer::ok(&entities)?.with(headers))
}

struct Single(Name);

impl Params for Single {
    fn read(reader: &mut Reader) -> Self {
        Self(reader.source("Number or full path of the namespace, `/` written `%2F`."))
    }
}

async fn single(call: Call<Single>) -> Result<Answer, Refusal> {
    let namespace = namespaces::get(&call.ctx, &call.params.0).await?;
    Answer::ok(&NamespaceDetail::new(namespace, &call.ctx.app.external_url))
}
