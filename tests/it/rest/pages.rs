//! Pages of lists: headers, bounds, and the ways to walk on.

use std::collections::BTreeSet;

use serde_json::json;

use super::{acme, each};
use crate::support::world::{Group, World};
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(
    a_numbered_page_tells_where_it_stands,
    a_walk_by_link_meets_every_row_once,
    projects_are_walked_by_their_number,
    users_are_walked_by_cursor,
    anonymous_callers_walk_groups_by_cursor,
    pages_that_a_list_does_not_have_are_refused,
    a_page_of_members_costs_the_same_however_long_it_is,
);

fn crowd(people: usize) -> serde_json::Value {
    let world = World::new().group("acme", |group| {
        (0..people).fold(group.owner("ann"), |group, number| {
            group.developer(&format!("dev{number}"))
        })
    });
    world.json()
}

async fn a_numbered_page_tells_where_it_stands(app: TestApp) {
    app.import(&crowd(4)).await;
    let ann = app.token("ann-api");
    let answer = ann
        .get("/groups/acme/members?per_page=2&page=2&user_ids=&query=")
        .await
        .expect(200);
    let shown: Vec<_> = [
        "x-page",
        "x-per-page",
        "x-next-page",
        "x-prev-page",
        "x-total",
        "x-total-pages",
    ]
    .map(|name| answer.header(name))
    .into();
    assert_eq!(shown, ["2", "2", "3", "1", "5", "3"]);
    let link = |page: u32, rel: &str| {
        format!(
            "<https://roster.example/api/v4/groups/acme/members?id=acme&page={page}&per_page=2&query=&show_seat_info=false\
             &user_ids%5B%5D=&with_saml_identity=false>; rel=\"{rel}\""
        )
    };
    let links = [link(1, "prev"), link(3, "next"), link(1, "first"), link(3, "last")];
    assert_eq!(answer.header("link"), links.join(", "));

    let behind = ann.get("/groups/acme/members?page=9").await.expect(200);
    assert_eq!(
        (behind.text(), behind.header("x-prev-page")),
        ("[]".to_owned(), String::new())
    );
    assert_eq!(behind.header("x-total"), "5");
    assert_eq!(
        ann.get("/groups/acme/members/2?page=x")
            .await
            .expect(200)
            .header("x-page"),
        ""
    );
}

async fn a_walk_by_link_meets_every_row_once(app: TestApp) {
    app.import(&crowd(7)).await;
    let ann = app.token("ann-api");
    for list in ["members", "members/all"] {
        let whole = ann.get(&format!("/groups/acme/{list}")).await.expect(200).json();
        let walked = walk(&ann, &format!("/groups/acme/{list}?per_page=3"), "id").await;
        assert_eq!(walked, each(&whole, "id"), "{list}");
    }
}

/// A field of every entry, page by page, by the links alone.
async fn walk(client: &Client, path: &str, field: &str) -> Vec<serde_json::Value> {
    let mut next = Some(path.to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let answer = client.get(&path).await.expect(200);
        seen.extend(each(&answer.json(), field));
        next = next_link(&answer.header("link"));
        assert!(seen.len() <= 100, "the walk does not end");
    }
    seen
}

fn next_link(header: &str) -> Option<String> {
    let link = header.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
    let url = link.trim_start_matches('<').split('>').next()?;
    url.strip_prefix("https://roster.example/api/v4").map(str::to_owned)
}

async fn projects_are_walked_by_their_number(app: TestApp) {
    acme(&app).await;
    let root = app.admin();
    for sort in ["asc", "desc"] {
        let path = format!("/projects?pagination=keyset&order_by=id&sort={sort}&per_page=2&simple=true");
        let answer = root.get(&path).await.expect(200);
        assert!(!answer.headers.contains_key("x-page") && !answer.headers.contains_key("x-total"));
        let walked: BTreeSet<_> = walk(&root, &path, "id")
            .await
            .into_iter()
            .map(|id| id.to_string())
            .collect();
        assert_eq!(walked, BTreeSet::from(["20", "21", "22"].map(str::to_owned)), "{sort}");
    }
    let last = root
        .get("/projects?pagination=keyset&order_by=id&sort=asc&id_after=21")
        .await
        .expect(200);
    assert!(
        next_link(&last.header("link")).is_some(),
        "the last page is an empty one"
    );
}

