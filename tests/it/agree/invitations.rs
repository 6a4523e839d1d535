//! Both doors on two copies of one world: what is done to invitations through the one leaves the same rows, events and mail as through the other, and
//! is refused for the same reasons.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

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

struct Rest;
struct Graph;

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

impl Door for Rest {
    async fn take(&self, app: &TestApp, step: &Step) -> Value {
        let answer = match step {
            Step::Invite {
                by,
                at,
                addresses,
                users,
                level,
                end,
            } => {
                let mut numbers = Vec::new();
                for user in users {
                    numbers.push(number_of(app, user).await);
                }
                let body = json!({"email": addresses, "user_id": numbers, "access_level": level.1, "expires_at": end});
                client(app, by)
                    .post(&format!("{}/invitations", address_of(at)), &body)
                    .await
            }
            Step::Change {
                by,
                at,
                address,
                level,
                end,
            } => {
                let mut body = json!({});
                if let Some((_, level)) = level {
                    body["access_level"] = json!(level);
                }
                if let Some(end) = end {
                    body["expires_at"] = json!(end);
                }
                let path = format!("{}/invitations/{}", address_of(at), address.replace('@', "%40"));
                client(app, by).put(&path, &body).await
            }
            Step::Revoke { by, at, address } => {
                client(app, by)
                    .delete(&format!("{}/invitations/{address}", address_of(at)))
                    .await
            }
            Step::Answer { by, token, accepts } => {
                let path = format!("/-/invites/{token}/{}", if *accepts { "accept" } else { "decline" });
                let request = Request::builder().method(Method::POST).uri(path).body(Body::empty());
                client(app, by).send(request.unwrap()).await
            }
            Step::Remove { by, at, user } => {
                client(app, by)
                    .delete(&format!("{}/members/{}", address_of(at), number_of(app, user).await))
                    .await
            }
        };
        let said = || answer.json()["message"].clone();
        match (answer.status.as_u16(), step) {
            (404, Step::Answer { .. }) | (400, Step::Change { .. }) => short(&said()),
            (403, Step::Answer { .. }) => json!("The invitation could not be accepted."),
            (403 | 404, _) => json!(REFUSED),
            (201, Step::Invite { .. }) => short(&said()),
            (200 | 204, _) => Value::Null,
            _ => panic!("{step:?}: {}", answer.text()),
        }
    }
}

/// The texts alone, each behind whom it is about.
fn short(message: &Value) -> Value {
    match message {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, text)| match (name.as_str(), text) {
                ("expires_at", Value::Array(texts)) => json!(format!("Expires at {}", texts[0].as_str().unwrap())),
                (name, text) => json!([name, text]),
            })
            .collect(),
        Value::String(text) if text == "400 Bad request" => json!(["There is nothing to change"]),
        other => other.clone(),
    }
}

