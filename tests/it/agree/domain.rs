//! The domain against the evaluator, without a face: every choice of relations, walked by cursor in small pages.

use std::sync::Arc;

use chrono::NaiveDate;
use roster::domain::members::{self, Filter, Member, Of, Order, Relation, Which};
use roster::domain::standing::{self, Name};
use roster::domain::{Actor, Ctx, Door, Error, Origin, Window, tokens};
use roster::types::MemberState;
use serde_json::Value;

use crate::support::oracle::{Caller, Entry, GroupRelation, Oracle, ProjectRelation, Sight};
use crate::support::{TestApp, now, today};

const PER_PAGE: u64 = 2;

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for name in oracle.callers() {
        let asked = Asked {
            ctx: context(app, name).await,
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
}

pub(super) async fn context(app: &TestApp, name: &str) -> Ctx {
    let caller = tokens::authenticate(&app.app, &format!("{name}-api")).await;
    let caller = caller.expect("the database answers").expect("the token is good");
    let origin = Origin::new(Door::System, "test");
    Ctx::new(Arc::clone(&app.app), Actor::User(Arc::new(caller)), origin)
}

struct Asked<'a> {
    ctx: Ctx,
    oracle: &'a Oracle,
    name: &'a str,
}

impl Asked<'_> {
    async fn group(&self, path: &str) {
        let seen = standing::group(&self.ctx, &Name::Path(path.to_owned())).await;
        let caller = Caller::User(self.name);
        assert_eq!(
            seen.is_ok(),
            self.oracle.sees_group(path, caller),
            "{path} as {}: {seen:?}",
            self.name
        );
        let Ok(group) = seen else { return };
        assert_eq!(
            i64::from(group.level.number()),
            self.oracle.group_level(path, self.name),
            "{path} as {}",
            self.name
        );

        let of = Of::Group(&group);
        self.list(of, &Which::Direct, self.oracle.group_members(path, caller), path)
            .await;
        self.list(of, &Which::all(), self.oracle.group_members_all(path, caller), path)
            .await;
        for relations in choices(&GroupRelation::ALL) {
            let which = Which::By(relations.iter().copied().map(of_group).collect());
            let expected = self.oracle.group_relations(path, caller, &relations);
            let found = self.walk(of, &which).await.ok();
            let found = found.map(|list| list.iter().map(user_and_level).collect::<Vec<_>>());
            let expected = expected.map(|list| list.into_iter().map(|entry| (entry.username, entry.level)).collect());
            assert_eq!(found, expected, "{path} {relations:?} as {}", self.name);
        }
    }

    async fn project(&self, path: &str) {
        let seen = standing::project(&self.ctx, &Name::Path(path.to_owned())).await;
        let caller = Caller::User(self.name);
        assert_eq!(
            seen.is_ok(),
            self.oracle.sees_project(path, caller),
            "{path} as {}: {seen:?}",
            self.name
        );
        let Ok(project) = seen else { return };
        assert_eq!(
            i64::from(project.level.number()),
            self.oracle.project_level(path, self.name),
            "{path} as {}",
            self.name
        );

        let of = Of::Project(&project);
        self.list(of, &Which::Direct, self.oracle.project_members(path, caller), path)
            .await;
        self.list(of, &Which::all(), self.oracle.project_members_all(path, caller), path)
            .await;
        for relations in choices(&ProjectRelation::ALL) {
            let which = Which::By(relations.iter().copied().map(of_project).collect());
            let expected = self.oracle.project_relations(path, caller, &relations);
            let found = self.walk(of, &which).await.ok();
            let found = found.map(|list| list.iter().map(user_and_level).collect::<Vec<_>>());
            assert_eq!(found, expected, "{path} {relations:?} as {}", self.name);
        }
    }

    async fn list(&self, of: Of<'_>, which: &Which, expected: Result<Vec<Entry>, Sight>, path: &str) {
        let found = self.walk(of, which).await;
        let expected = match (&found, expected) {
            (_, Ok(expected)) => expected,
            (Err(Error::Forbidden(_)), Err(Sight::SeesOnly)) => return,
            (found, Err(sight)) => panic!("{path} {which:?} as {}: {sight:?}, but found {found:?}", self.name),
        };
        let found = found.expect("the caller may read the list");
        let (expected, found) = if matches!(which, Which::Direct) {
            (
                by_row(expected, |entry| entry.row_id),
                by_row(found, |member| member.id.map(|id| id.0)),
            )
        } else {
            (expected, found)
        };
        let found: Vec<Line> = found
            .iter()
            .zip(&expected)
            .map(|(member, like)| Line::found(member, like.row_is_open))
            .collect();
        let expected: Vec<Line> = expected.iter().map(Line::expected).collect();
        assert_eq!(found, expected, "{path} {which:?} as {}", self.name);
    }

    /// All pages, joined.
    async fn walk(&self, of: Of<'_>, which: &Which) -> Result<Vec<Member>, Error> {
        let order = if matches!(which, Which::Direct) {
            Order::Row
        } else {
            Order::User
        };
        let mut members = vec![];
        let mut after = None;
        loop {
            let window = Window::Keyset {
                limit: PER_PAGE,
                after: after.take(),
                before: None,
                backward: false,
            };
            let page = members::page(&self.ctx, of, which, &Filter::default(), order, &window).await?;
            let more = page.has_next;
            for (position, member) in page.items {
                after = Some(position);
                members.push(member);
            }
            if !more {
                return Ok(members);
            }
        }
    }
}

