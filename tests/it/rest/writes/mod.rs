//! Members added, changed and removed through REST.

mod adding;
mod auditing;
mod clients;
mod costs;
mod directory;
mod editing;
mod groups;
mod input;
mod interrupted;
mod invited;
mod inviting;
mod linking;
mod moved;
mod owners;
mod pending;
mod projects;
mod removal;
mod removing;
mod repeating;
mod requests;
mod rights;
mod roles;
mod seats;
mod several;
mod sharing;
mod unsharing;

use axum::http::Method;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{Client, TestApp};

/// A world that is played in.
struct Stage {
    app: TestApp,
    world: Value,
}

/// Status and body.
type Outcome = (u16, String);

impl Stage {
    async fn new(app: TestApp, world: &World) -> Self {
        Self::of(app, world.json()).await
    }

    async fn of(app: TestApp, world: Value) -> Self {
        app.import(&world).await;
        Self { app, world }
    }

    fn number_of(&self, username: &str) -> i64 {
        let users = self.world["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["username"] == username);
        user.expect(username)["id"].as_i64().unwrap()
    }

    fn group(&self, path: &str) -> i64 {
        let groups = self.world["groups"].as_array().unwrap();
        let group = groups.iter().find(|group| group["path"] == path);
        group.expect(path)["id"].as_i64().unwrap()
    }

    /// `nobody` has no token.
    fn by(&self, username: &str) -> Client {
        match username {
            "nobody" => self.app.anonymous(),
            name => self.app.token(&format!("{name}-api")),
        }
    }

    async fn call(&self, by: &str, method: Method, path: &str, body: Value) -> Outcome {
        let answer = self.by(by).call(method, path, &body).await;
        (answer.status.as_u16(), answer.text())
    }

    async fn post(&self, by: &str, path: &str, body: Value) -> Outcome {
        self.call(by, Method::POST, path, body).await
    }

    /// As [`Stage::post`], with the keys of the answer sorted: their order is free when several are added.
    async fn add(&self, by: &str, path: &str, body: Value) -> Outcome {
        let (status, text) = self.post(by, path, body).await;
        let sorted: Value = serde_json::from_str(&text).unwrap();
        (status, sorted.to_string())
    }

    async fn put(&self, by: &str, path: &str, body: Value) -> Outcome {
        self.call(by, Method::PUT, path, body).await
    }

    async fn delete(&self, by: &str, path: &str) -> Outcome {
        let answer = self.by(by).delete(path).await;
        (answer.status.as_u16(), answer.text())
    }

    /// `/groups/acme%2Ftools/members/7` for `/groups/acme%2Ftools` and a user.
    fn member(&self, source: &str, username: &str) -> String {
        format!("{source}/members/{}", self.number_of(username))
    }

    /// What an administrator reads.
    async fn read(&self, path: &str) -> Value {
        self.app.admin().get(path).await.expect(200).json()
    }

    /// The level of a direct member; none for who is none.
    async fn level(&self, source: &str, username: &str) -> Option<i64> {
        let answer = self.app.admin().get(&self.member(source, username)).await;
        answer.json()["access_level"].as_i64()
    }

    async fn count(&self, of: &str) -> i64 {
        let conn = self.app.db.conn();
        let sql = format!("SELECT COUNT(*) FROM {of}");
        let row = conn.query_one_raw(Statement::from_string(self.app.db.dialect().backend(), sql));
        row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Everything that a write may leave behind, as numbers of rows.
    async fn traces(&self) -> Vec<i64> {
        let mut traces = vec![];
        for table in [
            "members",
            "audit_events",
            "change_log",
            "outbox",
            "idempotency_keys",
            "user_identities",
            "group_shares",
            "project_shares",
        ] {
            traces.push(self.count(table).await);
        }
        traces
    }

    /// The newest audit event of a group or project.
    async fn last_event(&self, source: &str) -> Value {
        self.read(&format!("{source}/audit_events?per_page=1")).await[0].clone()
    }
}

fn message(status: u16, text: &str) -> Outcome {
    (status, json!({ "message": text }).to_string())
}

fn error(status: u16, text: &str) -> Outcome {
    (status, json!({ "error": text }).to_string())
}

/// The names of audit events, oldest first.
fn event_names(events: &Value) -> Value {
    let events = events.as_array().unwrap().iter().rev();
    events.map(|event| event["event_name"].clone()).collect()
}

fn faults(fields: &Value) -> Outcome {
    (400, json!({ "message": fields }).to_string())
}

/// The same for several fields, in GitLab's order.
fn faults_in_order(faults: &[(&str, &str)]) -> Outcome {
    let faults: Vec<_> = faults
        .iter()
        .map(|(field, text)| format!(r#""{field}":["{text}"]"#))
        .collect();
    (400, format!(r#"{{"message":{{{}}}}}"#, faults.join(",")))
}

fn forbidden() -> Outcome {
    message(403, "403 Forbidden")
}

fn no_row() -> Outcome {
    message(404, "404 Not found")
}
