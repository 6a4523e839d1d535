//! The table: what is changed.

use serde_json::json;

use super::act::{Act, Reply, forbidden, no};
use super::callers::{ADMIN, Who};

pub(crate) fn post(pattern: &'static str) -> Act {
    Act::new("POST", pattern)
}

pub(crate) fn put(pattern: &'static str) -> Act {
    Act::new("PUT", pattern)
}

pub(crate) fn delete(pattern: &'static str) -> Act {
    Act::new("DELETE", pattern)
}

fn unsaid() -> Reply {
    no(400, "400 Bad request")
}

fn nothing() -> Reply {
    no(404, "Not Found")
}

pub(crate) fn acts() -> Vec<Act> {
    [
        members(),
        invitations(),
        requests(),
        shares(),
        seats(),
        directories(),
        roles_and_accounts(),
    ]
    .concat()
}

fn members() -> Vec<Act> {
    vec![
        post("/groups/{id}/members")
            .body(json!({"user_id": "$newt", "access_level": 30}))
            .from(50)
            .managers(),
        post("/projects/{id}/members")
            .body(json!({"user_id": "$newt", "access_level": 30}))
            .from(40),
        put("/groups/{id}/members/{user_id}")
            .with("user_id", "$tim")
            .body(json!({"access_level": 20}))
            .from(50)
            .managers()
            .or(
                "memberUpdate",
                json!({"id": "$GroupMember:tim row", "accessLevel": "REPORTER"}),
            ),
        put("/projects/{id}/members/{user_id}")
            .with("user_id", "$tip")
            .body(json!({"access_level": 20}))
            .from(40)
            .or(
                "memberUpdate",
                json!({"id": "$ProjectMember:tip row", "accessLevel": "REPORTER"}),
            ),
        delete("/groups/{id}/members/{user_id}")
            .with("user_id", "$tim")
            .from(50)
            .managers()
            .or("memberRemove", json!({"id": "$GroupMember:tim row"})),
        delete("/projects/{id}/members/{user_id}")
            .with("user_id", "$tip")
            .from(40)
            .or("memberRemove", json!({"id": "$ProjectMember:tip row"})),
        // Oneself, for members of the group; nobody else has a row to find.
        delete("/groups/{id}/members/{user_id}")
            .with("user_id", "$own")
            .by(vec![
                (0, no(404, "404 Not found")),
                (5, Reply::Ok),
                (ADMIN, no(404, "404 Not found")),
            ]),
        post("/groups/{id}/members/{user_id}/override")
            .with("user_id", "$lea")
            .at("S")
            .from(50)
            .or(
                "memberSetOverride",
                json!({"id": "$GroupMember:lea row", "override": true}),
            ),
        delete("/groups/{id}/members/{user_id}/override")
            .with("user_id", "$lea")
            .at("S")
            .from(50)
            .ok(200)
            .quiet()
            .or(
                "memberSetOverride",
                json!({"id": "$GroupMember:lea row", "override": false}),
            ),
        Act::graph(
            "groupMemberBulkUpdate",
            json!({"groupId": "$Group:T", "userIds": ["$User:tim"], "accessLevel": "REPORTER"}),
        )
        .from(50)
        .managers(),
        Act::graph(
            "projectMemberBulkUpdate",
            json!({"projectId": "$Project:P", "userIds": ["$User:tip"], "accessLevel": "REPORTER"}),
        )
        .at("P")
        .from(40),
        Act::graph(
            "projectMembersImport",
            json!({"projectId": "$Project:P", "fromProjectId": "$Project:lib"}),
        )
        .at("P")
        .from(40),
    ]
}

