//! The graph against the evaluator: member lists by relation, alone and together, and the caller's own level.

use serde_json::{Value, json};

use crate::support::oracle::{Caller, GroupRelation, Oracle, ProjectRelation};
use crate::support::{Client, TestApp, today};

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for name in oracle.callers() {
        let asked = Asked {
            client: app.token(&format!("{name}-api")),
            oracle: &oracle,
            name,
        };
        for path in oracle.group_paths() {
            asked.group(path).await;
        }
        for path in oracle.project_paths() {
            asked.project(path).await;
        }
    }
    nobody_gets_no_lists(&app.anonymous(), &oracle).await;
}

/// Anonymous callers see what is public, without its members.
async fn nobody_gets_no_lists(client: &Client, oracle: &Oracle) {
    for path in oracle.group_paths() {
        let data = client
            .query(
                "query($path: ID!) { group(fullPath: $path) { groupMembers { nodes { id } } } }",
                json!({"path": path}),
            )
            .await;
        let seen = oracle.sees_group(path, Caller::Anonymous);
        assert_eq!(
            data["group"],
            if seen {
                json!({"groupMembers": null})
            } else {
                Value::Null
            },
            "{path}"
        );
    }
}

struct Asked<'a> {
    client: Client,
    oracle: &'a Oracle,
    name: &'a str,
}

impl Asked<'_> {
    /// Each relation alone, the default, and all that make up `members/all`.
    async fn group(&self, path: &str) {
        use GroupRelation::{Direct, Inherited, SharedFromGroups};
        let mut choices: Vec<Vec<GroupRelation>> = GroupRelation::ALL.map(|relation| vec![relation]).to_vec();
        choices.extend([vec![Direct, Inherited], vec![Direct, Inherited, SharedFromGroups]]);
        for relations in choices {
            let names: Vec<_> = relations.iter().map(|relation| relation.name()).collect();
            let document = "query($path: ID!, $relations: [GroupMemberRelation!]) { group(fullPath: $path) {
                maxAccessLevel { integerValue }
                groupMembers(relations: $relations) { count nodes { accessLevel { integerValue } user { username } } } } }";
            let data = self
                .client
                .query(document, json!({"path": path, "relations": names}))
                .await;
            self.own_level(&data["group"], self.oracle.group_level(path, self.name), path);
            let expected = self.oracle.group_relations(path, self.caller(), &relations);
            let expected = expected.map(|list| list.into_iter().map(|entry| (entry.username, entry.level)).collect());
            let seen = self.oracle.sees_group(path, self.caller());
            self.compare(
                &data["group"],
                "groupMembers",
                seen,
                expected,
                &format!("{path} {names:?}"),
            );
        }
    }

    async fn project(&self, path: &str) {
        use ProjectRelation::{Direct, Inherited, InvitedGroups, SharedIntoAncestors};
        let mut choices: Vec<Vec<ProjectRelation>> = ProjectRelation::ALL.map(|relation| vec![relation]).to_vec();
        choices.extend([
            vec![Direct, Inherited],
            vec![Direct, Inherited, InvitedGroups, SharedIntoAncestors],
        ]);
        for relations in choices {
            let names: Vec<_> = relations.iter().map(|relation| relation.name()).collect();
            let document = "query($path: ID!, $relations: [ProjectMemberRelation!]) { project(fullPath: $path) {
                maxAccessLevel { integerValue }
                projectMembers(relations: $relations) { count nodes { accessLevel { integerValue } user { username } } } } }";
            let data = self
                .client
                .query(document, json!({"path": path, "relations": names}))
                .await;
            self.own_level(&data["project"], self.oracle.project_level(path, self.name), path);
            let expected = self.oracle.project_relations(path, self.caller(), &relations);
            let seen = self.oracle.sees_project(path, self.caller());
            self.compare(
                &data["project"],
                "projectMembers",
                seen,
                expected,
                &format!("{path} {names:?}"),
            );
        }
    }

    /// Where the caller has no level, a minimal row may show.
    fn own_level(&self, source: &Value, level: i64, path: &str) {
        let found = source["maxAccessLevel"]["integerValue"].as_i64();
        let expected = if self.oracle.is_admin(self.caller()) { 50 } else { level };
        if let Some(found) = found.filter(|found| *found != 5 || expected != 0) {
            assert_eq!(found, expected, "{path} as {}", self.name);
        }
    }

    fn compare(&self, source: &Value, list: &str, seen: bool, expected: Option<Vec<(String, i64)>>, what: &str) {
        let what = format!("{what} as {}", self.name);
        assert_eq!(!source.is_null(), seen, "{what}");
        let by_name = |mut list: Vec<(String, i64)>| {
            list.sort();
            list
        };
        let found = source[list]["nodes"]
            .as_array()
            .map(|nodes| nodes.iter().map(user_and_level).collect());
        assert_eq!(found.map(by_name), expected.clone().map(by_name), "{what}");
        assert_eq!(
            source[list]["count"].as_u64(),
            expected.map(|list| list.len() as u64),
            "{what}"
        );
    }

    fn caller(&self) -> Caller<'_> {
        Caller::User(self.name)
    }
}

fn user_and_level(node: &Value) -> (String, i64) {
    let name = node["user"]["username"].as_str().expect("a member is a user");
    let level = node["accessLevel"]["integerValue"].as_i64().expect("a level");
    (name.to_owned(), level)
}
