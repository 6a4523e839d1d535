//! REST against the evaluator: member lists, direct and effective, and their single forms.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::support::oracle::{Caller, Entry, Oracle, Sight};
use crate::support::{Client, TestApp, now, today};

/// Small, so that lists have several pages.
const PER_PAGE: usize = 3;

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for name in oracle.callers() {
        let caller = Caller::User(name);
        let client = app.token(&format!("{name}-api"));
        for path in oracle.group_paths() {
            let source = format!("/groups/{}", path.replace('/', "%2F"));
            let asked = Asked {
                client: &client,
                oracle: &oracle,
                name,
                source,
                what: "Group",
            };
            asked.direct(oracle.group_members(path, caller)).await;
            asked.all(oracle.group_members_all(path, caller)).await;
        }
        for path in oracle.project_paths() {
            let source = format!("/projects/{}", path.replace('/', "%2F"));
            let asked = Asked {
                client: &client,
                oracle: &oracle,
                name,
                source,
                what: "Project",
            };
            asked.direct(oracle.project_members(path, caller)).await;
            asked.all(oracle.project_members_all(path, caller)).await;
        }
    }
}

/// One caller and one group or project.
struct Asked<'a> {
    client: &'a Client,
    oracle: &'a Oracle,
    name: &'a str,
    source: String,
    what: &'a str,
}

impl Asked<'_> {
    async fn direct(&self, expected: Result<Vec<Entry>, Sight>) {
        let mut expected = expected;
        // Nobody says what number the holder of a personal project has among the rows.
        let has_holder = expected.as_mut().is_ok_and(|entries| {
            entries.sort_by_key(|entry| entry.row_id);
            entries.first().is_some_and(|entry| entry.row_id.is_none())
        });
        let list = self.list("members", expected.as_ref(), has_holder).await;
        self.single("members", list, expected).await;
    }

    async fn all(&self, expected: Result<Vec<Entry>, Sight>) {
        let list = self.list("members/all", expected.as_ref(), false).await;
        self.single("members/all", list, expected).await;
    }

    /// Walks all pages; answers the entries by user.
    async fn list(&self, list: &str, expected: Result<&Vec<Entry>, &Sight>, any_order: bool) -> Vec<Value> {
        let mut entries = vec![];
        let mut page = "1".to_owned();
        while !page.is_empty() {
            let path = format!("{}/{list}?per_page={PER_PAGE}&page={page}", self.source);
            let answer = self.client.get(&path).await;
            let refused = match expected {
                Err(sight) => Some(*sight),
                Ok(_) => None,
            };
            if let Some(sight) = refused {
                assert_eq!(answer.text(), self.refusal(sight), "{path}");
                return entries;
            }
            let answer = answer.expect(200);
            entries.extend(answer.json().as_array().expect("a list").iter().cloned());
            page = answer.header("x-next-page");
        }
        let mut expected: Vec<Value> = expected.expect("a list").iter().map(shown).collect();
        let mut found = entries.clone();
        if any_order {
            expected.sort_by_key(|entry| entry["id"].as_i64());
            found.sort_by_key(|entry| entry["id"].as_i64());
        }
        let found: Vec<Value> = found
            .iter()
            .zip(&expected)
            .map(|(entry, like)| same_keys(entry, like))
            .collect();
        assert_eq!(found, expected, "{}/{list}", self.source);
        assert_eq!(entries.len(), expected.len(), "{}/{list}", self.source);
        entries
    }

    /// Users asked for alone: the entry of the list, or nobody.
    async fn single(&self, list: &str, entries: Vec<Value>, expected: Result<Vec<Entry>, Sight>) {
        let is_last_caller = self.oracle.callers().last() == Some(&self.name);
        for user in self.oracle.user_ids().into_iter().filter(|_| is_last_caller) {
            let answer = self.client.get(&format!("{}/{list}/{user}", self.source)).await;
            match (&expected, entries.iter().find(|entry| entry["id"] == user)) {
                (Err(sight), _) => assert_eq!(answer.text(), self.refusal(*sight), "{}/{list}/{user}", self.source),
                (Ok(_), Some(entry)) => assert_eq!(&answer.json(), entry, "{}/{list}/{user}", self.source),
                (Ok(_), None) => assert_eq!(
                    answer.text(),
                    r#"{"message":"404 Not found"}"#,
                    "{}/{list}/{user}",
                    self.source
                ),
            }
        }
    }

    fn refusal(&self, sight: Sight) -> String {
        match sight {
            Sight::SeesOnly => r#"{"message":"403 Forbidden"}"#.to_owned(),
            Sight::Nothing => format!(r#"{{"message":"404 {} Not Found"}}"#, self.what),
            Sight::Reads => unreachable!("that is no refusal"),
        }
    }
}

/// What the evaluator is sure of, in the shape of a Member. A key that must be absent is null here.
fn shown(entry: &Entry) -> Value {
    let mut member = json!({"id": entry.user_id, "username": entry.username, "access_level": entry.level});
    if entry.row_is_open {
        return member;
    }
    if entry.row_id.is_some() {
        let created_at = entry.created_at.unwrap_or_else(now);
        member["created_at"] = json!(created_at.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    member["expires_at"] = json!(entry.expires_at);
    member["created_by"] = json!(entry.created_by.as_ref().map(|name| json!({"username": name})));
    member["membership_state"] = json!(if entry.active { "active" } else { "awaiting" });
    member["member_role"] = json!(entry.role.map(|id| json!({"id": id})));
    member
}

/// `entry` with the keys of `like` only, at every depth; a key that is not there is null.
fn same_keys(entry: &Value, like: &Value) -> Value {
    match like.as_object() {
        Some(keys) if entry.is_object() => keys
            .iter()
            .map(|(key, like)| (key.clone(), same_keys(&entry[key], like)))
            .collect(),
        _ => entry.clone(),
    }
}
