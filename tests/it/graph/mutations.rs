//! What each mutation does when all goes well, and that queries say the same right after.

use serde_json::{Value, json};

use super::{
    GROUP_BULK, IMPORT, INVITE, OVERRIDE, PROJECT_BULK, REMOVE, UPDATE, count, done, faults, member, member_id,
    members, place, source_id, text, user_id,
};
use crate::support::world::{Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    known_people_become_members_whatever_they_are_called,
    whoever_is_a_member_already_is_changed,
    results_come_in_the_order_of_the_invitees,
    absent_null_and_a_value_are_three_things,
    what_a_mutation_answers_is_what_a_query_says,
    who_was_removed_is_shown_as_before,
    one_can_leave_and_still_see_where,
    a_removal_can_spare_what_lies_below,
    a_row_of_the_directory_is_freed_and_bound,
    many_are_changed_alike_in_the_order_given,
    a_bulk_update_of_all_owners_leaves_one,
    members_are_copied_between_projects,
    mutations_of_one_document_run_one_after_another,
    a_payload_costs_the_same_for_one_row_and_for_many,
);

async fn known_people_become_members_whatever_they_are_called(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let (newt, mail) = (user_id(&app, "newt").await, count(&app, "outbox").await);
    for invitee in [
        json!({"userId": newt}),
        json!({"username": "NEWT"}),
        json!({"email": "Newt@Example.com"}),
        json!({"email": "newt@public.example"}),
    ] {
        let input = json!({
            "source": {"fullPath": "Other"}, "invitees": [invitee], "accessLevel": "REPORTER",
            "expiresAt": "2027-01-02", "clientMutationId": "m1",
        });
        let told = done(&ann, INVITE, input).await;
        assert_eq!((&told["clientMutationId"], &told["errors"]), (&json!("m1"), &json!([])));
        let made = &told["results"][0]["member"];
        assert_eq!(made["accessLevel"]["stringValue"], "REPORTER");
        assert_eq!(
            (&made["expiresAt"], &made["state"]),
            (&json!("2027-01-02"), &json!("ACTIVE"))
        );
        assert_eq!(
            (&made["user"]["username"], &made["createdBy"]["username"]),
            (&json!("newt"), &json!("ann"))
        );
        assert_eq!(made["source"]["fullPath"], "other");
    }
    assert_eq!(members(&app, "other").await.len(), 2);
    assert_eq!(count(&app, "outbox").await, mail + 1, "three times nothing changed");
    assert_eq!(count(&app, "audit_events").await, 1);

    let input = json!({"source": {"groupId": source_id(&app, "other").await}, "invitees": [{"username": "nora"}]});
    let told = done(&ann, INVITE, input).await;
    assert_eq!(told["results"][0]["member"]["accessLevel"]["stringValue"], "DEVELOPER");
}

async fn whoever_is_a_member_already_is_changed(app: TestApp) {
    app.import(&place().json()).await;
    let before = member(&app, "acme", "mia").await;
    let input = json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "mia"}], "accessLevel": "GUEST"});
    let told = done(&app.token("ann-api"), INVITE, input).await;
    assert_eq!(told["results"][0]["member"]["id"], before["id"]);
    let after = member(&app, "acme", "mia").await;
    assert_eq!(after["accessLevel"]["stringValue"], "GUEST");
}

