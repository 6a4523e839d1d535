//! `…/ldap_group_links`: which people of a directory a group has as members.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, forbidden, message};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    owners_link_a_group_and_see_its_links,
    parameters_of_a_link_are_judged_before_everything_else,
    a_link_that_cannot_be_is_a_conflict,
    a_link_is_removed_in_three_ways,
    the_first_link_locks_the_group_and_the_last_one_frees_it,
    a_link_made_and_removed_leaves_audit_events,
);

const ACME: &str = "/groups/acme/ldap_group_links";

fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .group("acme", |group| group.owner("ann").maintainer("mia").developer("dan"))
        .role("acme", "Auditor", 10)
        .group("acme/tools", |group| group.owner("tom"))
        .group("other", |group| group.owner("olga"))
        .role("other", "Foreign", 10)
        .project("acme/app", |project| project)
}

fn devs() -> Value {
    json!({"cn": "developers", "group_access": 30, "provider": "ldapmain"})
}

fn no_links() -> Outcome {
    message(404, "No linked LDAP groups found")
}

fn no_link() -> Outcome {
    message(404, "Linked LDAP group not found")
}

impl Stage {
    async fn links(&self, by: &str) -> Outcome {
        let answer = self.by(by).get(ACME).await;
        (answer.status.as_u16(), answer.text())
    }

    /// The names and filters of acme's links, in order.
    async fn linked(&self) -> Vec<String> {
        let (status, text) = self.links("ann").await;
        if status == 404 {
            assert_eq!((status, text), no_links());
            return vec![];
        }
        let links: Vec<Value> = serde_json::from_str(&text).unwrap();
        let words = |link: &Value| {
            let word = link["cn"].as_str().or(link["filter"].as_str()).unwrap();
            format!("{} {word} {}", link["provider"].as_str().unwrap(), link["group_access"])
        };
        links.iter().map(words).collect()
    }

    async fn link(&self, more: Value) -> Outcome {
        let mut body = json!({"group_access": 10, "provider": "ldapmain"});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post("ann", ACME, body).await
    }
}

async fn owners_link_a_group_and_see_its_links(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let refusals = [
        ("nobody", message(401, "401 Unauthorized")),
        ("sid", message(404, "404 Group Not Found")),
        ("dan", forbidden()),
        ("mia", forbidden()),
    ];
    for (by, refusal) in &refusals {
        assert_eq!(stage.links(by).await, *refusal, "{by}");
        assert_eq!(stage.post(by, ACME, devs()).await, *refusal, "{by}");
        for path in ["?provider=ldapmain&cn=x", "/x", "/ldapmain/x"] {
            let outcome = stage.delete(by, &format!("{ACME}{path}")).await;
            assert_eq!(outcome, *refusal, "{by} {path}");
        }
    }
    assert_eq!(stage.links("ann").await, no_links());
    let link = r#"{"cn":"developers","group_access":30,"provider":"ldapmain","filter":null,"member_role_id":null}"#;
    assert_eq!(stage.post("ann", ACME, devs()).await, (201, link.to_owned()));
    let filter =
        json!({"filter": "(type=guest)", "group_access": "10", "provider": "ldapmain", "member_role_id": 3001});
    let second = r#"{"cn":null,"group_access":10,"provider":"ldapmain","filter":"(type=guest)","member_role_id":3001}"#;
    assert_eq!(stage.post("root", ACME, filter).await, (201, second.to_owned()));
    assert_eq!(stage.links("ann").await, (200, format!("[{link},{second}]")));
    // Those of a group above are not its own; whoever owns that one owns it too.
    let below = stage.by("tom").get("/groups/acme%2Ftools/ldap_group_links").await;
    assert_eq!((below.status.as_u16(), below.text()), no_links());
    let by_ann = stage.post("ann", "/groups/acme%2Ftools/ldap_group_links", devs()).await;
    assert_eq!(by_ann.0, 201);
    let of_project = stage.post("ann", "/projects/acme%2Fapp/ldap_group_links", devs()).await;
    assert_eq!(of_project, error(404, "404 Not Found"));
}

