//! Who waits, through REST.

mod approving;
mod cap;
mod listing;
mod setting;

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, message};
use crate::support::world::{Group, Item, World};

const GROUP: &str = "/groups/acme";
const SUBGROUP: &str = "/groups/acme%2Fsub";
const SYNCED: &str = "/groups/synced";

/// `acme` with callers of every kind, and people who wait in it, below it, and elsewhere.
fn hall(describe: impl Fn(Group) -> Group) -> World {
    let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    World::new()
        .user("sid", |user| user)
        .user("exa", Item::external)
        .user("wai", |user| {
            user.set("name", "Wai Ling").set("public_email", "wai@public.example")
        })
        .user("wen", |user| user)
        .group("allies", |group| group.owner("lin"))
        .group("acme", |group| {
            let group = describe(group).owner("own").maintainer("mia").developer("dev");
            let group = group.reporter("rep").member("pla", 15, |row| row).guest("gus");
            group
                .member("min", 5, |row| row)
                .member("mel", 30, |row| row.with_role("Manager"))
                .shared_with("allies", 50)
                .member("wai", 30, |row| row.awaiting().by("own").until("2030-01-01"))
                .requested_by("ria", |row| row)
                .invited("zoe@example.org", 30, |row| row)
                .invited("ada@example.org", 20, Item::awaiting)
        })
        .group("acme/sub", |group| {
            group
                .owner("sue")
                .maintainer("dev")
                .member("wen", 40, Item::awaiting)
                .member("wai", 40, Item::awaiting)
                .invited("zoe@example.org", 20, Item::awaiting)
        })
        .project("acme/sub/p", |project| {
            project
                .member("wai", 50, Item::awaiting)
                .member("gus", 30, Item::awaiting)
                .invited("zoe@example.org", 20, Item::awaiting)
        })
        .group("other", |group| {
            group
                .owner("ola")
                .member("wai", 30, Item::awaiting)
                .member("sid", 30, Item::awaiting)
        })
        .group("synced", |group| {
            let group = group.set("ldap_links", link).owner("own").maintainer("mia");
            group
                .member("mel", 30, |row| row.with_role("Keeper"))
                .member("wai", 30, Item::awaiting)
        })
        .project("own/notes", |project| project.member("wai", 30, Item::awaiting))
        .role_that("acme", "Manager", 30, "admin_group_member")
        .role_that("synced", "Keeper", 30, "admin_group_member")
}

impl Stage {
    /// The number of a user's row in a group or project of the world file; of an address, that of its invitation.
    fn row(&self, source: &str, who: &str) -> i64 {
        let rows = ["members", "invitations", "access_requests"].map(|list| self.world[list].as_array().unwrap());
        let is_it = |row: &&Value| {
            let place = row.get("group").or(row.get("project")).unwrap();
            let name = row.get("user").or(row.get("email")).unwrap();
            place == source && name == who
        };
        let mut rows = rows.into_iter().flatten();
        let row = rows.find(is_it).unwrap_or_else(|| panic!("{source} {who}"));
        row["id"].as_i64().unwrap()
    }

    async fn let_in(&self, by: &str, group: &str, row: i64) -> Outcome {
        self.put(by, &format!("{group}/members/{row}/approve"), json!({})).await
    }

    async fn let_all_in(&self, by: &str, method: Method, group: &str) -> Outcome {
        self.call(by, method, &format!("{group}/members/approve_all"), json!({}))
            .await
    }

    async fn set(&self, by: &str, group: &str, who: &str, state: &str) -> Outcome {
        let path = format!("{}/state", self.member(group, who));
        self.put(by, &path, json!({ "state": state })).await
    }

    /// The numbers of all rows that wait, in order.
    async fn waiting(&self) -> Vec<i64> {
        let mut rows = vec![];
        for list in ["members", "invitations", "access_requests"] {
            rows.extend(
                self.world[list]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| row["id"].as_i64().unwrap()),
            );
        }
        rows.sort_unstable();
        let mut waiting = vec![];
        for row in rows {
            if self.count(&format!("members WHERE state = 1 AND id = {row}")).await == 1 {
                waiting.push(row);
            }
        }
        waiting
    }

    /// Has the rows wait again that waited in the world file.
    async fn again(&self, waiting: &[i64]) {
        let rows: Vec<_> = waiting.iter().map(ToString::to_string).collect();
        let rows = rows.join(", ");
        crate::graph::run(&self.app, &format!("UPDATE members SET state = 1 WHERE id IN ({rows})")).await;
    }
}

fn done() -> Outcome {
    (204, String::new())
}

fn set() -> Outcome {
    (200, json!({"success": true}).to_string())
}

fn bad_request() -> Outcome {
    message(400, "400 Bad request")
}

fn nobody_waits() -> Outcome {
    message(400, "400 Bad request - No memberships found")
}

fn unprocessable(text: &str) -> Outcome {
    message(422, text)
}
