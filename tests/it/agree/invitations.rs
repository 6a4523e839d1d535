//! Both doors on two copies of one world: what is done to invitations through the one leaves the same rows, events and mail as through the other, and
//! is refused for the same reasons.

mod graph;
mod rest;

use std::sync::{Arc, Mutex};

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use self::graph::Graph;
use self::rest::Rest;
use crate::support::world::{Group, World};
use crate::support::{Client, Kind, TestApp, level, run_on};

#[test]
fn both_doors_do_the_same_on_sqlite() {
    agree(Kind::Sqlite);
}

#[test]
fn both_doors_do_the_same_on_postgres() {
    agree(Kind::Postgres);
}

fn agree(kind: Kind) {
    let (rest, graph) = (play(kind, &Rest), play(kind, &Graph));
    let script = script();
    assert_eq!(rest.len(), graph.len());
    for ((rest, graph), step) in rest.iter().zip(&graph).zip(&script) {
        assert_eq!(rest, graph, "{step:?}");
    }
    let (Some(Value::Object(rest)), Some(Value::Object(graph))) = (rest.last(), graph.last()) else {
        return;
    };
    for (what, left) in rest {
        assert_eq!(*left, graph[what], "{what}");
    }
}

/// What came of each step, and last what is left; nothing when the database is left out of the run.
fn play(kind: Kind, door: &(impl Door + Sync)) -> Vec<Value> {
    let played = Arc::new(Mutex::new(Vec::new()));
    run_on(kind, async |app| {
        app.import(&world().json()).await;
        let mut told = Vec::new();
        for step in script() {
            told.push(door.take(&app, &step).await);
        }
        told.push(left(&app).await);
        *played.lock().unwrap() = told;
    });
    let played = played.lock().unwrap();
    played.clone()
}

const CALLERS: [&str; 6] = ["ann", "mia", "max", "mel", "sven", "root"];
const PLACES: [&str; 5] = ["acme", "acme/app", "synced", "locked/app", "choosy"];
const LEVELS: [(&str, i64); 4] = [
    ("GUEST", level::GUEST),
    ("PLANNER", level::PLANNER),
    ("MAINTAINER", level::MAINTAINER),
    ("OWNER", level::OWNER),
];

fn world() -> World {
    let invited = |group: Group, inviter: &str| {
        let group = group.invited("eve@example.org", level::DEVELOPER, |row| row.by(inviter));
        group.invited("owen@example.org", level::OWNER, |row| row.by(inviter))
    };
    World::new()
        .user("sven", |user| user)
        .user("newt", |user| user.set("public_email", "newt@public.example"))
        .user("nora", |user| user.set("email", "nora@new.example"))
        .group("acme", |group| {
            let group = group.owner("ann").owner("olga").maintainer("mia").maintainer("dan");
            invited(
                group.member("mel", level::DEVELOPER, |row| row.with_role("Manager")),
                "ann",
            )
        })
        .group("synced", |group| {
            let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
            invited(group.set("ldap_links", link).owner("ann"), "ann")
        })
        .group("locked", |group| group.setting("membership_lock", true).owner("ann"))
        .group("choosy", |group| {
            let group = group
                .setting("allowed_email_domains", json!(["example.com"]))
                .owner("ann");
            group.set("seats", json!({"cap": 2}))
        })
        .group("club", |group| {
            let group = group.owner("ann").requested_by("newt", |row| row);
            let group = group.invited("nora@new.example", level::GUEST, |row| {
                row.by("ann").set("token", "to-nora")
            });
            group.invited("zoe@new.example", level::GUEST, |row| {
                row.by("ann").set("token", "to-zoe")
            })
        })
        .project("acme/app", |project| {
            invited(project.maintainer("max").developer("pia"), "max")
        })
        .project("locked/app", |project| project)
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
}

