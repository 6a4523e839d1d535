//! Shares against the evaluator: they are made and ended through both faces, each outcome as foretold, and every list of them says the same after.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::oracle::{Caller, Of, Oracle, Shown};
use crate::support::random::{ShareChange, Turn};
use crate::support::{Client, TestApp, today};

/// Does what is asked in the world, through REST and the graph in turn; answers the world as it is then.
pub(super) async fn change(app: &TestApp, world: &Value, changes: &[ShareChange]) -> Value {
    let mut world = world.clone();
    for (turn, change) in changes.iter().enumerate() {
        let act = Act::of(&world, change);
        let oracle = Oracle::new(&world, today());
        let of = act.place();
        let expected = match change.turn {
            Turn::Share => oracle.status_of_sharing(of, &act.with, &act.by),
            Turn::End => oracle.status_of_ending(of, &act.with, &act.by),
        };
        let client = app.token(&format!("{}-api", act.by));
        let done = match (change.turn, turn % 2) {
            (Turn::Share, 0) => act.share_by_rest(&client, expected).await,
            (Turn::Share, _) => act.share_by_graph(&client, expected).await,
            (Turn::End, 0) => act.end_by_rest(&client, expected).await,
            (Turn::End, _) => act.end_by_graph(app, &client, expected).await,
        };
        if done {
            act.retell(&mut world, change.turn);
        }
    }
    world
}

/// A change with names for all that it is about.
#[derive(Debug)]
struct Act {
    is_project: bool,
    path: String,
    with: String,
    group_id: i64,
    by: String,
    level: i64,
    /// The number of a custom role.
    role: Option<i64>,
    ends: Option<&'static str>,
}

impl Act {
    fn of(world: &Value, change: &ShareChange) -> Self {
        let list = |key: &str| world[key].as_array().expect("a list").clone();
        let (groups, projects, shares) = (list("groups"), list("projects"), list("shares"));
        let oracle = Oracle::new(world, today());
        let callers = oracle.callers();
        let by = if change.by_root {
            "root"
        } else {
            callers[change.by.index(callers.len())]
        };
        let mut number = change.source.index(groups.len() + projects.len());
        let mut with = groups[change.with.index(groups.len())].clone();
        if change.turn == Turn::End && !shares.is_empty() && change.known {
            let share = &shares[change.source.index(shares.len())];
            let is = |entry: &Value| entry["path"] == share["group"] || entry["path"] == share["project"];
            let sources = groups.iter().chain(&projects);
            number = sources.into_iter().position(is).expect("what is shared");
            with = groups
                .iter()
                .find(|group| group["path"] == share["with"])
                .expect("a group")
                .clone();
        }
        let is_project = number >= groups.len();
        let source = if is_project {
            &projects[number - groups.len()]
        } else {
            &groups[number]
        };
        let path = source["path"].as_str().expect("a path").to_owned();
        let root = path.split('/').next().expect("a first part");
        let roles = list("member_roles");
        let role = roles
            .iter()
            .find(|role| role["group"] == root)
            .filter(|_| change.with_role);
        Self {
            is_project,
            with: with["path"].as_str().expect("a path").to_owned(),
            group_id: with["id"].as_i64().expect("a number"),
            by: by.to_owned(),
            level: role.map_or(change.level, |role| {
                role["base_access_level"].as_i64().expect("a level")
            }),
            role: role.and_then(|role| role["id"].as_i64()),
            ends: change.ends,
            path,
        }
    }

