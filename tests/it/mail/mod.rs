//! Mail: never for what was rolled back, at least once for what was committed.

mod delivering;
mod inviting;
mod jobs;
mod queueing;
mod smtp;

use roster::db::Lock;
use roster::domain::notices::{self, Notice, Place};
use roster::domain::{Error, Result};
use roster::types::{AccessLevel, GroupId, Source, UserId};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::TestApp;
use crate::support::world::World;

const ANN: UserId = UserId(2);
const BOB: UserId = UserId(3);
const BLOCKED: UserId = UserId(4);
const BOT: UserId = UserId(5);

async fn people(app: &TestApp) {
    let world = World::new()
        .user("ann", |user| user.set("name", "Ann Lee"))
        .user("bob", |user| user)
        .user("blocked", |user| user.set("state", "blocked"))
        .user("bot", |user| user.set("user_type", "project_bot"));
    app.import(&world.json()).await;
}

fn tools() -> Place {
    Place {
        source: Source::Group(GroupId(1002)),
        full_name: "Acme / Tools".to_owned(),
        full_path: "acme/tools".to_owned(),
    }
}

fn granted(user: UserId) -> Notice {
    Notice::AccessGranted {
        user,
        place: tools(),
        access_level: AccessLevel::Developer,
        role: None,
    }
}

/// Queues in a transaction, which is then committed or not.
async fn queue(app: &TestApp, notices: &[Notice], outcome: Result<()>) -> Result<()> {
    let notices = notices.to_vec();
    let write = app.db.write(Lock::None, move |tx| {
        let (notices, outcome) = (notices.clone(), outcome.clone());
        Box::pin(async move {
            notices::queue(tx, &notices).await?;
            outcome
        })
    });
    write.await
}

async fn queued(app: &TestApp, users: &[UserId]) {
    let notices: Vec<_> = users.iter().map(|user| granted(*user)).collect();
    queue(app, &notices, Ok(())).await.unwrap();
}

fn refusal() -> Result<()> {
    Err(Error::Forbidden(None))
}

async fn rows(app: &TestApp, condition: &str) -> i64 {
    let conn = app.db.conn();
    let sql = format!("SELECT COUNT(*) FROM outbox WHERE {condition}");
    let row = conn.query_one_raw(Statement::from_string(app.db.dialect().backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn execute(app: &TestApp, sql: &'static str) {
    let done = app.db.write(roster::db::Lock::None, |tx| {
        Box::pin(async move {
            let conn = tx.conn();
            conn.execute_raw(Statement::from_string(conn.get_database_backend(), sql))
                .await
        })
    });
    done.await.map(drop).unwrap();
}