async fn parameters_of_a_link_are_judged_before_everything_else(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let missing = "cn, filter are missing, exactly one parameter must be provided";
    let both = "cn, filter are mutually exclusive";
    for (body, text) in [
        (json!({"group_access": 30, "provider": "ldapmain"}), missing),
        (
            json!({"cn": "x", "filter": "(a=b)", "group_access": 30, "provider": "p"}),
            both,
        ),
        (json!({"cn": "x", "group_access": 30}), "provider is missing"),
        (
            json!({"cn": "x", "group_access": 25, "provider": "p"}),
            "group_access does not have a valid value",
        ),
        (
            json!({"cn": "x", "group_access": 0, "provider": "p"}),
            "group_access does not have a valid value",
        ),
        (
            json!({"cn": "x", "group_access": "ten", "provider": "p"}),
            "group_access is invalid",
        ),
        (
            json!({"cn": "x", "group_access": 10, "provider": "p", "member_role_id": "x"}),
            "member_role_id is invalid",
        ),
        (
            json!({}),
            "group_access is missing, provider is missing, cn, filter are missing, exactly one parameter must be provided",
        ),
    ] {
        for path in [ACME, "/groups/nowhere/ldap_group_links"] {
            assert_eq!(stage.post("ann", path, body.clone()).await, error(400, text), "{body}");
        }
    }
    for (query, text) in [
        ("?provider=ldapmain", missing),
        ("?provider=ldapmain&cn=x&filter=(a=b)", both),
        ("?cn=x", "provider is missing"),
    ] {
        assert_eq!(
            stage.delete("ann", &format!("{ACME}{query}")).await,
            error(400, text),
            "{query}"
        );
    }
    for level in [5, 10, 15, 20, 30, 40, 50] {
        let outcome = stage
            .link(json!({"cn": format!("cn-{level}"), "group_access": level}))
            .await;
        assert_eq!(outcome.0, 201, "{level}");
    }
}

async fn a_link_that_cannot_be_is_a_conflict(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(stage.post("ann", ACME, devs()).await.0, 201);
    assert_eq!(stage.link(json!({"filter": "(a=b)"})).await.0, 201);
    let before = (stage.traces().await, stage.linked().await);
    let needed = "Either LDAP group cn or LDAP user filter is required";
    for (body, text) in [
        (json!({"cn": "developers"}), "Cn has already been taken"),
        (json!({"cn": " developers "}), "Cn has already been taken"),
        (json!({"filter": "(a=b)"}), "Filter has already been taken"),
        (json!({"cn": ""}), needed),
        (json!({"cn": " "}), needed),
        (json!({"filter": null}), needed),
        (
            json!({"cn": "c".repeat(256)}),
            "Cn is too long (maximum is 255 characters)",
        ),
        (
            json!({"filter": format!("(a={})", "b".repeat(8189))}),
            "Filter is too long (maximum is 8192 characters)",
        ),
        (json!({"filter": "a=b"}), "Filter must be a valid filter"),
        (json!({"filter": "(a=b"}), "Filter must be a valid filter"),
        (json!({"filter": "(&(a=b)"}), "Filter must be a valid filter"),
        (json!({"cn": "x", "provider": ""}), "Provider can't be blank"),
        (json!({"cn": "x", "member_role_id": 99}), "Member role not found"),
        (
            json!({"cn": "x", "member_role_id": 3001, "group_access": 30}),
            "Member role the custom role's base access level does not match the current access level",
        ),
        (
            json!({"cn": "x", "member_role_id": 3002}),
            "Member namespace must be in same hierarchy as custom role's namespace",
        ),
    ] {
        assert_eq!(stage.link(body.clone()).await, message(409, text), "{body}");
    }
    assert_eq!((stage.traces().await, stage.linked().await), before);
    // Another directory may have a group of that name; and the name is no filter.
    for body in [
        json!({"cn": "developers", "provider": "ldapsecondary"}),
        json!({"cn": "(a=b)"}),
        json!({"cn": "Developers"}),
        json!({"cn": "c".repeat(255)}),
        json!({"filter": format!("(a={})", "b".repeat(8188))}),
    ] {
        assert_eq!(stage.link(body.clone()).await.0, 201, "{body}");
    }
}