async fn results_come_in_the_order_of_the_invitees(app: TestApp) {
    app.import(&place().json()).await;
    let invitees = json!([
        {"username": "nobody"}, {"username": "newt"}, {"username": "dan"}, {"userId": "gid://gitlab/User/99999"},
        {"username": " "}, {"email": "newt@example.com"}, {"email": " "}, {"username": "nora"},
    ]);
    let input = json!({"source": {"fullPath": "acme/tools"}, "invitees": invitees, "accessLevel": "REPORTER"});
    let told = done(&app.token("ann-api"), INVITE, input).await;
    let results = told["results"].as_array().unwrap();
    let shown: Vec<Value> = results
        .iter()
        .map(|result| json!([result["invitee"], result["member"]["user"]["username"], faults(result)]))
        .collect();
    let inherited = "Access level should be greater than or equal to Developer inherited membership from group acme";
    let expected = json!([
        [
            "nobody",
            null,
            [["NOT_FOUND", "User not found", ["invitees", "0", "username"]]]
        ],
        ["newt", "newt", []],
        [
            "dan",
            null,
            [["INHERITED_HIGHER_ACCESS", inherited, ["invitees", "2", "username"]]]
        ],
        [
            "gid://gitlab/User/99999",
            null,
            [["NOT_FOUND", "User not found", ["invitees", "3", "userId"]]]
        ],
        [
            " ",
            null,
            [["BLANK", "Username can't be blank", ["invitees", "4", "username"]]]
        ],
        ["newt@example.com", "newt", []],
        [
            " ",
            null,
            [["BLANK", "Invite email can't be blank", ["invitees", "6", "email"]]]
        ],
        ["nora", "nora", []],
    ]);
    assert_eq!(json!(shown), expected);
    let all: Vec<Value> = results
        .iter()
        .flat_map(|result| result["userErrors"].as_array().unwrap().clone())
        .collect();
    assert_eq!(told["userErrors"], json!(all), "the payload's are those of the results");
    assert_eq!(told["errors"].as_array().unwrap().len(), all.len());
}

async fn absent_null_and_a_value_are_three_things(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let id = member_id(&app, "acme", "gus").await;
    let role = text(&ann.query("{ memberRoles { nodes { id } } }", json!({})).await["memberRoles"]["nodes"][0]["id"]);
    let (none, null) = (json!(null), json!(null));
    for (change, level, end, name) in [
        (
            json!({"expiresAt": "2027-05-05", "memberRoleId": role}),
            "GUEST",
            json!("2027-05-05"),
            json!("Auditor"),
        ),
        (json!({}), "GUEST", json!("2027-05-05"), json!("Auditor")),
        (
            json!({"accessLevel": null}),
            "GUEST",
            json!("2027-05-05"),
            json!("Auditor"),
        ),
        (json!({"expiresAt": null}), "GUEST", none.clone(), json!("Auditor")),
        (
            json!({"memberRoleId": null, "accessLevel": "DEVELOPER"}),
            "DEVELOPER",
            null,
            none,
        ),
    ] {
        let mut input = change.clone();
        input["id"] = json!(id);
        let told = done(&ann, UPDATE, input).await;
        assert_eq!(faults(&told), json!([]), "{change}");
        let now = &told["member"];
        assert_eq!(now["accessLevel"]["stringValue"], level, "{change}");
        assert_eq!(
            (&now["expiresAt"], &now["memberRole"]["name"]),
            (&end, &name),
            "{change}"
        );
    }
    // Neither does a variable that is not given mean null.
    let left_out = "mutation($id: MemberID!, $end: Time) { done: memberUpdate(input: {id: $id, expiresAt: $end}) { member { expiresAt } } }";
    ann.query(left_out, json!({"id": id, "end": "2027-06-06"})).await;
    let kept = ann.query(left_out, json!({ "id": id })).await;
    assert_eq!(kept["done"]["member"]["expiresAt"], "2027-06-06");
}

