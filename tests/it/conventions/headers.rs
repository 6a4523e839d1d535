//! Headers and methods: what every answer carries, and what odd requests do.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use super::{Operation, operations};
use crate::doors::act::Act;
use crate::doors::callers::{Need, Who};
use crate::doors::place::{Place, Tree};
use crate::doors::reading;
use crate::support::world::World;
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(
    every_answer_carries_its_headers,
    every_read_can_be_a_head_and_is_not_sent_again,
    every_path_tells_its_methods_and_answers_preflights,
    odd_headers_do_no_harm,
    odd_bodies_do_no_harm,
);

/// What every answer has, whatever it says.
fn check(name: &str, answer: &Answer) -> Vec<String> {
    let mut faults = vec![];
    let mut want = |what: &str, holds: bool| {
        if !holds {
            faults.push(format!("{name}: {what}: {:?}", answer.headers));
        }
    };
    let id = answer.header("x-request-id");
    want("X-Request-Id", !id.is_empty());
    let meta = json!({"correlation_id": id, "version": "1"});
    let told: serde_json::Value = serde_json::from_str(&answer.header("x-gitlab-meta")).unwrap_or_default();
    want("X-Gitlab-Meta", told == meta);
    want("X-Runtime", answer.header("x-runtime").parse::<f64>().is_ok());
    want("X-Frame-Options", answer.header("x-frame-options") == "SAMEORIGIN");
    want(
        "X-Content-Type-Options",
        answer.header("x-content-type-options") == "nosniff",
    );
    let vary = answer
        .headers
        .get_all("vary")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("Origin")));
    want("Vary", vary);
    want(
        "Access-Control-Allow-Origin",
        answer.header("access-control-allow-origin") == "*",
    );
    want(
        "no credentials",
        !answer.headers.contains_key("access-control-allow-credentials"),
    );
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
    let exposed: BTreeSet<_> = exposed.split(',').map(str::trim).collect();
    for header in [
        "link",
        "x-total",
        "x-total-pages",
        "x-per-page",
        "x-page",
        "x-next-page",
        "x-prev-page",
        "x-request-id",
        "etag",
    ] {
        want(header, exposed.contains(header));
    }
    let is_made = answer.status == 200 || answer.status == 201;
    let has_body = !answer.text().is_empty();
    if is_made && has_body {
        want("ETag", answer.header("etag").starts_with("W/\""));
        want(
            "Cache-Control",
            answer.header("cache-control") == "max-age=0, private, must-revalidate",
        );
        want("Content-Type", answer.header("content-type") == "application/json");
    } else if answer.status != 304 && answer.status != 200 {
        want("no ETag", answer.header("etag").is_empty());
        want("Cache-Control", answer.header("cache-control") == "no-cache");
    }
    if !has_body && answer.status == 204 {
        want("no type", answer.header("content-type").is_empty());
    }
    faults
}

fn world() -> serde_json::Value {
    World::new()
        .group("acme", |group| group.public().owner("ann"))
        .project("acme/app", |project| project.public())
        .json()
}

fn source(operation: &Operation) -> &'static str {
    if operation.path.starts_with("/projects") {
        "acme%2Fapp"
    } else {
        "acme"
    }
}

const ORIGIN: (&str, &str) = ("origin", "https://elsewhere.example");

