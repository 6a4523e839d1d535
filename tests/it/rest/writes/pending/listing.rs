//! Lists of who waits.

use serde_json::{Value, json};

use super::{GROUP, SUBGROUP, SYNCED, Stage, bad_request, hall, message};
use crate::rest::each;
use crate::rest::writes::error;
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    users_and_addresses_wait_once_each,
    the_list_is_for_who_administers_the_members_of_a_top_level_group,
    a_list_is_walked_to_its_end,
    a_page_costs_the_same_among_many,
    what_is_over_waits_no_more,
);

async fn users_and_addresses_wait_once_each(app: TestApp) {
    let stage = Stage::new(app, &hall(|group| group)).await;
    let answer = stage
        .by("own")
        .get(&format!("{GROUP}/pending_members"))
        .await
        .expect(200);
    let user = |source: &str, who: &str, name: &str, email: Value| {
        json!({"id": stage.row(source, who), "name": name, "username": who, "email": email,
               "web_url": format!("https://roster.example/{who}"), "invited": false, "avatar_url": null, "approved": false})
    };
    let address = |source: &str, email: &str, approved: bool| json!({"id": stage.row(source, email), "email": email, "invited": true, "avatar_url": null, "approved": approved});
    assert_eq!(
        answer.json(),
        json!([
            user("acme", "wai", "Wai Ling", json!("wai@public.example")),
            user("acme/sub", "wen", "Wen", json!(null)),
            user("acme/sub/p", "gus", "Gus", json!(null)),
            address("acme", "ada@example.org", false),
            // Among several the first that awaits approval stands for all.
            address("acme/sub", "zoe@example.org", false),
        ])
    );
    let keys = r#""name":"Wai Ling","username":"wai","email":"wai@public.example","web_url""#;
    assert!(answer.text().contains(keys), "{}", answer.text());
    for (header, value) in [
        ("x-total", "5"),
        ("x-page", "1"),
        ("x-per-page", "20"),
        ("x-next-page", ""),
    ] {
        assert_eq!(answer.header(header), value, "{header}");
    }
    assert_eq!(
        stage.let_in("own", GROUP, stage.row("acme", "zoe@example.org")).await.0,
        204
    );
    let list = stage.read(&format!("{GROUP}/pending_members")).await;
    assert_eq!(
        list[4],
        address("acme", "zoe@example.org", true),
        "an approved invitation stays until it is accepted"
    );
}

async fn the_list_is_for_who_administers_the_members_of_a_top_level_group(app: TestApp) {
    let stage = Stage::new(app, &hall(Group::public)).await;
    let list = async |by: &str, group: &str, query: &str| {
        let answer = stage.by(by).get(&format!("{group}/pending_members{query}")).await;
        (answer.status.as_u16(), answer.text())
    };
    for who in ["mel", "own", "lin", "root"] {
        assert_eq!(list(who, GROUP, "").await.0, 200, "{who}");
        assert_eq!(list(who, SUBGROUP, "").await, bad_request(), "{who}");
    }
    for who in [
        "sid", "exa", "min", "gus", "pla", "rep", "dev", "mia", "wai", "ria", "sue",
    ] {
        assert_eq!(list(who, GROUP, "").await, bad_request(), "{who}");
    }
    for (by, group, query, outcome) in [
        ("nobody", GROUP, "?per_page=0", message(401, "401 Unauthorized")),
        (
            "sid",
            "/groups/none",
            "?per_page=0",
            error(400, "per_page has a value not allowed"),
        ),
        ("sid", "/groups/none", "", message(404, "404 Group Not Found")),
        ("sid", "/groups/allies", "", message(404, "404 Group Not Found")),
        ("sue", SUBGROUP, "", bad_request()),
        ("mia", SYNCED, "", bad_request()),
        ("mel", SYNCED, "", bad_request()),
        ("own", SYNCED, "", bad_request()),
        ("root", SYNCED, "", bad_request()),
        ("own", "/groups/own%2Fnotes", "", message(404, "404 Group Not Found")),
    ] {
        assert_eq!(list(by, group, query).await, outcome, "{by} {group} {query}");
    }
}

