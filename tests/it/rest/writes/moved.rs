//! Old paths of renamed projects.

use axum::http::Method;
use serde_json::json;

use super::groups::{parsed, place};
use super::{Stage, message};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_old_path_leads_to_the_project_wherever_it_is_now,
    other_methods_do_not_follow,
    nobody_is_led_to_what_they_do_not_see,
    an_old_path_ends_when_another_project_takes_it,
    a_project_that_comes_back_is_where_it_was,
    a_renamed_group_leaves_the_old_paths_of_its_projects,
);

const APP: &str = "/projects/acme%2Fapp";

async fn led(stage: &Stage, by: &str, path: &str) -> Option<String> {
    let answer = stage.by(by).get(path).await;
    (answer.status == 301).then(|| {
        let location = answer.header("location");
        assert_eq!(
            answer.text(),
            format!("This resource has been moved permanently to {location}")
        );
        assert_eq!(answer.header("content-type"), "text/plain");
        location
    })
}

async fn an_old_path_leads_to_the_project_wherever_it_is_now(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", APP, json!({"path": "app-2"})).await, 200);
    parsed(
        &stage
            .put("ann", "/projects/acme%2Fapp-2", json!({"path": "app-3"}))
            .await,
        200,
    );
    let home = "https://roster.example/api/v4/projects/2001";
    for (path, expected) in [
        (APP, String::new()),
        ("/projects/ACME%2fApp", String::new()),
        ("/projects/acme%2Fapp-2", String::new()),
        ("/projects/acme%2Fapp/", "/".to_owned()),
        ("/projects/acme%2Fapp?a=b%20c&x[]=1", "?a=b%20c&x[]=1".to_owned()),
        (
            "/projects/acme%2Fapp/members/all?per_page=1",
            "/members/all?per_page=1".to_owned(),
        ),
        ("/projects/acme%2Fapp/members/7", "/members/7".to_owned()),
        ("/projects/acme%2Fapp/audit_events", "/audit_events".to_owned()),
        ("/projects/acme%2Fapp/invitations", "/invitations".to_owned()),
        ("/projects/acme%2Fapp/access_requests", "/access_requests".to_owned()),
    ] {
        assert_eq!(
            led(&stage, "pat", path).await,
            Some(format!("{home}{expected}")),
            "{path}"
        );
    }
    assert_eq!(stage.read("/projects/acme%2Fapp-3").await["id"], 2001);
}

async fn other_methods_do_not_follow(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", APP, json!({"path": "new"})).await, 200);
    let refused = message(405, "Non GET methods are not allowed for moved projects");
    for (method, path, body) in [
        (Method::PUT, APP.to_owned(), json!({"name": "x"})),
        (Method::DELETE, APP.to_owned(), json!({})),
        (
            Method::POST,
            format!("{APP}/members"),
            json!({"user_id": 1, "access_level": 10}),
        ),
        (Method::POST, format!("{APP}/access_requests"), json!({})),
        (Method::DELETE, format!("{APP}/members/4"), json!({})),
        (
            Method::POST,
            format!("{APP}/share"),
            json!({"group_id": 1001, "group_access": 10}),
        ),
    ] {
        assert_eq!(
            stage.call("ann", method.clone(), &path, body).await,
            refused,
            "{method} {path}"
        );
    }
    let head = stage.by("ann").head(APP).await;
    assert_eq!(head.status, 405);
    assert_eq!(
        stage.put("nobody", APP, json!({"name": "x"})).await,
        message(401, "401 Unauthorized")
    );
}

async fn nobody_is_led_to_what_they_do_not_see(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", APP, json!({"path": "new"})).await, 200);
    parsed(
        &stage.put("ann", "/projects/cafe%2Fmenu", json!({"path": "card"})).await,
        200,
    );
    for by in ["nobody", "sid", "olga"] {
        for path in [APP, "/projects/nowhere%2Fapp"] {
            let answer = stage.by(by).get(path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.text()),
                message(404, "404 Project Not Found"),
                "{by} {path}"
            );
        }
    }
    assert_eq!(
        stage.put("sid", APP, json!({"name": "x"})).await,
        message(404, "404 Project Not Found")
    );
    assert!(led(&stage, "nobody", "/projects/cafe%2Fmenu").await.is_some());
    parsed(&stage.delete("ann", "/projects/acme%2Fnew").await, 202);
    assert_eq!(stage.by("ann").get(APP).await.status, 404);
}