async fn users_are_walked_by_cursor(app: TestApp) {
    acme(&app).await;
    let ann = app.token("ann-api");
    for order in [
        "",
        "&order_by=name&sort=asc",
        "&order_by=created_at",
        "&order_by=username",
        "&order_by=updated_at",
    ] {
        let whole = ann.get(&format!("/users?{order}")).await.expect(200).json();
        let walked = walk(&ann, &format!("/users?pagination=keyset&per_page=3{order}"), "id").await;
        assert_eq!(walked, each(&whole, "id"), "{order}");
    }
    let first = ann.get("/users?pagination=keyset&per_page=3").await.expect(200);
    let second = ann
        .get(&format!(
            "/users?pagination=keyset&per_page=3&cursor={}",
            first.header("x-next-cursor")
        ))
        .await;
    let back = ann
        .get(&format!(
            "/users?pagination=keyset&per_page=3&cursor={}",
            second.header("x-prev-cursor")
        ))
        .await;
    assert_eq!(back.expect(200).text(), first.text());
    let other = format!(
        "/users?pagination=keyset&order_by=name&cursor={}",
        first.header("x-next-cursor")
    );
    assert_eq!(
        ann.get(&other).await.expect(400).json(),
        json!({"error": "cursor is invalid"})
    );
}

async fn anonymous_callers_walk_groups_by_cursor(app: TestApp) {
    let world = ["a", "b", "c"]
        .into_iter()
        .fold(World::new(), |world, path| world.group(path, Group::public));
    app.import(&world.json()).await;
    let nobody = app.anonymous();
    assert_eq!(
        walk(&nobody, "/groups?pagination=keyset&per_page=1", "path").await,
        ["a", "b", "c"]
    );
    let first = nobody.get("/groups?pagination=keyset&per_page=1").await.expect(200);
    assert!(!first.headers.contains_key("x-page"));
    let ann = app
        .admin()
        .get("/groups?pagination=keyset&per_page=1")
        .await
        .expect(200);
    assert_eq!(ann.header("x-page"), "1", "for others it is ignored");
}

async fn pages_that_a_list_does_not_have_are_refused(app: TestApp) {
    acme(&app).await;
    let no_keyset = json!({"error": "Keyset pagination is not yet available for this type of request"});
    let too_far = |of: &str| {
        json!({"error": format!(
            "Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type {of}. \
             Remaining records can be retrieved using keyset pagination."
        )})
    };
    for (client, path, refusal) in [
        (app.token("ann-api"), "/projects?pagination=keyset", no_keyset.clone()),
        (app.anonymous(), "/groups?pagination=keyset&sort=desc", no_keyset),
        (app.anonymous(), "/groups?page=501&per_page=100", too_far("Group")),
        (app.token("ann-api"), "/users?page=501&per_page=100", too_far("User")),
    ] {
        assert_eq!(client.get(path).await.expect(405).json(), refusal, "{path}");
    }
    let ann = app.token("ann-api");
    ann.get("/groups?page=501&per_page=100").await.expect(200);
    ann.get("/groups/acme/members?pagination=keyset&page=9223372036854775807&per_page=100")
        .await
        .expect(200);
}

async fn a_page_of_members_costs_the_same_however_long_it_is(app: TestApp) {
    app.import(&crowd(30)).await;
    let ann = app.token("ann-api");
    for list in ["members", "members/all"] {
        let cost = async |per_page: u32| {
            let path = format!("/groups/acme/{list}?per_page={per_page}&show_seat_info=true");
            ann.get(&path).await.expect(200).statements
        };
        // Seats are made when they are first asked for.
        cost(1).await;
        assert_eq!(cost(2).await, cost(20).await, "{list}");
    }
}
