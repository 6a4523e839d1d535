//! What two writers at once must never break. Thirty-two clients race over several replicas: each with pools of its own on the one database.

mod accounts;
mod invitations;
mod places;
mod requests;
mod roles;
mod seat_list;
mod seats;
mod shares;
mod vacating;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use roster::domain::members::{self, MemberChange, NewMember, Removal, Whom};
use roster::domain::policy::Reason;
use roster::domain::retries::{self, Key, Outcome};
use roster::domain::standing::Name;
use roster::domain::{Actor, App, Ctx, Door, Error, Origin, Result, tokens};
use roster::types::SourceKind;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_group_keeps_an_owner_when_all_owners_leave_at_once,
    a_group_keeps_an_owner_when_owners_demote_each_other,
    a_user_added_by_everybody_at_once_becomes_a_member_once,
    nobody_gives_more_than_the_level_they_have_left,
    a_removal_is_seen_whole_or_not_at_all,
    a_removal_that_fails_halfway_removes_nothing,
    one_key_has_one_effect_and_one_answer,
);

const CLIENTS: usize = 32;
const REPLICAS: usize = 4;

/// Several processes' worth of the product, over the database of one test.
struct Race {
    replicas: Vec<Arc<App>>,
}

impl Race {
    async fn over(app: &TestApp) -> Self {
        let replicas = join_all((0..REPLICAS).map(|_| app.replica())).await;
        Self { replicas }
    }

    /// Somebody at one of the replicas.
    async fn client(&self, number: usize, name: &str) -> Ctx {
        let app = &self.replicas[number % REPLICAS];
        let caller = tokens::authenticate(app, &format!("{name}-api")).await;
        let caller = caller.expect("the database answers").expect("a token that works");
        let origin = Origin::new(Door::System, &format!("client-{number}"));
        Ctx::new(Arc::clone(app), Actor::User(Arc::new(caller)), origin)
    }

    /// Lets all of them go at the same moment; answers in their order.
    async fn run<T, F, Fut>(clients: Vec<Ctx>, act: F) -> Vec<T>
    where
        F: Fn(usize, Ctx) -> Fut,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let start = Arc::new(Barrier::new(clients.len()));
        let runners: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(number, ctx)| {
                let (start, work) = (Arc::clone(&start), act(number, ctx));
                tokio::spawn(async move {
                    start.wait().await;
                    work.await
                })
            })
            .collect();
        join_all(runners).await.into_iter().map(|done| done.unwrap()).collect()
    }
}

fn name(number: usize) -> String {
    format!("u{number}")
}

/// As the database counts.
fn whole(count: usize) -> i64 {
    i64::try_from(count).expect("a small number")
}

fn acme() -> Name {
    Name::Path("acme".to_owned())
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let conn = app.db.conn();
    let row = conn
        .query_one_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn numbers(app: &TestApp, sql: &str) -> Vec<i64> {
    let conn = app.db.conn();
    let rows = conn
        .query_all_raw(Statement::from_string(app.db.dialect().backend(), sql))
        .await;
    rows.unwrap()
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// A group of as many owners as there are clients, and the clients as those owners.
async fn owners(app: &TestApp) -> (Vec<Ctx>, Vec<i64>) {
    let world = World::new().group("acme", |group| {
        (0..CLIENTS).fold(group, |group, number| group.owner(&name(number)))
    });
    app.import(&world.json()).await;
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, &name(number)).await);
    }
    let ids = clients
        .iter()
        .filter_map(|ctx| ctx.actor.user_id())
        .map(|user| user.0)
        .collect();
    (clients, ids)
}

const OWNERS: &str = "SELECT COUNT(*) FROM members WHERE access_level = 50";

async fn a_group_keeps_an_owner_when_all_owners_leave_at_once(app: TestApp) {
    let (clients, ids) = owners(&app).await;
    let outcomes = Race::run(clients, |number, ctx| {
        let own = ids[number];
        async move { members::remove(&ctx, SourceKind::Group, &acme(), own, &Removal::default()).await }
    })
    .await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(
        matches!(refused.as_slice(), [Error::Refused(Reason::LastOwner)]),
        "{refused:?}"
    );
    assert_eq!(number(&app, OWNERS).await, 1);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM audit_events").await,
        whole(CLIENTS) - 1
    );
}

