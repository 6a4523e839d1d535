//! Who sees who asks, page by page.

use super::super::super::each;
use super::super::{Stage, error, forbidden, message};
use super::{GROUP, PROJECT, everybody};
use crate::support::world::{Group, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    requests_are_listed_for_who_administers_the_members,
    a_list_is_paged_by_row,
    a_list_costs_the_same_however_long_it_is,
);

async fn requests_are_listed_for_who_administers_the_members(app: TestApp) {
    let stage = Stage::new(app, &everybody(Group::public)).await;
    for (source, able) in [
        (GROUP, &["own", "mel", "lin", "root"][..]),
        (PROJECT, &["mia", "own", "lin", "ann", "root"][..]),
    ] {
        let path = format!("{source}/access_requests");
        let all = [
            "sid", "exa", "ria", "min", "awa", "old", "gus", "pla", "rep", "dev", "mia", "own", "mel", "lin", "ann",
            "root",
        ];
        for who in all {
            let answer = stage.by(who).get(&path).await;
            if able.contains(&who) {
                assert_eq!(
                    each(&answer.expect(200).json(), "username"),
                    ["ria", "rob"],
                    "{source} {who}"
                );
            } else {
                assert_eq!((answer.status.as_u16(), answer.text()), forbidden(), "{source} {who}");
            }
        }
        let anonymous = stage.by("nobody").get(&path).await;
        assert_eq!(
            (anonymous.status.as_u16(), anonymous.text()),
            message(401, "401 Unauthorized")
        );
    }
    for (path, text) in [
        ("/groups/none/access_requests", "404 Group Not Found"),
        ("/projects/home%2Fnone/access_requests", "404 Project Not Found"),
    ] {
        let answer = stage.by("own").get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), message(404, text));
    }
}

fn crowd(asking: usize) -> World {
    let world = World::new().group("other", |group| group.owner("ann").requested_by("eve", |row| row));
    let ask = |group: Group| {
        (0..asking).fold(group, |group, n| {
            group
                .developer(&format!("d{n}"))
                .requested_by(&format!("r{n}"), |row| row)
        })
    };
    world
        .group("acme", |group| ask(group.owner("ann")))
        .project("acme/p", |project| project.requested_by("eve", |row| row))
}

async fn a_list_is_paged_by_row(app: TestApp) {
    let stage = Stage::new(app, &crowd(5)).await;
    let ann = stage.by("ann");
    let path = "/groups/acme/access_requests";
    let page = ann.get(&format!("{path}?per_page=2&page=2")).await.expect(200);
    assert_eq!(each(&page.json(), "username"), ["r2", "r3"]);
    let shown = [
        "x-page",
        "x-per-page",
        "x-next-page",
        "x-prev-page",
        "x-total",
        "x-total-pages",
    ];
    assert_eq!(shown.map(|name| page.header(name)), ["2", "2", "3", "1", "5", "3"]);
    let link = |page: u32, rel: &str| {
        format!("<https://roster.example/api/v4{path}?id=acme&page={page}&per_page=2>; rel=\"{rel}\"")
    };
    let links = [link(1, "prev"), link(3, "next"), link(1, "first"), link(3, "last")];
    assert_eq!(page.header("link"), links.join(", "));
    let behind = ann.get(&format!("{path}?page=9")).await.expect(200);
    assert_eq!(
        (behind.text(), behind.header("x-total")),
        ("[]".to_owned(), "5".to_owned())
    );
    let whole = ann.get(path).await.expect(200).json();
    assert_eq!(each(&whole, "username"), ["r0", "r1", "r2", "r3", "r4"]);
    let none = ann.get(&format!("{path}?per_page=0")).await;
    assert_eq!(
        (none.status.as_u16(), none.text()),
        error(400, "per_page has a value not allowed")
    );
}

async fn a_list_costs_the_same_however_long_it_is(app: TestApp) {
    let stage = Stage::new(app, &crowd(30)).await;
    let cost = async |path: &str| stage.by("ann").get(path).await.expect(200).statements;
    let one = cost("/groups/acme/access_requests?per_page=1").await;
    assert_eq!(cost("/groups/acme/access_requests?per_page=29").await, one);
    assert!(one > 3, "reads are counted: {one}");
}
