//! Every list of the API, walked page by page in each way that it has.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Operation, operations};
use crate::support::world::{Group, Item, World};
use crate::support::{Answer, Client, EXTERNAL_URL, TestApp, on_both_databases};

on_both_databases!(
    every_list_is_walked_by_numbered_pages,
    every_list_takes_odd_pages,
    lists_with_keys_are_walked_by_them_and_others_ignore_the_wish,
);

const MANY: usize = 5;

fn crowded(mut source: Group) -> Group {
    for n in 0..MANY {
        source = source
            .developer(&format!("dev{n}"))
            .member(&format!("wait{n}"), 30, Item::awaiting)
            .requested_by(&format!("ask{n}"), |row| row)
            .invited(&format!("new{n}@example.org"), 30, |row| row.by("ann"))
            .shared_with(&format!("with{n}"), 30);
    }
    source
}

/// At least five of everything that is listed anywhere.
async fn crowd(app: &TestApp) {
    let tokens: Vec<_> = (0..MANY)
        .map(|n| json!({"token": format!("root-{n}"), "name": format!("root-{n}"), "scopes": ["api"]}))
        .collect();
    let own = json!({"token": "root-api", "name": "root-api", "scopes": ["api", "sudo"]});
    let tokens: Vec<_> = std::iter::once(own).chain(tokens).collect();
    let mut world = World::new().user("root", |user| user.set("tokens", tokens));
    for n in 0..MANY {
        world = world.group(&format!("with{n}"), |group| {
            group.public().developer("ivy").developer("ann")
        });
    }
    world = world.group("acme", |group| crowded(group.owner("ann")));
    for n in 0..MANY {
        world = world
            .group(&format!("acme/sub{n}"), |group| group.developer("dev0"))
            .group(&format!("free{n}"), |group| group.owner("ann"))
            .group(&format!("lent{n}"), |group| group.shared_with("acme", 30))
            .project(&format!("lent{n}/app"), |project| project.shared_with("acme", 30));
    }
    world = world.project("acme/app", crowded);
    for n in 0..MANY {
        world = world
            .project(&format!("acme/more{n}"), |project| project)
            .project(&format!("dev0/own{n}"), |project| project);
    }
    let mut deep = "acme/sub0".to_owned();
    for n in 0..MANY {
        deep = format!("{deep}/deep{n}");
        world = world.group(&deep, |group| group);
    }
    world = world.project(&format!("{deep}/app"), |project| project);
    app.import(&world.json()).await;
    for n in 0..MANY {
        for source in ["groups/acme", "projects/acme%2Fapp"] {
            let body = json!({"username": format!("dev{n}"), "access_level": 40});
            let dev = app.admin().get(&format!("/users?username=dev{n}")).await.json()[0]["id"].clone();
            app.admin().put(&format!("/{source}/members/{dev}"), &body).await;
        }
    }
}

/// The lists, each with the path of a long one and what has to stand in its query.
async fn lists(app: &TestApp) -> Vec<(Operation, String)> {
    let all = operations(app).await.into_iter().filter(|operation| operation.is_list);
    let user = |name: &str| {
        let path = format!("/users?username={name}");
        let app = app.clone();
        async move { app.admin().get(&path).await.json()[0]["id"].to_string() }
    };
    let (dev, ivy) = (user("dev0").await, user("ivy").await);
    let path = |operation: &Operation| {
        let source = match operation.path.as_str() {
            "/projects/{id}/groups" => format!(
                "acme%2Fsub0{}%2Fapp",
                (0..MANY).map(|n| format!("%2Fdeep{n}")).collect::<Vec<_>>().concat()
            ),
            path if path.starts_with("/projects") => "acme%2Fapp".to_owned(),
            path if path.starts_with("/users") => dev.clone(),
            _ => "acme".to_owned(),
        };
        let user = if operation.path.ends_with("/indirect") {
            &ivy
        } else {
            &dev
        };
        let path = operation.path.replacen("{id}", &source, 1).replace("{user_id}", user);
        let query = if operation.path.ends_with("_groups") && operation.names_a_source() {
            "all_available=true"
        } else {
            "simple=false"
        };
        format!("{path}?{query}")
    };
    all.map(|operation| {
        let path = path(&operation);
        (operation, path)
    })
    .collect()
}