async fn what_a_mutation_answers_is_what_a_query_says(app: TestApp) {
    app.import(&place().json()).await;
    let rows = "id state override isDirectMember createdAt updatedAt expiresAt lastActivityOn inviteEmail
                accessLevel { integerValue stringValue humanAccess memberRole { name } } createdBy { username }
                user { id username name groupMemberships { nodes { id } } } memberRole { name }
                source { fullPath maxAccessLevel { stringValue } auditEvents { count } }";
    let ann = app.token("ann-api");
    let documents = [
        (
            "memberInvite",
            "MemberInviteInput",
            format!("results {{ member {{ {rows} }} }}"),
            json!({"source": {"fullPath": "acme"}, "invitees": [{"username": "newt"}]}),
            "/results/0/member",
        ),
        (
            "memberUpdate",
            "MemberUpdateInput",
            format!("member {{ {rows} }}"),
            json!({"id": member_id(&app, "acme", "mia").await, "accessLevel": "OWNER"}),
            "/member",
        ),
        (
            "memberUpdate",
            "MemberUpdateInput",
            format!("member {{ {rows} }}"),
            json!({"id": member_id(&app, "acme/app", "pia").await, "expiresAt": "2030-01-01"}),
            "/member",
        ),
        (
            "groupMemberBulkUpdate",
            "GroupMemberBulkUpdateInput",
            format!("groupMembers {{ {rows} }}"),
            json!({"groupId": source_id(&app, "acme").await, "userIds": [user_id(&app, "dan").await], "accessLevel": "GUEST"}),
            "/groupMembers/0",
        ),
    ];
    for (name, input, selection, given, at) in documents {
        let document = format!("mutation($input: {input}!) {{ done: {name}(input: $input) {{ {selection} }} }}");
        let answered = done(&ann, &document, given).await.pointer(at).unwrap().clone();
        let query = format!("query($id: MemberID!) {{ member(id: $id) {{ {rows} }} }}");
        let asked = ann.query(&query, json!({"id": answered["id"]})).await["member"].clone();
        assert_eq!(answered, asked, "{name}");
    }
}

async fn who_was_removed_is_shown_as_before(app: TestApp) {
    app.import(&place().json()).await;
    let before = member(&app, "acme", "dan").await;
    let told = done(&app.token("ann-api"), REMOVE, json!({"id": before["id"]})).await;
    assert_eq!(faults(&told), json!([]));
    assert_eq!(
        told["member"],
        json!({"id": before["id"], "accessLevel": {"stringValue": "DEVELOPER"}, "user": {"username": "dan"}, "source": {"fullPath": "acme"}})
    );
    assert_eq!(member(&app, "acme", "dan").await, json!(null));
    assert_eq!(member(&app, "acme/tools", "dan").await, json!(null), "goes along");
}

async fn one_can_leave_and_still_see_where(app: TestApp) {
    app.import(&place().json()).await;
    let id = member_id(&app, "acme", "gus").await;
    let gus = app.token("gus-api");
    let lib = member_id(&app, "acme/lib", "gus").await;
    done(&gus, REMOVE, json!({ "id": lib })).await;
    let told = done(&gus, REMOVE, json!({ "id": id })).await;
    assert_eq!(
        (&told["errors"], &told["member"]["source"]["fullPath"]),
        (&json!([]), &json!("acme"))
    );
    let after = gus.query("{ group(fullPath: \"acme\") { id } }", json!({})).await;
    assert_eq!(after, json!({"group": null}));
}

async fn a_removal_can_spare_what_lies_below(app: TestApp) {
    app.import(&place().json()).await;
    let input = json!({"id": member_id(&app, "acme", "dan").await, "skipSubresources": true});
    done(&app.token("ann-api"), REMOVE, input).await;
    assert_ne!(member(&app, "acme/tools", "dan").await, json!(null));
}

async fn a_row_of_the_directory_is_freed_and_bound(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let id = member_id(&app, "synced", "lea").await;
    for overridden in [true, true, false] {
        let told = done(&ann, OVERRIDE, json!({"id": id, "override": overridden})).await;
        assert_eq!(told["member"], json!({"id": id, "override": overridden}));
    }
}

