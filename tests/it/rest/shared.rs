//! Lists of what is shared with whom.

use serde_json::{Value, json};

use super::each;
use crate::support::world::{Group, World};
use crate::support::{Client, TestApp, level, on_both_databases};

on_both_databases!(
    the_groups_that_have_access_to_a_group_are_listed_by_relation,
    the_groups_that_have_access_to_a_project_are_listed_by_relation,
    the_groups_that_a_group_has_access_to_are_listed,
    the_projects_that_a_group_has_access_to_are_listed,
    the_groups_around_a_project_are_listed,
    a_project_can_be_shared_where_its_maintainer_has_a_role,
    share_locations_are_for_maintainers_of_projects_that_may_be_shared,
    a_list_is_read_by_who_sees_its_source,
    entries_have_the_form_of_their_list,
    what_has_ended_is_not_listed,
    parameters_at_fault_are_named,
    every_list_is_paged_to_its_end,
    a_list_costs_the_same_for_one_row_and_for_many,
);

/// `top` above `top/mid`, above `top/mid/low` with the project `app`; groups that are let into each of them, some of them hidden.
fn place() -> World {
    let crew = |group: Group| group.owner("ann").guest("gus");
    World::new()
        .user("sid", |user| user)
        .user("exa", crate::support::world::Item::external)
        .group("pub", |group| group.public().owner("cleo").reporter("gus"))
        .group("int", |group| group.internal().owner("cleo"))
        .group("priv", |group| group.owner("cleo").guest("gus"))
        .group("own", |group| group.owner("ann").developer("gus"))
        .group("top", |group| {
            crew(group)
                .public()
                .shared_with("pub", level::GUEST)
                .shared_with("priv", level::GUEST)
        })
        .group("top/mid", |group| {
            group
                .public()
                .shared_with("int", level::DEVELOPER)
                .shared_with("pub", level::OWNER)
        })
        .group("top/mid/low", |group| {
            group.public().shared_with("own", level::REPORTER)
        })
        .project("top/mid/low/app", |project| {
            project
                .public()
                .maintainer("max")
                .shared_with("pub", level::DEVELOPER)
                .shared_with("own", level::GUEST)
                .shared_with("priv", level::MAINTAINER)
        })
        .project("per/dots", |project| project.public().shared_with("pub", level::GUEST))
        .project("own/lent", |project| project.shared_with("top", level::GUEST))
        .project("pub/lent", |project| project.public().shared_with("top", level::GUEST))
}

fn by(app: &TestApp, name: &str) -> Client {
    match name {
        "nobody" => app.anonymous(),
        name => app.token(&format!("{name}-api")),
    }
}

/// One field of every entry.
async fn list(app: &TestApp, name: &str, path: &str, field: &str) -> Value {
    json!(each(&by(app, name).get(path).await.expect(200).json(), field))
}

const LOW: &str = "/groups/top%2Fmid%2Flow/invited_groups";
const APP: &str = "/projects/top%2Fmid%2Flow%2Fapp";