fn rels(answer: &Answer) -> Vec<(String, String)> {
    let header = answer.header("link");
    let links = header.split(", ").filter(|link| !link.is_empty());
    let parts = |link: &str| {
        let (url, rel) = link.split_once(">; rel=\"").expect(link);
        (
            rel.trim_end_matches('"').to_owned(),
            url.trim_start_matches('<').to_owned(),
        )
    };
    links.map(parts).collect()
}

/// What follows `/api/v4` in a link.
fn below(url: &str) -> String {
    let root = format!("{EXTERNAL_URL}/api/v4");
    url.strip_prefix(&root).unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// What is wrong with the headers of this page.
fn faults_of(answer: &Answer, path: &str, page: usize, per_page: usize, total: usize) -> Vec<String> {
    let pages = total.div_ceil(per_page).max(1);
    let number = |is_there: bool, page: usize| if is_there { page.to_string() } else { String::new() };
    let mut wanted = vec![
        ("x-page", page.to_string()),
        ("x-per-page", per_page.to_string()),
        ("x-next-page", number(page < pages, page + 1)),
        ("x-prev-page", number(page > 1 && page <= pages, page.saturating_sub(1))),
        ("x-total", total.to_string()),
        ("x-total-pages", pages.to_string()),
    ];
    wanted.retain(|(name, value)| answer.header(name) != *value);
    let mut faults: Vec<_> = wanted
        .iter()
        .map(|(name, value)| format!("{path}: {name} is {:?}, not {value:?}", answer.header(name)))
        .collect();
    let mut names = vec!["prev", "next", "first", "last"];
    names.retain(|name| (*name != "prev" || (page > 1 && page <= pages)) && (*name != "next" || page < pages));
    let links = rels(answer);
    if links.iter().map(|(rel, _)| rel.as_str()).collect::<Vec<_>>() != names {
        faults.push(format!("{path}: links {links:?}"));
    }
    let own = path.split('?').next().unwrap_or_default();
    for (rel, url) in &links {
        let leads_to = match rel.as_str() {
            "prev" => page - 1,
            "next" => page + 1,
            "first" => 1,
            _ => pages,
        };
        let (at, query) = url.split_once('?').unwrap_or_default();
        let names: Vec<_> = query
            .split('&')
            .map(|pair| pair.split('=').next().unwrap_or_default())
            .collect();
        let is_sorted = names.is_sorted();
        let has = |pair: String| query.split('&').any(|given| given == pair);
        if !is_sorted
            || below(at) != own
            || !has(format!("page={leads_to}"))
            || !has(format!("per_page={per_page}"))
            || query.contains("private_token")
        {
            faults.push(format!("{path}: {rel} leads to {url}"));
        }
    }
    faults
}

/// How long the lists are that are not of this world alone.
async fn whole(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get(&format!("{path}&per_page=100")).await.expect(200);
    answer.json().as_array().unwrap().clone()
}

async fn every_list_is_walked_by_numbered_pages(app: TestApp) {
    crowd(&app).await;
    let root = app.admin();
    let lists = lists(&app).await;
    assert!(lists.len() >= 28, "{}", lists.len());
    let (mut faults, mut pages_seen) = (vec![], 0);
    for (operation, path) in &lists {
        let all = whole(&root, path).await;
        if all.len() < MANY {
            faults.push(format!("{path} has {} rows only", all.len()));
        }
        let each: BTreeSet<_> = all.iter().map(Value::to_string).collect();
        if each.len() != all.len() {
            faults.push(format!("{path} repeats a row"));
        }
        for per_page in [1, 2, 3] {
            let (mut walked, mut next) = (
                vec![],
                Some(format!("{path}&per_page={per_page}&private_token=root-api")),
            );
            let mut page = 0;
            while let Some(here) = next {
                page += 1;
                pages_seen += 1;
                let answer = root.get(&here).await.expect(200);
                faults.extend(faults_of(&answer, &here, page, per_page, all.len()));
                walked.extend(answer.json().as_array().unwrap().clone());
                let links = rels(&answer);
                next = links.iter().find(|(rel, _)| rel == "next").map(|(_, url)| below(url));
                if page > 200 {
                    faults.push(format!("{} does not end", operation.name()));
                    break;
                }
            }
            if walked != all {
                faults.push(format!(
                    "{path}: {} rows by {per_page}, {} at once",
                    walked.len(),
                    all.len()
                ));
            }
        }
    }
    eprintln!("{pages_seen} pages of {} lists", lists.len());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn every_list_takes_odd_pages(app: TestApp) {
    crowd(&app).await;
    let root = app.admin();
    let mut faults = vec![];
    for (_, path) in lists(&app).await {
        let total = whole(&root, &path).await.len();
        for (query, page, per_page) in [
            ("", 1, 20),
            ("&page=&per_page=", 1, 20),
            ("&page=0", 1, 20),
            ("&page=-7", 1, 20),
            ("&per_page=-1", 1, 20),
            ("&per_page=101", 1, 100),
            ("&per_page=9223372036854775807", 1, 100),
            ("&page=999&per_page=3", 999, 3),
        ] {
            let here = format!("{path}{query}");
            let answer = root.get(&here).await.expect(200);
            faults.extend(faults_of(&answer, &here, page, per_page, total));
            if page == 999 && answer.text() != "[]" {
                faults.push(format!("{here}: {:.80}", answer.text()));
            }
        }
        for (query, text) in [
            ("&page=two", "page is invalid"),
            ("&per_page=x", "per_page is invalid"),
            ("&per_page=0", "per_page has a value not allowed"),
            (
                "&page=x&per_page=0",
                "page is invalid, per_page has a value not allowed",
            ),
            ("&page[]=1", "page is invalid"),
        ] {
            let answer = root.get(&format!("{path}{query}")).await;
            if answer.status != 400 || answer.json() != json!({ "error": text }) {
                faults.push(format!("{path}{query}: {} {:.100}", answer.status, answer.text()));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

async fn lists_with_keys_are_walked_by_them_and_others_ignore_the_wish(app: TestApp) {
    crowd(&app).await;
    let root = app.admin();
    let mut faults = vec![];
    for (operation, path) in lists(&app).await {
        let orders: &[&str] = match operation.path.as_str() {
            "/projects" | "/users/{id}/projects" => &["&order_by=id&sort=asc", "&order_by=id&sort=desc"],
            "/users" => &[
                "",
                "&order_by=name",
                "&order_by=username&sort=asc",
                "&order_by=created_at",
                "&order_by=updated_at&sort=asc",
            ],
            pattern if pattern.ends_with("/audit_events") => &[""],
            _ => &[],
        };
        if orders.is_empty() {
            let all = whole(&root, &path).await;
            let here = format!("{path}&pagination=keyset&per_page=3");
            let answer = root.get(&here).await.expect(200);
            faults.extend(faults_of(&answer, &here, 1, 3, all.len()));
            continue;
        }
        for order in orders {
            let all = whole(&root, &format!("{path}{order}")).await;
            let (mut walked, mut pages) = (vec![], 0);
            let mut next = Some(format!("{path}{order}&pagination=keyset&per_page=2"));
            while let Some(here) = next {
                pages += 1;
                let answer = root.get(&here).await.expect(200);
                if answer.headers.contains_key("x-page") || answer.headers.contains_key("x-total") {
                    faults.push(format!("{here}: numbers of pages"));
                }
                walked.extend(answer.json().as_array().unwrap().clone());
                let links = rels(&answer);
                if links.iter().any(|(rel, _)| rel != "next") {
                    faults.push(format!("{here}: {links:?}"));
                }
                next = links.first().map(|(_, url)| below(url));
                if pages > 100 {
                    faults.push(format!("{path}{order} does not end"));
                    break;
                }
            }
            if walked != all {
                faults.push(format!(
                    "{path}{order}: {} rows by keys, {} at once",
                    walked.len(),
                    all.len()
                ));
            }
        }
    }
    for path in ["/projects", "/users/1/projects"] {
        let answer = root.get(&format!("{path}?pagination=keyset")).await.expect(405);
        assert_eq!(
            answer.json(),
            json!({"error": "Keyset pagination is not yet available for this type of request"})
        );
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