impl Door for Graph {
    async fn take(&self, app: &TestApp, step: &Step) -> Value {
        let (by, name, kind, input) = match step {
            Step::Invite {
                by,
                at,
                addresses,
                users,
                level,
                end,
            } => {
                let mut invitees: Vec<_> = addresses.iter().map(|address| json!({ "email": address })).collect();
                for user in users {
                    invitees.push(json!({"userId": format!("gid://gitlab/User/{}", number_of(app, user).await)}));
                }
                let input =
                    json!({"source": {"fullPath": at}, "invitees": invitees, "accessLevel": level.0, "expiresAt": end});
                (by, "memberInvite", "MemberInviteInput", input)
            }
            Step::Change {
                by,
                at,
                address,
                level,
                end,
            } => {
                let mut input = json!({"id": invitation(app, at, address).await});
                if let Some((level, _)) = level {
                    input["accessLevel"] = json!(level);
                }
                if let Some(end) = end {
                    input["expiresAt"] = json!(end);
                }
                (by, "invitationUpdate", "InvitationUpdateInput", input)
            }
            Step::Revoke { by, at, address } => (
                by,
                "invitationRevoke",
                "InvitationIdInput",
                json!({"id": invitation(app, at, address).await}),
            ),
            Step::Answer { by, token, accepts } => {
                let name = if *accepts {
                    "invitationAccept"
                } else {
                    "invitationDecline"
                };
                (by, name, "InvitationTokenInput", json!({ "token": token }))
            }
            Step::Remove { by, at, user } => {
                let kind = if is_project(at) { "ProjectMember" } else { "GroupMember" };
                let sql = format!(
                    "SELECT id FROM members WHERE {} AND user_id = {}",
                    source(app, at).await,
                    number_of(app, user).await
                );
                (
                    by,
                    "memberRemove",
                    "MemberRemoveInput",
                    json!({"id": format!("gid://gitlab/{kind}/{}", number(app, &sql).await.unwrap())}),
                )
            }
        };
        let results = if name == "memberInvite" {
            "results { invitee userErrors { message } }"
        } else {
            ""
        };
        let document = format!(
            "mutation($input: {kind}!) {{ done: {name}(input: $input) {{ errors userErrors {{ code }} {results} }} }}"
        );
        let answer = client(app, by)
            .graphql(&document, json!({ "input": input }))
            .await
            .json();
        if let Some(error) = answer["errors"].get(0) {
            assert_eq!(
                error["extensions"]["code"], "RESOURCE_NOT_AVAILABLE",
                "{step:?}: {answer}"
            );
            return json!(REFUSED);
        }
        let told = &answer["data"]["done"];
        let code = told["userErrors"][0]["code"].as_str().unwrap_or_default();
        match step {
            Step::Invite { .. } if told["results"] == json!([]) && code == "MEMBERSHIP_LOCKED" => {
                told["errors"][0].clone()
            }
            Step::Invite { .. } if told["results"] == json!([]) => json!(REFUSED),
            Step::Invite { .. } => each(app, told).await,
            Step::Answer { .. } => told["errors"][0].clone(),
            // What REST answers with 403 is data here.
            Step::Change { .. } | Step::Revoke { .. } | Step::Remove { .. }
                if ["ACCESS_LEVEL_NOT_ALLOWED", "LDAP_MANAGED", "LAST_OWNER"].contains(&code) =>
            {
                json!(REFUSED)
            }
            _ if told["errors"] == json!([]) => Value::Null,
            _ => told["errors"].clone(),
        }
    }
}

/// The failures of a call for several, by address as it was sent or by user name, in the order of the names.
async fn each(app: &TestApp, told: &Value) -> Value {
    let mut failed = BTreeMap::new();
    for result in told["results"].as_array().unwrap() {
        let texts: Vec<_> = result["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["message"].as_str().unwrap())
            .collect();
        if texts.is_empty() {
            continue;
        }
        let mut name = result["invitee"].as_str().unwrap().to_owned();
        if name.starts_with("gid:") {
            let query = "query($ids: [ID!]) { users(ids: $ids) { nodes { username } } }";
            let found = app.admin().query(query, json!({"ids": [name]})).await;
            name = found["users"]["nodes"][0]["username"].as_str().unwrap().to_owned();
        }
        failed.insert(name, texts.join(" and "));
    }
    match failed.is_empty() {
        true => Value::Null,
        false => failed.into_iter().map(|(name, text)| json!([name, text])).collect(),
    }
}

async fn invitation(app: &TestApp, at: &str, address: &str) -> String {
    let sql = format!(
        "SELECT id FROM members WHERE {} AND email_norm = '{}'",
        source(app, at).await,
        address.to_lowercase()
    );
    format!("gid://gitlab/Invitation/{}", number(app, &sql).await.unwrap_or(0))
}

async fn source(app: &TestApp, at: &str) -> String {
    let (kind, table) = if is_project(at) {
        (2, "projects")
    } else {
        (1, "namespaces")
    };
    let id = number(app, &format!("SELECT id FROM {table} WHERE full_path = '{at}'")).await;
    format!("source_kind = {kind} AND source_id = {}", id.unwrap())
}

async fn number(app: &TestApp, sql: &str) -> Option<i64> {
    let conn = app.db.conn();
    let row = conn
        .query_one_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await
        .unwrap();
    row.map(|row| row.try_get_by_index(0).unwrap())
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