async fn the_groups_that_have_access_to_a_group_are_listed_by_relation(app: TestApp) {
    app.import(&place().json()).await;
    for (name, query, expected) in [
        ("root", "", json!(["own", "priv", "int", "pub"])),
        ("root", "?relation=direct", json!(["own"])),
        ("root", "?relation=inherited", json!(["priv", "int", "pub"])),
        (
            "root",
            "?relation[]=direct&relation[]=inherited",
            json!(["own", "priv", "int", "pub"]),
        ),
        (
            "root",
            "?relation=direct,%20inherited",
            json!(["own", "priv", "int", "pub"]),
        ),
        ("root", "?relation=", json!(["own", "priv", "int", "pub"])),
        ("ann", "", json!(["own", "int", "pub"])),
        ("gus", "", json!(["own", "priv", "int", "pub"])),
        ("sid", "", json!(["int", "pub"])),
        ("exa", "", json!(["pub"])),
        ("nobody", "", json!(["pub"])),
        ("gus", "?search=PR", json!(["priv"])),
        ("gus", "?search=%20", json!(["own", "priv", "int", "pub"])),
        ("gus", "?search=i", json!(["priv", "int"])),
        ("gus", "?min_access_level=10", json!(["own", "priv", "pub"])),
        ("gus", "?min_access_level=20", json!(["own", "pub"])),
        (
            "gus",
            "?min_access_level=20&relation=inherited&search=p",
            json!(["pub"]),
        ),
        ("nobody", "?min_access_level=50", json!(["pub"])),
    ] {
        let path = format!("{LOW}{query}");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {query}");
    }
    assert_eq!(
        list(
            &app,
            "root",
            "/groups/top%2Fmid/invited_groups?relation=direct",
            "full_path"
        )
        .await,
        json!(["int", "pub"])
    );
    assert_eq!(
        list(
            &app,
            "root",
            "/groups/top/invited_groups?relation=inherited",
            "full_path"
        )
        .await,
        json!([])
    );
}

async fn the_groups_that_have_access_to_a_project_are_listed_by_relation(app: TestApp) {
    app.import(&place().json()).await;
    for (name, query, expected) in [
        ("root", "", json!(["own", "priv", "int", "pub"])),
        ("root", "?relation=direct", json!(["own", "priv", "pub"])),
        ("root", "?relation=inherited", json!(["own", "priv", "int", "pub"])),
        ("ann", "?relation=direct", json!(["own", "pub"])),
        ("nobody", "?relation=direct", json!(["pub"])),
        ("gus", "?min_access_level=30", json!(["own"])),
        ("gus", "?search=in", json!(["int"])),
    ] {
        let path = format!("{APP}/invited_groups{query}");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {query}");
    }
    let dots = "/projects/per%2Fdots/invited_groups";
    assert_eq!(list(&app, "nobody", dots, "full_path").await, json!(["pub"]));
    let inherited = format!("{dots}?relation=inherited");
    assert_eq!(list(&app, "root", &inherited, "full_path").await, json!([]));
}

async fn the_groups_that_a_group_has_access_to_are_listed(app: TestApp) {
    let lent = |visibility: &'static str| {
        move |group: Group| {
            let group = group
                .set("visibility", visibility)
                .set("name", format!("Z {visibility}"));
            group.owner("ola").shared_with("club", level::DEVELOPER)
        }
    };
    let world = World::new()
        .user("sid", |user| user)
        .group("club", |group| {
            group.public().owner("cleo").guest("gus").maintainer("mia")
        })
        .group("c", lent("private"))
        .group("a", lent("internal"))
        .group("b", lent("public"))
        .group("b/x", |group| {
            group
                .public()
                .set("name", "A first")
                .shared_with("club", level::GUEST)
                .owner("gus")
        })
        .group("other", |group| group.public().owner("ola"));
    app.import(&world.json()).await;
    let number = app.admin().get("/groups/b").await.json()["id"].clone();
    for (name, query, expected) in [
        ("root", String::new(), json!(["b/x", "a", "c", "b"])),
        ("root", "?sort=desc".to_owned(), json!(["b", "c", "a", "b/x"])),
        ("root", "?order_by=path".to_owned(), json!(["a", "b", "c", "b/x"])),
        (
            "root",
            "?order_by=id&sort=desc".to_owned(),
            json!(["b/x", "b", "a", "c"]),
        ),
        ("root", "?order_by=similarity".to_owned(), json!(["b/x", "a", "c", "b"])),
        ("root", format!("?skip_groups[]={number}"), json!(["b/x", "a", "c"])),
        ("root", "?visibility=public".to_owned(), json!(["b/x", "b"])),
        ("root", "?search=Z".to_owned(), json!(["a", "c", "b"])),
        ("mia", String::new(), json!(["b/x", "a", "c", "b"])),
        // In b/x too: what is shared above is shared below.
        ("mia", "?min_access_level=30".to_owned(), json!(["b/x", "a", "c", "b"])),
        ("gus", "?min_access_level=50".to_owned(), json!(["b/x"])),
        ("gus", "?min_access_level=20".to_owned(), json!(["b/x"])),
        ("sid", String::new(), json!(["b/x", "a", "b"])),
        ("nobody", String::new(), json!(["b/x", "b"])),
    ] {
        let path = format!("/groups/club/groups/shared{query}");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {query}");
    }
    assert_eq!(list(&app, "root", "/groups/other/groups/shared", "id").await, json!([]));
}

