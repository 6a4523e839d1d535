//! What a page of members costs: in a group of a hundred and in one of a hundred thousand, at its beginning and at its end, on both databases; and beside
//! a hand-written endpoint for the same answer.
//!
//! `cargo bench --bench pages [-- MEMBERS]` prints a table for each database. Times are medians of one caller's requests, one after the other, through
//! the router in memory; only ratios within one run mean anything.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../../tests/it/support/halves.rs"]
mod halves;
#[path = "../../tests/it/support/postgres.rs"]
mod postgres;
mod world;
mod yardstick;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use roster::clock::Clock;
use roster::config::Settings;
use roster::db::{Counter, Db, Options};
use roster::domain::App;
use roster::domain::live::Feed;
use roster::server::{Lifecycle, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Members of the small group, and of the large one unless told otherwise.
const FEW: usize = 100;
const MANY: usize = 100_000;

const ROUNDS: usize = 60;

fn main() {
    let many = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(MANY);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(8 << 20)
        .enable_all()
        .build()
        .unwrap();
    println!("{}", machine());
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("bench.db").display());
        run("SQLite", &url, many).await;
        match postgres::server() {
            Some(server) => {
                let name = format!("roster_bench_{}", std::process::id());
                let mut connection = server.connect().await;
                postgres::execute(&mut connection, format!("CREATE DATABASE {name}")).await;
                run("PostgreSQL", &server.url(&name), many).await;
                postgres::execute(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
            None => println!("PostgreSQL: left out, its server programs were not found"),
        }
    });
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, model)| model.trim());
    format!("{}, {cores} cores of {model}", Clock::System.now().format("%Y-%m-%d"))
}

/// What is asked, with the group's name in place of `{}`.
#[derive(Clone)]
enum Ask {
    Rest(String),
    Graph(String),
}

/// One thing to measure.
struct Case {
    name: &'static str,
    /// In the small group, and in the large one.
    asks: [Ask; 2],
}

fn cases(many: usize) -> Vec<Case> {
    let rest = |name, page: fn(usize) -> usize, path: &str| Case {
        name,
        asks: [("small", FEW), ("large", many)]
            .map(|(group, size)| Ask::Rest(format!("/groups/big%2F{group}/{path}?per_page=20&page={}", page(size)))),
    };
    let graph = |name, arguments: &str, selection: &str| Case {
        name,
        asks: ["small", "large"].map(|group| {
            Ask::Graph(format!(
                "{{ group(fullPath: \"big/{group}\") {{ groupMembers({arguments}) {{ {selection} }} }} }}"
            ))
        }),
    };
    let nodes = "nodes { user { username name } accessLevel { integerValue } }";
    // Two more are members by the group above.
    let last = |size: usize| (size + 2).div_ceil(20);
    vec![
        rest("REST members/all, first page", |_| 1, "members/all"),
        rest("REST members/all, page in the middle", |size| size / 40, "members/all"),
        rest("REST members/all, last page", last, "members/all"),
        rest("REST members, first page", |_| 1, "members"),
        rest("REST members, last page", |size| size.div_ceil(20), "members"),
        graph("graph, first: 20", "first: 20", nodes),
        graph("graph, last: 20", "last: 20", nodes),
        graph(
            "graph, first: 20, by level",
            "first: 20, sort: ACCESS_LEVEL_DESC",
            nodes,
        ),
        graph("graph, last: 20, by level", "last: 20, sort: ACCESS_LEVEL_DESC", nodes),
        graph(
            "graph, first: 20, by name",
            "first: 20, sort: USER_FULL_NAME_ASC",
            nodes,
        ),
        graph("graph, last: 20, by name", "last: 20, sort: USER_FULL_NAME_ASC", nodes),
        graph(
            "graph, first: 20, owners only",
            "first: 20, accessLevels: [OWNER]",
            nodes,
        ),
        graph("graph, first: 20, by creation", "first: 20, sort: CREATED_DESC", nodes),
        graph("graph, count to 10,000", "first: 1", "count(limit: 10000)"),
    ]
}

const NESTED: &str = "{ group(fullPath: \"big/nest\") {
    descendantGroups(first: 10) { nodes { fullPath groupMembers(first: 10) { nodes { user { username name } } } } }
    projects(first: 10) { nodes { fullPath projectMembers(first: 10) { nodes { user { username name } } } } } } }";

