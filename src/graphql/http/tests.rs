use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::{Context, EmptySubscription, Object, Schema, SimpleObject};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::*;
use crate::auth::throttle::{Payer, Throttle};
use crate::clock::Clock;
use crate::config::Settings;
use crate::graphql::engine::{Introspection, Tier};
use crate::graphql::limits::{Cost, Limits};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// What the mutation `slow` waits for and counts.
#[derive(Default)]
struct Witness {
    started: Notify,
    go_on: Notify,
    finished: Notify,
    runs: AtomicUsize,
}

struct Query;

#[derive(SimpleObject)]
struct Item {
    name: String,
}

#[derive(SimpleObject)]
struct ItemConnection {
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

struct Mutation;

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

/// Token `dead` is refused, `blocked` forbidden, `reader` may only read, `stranger` not even that, `root` is an administrator.
fn authenticate() -> Authenticate {
    Arc::new(|parts| {
        let token = parts.headers.get("private-token").and_then(|token| token.to_str().ok());
        let (tier, may_read, may_write) = match token {
            None => (Tier::Anonymous, true, true),
            Some("dead") => return refuse(StatusCode::UNAUTHORIZED, "Invalid token"),
            Some("blocked") => return refuse(StatusCode::FORBIDDEN, "Your account has been blocked."),
            Some("reader") => (Tier::User, true, false),
            Some("root") => (Tier::Admin, true, true),
            Some("stranger") => (Tier::User, false, false),
            Some(_) => (Tier::User, true, true),
        };
        Box::pin(async move {
            caller(Ok(Client {
                tier,
                may_read,
                may_write,
                equip: Box::new(|request| request),
            }))
        })
    })
}

fn refuse(status: StatusCode, message: &'static str) -> BoxFuture<'static, Caller> {
    Box::pin(async move { caller(Err(Refusal::unauthenticated(status, message))) })
}

/// Who may ask as often as they like.
fn caller(client: Result<Client, Refusal>) -> Caller {
    let throttle = Throttle::new(&Settings::default(), Clock::default());
    Caller {
        client,
        pace: Pace::new(Arc::new(throttle), Payer::Address(None)),
    }
}

struct App {
    router: Router,
    witness: Arc<Witness>,
}

struct Answered {
    status: u16,
    headers: axum::http::HeaderMap,
    json: Value,
}

impl Answered {
    fn code(&self) -> &Value {
        &self.json["errors"][0]["extensions"]["code"]
    }
}

impl App {
    fn new() -> Self {
        Self::with(Limits::default(), Introspection::On)
    }

    fn with(limits: Limits, introspection: Introspection) -> Self {
        let witness = Arc::new(Witness::default());
        let schema = Schema::build(Query, Mutation, EmptySubscription)
            .data(Arc::clone(&witness))
            .finish();
        let engine = Engine::new(schema, limits, introspection).unwrap();
        Self {
            router: router(engine, authenticate()),
            witness,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answered {
            status: parts.status.as_u16(),
            headers: parts.headers,
            json,
        }
    }

    async fn post(&self, body: Value) -> Answered {
        self.send(post(&body).body(Body::from(body.to_string())).unwrap()).await
    }

    async fn post_as(&self, token: &str, body: Value) -> Answered {
        self.send(
            post(&body)
                .header("PRIVATE-TOKEN", token)
                .body(Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    }

    async fn post_modern(&self, body: Value) -> Answered {
        self.send(
            post(&body)
                .header("accept", GRAPHQL_RESPONSE)
                .body(Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    }

    async fn get(&self, query: &str, accept: &str) -> Answered {
        let uri = format!("/api/graphql?{query}");
        self.send(Request::get(uri).header("accept", accept).body(Body::empty()).unwrap())
            .await
    }
}

fn post(_: &Value) -> axum::http::request::Builder {
    Request::post("/api/graphql").header("content-type", "application/json")
}

/// `a0: hello a1: hello …`
fn aliases(count: usize) -> String {
    (0..count).fold(String::new(), |text, n| text + &format!("a{n}: hello "))
}

fn query(text: &str) -> Value {
    json!({ "query": text })
}

#[tokio::test]
async fn a_query_is_answered_with_its_cost_on_both_paths() {
    let app = App::new();
    for path in PATHS {
        let request = Request::post(path).header("content-type", "application/json");
        let answer = app
            .send(request.body(Body::from(query("{ hello }").to_string())).unwrap())
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json,
            json!({ "data": {"hello": "world"}, "extensions": {"cost": {"requested": 1, "limit": 200}} })
        );
    }
}

#[tokio::test]
async fn resolvers_are_told_the_cost_and_the_callers_limit() {
    let app = App::new();
    assert_eq!(
        app.post(query("{ spent hello }")).await.json["data"]["spent"],
        json!([2, 200])
    );
    assert_eq!(
        app.post_as("ann", query("{ spent }")).await.json["data"]["spent"],
        json!([1, 250])
    );
    assert_eq!(
        app.post_as("root", query("{ spent }")).await.json["data"]["spent"],
        json!([1, 300])
    );
}

#[tokio::test]
async fn the_answer_has_the_media_type_that_was_asked_for() {
    let app = App::new();
    let answer = app.post(query("{ hello }")).await;
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    let answer = app.post_modern(query("{ hello }")).await;
    assert_eq!(
        answer.headers["content-type"],
        "application/graphql-response+json; charset=utf-8"
    );
    assert_eq!(answer.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn faults_of_the_document_are_400_without_data_for_those_who_accept_it() {
    let app = App::new();
    for (text, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { double(n: $n) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
    ] {
        let modern = app.post_modern(query(text)).await;
        assert_eq!((modern.status, modern.code()), (400, &json!(code)), "{text}");
        assert_eq!(modern.json.get("data"), None, "{text}");
        let older = app.post(query(text)).await;
        assert_eq!((older.status, older.code()), (200, &json!(code)), "{text}");
        assert_eq!(older.json.get("data"), None, "{text}");
    }
}

#[tokio::test]
async fn a_fault_of_the_execution_keeps_the_data() {
    let app = App::new();
    let answer = app.post_modern(query("{ hello broken }")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["data"], json!({"hello": "world", "broken": null}));
    assert_eq!(answer.code(), "INTERNAL");
    assert_eq!(answer.json["errors"][0]["message"], "Internal server error");
}

#[tokio::test]
async fn an_internal_error_carries_the_request_id() {
    let app = App::new();
    let body = query("{ broken }");
    let request = post(&body)
        .header("x-request-id", "01H")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = app.send(request).await;
    assert_eq!(
        answer.json["errors"][0]["extensions"],
        json!({"code": "INTERNAL", "requestId": "01H"})
    );
}

#[tokio::test]
async fn a_panic_in_a_resolver_is_an_internal_error() {
    let app = App::new();
    let answer = app.post(query("{ panics }")).await;
    assert_eq!((answer.status, answer.code()), (500, &json!("INTERNAL")));
    assert_eq!(answer.json["errors"][0]["message"], "Internal server error");
    assert_eq!(app.post(query("{ hello }")).await.status, 200);
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up() {
    let app = App::with(
        Limits {
            time: Duration::ZERO,
            ..Limits::default()
        },
        Introspection::On,
    );
    let answer = app.post(query("{ endless }")).await;
    assert_eq!((answer.status, answer.code()), (503, &json!("TIMEOUT")));
}

#[tokio::test]
async fn only_json_bodies_are_read() {
    let app = App::new();
    let body = || Body::from(query("{ hello }").to_string());
    let request = Request::post("/api/graphql").body(body()).unwrap();
    assert_eq!(app.send(request).await.status, 415);
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
    ] {
        let request = Request::post("/api/graphql")
            .header("content-type", content_type)
            .body(body())
            .unwrap();
        assert_eq!(app.send(request).await.status, 415, "{content_type}");
    }
    let request = Request::post("/api/graphql").header("content-type", "application/json; charset=UTF-8");
    assert_eq!(app.send(request.body(body()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_by_its_fault() {
    let app = App::new();
    let send = async |bytes: Vec<u8>| app.send(post(&Value::Null).body(Body::from(bytes)).unwrap()).await;
    for bytes in [
        &b""[..],
        b"{\"query\"",
        b"\"{ hello }\"",
        b"{\"query\":\"\xff\xfe\"}",
        b"{}",
        b"{\"query\":7}",
        b"{\"query\":\"{ hello }\",\"variables\":[]}",
        b"{\"query\":\"{ hello }\",\"variables\":\"{}\"}",
        b"{\"query\":\"{ hello }\",\"operationName\":{}}",
        b"{\"query\":\"{ hello }\",\"extensions\":0}",
    ] {
        let answer = send(bytes.to_vec()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, &json!("BAD_USER_INPUT")),
            "{bytes:?}"
        );
    }
    let answer = send(format!("{{\"query\":\"#{}\"}}", "x".repeat(1_000_000)).into_bytes()).await;
    assert_eq!((answer.status, answer.code()), (413, &json!("QUERY_TOO_LARGE")));
    let deep = format!(
        "{{\"query\":\"{{ hello }}\",\"variables\":{{\"x\":{}",
        "[".repeat(30_000)
    );
    assert_eq!(send(deep.into_bytes()).await.status, 400);
}

#[tokio::test]
async fn get_runs_queries_with_their_variables() {
    let app = App::new();
    let answer = app
        .get(
            "query=query(%24n:Int!)%7Bdouble(n:%24n)%7D&variables=%7B%22n%22:21%7D",
            "*/*",
        )
        .await;
    assert_eq!((answer.status, &answer.json["data"]["double"]), (200, &json!(42)));
    assert_eq!(app.get("", "*/*").await.status, 400);
    assert_eq!(app.get("query=%7Bhello%7D&variables=%5B%5D", "*/*").await.status, 400);
    assert_eq!(app.get("query=%7Bhello%7D&variables=%7B", "*/*").await.status, 400);
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_not_run() {
    let app = App::new();
    for accept in ["*/*", GRAPHQL_RESPONSE] {
        let answer = app.get("query=mutation%7Bcount%7D", accept).await;
        assert_eq!(
            (answer.status, &answer.headers["allow"]),
            (405, &HeaderValue::from_static("POST"))
        );
    }
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_browser_is_sent_to_the_explorer() {
    let app = App::new();
    let answer = app.get("", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(
        (answer.status, &answer.headers["location"]),
        (303, &HeaderValue::from_static(EXPLORER))
    );
}

#[tokio::test]
async fn other_methods_are_told_what_is_allowed() {
    let app = App::new();
    let send = async |method: Method| {
        app.send(
            Request::builder()
                .method(method)
                .uri("/graphql")
                .body(Body::empty())
                .unwrap(),
        )
        .await
    };
    for (method, status) in [
        (Method::PUT, 405),
        (Method::DELETE, 405),
        (Method::PATCH, 405),
        (Method::OPTIONS, 204),
    ] {
        let answer = send(method.clone()).await;
        assert_eq!(answer.status, status, "{method}");
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST, OPTIONS");
    }
}

#[tokio::test]
async fn a_dead_token_is_refused_whatever_is_asked() {
    let app = App::new();
    for text in ["{ hello }", "{ nothing }", "{"] {
        let answer = app.post_as("dead", query(text)).await;
        assert_eq!(answer.status, 401);
        let error = json!({ "message": "Invalid token", "extensions": {"code": "UNAUTHENTICATED"} });
        assert_eq!(answer.json, json!({ "errors": [error] }));
    }
    let answer = app.post_as("blocked", query("{ hello }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("UNAUTHENTICATED")));
}

#[tokio::test]
async fn a_token_that_may_only_read_runs_no_mutation() {
    let app = App::new();
    let answer = app.post_as("reader", query("mutation { count }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("INSUFFICIENT_SCOPE")));
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
    assert_eq!(app.post_as("reader", query("{ hello }")).await.status, 200);
    let answer = app.post_as("stranger", query("{ hello }")).await;
    assert_eq!((answer.status, answer.code()), (403, &json!("INSUFFICIENT_SCOPE")));
}

#[tokio::test]
async fn a_batch_is_answered_in_order() {
    let app = App::new();
    let batch = json!([
        query("mutation { count }"),
        query("{ nothing }"),
        query("mutation { count }")
    ]);
    let answer = app.post(batch).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json[0]["data"]["count"], 1);
    assert_eq!(
        answer.json[1]["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(answer.json[2]["data"]["count"], 2);
}

#[tokio::test]
async fn a_batch_of_eleven_of_none_and_of_nonsense_is_refused() {
    let app = App::new();
    let batch = |length: usize| Value::Array(vec![query("mutation { count }"); length]);
    for body in [batch(11), batch(0), json!([1]), json!([[query("{ hello }")]])] {
        assert_eq!(app.post(body).await.status, 400);
    }
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 0);
    assert_eq!(app.post(batch(10)).await.status, 200);
}

#[tokio::test]
async fn the_costs_of_a_batch_are_added_up() {
    let app = App::new();
    let item = query("mutation { a: count } # one");
    let dear = query(&format!("{{ {} }}", aliases(199)));
    assert_eq!(app.post(json!([item, dear])).await.status, 200);
    let answer = app.post(json!([item, item, dear])).await;
    assert_eq!((answer.status, answer.code()), (400, &json!("QUERY_TOO_COMPLEX")));
    assert_eq!(
        answer.json["extensions"]["cost"],
        json!({"requested": 201, "limit": 200})
    );
    assert_eq!(app.witness.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_persisted_query_is_stored_under_its_hash() {
    let app = App::new();
    let text = "{ hello }";
    let hash = format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(text));
    let extensions = json!({ "persistedQuery": {"version": 1, "sha256Hash": hash} });
    let by_hash = json!({ "extensions": extensions });

    let answer = app.post(by_hash.clone()).await;
    assert_eq!(answer.json["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(
        app.post(json!({"query": text, "extensions": extensions})).await.json["data"]["hello"],
        "world"
    );
    assert_eq!(app.post(by_hash).await.json["data"]["hello"], "world");
    let uri = format!("extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{hash}%22%7D%7D");
    assert_eq!(app.get(&uri, "*/*").await.json["data"]["hello"], "world");
}

#[tokio::test]
async fn a_persisted_query_under_a_false_hash_is_not_stored() {
    let app = App::new();
    for extension in [
        json!({"version": 1, "sha256Hash": "00"}),
        json!({"version": 2, "sha256Hash": "00"}),
        json!({"version": 1}),
        json!(true),
    ] {
        let answer = app
            .post(json!({"query": "{ hello }", "extensions": {"persistedQuery": extension}}))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, &json!("BAD_USER_INPUT")),
            "{extension}"
        );
    }
    let by_hash = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}});
    assert_eq!(app.post(by_hash).await.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn introspection_can_be_kept_from_callers() {
    let schema = query("{ __schema { queryType { name } } }");
    for (setting, anonymous, user) in [
        (Introspection::On, true, true),
        (Introspection::Authenticated, false, true),
        (Introspection::Off, false, false),
    ] {
        let app = App::with(Limits::default(), setting);
        for (answer, seen) in [
            (app.post(schema.clone()).await, anonymous),
            (app.post_as("ann", schema.clone()).await, user),
        ] {
            assert_eq!(
                answer.json["data"]["__schema"]["queryType"]["name"] == "Query",
                seen,
                "{setting:?}"
            );
        }
        let typo = app.post(query("{ helo }")).await.json["errors"][0]["message"].clone();
        assert_eq!(
            typo.as_str().unwrap().contains("Did you mean"),
            anonymous,
            "{setting:?}"
        );
        assert_eq!(
            app.post(query("{ __typename }")).await.json["data"]["__typename"],
            "Query"
        );
    }
}

#[tokio::test]
async fn introspection_costs_nothing_but_cannot_go_round_in_circles() {
    let app = App::new();
    let standard = "{ __schema { types { name fields { name args { name type { name ofType { name ofType { name } } } } \
                    type { name ofType { name ofType { name } } } } inputFields { name } enumValues { name } } } }";
    assert_eq!(
        app.post(query(standard)).await.json["extensions"]["cost"]["requested"],
        0
    );
    let circle = format!(
        "{{ __schema {{ types {}name{} }} }}",
        "{ fields { type ".repeat(8) + "{",
        "}".repeat(17)
    );
    let answer = app.post(query(&circle)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (400, &json!("QUERY_TOO_COMPLEX")),
        "{}",
        answer.json
    );
}

#[tokio::test]
async fn what_asks_for_too_much_is_refused_before_it_is_validated() {
    let app = App::new();
    for (text, message) in [
        (
            format!("{{ {} }}", "hello ".repeat(201)),
            "Query has complexity of 201, which exceeds max complexity of 200",
        ),
        (
            format!("{{ {} }}", aliases(201)),
            "The document has more than 200 aliases",
        ),
        (
            format!("{}hello{}", "{ itself ".repeat(20) + "{", "}".repeat(21)),
            "Query has depth of 21, which exceeds max depth of 20",
        ),
        ("{".repeat(10_000), "The document has more than 64 levels of nesting"),
        (
            format!("{{ double(n: {}", "[".repeat(10_000)),
            "The document has more than 64 levels of nesting",
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
            "contains itself",
        ),
    ] {
        for answer in [app.post(query(&text)).await, app.post_modern(query(&text)).await] {
            assert_eq!((answer.status, answer.code()), (400, &json!("QUERY_TOO_COMPLEX")));
            let given = answer.json["errors"][0]["message"].as_str().unwrap();
            assert!(given.contains(message), "{given}");
        }
    }
}

#[tokio::test]
async fn a_mutation_is_finished_when_the_client_hangs_up() {
    let app = App::new();
    let body = query("mutation { slow }");
    let request = post(&body).body(Body::from(body.to_string())).unwrap();
    let client = tokio::spawn(app.router.clone().oneshot(request));
    app.witness.started.notified().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    app.witness.go_on.notify_one();
    app.witness.finished.notified().await;
}

#[tokio::test]
async fn a_document_with_many_faults_is_told_of_the_first() {
    let app = App::new();
    let text = format!("{{ {} }}", aliases(150).replace("hello", "double"));
    let answer = app.post(query(&text)).await;
    assert_eq!(answer.json["errors"].as_array().unwrap().len(), 20);
}