async fn an_old_path_ends_when_another_project_takes_it(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", APP, json!({"path": "one"})).await, 200);
    parsed(
        &stage.put("ann", "/projects/acme%2Fone", json!({"path": "two"})).await,
        200,
    );
    // A group takes the path of a project, but is none.
    let group = json!({"name": "One", "path": "one", "parent_id": stage.group("acme")});
    parsed(&stage.post("ann", "/groups", group).await, 201);
    assert!(led(&stage, "ann", "/projects/acme%2Fone").await.is_some());
    let new = json!({"name": "Again", "path": "APP", "namespace_id": stage.group("acme")});
    let new = parsed(&stage.post("ann", "/projects", new).await, 201);
    assert_eq!(stage.read(APP).await["id"], new["id"]);
    parsed(&stage.delete("ann", APP).await, 202);
    assert_eq!(stage.by("ann").get(APP).await.status, 404);
    // So does one that is renamed to it.
    let other = json!({"name": "Other", "namespace_id": stage.group("acme")});
    parsed(&stage.post("ann", "/projects", other).await, 201);
    parsed(
        &stage.put("ann", "/projects/acme%2Ftwo", json!({"path": "three"})).await,
        200,
    );
    parsed(
        &stage.put("ann", "/projects/acme%2Fother", json!({"path": "two"})).await,
        200,
    );
    assert_eq!(stage.read("/projects/acme%2Ftwo").await["name"], "Other");
}

async fn a_project_that_comes_back_is_where_it_was(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", APP, json!({"path": "away"})).await, 200);
    parsed(
        &stage.put("ann", "/projects/acme%2Faway", json!({"path": "app"})).await,
        200,
    );
    assert_eq!(stage.read(APP).await["id"], 2001);
    assert!(led(&stage, "ann", "/projects/acme%2Faway").await.is_some());
    assert_eq!(stage.count("path_redirects").await, 1);
    // Another case, or another name, is no other place.
    parsed(
        &stage.put("ann", APP, json!({"path": "APP", "name": "Other"})).await,
        200,
    );
    assert_eq!(stage.count("path_redirects").await, 1);
}

async fn a_renamed_group_leaves_the_old_paths_of_its_projects(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    parsed(&stage.put("ann", "/groups/acme", json!({"path": "neu"})).await, 200);
    for (old, number) in [("acme%2Fapp", 2001), ("acme%2Fsub%2Fdeep%2Flib", 2002)] {
        let expected = format!("https://roster.example/api/v4/projects/{number}");
        assert_eq!(led(&stage, "ann", &format!("/projects/{old}")).await, Some(expected));
    }
    for old in ["acme", "acme%2Fsub", "acme%2Fsub%2Fdeep"] {
        assert_eq!(
            stage.by("ann").get(&format!("/groups/{old}")).await.status,
            404,
            "{old}"
        );
    }
    // Another group at the old path has projects of its own.
    let acme = parsed(
        &stage.post("sid", "/groups", json!({"name": "A", "path": "acme"})).await,
        201,
    );
    let app = json!({"path": "app", "namespace_id": acme["id"]});
    let app = parsed(&stage.post("sid", "/projects", app).await, 201);
    assert_eq!(stage.read(APP).await["id"], app["id"]);
    assert!(led(&stage, "ann", "/projects/acme%2Fsub%2Fdeep%2Flib").await.is_some());
    parsed(&stage.delete("sid", "/groups/acme").await, 202);
    parsed(&stage.put("ann", "/groups/neu", json!({"path": "acme"})).await, 200);
    assert_eq!(stage.read("/projects/acme%2Fsub%2Fdeep%2Flib").await["id"], 2002);
    assert_eq!(stage.count("path_redirects WHERE path_key LIKE 'acme/%'").await, 0);
}
