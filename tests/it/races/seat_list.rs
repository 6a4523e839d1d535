//! Seats of two hierarchies that are linked with each other, while everybody adds, removes, shares and reads at once.

use roster::domain::members::{self, NewMember, Removal, Whom};
use roster::domain::seats::{self, Filter, Order};
use roster::domain::shares::{self, NewShare};
use roster::domain::standing::{self, Name};
use roster::domain::{Ctx, Error, Result, Window};
use roster::types::{AccessLevel, SourceKind};

use super::{CLIENTS, Race, number};
use crate::agree::seats::recount;
use crate::support::oracle::SORTS;
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    seats_add_up_when_two_linked_hierarchies_change_at_once,
    seats_that_are_made_while_everything_changes_add_up,
);

/// How often each client does something.
const ROUNDS: usize = 6;

fn place() -> World {
    World::new()
        .user("zoe", |user| user)
        .user("yan", |user| user)
        .group("acme", |group| group.owner("ann").shared_with("bolt", 30))
        .group("acme/tools", |group| group.guest("gus"))
        .group("bolt", |group| {
            group.owner("ann").owner("bob").shared_with("acme/tools", 20)
        })
        .group("bolt/sub", |group| group.reporter("sue"))
        .project("acme/cli", |project| project)
}

async fn seats_add_up_when_two_linked_hierarchies_change_at_once(app: TestApp) {
    app.import(&place().json()).await;
    recount(&app, &SORTS, "at first").await;
    race(&app).await;
}

/// Nobody has asked for them before.
async fn seats_that_are_made_while_everything_changes_add_up(app: TestApp) {
    app.import(&place().json()).await;
    race(&app).await;
}

/// What is there to be changed, by number.
#[derive(Clone, Copy)]
struct Numbers {
    bolt: i64,
    sub: i64,
    tools: i64,
    zoe: i64,
}

async fn race(app: &TestApp) {
    let id = async |path: &str| number(app, &format!("SELECT id FROM namespaces WHERE full_path = '{path}'")).await;
    let numbers = Numbers {
        bolt: id("bolt").await,
        sub: id("bolt/sub").await,
        tools: id("acme/tools").await,
        zoe: number(app, "SELECT id FROM users WHERE username = 'zoe'").await,
    };
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, "ann").await);
    }
    let outcomes = Race::run(clients, move |client, ctx| async move {
        let mut outcomes = Vec::new();
        for round in 0..ROUNDS {
            outcomes.push(act(&ctx, client + round, numbers).await);
        }
        outcomes
    })
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().flatten().partition(Result::is_ok);
    assert!(done.len() >= CLIENTS, "{} of what was tried was done", done.len());
    for refused in refused.into_iter().filter_map(Result::err) {
        let is_lost_race = matches!(refused, Error::Refused(_) | Error::NotFound(_));
        assert!(is_lost_race, "{refused:?}");
    }
    recount(app, &SORTS, "after the race").await;
}

async fn act(ctx: &Ctx, turn: usize, ids: Numbers) -> Result<()> {
    let (group, project) = (SourceKind::Group, SourceKind::Project);
    match turn % 12 {
        0 => add(ctx, group, "acme").await,
        1 => add(ctx, group, "bolt/sub").await,
        2 => remove(ctx, group, "acme", ids.zoe).await,
        3 => share(ctx, group, "acme", ids.bolt).await,
        4 => remove(ctx, group, "bolt", ids.zoe).await,
        5 => unshare(ctx, group, "acme", ids.bolt).await,
        6 => share(ctx, project, "acme/cli", ids.sub).await,
        7 => unshare(ctx, group, "bolt", ids.tools).await,
        8 => add(ctx, project, "acme/cli").await,
        9 => share(ctx, group, "bolt", ids.tools).await,
        10 => unshare(ctx, project, "acme/cli", ids.sub).await,
        _ => look(ctx, if turn < CLIENTS { "acme" } else { "bolt" }).await,
    }
}

fn name(path: &str) -> Name {
    Name::Path(path.to_owned())
}

async fn add(ctx: &Ctx, kind: SourceKind, path: &str) -> Result<()> {
    let whom = Whom::Username("zoe".to_owned());
    let new = NewMember {
        access_level: 30,
        ..NewMember::default()
    };
    members::add(ctx, kind, &name(path), &whom, &new).await.map(drop)
}

async fn remove(ctx: &Ctx, kind: SourceKind, path: &str, user: i64) -> Result<()> {
    members::remove(ctx, kind, &name(path), user, &Removal::default())
        .await
        .map(drop)
}

async fn share(ctx: &Ctx, kind: SourceKind, path: &str, group_id: i64) -> Result<()> {
    let new = NewShare {
        group_id,
        access_level: AccessLevel::Developer,
        expires_at: None,
        member_role_id: None,
    };
    shares::create(ctx, kind, &name(path), &new).await.map(drop)
}

async fn unshare(ctx: &Ctx, kind: SourceKind, path: &str, group_id: i64) -> Result<()> {
    shares::delete(ctx, kind, &name(path), group_id, None).await.map(drop)
}

async fn look(ctx: &Ctx, path: &str) -> Result<()> {
    let group = standing::group(ctx, &name(path)).await?;
    let page = seats::page(ctx, &group, &Filter::default(), Order::default(), &Window::first(100)).await;
    page.map(drop)
}
