//! What hostile requests to the graph cost before anything is executed: the CPU time of this thread from the request's bytes to the moment at which the
//! resolvers would begin, or to the refusal.
//!
//! `cargo bench --bench hostile [-- SECONDS]` prints the corpus of `tests/it/hostile/`, dearest first, and then searches at random for something dearer
//! for so many seconds. Times are the least of several rounds: what the machine does beside it only adds to them.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../../tests/it/hostile/corpus/mod.rs"]
mod corpus;
mod search;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::Response;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use roster::auth::throttle::{Pace, Payer, Throttle};
use roster::clock::Clock;
use roster::config::Settings;
use roster::graphql::Streaming;
use roster::graphql::engine::{Client, Engine, Introspection, Tier};
use roster::graphql::http::{Authenticate, Caller};
use roster::graphql::limits::Limits;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};

use corpus::Case;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What one document may cost.
const BUDGET: Duration = Duration::from_millis(10);
const ROUNDS: usize = 5;
/// Rows of the table.
const SHOWN: usize = 25;

fn main() {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let graph = Graph::new();
    let cases = corpus::all();
    let mut table: Vec<_> = cases.iter().map(|case| (graph.cost(case), case)).collect();
    table.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    println!("{} requests; ms of CPU before execution\n", table.len());
    for (cost, case) in table.iter().take(SHOWN) {
        println!("{}  {} ({:?})", shown(*cost), case.name, case.outcome);
    }
    if let Some(seconds) = seconds {
        search::run(&graph, Instant::now() + Duration::from_secs(seconds));
    }
}

fn shown(cost: Duration) -> String {
    let over = if cost > BUDGET { "!" } else { " " };
    format!("{:8.3}{over}", cost.as_secs_f64() * 1_000.0)
}

/// The graph as it is served, but that nothing is ever executed.
struct Graph {
    router: Router,
    runtime: Runtime,
}

/// Nothing of the corpus goes on.
fn streaming() -> Streaming {
    let long = Duration::from_mins(1);
    Streaming {
        operations: 1,
        init_time: long,
        ping_every: long,
        write_time: long,
        ending: watch::Sender::new(false).subscribe(),
        room: Arc::new(Semaphore::new(1)),
    }
}

impl Graph {
    fn new() -> Self {
        let schema = roster::graphql::builder().extension(Nothing).finish();
        let engine = Engine::new(schema, Limits::default(), Introspection::On).unwrap();
        let throttle = Arc::new(Throttle::new(&Settings::default(), Clock::default()));
        // An administrator: nobody may ask for more.
        let authenticate: Authenticate = Arc::new(move |_| {
            let pace = Pace::new(Arc::clone(&throttle), Payer::Address(None));
            let client = Client {
                tier: Tier::Admin,
                may_read: true,
                may_write: true,
                equip: Box::new(|request| request),
            };
            Box::pin(std::future::ready(Caller {
                client: Ok(client),
                pace,
            }))
        });
        Self {
            router: roster::graphql::http::router(engine, authenticate, streaming()),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    /// What one request costs: the least of several rounds. Only the first may find a document that is not known yet.
    fn cost(&self, case: &Case) -> Duration {
        let rounds = (0..ROUNDS).map(|round| self.run(case, round));
        rounds.min().unwrap_or_default()
    }

    fn run(&self, case: &Case, round: usize) -> Duration {
        let mut body = case.body.clone();
        fresh(&mut body, round);
        let request = Request::builder()
            .method(case.method)
            .uri(&case.uri)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let router = self.router.clone();
        self.runtime.block_on(async {
            let begin = cpu();
            let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
            let cost = cpu().saturating_sub(begin);
            drop(answer.into_body().collect().await);
            cost
        })
    }
}

/// Makes a document one that was never seen: what was parsed is remembered.
fn fresh(body: &mut Vec<u8>, round: usize) {
    let start = b"{\"query\":\"";
    if body.starts_with(start) {
        let blanks = " ".repeat(round % 50);
        body.splice(start.len()..start.len(), blanks.into_bytes());
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Answers instead of the resolvers.
struct Nothing;

impl ExtensionFactory for Nothing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Nothing {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(async_graphql::Value::Null)
    }
}
