//! New accounts, through both faces.

use serde_json::{Value, json};

use crate::graph::{self, done, faults, refused, traces};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_administrator_makes_an_account,
    only_administrators_make_accounts,
    each_fault_of_an_account_has_its_text,
    what_is_taken_is_said_before_anything_else,
    what_an_account_needs_is_asked_for,
    an_account_is_made_by_the_graph_alike,
    each_fault_of_an_account_has_its_code_and_place,
    a_call_that_is_sent_again_makes_one_account,
    of_two_who_take_a_name_at_once_one_has_it,
);

pub(crate) const CREATE: &str = "mutation($input: UserCreateInput!) { done: userCreate(input: $input) {
    clientMutationId errors userErrors { code message path }
    user { id username name state publicEmail webUrl bot groupMemberships { nodes { accessLevel { stringValue } group { fullPath } } } } } }";

fn world() -> World {
    World::new()
        .user("ann", |user| {
            user.set("email", "Ann@acme.example")
                .set("public_email", "ann@public.example")
        })
        .group("acme", |group| group.public().owner("ann"))
        .group("acme/tools", |group| group)
        .project("acme/app", |project| project)
}

fn wanted(more: &Value) -> Value {
    let mut body =
        json!({"email": "Nia@New.example", "name": "Nia New", "username": "Nia.new", "password": "12345678"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn an_administrator_makes_an_account(app: TestApp) {
    app.import(&world().json()).await;
    let root = app.admin();
    let body = wanted(&json!({
        "admin": true, "external": "yes", "note": "from the fair", "public_email": "hi@new.example", "skip_confirmation": true,
        "projects_limit": 5, "can_create_group": false,
    }));
    let answer = root.post("/users", &body).await.expect(201);
    let made = answer.json();
    let id = made["id"].as_i64().unwrap();
    for (key, value) in [
        ("username", json!("Nia.new")),
        ("name", json!("Nia New")),
        ("email", json!("Nia@New.example")),
        ("commit_email", json!("Nia@New.example")),
        ("public_email", json!("hi@new.example")),
        ("state", json!("active")),
        ("is_admin", json!(true)),
        ("external", json!(true)),
        ("note", json!("from the fair")),
        ("bot", json!(false)),
        ("namespace_id", json!(1_000_000_000 + id)),
        ("created_at", json!("2026-11-21T12:00:00.000Z")),
        ("confirmed_at", json!("2026-11-21T12:00:00.000Z")),
        ("last_sign_in_at", Value::Null),
        ("identities", json!([])),
        ("using_license_seat", json!(false)),
        ("web_url", json!("https://roster.example/Nia.new")),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    assert_eq!(made["created_by"]["username"], "root");
    assert!(!answer.text().contains("12345678"));
    let seen = root.get(&format!("/users/{id}")).await.expect(200).json();
    for (key, value) in made.as_object().unwrap() {
        assert_eq!(&seen[key], value, "{key}");
    }
    let home = root
        .get(&format!("/namespaces/{}", 1_000_000_000 + id))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&home["full_path"], &home["kind"], &home["name"]),
        (&json!("Nia.new"), &json!("user"), &json!("Nia New"))
    );
    let events = root
        .get(&format!("/audit_events?entity_type=User&entity_id={id}"))
        .await
        .json();
    assert_eq!(
        (
            &events[0]["event_name"],
            &events[0]["details"]["custom_message"],
            &events[0]["author_id"]
        ),
        (&json!("user_created"), &json!("User Nia.new created"), &json!(1))
    );
    for ways in [
        json!({"reset_password": true}),
        json!({"force_random_password": "1", "password": "x"}),
    ] {
        let mut body = json!({"email": format!("a{}@new.example", ways.to_string().len()), "name": "A",
                              "username": format!("a{}", ways.to_string().len())});
        body.as_object_mut().unwrap().extend(ways.as_object().unwrap().clone());
        let made = root.post("/users", &body).await.expect(201).json();
        assert_eq!(
            (&made["is_admin"], &made["external"], &made["note"]),
            (&json!(false), &json!(false), &Value::Null)
        );
    }
    // An export and its import know the newcomers.
    let file = app.export().await;
    assert!(
        file["users"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["username"] == "Nia.new")
    );
}

async fn only_administrators_make_accounts(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    let body = wanted(&json!({}));
    let refusal = app.anonymous().post("/users", &body).await.expect(401);
    assert_eq!(refusal.text(), r#"{"message":"401 Unauthorized"}"#);
    let refusal = app.token("ann-api").post("/users", &body).await.expect(403);
    assert_eq!(refusal.text(), r#"{"message":"403 Forbidden"}"#);
    // Acting as ann he is no administrator.
    app.admin().post("/users?sudo=ann", &body).await.expect(403);
    let input = json!({"username": "nia", "name": "Nia", "email": "nia@new.example"});
    assert_eq!(
        refused(&app.anonymous(), CREATE, input.clone()).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refused(&app.token("ann-api"), CREATE, input).await,
        "RESOURCE_NOT_AVAILABLE"
    );
    assert_eq!(traces(&app).await, before);
}

const BAD_PATH: &str = "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', nor end \
                        with '-', '_', '.', '.git', or '.atom'.";

async fn each_fault_of_an_account_has_its_text(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    for (more, status, body) in [
        (
            json!({"username": "no good"}),
            400,
            json!({"message": {"username": [BAD_PATH]}}),
        ),
        (
            json!({"username": "nia.git"}),
            400,
            json!({"message": {"username": [BAD_PATH]}}),
        ),
        (
            json!({"username": "Users"}),
            400,
            json!({"message": {"username": ["is a reserved name"]}}),
        ),
        (
            json!({"username": ""}),
            400,
            json!({"message": {"username": ["can't be blank"]}}),
        ),
        (
            json!({"username": "acme/x"}),
            400,
            json!({"message": {"username": [BAD_PATH]}}),
        ),
        (
            json!({"name": " "}),
            400,
            json!({"message": {"name": ["can't be blank"]}}),
        ),
        (
            json!({"name": "n".repeat(256)}),
            400,
            json!({"message": {"name": ["is too long (maximum is 255 characters)"]}}),
        ),
        (
            json!({"email": "nia"}),
            400,
            json!({"message": {"email": ["is invalid"]}}),
        ),
        (
            json!({"email": ""}),
            400,
            json!({"message": {"email": ["can't be blank"]}}),
        ),
        (
            json!({"public_email": "nia"}),
            400,
            json!({"message": {"public_email": ["is invalid"]}}),
        ),
        (
            json!({"public_email": "ann@acme.example"}),
            400,
            json!({"message": {"public_email": ["has already been taken"]}}),
        ),
        (
            json!({"password": "1234567"}),
            400,
            json!({"message": {"password": ["is too short (minimum is 8 characters)"]}}),
        ),
        (
            json!({"password": ""}),
            400,
            json!({"message": {"password": ["can't be blank"]}}),
        ),
        (
            json!({"password": "x", "name": "", "email": "x", "username": "-"}),
            400,
            json!({"message": {
                "email": ["is invalid"], "name": ["can't be blank"], "password": ["is too short (minimum is 8 characters)"],
                "username": ["is a reserved name"],
            }}),
        ),
        (
            json!({"admin": "maybe", "email": []}),
            400,
            json!({"error": "email is invalid, admin is invalid"}),
        ),
    ] {
        let answer = app.admin().post("/users", &wanted(&more)).await.expect(status);
        assert_eq!(answer.json(), body, "{more}");
    }
    assert_eq!(traces(&app).await, before);
}

async fn what_is_taken_is_said_before_anything_else(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    let (email_taken, name_taken) = ("Email has already been taken", "Username has already been taken");
    for (more, status, body) in [
        (
            json!({"email": "ANN@ACME.example"}),
            409,
            json!({ "message": email_taken }),
        ),
        (
            json!({"email": "ann@PUBLIC.example"}),
            409,
            json!({ "message": email_taken }),
        ),
        (
            json!({"email": " ann@acme.example "}),
            409,
            json!({ "message": email_taken }),
        ),
        (json!({"username": "aNN"}), 409, json!({ "message": name_taken })),
        (json!({"username": "ACME"}), 409, json!({ "message": name_taken })),
        // Both are said before anything else that is wrong.
        (
            json!({"email": "ann@acme.example", "username": "ann", "name": "", "password": "x"}),
            409,
            json!({ "message": email_taken }),
        ),
        (
            json!({"username": "ann", "name": "", "password": "x"}),
            409,
            json!({ "message": name_taken }),
        ),
    ] {
        let answer = app.admin().post("/users", &wanted(&more)).await.expect(status);
        assert_eq!(answer.json(), body, "{more}");
    }
    assert_eq!(traces(&app).await, before);
}

async fn what_an_account_needs_is_asked_for(app: TestApp) {
    app.import(&world().json()).await;
    let answer = app.admin().post("/users", &json!({})).await.expect(400);
    assert_eq!(
        answer.json()["error"],
        "email is missing, password, reset_password, force_random_password are missing, at least one parameter must be provided, \
         name is missing, username is missing"
    );
    let no_password = json!({"email": "a@b.example", "name": "A", "username": "abc", "reset_password": false});
    let answer = app.admin().post("/users", &no_password).await.expect(400);
    assert_eq!(answer.json(), json!({"message": {"password": ["can't be blank"]}}));
}

async fn an_account_is_made_by_the_graph_alike(app: TestApp) {
    app.import(&world().json()).await;
    let input = json!({
        "clientMutationId": "c", "username": "nia", "name": "Nia", "email": "nia@new.example", "admin": false, "external": true,
        "publicEmail": "hi@new.example",
    });
    let made = done(&app.admin(), CREATE, input).await;
    let id = graph::user_id(&app, "nia").await;
    assert_eq!(
        made,
        json!({
            "clientMutationId": "c", "errors": [], "userErrors": [],
            "user": {
                "id": id, "username": "nia", "name": "Nia", "state": "active", "publicEmail": "hi@new.example",
                "webUrl": "https://roster.example/nia", "bot": false, "groupMemberships": {"nodes": []},
            },
        })
    );
    let seen = app.admin().get("/users?username=NIA").await.json();
    assert_eq!(
        (&seen[0]["external"], &seen[0]["is_admin"]),
        (&json!(true), &json!(false))
    );
}

async fn each_fault_of_an_account_has_its_code_and_place(app: TestApp) {
    app.import(&world().json()).await;
    let before = traces(&app).await;
    for (more, expected) in [
        (
            json!({"email": "ann@acme.example"}),
            json!(["TAKEN", "Email has already been taken", ["email"]]),
        ),
        (
            json!({"username": "acme"}),
            json!(["TAKEN", "Username has already been taken", ["username"]]),
        ),
        (
            json!({"username": "a b"}),
            json!(["INVALID", format!("Username {BAD_PATH}"), ["username"]]),
        ),
        (
            json!({"username": "api"}),
            json!(["INVALID", "Username is a reserved name", ["username"]]),
        ),
        (
            json!({"username": ""}),
            json!(["BLANK", "Username can't be blank", ["username"]]),
        ),
        (
            json!({"email": "nia"}),
            json!(["INVALID", "Email is invalid", ["email"]]),
        ),
        (
            json!({"email": " "}),
            json!(["BLANK", "Email can't be blank", ["email"]]),
        ),
        (
            json!({"publicEmail": "ann@public.example"}),
            json!(["TAKEN", "Public email has already been taken", ["publicEmail"]]),
        ),
    ] {
        let mut input = json!({"username": "nia", "name": "Nia", "email": "nia@new.example"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = done(&app.admin(), CREATE, input).await;
        assert_eq!(faults(&told), json!([expected]), "{more}");
        assert_eq!(told["user"], Value::Null);
    }
    let blank = json!({"username": "nia", "name": " ", "email": "nia@new.example"});
    let told = done(&app.admin(), CREATE, blank).await;
    assert_eq!(
        (&told["userErrors"][0]["code"], &told["userErrors"][0]["path"]),
        (&json!("BLANK"), &json!(["name"]))
    );
    assert_eq!(traces(&app).await, before);
}

async fn a_call_that_is_sent_again_makes_one_account(app: TestApp) {
    app.import(&world().json()).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let call = async || {
        let body = wanted(&json!({})).to_string();
        app.admin()
            .with(axum::http::Method::POST, "/users", &headers, body)
            .await
            .expect(201)
            .text()
    };
    let first = call().await;
    assert_eq!(call().await, first);
    app.admin().post("/users", &wanted(&json!({}))).await.expect(409);
}

async fn of_two_who_take_a_name_at_once_one_has_it(app: TestApp) {
    app.import(&world().json()).await;
    let replicas = [app.replica().await, app.replica().await];
    for round in 0..6 {
        let body = |which: usize| {
            let (email, name) = if round % 2 == 0 {
                (format!("both{round}@new.example"), format!("u{round}-{which}"))
            } else {
                (format!("u{round}-{which}@new.example"), format!("both{round}"))
            };
            json!({"email": email, "name": "N", "username": name, "reset_password": true})
        };
        let clients = replicas.each_ref().map(|replica| TestApp::at(replica, "root-api"));
        let (first, second) = (body(0), body(1));
        let (a, b) = tokio::join!(clients[0].post("/users", &first), clients[1].post("/users", &second));
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        won.expect(201);
        let field = if round % 2 == 0 { "Email" } else { "Username" };
        assert_eq!(
            lost.expect(409).json()["message"],
            format!("{field} has already been taken")
        );
    }
}
