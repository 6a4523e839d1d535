//! Taking somebody out of a hierarchy.

use serde_json::{Value, json};

use super::super::super::each;
use super::super::{Stage, error, message};
use super::{bad_request, place, seat};
use crate::support::world::{Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    every_row_of_the_hierarchy_goes_and_no_other,
    who_also_comes_by_a_link_goes_on_taking_a_seat,
    who_may_remove,
    checks_come_in_order,
    nobody_is_removed_above_the_own_level,
    the_last_owner_stays,
    an_owner_may_remove_themselves_when_another_is_left,
    what_a_directory_decides_about_stays,
    a_bot_stays,
    every_row_leaves_an_audit_event_and_an_entry_of_the_change_log,
    an_identity_of_the_group_is_unlinked,
    a_removal_costs_the_same_for_one_row_and_for_fifty,
);

const UNAUTHORIZED: &str = "User not authorized";

/// Who takes a seat in `acme`, with why.
async fn billable(stage: &Stage) -> Vec<(Value, Value, Value)> {
    let list = stage.read("/groups/acme/billable_members?per_page=100").await;
    let list = list.as_array().unwrap().iter();
    list.map(|member| {
        (
            member["username"].clone(),
            member["membership_type"].clone(),
            member["removable"].clone(),
        )
    })
    .collect()
}

async fn every_row_of_the_hierarchy_goes_and_no_other(app: TestApp) {
    let world = place()
        .group("acme/labs", |group| {
            group
                .member("dev", level::MAINTAINER, Item::awaiting)
                .invited("new@example.com", level::GUEST, |row| row.by("dev"))
        })
        .project("acme/labs/x", |project| project.requested_by("dev", |row| row))
        .project("acme/labs/y", |project| {
            project.member("dev", level::GUEST, |row| row.until("2026-11-20"))
        })
        .group("other", |group| group.owner("dev"))
        .project("other/z", |project| project.developer("dev"))
        .project("dev/own", |project| project.guest("gus"));
    let stage = Stage::new(app, &world).await;
    let number = stage.number_of("dev");
    let of_dev = format!("members WHERE user_id = {number}");
    assert_eq!(stage.count(&of_dev).await, 6);
    let all = stage.count("members").await;

    stage.by("ann").delete(&seat(&stage, "dev", "")).await.expect(204);
    assert_eq!(stage.count(&of_dev).await, 2);
    assert_eq!(all - stage.count("members").await, 4);
    assert_eq!(stage.level("/groups/other", "dev").await, Some(50));
    assert_eq!(stage.level("/projects/other%2Fz", "dev").await, Some(30));
    assert!(billable(&stage).await.iter().all(|(name, ..)| name != "dev"));

    let again = stage.delete("ann", &seat(&stage, "dev", "")).await;
    assert_eq!(again, bad_request("No member found for the given user_id"));

    // Minimal access, what waits and what is only asked for take no seat, and go all the same.
    stage.by("ann").delete(&seat(&stage, "min", "")).await.expect(204);
    assert_eq!(stage.level("/groups/acme", "min").await, None);
    stage.by("ann").delete(&seat(&stage, "tia", "")).await.expect(204);
    assert_eq!(stage.level("/groups/acme%2Ftools", "tia").await, None);
}

async fn who_also_comes_by_a_link_goes_on_taking_a_seat(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = billable(&stage).await;
    assert!(before.contains(&(json!("dan"), json!("group_member"), json!(true))));
    stage.by("ann").delete(&seat(&stage, "dan", "")).await.expect(204);
    let after = billable(&stage).await;
    assert!(after.contains(&(json!("dan"), json!("group_invite"), json!(false))));
    assert_eq!(after.len(), before.len());
    let own = stage.read(&seat(&stage, "dan", "/memberships")).await;
    assert_eq!(own, json!([]));
    let invited = stage.read(&seat(&stage, "dan", "/indirect")).await;
    assert_eq!(each(&invited, "source_full_name"), ["partners", "partners / team"]);
    // Of the rows that are left none is in the hierarchy.
    assert_eq!(
        stage.delete("ann", &seat(&stage, "dan", "")).await,
        bad_request("No member found for the given user_id")
    );
}