    fn place(&self) -> Of<'_> {
        if self.is_project {
            Of::Project(&self.path)
        } else {
            Of::Group(&self.path)
        }
    }

    async fn share_by_rest(&self, client: &Client, expected: u16) -> bool {
        let body = json!({
            "group_id": self.group_id, "group_access": self.level, "member_role_id": self.role, "expires_at": self.ends,
        });
        let answer = client.post(&format!("{}/share", address(self.place())), &body).await;
        assert_eq!(answer.status, expected, "{self:?}: {}", answer.text());
        expected == 201
    }

    async fn share_by_graph(&self, client: &Client, expected: u16) -> bool {
        let document = "mutation($input: ShareCreateInput!) { done: shareCreate(input: $input) { userErrors { code } share { id } } }";
        let level = ["GUEST", "PLANNER", "REPORTER", "DEVELOPER", "MAINTAINER", "OWNER"][[10, 15, 20, 30, 40, 50]
            .iter()
            .position(|level| *level == self.level)
            .expect("a level")];
        let input = json!({
            "source": {"fullPath": self.path}, "withGroupId": format!("gid://gitlab/Group/{}", self.group_id), "accessLevel": level,
            "memberRoleId": self.role.map(|role| format!("gid://gitlab/MemberRole/{role}")), "expiresAt": self.ends,
        });
        let codes = self.outcome(client, document, input).await;
        let fits = match expected {
            201 => codes == ["done"],
            409 => codes == ["TAKEN"] || codes == ["INVALID"],
            400 => codes == ["MEMBERSHIP_LOCKED"],
            404 => ["RESOURCE_NOT_AVAILABLE", "NOT_FOUND", "FORBIDDEN"].contains(&codes.concat().as_str()),
            _ => codes == ["RESOURCE_NOT_AVAILABLE"],
        };
        assert!(fits, "{self:?}: {codes:?}, not {expected}");
        expected == 201
    }

    async fn end_by_rest(&self, client: &Client, expected: u16) -> bool {
        let path = format!("{}/share/{}", address(self.place()), self.group_id);
        let answer = client.call(Method::DELETE, &path, &json!({})).await;
        assert_eq!(answer.status, expected, "{self:?}: {}", answer.text());
        expected == 204
    }

    /// One that the graph does not know, because it has ended or was never there, is left to REST.
    async fn end_by_graph(&self, app: &TestApp, client: &Client, expected: u16) -> bool {
        let query =
            "query($path: ID!) { namespace(fullPath: $path) { sharedWithGroups { nodes { id group { fullPath } } } } }";
        let found = app.admin().query(query, json!({"path": self.path})).await;
        let shares = found["namespace"]["sharedWithGroups"]["nodes"]
            .as_array()
            .expect("a list");
        let Some(share) = shares
            .iter()
            .find(|share| share["group"]["fullPath"] == self.with.as_str())
        else {
            return self.end_by_rest(client, expected).await;
        };
        let document = "mutation($input: ShareDeleteInput!) { done: shareDelete(input: $input) { userErrors { code } share { id } } }";
        let codes = self.outcome(client, document, json!({"id": share["id"]})).await;
        let fits = match expected {
            204 => codes == ["done"],
            403 => codes == ["RESOURCE_NOT_AVAILABLE"] || codes == ["FORBIDDEN"],
            _ => codes == ["RESOURCE_NOT_AVAILABLE"],
        };
        assert!(fits, "{self:?}: {codes:?}, not {expected}");
        expected == 204
    }

    /// `done`, or the codes of what kept it from being done.
    async fn outcome(&self, client: &Client, document: &str, input: Value) -> Vec<String> {
        let answer = client.graphql(document, json!({ "input": input })).await.json();
        let texts = |list: &Value, code: fn(&Value) -> &Value| {
            let list = list.as_array().into_iter().flatten();
            list.map(|entry| code(entry).as_str().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let done = &answer["data"]["done"];
        let mut codes = texts(&answer["errors"], |error| &error["extensions"]["code"]);
        codes.extend(texts(&done["userErrors"], |error| &error["code"]));
        if !done["share"].is_null() {
            codes.push("done".to_owned());
        }
        codes
    }

    /// Tells the world file what was done. What had ended before makes room.
    fn retell(&self, world: &mut Value, turn: Turn) {
        let key = if self.is_project { "project" } else { "group" };
        let role = world["member_roles"].as_array().expect("a list").iter();
        let role = role
            .into_iter()
            .find(|role| role["id"].as_i64() == self.role && self.role.is_some());
        let role = role.map(|role| role["name"].clone());
        let shares = world["shares"].as_array_mut().expect("a list");
        shares.retain(|share| share[key] != self.path.as_str() || share["with"] != self.with.as_str());
        if turn == Turn::End {
            return;
        }
        let mut share = json!({"with": self.with, "access_level": self.level});
        share[key] = json!(self.path);
        if let Some(day) = self.ends {
            share["expires_at"] = json!(day);
        }
        if let Some(role) = role {
            share["member_role"] = role;
        }
        shares.push(share);
    }
}

/// Where it lies below `/api/v4`.
fn address(of: Of<'_>) -> String {
    let folder = match of {
        Of::Group(_) => "groups",
        Of::Project(_) => "projects",
    };
    format!("/{folder}/{}", of.path().replace('/', "%2F"))
}

/// Every list of shares, as every caller sees it.
pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    let names = oracle.callers().into_iter().map(Some).chain([None]);
    for name in names {
        let asked = Asked {
            client: match name {
                Some(name) => app.token(&format!("{name}-api")),
                None => app.anonymous(),
            },
            caller: name.map_or(Caller::Anonymous, Caller::User),
            name,
            oracle: &oracle,
        };
        for path in oracle.group_paths() {
            asked.of(Of::Group(path)).await;
        }
        for path in oracle.project_paths() {
            asked.of(Of::Project(path)).await;
        }
    }
}

