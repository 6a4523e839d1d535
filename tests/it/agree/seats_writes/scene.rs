//! What there is to be changed, by whom, and how a change is made.

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::{Days, NaiveDate};
use proptest::sample::Index;
use roster::domain::{leases, members};
use serde_json::{Value, json};

use super::kinds::{KINDS, Turn};
use crate::support::TestApp;

/// What is asked there does not exist.
const NO_ROUTE: &str = r#"{"error":"404 Not Found"}"#;

/// The world between two changes.
pub(super) struct Scene<'w> {
    /// As the product exports it.
    world: Value,
    /// As it was imported: the only place that knows the links of invitations.
    first: &'w Value,
    today: NaiveDate,
    /// The caller of this turn.
    by: String,
}

/// A group or project.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: i64,
    pub(super) path: String,
    pub(super) is_project: bool,
}

impl Place {
    /// Below `/api/v4`.
    pub(super) fn address(&self) -> String {
        format!("/{}/{}", if self.is_project { "projects" } else { "groups" }, self.id)
    }

    pub(super) fn root(&self) -> &str {
        self.path.split('/').next().expect("a path has a first part")
    }
}

/// A membership, invitation or access request.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) at: Place,
    /// Name and number; of an invitation the address and 0.
    pub(super) who: (String, i64),
}

/// Somebody does something.
#[derive(Debug)]
pub(super) struct Act {
    by: String,
    call: Call,
}

#[derive(Debug)]
enum Call {
    Rest(Method, String, Value),
    /// Somebody opens a link: the path, outside of `/api/v4`.
    Page(String),
    /// A mutation with the name of its input.
    Graph(&'static str, &'static str, Value),
    /// So many days go by.
    Later(u64),
    /// What has ended goes.
    Sweep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Refused,
    /// A fault of the product's own.
    Broken,
}

impl<'w> Scene<'w> {
    pub(super) async fn new(app: &TestApp, first: &'w Value) -> Self {
        Self {
            world: app.export().await,
            first,
            today: app.clock.now().date_naive(),
            by: String::new(),
        }
    }

    /// None where there is nothing to do that with.
    pub(super) fn act(mut self, turn: &Turn) -> Option<(&'static str, Act)> {
        let may_call = |user: &&Value| user.get("state").is_none() && user["user_type"] != "ghost";
        let callers: Vec<_> = self.list("users").iter().filter(may_call).collect();
        let by = turn
            .by
            .map_or(&json!("root"), |by| &callers[by.index(callers.len())]["username"])
            .clone();
        self.by = text(&by);
        let (name, kind) = KINDS[turn.kind.index(KINDS.len())];
        Some((name, kind(&self, turn)?))
    }

    // What there is.

    fn list(&self, key: &str) -> &[Value] {
        self.world[key].as_array().map_or(&[], Vec::as_slice)
    }

    fn places(&self) -> Vec<Place> {
        let of = |key, is_project| {
            let place = move |entry: &Value| Place {
                id: number(&entry["id"]),
                path: text(&entry["path"]),
                is_project,
            };
            self.list(key).iter().map(place)
        };
        of("groups", false).chain(of("projects", true)).collect()
    }

    /// Where an entry lies.
    fn place_of(&self, entry: &Value) -> Place {
        let is_project = entry.get("project").is_some();
        let path = &entry[if is_project { "project" } else { "group" }];
        let mut places = self.places().into_iter();
        let found = places.find(|place| place.is_project == is_project && place.path == *path);
        found.expect("the place of a row")
    }

    pub(super) fn place(&self, pick: Index) -> Place {
        let mut places = self.places();
        places.swap_remove(pick.index(places.len()))
    }

    pub(super) fn group(&self, pick: Index) -> Place {
        let groups = self.list("groups").len();
        self.places().swap_remove(pick.index(groups))
    }

    /// One that is not all there is.
    pub(super) fn spare_group(&self, pick: Index) -> Option<Place> {
        let group = self.group(pick);
        let below = format!("{}/", group.path);
        let stays = |path: &Value| *path != group.path && !path.as_str().unwrap_or_default().starts_with(&below);
        let others = self.list("groups").iter().filter(|other| stays(&other["path"]));
        (others.count() > 0).then_some(group)
    }

    pub(super) fn top(&self, pick: Index) -> Place {
        let mut tops = self.places();
        tops.retain(|place| !place.path.contains('/'));
        tops.swap_remove(pick.index(tops.len()))
    }

    pub(super) fn project(&self, pick: Index) -> Option<Place> {
        let (groups, projects) = (self.list("groups").len(), self.list("projects").len());
        (projects > 0).then(|| self.places().swap_remove(groups + pick.index(projects)))
    }

    /// Name and number.
    pub(super) fn user(&self, pick: Index) -> (String, i64) {
        let users = self.list("users");
        let user = &users[pick.index(users.len())];
        (text(&user["username"]), number(&user["id"]))
    }

