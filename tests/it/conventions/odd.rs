//! Headers and bodies as clients should not send them.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use serde_json::{Value, json};

use crate::support::world::{Group, World};
use crate::support::{Answer, TestApp, on_both_databases};

on_both_databases!(
    odd_headers_do_no_harm,
    an_odd_key_is_refused,
    a_date_that_cannot_be_read_is_ignored,
    odd_bodies_do_no_harm,
);

fn world() -> Value {
    let world = World::new().group("acme", |group| group.public().owner("ann"));
    world.project("acme/app", Group::public).json()
}

async fn raw(app: &TestApp, method: Method, path: &str, headers: &[(&str, &[u8])], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v4{path}"));
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
    }
    app.anonymous().send(request.body(Body::from(body)).unwrap()).await
}

/// Headers of one request.
type Headers = Vec<(&'static str, Vec<u8>)>;

/// What shows no token, or none that is anybody's.
fn refused() -> Vec<Headers> {
    vec![
        vec![("private-token", b"".to_vec())],
        vec![("private-token", b" ".to_vec())],
        vec![("private-token", b"\xff\xfe".to_vec())],
        vec![("private-token", vec![b'a'; 20_000])],
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
    ]
}

/// What does not matter, beside a good token.
fn taken() -> Vec<Headers> {
    vec![
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
    ]
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
    for headers in refused() {
        let shown = format!("{headers:.100?}");
        assert_eq!(get(headers).await, unauthorized, "{shown}");
    }
    for headers in taken() {
        let shown = format!("{headers:.200?}");
        assert_eq!(get(headers).await.0, 200, "{shown}");
    }
}

/// A key is 1 to 255 visible characters; anything else is refused, and nothing is done.
async fn an_odd_key_is_refused(app: TestApp) {
    app.import(&world()).await;
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
}

async fn a_date_that_cannot_be_read_is_ignored(app: TestApp) {
    app.import(&world()).await;
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
        let Ok(value) = HeaderValue::from_str(bad) else {
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

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

fn deep(open: &str, close: &str, depth: usize) -> Vec<u8> {
    format!("{{\"a\":{}{}}}", open.repeat(depth), close.repeat(depth)).into_bytes()
}

/// Types and bodies that are refused as such, with the status.
fn unreadable() -> Vec<(&'static str, Vec<u8>, u16)> {
    vec![
        (JSON, b"{".to_vec(), 400),
        (JSON, b"}".to_vec(), 400),
        (JSON, b"{\"a\":1}x".to_vec(), 400),
        (JSON, b"{'a':1}".to_vec(), 400),
        (JSON, b"{\"a\":NaN}".to_vec(), 400),
        (JSON, b"{\"a\":01}".to_vec(), 400),
        (JSON, b"{\"a\":1,}".to_vec(), 400),
        (JSON, b"\xff\xfe".to_vec(), 400),
        (JSON, b"{\"a\":\"\xff\"}".to_vec(), 400),
        (JSON, b"{\"a\":\"\\ud800\"}".to_vec(), 400),
        (JSON, b"{\"a\":\"\\udc00\\ud800\"}".to_vec(), 400),
        (JSON, b"{\"a\":\"\\u00\"}".to_vec(), 400),
        (JSON, b"\xef\xbb\xbf{}".to_vec(), 400),
        (JSON, deep("[", "]", 100_000), 400),
        (JSON, deep("{\"a\":", "}", 100_000), 400),
        (JSON, "[".repeat(500_000).into_bytes(), 400),
        (JSON, vec![b'a'; 10 << 20], 413),
        (
            JSON,
            format!("{{\"a\":\"{}\"}}", "a".repeat(10 << 20)).into_bytes(),
            413,
        ),
        (FORM, vec![b'a'; 10 << 20], 413),
        (MULTIPART, vec![b'a'; 10 << 20], 413),
        ("text/xml", b"<a/>".to_vec(), 415),
        ("TEXT/XML; charset=x", b"<a/>".to_vec(), 415),
        ("text/plain", b"access_level=30".to_vec(), 415),
        ("application/json-patch+json", b"[]".to_vec(), 415),
        ("application/graphql", b"{}".to_vec(), 415),
        ("application", b"x".to_vec(), 415),
        ("", b"{}".to_vec(), 415),
        ("*/*", b"{}".to_vec(), 415),
        (";", b"{}".to_vec(), 415),
    ]
}

/// Those that are read, or count as none: what is missing is told. 422 stands for that here.
fn readable() -> Vec<(&'static str, Vec<u8>, u16)> {
    vec![
        ("APPLICATION/JSON", b"{}".to_vec(), 422),
        ("application/json; charset=utf-8", b"{}".to_vec(), 422),
        ("application/json;charset=nonsense;x=y", b"{}".to_vec(), 422),
        (" application/json ; ", b"{}".to_vec(), 422),
        (JSON, b"".to_vec(), 422),
        ("text/xml", b"".to_vec(), 422),
        (JSON, b"[]".to_vec(), 422),
        (JSON, b"null".to_vec(), 422),
        (JSON, b"7".to_vec(), 422),
        (JSON, b"\"access_level\"".to_vec(), 422),
        (JSON, b" \n{}\n ".to_vec(), 422),
        (JSON, b"{\"a\":1,\"a\":2}".to_vec(), 422),
        (JSON, b"{\"\":1,\"\\u0000\":2}".to_vec(), 422),
        (JSON, deep("[", "]", 100), 422),
        (FORM, b"%".to_vec(), 422),
        (FORM, b"%zz=%1".to_vec(), 422),
        (FORM, b"&&==&=&".to_vec(), 422),
        (FORM, b"a[=1&a]=2&[]=3&a[b=4".to_vec(), 422),
        (FORM, format!("a{}=1", "[b]".repeat(100_000)).into_bytes(), 422),
        (FORM, "a[]=1&".repeat(100_000).into_bytes(), 422),
        (FORM, "\u{202e}=שלום&e\u{301}=1".as_bytes().to_vec(), 422),
        (FORM, b"\xff=\xff".to_vec(), 422),
        ("multipart/form-data", b"--x--".to_vec(), 422),
        (MULTIPART, b"nonsense".to_vec(), 422),
        (MULTIPART, b"--x\r\n\r\n--x".to_vec(), 422),
        (
            MULTIPART,
            b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--".to_vec(),
            422,
        ),
        (
            MULTIPART,
            b"--x\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n1\r\n--x--\r\n".to_vec(),
            422,
        ),
        ("multipart/form-data; boundary=", b"----".to_vec(), 422),
        ("multipart/form-data; boundary=\"\"", b"--\r\n--".to_vec(), 422),
    ]
}

async fn odd_bodies_do_no_harm(app: TestApp) {
    app.import(&world()).await;
    let mut cases = 0;
    let bodies = [unreadable(), readable()].concat();
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
    for (media, body, _) in bodies.iter().filter(|(media, _, _)| *media != FORM) {
        cases += 1;
        let headers: [(&str, &[u8]); 2] = [("private-token", b"root-api"), ("content-type", media.as_bytes())];
        let answer = raw(&app, Method::GET, "/groups/acme/members", &headers, body.clone()).await;
        assert_eq!(answer.status, 200, "{media}");
    }
    // The last of a name counts, and the body over the query.
    let root = app.admin();
    let headers = [("content-type", JSON)];
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