/// What the evaluator is sure of.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    user: (String, i64),
    row: Option<Row>,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    id: Option<i64>,
    active: bool,
    created_at: Option<chrono::DateTime<chrono::Utc>>,
    expires_at: Option<NaiveDate>,
    created_by: Option<String>,
    role: Option<i64>,
}

impl Line {
    fn expected(entry: &Entry) -> Self {
        let row = Row {
            id: entry.row_id,
            active: entry.active,
            created_at: entry.row_id.map(|_| entry.created_at.unwrap_or_else(now)),
            expires_at: entry.expires_at,
            created_by: entry.created_by.clone(),
            role: entry.role,
        };
        Self {
            user: (entry.username.clone(), entry.level),
            row: (!entry.row_is_open).then_some(row),
        }
    }

    fn found(member: &Member, row_is_open: bool) -> Self {
        let row = Row {
            id: member.id.map(|id| id.0),
            active: member.state == MemberState::Active,
            // Nobody says when the holder of a personal project came to it.
            created_at: member.id.map(|_| member.created_at),
            expires_at: member.expires_at,
            created_by: member.created_by.as_ref().map(|user| user.username.clone()),
            role: member.role.as_ref().map(|role| role.id.0),
        };
        Self {
            user: user_and_level(member),
            row: (!row_is_open).then_some(row),
        }
    }
}

fn user_and_level(member: &Member) -> (String, i64) {
    (member.user.username.clone(), i64::from(member.access_level.number()))
}

/// Nobody says where the holder of a personal project stands among the rows.
fn by_row<T>(mut list: Vec<T>, row: impl Fn(&T) -> Option<i64>) -> Vec<T> {
    list.sort_by_key(|entry| row(entry).is_some());
    list
}

/// Each alone, and all but each.
fn choices<T: Copy + PartialEq>(all: &[T]) -> Vec<Vec<T>> {
    let alone = all.iter().map(|one| vec![*one]);
    let without = all
        .iter()
        .map(|one| all.iter().copied().filter(|other| other != one).collect());
    alone.chain(without).collect()
}

fn of_group(relation: GroupRelation) -> Relation {
    match relation {
        GroupRelation::Direct => Relation::Direct,
        GroupRelation::Inherited => Relation::Inherited,
        GroupRelation::Descendants => Relation::Descendants,
        GroupRelation::SharedFromGroups => Relation::SharedIntoAncestors,
    }
}

fn of_project(relation: ProjectRelation) -> Relation {
    match relation {
        ProjectRelation::Direct => Relation::Direct,
        ProjectRelation::Inherited => Relation::Inherited,
        ProjectRelation::Descendants => Relation::Descendants,
        ProjectRelation::InvitedGroups => Relation::InvitedGroups,
        ProjectRelation::SharedIntoAncestors => Relation::SharedIntoAncestors,
    }
}
