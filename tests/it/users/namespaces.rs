//! Namespaces: groups and personal ones.

use serde_json::{Value, json};

use crate::support::world::{Group, Item, World, level};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    everybody_lists_their_own_namespace_and_those_of_their_groups,
    a_list_of_namespaces_is_narrowed,
    a_namespace_is_found_by_number_and_path,
    a_list_of_namespaces_is_paged_and_costs_the_same,
);

const HOME: i64 = 1_000_000_000;

fn world() -> World {
    World::new()
        .user("ann", |user| user.set("name", "Ann Ash"))
        .user("dan", |user| user)
        .group("acme", |group| group.set("name", "Acme").owner("ann").developer("dan"))
        .group("acme/tools", |group| {
            group.developer("eve").member("dan", level::MAINTAINER, |row| row)
        })
        .group("acme/tools/deep", Group::public)
        .group("open", |group| {
            group.public().owner("eve").requested_by("dan", |row| row)
        })
        .group("wait", |group| group.owner("eve").member("dan", 30, Item::awaiting))
        .group("lent", |group| group.owner("eve").shared_with("acme", 30))
        .project("acme/app", |project| project.guest("fay"))
        .project("acme/tools/cli", |project| project)
        .project("ann/dots", |project| project)
}

fn paths(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|namespace| namespace["full_path"].as_str().unwrap()).collect()
}

async fn everybody_lists_their_own_namespace_and_those_of_their_groups(app: TestApp) {
    app.import(&world().json()).await;
    let list = app.token("ann-api").get("/namespaces").await.expect(200);
    assert_eq!(
        list.json(),
        json!([
            {
                "id": 1001, "name": "Acme", "path": "acme", "kind": "group", "full_path": "acme", "parent_id": null, "avatar_url": null,
                "web_url": "https://roster.example/groups/acme", "members_count_with_descendants": 3, "projects_count": 2,
            },
            {
                "id": HOME + 2, "name": "Ann Ash", "path": "ann", "kind": "user", "full_path": "ann", "parent_id": null,
                "avatar_url": null, "web_url": "https://roster.example/ann",
            },
        ])
    );
    let dan = app.token("dan-api").get("/namespaces").await.expect(200).json();
    assert_eq!(paths(&dan), ["acme", "acme/tools", "dan"]);
    assert_eq!(
        (&dan[1]["parent_id"], dan[0].get("projects_count")),
        (&json!(1001), None)
    );
    let root = app.admin().get("/namespaces?per_page=100").await.expect(200).json();
    assert_eq!(
        paths(&root),
        [
            "acme",
            "acme/tools",
            "acme/tools/deep",
            "open",
            "wait",
            "lent",
            "root",
            "ann",
            "dan",
            "eve",
            "fay"
        ]
    );
    assert_eq!(
        (&root[1]["members_count_with_descendants"], &root[1]["projects_count"]),
        (&json!(2), &json!(1))
    );
    assert!(root[6].get("projects_count").is_none());
    assert_eq!(
        app.anonymous().get("/namespaces").await.expect(401).text(),
        r#"{"message":"401 Unauthorized"}"#
    );
}

async fn a_list_of_namespaces_is_narrowed(app: TestApp) {
    app.import(&world().json()).await;
    for (who, query, expected) in [
        ("dan", "search=OOL", vec!["acme/tools"]),
        ("dan", "search=acme", vec!["acme"]),
        ("dan", "search=acme&full_path_search=true", vec!["acme", "acme/tools"]),
        ("dan", "search=%25", vec![]),
        ("dan", "search=", vec!["acme", "acme/tools", "dan"]),
        ("dan", "owned_only=true", vec!["dan"]),
        ("ann", "owned_only=true", vec!["acme", "ann"]),
        ("root", "owned_only=true", vec!["root"]),
        ("dan", "top_level_only=true", vec!["acme", "dan"]),
        (
            "root",
            "top_level_only=true&search=e",
            vec!["acme", "open", "lent", "eve"],
        ),
        ("ann", "search=ASH", vec!["ann"]),
    ] {
        let list = app
            .token(&format!("{who}-api"))
            .get(&format!("/namespaces?{query}"))
            .await
            .expect(200)
            .json();
        assert_eq!(paths(&list), expected, "{who} {query}");
    }
    let refusal = app
        .token("dan-api")
        .get("/namespaces?owned_only=perhaps")
        .await
        .expect(400)
        .json();
    assert_eq!(refusal["error"], "owned_only is invalid");
}

async fn a_namespace_is_found_by_number_and_path(app: TestApp) {
    app.import(&world().json()).await;
    let get = async |who: &str, id: &str| app.token(&format!("{who}-api")).get(&format!("/namespaces/{id}")).await;
    let by_number = get("ann", "1001").await.expect(200).text();
    assert_eq!(get("ann", "ACME").await.expect(200).text(), by_number);
    let tools = get("ann", "acme%2FTools").await.expect(200).json();
    assert_eq!(
        (&tools["id"], &tools["members_count_with_descendants"]),
        (&json!(1002), &json!(2))
    );
    // A role from above is one, and one through a link, too.
    get("dan", "acme%2Ftools%2Fdeep").await.expect(200);
    get("dan", "lent").await.expect(200);
    let own = get("dan", &(HOME + 3).to_string()).await.expect(200).text();
    assert_eq!(get("dan", "Dan").await.expect(200).text(), own);
    assert_eq!(get("root", "dan").await.expect(200).text(), own);
    get("root", "wait").await.expect(200);
    let ann = (HOME + 2).to_string();
    for (who, id) in [
        ("dan", "open"),
        ("dan", "wait"),
        ("dan", "ann"),
        ("dan", ann.as_str()),
        ("dan", "nothing"),
        ("dan", "9999"),
        ("dan", "0"),
        ("dan", "-1"),
        ("dan", "99999999999999999999"),
        ("eve", "acme"),
        ("root", "acme%252Ftools"),
        ("root", "acme%2Fapp"),
    ] {
        let refusal = get(who, id).await.expect(404);
        assert_eq!(refusal.text(), r#"{"message":"404 Namespace Not Found"}"#, "{who} {id}");
    }
    app.anonymous().get("/namespaces/acme").await.expect(401);
}

async fn a_list_of_namespaces_is_paged_and_costs_the_same(app: TestApp) {
    let mut world = World::new().user("dan", |user| user).user("eve", |user| user);
    for number in 0..23 {
        world = world.group(&format!("g{number:02}"), |group| group.owner("dan"));
    }
    app.import(&world.group("one", |group| group.owner("eve")).json()).await;
    let (mut seen, mut page) = (0, "1".to_owned());
    while !page.is_empty() {
        let answer = app
            .token("dan-api")
            .get(&format!("/namespaces?per_page=10&page={page}"))
            .await
            .expect(200);
        assert_eq!(
            (answer.header("x-total"), answer.header("x-total-pages")),
            ("24".to_owned(), "3".to_owned())
        );
        seen += answer.json().as_array().unwrap().len();
        page = answer.header("x-next-page");
    }
    assert_eq!(seen, 24);
    let few = app.token("eve-api").get("/namespaces").await.statements;
    assert_eq!(
        app.token("dan-api").get("/namespaces?per_page=100").await.statements,
        few
    );
}