async fn who_may_remove(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let path = |name: &str| seat(&stage, name, "");
    let before = stage.traces().await;
    assert_eq!(
        stage.delete("nobody", &path("gus")).await,
        message(401, "401 Unauthorized")
    );
    assert_eq!(
        stage.delete("exa", &path("gus")).await,
        message(404, "404 Group Not Found")
    );
    for low in ["sid", "min", "gus", "pia", "ron", "dev", "mia"] {
        assert_eq!(
            stage.delete(low, &path("gus")).await,
            bad_request(UNAUTHORIZED),
            "{low}"
        );
        // Leaving is another call.
        assert_eq!(
            stage.delete(low, &path(low)).await,
            bad_request(UNAUTHORIZED),
            "{low} in person"
        );
    }
    assert_eq!(stage.traces().await, before);
    for (enough, whom) in [("mel", "gus"), ("ann", "pia"), ("lin", "ron"), ("root", "mia")] {
        assert_eq!(
            stage.delete(enough, &path(whom)).await,
            (204, String::new()),
            "{enough}"
        );
        assert_eq!(stage.level("/groups/acme", whom).await, None);
    }
}

async fn checks_come_in_order(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let path = |group: &str, user: &str| format!("/groups/{group}/billable_members/{user}");
    let before = stage.traces().await;
    assert_eq!(
        stage.delete("exa", &path("acme", "x")).await,
        error(400, "user_id is invalid")
    );
    let no_group = message(404, "404 Group Not Found");
    assert_eq!(stage.delete("ann", &path("nothing", "1")).await, no_group);
    assert_eq!(stage.delete("ann", &path("partners", "1")).await, no_group);
    for by in ["sid", "mel", "ann", "root"] {
        assert_eq!(
            stage.delete(by, &path("acme%2Ftools", "1")).await,
            bad_request("Must be a root namespace"),
            "{by}"
        );
    }
    assert_eq!(
        stage.delete("mia", &path("acme", "999999")).await,
        bad_request(UNAUTHORIZED)
    );
    let nobody = bad_request("No member found for the given user_id");
    assert_eq!(stage.delete("ann", &path("acme", "999999")).await, nobody);
    for without in ["sid", "tim", "eve", "old"] {
        let user = stage.number_of(without).to_string();
        assert_eq!(stage.delete("ann", &path("acme", &user)).await, nobody, "{without}");
    }
    assert_eq!(stage.traces().await, before);
}

async fn nobody_is_removed_above_the_own_level(app: TestApp) {
    let world = place().project("acme/lib", |project| project.maintainer("gus"));
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    // gus is a guest of the group, and more in a project of it.
    for above in ["mia", "ann", "gus"] {
        assert_eq!(
            stage.delete("mel", &seat(&stage, above, "")).await,
            bad_request(UNAUTHORIZED),
            "{above}"
        );
    }
    assert_eq!(stage.traces().await, before);
    for equal in ["mod", "mel"] {
        stage.by("mel").delete(&seat(&stage, equal, "")).await.expect(204);
    }
}

async fn the_last_owner_stays(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user.set("state", "blocked"))
        .group("allies", |group| group.owner("lin"))
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .group("acme", |group| {
            group
                .owner("ann")
                .owner("bob")
                .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
                .member("wes", level::OWNER, Item::awaiting)
                .shared_with("allies", level::OWNER)
        })
        .group("acme/tools", |group| group.developer("ann"));
    let stage = Stage::new(app, &world).await;
    // A blocked owner counts.
    stage.by("lin").delete(&seat(&stage, "ann", "")).await.expect(204);
    let before = stage.traces().await;
    let last = bad_request("The last owner cannot be removed");
    for by in ["lin", "root"] {
        assert_eq!(stage.delete(by, &seat(&stage, "bob", "")).await, last, "{by}");
    }
    // Who may not, is told no more.
    assert_eq!(
        stage.delete("mel", &seat(&stage, "bob", "")).await,
        bad_request(UNAUTHORIZED)
    );
    assert_eq!(stage.traces().await, before);
    // One who waits is none.
    stage.by("lin").delete(&seat(&stage, "wes", "")).await.expect(204);
}

async fn an_owner_may_remove_themselves_when_another_is_left(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    stage.by("ann").delete(&seat(&stage, "ann", "")).await.expect(204);
    assert_eq!(
        stage.delete("ann", &seat(&stage, "gus", "")).await,
        bad_request(UNAUTHORIZED)
    );
    assert_eq!(
        stage.delete("oto", &seat(&stage, "oto", "")).await,
        bad_request("The last owner cannot be removed")
    );
}

