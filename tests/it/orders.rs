//! A page of members is the same whichever way it is read: whole lists sorted in memory, or a large group's indexes and counts.

use std::sync::Arc;

use proptest::test_runner::{Config, TestError, TestRunner};
use roster::domain::members::Direction::{Asc, Desc};
use roster::domain::members::{Filter, List, Of, Order, Relation, Which};
use roster::domain::standing::{self, Name};
use roster::domain::{Actor, Ctx, Door, Error, Origin, Page, Position, Window, tokens};
use roster::types::{AccessLevel, MemberState};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::oracle::Oracle;
use crate::support::random::worlds;
use crate::support::world::{World, fixtures};
use crate::support::{Kind, TestApp, halves, on_both_databases, run_on, today};

on_both_databases!(
    the_database_counts_members_through_every_change,
    deep_pages_of_a_group_with_a_second_large_source_are_walked_to,
);

/// How many random worlds are tried on each database, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 3;

#[test]
fn pages_of_every_order_join_to_the_whole_list_on_sqlite() {
    in_worlds(Kind::Sqlite);
}

#[test]
fn pages_of_every_order_join_to_the_whole_list_on_postgres() {
    in_worlds(Kind::Postgres);
}

fn in_worlds(kind: Kind) {
    for world in fixtures() {
        both_ways_agree(kind, &world);
    }
    let cases = halves::setting("PROPTEST_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    });
    let outcome = runner.run(&worlds(), |world| {
        both_ways_agree(kind, &spread(world));
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(fault, world)) => panic!("{fault}\nin this world: {world}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Gives users numbers far apart, so that not all are counted together.
fn spread(mut world: Value) -> Value {
    for user in world["users"].as_array_mut().unwrap() {
        if let Some(id) = user["id"].as_i64() {
            user["id"] = json!(id * 700);
        }
    }
    world
}

fn both_ways_agree(kind: Kind, world: &Value) {
    run_on(kind, async |app| {
        app.import(world).await;
        let oracle = Oracle::new(world, today());
        // Everybody's sight is tried elsewhere; here an administrator and one of the others are enough.
        let callers: Vec<_> = oracle.callers();
        for name in [callers.first(), callers.last()].into_iter().flatten() {
            let ctx = as_user(&app, name).await;
            for path in oracle.group_paths() {
                if let Ok(group) = standing::group(&ctx, &Name::Path(path.to_owned())).await {
                    agree(&ctx, Of::Group(&group), &[Relation::Direct, Relation::Inherited]).await;
                }
            }
            for path in oracle.project_paths() {
                if let Ok(project) = standing::project(&ctx, &Name::Path(path.to_owned())).await {
                    agree(
                        &ctx,
                        Of::Project(&project),
                        &[Relation::InvitedGroups, Relation::SharedIntoAncestors],
                    )
                    .await;
                }
            }
        }
    });
}

async fn as_user(app: &TestApp, name: &str) -> Ctx {
    let caller = tokens::authenticate(&app.app, &format!("{name}-api")).await;
    let caller = Actor::User(Arc::new(caller.unwrap().expect("the token is good")));
    Ctx::new(Arc::clone(&app.app), caller, Origin::new(Door::System, "test"))
}

fn filters() -> Vec<Filter> {
    vec![
        Filter::default(),
        Filter {
            states: Some(vec![MemberState::Active]),
            ..Filter::default()
        },
        Filter {
            levels: Some(vec![AccessLevel::Guest, AccessLevel::Owner]),
            ..Filter::default()
        },
        Filter {
            min_level: Some(AccessLevel::Reporter),
            search: Some("u".to_owned()),
            ..Filter::default()
        },
    ]
}

async fn agree(ctx: &Ctx, of: Of<'_>, some: &[Relation]) {
    let orders = [
        Order::AccessLevel(Asc),
        Order::AccessLevel(Desc),
        Order::Name(Asc),
        Order::Name(Desc),
        Order::User,
    ];
    let some = Which::By(some.iter().copied().collect());
    // Each order with each filter would take minutes: every source is tried with other pairs.
    let turn = usize::try_from(of.source().id()).unwrap_or_default();
    let filters = filters();
    for (index, order) in orders.into_iter().enumerate() {
        let limit = 1 + (turn + index) as u64 % 3;
        walk(ctx, of, &Which::all(), &Filter::default(), order, limit).await;
        walk(
            ctx,
            of,
            &Which::all(),
            &filters[(turn + index) % filters.len()],
            order,
            limit,
        )
        .await;
        walk(
            ctx,
            of,
            &some,
            &filters[(turn + index + 1) % filters.len()],
            order,
            limit,
        )
        .await;
    }
}

type Line = (Position, Option<i64>, i64, AccessLevel);

fn lines(page: &Page<roster::domain::members::Member>) -> Vec<Line> {
    let line = |(place, member): &(Position, roster::domain::members::Member)| {
        let row = member.id.map(|id| id.0);
        (place.clone(), row, member.user.id.0, member.access_level)
    };
    page.items.iter().map(line).collect()
}

/// The whole list as it is sorted in memory, against pages that are read as those of a large group.
async fn walk(ctx: &Ctx, of: Of<'_>, which: &Which, filter: &Filter, order: Order, limit: u64) {
    let what = || format!("{:?} {which:?} {filter:?} {order:?}", of.source());
    let list = async || List::open(ctx, &of, which, filter, order).await;
    let small = match list().await {
        Ok(list) => list.large_from(u64::MAX, u64::MAX),
        Err(Error::Forbidden(_)) => return,
        Err(error) => panic!("{error:?}"),
    };
    let large = list().await.unwrap().large_from(0, 0);
    let whole = lines(&small.page(&Window::first(100)).await.unwrap());
    let counted = list().await.unwrap().count(100).await.unwrap();
    assert_eq!(counted, whole.len() as u64, "{}", what());
    let (mut forwards, mut after) = (vec![], None);
    loop {
        let window = Window::Keyset {
            limit,
            after: after.clone(),
            before: None,
            backward: false,
        };
        let page = large.page(&window).await.unwrap();
        assert_eq!(page.has_previous, after.is_some());
        forwards.extend(lines(&page));
        after = page.items.last().map(|(place, _)| place.clone());
        if !page.has_next {
            break;
        }
    }
    assert_eq!(forwards, whole, "{} forwards by {limit}", what());
    let (mut backwards, mut before) = (vec![], None);
    loop {
        let window = Window::Keyset {
            limit,
            after: None,
            before: before.clone(),
            backward: true,
        };
        let page = large.page(&window).await.unwrap();
        backwards.splice(0..0, lines(&page));
        before = page.items.first().map(|(place, _)| place.clone());
        if !page.has_previous {
            break;
        }
    }
    assert_eq!(backwards, whole, "{} backwards by {limit}", what());
    // Of the others a numbered page is cut out of the whole.
    if order == Order::User {
        let mut numbered = vec![];
        for page in 1.. {
            let page = large.page(&Window::Offset { page, per_page: limit }).await.unwrap();
            numbered.extend(lines(&page));
            if !page.has_next {
                break;
            }
        }
        assert_eq!(numbered, whole, "{} by number, {limit} a page", what());
        let beyond = large
            .page(&Window::Offset {
                page: 200,
                per_page: limit,
            })
            .await
            .unwrap();
        assert!(beyond.items.is_empty() && !beyond.has_next);
    }
    let (Some((first, ..)), Some((last, ..))) = (whole.first(), whole.last()) else {
        return;
    };
    let between = Window::Keyset {
        limit: 100,
        after: Some(first.clone()),
        before: Some(last.clone()),
        backward: false,
    };
    let inner = lines(&large.page(&between).await.unwrap());
    assert_eq!(inner, whole[1..whole.len().max(2) - 1], "{} between", what());
}

async fn run(app: &TestApp, statements: &'static [&'static str]) {
    let done: Result<(), Error> = app
        .db
        .write(roster::db::Lock::None, |tx| {
            Box::pin(async move {
                for statement in statements {
                    let mut sql = tx.conn().sql();
                    sql.push(statement);
                    sql.run().await?;
                }
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let statement = Statement::from_string(app.db.dialect().backend(), sql);
    let row = app.db.conn().query_one_raw(statement).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn the_database_counts_members_through_every_change(app: TestApp) {
    app.import(&spread(World::fixture("acme"))).await;
    let changes: [&'static [&'static str]; 7] = [
        &[],
        &["UPDATE members SET access_level = 5 WHERE id % 2 = 0"],
        &["UPDATE members SET access_level = 30, state = 1 WHERE id % 3 = 0"],
        &[
            "UPDATE members SET requested_at = created_at WHERE id % 5 = 0",
            "UPDATE members SET requested_at = NULL WHERE id % 10 = 0",
        ],
        &["DELETE FROM members WHERE id % 4 = 0"],
        &["UPDATE members SET source_id = source_id + 1000"],
        &["DELETE FROM members WHERE user_id IN (SELECT MAX(user_id) FROM members)"],
    ];
    for change in changes {
        run(&app, change).await;
        let wrong = "SELECT COUNT(*) FROM (
              SELECT source_kind, source_id, block, members, minimal FROM member_blocks
              UNION ALL
              SELECT source_kind, source_id, user_id >> 10, -COUNT(*), -SUM(CASE WHEN access_level < 10 THEN 1 ELSE 0 END)
                FROM members WHERE user_id IS NOT NULL AND requested_at IS NULL GROUP BY source_kind, source_id, user_id >> 10) AS both_ways
             GROUP BY source_kind, source_id, block HAVING SUM(members) <> 0 OR SUM(minimal) <> 0";
        let wrong = number(&app, &format!("SELECT COUNT(*) FROM ({wrong}) AS wrong")).await;
        assert_eq!(wrong, 0, "{change:?}");
        assert_eq!(
            number(&app, "SELECT COUNT(*) FROM member_blocks WHERE members <= 0").await,
            0,
            "{change:?}"
        );
    }
    assert!(number(&app, "SELECT COUNT(*) FROM member_blocks").await > 0);
}

/// More people by a second source than are looked up one by one.
async fn deep_pages_of_a_group_with_a_second_large_source_are_walked_to(app: TestApp) {
    app.import(
        &World::new()
            .group("acme", |group| group.owner("ann"))
            .group("acme/all", |group| group)
            .json(),
    )
    .await;
    run(
        &app,
        &[
            "INSERT INTO users (id, username, username_key, name, name_key, email, email_norm, state, user_type, admin, external, created_at, updated_at)
             WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
             SELECT i, 'p' || i, 'p' || i, 'P', 'p', 'p' || i, 'p' || i, 'active', 'human', u.admin, u.external, u.created_at, u.updated_at
               FROM n CROSS JOIN users u WHERE u.username = 'ann'",
            "INSERT INTO members (source_kind, source_id, user_id, access_level, state, ldap, override, created_at, updated_at, send_count, reminders_sent)
             SELECT 1, g.id, u.id, 10 + 10 * (u.id % 3), 0, m.ldap, m.override, m.created_at, m.updated_at, 0, 0
               FROM users u CROSS JOIN namespaces g CROSS JOIN members m WHERE u.id >= 1000 AND g.full_path IN ('acme', 'acme/all')
                AND m.access_level = 50 AND (u.id % 7 > 0 OR g.full_path = 'acme')",
        ],
    )
    .await;
    let ctx = as_user(&app, "ann").await;
    let group = standing::group(&ctx, &Name::Path("acme/all".to_owned())).await.unwrap();
    let (of, which, filter) = (Of::Group(&group), Which::all(), Filter::default());
    let list = List::open(&ctx, &of, &which, &filter, Order::User).await.unwrap();
    let page = list
        .page(&Window::Offset {
            page: 1201,
            per_page: 5,
        })
        .await
        .unwrap();
    let users: Vec<_> = page.items.iter().map(|(place, _)| place.id).collect();
    assert_eq!(users, [6999, 7000], "ann, and six thousand before");
    assert_eq!(list.count(10_000).await.unwrap(), 6002);
}