async fn run(database: &str, url: &str, many: usize) {
    let options = Options {
        acquire_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_mins(2),
        ..Options::new(url)
    };
    let db = Db::connect(&options, Clock::System).await.unwrap();
    db.migrate().await.unwrap();
    let text = world::json(FEW, many).to_string();
    roster::world::import(&db, std::io::Cursor::new(text), Arc::new(|_| ()))
        .await
        .unwrap();
    settle(url).await;
    let app = Arc::new(App {
        db,
        external_url: yardstick::EXTERNAL_URL.to_owned(),
        invites_per_day: None,
        directory: None,
        live: Feed::default(),
    });
    let service = Service(router(&app, &Settings::default(), Lifecycle::default(), 1));
    let by_hand = Service(yardstick::router(url).await);

    println!("\n{database}, {FEW} and {many} members\n");
    println!("| what | small, ms | large, ms | ratio | statements |\n|---|--:|--:|--:|--:|");
    let mut firsts = None;
    for Case {
        name,
        asks: [small, large],
    } in cases(many)
    {
        let (few, many) = (service.measure(&small).await, service.measure(&large).await);
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} | {} |",
            few.millis,
            many.millis,
            many.millis / few.millis,
            statements(&few, &many)
        );
        let (_, first) = firsts.get_or_insert((few, many.clone()));
        if name.ends_with("last page") && name.contains("all") {
            println!(
                "| … as a ratio to the first page of the large group | | | {:.2} | |",
                many.millis / first.millis
            );
        }
    }
    let nested = service.measure(&Ask::Graph(NESTED.to_owned())).await;
    println!(
        "| graph, 10 subgroups and 10 projects with 10 members each | {:.2} | | | {} |",
        nested.millis, nested.statements
    );

    println!("\n| beside a hand-written endpoint | roster, ms | by hand, ms | by hand / roster |\n|---|--:|--:|--:|");
    for group in ["small", "large"] {
        let ask = Ask::Rest(format!("/groups/big%2F{group}/members/all?per_page=20&page=1"));
        let theirs = by_hand.measure(&ask).await;
        let ours = service.measure(&ask).await;
        assert_eq!(ours.body, theirs.body, "both give the same answer");
        println!(
            "| members/all, first page, {group} group | {:.2} | {:.2} | {:.2} |",
            ours.millis,
            theirs.millis,
            theirs.millis / ours.millis
        );
    }
}

fn statements(few: &Measured, many: &Measured) -> String {
    if few.statements == many.statements {
        few.statements.to_string()
    } else {
        format!("{} and {}", few.statements, many.statements)
    }
}

/// What a server of its own would have done by itself some minutes after the import.
async fn settle(url: &str) {
    if url.starts_with("postgres") {
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
        postgres::execute(&mut connection, "VACUUM ANALYZE".to_owned()).await;
    }
}

#[derive(Clone)]
struct Measured {
    millis: f64,
    statements: u64,
    body: Value,
}

struct Service(Router);

impl Service {
    /// The median of some rounds, after a few that nobody counts.
    async fn measure(&self, ask: &Ask) -> Measured {
        let counter = Counter::default();
        let body = counter.scope(self.answer(ask)).await;
        assert!(body.get("errors").is_none(), "{body}");
        for _ in 0..4 {
            self.answer(ask).await;
        }
        let mut times = Vec::with_capacity(ROUNDS);
        let begun = Instant::now();
        // What takes long is not repeated for minutes.
        while times.len() < ROUNDS && begun.elapsed() < Duration::from_secs(5) {
            let start = Instant::now();
            self.answer(ask).await;
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        Measured {
            millis: times[times.len() / 2],
            statements: counter.counts().statements,
            body,
        }
    }

    async fn answer(&self, ask: &Ask) -> Value {
        let request = match ask {
            Ask::Rest(path) => Request::get(format!("/api/v4{path}")).body(Body::empty()),
            Ask::Graph(query) => Request::post("/api/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json!({"query": query}).to_string())),
        };
        let mut request = request.unwrap();
        request
            .headers_mut()
            .insert("private-token", header::HeaderValue::from_static(world::TOKEN));
        let answer = self.0.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap();
        assert!(status.is_success(), "{status} {body}");
        body
    }
}