async fn many_are_changed_alike_in_the_order_given(app: TestApp) {
    app.import(&place().json()).await;
    let (mia, dan, gus) = (
        user_id(&app, "mia").await,
        user_id(&app, "dan").await,
        user_id(&app, "gus").await,
    );
    let input = json!({
        "groupId": source_id(&app, "acme").await, "userIds": [gus, mia, dan, gus], "accessLevel": "MAINTAINER", "expiresAt": "2028-01-01",
    });
    let events = count(&app, "audit_events").await;
    let told = done(&app.token("ann-api"), GROUP_BULK, input).await;
    let shown: Vec<_> = told["groupMembers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            json!([
                member["user"]["username"],
                member["accessLevel"]["stringValue"],
                member["expiresAt"]
            ])
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            ["gus", "MAINTAINER", "2028-01-01"],
            ["mia", "MAINTAINER", "2028-01-01"],
            ["dan", "MAINTAINER", "2028-01-01"]
        ])
    );
    assert_eq!(count(&app, "audit_events").await, events + 3);

    let input = json!({"projectId": source_id(&app, "acme/app").await, "userIds": [user_id(&app, "pia").await], "accessLevel": "GUEST"});
    let told = done(&app.token("max-api"), PROJECT_BULK, input).await;
    assert_eq!(told["projectMembers"][0]["accessLevel"]["stringValue"], "GUEST");
}

async fn a_bulk_update_of_all_owners_leaves_one(app: TestApp) {
    app.import(&place().json()).await;
    let (ann, rita) = (user_id(&app, "ann").await, user_id(&app, "rita").await);
    let input = json!({"groupId": source_id(&app, "acme").await, "userIds": [ann, rita], "accessLevel": "GUEST"});
    let told = done(&app.admin(), GROUP_BULK, input).await;
    let text = "Unable to update members, please check user permissions.";
    assert_eq!(faults(&told), json!([["LAST_OWNER", text, ["userIds", "1"]]]));
    assert_eq!(told["groupMembers"], json!(null));
    assert_eq!(
        member(&app, "acme", "ann").await["accessLevel"]["stringValue"],
        "OWNER",
        "all or nothing"
    );

    let invitees = json!([{"username": "ann"}, {"username": "rita"}]);
    let input = json!({"source": {"fullPath": "acme"}, "invitees": invitees, "accessLevel": "GUEST"});
    let told = done(&app.admin(), INVITE, input).await;
    assert_eq!(faults(&told)[0][0], "LAST_OWNER");
    assert_eq!(
        member(&app, "acme", "rita").await["accessLevel"]["stringValue"],
        "OWNER"
    );
}

async fn members_are_copied_between_projects(app: TestApp) {
    let world = place().project("acme/from", |project| {
        project
            .owner("olga")
            .reporter("newt")
            .member("nora", 30, |row| row.until("2027-07-07"))
            .member("late", 30, |row| row.until("2026-01-01"))
            .member("wait", 30, Item::awaiting)
            .guest("pia")
            .guest("dan")
            .guest("max")
    });
    app.import(&world.json()).await;
    let input =
        json!({"projectId": source_id(&app, "acme/app").await, "fromProjectId": source_id(&app, "acme/from").await});
    let told = done(&app.token("max-api"), IMPORT, input).await;
    let shown: Vec<_> = told["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            json!([
                member["user"]["username"],
                member["accessLevel"]["stringValue"],
                member["source"]["fullPath"]
            ])
        })
        .collect();
    let app_path = "acme/app";
    assert_eq!(
        json!(shown),
        json!([
            ["olga", "MAINTAINER", app_path],
            ["newt", "REPORTER", app_path],
            ["nora", "DEVELOPER", app_path]
        ])
    );
    let inherited =
        "dan: Access level should be greater than or equal to Developer inherited membership from group acme";
    assert_eq!(told["errors"], json!([inherited]));
    assert_eq!(
        faults(&told),
        json!([["INHERITED_HIGHER_ACCESS", inherited, ["fromProjectId"]]])
    );
    assert_eq!(member(&app, "acme/app", "nora").await["expiresAt"], "2027-07-07");
    assert_eq!(
        member(&app, "acme/app", "pia").await["accessLevel"]["stringValue"],
        "DEVELOPER",
        "was there before"
    );
}