async fn the_projects_that_a_group_has_access_to_are_listed(app: TestApp) {
    app.import(&place().json()).await;
    let path = "/groups/top/projects/shared";
    for (name, query, expected) in [
        ("root", "", json!(["pub/lent", "own/lent"])),
        ("root", "?sort=asc", json!(["own/lent", "pub/lent"])),
        ("root", "?visibility=private", json!(["own/lent"])),
        ("root", "?search=lent", json!(["pub/lent", "own/lent"])),
        ("root", "?search=app", json!([])),
        ("gus", "", json!(["pub/lent", "own/lent"])),
        ("gus", "?min_access_level=30", json!(["own/lent"])),
        ("sid", "", json!(["pub/lent"])),
        ("nobody", "", json!(["pub/lent"])),
    ] {
        let found = list(&app, name, &format!("{path}{query}"), "path_with_namespace").await;
        assert_eq!(found, expected, "{name} {query}");
    }
    let whole = app.admin().get(path).await.expect(200).json();
    assert_eq!(whole[0]["shared_with_groups"][0]["group_full_path"], "top");
    let simple = app.admin().get(&format!("{path}?simple=true")).await.expect(200).json();
    assert!(simple[0].get("_links").is_none());
}

async fn the_groups_around_a_project_are_listed(app: TestApp) {
    app.import(&place().json()).await;
    let mid = app.admin().get("/groups/top%2Fmid").await.json()["id"].clone();
    let all = json!(["top/mid/low", "top/mid", "top", "own", "priv", "pub"]);
    for (name, query, expected) in [
        ("nobody", String::new(), json!(["top/mid/low", "top/mid", "top"])),
        ("root", "?with_shared=true".to_owned(), all.clone()),
        // Those are named that one does not see.
        ("nobody", "?with_shared=true".to_owned(), all.clone()),
        ("ann", "?with_shared=true".to_owned(), all),
        (
            "ann",
            "?with_shared=true&shared_visible_only=true".to_owned(),
            json!(["top/mid/low", "top/mid", "top", "own", "pub"]),
        ),
        (
            "nobody",
            "?with_shared=true&shared_visible_only=true&search=p".to_owned(),
            json!(["top", "pub"]),
        ),
        (
            "nobody",
            "?with_shared=true&shared_min_access_level=30".to_owned(),
            json!(["top/mid/low", "top/mid", "top", "priv", "pub"]),
        ),
        ("nobody", "?with_shared=true&search=own".to_owned(), json!(["own"])),
        ("nobody", "?shared_min_access_level=10&search=own".to_owned(), json!([])),
        (
            "ann",
            format!("?skip_groups={mid}&with_shared=1&shared_min_access_level=40"),
            json!(["top/mid/low", "top", "priv"]),
        ),
    ] {
        let path = format!("{APP}/groups{query}");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {query}");
    }
    let dots = "/projects/per%2Fdots/groups";
    assert_eq!(list(&app, "root", dots, "full_path").await, json!([]));
    let shared = format!("{dots}?with_shared=true");
    assert_eq!(list(&app, "root", &shared, "full_path").await, json!(["pub"]));
}