/// Each demotes the next, round in a ring: who is demoted first no longer may.
async fn a_group_keeps_an_owner_when_owners_demote_each_other(app: TestApp) {
    let (clients, ids) = owners(&app).await;
    let outcomes = Race::run(clients, |number, ctx| {
        let next = ids[(number + 1) % CLIENTS];
        let change = MemberChange {
            access_level: Some(level::GUEST),
            ..MemberChange::default()
        };
        async move { members::update(&ctx, SourceKind::Group, &acme(), next, &change).await }
    })
    .await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let left = number(&app, OWNERS).await;
    assert!(left >= 1);
    assert_eq!(left, whole(CLIENTS - done));
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(
            matches!(refused, Error::Forbidden(None) | Error::Refused(Reason::LastOwner)),
            "{refused:?}"
        );
    }
}

async fn a_user_added_by_everybody_at_once_becomes_a_member_once(app: TestApp) {
    let world = World::new()
        .user("new", |user| user)
        .group("acme", |group| group.owner("ann"));
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, |_, ctx| async move {
        let new = NewMember {
            access_level: level::DEVELOPER,
            ..NewMember::default()
        };
        let whom = Whom::Username("new".to_owned());
        members::add(&ctx, SourceKind::Group, &acme(), &whom, &new).await
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::Refused(Reason::AlreadyMember)), "{refused:?}");
    }
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM members WHERE access_level = 30").await,
        1
    );
    for table in ["audit_events", "outbox", "change_log"] {
        assert_eq!(
            number(&app, &format!("SELECT COUNT(*) FROM {table}")).await,
            1,
            "{table}"
        );
    }
}

/// While a maintainer makes maintainers, an owner makes a developer of the maintainer: from then on there are no new ones.
async fn nobody_gives_more_than_the_level_they_have_left(app: TestApp) {
    let world = World::new()
        .group("acme", |group| group.owner("ola"))
        .project("acme/cli", |project| project.maintainer("mia"));
    let world = (1..CLIENTS).fold(world, |world, number| world.user(&name(number), |user| user));
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let mut clients = vec![race.client(0, "ola").await];
    let mia = race.client(0, "mia").await.actor.user_id().map_or(0, |user| user.0);
    for number in 1..CLIENTS {
        clients.push(race.client(number, "mia").await);
    }
    let project = || Name::Path("acme/cli".to_owned());
    let outcomes = Race::run(clients, |number, ctx| async move {
        if number == 0 {
            let change = MemberChange {
                access_level: Some(level::DEVELOPER),
                ..MemberChange::default()
            };
            return members::update(&ctx, SourceKind::Project, &project(), mia, &change).await;
        }
        let new = NewMember {
            access_level: level::MAINTAINER,
            ..NewMember::default()
        };
        let whom = Whom::Username(name(number));
        members::add(&ctx, SourceKind::Project, &project(), &whom, &new).await
    })
    .await;
    assert!(outcomes[0].is_ok(), "{:?}", outcomes[0]);
    let demoted = number(&app, "SELECT seq FROM change_log WHERE kind = 'member_updated'").await;
    let last = number(
        &app,
        "SELECT COALESCE(MAX(seq), 0) FROM change_log WHERE kind = 'member_added'",
    )
    .await;
    assert!(last < demoted, "the last one was added as {last}, behind {demoted}");
    let added = whole(outcomes[1..].iter().filter(|outcome| outcome.is_ok()).count());
    assert_eq!(added, demoted - 1, "who came before was let in, nobody else");
}

const SUBGROUPS: usize = 12;

/// A user with a row in a group and in everything below it.
async fn deep(app: &TestApp) -> i64 {
    let mut world = World::new().group("acme", |group| group.owner("ola").developer("dan"));
    for number in 0..SUBGROUPS {
        world = world
            .group(&format!("acme/g{number}"), |group| group.developer("dan"))
            .project(&format!("acme/g{number}/p"), |project| project.maintainer("dan"));
    }
    let world = world.json();
    app.import(&world).await;
    let mut users = world["users"].as_array().expect("a list").iter();
    let dan = users.find(|user| user["username"] == "dan");
    dan.and_then(|user| user["id"].as_i64()).expect("a number")
}

fn rows_of(user: i64) -> String {
    format!("SELECT COUNT(*) FROM members WHERE user_id = {user}")
}