async fn what_a_directory_decides_about_stays(app: TestApp) {
    let link = || json!([{"provider": "main", "cn": "all", "access_level": 30}]);
    let world = place()
        .group("acme/synced", |group| {
            group.set("ldap_links", link()).developer("gus").owner("ann")
        })
        .group("synced", |group| {
            group
                .set("ldap_links", link())
                .owner("ann")
                .owner("oto")
                .developer("gus")
        });
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let gus = stage.number_of("gus");
    for by in ["mel", "ann", "root"] {
        for whom in ["gus", "ann"] {
            assert_eq!(
                stage.delete(by, &seat(&stage, whom, "")).await,
                bad_request(UNAUTHORIZED),
                "{by}"
            );
        }
    }
    for by in ["ann", "root"] {
        for user in [gus, 999_999, stage.number_of("sid")] {
            let path = format!("/groups/synced/billable_members/{user}");
            assert_eq!(stage.delete(by, &path).await, bad_request(UNAUTHORIZED), "{by}");
        }
    }
    assert_eq!(stage.traces().await, before);
}

async fn a_bot_stays(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(
        stage.delete("ann", &seat(&stage, "rob", "")).await,
        bad_request(UNAUTHORIZED)
    );
    assert_eq!(stage.level("/projects/acme%2Ftools%2Fcli", "rob").await, Some(30));
}

async fn every_row_leaves_an_audit_event_and_an_entry_of_the_change_log(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    stage.by("ann").delete(&seat(&stage, "dan", "")).await.expect(204);
    assert_eq!(
        (stage.count("audit_events").await, stage.count("change_log").await),
        (2, 2)
    );
    assert_eq!(
        stage
            .count("change_log WHERE kind = 'member_removed' AND source_kind = 2")
            .await,
        1
    );
    let group = stage.last_event("/groups/acme%2Ftools").await;
    assert_eq!(
        (
            &group["entity_type"],
            &group["details"]["as"],
            &group["details"]["remove"]
        ),
        (
            &json!("Group"),
            &json!("Default role: Developer"),
            &json!("user_access")
        )
    );
    let project = stage.last_event("/projects/acme%2Ftools%2Fcli").await;
    assert_eq!(
        (
            &project["details"]["custom_message"],
            &project["details"]["as"],
            &project["details"]["author_name"],
            &project["details"]["target_id"]
        ),
        (
            &json!("Membership destroyed"),
            &json!("Custom role: Auditor"),
            &json!("Ann"),
            &json!(stage.number_of("dan"))
        )
    );
    assert_eq!(stage.count("outbox").await, 0);
}

async fn an_identity_of_the_group_is_unlinked(app: TestApp) {
    let mut world = place().json();
    let list = world["groups"].as_array_mut().unwrap();
    let acme = list.iter_mut().find(|group| group["path"] == "acme").unwrap();
    acme["saml_provider_id"] = json!(7);
    for user in world["users"].as_array_mut().unwrap() {
        if user["username"] == "dev" || user["username"] == "gus" {
            user["saml_identities"] = json!([{"group": "acme", "extern_uid": user["username"]}]);
        }
    }
    let stage = Stage::of(app, world).await;
    assert_eq!(stage.count("user_identities").await, 2);
    stage.by("ann").delete(&seat(&stage, "dev", "")).await.expect(204);
    assert_eq!(stage.count("user_identities").await, 1);
}

async fn a_removal_costs_the_same_for_one_row_and_for_fifty(app: TestApp) {
    let many = |world: World, root: &str, rows: usize| {
        (0..rows).fold(
            world.group(root, |group| group.owner("ann").developer("dan")),
            |world, n| {
                world
                    .group(&format!("{root}/g{n}"), |group| group.developer("dan"))
                    .project(&format!("{root}/g{n}/p"), |project| project.developer("dan"))
                    .project(&format!("{root}/g{n}/q"), |project| {
                        project.requested_by("dan", |row| row)
                    })
            },
        )
    };
    let stage = Stage::new(app, &many(many(World::new(), "small", 1), "large", 50)).await;
    let mut costs = Vec::new();
    for (root, gone) in [("small", 4), ("large", 151)] {
        stage
            .by("ann")
            .get(&format!("/groups/{root}/billable_members"))
            .await
            .expect(200);
        let rows = stage.count("members").await;
        let path = format!("/groups/{root}/billable_members/{}", stage.number_of("dan"));
        let answer = stage.by("ann").delete(&path).await.expect(204);
        assert_eq!(rows - stage.count("members").await, gone);
        costs.push(answer.statements);
    }
    assert_eq!(costs[0], costs[1]);
}