/// So many users and addresses wait in `acme`, each also below it, and the same in `other`.
fn crowd(many: usize) -> World {
    let wait = |source: Group| {
        (0..many).fold(source, |source, n| {
            let source = source.member(&format!("w{n}"), 30, Item::awaiting);
            source.invited(&format!("a{n}@example.org"), 30, |row| row)
        })
    };
    let world = World::new()
        .group("acme", |group| wait(group.owner("own")))
        .group("acme/sub", wait)
        .group("other", wait);
    let world = world.project("acme/sub/p", wait);
    (0..many).fold(world, |world, n| {
        world.project(&format!("acme/p{n}"), |project| project.developer("dev"))
    })
}

async fn a_list_is_walked_to_its_end(app: TestApp) {
    let stage = Stage::new(app, &crowd(7)).await;
    let whole = stage.read(&format!("{GROUP}/pending_members")).await;
    assert_eq!(whole.as_array().unwrap().len(), 14);
    let names: Vec<_> = whole
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.get("username").unwrap_or(&one["email"]))
        .collect();
    assert_eq!(
        (names[0], names[6], names[7], names[13]),
        (
            &json!("w0"),
            &json!("w6"),
            &json!("a0@example.org"),
            &json!("a6@example.org")
        )
    );
    for per_page in [1, 3, 5, 14] {
        let mut walked = vec![];
        let mut page = "1".to_owned();
        while !page.is_empty() {
            let path = format!("{GROUP}/pending_members?per_page={per_page}&page={page}");
            let answer = stage.by("own").get(&path).await.expect(200);
            assert_eq!(answer.header("x-total"), "14");
            walked.extend(each(&answer.json(), "id"));
            page = answer.header("x-next-page");
        }
        assert_eq!(walked, each(&whole, "id"), "{per_page}");
    }
    let behind = stage
        .by("own")
        .get(&format!("{GROUP}/pending_members?page=9"))
        .await
        .expect(200);
    assert_eq!(
        (behind.text(), behind.header("x-total")),
        ("[]".to_owned(), "14".to_owned())
    );
}

async fn a_page_costs_the_same_among_many(app: TestApp) {
    let small = crowd(1).json();
    let stage = Stage::of(app, small).await;
    let one = stage
        .by("own")
        .get(&format!("{GROUP}/pending_members?per_page=1"))
        .await
        .expect(200);
    assert_eq!(one.header("x-total"), "2");
    for n in 0..30 {
        let body = json!({"email": format!("b{n}@example.org"), "access_level": 30});
        assert_eq!(stage.post("own", &format!("{GROUP}/invitations"), body).await.0, 201);
    }
    let many = stage
        .by("own")
        .get(&format!("{GROUP}/pending_members?per_page=20"))
        .await
        .expect(200);
    assert_eq!(many.header("x-total"), "32");
    assert!(one.statements > 3);
    assert_eq!(many.statements, one.statements);
}

async fn what_is_over_waits_no_more(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group
            .owner("own")
            .member("late", 30, |row| row.awaiting().until("2026-11-21"))
            .member("next", 30, |row| row.awaiting().until("2026-11-22"))
            .invited("old@example.org", 30, |row| row.until("2026-11-20"))
    });
    let stage = Stage::new(app, &world).await;
    let list = stage.read(&format!("{GROUP}/pending_members")).await;
    assert_eq!(
        each(&list, "email"),
        [json!(null), json!("old@example.org")],
        "invitations until they are tidied away"
    );
    assert_eq!(list[0]["username"], "next");
    let late = stage.row("acme", "late");
    assert_eq!(stage.let_in("own", GROUP, late).await, super::nobody_waits());
}
