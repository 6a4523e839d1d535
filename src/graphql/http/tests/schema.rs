//! A schema with a field for each way in which an operation can go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_graphql::{Context, Object, SimpleObject, Subscription as GraphSubscription};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::Notify;

use crate::graphql::engine::timed;
use crate::graphql::error::{code, coded};
use crate::graphql::limits::Cost;

/// What operations wait for, tell and count.
#[derive(Default)]
pub(super) struct Witness {
    pub(super) started: Notify,
    pub(super) go_on: Notify,
    pub(super) finished: Notify,
    pub(super) runs: AtomicUsize,
    /// Events that were asked for.
    pub(super) pulled: AtomicUsize,
    /// Whether the token `mortal` has died.
    pub(super) dead: AtomicBool,
}

pub(super) struct Query;

#[derive(SimpleObject)]
pub(super) struct Item {
    name: String,
}

#[derive(SimpleObject)]
pub(super) struct ItemConnection {
    nodes: Vec<Item>,
    page_info: String,
}

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn double(&self, n: i32) -> i32 {
        n * 2
    }

    async fn items(&self, first: Option<i32>) -> ItemConnection {
        let nodes = (0..first.unwrap_or(100))
            .map(|n| Item { name: n.to_string() })
            .collect();
        ItemConnection {
            nodes,
            page_info: String::new(),
        }
    }

    async fn spent(&self, ctx: &Context<'_>) -> Vec<u32> {
        let cost = ctx.data_unchecked::<Cost>();
        vec![cost.score, cost.limit]
    }

    async fn broken(&self) -> Option<async_graphql::Result<i32>> {
        Some(Err("the database burns".into()))
    }

    async fn panics(&self) -> i32 {
        std::hint::black_box(None::<i32>).unwrap()
    }

    async fn endless(&self) -> i32 {
        std::future::pending().await
    }

    async fn itself(&self) -> Query {
        Query
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn count(&self, ctx: &Context<'_>) -> usize {
        ctx.data_unchecked::<Arc<Witness>>().runs.fetch_add(1, Ordering::SeqCst) + 1
    }

    async fn slow(&self, ctx: &Context<'_>) -> bool {
        let witness = ctx.data_unchecked::<Arc<Witness>>();
        witness.started.notify_one();
        witness.go_on.notified().await;
        witness.finished.notify_one();
        true
    }
}

pub(super) struct Subscription;

/// Tells when it is dropped.
struct Ended(Arc<Witness>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.finished.notify_one();
    }
}

pub(super) struct Endless;

#[Object]
impl Endless {
    async fn value(&self) -> i32 {
        std::future::pending().await
    }
}

#[GraphSubscription]
impl Subscription {
    /// 0, 1, 2 …; each of them a text of so many characters. Tells that it has ended.
    async fn numbers(&self, ctx: &Context<'_>, count: usize, length: Option<usize>) -> impl Stream<Item = String> {
        let witness = Arc::clone(ctx.data_unchecked::<Arc<Witness>>());
        let events = stream::iter(0..count).map(move |number| {
            witness.pulled.fetch_add(1, Ordering::SeqCst);
            let length = length.unwrap_or(1);
            format!("{number:0>length$}")
        });
        let ended = Ended(Arc::clone(ctx.data_unchecked::<Arc<Witness>>()));
        timed(ctx, events).inspect(move |_| {
            let _held = &ended;
        })
    }

    /// Tells that it has begun, nothing, and that it has ended.
    async fn silent(&self, ctx: &Context<'_>) -> impl Stream<Item = i32> {
        let witness = Arc::clone(ctx.data_unchecked::<Arc<Witness>>());
        witness.started.notify_one();
        let ended = Ended(witness);
        timed(ctx, stream::pending()).inspect(move |_| {
            let _held = &ended;
        })
    }

    /// One event, then the right is lost.
    async fn lost(&self, ctx: &Context<'_>) -> impl Stream<Item = async_graphql::Result<i32>> {
        let gone = coded(code::RESOURCE_NOT_AVAILABLE, "gone");
        timed(ctx, stream::iter([Ok(1), Err(gone), Ok(3)]))
    }

    async fn refused(&self) -> async_graphql::Result<stream::Empty<i32>> {
        Err(coded(code::RESOURCE_NOT_AVAILABLE, "hidden"))
    }

    async fn panicking(&self, ctx: &Context<'_>) -> impl Stream<Item = i32> {
        timed(ctx, stream::iter([1, 0]).map(|number| 1 / std::hint::black_box(number)))
    }

    async fn stuck(&self, ctx: &Context<'_>) -> impl Stream<Item = Endless> {
        timed(ctx, stream::iter([Endless]))
    }
}