fn invitations() -> Vec<Act> {
    let invitation = json!({"email": "new@example.org", "access_level": 30});
    let invitee = json!([{"email": "new@example.org"}]);
    vec![
        post("/groups/{id}/invitations")
            .body(invitation.clone())
            .from(50)
            .managers()
            .or(
                "memberInvite",
                json!({"source": {"groupId": "$Group:T"}, "invitees": invitee, "accessLevel": "DEVELOPER"}),
            ),
        post("/projects/{id}/invitations").body(invitation).from(40).or(
            "memberInvite",
            json!({"source": {"projectId": "$Project:P"}, "invitees": invitee, "accessLevel": "DEVELOPER"}),
        ),
        put("/groups/{id}/invitations/{email}")
            .with("email", "$eve")
            .body(json!({"access_level": 20}))
            .from(50)
            .managers()
            .or(
                "invitationUpdate",
                json!({"id": "$Invitation:eve row", "accessLevel": "REPORTER"}),
            ),
        put("/projects/{id}/invitations/{email}")
            .with("email", "$eve")
            .body(json!({"access_level": 20}))
            .from(40)
            .or(
                "invitationUpdate",
                json!({"id": "$Invitation:eve in P", "accessLevel": "REPORTER"}),
            ),
        delete("/groups/{id}/invitations/{email}")
            .with("email", "$eve")
            .from(50)
            .managers()
            .or("invitationRevoke", json!({"id": "$Invitation:eve row"})),
        delete("/projects/{id}/invitations/{email}")
            .with("email", "$eve")
            .from(40)
            .or("invitationRevoke", json!({"id": "$Invitation:eve in P"})),
        Act::graph("invitationResend", json!({"id": "$Invitation:eve row"}))
            .from(50)
            .managers(),
        Act::graph("invitationResend", json!({"id": "$Invitation:eve in P"}))
            .at("P")
            .from(40),
    ]
}

fn requests() -> Vec<Act> {
    let approve = |act: Act| act.with("user_id", "$req").ok(201);
    let member = || vec![(0, Reply::Ok), (5, forbidden())];
    vec![
        post("/groups/{id}/access_requests")
            .by(member())
            .or("accessRequestCreate", json!({"source": {"groupId": "$Group:T"}}))
            .told(5, "ALREADY_MEMBER"),
        post("/projects/{id}/access_requests")
            .by(member())
            .leaving_open(&[Who::Minimal])
            .or("accessRequestCreate", json!({"source": {"projectId": "$Project:P"}}))
            .told(5, "ALREADY_MEMBER"),
        approve(put("/groups/{id}/access_requests/{user_id}/approve"))
            .from(50)
            .managers()
            .or("accessRequestApprove", json!({"id": "$AccessRequest:req row"})),
        approve(put("/projects/{id}/access_requests/{user_id}/approve"))
            .from(40)
            .or("accessRequestApprove", json!({"id": "$AccessRequest:req in P"})),
        delete("/groups/{id}/access_requests/{user_id}")
            .with("user_id", "$req")
            .from(50)
            .managers()
            .or("accessRequestDeny", json!({"id": "$AccessRequest:req row"})),
        delete("/projects/{id}/access_requests/{user_id}")
            .with("user_id", "$req")
            .from(40)
            .or("accessRequestDeny", json!({"id": "$AccessRequest:req in P"})),
    ]
}

fn shares() -> Vec<Act> {
    let with_spare = json!({"group_id": "$spare", "group_access": 10});
    let create = |source| json!({"source": source, "withGroupId": "$Group:spare", "accessLevel": "GUEST"});
    vec![
        post("/groups/{id}/share")
            .body(with_spare.clone())
            .above(50, nothing())
            .or("shareCreate", create(json!({"groupId": "$Group:T"}))),
        post("/projects/{id}/share")
            .body(with_spare)
            .by(vec![(0, forbidden()), (40, nothing()), (50, Reply::Ok)])
            .or("shareCreate", create(json!({"projectId": "$Project:P"}))),
        delete("/groups/{id}/share/{group_id}")
            .with("group_id", "$friends")
            .above(50, nothing())
            .or("shareDelete", json!({"id": "$GroupGroupLink:link"})),
        delete("/projects/{id}/share/{group_id}")
            .with("group_id", "$friends")
            .by(vec![(0, forbidden()), (40, no(403, "Forbidden")), (50, Reply::Ok)])
            .or("shareDelete", json!({"id": "$ProjectGroupLink:link"}))
            .told(40, "FORBIDDEN"),
    ]
}