async fn a_removal_is_seen_whole_or_not_at_all(app: TestApp) {
    let dan = deep(&app).await;
    let all = 1 + 2 * whole(SUBGROUPS);
    assert_eq!(number(&app, &rows_of(dan)).await, all);
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ola").await);
    }
    let seen = Race::run(clients, |number, ctx| async move {
        if number == 0 {
            let removed = members::remove(&ctx, SourceKind::Group, &acme(), dan, &Removal::default()).await;
            return vec![removed.map_or(-1, |rows| whole(rows.len()))];
        }
        let mut seen = Vec::new();
        for _ in 0..10 {
            let statement = Statement::from_string(ctx.app.db.dialect().backend(), rows_of(dan));
            let row = ctx.conn().query_one_raw(statement).await.unwrap().unwrap();
            seen.push(row.try_get_by_index::<i64>(0).unwrap());
        }
        seen
    })
    .await;
    assert_eq!(seen[0], [all], "all of them went with the one");
    for count in seen[1..].iter().flatten() {
        assert!([0, all].contains(count), "{count} of {all} were seen");
    }
    assert_eq!(number(&app, &rows_of(dan)).await, 0);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, all);
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM change_log").await,
        1,
        "once for the call"
    );
}

async fn a_removal_that_fails_halfway_removes_nothing(app: TestApp) {
    let dan = deep(&app).await;
    let race = Race::over(&app).await;
    let conn = race.replicas[0].db.clone();
    let run = async |sql: &str| {
        conn.write::<_, Error, _>(roster::db::Lock::None, |tx| {
            let sql = sql.to_owned();
            Box::pin(async move { Ok(tx.conn().execute_unprepared(&sql).await.map(drop)?) })
        })
        .await
        .unwrap();
    };
    // The rows are gone by then: what comes next is the audit event.
    run("ALTER TABLE audit_events RENAME TO audit_events_away").await;
    let ola = race.client(0, "ola").await;
    let failed = members::remove(&ola, SourceKind::Group, &acme(), dan, &Removal::default()).await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    run("ALTER TABLE audit_events_away RENAME TO audit_events").await;
    assert_eq!(number(&app, &rows_of(dan)).await, 1 + 2 * whole(SUBGROUPS));
    assert_eq!(number(&app, "SELECT COUNT(*) FROM change_log").await, 0);
    let removed = members::remove(&ola, SourceKind::Group, &acme(), dan, &Removal::default()).await;
    assert_eq!(removed.map(|rows| rows.len()).unwrap(), 1 + 2 * SUBGROUPS);
}

/// Half of the clients use one key, half another: two effects, and each client hears of the one that is its own.
async fn one_key_has_one_effect_and_one_answer(app: TestApp) {
    let world = World::new()
        .user("one", |user| user)
        .user("two", |user| user)
        .group("acme", |group| group.owner("ann"));
    app.import(&world.json()).await;
    let race = Race::over(&app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes: Vec<Result<Value>> = Race::run(clients, |number, ctx| async move {
        let who = if number % 2 == 0 { "one" } else { "two" };
        let key = Key::parse(who).expect("a key");
        retries::once(&ctx, &key, who.as_bytes(), |ctx| async move {
            let new = NewMember {
                access_level: level::DEVELOPER,
                ..NewMember::default()
            };
            let whom = Whom::Username(who.to_owned());
            let member = members::add(&ctx, SourceKind::Group, &acme(), &whom, &new).await?;
            let row = member.id.map_or(0, |id| id.0);
            Ok(Outcome::Done(json!({"row": row, "by": &*ctx.origin.request_id})))
        })
        .await
    })
    .await;
    let mut answers: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        answers.entry(number % 2).or_default().push(outcome.unwrap());
    }
    for answers in answers.values() {
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    assert_ne!(answers[&0][0], answers[&1][0]);
    let rows = numbers(&app, "SELECT id FROM members WHERE access_level = 30 ORDER BY id").await;
    assert_eq!(rows.len(), 2);

    let ann = race.client(0, "ann").await;
    let key = Key::parse("one").expect("a key");
    let reused: Result<Value> = retries::once(&ann, &key, b"three", |_| async { Ok(Outcome::Done(json!(1))) }).await;
    assert!(matches!(reused, Err(Error::KeyReused)), "{reused:?}");
}