struct Asked<'a> {
    client: Client,
    caller: Caller<'a>,
    name: Option<&'a str>,
    oracle: &'a Oracle,
}

impl Asked<'_> {
    async fn of(&self, of: Of<'_>) {
        let (oracle, caller) = (self.oracle, self.caller);
        for (query, direct, inherited) in [
            ("", true, true),
            ("?relation=direct", true, false),
            ("?relation=inherited", false, true),
        ] {
            let expected = oracle.invited_groups(of, caller, direct, inherited);
            self.list(of, &format!("invited_groups{query}"), "full_path", expected)
                .await;
        }
        match of {
            Of::Group(path) => {
                let groups = oracle.groups_open_to(path, caller);
                self.list(of, "groups/shared?order_by=id&sort=desc", "full_path", groups)
                    .await;
                let mut projects = oracle.projects_open_to(path, caller);
                projects.reverse();
                self.list(of, "projects/shared", "path_with_namespace", projects).await;
            }
            Of::Project(path) => {
                for (query, with_shared) in [("", false), ("?with_shared=true", true)] {
                    let groups = oracle.groups_around(path, caller, with_shared);
                    self.list(of, &format!("groups{query}"), "full_path", groups).await;
                }
                let locations = self
                    .name
                    .map_or_else(Vec::new, |name| oracle.share_locations(path, name));
                self.list(of, "share_locations", "full_path", locations).await;
            }
        }
        self.graph(of).await;
    }

    async fn list(&self, of: Of<'_>, list: &str, field: &str, expected: Vec<String>) {
        let answer = self.client.get(&format!("{}/{list}", address(of))).await;
        if !self.oracle.sees(of, self.caller) {
            answer.expect(404);
            return;
        }
        let found = answer.expect(200).json();
        let found: Vec<_> = found
            .as_array()
            .expect("a list")
            .iter()
            .map(|entry| entry[field].as_str().expect("a path").to_owned())
            .collect();
        assert_eq!(found, expected, "{of:?} {list} as {:?}", self.name);
    }

    async fn graph(&self, of: Of<'_>) {
        let shares = "{ nodes { accessLevel { integerValue } group { fullPath } source { ... on Group { fullPath } ... on Project { fullPath } } } }";
        let given = format!("... on Group {{ groups: sharedGroups {shares} projects: sharedProjects {shares} }}");
        let query = format!(
            "query($path: ID!) {{ namespace(fullPath: $path) {{
               own: sharedWithGroups {shares} all: sharedWithGroups(inherited: true) {shares} {given} }} }}"
        );
        let found = self.client.query(&query, json!({"path": of.path()})).await;
        let found = &found["namespace"];
        if !self.oracle.sees(of, self.caller) {
            assert!(found.is_null(), "{of:?} as {:?}", self.name);
            return;
        }
        let what = format!("{of:?} as {:?}", self.name);
        let (oracle, caller) = (self.oracle, self.caller);
        assert_eq!(shown(&found["own"]), oracle.shares_of(of, caller, false), "{what}");
        assert_eq!(shown(&found["all"]), oracle.shares_of(of, caller, true), "{what}");
        if let Of::Group(path) = of {
            let mut given = shown(&found["groups"]);
            given.extend(shown(&found["projects"]));
            given.sort();
            assert_eq!(given, oracle.shares_given_to(path, caller), "{what}");
        }
    }
}

/// A list of the graph, sorted as texts.
fn shown(list: &Value) -> Vec<Shown> {
    let text = |value: &Value| value["fullPath"].as_str().expect("a path").to_owned();
    let share = |node: &Value| {
        let level = node["accessLevel"]["integerValue"].as_i64().expect("a level");
        (text(&node["source"]), text(&node["group"]), level)
    };
    let mut shares: Vec<_> = list["nodes"].as_array().expect("a list").iter().map(share).collect();
    shares.sort();
    shares
}
