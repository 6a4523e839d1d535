//! Access requests through REST.

mod answering;
mod asking;
mod listing;
mod telling;

use serde_json::{Value, json};

use super::{Outcome, Stage};
use crate::support::world::{Group, Item, World};

/// Callers of every kind in a group, in a project beside it, and outside of both, and two people who ask for access.
fn everybody(describe: impl Fn(Group) -> Group) -> World {
    let people = |source: Group| {
        let source = describe(source)
            .guest("gus")
            .member("pla", 15, |row| row)
            .reporter("rep")
            .developer("dev")
            .maintainer("mia")
            .owner("own");
        source.requested_by("ria", |row| row).requested_by("rob", |row| row)
    };
    let waiting = |source: Group| {
        source
            .member("awa", 30, Item::awaiting)
            .member("old", 30, |row| row.until("2026-11-21"))
    };
    let manager = |source: Group| source.member("mel", 30, |row| row.with_role("Manager"));
    World::new()
        .user("sid", |user| user)
        .user("exa", Item::external)
        .group("allies", |group| group.owner("lin"))
        .group("acme", |group| {
            manager(waiting(people(group)))
                .member("min", 5, |row| row)
                .shared_with("allies", 50)
        })
        .group("home", |group| {
            manager(describe(group).owner("ann").member("min", 5, |row| row))
        })
        .project("home/p", |project| waiting(people(project)).shared_with("allies", 50))
        .role_that("acme", "Manager", 30, "admin_group_member")
        .role_that("home", "Manager", 30, "admin_group_member")
}

const GROUP: &str = "/groups/acme";
const PROJECT: &str = "/projects/home%2Fp";

impl Stage {
    async fn ask(&self, by: &str, source: &str) -> Outcome {
        self.post(by, &format!("{source}/access_requests"), json!({})).await
    }

    pub(super) async fn approve(&self, by: &str, source: &str, who: &str, body: Value) -> Outcome {
        let path = format!("{}/approve", self.request(source, who));
        self.put(by, &path, body).await
    }

    async fn deny(&self, by: &str, source: &str, who: &str) -> Outcome {
        self.delete(by, &self.request(source, who)).await
    }

    /// `/groups/acme/access_requests/7` for `/groups/acme` and a user.
    fn request(&self, source: &str, username: &str) -> String {
        format!("{source}/access_requests/{}", self.number_of(username))
    }

    /// The user names of those who ask, oldest request first.
    async fn requesters(&self, source: &str) -> Vec<Value> {
        let list = self.read(&format!("{source}/access_requests")).await;
        super::super::each(&list, "username")
    }
}

fn asked_already() -> Outcome {
    super::faults(&json!({"user_id": ["already exists in source"]}))
}