async fn a_link_is_removed_in_three_ways(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for more in [
        json!({"cn": "a.b c/d", "provider": "second.dir"}),
        json!({"cn": "a.b c/d"}),
        json!({"cn": "(x=y)", "group_access": 20}),
        json!({"filter": "(x=y)"}),
    ] {
        assert_eq!(stage.link(more).await.0, 201);
    }
    let [second, main, named, filter] = [
        "second.dir a.b c/d 10",
        "ldapmain a.b c/d 10",
        "ldapmain (x=y) 20",
        "ldapmain (x=y) 10",
    ];
    assert_eq!(stage.linked().await, [second, main, named, filter]);
    for path in [
        "?provider=ldapmain&cn=nothing",
        "?provider=nothing&cn=a.b%20c%2Fd",
        "?provider=second.dir&filter=(x=y)",
        "?provider=ldapmain&cn=",
        "/nothing",
        "/nothing/a.b%20c%2Fd",
    ] {
        assert_eq!(stage.delete("ann", &format!("{ACME}{path}")).await, no_link(), "{path}");
    }
    let gone = (204, String::new());
    for (path, left) in [
        ("?provider=ldapmain&filter=(x%3Dy)", vec![second, main, named]),
        ("/a.b%20c%2Fd", vec![main, named]),
        ("/ldapmain/a.b%20c%2Fd", vec![named]),
        ("?provider=ldapmain&cn=(x%3Dy)", vec![]),
    ] {
        assert_eq!(stage.delete("ann", &format!("{ACME}{path}")).await, gone, "{path}");
        assert_eq!(stage.linked().await, left, "{path}");
    }
    assert_eq!(stage.link(json!({"cn": "x"})).await.0, 201);
    let body = json!({"provider": "ldapmain", "cn": "x"});
    assert_eq!(stage.call("root", Method::DELETE, ACME, body).await, gone);
}

async fn the_first_link_locks_the_group_and_the_last_one_frees_it(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let add = async || {
        let body = json!({"username": "sid", "access_level": 20});
        stage.post("ann", "/groups/acme/members", body).await.0
    };
    assert_eq!(stage.post("ann", ACME, devs()).await.0, 201);
    assert_eq!(add().await, 403);
    assert_eq!(stage.delete("ann", &format!("{ACME}/developers")).await.0, 204);
    assert_eq!(
        stage.level("/groups/acme", "dan").await,
        Some(30),
        "nobody goes with a link"
    );
    assert_eq!(add().await, 201);
}

async fn a_link_made_and_removed_leaves_audit_events(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let body = json!({"cn": "auditors", "group_access": 10, "provider": "ldapmain", "member_role_id": 3001});
    assert_eq!(stage.post("ann", ACME, body).await.0, 201);
    let made = stage.last_event("/groups/acme").await;
    assert_eq!(stage.delete("root", &format!("{ACME}/auditors")).await.0, 204);
    let gone = stage.last_event("/groups/acme").await;
    for (event, name, verb, author) in [
        (&made, "ldap_group_link_created", "add", "Ann"),
        (&gone, "ldap_group_link_deleted", "remove", "Root"),
    ] {
        let details = &event["details"];
        assert_eq!(event["event_name"], name, "{event}");
        assert_eq!(details[verb], "ldap_group_link", "{event}");
        assert_eq!(details["author_name"], author, "{event}");
        assert_eq!(
            (
                &details["as"],
                &details["cn"],
                &details["provider"],
                &details["target_details"]
            ),
            (
                &json!("Auditor"),
                &json!("auditors"),
                &json!("ldapmain"),
                &json!("auditors")
            )
        );
    }
}