async fn a_project_can_be_shared_where_its_maintainer_has_a_role(app: TestApp) {
    let world = World::new()
        .group("home", |group| group.maintainer("mia").guest("gus"))
        .group("home/inner", |group| group)
        .group("linked", |group| group.guest("mia"))
        .group("ended", |group| group.guest("mia"))
        .group("guest", |group| group.set("name", "Guests of honour").guest("mia"))
        .group("guest/below", |group| group)
        .group("lent", |group| group.shared_with("guest", level::GUEST))
        .group("barely", |group| group.member("mia", level::MINIMAL, |row| row))
        .group("public", Group::public)
        .project("home/inner/app", |project| {
            project
                .shared_with("linked", level::GUEST)
                .share("ended", level::GUEST, |link| link.until("2026-11-21"))
        })
        .project("mia/dots", |project| project);
    app.import(&world.json()).await;
    let path = "/projects/home%2Finner%2Fapp/share_locations";
    for (name, query, expected) in [
        ("mia", "", json!(["lent", "guest/below", "guest", "ended"])),
        ("mia", "?search=GUEST", json!(["guest/below", "guest"])),
        ("mia", "?search=honour", json!(["guest"])),
        ("mia", "?search=nt", json!(["lent"])),
        (
            "root",
            "",
            json!(["public", "barely", "lent", "guest/below", "guest", "ended"]),
        ),
        ("gus", "", json!([])),
    ] {
        let path = format!("{path}{query}");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {query}");
    }
    let dots = list(&app, "mia", "/projects/mia%2Fdots/share_locations", "full_path").await;
    let everywhere = ["lent", "guest/below", "guest", "ended", "linked", "home/inner", "home"];
    assert_eq!(dots, json!(everywhere));
    // What it says is so: each of them takes it.
    let mia = app.token("mia-api");
    for group in mia
        .get("/projects/mia%2Fdots/share_locations")
        .await
        .json()
        .as_array()
        .unwrap()
    {
        let body = json!({"group_id": group["id"], "group_access": 10});
        mia.post("/projects/mia%2Fdots/share", &body).await.expect(201);
    }
    assert_eq!(
        list(&app, "mia", "/projects/mia%2Fdots/share_locations", "id").await,
        json!([])
    );
}

async fn share_locations_are_for_maintainers_of_projects_that_may_be_shared(app: TestApp) {
    let world = World::new()
        .group("other", |group| group.owner("ann"))
        .group("locked", |group| {
            group.owner("ann").setting("share_with_group_lock", true)
        })
        .group("kept", |group| {
            let group = group.public().owner("ann").maintainer("mia").developer("dan");
            group.setting("prevent_sharing_groups_outside_hierarchy", true)
        })
        .group("kept/one", Group::public)
        .group("kept/two", |group| group)
        .project("locked/app", |project| project)
        .project("kept/one/app", Group::public);
    app.import(&world.json()).await;
    for (name, project, expected) in [
        ("ann", "locked%2Fapp", json!([])),
        ("root", "locked%2Fapp", json!([])),
        ("ann", "kept%2Fone%2Fapp", json!(["kept/two"])),
        ("root", "kept%2Fone%2Fapp", json!(["kept/two"])),
        ("mia", "kept%2Fone%2Fapp", json!(["kept/two"])),
        ("dan", "kept%2Fone%2Fapp", json!([])),
        ("nobody", "kept%2Fone%2Fapp", json!([])),
    ] {
        let path = format!("/projects/{project}/share_locations");
        assert_eq!(list(&app, name, &path, "full_path").await, expected, "{name} {project}");
    }
}

const GROUP_LISTS: [&str; 3] = ["invited_groups", "groups/shared", "projects/shared"];
const PROJECT_LISTS: [&str; 3] = ["invited_groups", "groups", "share_locations"];