async fn mutations_of_one_document_run_one_after_another(app: TestApp) {
    app.import(&place().json()).await;
    let id = member_id(&app, "acme", "gus").await;
    let document = "mutation($id: MemberID!) {
        up: memberUpdate(input: {id: $id, accessLevel: DEVELOPER}) { member { accessLevel { stringValue } } }
        gone: memberRemove(input: {id: $id}) { member { accessLevel { stringValue } } }
        again: memberUpdate(input: {id: $id, accessLevel: GUEST}) { member { id } } }";
    let answer = app.token("ann-api").graphql(document, json!({ "id": id })).await.json();
    assert_eq!(
        answer["data"]["up"]["member"]["accessLevel"]["stringValue"],
        "DEVELOPER"
    );
    assert_eq!(
        answer["data"]["gone"]["member"]["accessLevel"]["stringValue"],
        "DEVELOPER"
    );
    assert_eq!(answer["data"]["again"], json!(null));
    assert_eq!(answer["errors"][0]["path"], json!(["again"]));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RESOURCE_NOT_AVAILABLE");

    // One that is only found out on its way; a variable is judged before all of them.
    let half = "mutation($good: MemberID!) {
        done: memberUpdate(input: {id: $good, accessLevel: GUEST}) { member { accessLevel { stringValue } } }
        bad: memberRemove(input: {id: \"gid://gitlab/User/1\"}) { member { id } } }";
    let ids = json!({"good": member_id(&app, "acme", "mia").await});
    let answer = app.token("ann-api").graphql(half, ids).await.json();
    assert_eq!(
        answer["data"]["done"]["member"]["accessLevel"]["stringValue"], "GUEST",
        "it stands, and is told"
    );
    assert_eq!(
        (&answer["data"]["bad"], &answer["errors"][0]["path"]),
        (&json!(null), &json!(["bad"]))
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

async fn a_payload_costs_the_same_for_one_row_and_for_many(app: TestApp) {
    const MANY: usize = 50;
    let everybody = |mut group: crate::support::world::Group| {
        for n in 0..MANY {
            group = group.developer(&format!("dev{n}"));
        }
        group.owner("ann")
    };
    let mut world = World::new()
        .group("acme", everybody)
        .group("empty", |group| group.owner("ann"));
    world = world.group("acme/sub", |group| group);
    app.import(&world.json()).await;
    let ann = app.token("ann-api");
    let mut ids = Vec::new();
    for n in 0..MANY {
        ids.push(user_id(&app, &format!("dev{n}")).await);
    }
    let rows = "id accessLevel { stringValue } createdBy { username } source { fullPath } memberRole { name }
                user { username groupMemberships(first: 2) { nodes { group { fullPath } } } }";

    // Nothing changes, so that what is counted is reading.
    let bulk = format!(
        "mutation($input: GroupMemberBulkUpdateInput!) {{ done: groupMemberBulkUpdate(input: $input) {{ groupMembers {{ {rows} group {{ fullPath }} }} }} }}"
    );
    let group = source_id(&app, "acme").await;
    let cost = async |users: &[String]| {
        let input = json!({"groupId": group, "userIds": users, "accessLevel": "DEVELOPER"});
        let answer = ann.graphql(&bulk, json!({ "input": input })).await;
        assert_eq!(
            answer.json()["data"]["done"]["groupMembers"].as_array().unwrap().len(),
            users.len()
        );
        answer.statements
    };
    assert_eq!(cost(&ids[..1]).await, cost(&ids).await);

    // Writing takes statements for each row; showing what was written takes none more.
    let shown = async |users: usize, selection: &str| {
        let document =
            format!("mutation($input: MemberInviteInput!) {{ done: memberInvite(input: $input) {{ {selection} }} }}");
        let invitees: Vec<_> = ids[..users].iter().map(|id| json!({ "userId": id })).collect();
        let input = json!({"source": {"fullPath": "empty"}, "invitees": invitees, "dryRun": true});
        let answer = ann.graphql(&document, json!({ "input": input })).await;
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        answer.statements
    };
    let selection = format!("results {{ member {{ {rows} }} }}");
    let one = shown(1, &selection).await - shown(1, "errors").await;
    let many = shown(MANY, &selection).await - shown(MANY, "errors").await;
    assert_eq!(one, many);
}
