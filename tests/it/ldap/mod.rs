//! Groups whose members come from a directory: the rules over a directory in memory, and the reading of a real one.

mod hourly;
mod rules;
mod server;
mod slapd;
mod states;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use roster::db::Lock;
use roster::domain::ldap::{self, Asked, Directory, Outcome, Report, Unread};
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::world::Item;

/// The distinguished name of a user of the tests, as a directory writes it.
fn dn(user: &str) -> String {
    format!("uid={user},ou=people,dc=example,dc=org")
}

/// A user whom the directory knows; in another spelling than the directory's own.
fn known(user: Item, name: &str) -> Item {
    let dn = format!("UID={name}, OU=People, DC=Example, DC=org");
    user.set("ldap_identity", json!({"provider": "ldapmain", "dn": dn}))
}

fn cn(cn: &str, level: i64) -> Value {
    json!({"provider": "ldapmain", "cn": cn, "access_level": level})
}

/// A directory in memory: groups by name, filters by their text.
#[derive(Clone, Debug, Default)]
struct Book {
    people: Arc<Mutex<HashMap<String, Vec<String>>>>,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Book {
    fn new() -> Self {
        Self::default()
    }

    /// What a name or a filter names from now on.
    fn write(&self, what: &str, users: &[&str]) -> &Self {
        let people = users.iter().map(|user| dn(user)).collect();
        self.people.lock().unwrap().insert(what.to_owned(), people);
        self
    }

    /// Answers nothing else from now on.
    fn refuse(&self, why: Option<&str>) {
        *self.refusal.lock().unwrap() = why.map(str::to_owned);
    }
}

impl Directory for Book {
    fn provider(&self) -> &'static str {
        "ldapmain"
    }

    fn people(&self, asked: Vec<Asked>) -> BoxFuture<'_, Result<Vec<Vec<String>>, Unread>> {
        async move {
            if let Some(why) = self.refusal.lock().unwrap().clone() {
                return Err(Unread(why));
            }
            let people = self.people.lock().unwrap();
            let of = |asked: &Asked| match asked {
                Asked::Cn(what) | Asked::Filter(what) => people.get(what).cloned().unwrap_or_default(),
            };
            Ok(asked.iter().map(of).collect())
        }
        .boxed()
    }
}

/// Has a group synchronised, and waits for it.
async fn sync(app: &TestApp, group: &str) -> Outcome {
    let path = format!("/groups/{}/ldap_sync", group.replace('/', "%2F"));
    app.admin().post(&path, &json!({})).await.expect(202);
    let claim = ldap::claim_next(&app.system())
        .await
        .unwrap()
        .expect("it was asked for");
    ldap::sync(&app.system(), &claim).await.unwrap()
}

/// The same of a run that must go well.
async fn synced(app: &TestApp, group: &str) -> Report {
    match sync(app, group).await {
        Outcome::Done(report) => report,
        other => panic!("{other:?}"),
    }
}

/// The rows of a group by user: level, and words for what is special about them.
async fn rows(app: &TestApp, group: &str) -> Vec<String> {
    let sql = format!(
        "SELECT u.username || ' ' || m.access_level || CASE WHEN m.ldap THEN ' ldap' ELSE '' END
                || CASE WHEN m.override THEN ' override' ELSE '' END || CASE WHEN m.state = 1 THEN ' awaiting' ELSE '' END
                || CASE WHEN m.requested_at IS NOT NULL THEN ' asks' ELSE '' END
                || CASE WHEN m.expires_at IS NOT NULL THEN ' ends' ELSE '' END
                || CASE WHEN m.created_by_id IS NOT NULL THEN ' made' ELSE '' END
                || COALESCE(' ' || r.name, '')
           FROM members m JOIN users u ON u.id = m.user_id JOIN namespaces n ON n.id = m.source_id
           LEFT JOIN member_roles r ON r.id = m.member_role_id
          WHERE m.source_kind = 1 AND n.full_path = '{group}' ORDER BY u.username"
    );
    texts(app, &sql).await
}

/// The first column of a query.
async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let conn = app.db.conn();
    let statement = Statement::from_string(app.db.dialect().backend(), sql.to_owned());
    let rows = conn.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn execute(app: &TestApp, sql: &'static str) {
    let written = app.db.write(Lock::None, |tx| {
        Box::pin(async move { tx.conn().execute_unprepared(sql).await.map(drop) })
    });
    let written: Result<(), DbErr> = written.await;
    written.unwrap();
}

/// Everything that a run may leave behind, as numbers of rows.
async fn traces(app: &TestApp) -> Vec<String> {
    let count = |table: &str| format!("SELECT '{table} ' || COUNT(*) FROM {table}");
    let tables = ["members", "audit_events", "change_log", "outbox"].map(count);
    texts(app, &tables.join(" UNION ALL ")).await
}

/// Events of a group from the first to the last: name, whom it is about, who did it.
async fn events(app: &TestApp, group: &str) -> Vec<String> {
    let path = format!("/groups/{}/audit_events?per_page=100", group.replace('/', "%2F"));
    let events = app.admin().get(&path).await.expect(200).json();
    let words = |event: &Value| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let details = &event["details"];
        let parts = [
            &event["event_name"],
            &details["target_details"],
            &details["author_name"],
        ];
        parts.map(word).join(" ")
    };
    events.as_array().unwrap().iter().rev().map(words).collect()
}
