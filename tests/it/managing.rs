//! Whose members, invitations and access requests somebody administers, asked of many groups and projects at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use roster::domain::members::{Of, managed};
use roster::domain::{Actor, Ctx, Door, Origin, standing, tokens};
use roster::types::{GroupId, ProjectId};
use serde_json::json;

use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    members_are_managed_by_owners_maintainers_of_projects_and_custom_roles,
    many_sources_cost_one_statement_at_most,
);

/// Every group and project, as the user sees them: the paths of those that the user manages.
async fn paths(app: &TestApp, user: Option<&str>) -> BTreeSet<String> {
    let ctx = context(app, user).await;
    let (groups, projects) = sources(&ctx).await;
    let all: Vec<Of<'_>> = groups
        .iter()
        .map(Of::Group)
        .chain(projects.iter().map(Of::Project))
        .collect();
    let managed = managed(&ctx, &all).await.unwrap();
    let path = |of: &Of<'_>| match of {
        Of::Group(group) => group.full_path.clone(),
        Of::Project(project) => project.full_path.clone(),
    };
    all.iter()
        .filter(|of| managed.contains(&of.source()))
        .map(path)
        .collect()
}

async fn context(app: &TestApp, user: Option<&str>) -> Ctx {
    let actor = match user {
        None => Actor::Anonymous,
        Some(name) => {
            let caller = tokens::authenticate(&app.app, &format!("{name}-api")).await;
            Actor::User(Arc::new(caller.unwrap().unwrap()))
        }
    };
    Ctx::new(Arc::clone(&app.app), actor, Origin::new(Door::System, "test"))
}

async fn sources(ctx: &Ctx) -> (Vec<standing::Group>, Vec<standing::Project>) {
    let groups = standing::groups(ctx, (1001..1020).map(GroupId)).await.unwrap();
    let projects = standing::projects(ctx, (2001..2020).map(ProjectId)).await.unwrap();
    (groups, projects)
}

fn world() -> World {
    World::new()
        .group("allies", |group| group.owner("lin"))
        .group("acme", |group| {
            let group = group.owner("ola").maintainer("mia").shared_with("allies", level::OWNER);
            group
                .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
                .member("old", level::DEVELOPER, |row| {
                    row.with_role("Manager").until("2026-11-21")
                })
                .member("rea", level::DEVELOPER, |row| row.with_role("Reader"))
        })
        .group("acme/tools", |group| {
            group.member("sub", level::DEVELOPER, |row| row.with_role("Manager"))
        })
        .group("acme/synced", |group| {
            let link = json!({"provider": "main", "cn": "all", "access_level": 30});
            group.set("ldap_links", json!([link]))
        })
        .group("other", |group| group.owner("ola").public())
        .project("acme/app", |project| project.maintainer("pam").developer("dev"))
        .project("acme/synced/app", |project| project)
        .project("per/dots", |project| project)
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .role_that("acme", "Reader", level::DEVELOPER, "read_code")
}

async fn members_are_managed_by_owners_maintainers_of_projects_and_custom_roles(app: TestApp) {
    app.import(&world().json()).await;
    let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>();
    let (projects, groups) = (["acme/app", "acme/synced/app"], ["acme", "acme/tools"]);
    for (user, expected) in [
        (None, set(&[])),
        (Some("mia"), set(&projects)),
        (Some("ola"), set(&[&projects[..], &groups, &["other"]].concat())),
        (Some("lin"), set(&[&projects[..], &groups, &["allies"]].concat())),
        (Some("mel"), set(&groups)),
        (Some("sub"), set(&["acme/tools"])),
        (Some("old"), set(&[])),
        (Some("rea"), set(&[])),
        (Some("pam"), set(&["acme/app"])),
        (Some("dev"), set(&[])),
        (Some("per"), set(&["per/dots"])),
        (
            Some("root"),
            set(&[&projects[..], &groups, &["other", "allies", "per/dots"]].concat()),
        ),
    ] {
        assert_eq!(paths(&app, user).await, expected, "{user:?}");
    }
}

async fn many_sources_cost_one_statement_at_most(app: TestApp) {
    app.import(&world().json()).await;
    for (user, statements) in [("root", 1), ("mel", 1), ("pam", 0)] {
        let ctx = context(&app, Some(user)).await;
        let (groups, projects) = sources(&ctx).await;
        let all: Vec<Of<'_>> = groups
            .iter()
            .map(Of::Group)
            .chain(projects.iter().map(Of::Project))
            .collect();
        let counter = roster::db::Counter::default();
        counter.scope(managed(&ctx, &all)).await.unwrap();
        assert_eq!(counter.counts().statements, statements, "{user}");
    }
}