    /// Somebody whose account is not active.
    pub(super) fn shut_user(&self, pick: Index) -> Option<i64> {
        let users = self.list("users").iter();
        let shut: Vec<_> = users.filter(|user| user.get("state").is_some()).collect();
        (!shut.is_empty()).then(|| number(&shut[pick.index(shut.len())]["id"]))
    }

    /// One of a list of rows.
    pub(super) fn row(&self, key: &str, pick: Index) -> Option<Row> {
        self.one_of(&self.list(key).iter().collect::<Vec<_>>(), pick)
    }

    /// One that waits.
    pub(super) fn waiting_row(&self, pick: Index) -> Option<Row> {
        let rows = self.list("members").iter().filter(|row| row["state"] == "awaiting");
        self.one_of(&rows.collect::<Vec<_>>(), pick)
    }

    /// A membership of a `group` or `project`.
    pub(super) fn row_of(&self, kind: &str, pick: Index) -> Option<Row> {
        let rows = self.list("members").iter().filter(|row| row.get(kind).is_some());
        self.one_of(&rows.collect::<Vec<_>>(), pick)
    }

    /// One that a directory made, where it still decides.
    pub(super) fn ldap_row(&self, pick: Index) -> Option<Row> {
        let synced = self
            .list("groups")
            .iter()
            .filter(|group| group.get("ldap_links").is_some());
        let synced: Vec<_> = synced.map(|group| &group["path"]).collect();
        let is_theirs = |row: &&Value| row["ldap"] == true && synced.contains(&&row["group"]);
        let rows = self.list("members").iter().filter(is_theirs);
        self.one_of(&rows.collect::<Vec<_>>(), pick)
    }

    fn one_of(&self, rows: &[&Value], pick: Index) -> Option<Row> {
        let row = (!rows.is_empty()).then(|| rows[pick.index(rows.len())])?;
        let who = match row.get("user") {
            Some(name) => {
                let mut users = self.list("users").iter();
                let user = users.find(|user| user["username"] == *name);
                (text(name), number(&user.expect("the user of a row")["id"]))
            }
            None => (text(&row["email"]), 0),
        };
        Some(Row {
            id: number(&row["id"]),
            at: self.place_of(row),
            who,
        })
    }

    /// Its number, where it is, and the number of the group that is let in.
    pub(super) fn share(&self, pick: Index) -> Option<(i64, Place, i64)> {
        let shares = self.list("shares");
        let share = (!shares.is_empty()).then(|| &shares[pick.index(shares.len())])?;
        let with = json!({ "group": share["with"] });
        Some((number(&share["id"]), self.place_of(share), self.place_of(&with).id))
    }

    /// A link to an invitation, and who may use it.
    pub(super) fn link(&self, pick: Index) -> Option<(String, String)> {
        let invitations = self.first["invitations"].as_array()?;
        let invitation = (!invitations.is_empty()).then(|| &invitations[pick.index(invitations.len())])?;
        let token = text(&invitation["token"]);
        let mut users = self.list("users").iter();
        let invited = users.find(|user| user["public_email"] == invitation["email"])?;
        Some((token, text(&invited["username"])))
    }

    /// A custom role of that hierarchy: its number and level.
    fn role(&self, at: &Place, pick: Index) -> Option<(i64, i64)> {
        let roles = self.list("member_roles").iter();
        let roles: Vec<_> = roles.filter(|role| role["group"] == at.root()).collect();
        let role = (!roles.is_empty()).then(|| roles[pick.index(roles.len())])?;
        Some((number(&role["id"]), number(&role["base_access_level"])))
    }

    /// A custom role, and the path of its group.
    pub(super) fn role_to_delete(&self, pick: Index) -> Option<(i64, String)> {
        let roles = self.list("member_roles");
        let role = (!roles.is_empty()).then(|| &roles[pick.index(roles.len())])?;
        Some((number(&role["id"]), text(&role["group"])))
    }

    // What a change says.

    fn level(&self, at: &Place, turn: &Turn) -> (i64, Option<i64>) {
        match self.role(at, turn.third).filter(|_| turn.with_role) {
            Some((role, base)) => (base, Some(role)),
            None => (turn.level, None),
        }
    }

    fn day(&self, turn: &Turn) -> Option<NaiveDate> {
        let days = turn.days.map(Days::new)?;
        self.today.checked_add_days(days)
    }

    /// `body` with a level, an end and a role, as REST names them.
    pub(super) fn rest(&self, at: &Place, turn: &Turn, body: Value) -> Value {
        let (level, role) = self.level(at, turn);
        let expires_at = self.day(turn).map(|day| day.to_string());
        both(
            body,
            json!({"access_level": level, "expires_at": expires_at, "member_role_id": role}),
        )
    }

    /// The same as the graph names them.
    pub(super) fn graph(&self, at: &Place, turn: &Turn, input: Value) -> Value {
        let (level, role) = self.level(at, turn);
        let ends = self.day(turn).map(|day| format!("{day}T00:00:00Z"));
        let role = role.map(|role| format!("gid://gitlab/MemberRole/{role}"));
        both(
            input,
            json!({"accessLevel": word(level), "expiresAt": ends, "memberRoleId": role}),
        )
    }