fn seats() -> Vec<Act> {
    let approve_all = |act: Act| act.above(50, unsaid()).ok(204);
    vec![
        delete("/groups/{id}/billable_members/{user_id}")
            .with("user_id", "$tim")
            .above(50, no(400, "400 Bad request - User not authorized"))
            .managers()
            .or(
                "billableMemberRemove",
                json!({"groupId": "$Group:T", "userId": "$User:tim"}),
            ),
        put("/groups/{id}/members/{member_id}/approve")
            .with("member_id", "$wes row")
            .above(50, unsaid())
            .ok(204)
            .or("memberApprove", json!({"id": "$GroupMember:wes row"})),
        approve_all(put("/groups/{id}/members/approve_all")),
        approve_all(post("/groups/{id}/members/approve_all"))
            .or("groupMembersApproveAll", json!({"groupId": "$Group:T"})),
        put("/groups/{id}/members/{user_id}/state")
            .with("user_id", "$tim")
            .body(json!({"state": "awaiting"}))
            .above(50, unsaid())
            .managers()
            .or(
                "memberSetState",
                json!({"groupId": "$Group:T", "userId": "$User:tim", "state": "AWAITING"}),
            ),
    ]
}

fn directories() -> Vec<Act> {
    let link = json!({"cn": "more", "group_access": 10, "provider": "main"});
    let unlink = || json!({"id": "$LdapGroupLink:link"});
    vec![
        post("/groups/{id}/ldap_group_links").at("S").body(link).from(50).or(
            "ldapGroupLinkCreate",
            json!({"groupId": "$Group:S", "provider": "main", "cn": "more", "accessLevel": "GUEST"}),
        ),
        delete("/groups/{id}/ldap_group_links")
            .at("S")
            .query("?provider=main&cn=all")
            .from(50)
            .or("ldapGroupLinkDelete", unlink()),
        delete("/groups/{id}/ldap_group_links/{cn}")
            .at("S")
            .with("cn", "all")
            .from(50),
        delete("/groups/{id}/ldap_group_links/{provider}/{cn}")
            .at("S")
            .with("provider", "main")
            .with("cn", "all")
            .from(50),
        post("/groups/{id}/ldap_sync")
            .at("S")
            .from(50)
            .ok(202)
            .or("groupLdapSync", json!({"groupId": "$Group:S"})),
    ]
}

fn roles_and_accounts() -> Vec<Act> {
    let account = |pattern| post(pattern).with("id", "$tim").admins();
    let state = |state| json!({"id": "$User:tim", "state": state});
    vec![
        post("/groups/{id}/member_roles")
            .body(json!({"base_access_level": 10, "read_code": true, "name": "New"}))
            .from(50)
            .or(
                "memberRoleCreate",
                json!({"groupPath": "$T/path", "name": "New", "baseAccessLevel": "GUEST", "permissions": ["read_code"]}),
            ),
        delete("/groups/{id}/member_roles/{member_role_id}")
            .with("member_role_id", "$role")
            .from(50)
            .or("memberRoleDelete", json!({"id": "$MemberRole:role"})),
        post("/member_roles").by(vec![(0, unsaid())]),
        delete("/member_roles/{member_role_id}").with("member_role_id", "$role").by(vec![(0, unsaid())]),
        account("/users/{id}/block").or("userSetState", state("blocked")),
        account("/users/{id}/unblock").quiet(),
        account("/users/{id}/ban").or("userSetState", state("banned")),
        account("/users/{id}/unban")
            .by(vec![(0, forbidden()), (ADMIN, no(403, "You cannot unban active users."))]),
        account("/users/{id}/activate").quiet(),
        account("/users/{id}/deactivate").or("userSetState", state("deactivated")),
    ]
}