async fn a_list_is_read_by_who_sees_its_source(app: TestApp) {
    app.import(&place().json()).await;
    for (path, name, status) in [
        ("priv", "nobody", 404),
        ("priv", "sid", 404),
        ("priv", "gus", 200),
        ("int", "nobody", 404),
        ("int", "exa", 404),
        ("int", "sid", 200),
        ("pub", "nobody", 200),
        ("nowhere", "root", 404),
    ] {
        for list in GROUP_LISTS {
            let answer = by(&app, name)
                .get(&format!("/groups/{path}/{list}"))
                .await
                .expect(status);
            if status == 404 {
                assert_eq!(answer.text(), r#"{"message":"404 Group Not Found"}"#);
            }
        }
    }
    for (path, name, status) in [
        ("own%2Flent", "nobody", 404),
        ("own%2Flent", "sid", 404),
        ("own%2Flent", "gus", 200),
        ("pub%2Flent", "nobody", 200),
    ] {
        for list in PROJECT_LISTS {
            let answer = by(&app, name)
                .get(&format!("/projects/{path}/{list}"))
                .await
                .expect(status);
            if status == 404 {
                assert_eq!(answer.text(), r#"{"message":"404 Project Not Found"}"#);
            }
        }
    }
    app.token("dead").get("/groups/pub/invited_groups").await.expect(401);
}

async fn entries_have_the_form_of_their_list(app: TestApp) {
    app.import(&place().json()).await;
    let whole = app.admin().get("/groups/pub").await.json();
    let lists = app.admin().get("/groups?search=pub&all_available=true").await.json();
    let as_listed = lists
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["id"] == whole["id"]);
    for path in ["/groups/top/invited_groups?search=pub", "/groups/own/groups/shared"] {
        let entry = app.admin().get(path).await.expect(200).json()[0].clone();
        let keys = |entry: &Value| entry.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&entry), keys(as_listed.unwrap()), "{path}");
    }
    let short = json!({
        "id": whole["id"], "web_url": "https://roster.example/groups/pub", "name": "pub", "avatar_url": null, "full_name": "pub", "full_path": "pub",
    });
    for list in ["invited_groups?search=pub", "groups?with_shared=true&search=pub"] {
        let found = app.admin().get(&format!("{APP}/{list}")).await.expect(200).json();
        assert_eq!(found, json!([short]), "{list}");
    }
}

async fn what_has_ended_is_not_listed(app: TestApp) {
    let ended = |source: Group| {
        source
            .share("friends", level::GUEST, |link| link.until("2026-11-21"))
            .share("others", level::GUEST, |link| link.until("2026-11-22"))
    };
    let world = World::new()
        .group("friends", |group| group)
        .group("others", |group| group)
        .group("acme", ended)
        .project("acme/cli", ended)
        .project("acme/sub", |project| project);
    app.import(&world.json()).await;
    for (path, expected) in [
        ("/groups/acme/invited_groups", json!(["others"])),
        ("/projects/acme%2Fcli/invited_groups", json!(["others"])),
        ("/projects/acme%2Fsub/invited_groups", json!(["others"])),
        (
            "/projects/acme%2Fcli/groups?with_shared=true",
            json!(["acme", "others"]),
        ),
        ("/groups/friends/groups/shared", json!([])),
        ("/groups/others/groups/shared", json!(["acme"])),
    ] {
        assert_eq!(list(&app, "root", path, "full_path").await, expected, "{path}");
    }
    for (group, expected) in [("friends", json!([])), ("others", json!(["acme/cli"]))] {
        let path = format!("/groups/{group}/projects/shared");
        assert_eq!(list(&app, "root", &path, "path_with_namespace").await, expected);
    }
}