    /// What sharing says through REST.
    pub(super) fn rest_share(&self, at: &Place, with: &Place, turn: &Turn) -> Value {
        let (level, role) = self.level(at, turn);
        json!({"group_id": with.id, "group_access": level, "expires_at": self.day(turn), "member_role_id": role})
    }

    /// And through the graph.
    pub(super) fn graph_share(&self, at: &Place, with: &Place, turn: &Turn) -> Value {
        let input = json!({"source": {"fullPath": at.path}, "withGroupId": format!("gid://gitlab/Group/{}", with.id)});
        let input = self.graph(at, turn, input);
        both(input, json!({ "expiresAt": self.day(turn) }))
    }

    // Who does it.

    fn by_caller(&self, call: Call) -> Act {
        let by = self.by.clone();
        Act { by, call }
    }

    pub(super) fn post(&self, path: String, body: Value) -> Act {
        self.by_caller(Call::Rest(Method::POST, path, body))
    }

    pub(super) fn put(&self, path: String, body: Value) -> Act {
        self.by_caller(Call::Rest(Method::PUT, path, body))
    }

    pub(super) fn delete(&self, path: String, body: Value) -> Act {
        self.by_caller(Call::Rest(Method::DELETE, path, body))
    }

    pub(super) fn mutation(&self, name: &'static str, input: &'static str, value: Value) -> Act {
        self.by_caller(Call::Graph(name, input, value))
    }

    pub(super) fn page(&self, path: String) -> Act {
        self.by_caller(Call::Page(path))
    }
}

impl Act {
    pub(super) fn later(days: u64) -> Self {
        let by = "time".to_owned();
        Self {
            by,
            call: Call::Later(days),
        }
    }

    pub(super) fn sweep() -> Self {
        let by = "roster".to_owned();
        Self { by, call: Call::Sweep }
    }

    /// The caller is somebody else than in this turn.
    pub(super) fn instead_by(self, name: String) -> Self {
        Self { by: name, ..self }
    }

    /// Does it, and tells what was done.
    pub(super) async fn perform(self, app: &TestApp) -> (Outcome, String) {
        let client = app.token(&format!("{}-api", self.by));
        let (what, answer) = match self.call {
            Call::Rest(method, path, body) => {
                let answer = client.call(method.clone(), &path, &body).await;
                (format!("{method} {path} {body}"), answer)
            }
            Call::Page(path) => {
                let request = Request::builder().method(Method::POST).uri(&path);
                let request = request.body(Body::empty()).expect("a request");
                (format!("POST {path}"), client.send(request).await)
            }
            Call::Graph(name, kind, input) => {
                let document = format!("mutation($input: {kind}!) {{ done: {name}(input: $input) {{ errors }} }}");
                let answer = client.graphql(&document, json!({ "input": input })).await;
                let outcome = outcome_of(&answer.json());
                return (outcome, format!("{} {name} {input} -> {}", self.by, answer.text()));
            }
            Call::Later(days) => {
                app.later(std::time::Duration::from_hours(24 * days));
                return (Outcome::Done, format!("{days} days go by"));
            }
            Call::Sweep => {
                let lease = leases::take(&app.system(), "sweep", "me").await.unwrap().unwrap();
                let gone = members::expire(&app.system(), &lease).await.unwrap();
                return (Outcome::Done, format!("{gone} rows are swept"));
            }
        };
        let outcome = match answer.status.as_u16() {
            500.. => Outcome::Broken,
            404 if answer.text() == NO_ROUTE => Outcome::Broken,
            400.. => Outcome::Refused,
            _ => Outcome::Done,
        };
        let line = format!("{} {what} -> {} {}", self.by, answer.status, answer.text());
        (outcome, line)
    }
}

fn outcome_of(answer: &Value) -> Outcome {
    let codes = answer["errors"].as_array().into_iter().flatten();
    let broken = [
        "INTERNAL",
        "UNAVAILABLE",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
    ];
    let is_broken = |error: &Value| broken.iter().any(|code| error["extensions"]["code"] == *code);
    if codes.into_iter().any(is_broken) {
        Outcome::Broken
    } else if answer["data"]["done"]["errors"] == json!([]) {
        Outcome::Done
    } else {
        Outcome::Refused
    }
}

/// `MemberAccessLevel`
fn word(level: i64) -> &'static str {
    match level {
        5 => "MINIMAL_ACCESS",
        10 => "GUEST",
        15 => "PLANNER",
        20 => "REPORTER",
        30 => "DEVELOPER",
        40 => "MAINTAINER",
        _ => "OWNER",
    }
}

/// What `more` says is said by `body` too.
fn both(mut body: Value, more: Value) -> Value {
    let (Value::Object(all), Value::Object(more)) = (&mut body, more) else {
        panic!("no objects");
    };
    all.extend(more);
    body
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}
