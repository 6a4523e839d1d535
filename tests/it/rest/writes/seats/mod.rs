//! The rows of who takes a seat, and taking somebody out of a hierarchy.

mod memberships;
mod removing;

use serde_json::json;

use super::{Outcome, Stage};
use crate::support::level;
use crate::support::world::World;

/// `acme`, with everybody who can ask; `acme/tools` and its project, with the rows of `dan`; `partners`, whose team comes by links, and `elsewhere`.
fn place() -> World {
    World::new()
        .user("sid", |user| user)
        .user("exa", crate::support::world::Item::external)
        .user("bob", |user| user.set("state", "blocked"))
        .user("rob", |user| user.set("user_type", "project_bot"))
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .role("acme", "Auditor", level::GUEST)
        .group("allies", |group| group.owner("lin"))
        .group("partners", |group| group.owner("pat").developer("tim").guest("dan"))
        .group("partners/team", |group| group.maintainer("dan").reporter("tim"))
        .group("elsewhere", |group| group.owner("dan").guest("eve"))
        .group("acme", |group| {
            group
                .set("name", "Acme")
                .internal()
                .owner("ann")
                .owner("oto")
                .member("min", level::MINIMAL, |row| row)
                .guest("gus")
                .member("pia", level::PLANNER, |row| row)
                .reporter("ron")
                .developer("dev")
                .maintainer("mia")
                .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
                .member("mod", level::DEVELOPER, |row| row)
                .developer("bob")
                .shared_with("allies", level::OWNER)
        })
        .group("acme/tools", |group| {
            group
                .set("name", "Tools")
                .internal()
                .member("dan", level::DEVELOPER, |row| row.since("2026-02-03T04:05:06.789Z"))
                .member("tia", level::REPORTER, crate::support::world::Item::awaiting)
                .shared_with("partners/team", level::GUEST)
        })
        .project("acme/tools/cli", |project| {
            project
                .set("name", "CLI")
                .member("dan", level::GUEST, |row| row.with_role("Auditor").until("2030-01-02"))
                .member("old", level::DEVELOPER, |row| row.until("2026-11-21"))
                .developer("rob")
                .shared_with("partners/team", level::REPORTER)
        })
        .group("secret", |group| group.owner("ann").developer("dan"))
}

/// The path of a seat in `acme`, or of what is told of it.
fn seat(stage: &Stage, username: &str, what: &str) -> String {
    format!("/groups/acme/billable_members/{}{what}", stage.number_of(username))
}

fn bad_request(reason: &str) -> Outcome {
    let reason = if reason.is_empty() {
        String::new()
    } else {
        format!(" - {reason}")
    };
    (400, json!({"message": format!("400 Bad request{reason}")}).to_string())
}