async fn parameters_at_fault_are_named(app: TestApp) {
    app.import(&place().json()).await;
    for (path, text) in [
        (format!("{LOW}?relation=above"), "relation does not have a valid value"),
        (
            format!("{APP}/invited_groups?relation[]=direct&relation[]=x&min_access_level=7"),
            "relation does not have a valid value, min_access_level does not have a valid value",
        ),
        (
            "/groups/nowhere/groups/shared?order_by=size&sort=up&visibility=x".to_owned(),
            "visibility does not have a valid value, order_by does not have a valid value, sort does not have a valid value",
        ),
        (
            "/groups/pub/projects/shared?order_by=x&simple=maybe&per_page=0".to_owned(),
            "order_by does not have a valid value, simple is invalid, per_page has a value not allowed",
        ),
        (
            format!("{APP}/groups?with_shared=maybe&shared_min_access_level=x"),
            "with_shared is invalid, shared_min_access_level is invalid",
        ),
        (format!("{APP}/share_locations?page=two"), "page is invalid"),
    ] {
        let answer = app.anonymous().get(&path).await.expect(400);
        assert_eq!(answer.json(), json!({ "error": text }), "{path}");
    }
}

/// A group and a project, each with `count` links in every direction.
fn many(name: &str, count: usize) -> impl Fn(World) -> World {
    let name = name.to_owned();
    move |world| {
        let linked = |mut source: Group| {
            for n in 0..count {
                source = source.shared_with(&format!("{name}-with{n}"), level::GUEST);
            }
            source.public().owner("ann")
        };
        let mut world = world;
        for n in 0..count {
            world = world.group(&format!("{name}-with{n}"), |group| group.public().owner("ann"));
            world = world.group(&format!("{name}-free{n}"), |group| group.public().owner("ann"));
        }
        world = world.group(&name, linked);
        for n in 0..count {
            world = world.group(&format!("{name}-lent{n}"), |group| {
                group.public().shared_with(&name, level::GUEST)
            });
            world = world.project(&format!("{name}-lent{n}/p"), |project| {
                project.public().shared_with(&name, level::GUEST)
            });
        }
        world.project(&format!("{name}/p"), linked)
    }
}

async fn every_list_is_paged_to_its_end(app: TestApp) {
    app.import(&many("acme", 7)(World::new()).json()).await;
    let ann = app.token("ann-api");
    let of_group = GROUP_LISTS.map(|list| format!("/groups/acme/{list}"));
    let of_project = PROJECT_LISTS.map(|list| format!("/projects/acme%2Fp/{list}"));
    for path in of_group.into_iter().chain(of_project) {
        let path = format!("{path}?with_shared=true");
        let whole = ann.get(&format!("{path}&per_page=100")).await.expect(200);
        let all = each(&whole.json(), "id");
        assert!(all.len() >= 7, "{path}: {all:?}");
        let (mut found, mut page) = (Vec::new(), "1".to_owned());
        while !page.is_empty() {
            let answer = ann.get(&format!("{path}&per_page=3&page={page}")).await.expect(200);
            assert_eq!(answer.header("x-total"), all.len().to_string(), "{path}");
            assert_eq!(answer.header("x-page"), page);
            found.extend(each(&answer.json(), "id"));
            page = answer.header("x-next-page");
        }
        assert_eq!(found, all, "{path}");
        let beyond = ann.get(&format!("{path}&per_page=3&page=99")).await.expect(200);
        assert_eq!(
            (beyond.text(), beyond.header("x-next-page")),
            ("[]".to_owned(), String::new())
        );
    }
    let first = ann.get("/groups/acme/invited_groups?relation=direct&per_page=3").await;
    let link = first.header("link");
    assert!(
        link.contains("relation%5B%5D=direct") && link.contains("rel=\"last\""),
        "{link}"
    );
}

async fn a_list_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    let world = many("large", 30)(many("small", 1)(World::new()));
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let of_group = GROUP_LISTS.map(|list| format!("/groups/{{}}/{list}"));
    let of_project = PROJECT_LISTS.map(|list| format!("/projects/{{}}%2Fp/{list}"));
    for path in of_group.into_iter().chain(of_project) {
        let cost = async |name: &str| {
            let path = format!("{}?with_shared=true&per_page=100", path.replace("{}", name));
            ann.get(&path).await.expect(200).statements
        };
        assert_eq!(cost("small").await, cost("large").await, "{path}");
    }
}