/// One thing that can be done through either door.
#[derive(Clone, Debug)]
enum Step {
    /// Invites these addresses and, by number, these users.
    Invite {
        by: &'static str,
        at: &'static str,
        addresses: Vec<String>,
        users: Vec<&'static str>,
        level: (&'static str, i64),
        end: Option<&'static str>,
    },
    /// Changes the invitation of an address.
    Change {
        by: &'static str,
        at: &'static str,
        address: &'static str,
        level: Option<(&'static str, i64)>,
        end: Option<&'static str>,
    },
    /// Takes it back.
    Revoke {
        by: &'static str,
        at: &'static str,
        address: &'static str,
    },
    /// Accepts (true) or declines by a link.
    Answer {
        by: &'static str,
        token: &'static str,
        accepts: bool,
    },
    /// Removes a member.
    Remove {
        by: &'static str,
        at: &'static str,
        user: &'static str,
    },
}

fn script() -> Vec<Step> {
    let mut steps = Vec::new();
    for at in PLACES {
        for by in CALLERS {
            for level in LEVELS {
                let addresses = vec![
                    format!("{by}-{}@example.com", level.1),
                    "EVE@example.org".to_owned(),
                    "Dan@example.com".to_owned(),
                ];
                let end = (level.1 == level::PLANNER).then_some("2027-07-07");
                steps.push(Step::Invite {
                    by,
                    at,
                    addresses,
                    users: vec!["newt", "sven"],
                    level,
                    end,
                });
            }
            for (level, end) in [
                (None, None),
                (Some(LEVELS[0]), None),
                (Some(LEVELS[3]), Some("2028-01-01")),
                (Some(LEVELS[1]), Some("2026-11-20")),
                (None, Some("2026-11-21")),
            ] {
                steps.push(Step::Change {
                    by,
                    at,
                    address: "owen@example.org",
                    level,
                    end,
                });
                steps.push(Step::Change {
                    by,
                    at,
                    address: "Eve@example.org",
                    level,
                    end,
                });
            }
            steps.push(Step::Revoke {
                by,
                at,
                address: "OWEN@example.org",
            });
            steps.push(Step::Revoke {
                by,
                at,
                address: "nobody@example.org",
            });
        }
    }
    for (by, token, accepts) in [
        ("sven", "to-nora", true),
        ("root", "to-nora", true),
        ("nora", "nonsense", true),
        ("nora", "to-nora", true),
        ("nora", "to-nora", true),
        ("nora", "to-nora", false),
        ("sven", "to-zoe", false),
        ("sven", "to-zoe", false),
    ] {
        steps.push(Step::Answer { by, token, accepts });
    }
    let club = vec![
        "nora@new.example".to_owned(),
        "Zoe@new.example".to_owned(),
        "NEWT@public.example".to_owned(),
    ];
    steps.push(Step::Invite {
        by: "ann",
        at: "club",
        addresses: club,
        users: vec![],
        level: LEVELS[2],
        end: None,
    });
    for (at, user) in [("acme/app", "max"), ("acme", "mel"), ("acme", "ann")] {
        steps.push(Step::Remove { by: "root", at, user });
    }
    steps
}

/// One way to do it; what came of it, in words that both have.
trait Door {
    async fn take(&self, app: &TestApp, step: &Step) -> Value;
}

const REFUSED: &str = "not allowed there";

fn is_project(at: &str) -> bool {
    at.ends_with("/app")
}

fn address_of(at: &str) -> String {
    format!(
        "/{}/{}",
        if is_project(at) { "projects" } else { "groups" },
        at.replace('/', "%2F")
    )
}

async fn number_of(app: &TestApp, user: &str) -> i64 {
    let found = app
        .admin()
        .get(&format!("/users?username={user}"))
        .await
        .expect(200)
        .json();
    found[0]["id"].as_i64().unwrap()
}

fn client(app: &TestApp, by: &str) -> Client {
    app.token(&format!("{by}-api"))
}

/// All that administrators can see of it, every word of mail, and what subscribers would hear.
async fn left(app: &TestApp) -> Value {
    let mut all = json!({});
    let admin = app.admin();
    for at in PLACES.into_iter().chain(["club"]) {
        for list in ["invitations", "members", "audit_events", "access_requests"] {
            let path = format!("{}/{list}?per_page=100", address_of(at));
            let answer = admin.get(&path).await;
            if at != "synced" {
                assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
                assert_eq!(answer.header("x-next-page"), "", "{path}: more than a page");
            }
            all[path] = answer.json();
        }
    }
    let mail = app.mail().await.into_iter();
    let mail = mail.map(|mail| format!("{} {} {}", mail.to, mail.subject, without_links(&mail.text)));
    let mut mail: Vec<_> = mail.collect();
    mail.sort();
    all["mail"] = json!(mail);
    let conn = app.db.conn();
    let sql = "SELECT CAST(root_id AS TEXT) || ' ' || CAST(seq AS TEXT) || ' ' || kind || ' ' || CAST(member_id AS TEXT) || ' ' || CAST(payload AS TEXT)
                 FROM change_log ORDER BY root_id, seq";
    let rows = conn
        .query_all_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await
        .unwrap();
    all["changes"] = rows
        .iter()
        .map(|row| json!(row.try_get_by_index::<String>(0).unwrap()))
        .collect();
    assert!(rows.len() > 50, "much was done: {}", rows.len());
    all
}

/// Every link has a token of its own.
fn without_links(text: &str) -> String {
    let words = text
        .split(' ')
        .map(|word| word.split("/-/invites/").next().unwrap_or_default());
    words.collect::<Vec<_>>().join(" ")
}