async fn every_answer_carries_its_headers(app: TestApp) {
    app.import(&world()).await;
    let mut faults = vec![];
    let mut cases = 0;
    for operation in operations(&app).await {
        let json = ("content-type", "application/json");
        for (client, at) in [
            (app.admin(), source(&operation)),
            (app.admin(), "nowhere"),
            (app.anonymous(), source(&operation)),
            (app.token("nobody's"), source(&operation)),
        ] {
            // An empty object: a write lacks what it needs, or writes what does no harm.
            let path = operation.at(at);
            let is_harmful = !operation.is_read() && at != "nowhere" && !operation.names_a_source();
            if is_harmful && operation.others().all(|one| !one.is_required) {
                continue;
            }
            cases += 1;
            let answer = client
                .with(
                    operation.method.clone(),
                    &path,
                    &[json, ORIGIN],
                    if operation.is_read() { "" } else { "{}" },
                )
                .await;
            let name = format!("{} {at} {}", operation.name(), answer.status);
            faults.extend(check(&name, &answer));
            if answer.status.is_server_error() {
                faults.push(name);
            }
        }
    }
    for (method, path, body) in [
        (Method::GET, "/nowhere", ""),
        (Method::PATCH, "/groups/acme", ""),
        (Method::POST, "/groups/acme/members", "{"),
    ] {
        let headers = [("content-type", "application/json"), ORIGIN];
        faults.extend(check(path, &app.anonymous().with(method, path, &headers, body).await));
    }
    eprintln!("{cases} answers looked at");
    assert!(cases >= 300, "{cases}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// A path of each read that an owner or administrator may do.
fn read_paths(place: &Place, tree: &Tree, served: &BTreeSet<String>) -> Vec<String> {
    let acts = [reading::acts(), reading::coming()].concat().into_iter();
    let acts = acts
        .filter(|act| act.reply(Who::Admin, "public") == crate::doors::act::Reply::Ok && served.contains(&act.name()));
    let path = |act: Act| {
        let mut path = act.pattern.to_owned();
        for (name, word) in &act.fills {
            path = path.replace(&format!("{{{name}}}"), &place.text(tree, "root", word));
        }
        let id = act
            .place
            .map(|at| tree.path_of(at).replace('/', "%2F"))
            .unwrap_or_default();
        path.replace("{id}", &id) + act.query
    };
    acts.map(path).collect()
}

async fn every_read_can_be_a_head_and_is_not_sent_again(app: TestApp) {
    let served = operations(&app).await.iter().map(Operation::name).collect();
    let trees = ["public", "internal", "private"]
        .into_iter()
        .enumerate()
        .map(|(n, word)| Tree::new(n, word))
        .collect::<Vec<_>>();
    let place = Place::plant(&app, &trees, 1).await;
    let root = Who::Admin.client(&app, Need::Read);
    let paths = read_paths(&place, &trees[0], &served);
    assert!(paths.len() >= 40, "{}", paths.len());
    let mut faults = vec![];
    for path in paths {
        let whole = root.get(&path).await.expect(200);
        let etag = whole.header("etag");
        let head = root.head(&path).await;
        let own = ["x-request-id", "x-runtime", "x-gitlab-meta"];
        let shown = |answer: &Answer| {
            let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
            headers
                .map(|(name, value)| format!("{name}: {value:?}"))
                .collect::<BTreeSet<_>>()
        };
        let missing: Vec<_> = shown(&whole).symmetric_difference(&shown(&head)).cloned().collect();
        let missing: Vec<_> = missing
            .into_iter()
            .filter(|header| !header.starts_with("content-length"))
            .collect();
        if head.status != 200 || !head.text().is_empty() || !missing.is_empty() {
            faults.push(format!("HEAD {path}: {} {missing:?}", head.status));
        }
        for (known, status) in [
            (etag.clone(), 304),
            (etag.trim_start_matches("W/").to_owned(), 304),
            (format!("\"x\", {etag}"), 304),
            ("*".to_owned(), 304),
            ("W/\"x\"".to_owned(), 200),
            (String::new(), 200),
            ("\"".to_owned(), 200),
        ] {
            let answer = root.with(Method::GET, &path, &[("if-none-match", &known)], "").await;
            if answer.status != status || (status == 304 && !answer.text().is_empty()) {
                faults.push(format!("GET {path} with {known}: {}", answer.status));
            }
        }
        // What may not be seen is refused before it is compared.
        let nobody = app
            .token("nobody's")
            .with(Method::GET, &path, &[("if-none-match", "*")], "")
            .await;
        if nobody.status != 401 {
            faults.push(format!("GET {path} by nobody: {}", nobody.status));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn every_path_tells_its_methods_and_answers_preflights(app: TestApp) {
    let operations = operations(&app).await;
    let nobody = app.anonymous();
    let mut faults = vec![];
    let paths: BTreeSet<_> = operations.iter().map(|operation| &operation.path).collect();
    for path in paths {
        let here: Vec<_> = operations.iter().filter(|operation| operation.path == *path).collect();
        let at = here[0].at("acme");
        let answer = nobody.with(Method::OPTIONS, &at, &[], "").await;
        let allowed: BTreeSet<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
        let missing = here
            .iter()
            .filter(|operation| !allowed.contains(operation.method.as_str()))
            .count();
        if answer.status != 204 || missing > 0 || !allowed.contains("OPTIONS") {
            faults.push(format!("OPTIONS {path}: {} {allowed:?}", answer.status));
        }
        for method in ["PATCH", "TRACE", "FOO", "get", "PROPFIND", "CONNECT"] {
            let answer = nobody.with(method.parse().unwrap(), &at, &[], "").await;
            if answer.status != 404 || answer.text() != r#"{"error":"404 Not Found"}"# {
                faults.push(format!("{method} {path}: {} {:.80}", answer.status, answer.text()));
            }
        }
        let preflight = [
            ORIGIN,
            ("access-control-request-method", "DELETE"),
            ("access-control-request-headers", "private-token, x-anything"),
        ];
        for path in [at.as_str(), "/nowhere"] {
            let answer = nobody.with(Method::OPTIONS, path, &preflight, "").await;
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            let takes = headers.contains("private-token") && headers.contains("x-anything");
            let methods = answer.header("access-control-allow-methods");
            let any = methods == "*"
                || ["GET", "POST", "PUT", "DELETE"]
                    .iter()
                    .all(|method| methods.contains(method));
            if answer.status != 200 || !takes || !any || answer.header("access-control-allow-origin") != "*" {
                faults.push(format!("preflight {path}: {} {:?}", answer.status, answer.headers));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn raw(app: &TestApp, method: Method, path: &str, headers: &[(&str, &[u8])], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v4{path}"));
    for (name, value) in headers {
        request = request.header(*name, axum::http::HeaderValue::from_bytes(value).unwrap());
    }
    app.anonymous().send(request.body(Body::from(body)).unwrap()).await
}

async fn odd_headers_do_no_harm(app: TestApp) {
    app.import(&world()).await;
    let get = |headers: Vec<(&'static str, Vec<u8>)>| {
        let app = app.clone();
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            let answer = raw(&app, Method::GET, "/user", &headers, vec![]).await;
            (answer.status.as_u16(), answer.text())
        }
    };
    let unauthorized = (401, r#"{"message":"401 Unauthorized"}"#.to_owned());
    let long = vec![b'a'; 20_000];
    let refused: Vec<Vec<(&'static str, Vec<u8>)>> = vec![
        vec![("private-token", b"".to_vec())],
        vec![("private-token", b" ".to_vec())],
        vec![("private-token", b"\xff\xfe".to_vec())],
        vec![("private-token", long.clone())],
        vec![("private-token", b"root-api,ann-api".to_vec())],
        vec![("private-token", "root-apı".as_bytes().to_vec())],
        vec![("private-token", b"ROOT-API".to_vec())],
        vec![
            ("private-token", b"x".to_vec()),
            ("authorization", b"Bearer root-api".to_vec()),
        ],
        vec![("authorization", b"".to_vec())],
        vec![("authorization", b"Bearer".to_vec())],
        vec![("authorization", b"Bearer ".to_vec())],
        vec![("authorization", b"root-api".to_vec())],
        vec![("authorization", b"Basic cm9vdDpyb290LWFwaQ==".to_vec())],
        vec![("authorization", b"Token root-api".to_vec())],
        vec![("authorization", b"Bearer root-api x".to_vec())],
        vec![("authorization", b"Bearer \xff".to_vec())],
        vec![("job-token", b"root-api".to_vec())],
        vec![("deploy-token", b"root-api".to_vec())],
        vec![("cookie", b"private_token=root-api".to_vec())],
    ];
    for headers in refused {
        let shown = format!("{headers:.100?}");
        assert_eq!(get(headers).await, unauthorized, "{shown}");
    }
    let taken: Vec<Vec<(&'static str, Vec<u8>)>> = vec![
        vec![("private-token", b"root-api".to_vec())],
        vec![("private-token", b" root-api ".to_vec())],
        vec![
            ("private-token", b"".to_vec()),
            ("authorization", b"bEARER root-api".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("authorization", b"Bearer x".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("accept", b"text/xml".to_vec()),
        ],
        vec![("private-token", b"root-api".to_vec()), ("accept", b"\xff".to_vec())],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("content-type", b"\xff".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("if-none-match", b"\xff".to_vec()),
        ],
        vec![("private-token", b"root-api".to_vec()), ("origin", b"\xff".to_vec())],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("if-unmodified-since", b"\xff".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("range", b"bytes=0-1".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("x-request-id", b"\xff".to_vec()),
        ],
        vec![
            ("private-token", b"root-api".to_vec()),
            ("x-forwarded-for", b"nonsense".to_vec()),
        ],
    ];
    for headers in taken {
        let shown = format!("{headers:.200?}");
        assert_eq!(get(headers).await.0, 200, "{shown}");
    }
    // A key is 1 to 255 visible characters; anything else is refused, and nothing is done.
    let key = |key: Vec<u8>| {
        let app = app.clone();
        async move {
            let headers: [(&str, &[u8]); 3] = [
                ("private-token", b"root-api"),
                ("content-type", b"application/json"),
                ("idempotency-key", &key),
            ];
            let body = br#"{"base_access_level":10,"read_code":true,"name":"One"}"#.to_vec();
            raw(&app, Method::POST, "/groups/acme/member_roles", &headers, body)
                .await
                .status
                .as_u16()
        }
    };
    for bad in [
        b"".to_vec(),
        b" ".to_vec(),
        vec![b'k'; 256],
        b"a b".to_vec(),
        b"a\tb".to_vec(),
        b"\xff".to_vec(),
        "schlüssel".as_bytes().to_vec(),
    ] {
        let shown = format!("{bad:.20?}");
        assert_eq!(key(bad).await, 400, "{shown}");
    }
    assert_eq!(
        app.admin().get("/groups/acme/member_roles").await.expect(200).json(),
        json!([])
    );
    assert_eq!(key(vec![b'k'; 255]).await, 201);
    // A date that cannot be read is ignored.
    for (n, bad) in [
        "",
        "yesterday",
        "0",
        "Sat, 99 Nov 2026 12:00:00 GMT",
        "9999999999999",
        "Sat, 21 Nov 99999 12:00:00 GMT",
        "\u{1}",
    ]
    .iter()
    .enumerate()
    {
        let Ok(value) = axum::http::HeaderValue::from_str(bad) else {
            continue;
        };
        let name = format!("new{n}");
        let root = app.admin();
        let role = root
            .post(
                "/groups/acme/member_roles",
                &json!({"base_access_level": 10, "read_code": true, "name": name}),
            )
            .await
            .expect(201)
            .json();
        let path = format!("/groups/acme/member_roles/{}", role["id"]);
        root.with(
            Method::DELETE,
            &path,
            &[("if-unmodified-since", value.to_str().unwrap())],
            "",
        )
        .await
        .expect(204);
    }
}

async fn odd_bodies_do_no_harm(app: TestApp) {
    app.import(&world()).await;
    let mut cases = 0;
    let deep =
        |open: &str, close: &str, depth: usize| format!("{{\"a\":{}{}}}", open.repeat(depth), close.repeat(depth));
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=x";
    let bodies: Vec<(&str, Vec<u8>, u16)> = vec![
        (json, b"{".to_vec(), 400),
        (json, b"}".to_vec(), 400),
        (json, b"{\"a\":1}x".to_vec(), 400),
        (json, b"{'a':1}".to_vec(), 400),
        (json, b"{\"a\":NaN}".to_vec(), 400),
        (json, b"{\"a\":01}".to_vec(), 400),
        (json, b"{\"a\":1,}".to_vec(), 400),
        (json, b"\xff\xfe".to_vec(), 400),
        (json, b"{\"a\":\"\xff\"}".to_vec(), 400),
        (json, b"{\"a\":\"\\ud800\"}".to_vec(), 400),
        (json, b"{\"a\":\"\\udc00\\ud800\"}".to_vec(), 400),
        (json, b"{\"a\":\"\\u00\"}".to_vec(), 400),
        (json, b"\xef\xbb\xbf{}".to_vec(), 400),
        (json, deep("[", "]", 100_000).into_bytes(), 400),
        (json, deep("{\"a\":", "}", 100_000).into_bytes(), 400),
        (json, "[".repeat(500_000).into_bytes(), 400),
        (json, vec![b'a'; 10 << 20], 413),
        (
            json,
            format!("{{\"a\":\"{}\"}}", "a".repeat(10 << 20)).into_bytes(),
            413,
        ),
        (form, vec![b'a'; 10 << 20], 413),
        (multipart, vec![b'a'; 10 << 20], 413),
        ("text/xml", b"<a/>".to_vec(), 415),
        ("TEXT/XML; charset=x", b"<a/>".to_vec(), 415),
        ("text/plain", b"access_level=30".to_vec(), 415),
        ("application/json-patch+json", b"[]".to_vec(), 415),
        ("application/graphql", b"{}".to_vec(), 415),
        ("application", b"x".to_vec(), 415),
        ("", b"{}".to_vec(), 415),
        ("*/*", b"{}".to_vec(), 415),
        (";", b"{}".to_vec(), 415),
        // From here on they are read, or count as none: what is missing is told.
        ("APPLICATION/JSON", b"{}".to_vec(), 422),
        ("application/json; charset=utf-8", b"{}".to_vec(), 422),
        ("application/json;charset=nonsense;x=y", b"{}".to_vec(), 422),
        (" application/json ; ", b"{}".to_vec(), 422),
        (json, b"".to_vec(), 422),
        ("text/xml", b"".to_vec(), 422),
        (json, b"[]".to_vec(), 422),
        (json, b"null".to_vec(), 422),
        (json, b"7".to_vec(), 422),
        (json, b"\"access_level\"".to_vec(), 422),
        (json, b" \n{}\n ".to_vec(), 422),
        (json, b"{\"a\":1,\"a\":2}".to_vec(), 422),
        (json, b"{\"\":1,\"\\u0000\":2}".to_vec(), 422),
        (json, deep("[", "]", 100).into_bytes(), 422),
        (form, b"%".to_vec(), 422),
        (form, b"%zz=%1".to_vec(), 422),
        (form, b"&&==&=&".to_vec(), 422),
        (form, b"a[=1&a]=2&[]=3&a[b=4".to_vec(), 422),
        (form, format!("a{}=1", "[b]".repeat(100_000)).into_bytes(), 422),
        (form, "a[]=1&".repeat(100_000).into_bytes(), 422),
        (form, "\u{202e}=שלום&e\u{301}=1".as_bytes().to_vec(), 422),
        (form, b"\xff=\xff".to_vec(), 422),
        ("multipart/form-data", b"--x--".to_vec(), 422),
        (multipart, b"nonsense".to_vec(), 422),
        (multipart, b"--x\r\n\r\n--x".to_vec(), 422),
        (
            multipart,
            b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--".to_vec(),
            422,
        ),
        (
            multipart,
            b"--x\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n1\r\n--x--\r\n".to_vec(),
            422,
        ),
        ("multipart/form-data; boundary=", b"----".to_vec(), 422),
        ("multipart/form-data; boundary=\"\"", b"--\r\n--".to_vec(), 422),
    ];
    let missing = "access_level is missing, user_id, username are missing, at least one parameter must be provided";
    for path in [
        "/groups/acme/members",
        "/projects/acme%2Fapp/members",
        "/groups/nowhere/members",
    ] {
        for (media, body, status) in &bodies {
            cases += 1;
            let mut headers: Vec<(&str, &[u8])> = vec![("private-token", b"root-api")];
            if !media.is_empty() {
                headers.push(("content-type", media.as_bytes()));
            }
            let answer = raw(&app, Method::POST, path, &headers, body.clone()).await;
            let shown = format!("{media} {:.60?}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            // 422 stands here for: read, and found wanting.
            let wanted = if *status == 422 { 400 } else { *status };
            assert_eq!(answer.status.as_u16(), wanted, "{shown}: {:.200}", answer.text());
            match *status {
                422 => assert_eq!(answer.json(), json!({ "error": missing }), "{shown}"),
                400 => assert!(
                    answer.json()["error"].as_str().unwrap().contains("application/json"),
                    "{shown}"
                ),
                415 => {
                    let media = media.split(';').next().unwrap_or_default().trim().to_lowercase();
                    assert_eq!(
                        answer.json(),
                        json!({"error": format!("The provided content-type '{media}' is not supported.")})
                    );
                }
                _ => {}
            }
        }
    }
    // The same on a read are ignored.
    for (media, body, _) in bodies.iter().filter(|(media, _, _)| *media != form) {
        cases += 1;
        let headers: [(&str, &[u8]); 2] = [("private-token", b"root-api"), ("content-type", media.as_bytes())];
        let answer = raw(&app, Method::GET, "/groups/acme/members", &headers, body.clone()).await;
        assert_eq!(answer.status, 200, "{media}");
    }
    // The last of a name counts, and the body over the query.
    let root = app.admin();
    let headers = [("content-type", json)];
    let answer = root
        .with(
            Method::POST,
            "/groups/acme/members?access_level=30&user_id=1",
            &headers,
            r#"{"access_level":30,"access_level":"x"}"#,
        )
        .await;
    assert_eq!(answer.expect(400).json(), json!({"error": "access_level is invalid"}));
    assert_eq!(root.get("/groups/acme/members?per_page=0&per_page=1").await.status, 200);
    assert_eq!(root.get("/groups/acme/members?per_page=1&per_page=0").await.status, 400);
    eprintln!("{cases} cases of bodies");
    assert!(cases >= 200, "{cases}");
}
